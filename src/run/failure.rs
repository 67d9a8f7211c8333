//! How a run ends when it does not end well, and the exit code of every end.

use std::error::Error;

use crate::diag::Report;
use crate::model::fault::{Fault, Faulty};

/// The documented exit codes (docs/exit-codes.md).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Done, nothing to do, or warnings only.
    Done,
    /// Differences were found, a person has something left to do, or `verify` has error findings.
    Differs,
    /// Wrong usage.
    Usage,
    /// An input is invalid.
    Invalid,
    /// A network fault.
    Network,
    /// A digest or signature does not match.
    Digest,
    /// A file-system fault, or the output root is locked.
    Files,
    /// A bug in okdboot.
    Bug,
    /// Interrupted.
    Interrupted,
}

impl Exit {
    /// Returns the code.
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Differs => 1,
            Self::Usage => 2,
            Self::Invalid => 3,
            Self::Network => 4,
            Self::Digest => 5,
            Self::Files => 6,
            Self::Bug => 70,
            Self::Interrupted => 130,
        }
    }
}

impl From<Fault> for Exit {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Usage => Self::Usage,
            Fault::Input => Self::Invalid,
            Fault::Network => Self::Network,
            Fault::FileSystem => Self::Files,
            Fault::Digest => Self::Digest,
        }
    }
}

/// Why a command stopped.
#[derive(Debug)]
pub struct Failure {
    /// The exit code.
    pub exit: Exit,
    /// Verb, object, path; empty where the report says everything.
    pub message: String,
    /// The chain of causes.
    pub causes: Vec<String>,
    /// What to do.
    pub help: Vec<String>,
    /// Diagnostics, if the fault is in an input.
    pub report: Report,
}

impl Failure {
    /// Makes a failure that has no further cause.
    pub fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self {
            exit,
            message: message.into(),
            causes: Vec::new(),
            help: Vec::new(),
            report: Report::default(),
        }
    }

    /// Makes a failure of an error, with its chain of causes.
    pub fn of(exit: Exit, error: &dyn Error) -> Self {
        let mut failure = Self::new(exit, error.to_string());
        let mut source = error.source();
        while let Some(cause) = source {
            let text = cause.to_string();
            if !failure.message.ends_with(&text) {
                failure.causes.push(text);
            }
            source = cause.source();
        }
        failure
    }

    /// Makes a failure of an error that knows its kind, with the exit code of that and its help.
    pub fn by(error: &dyn Faulty) -> Self {
        let failure = Self::of(error.fault().into(), error);
        match error.help() {
            Some(help) => failure.help(help),
            None => failure,
        }
    }

    /// Makes a failure of an input, which its report describes.
    pub fn invalid(report: Report) -> Self {
        Self { report, ..Self::new(Exit::Invalid, "") }
    }

    /// Says what was being done; what was said before becomes the cause.
    #[must_use]
    pub fn context(mut self, message: &str) -> Self {
        let cause = std::mem::replace(&mut self.message, message.to_owned());
        self.causes.insert(0, cause);
        self
    }

    /// Adds an error as the cause.
    #[must_use]
    pub fn context_of(mut self, error: &dyn Error) -> Self {
        self.causes.push(error.to_string());
        self
    }

    /// Adds a line of help.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help.push(help.into());
        self
    }
}

impl<E: Faulty> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::by(&error)
    }
}

impl From<crate::vars::LoadError> for Failure {
    fn from(error: crate::vars::LoadError) -> Self {
        let missing = error.source.kind() == std::io::ErrorKind::NotFound;
        let failure = Self::new(Exit::Files, error.to_string());
        if missing {
            failure.help("name the file with `-f FILE`, or write a first one with `okdboot init`; `okdboot render --example` needs none")
        } else {
            failure
        }
    }
}
