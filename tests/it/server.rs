//! A scripted HTTP server on loopback. Each connection carries one request; what is answered, cut or
//! withheld is up to the script, which is told how many requests came before.

use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// A request.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// `GET` is the only one that okdboot sends.
    pub(crate) method: String,
    /// Path and query.
    pub(crate) path: String,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
}

impl Request {
    /// Returns a header.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// How a body ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// All of it is sent.
    Whole,
    /// The connection closes after so many bytes.
    CutAfter(usize),
    /// Nothing more comes after so many bytes, and the connection stays open.
    StallAfter(usize),
    /// All of it is sent, a thousandth at a time (at least a byte), with a pause before each.
    Trickle(Duration),
}

/// How the length of a body is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Length {
    /// As it is.
    True,
    /// As something else.
    Lie(usize),
    /// Not at all.
    Untold,
    /// As chunks.
    Chunked,
}

/// What is answered.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    ending: Ending,
    length: Length,
}

impl Answer {
    /// Answers with a status and a body.
    pub(crate) fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        let (ending, length) = (Ending::Whole, Length::True);
        Self { status, headers: Vec::new(), body: body.into(), ending, length }
    }

    /// Answers 200.
    pub(crate) fn ok(body: impl Into<Vec<u8>>) -> Self {
        Self::new(200, body)
    }

    /// Redirects.
    pub(crate) fn redirect(to: &str) -> Self {
        Self::new(302, "").header("Location", to)
    }

    /// Adds a header.
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Sets how the body ends.
    pub(crate) fn ending(mut self, ending: Ending) -> Self {
        self.ending = ending;
        self
    }

    /// Sets how the length is told.
    pub(crate) fn length(mut self, length: Length) -> Self {
        self.length = length;
        self
    }

    fn head(&self) -> String {
        let length = match self.length {
            Length::True => format!("Content-Length: {}\r\n", self.body.len()),
            Length::Lie(length) => format!("Content-Length: {length}\r\n"),
            Length::Chunked => "Transfer-Encoding: chunked\r\n".to_owned(),
            Length::Untold => String::new(),
        };
        let more: Vec<_> = self.headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let status = self.status;
        format!("HTTP/1.1 {status} Scripted\r\nConnection: close\r\n{length}{}\r\n", more.concat())
    }

    fn wire_body(&self) -> Vec<u8> {
        let sent = match self.ending {
            Ending::Whole | Ending::Trickle(_) => &self.body[..],
            Ending::CutAfter(bytes) | Ending::StallAfter(bytes) => &self.body[..bytes],
        };
        if self.length != Length::Chunked {
            return sent.to_vec();
        }
        let mut chunked = Vec::new();
        for chunk in sent.chunks(1000) {
            chunked.extend(format!("{:x}\r\n", chunk.len()).bytes());
            chunked.extend(chunk);
            chunked.extend(b"\r\n");
        }
        if matches!(self.ending, Ending::Whole | Ending::Trickle(_)) {
            chunked.extend(b"0\r\n\r\n");
        }
        chunked
    }
}

type Script = dyn Fn(usize, &Request) -> Answer + Send + Sync;

/// What the connections share.
struct Shared {
    script: Box<Script>,
    tls: Option<Arc<rustls::ServerConfig>>,
    requests: Mutex<Vec<Request>>,
    stop: AtomicBool,
    stopped: (Mutex<bool>, Condvar),
}

/// A running server; it ends when it is dropped.
pub(crate) struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
    acceptor: Option<JoinHandle<()>>,
}

impl Server {
    /// Starts a server. The script gets the number of requests that came before and this one.
    pub(crate) fn start(script: impl Fn(usize, &Request) -> Answer + Send + Sync + 'static) -> Self {
        Self::serve(script, None)
    }

    /// The same over https.
    pub(crate) fn start_tls(
        tls: Arc<rustls::ServerConfig>,
        script: impl Fn(usize, &Request) -> Answer + Send + Sync + 'static,
    ) -> Self {
        Self::serve(script, Some(tls))
    }

    fn serve(
        script: impl Fn(usize, &Request) -> Answer + Send + Sync + 'static,
        tls: Option<Arc<rustls::ServerConfig>>,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            script: Box::new(script),
            tls,
            requests: Mutex::default(),
            stop: AtomicBool::new(false),
            stopped: (Mutex::new(false), Condvar::new()),
        });
        let for_acceptor = Arc::clone(&shared);
        let acceptor = thread::spawn(move || accept(&listener, &for_acceptor));
        Self { address, shared, acceptor: Some(acceptor) }
    }

    /// Returns the URL of a path that begins with a slash.
    pub(crate) fn url(&self, path: &str) -> String {
        let scheme = if self.shared.tls.is_some() { "https" } else { "http" };
        format!("{scheme}://{}{path}", self.address)
    }

    /// Returns every request so far.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.shared.requests.lock().unwrap().clone()
    }

    /// Counts the requests so far.
    pub(crate) fn count(&self) -> usize {
        self.requests().len()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::SeqCst);
        *self.shared.stopped.0.lock().unwrap() = true;
        self.shared.stopped.1.notify_all();
        // Wakes the acceptor, which then sees the flag.
        drop(TcpStream::connect(self.address));
        if let Some(acceptor) = self.acceptor.take() {
            let _ = acceptor.join();
        }
    }
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    let mut connections = Vec::new();
    for stream in listener.incoming() {
        if shared.stop.load(Ordering::SeqCst) {
            break;
        }
        let shared = Arc::clone(shared);
        // A client that goes away is part of the game.
        connections.push(thread::spawn(move || drop(stream.map(|stream| converse(stream, &shared)))));
    }
    for connection in connections {
        let _ = connection.join();
    }
}

fn converse(stream: TcpStream, shared: &Shared) -> std::io::Result<()> {
    match &shared.tls {
        None => answer(stream, shared),
        Some(config) => {
            let connection =
                rustls::ServerConnection::new(Arc::clone(config)).map_err(std::io::Error::other)?;
            answer(rustls::StreamOwned::new(connection, stream), shared)
        }
    }
}

fn answer(stream: impl Read + Write, shared: &Shared) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    let Some(request) = read_request(&mut reader)? else { return Ok(()) };
    let before = {
        let mut requests = shared.requests.lock().unwrap();
        requests.push(request.clone());
        requests.len() - 1
    };
    let answer = (shared.script)(before, &request);
    let stream = reader.get_mut();
    stream.write_all(answer.head().as_bytes())?;
    match answer.ending {
        Ending::Trickle(pause) => trickle(stream, &answer.wire_body(), pause, shared)?,
        _ => stream.write_all(&answer.wire_body())?,
    }
    stream.flush()?;
    if matches!(answer.ending, Ending::StallAfter(_)) {
        let (is_stopped, changed) = &shared.stopped;
        drop(changed.wait_while(is_stopped.lock().unwrap(), |stopped| !*stopped).unwrap());
    }
    Ok(())
}

fn trickle(stream: &mut impl Write, body: &[u8], pause: Duration, shared: &Shared) -> std::io::Result<()> {
    for piece in body.chunks((body.len() / 1000).max(1)) {
        if shared.stop.load(Ordering::SeqCst) {
            break;
        }
        thread::sleep(pause);
        stream.write_all(piece)?;
        stream.flush()?;
    }
    Ok(())
}

fn read_request(reader: &mut impl std::io::BufRead) -> std::io::Result<Option<Request>> {
    let mut lines = Vec::new();
    for line in reader.lines() {
        let line = line?;
        if line.is_empty() {
            break;
        }
        lines.push(line);
    }
    let Some(first) = lines.first() else { return Ok(None) };
    let mut words = first.split(' ').map(str::to_owned);
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let header = |line: &String| {
        line.split_once(':').map(|(name, value)| (name.to_lowercase(), value.trim().to_owned()))
    };
    Ok(Some(Request { method, path, headers: lines[1..].iter().filter_map(header).collect() }))
}
