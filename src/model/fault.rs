//! What kind of thing went wrong.

/// The kind of a failure. docs/exit-codes.md gives each kind its exit status; where several things
/// failed in one run the greatest decides, so a wrong digest wins over everything else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fault {
    /// The command line asks for what is not allowed (exit 2).
    Usage,
    /// vars.yaml, the lock, stream metadata or another input is invalid (exit 3).
    Input,
    /// The network or a server (exit 4).
    Network,
    /// A local file is absent, unreadable, refused, or its disk is full (exit 6).
    FileSystem,
    /// A digest does not match (exit 5).
    Digest,
}

/// An error that knows of what kind it is. Whoever meets it at the top needs no more to end the run as
/// docs/exit-codes.md has it.
pub trait Faulty: std::error::Error {
    /// Returns what kind of failure it is.
    fn fault(&self) -> Fault;

    /// Returns what to do about it, where the message does not say it.
    fn help(&self) -> Option<&'static str> {
        None
    }
}
