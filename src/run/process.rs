//! The process as far as a run may know it: a value, read by the command line and by nobody else.

use std::collections::BTreeMap;

use crate::model::time::UnixTime;

/// Environment and clock, as they were when the run began.
#[derive(Clone, Debug, Default)]
pub struct Process {
    variables: BTreeMap<String, String>,
    now: UnixTime,
}

impl Process {
    /// Takes what was read of the process.
    pub fn new(variables: BTreeMap<String, String>, now: UnixTime) -> Self {
        Self { variables, now }
    }

    /// Returns a variable of the environment; an empty one counts as unset.
    pub fn env(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// Returns the moment at which the run began.
    pub fn now(&self) -> UnixTime {
        self.now
    }
}
