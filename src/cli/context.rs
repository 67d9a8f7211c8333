//! The process as a value: arguments, environment, streams. Nothing else reads them.

use std::env;
use std::ffi::OsString;
use std::io::{self, IsTerminal as _, Write};
use std::sync::Arc;
use std::time::SystemTime;

use crate::model::time::UnixTime;
use crate::run::Process;

/// Everything that a command may know of the process it runs in.
pub struct Context {
    args: Vec<OsString>,
    process: Arc<Process>,
    stdout: Box<dyn Write>,
    stderr: Box<dyn Write>,
    terminal: bool,
    data_terminal: bool,
    keyboard: bool,
}

impl Context {
    /// Takes the process's own.
    pub fn of_process() -> Self {
        let env = env::vars_os().filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?)));
        Self {
            args: env::args_os().collect(),
            process: Arc::new(Process::new(env.collect(), now())),
            stdout: Box::new(io::stdout()),
            stderr: Box::new(io::stderr()),
            terminal: io::stderr().is_terminal(),
            data_terminal: io::stdout().is_terminal(),
            keyboard: io::stdin().is_terminal(),
        }
    }

    /// Makes the context of a run without a terminal whose words nobody reads.
    #[cfg(test)]
    pub fn silent(env: &[(&str, &str)], stderr: Box<dyn Write>) -> Self {
        Self {
            args: Vec::new(),
            process: Arc::new(Process::new(
                env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
                now(),
            )),
            stdout: Box::new(io::sink()),
            stderr,
            terminal: false,
            data_terminal: false,
            keyboard: false,
        }
    }

    /// Returns the arguments, the program's name first.
    pub fn args(&self) -> &[OsString] {
        &self.args
    }

    /// Returns a variable of the environment; an empty one counts as unset.
    pub fn env(&self, name: &str) -> Option<&str> {
        self.process.env(name)
    }

    /// Returns what use cases may know of the process.
    pub fn process(&self) -> Arc<Process> {
        self.process.clone()
    }

    /// Returns standard input.
    pub fn stdin(&self) -> impl io::Read + use<> {
        io::stdin()
    }

    /// Says whether talk goes to a terminal.
    pub fn is_terminal(&self) -> bool {
        self.terminal
    }

    /// Says whether data goes to a terminal.
    pub fn shows_data_on_terminal(&self) -> bool {
        self.data_terminal
    }

    /// Says whether a person can be asked: there is a keyboard, and a screen to ask on.
    pub fn can_ask(&self) -> bool {
        self.terminal && self.keyboard
    }

    /// Returns the moment at which the run began.
    pub fn now(&self) -> UnixTime {
        self.process.now()
    }

    /// Writes data. A reader that went away is no fault: the write is reported as done.
    pub fn data(&mut self, text: &str) -> io::Result<()> {
        match self.stdout.write_all(text.as_bytes()).and_then(|()| self.stdout.flush()) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            result => result,
        }
    }

    /// Writes talk. What cannot be said cannot be reported either.
    pub fn talk(&mut self, text: &str) {
        let _ = self.stderr.write_all(text.as_bytes());
    }
}

/// Reads the clock; one that is set before 1970 reads as 1970.
fn now() -> UnixTime {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    UnixTime(i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
}
