//! A web server over the rendered tree, as `<url>/assets/` and `<url>/ipxe/` are documented.

use std::fs;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread;

/// A server that lives as long as the process; its log is what tests look at.
#[derive(Clone, Debug)]
pub struct Server {
    address: SocketAddr,
    log: Log,
}

/// A line a request: `GET /path 200`.
pub type Log = Arc<Mutex<Vec<String>>>;

impl Server {
    /// Serves an output root on a free port.
    pub fn start(address: IpAddr, out: &Path) -> Self {
        let listener = TcpListener::bind((address, 0)).expect("a port is free");
        let address = listener.local_addr().expect("the port is known");
        let log = Log::default();
        let (shared, out) = (Arc::clone(&log), out.to_owned());
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (log, out) = (Arc::clone(&shared), out.clone());
                thread::spawn(move || connection(&stream, &out, &log));
            }
        });
        Self { address, log }
    }

    /// Returns the port.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// Returns the requests so far.
    pub fn log(&self) -> Vec<String> {
        self.log.lock().expect("no thread panicked").clone()
    }
}

/// Answers the requests of one connection until the client has no more or goes away.
fn connection(stream: &TcpStream, out: &Path, log: &Log) {
    let mut reader = BufReader::new(stream);
    while let Ok(Some(request)) = Request::read(&mut reader) {
        let Ok(status) = request.answer(stream, out) else { return };
        log.lock().expect("no thread panicked").push(format!("{} {} {status}", request.method, request.path));
        if !request.keep_alive {
            return;
        }
    }
}

struct Request {
    method: String,
    path: String,
    keep_alive: bool,
    /// The first byte that is wanted: GRUB asks for the rest of a file where it stands in it.
    from: usize,
}

impl Request {
    fn read(reader: &mut impl io::BufRead) -> io::Result<Option<Self>> {
        let mut first = String::new();
        reader.read_line(&mut first)?;
        let mut words = first.split_whitespace();
        let (Some(method), Some(path), Some(version)) = (words.next(), words.next(), words.next()) else {
            return Ok(None);
        };
        let mut request = Self {
            method: method.to_owned(),
            path: path.to_owned(),
            keep_alive: version == "HTTP/1.1",
            from: 0,
        };
        for line in reader.lines() {
            let line = line?.to_ascii_lowercase();
            if line.is_empty() {
                break;
            }
            request.header(&line);
        }
        Ok(Some(request))
    }

    fn header(&mut self, line: &str) {
        match line.split_once(':').map(|(name, value)| (name, value.trim())) {
            Some(("connection", value)) => self.keep_alive = value != "close",
            Some(("range", value)) => {
                let first = value.strip_prefix("bytes=").and_then(|range| range.split('-').next());
                self.from = first.and_then(|digits| digits.parse().ok()).unwrap_or(0);
            }
            _ => {}
        }
    }

    fn answer(&self, mut stream: &TcpStream, out: &Path) -> io::Result<u16> {
        let Some(bytes) = served(out, &self.path).and_then(|path| fs::read(path).ok()) else {
            stream.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")?;
            return Ok(404);
        };
        let rest = bytes.get(self.from..).unwrap_or_default();
        let (status, range) = match self.from {
            0 => (200, String::new()),
            from => (206, format!("Content-Range: bytes {from}-{}/{}\r\n", bytes.len() - 1, bytes.len())),
        };
        let length = rest.len();
        write!(stream, "HTTP/1.1 {status} OK\r\n{range}Content-Length: {length}\r\n\r\n")?;
        if self.method != "HEAD" {
            stream.write_all(rest)?;
        }
        Ok(status)
    }
}

/// Returns the file that a URL's path names, if it is one of those that machines may fetch.
fn served(out: &Path, path: &str) -> Option<PathBuf> {
    let relative = path.split('?').next()?.strip_prefix('/')?;
    let safe = relative.split('/').all(|segment| !matches!(segment, "" | "." | ".."));
    let folder = match relative.split('/').next()? {
        "assets" => out.join("matchbox"),
        "ipxe" => out.join("http"),
        _ => return None,
    };
    safe.then(|| folder.join(relative))
}
