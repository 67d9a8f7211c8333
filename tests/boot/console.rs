//! The guest's serial console, read while the guest runs.

use std::io::{BufRead as _, BufReader, Read};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Instant;

/// What was printed, line by line.
#[derive(Debug)]
pub struct Console {
    lines: Receiver<String>,
    seen: Vec<String>,
}

/// Why waiting ended without what was waited for.
#[derive(Debug)]
pub enum Ended {
    /// The deadline passed.
    Deadline,
    /// The guest is gone.
    Gone,
}

impl Console {
    /// Reads until the guest closes its end.
    pub fn of(output: impl Read + Send + 'static) -> Self {
        let (sender, lines) = mpsc::channel();
        thread::spawn(move || {
            let mut reader = BufReader::new(output);
            let mut line = Vec::new();
            while reader.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
                if sender.send(plain(&line)).is_err() {
                    return;
                }
                line.clear();
            }
        });
        Self { lines, seen: Vec::new() }
    }

    /// Waits for a line that holds a text, and returns it.
    pub fn wait_for(&mut self, text: &str, deadline: Instant) -> Result<String, Ended> {
        loop {
            let line = self.next(deadline)?;
            if line.contains(text) {
                return Ok(line.to_owned());
            }
        }
    }

    /// Waits until the guest is gone, and returns everything that it printed.
    pub fn wait_for_end(&mut self, deadline: Instant) -> Result<String, Ended> {
        loop {
            match self.next(deadline) {
                Ok(_) => {}
                Err(Ended::Gone) => return Ok(self.seen.join("\n")),
                Err(ended) => return Err(ended),
            }
        }
    }

    fn next(&mut self, deadline: Instant) -> Result<&str, Ended> {
        let left = deadline.checked_duration_since(Instant::now()).ok_or(Ended::Deadline)?;
        let line = self.lines.recv_timeout(left).map_err(|error| match error {
            mpsc::RecvTimeoutError::Timeout => Ended::Deadline,
            mpsc::RecvTimeoutError::Disconnected => Ended::Gone,
        })?;
        self.seen.push(line);
        Ok(self.seen.last().map_or("", String::as_str))
    }

    /// Returns the last lines, for a person who has to find out why.
    pub fn tail(&self) -> String {
        self.seen[self.seen.len().saturating_sub(60)..].join("\n")
    }
}

/// Drops what moves a cursor: firmware draws, and a test reads.
fn plain(line: &[u8]) -> String {
    let text = String::from_utf8_lossy(line);
    let mut plain = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\u{1b}' => drop(chars.by_ref().skip_while(|c| *c == '[').find(char::is_ascii_alphabetic)),
            c if c.is_control() => {}
            c => plain.push(c),
        }
    }
    plain
}
