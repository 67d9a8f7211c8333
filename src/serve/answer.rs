//! An answer, before it has a form on the wire.

use std::fs::File;
use std::time::SystemTime;

use super::kind;
use super::stage::Stage;
use crate::model::mac::MacAddr;
use crate::plan::report::Outcome;

/// What a request gets.
#[derive(Debug)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// `Content-Type`.
    pub kind: &'static str,
    /// The bytes.
    pub body: Body,
    /// What the bytes are known by, where parts of them may be asked for.
    pub known: Option<Validators>,
    /// `Allow`, `Content-Security-Policy` and the like.
    pub fields: Vec<(&'static str, String)>,
}

/// The bytes of an answer.
#[derive(Debug)]
pub enum Body {
    /// In memory.
    Bytes(Vec<u8>),
    /// In an open file, with its size.
    File(File, u64),
    /// Events, until either side ends it; those after the number were not seen yet.
    Events(u64),
}

/// What a file is known by.
#[derive(Clone, Debug)]
pub struct Validators {
    /// When it was changed.
    pub modified: SystemTime,
    /// A strong entity tag with its quotes.
    pub tag: Option<String>,
}

/// What a request says about the machine that made it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BootHint {
    /// Nothing.
    Nothing,
    /// It got its boot configuration.
    Config,
    /// It was sent to its own disk.
    Local,
    /// It asked for a file of this stage.
    File(Stage, String),
    /// Nobody has its MAC address.
    Unknown(MacAddr),
    /// It asked for what is not there. Loaders try many names, so that this is no fault.
    Absent(String),
    /// It says how its installation went.
    Reported(Outcome),
    /// It was refused something, for this reason.
    Refused(String),
}

/// An answer, and what the request means.
#[derive(Debug)]
pub struct Reply {
    /// The answer.
    pub answer: Answer,
    /// What the request says.
    pub about: BootHint,
    /// The MAC address that the request itself names.
    pub mac: Option<MacAddr>,
}

impl Answer {
    /// A text.
    pub fn text(kind: &'static str, text: impl Into<Vec<u8>>) -> Self {
        Self { status: 200, kind, body: Body::Bytes(text.into()), known: None, fields: Vec::new() }
    }

    /// A refusal with a line for the person who reads the screen or the log.
    pub fn refusal(status: u16, line: &str) -> Self {
        let text = format!("okdboot: {line}\n");
        let fields = vec![("X-Content-Type-Options", "nosniff".to_owned())];
        Self { status, kind: kind::TEXT, body: Body::Bytes(text.into()), known: None, fields }
    }
}

impl Body {
    /// Returns its size in bytes; nothing where it has no end.
    pub fn size(&self) -> Option<u64> {
        match self {
            Self::Bytes(bytes) => u64::try_from(bytes.len()).ok(),
            Self::File(_, size) => Some(*size),
            Self::Events(_) => None,
        }
    }
}

impl Reply {
    /// An answer that says nothing of a machine.
    pub fn of(answer: Answer) -> Self {
        Self { answer, about: BootHint::Nothing, mac: None }
    }

    /// A refusal, which is said in the watch, too.
    pub fn refused(status: u16, line: &str) -> Self {
        let about = BootHint::Refused(line.to_owned());
        Self { answer: Answer::refusal(status, line), about, mac: None }
    }

    /// There is nothing of this name.
    pub fn absent(path: &str) -> Self {
        let about = BootHint::Absent(path.to_owned());
        Self { answer: Answer::refusal(404, &format!("there is no `{path}`")), about, mac: None }
    }

    /// Says what the request means.
    #[must_use]
    pub fn about(mut self, about: BootHint) -> Self {
        self.about = about;
        self
    }

    /// Says which machine the request names.
    #[must_use]
    pub fn by(mut self, mac: Option<MacAddr>) -> Self {
        self.mac = mac;
        self
    }
}
