//! Whether something listens at a port.

use std::fmt;
use std::io::ErrorKind;
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// How a port answers to a connection, which is closed at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Port {
    /// Something listens.
    Open,
    /// The machine is there, and nothing listens.
    Refused,
    /// Nothing answers: the machine is off, or something on the way drops what is sent.
    Silent,
    /// There is no way there.
    Unreachable(String),
}

impl Port {
    pub(super) fn knock(address: SocketAddr, patience: Duration) -> Self {
        match TcpStream::connect_timeout(&address, patience) {
            Ok(_) => Self::Open,
            Err(error) => match error.kind() {
                ErrorKind::ConnectionRefused | ErrorKind::ConnectionReset => Self::Refused,
                ErrorKind::TimedOut | ErrorKind::WouldBlock => Self::Silent,
                _ => Self::Unreachable(error.to_string()),
            },
        }
    }
}

impl fmt::Display for Port {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Open => f.write_str("open"),
            Self::Refused => f.write_str("refused"),
            Self::Silent => f.write_str("no answer"),
            Self::Unreachable(cause) => write!(f, "no way there: {cause}"),
        }
    }
}
