//! A run of the program on a pseudo-terminal: a person who reads what is on the screen and types.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::{Child, Command};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Termios, Winsize, tcgetattr, tcsetwinsize};

/// Longer than any answer takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// A program with its screen and keyboard.
pub struct Terminal {
    keyboard: File,
    /// Kept open: with it the line's settings can be read after the program has ended.
    line: File,
    child: Child,
    bytes: Receiver<Vec<u8>>,
    screen: Vec<u8>,
    before: Termios,
}

impl Terminal {
    /// Starts the program in a folder, with a terminal of 80 columns as its three streams.
    pub fn run(folder: &Path, args: &[&str], env: &[(&str, &str)]) -> Self {
        Self::run_in(80, folder, args, env)
    }

    /// The same with a terminal of another width.
    pub fn run_in(columns: u16, folder: &Path, args: &[&str], env: &[(&str, &str)]) -> Self {
        let keyboard: File = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap().into();
        grantpt(&keyboard).unwrap();
        unlockpt(&keyboard).unwrap();
        let name = ptsname(&keyboard, Vec::new()).unwrap().into_string().unwrap();
        let line = OpenOptions::new().read(true).write(true).open(name).unwrap();
        tcsetwinsize(&line, Winsize { ws_row: 40, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 }).unwrap();
        let before = tcgetattr(&line).unwrap();
        let child = Command::new(env!("CARGO_BIN_EXE_okdboot"))
            .args(args)
            .env_clear()
            .env("TERM", "xterm-256color")
            .envs(env.iter().copied())
            .current_dir(folder)
            .stdin(line.try_clone().unwrap())
            .stdout(line.try_clone().unwrap())
            .stderr(line.try_clone().unwrap())
            .spawn()
            .unwrap();
        let bytes = reader(keyboard.try_clone().unwrap());
        Self { keyboard, line, child, bytes, screen: Vec::new(), before }
    }

    /// Types.
    pub fn types(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).unwrap();
    }

    /// Waits until a text stands on the screen, after what was waited for before.
    #[track_caller]
    pub fn waits_for(&mut self, text: &str) {
        let until = Instant::now() + PATIENCE;
        loop {
            let shown = plain(&self.screen);
            if let Some(at) = shown.find(text) {
                self.screen = shown.into_bytes().split_off(at + text.len());
                return;
            }
            match self.bytes.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(more) => self.screen.extend(more),
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                    panic!("`{text}` did not come; there was:\n{shown}")
                }
            }
        }
    }

    /// Answers a question.
    #[track_caller]
    pub fn answers(&mut self, question: &str, answer: &str) {
        self.waits_for(question);
        self.types(&format!("{answer}\r"));
    }

    /// Presses Ctrl-C until the program ends. Between two keys the line is not raw for a moment; without
    /// a process group in the foreground, which tests do not have, the key is lost then.
    #[track_caller]
    pub fn interrupts(&mut self) {
        let until = Instant::now() + PATIENCE;
        while self.child.try_wait().unwrap().is_none() {
            assert!(Instant::now() < until, "Ctrl-C does not end it; there was:\n{}", plain(&self.screen));
            self.types("\u{3}");
            // The key throws away what is not yet on the screen, so it is not pressed in haste.
            let patience = Instant::now() + Duration::from_secs(1);
            while Instant::now() < patience && self.child.try_wait().unwrap().is_none() {
                self.screen.extend(self.bytes.recv_timeout(Duration::from_millis(20)).unwrap_or_default());
            }
        }
    }

    /// Presses Ctrl-C until a text stands on the screen, for the same reason.
    #[track_caller]
    pub fn interrupts_until(&mut self, text: &str) {
        let until = Instant::now() + PATIENCE;
        while !plain(&self.screen).contains(text) {
            assert!(
                Instant::now() < until,
                "Ctrl-C did not bring `{text}`; there was:\n{}",
                plain(&self.screen)
            );
            self.types("\u{3}");
            let patience = Instant::now() + Duration::from_secs(1);
            while Instant::now() < patience && !plain(&self.screen).contains(text) {
                self.screen.extend(self.bytes.recv_timeout(Duration::from_millis(20)).unwrap_or_default());
            }
        }
        self.waits_for(text);
    }

    /// Waits for the end; returns the exit status, what is on the screen since the last wait, and
    /// whether the terminal is as it was found.
    pub fn ends(mut self) -> Ended {
        let status = self.child.wait().unwrap();
        let after = tcgetattr(&self.line).unwrap();
        let restored = after.local_modes == self.before.local_modes
            && after.input_modes == self.before.input_modes
            && after.output_modes == self.before.output_modes;
        // The last bytes are there once the program has ended; nothing more will come after a while.
        while let Ok(more) = self.bytes.recv_timeout(Duration::from_millis(200)) {
            self.screen.extend(more);
        }
        let raw = String::from_utf8_lossy(&self.screen).into_owned();
        Ended { code: status.code(), screen: plain(&self.screen), raw, restored }
    }
}

/// How a run ended.
pub struct Ended {
    pub code: Option<i32>,
    pub screen: String,
    pub raw: String,
    pub restored: bool,
}

/// Reads the screen in a thread: a terminal has no end of file to wait for while it is open.
fn reader(mut screen: File) -> Receiver<Vec<u8>> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        let mut buffer = [0; 4096];
        while let Ok(count @ 1..) = screen.read(&mut buffer) {
            if sender.send(buffer[..count].to_vec()).is_err() {
                return;
            }
        }
    });
    receiver
}

/// Takes the escape sequences out of what a terminal was sent.
fn plain(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let mut plain = String::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\u{1b}' if chars.peek() == Some(&'[') => {
                chars.next();
                while chars.next().is_some_and(|c| !c.is_ascii_alphabetic()) {}
            }
            '\r' => {}
            c => plain.push(c),
        }
    }
    plain
}
