//! A run of the program in a folder of its own: what it is given, what is expected of it.
//!
//! ```ignore
//! Sandbox::new().vars("disk: sda\n").arg("check").run().status(3).stdout("").stderr("...");
//! ```
//!
//! The program sees no variable of the environment that the test did not give, and no shell.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::thread;

use tempfile::TempDir;

use crate::schema;

/// What a run is given.
pub struct Sandbox {
    folder: TempDir,
    args: Vec<OsString>,
    env: BTreeMap<OsString, OsString>,
    stdin: Vec<u8>,
}

impl Sandbox {
    /// Makes an empty folder, no arguments, no environment, no input.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { folder, args: Vec::new(), env: BTreeMap::new(), stdin: Vec::new() }
    }

    /// Returns the folder, which is the program's working directory.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file, with the folders that it needs.
    pub fn file(self, path: &str, contents: impl AsRef<[u8]>) -> Self {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, contents).unwrap();
        self
    }

    /// Writes `vars.yaml`.
    pub fn vars(self, text: impl AsRef<[u8]>) -> Self {
        self.file("vars.yaml", text)
    }

    /// Makes a folder.
    pub fn folder(self, path: &str) -> Self {
        fs::create_dir_all(self.path().join(path)).unwrap();
        self
    }

    /// Adds an argument.
    pub fn arg(mut self, arg: impl Into<OsString>) -> Self {
        self.args.push(arg.into());
        self
    }

    /// Adds arguments.
    pub fn args<I: IntoIterator<Item: Into<OsString>>>(mut self, args: I) -> Self {
        self.args.extend(args.into_iter().map(Into::into));
        self
    }

    /// Sets a variable of the program's environment.
    pub fn env(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.env.insert(name.into(), value.into());
        self
    }

    /// Lets the program see the `PATH` that the tests have.
    pub fn with_path(self) -> Self {
        let path = std::env::var_os("PATH").unwrap_or_default();
        self.env("PATH", path)
    }

    /// Gives bytes on standard input.
    pub fn stdin(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.stdin = bytes.into();
        self
    }

    /// Runs the program to its end.
    pub fn run(self) -> Ran {
        let output = self.output();
        Ran { folder: self.folder, output }
    }

    /// Runs the program and keeps the sandbox for another run, with the same arguments unless they are
    /// taken away.
    pub fn output(&self) -> Output {
        let mut child = Command::new(env!("CARGO_BIN_EXE_okdboot"))
            .args(&self.args)
            .env_clear()
            .envs(&self.env)
            .current_dir(self.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut input = child.stdin.take().unwrap();
        let bytes = self.stdin.clone();
        // The program may end without reading, and may write before it reads.
        let writer = thread::spawn(move || drop(input.write_all(&bytes)));
        let output = child.wait_with_output().unwrap();
        writer.join().unwrap();
        schema::hold(&self.args, &output);
        output
    }
}

/// What a run did.
pub struct Ran {
    folder: TempDir,
    output: Output,
}

impl Ran {
    /// Compares the exit status.
    #[track_caller]
    pub fn status(self, expected: i32) -> Self {
        assert_eq!(
            self.output.status.code(),
            Some(expected),
            "exit status; stdout:\n{}\nstderr:\n{}",
            self.stdout_text(),
            self.stderr_text()
        );
        self
    }

    /// Compares standard output, byte by byte.
    #[track_caller]
    pub fn stdout(self, expected: &str) -> Self {
        assert_same("stdout", &self.stdout_text(), expected);
        self
    }

    /// Compares standard error, byte by byte.
    #[track_caller]
    pub fn stderr(self, expected: &str) -> Self {
        assert_same("stderr", &self.stderr_text(), expected);
        self
    }

    /// Compares a file of the folder, byte by byte.
    #[track_caller]
    pub fn expect_file(self, path: &str, expected: impl AsRef<[u8]>) -> Self {
        let found = fs::read(self.path().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
        assert_same(path, &String::from_utf8_lossy(&found), &String::from_utf8_lossy(expected.as_ref()));
        assert_eq!(found, expected.as_ref(), "{path}");
        self
    }

    /// Demands that nothing stands at a path.
    #[track_caller]
    pub fn expect_absent(self, path: &str) -> Self {
        assert!(fs::symlink_metadata(self.path().join(path)).is_err(), "{path} is there");
        self
    }

    /// Returns the folder.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Returns the path of a file in the folder.
    pub fn join(&self, path: &str) -> PathBuf {
        self.path().join(path)
    }

    /// Returns the exit status; nothing where a signal ended the program.
    pub fn code(&self) -> Option<i32> {
        self.output.status.code()
    }

    /// Returns standard output as text.
    pub fn stdout_text(&self) -> String {
        String::from_utf8(self.output.stdout.clone()).unwrap()
    }

    /// Returns standard error as text.
    pub fn stderr_text(&self) -> String {
        String::from_utf8(self.output.stderr.clone()).unwrap()
    }

    /// Gives the folder and its files to a further run, without arguments, environment and input.
    pub fn again(self) -> Sandbox {
        Sandbox { folder: self.folder, args: Vec::new(), env: BTreeMap::new(), stdin: Vec::new() }
    }
}

/// Compares two texts and shows where they differ.
#[track_caller]
pub fn assert_same(what: &str, found: &str, expected: &str) {
    if found != expected {
        let diff = similar::TextDiff::from_lines(expected, found);
        panic!("{what} differs (- expected, + found):\n{}", diff.unified_diff());
    }
}
