//! A running `okdboot serve`, and requests to it that a test writes byte by byte.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use serde_json::Value;

/// What anything here may take.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// A server of a tree.
pub(crate) struct Serving {
    child: Child,
    events: Receiver<Value>,
    pub(crate) http: SocketAddr,
    pub(crate) watch: Option<SocketAddr>,
    pub(crate) tftp: Option<SocketAddr>,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Got {
    pub(crate) status: u16,
    pub(crate) fields: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Serving {
    /// Starts a server in a folder. Without `--http` among the arguments a free port is taken.
    pub(crate) fn start(folder: &Path, args: &[&str]) -> Self {
        Self::run(folder, "serve", args)
    }

    /// The same by a command that ends with serving.
    pub(crate) fn run(folder: &Path, subcommand: &str, args: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_okdboot"));
        command.arg(subcommand).args(args).args(["--format", "json"]);
        if !args.contains(&"--http") {
            command.args(["--http", "127.0.0.1:0"]);
        }
        if !args.contains(&"--watch") {
            command.args(["--watch", "127.0.0.1:0"]);
        }
        if !args.contains(&"--tftp") {
            command.args(["--tftp", "off"]);
        }
        command.env_clear().current_dir(folder).stdin(Stdio::null());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let (sender, events) = channel();
        thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let event = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
                if sender.send(event).is_err() {
                    break;
                }
            }
        });
        let mut serving = Self {
            child,
            events,
            http: SocketAddr::new(IpAddr::from([127, 0, 0, 1]), 0),
            watch: None,
            tftp: None,
        };
        if args.contains(&"--tftp") {
            serving.tftp = Some(serving.listener("TFTP: udp"));
        }
        serving.http = serving.listener("machines boot from");
        if !args.windows(2).any(|pair| pair == ["--watch", "off"]) {
            serving.watch = Some(serving.listener("how far they are"));
        }
        serving
    }

    fn listener(&self, what: &str) -> SocketAddr {
        let event = self.event(|event| event["message"].as_str().is_some_and(|text| text.contains(what)));
        let text = event["message"].as_str().unwrap();
        let at = text.rsplit_once("//").or_else(|| text.rsplit_once(' ')).map(|(_, at)| at);
        at.unwrap().trim_end_matches('/').parse().unwrap()
    }

    /// Waits for an event.
    #[track_caller]
    pub(crate) fn event(&self, is_it: impl Fn(&Value) -> bool) -> Value {
        loop {
            let event = self.events.recv_timeout(PATIENCE).expect("no such event");
            crate::schema::conforms(if event.get("id").is_some() { "serve-event" } else { "serve" }, &event);
            if is_it(&event) {
                return event;
            }
        }
    }

    /// Waits for an event with a text in its message.
    #[track_caller]
    pub(crate) fn says(&self, text: &str) -> Value {
        self.event(|event| event["message"].as_str().is_some_and(|message| message.contains(text)))
    }

    /// Asks for a path.
    pub(crate) fn get(&self, path: &str) -> Got {
        ask(self.http, &format!("GET {path} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"))
    }

    /// Asks the watch for a path.
    pub(crate) fn look(&self, path: &str) -> Got {
        ask(self.watch.unwrap(), &format!("GET {path} HTTP/1.0\r\n\r\n"))
    }

    /// Returns one machine of the watch.
    pub(crate) fn machine(&self, name: &str) -> Value {
        let all: Value = serde_json::from_slice(&self.look("/watch.json").body).unwrap();
        let list = all["machines"].as_array().unwrap();
        list.iter().find(|machine| machine["name"] == name).unwrap_or_else(|| panic!("{all:#}")).clone()
    }

    /// Sends a signal by its name.
    pub(crate) fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-s", name, &pid]).status().unwrap().success());
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Returns what the system knows of it (proc(5)).
    pub(crate) fn status(&self) -> String {
        std::fs::read_to_string(format!("/proc/{}/status", self.pid())).unwrap()
    }

    /// Returns what it has in memory, in MiB.
    pub(crate) fn memory(&self) -> u64 {
        let text = self.status();
        let line = text.lines().find(|line| line.starts_with("VmRSS")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024
    }

    /// Waits for the end.
    pub(crate) fn end(&mut self) -> ExitStatus {
        self.child.wait().unwrap()
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Got {
    /// Returns a header field.
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Reads one answer; a body without a length ends with the connection.
    pub(crate) fn read(stream: &mut BufReader<impl io::Read>, is_head: bool) -> Self {
        let mut line = String::new();
        stream.read_line(&mut line).unwrap();
        let status = line.split(' ').nth(1).unwrap_or_else(|| panic!("no status line: {line:?}"));
        let (status, mut fields) = (status.parse().unwrap(), Vec::new());
        loop {
            line.clear();
            stream.read_line(&mut line).unwrap();
            match line.trim_end().split_once(": ") {
                Some((name, value)) => fields.push((name.to_owned(), value.to_owned())),
                None => break,
            }
        }
        let mut got = Self { status, fields, body: Vec::new() };
        let length: Option<usize> = got.field("Content-Length").map(|length| length.parse().unwrap());
        match length.filter(|_| !is_head && status != 304) {
            Some(length) => {
                got.body.resize(length, 0);
                stream.read_exact(&mut got.body).unwrap();
            }
            None if is_head || status == 304 => {}
            None => drop(stream.read_to_end(&mut got.body).unwrap()),
        }
        got
    }
}

/// Opens a connection.
pub(crate) fn connect(to: SocketAddr) -> BufReader<TcpStream> {
    let stream = TcpStream::connect(to).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    BufReader::new(stream)
}

/// Asks with bytes of a test.
pub(crate) fn ask(to: SocketAddr, head: &str) -> Got {
    let mut stream = connect(to);
    stream.get_mut().write_all(head.as_bytes()).unwrap();
    Got::read(&mut stream, head.starts_with("HEAD "))
}

/// Returns a port that nobody has at the moment.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}
