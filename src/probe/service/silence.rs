//! Why nothing comes back from a server, whatever was asked.

use std::fmt;
use std::io::{self, ErrorKind};

/// Nothing came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Silence {
    /// Nothing came within the time.
    Silent,
    /// Nothing listens there.
    Closed,
    /// There is no way there.
    Unreachable(String),
}

impl fmt::Display for Silence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Silent => f.write_str("no answer"),
            Self::Closed => f.write_str("nothing listens there"),
            Self::Unreachable(cause) => write!(f, "no way there: {cause}"),
        }
    }
}

impl From<io::Error> for Silence {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            ErrorKind::WouldBlock | ErrorKind::TimedOut => Self::Silent,
            ErrorKind::ConnectionRefused | ErrorKind::ConnectionReset => Self::Closed,
            _ => Self::Unreachable(error.to_string()),
        }
    }
}
