//! A run of the program on a pseudo-terminal: what a person sees.

use std::fs::{File, OpenOptions};
use std::io::Read as _;
use std::path::Path;
use std::process::{Child, Command};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Termios, Winsize, tcgetattr, tcsetwinsize};

/// A program with its screen.
pub struct Terminal {
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
        let keyboard: File = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap().into();
        grantpt(&keyboard).unwrap();
        unlockpt(&keyboard).unwrap();
        let name = ptsname(&keyboard, Vec::new()).unwrap().into_string().unwrap();
        let line = OpenOptions::new().read(true).write(true).open(name).unwrap();
        tcsetwinsize(&line, Winsize { ws_row: 40, ws_col: 80, ws_xpixel: 0, ws_ypixel: 0 }).unwrap();
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
        let bytes = reader(keyboard);
        Self { line, child, bytes, screen: Vec::new(), before }
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
