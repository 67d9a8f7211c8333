//! One connection: requests in, answers out, until either side ends it.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::time::{Instant, timeout, timeout_at};

use super::answer::{Answer, Body, BootHint, Reply};
use super::ask::{Bad, HttpRequest, RequestMethod};
use super::machine::ServedMachine;
use super::report;
use super::rule::Peer;
use super::shared::{Shared, closed};
use super::stream::SocketStream;
use super::watch::End;
use super::wire::{self, ResponseShape};

/// How long the head of a request may take.
const HEAD_TIME: Duration = Duration::from_secs(10);

/// How long a connection may be idle between two requests.
const IDLE_TIME: Duration = Duration::from_secs(60);

/// How long a machine may be silent after a body before the body counts as taken: a kernel that starts
/// leaves the loader's connection open.
const GRACE: Duration = Duration::from_secs(3);

/// How often an idle stream of events is written to, so that a dead reader is noticed.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// What a listener gives away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// The tree.
    Boot,
    /// How far the machines are.
    Watch,
}

/// A connection and what was read of it ahead.
pub struct Connection {
    stream: SocketStream,
    peer: SocketAddr,
    here: SocketAddr,
    door: Door,
    shared: Arc<Shared>,
    ahead: Vec<u8>,
    /// A body that was sent whole and may still be lost on its way.
    sent: Option<u64>,
    /// EDK2 resets the connection after a whole body.
    resets: bool,
}

impl Connection {
    /// Takes over a connection that was accepted.
    pub fn new(
        stream: SocketStream,
        (here, peer): (SocketAddr, SocketAddr),
        door: Door,
        shared: Arc<Shared>,
    ) -> Self {
        Self { stream, peer, here, door, shared, ahead: Vec::new(), sent: None, resets: false }
    }

    /// Answers until the end.
    pub async fn run(mut self) {
        while let Ok(Some(asked)) = self.read().await {
            match self.answer(asked).await {
                Ok(true) => {}
                Ok(false) => break,
                Err(_) => return self.settle(End::Broken),
            }
        }
        self.leave().await;
    }

    /// Reads the head of the next request; nothing where there is none.
    async fn read(&mut self) -> io::Result<Option<Result<HttpRequest, Bad>>> {
        let idle = Instant::now() + IDLE_TIME;
        let mut due = None;
        loop {
            match HttpRequest::parse(&self.ahead) {
                Ok(Some((ask, length))) => {
                    self.ahead.drain(..length);
                    return Ok(Some(Ok(ask)));
                }
                Err(bad) => return Ok(Some(Err(bad))),
                Ok(None) => {}
            }
            if due.is_none() && !self.ahead.is_empty() {
                due = Some(Instant::now() + HEAD_TIME);
            }
            if !self.more(due.unwrap_or(idle)).await? {
                return Ok(None);
            }
        }
    }

    /// Reads what has come; says whether the other side is still there.
    async fn more(&mut self, due: Instant) -> io::Result<bool> {
        let mut closing = self.shared.closing();
        let grace = Instant::now() + GRACE;
        loop {
            let waits_for_word = self.sent.is_some() && grace < due;
            let until = if waits_for_word { grace } else { due };
            let mut buffer = [0; 4096];
            let read = tokio::select! {
                read = timeout_at(until, self.stream.read(&mut buffer)) => read,
                // Whoever is between two requests is not made to wait for.
                () = closed(&mut closing), if self.ahead.is_empty() => return Ok(false),
            };
            match read {
                Err(_) if waits_for_word => self.settle(End::Whole),
                Err(_) => return Ok(false),
                Ok(Ok(0)) => {
                    self.settle(End::Whole);
                    return Ok(false);
                }
                Ok(Ok(length)) => {
                    self.settle(End::Whole);
                    self.ahead.extend_from_slice(&buffer[..length]);
                    return Ok(true);
                }
                Ok(Err(error)) => {
                    let is_usual = self.resets && error.kind() == io::ErrorKind::ConnectionReset;
                    self.settle(if is_usual { End::Whole } else { End::Broken });
                    return Err(error);
                }
            }
        }
    }

    /// Says how the body that was sent last has ended.
    fn settle(&mut self, end: End) {
        if let Some(id) = self.sent.take() {
            self.shared.watch.end(id, end);
        }
    }

    /// Answers one request; says whether another may follow.
    async fn answer(&mut self, asked: Result<HttpRequest, Bad>) -> io::Result<bool> {
        let ask = match asked {
            Ok(ask) => ask,
            Err(bad) => {
                let answer = Answer::refusal(bad.status(), &bad.to_string());
                let shape = wire::shape(&answer, None, false, SystemTime::now());
                self.shared.watch.asked(None, self.peer.ip(), shape.status, &BootHint::Nothing, false);
                self.body(&shape, answer.body, None).await?;
                return Ok(false);
            }
        };
        self.resets = ask.agent.as_deref().is_some_and(|agent| agent.starts_with("UefiHttpBoot"));
        match self.door {
            Door::Boot => self.boot(&ask).await,
            Door::Watch => self.watch(&ask).await,
        }
    }

    async fn boot(&mut self, ask: &HttpRequest) -> io::Result<bool> {
        let (watch, index) = (&self.shared.watch, self.shared.site.index());
        let peer = Peer { address: self.peer.ip(), here: self.here.ip() };
        let tied = watch.tied(peer.address);
        let Reply { answer, mut about, mac } = self.shared.site.answer(ask, peer, tied.as_ref());
        if ask.is_rehearsal() {
            about = BootHint::Nothing;
        }
        let named = mac.and_then(|mac| index.machines.by_mac(mac));
        let who: Option<&ServedMachine> =
            named.or_else(|| index.machines.by_address(peer.address)).or(tied.as_ref());
        let shape = wire::shape(&answer, Some(ask), ask.keeps, SystemTime::now());
        watch.asked(who, peer.address, shape.status, &about, ask.method == RequestMethod::Head);
        let transfer = match &about {
            BootHint::File(stage, name) if shape.length > 0 && matches!(shape.status, 200 | 206) => {
                Some(watch.begin(who, peer.address, *stage, name, shape.length))
            }
            _ => None,
        };
        let sent = self.body(&shape, answer.body, transfer).await;
        match (transfer, &sent) {
            (Some(id), Ok(())) => self.sent = Some(id),
            (Some(id), Err(_)) => self.shared.watch.end(id, End::Broken),
            (None, _) => {}
        }
        sent.map(|()| ask.keeps)
    }

    async fn watch(&mut self, ask: &HttpRequest) -> io::Result<bool> {
        let answer = report::answer(ask, &self.shared.watch);
        let is_stream = matches!(answer.body, Body::Events(_));
        let keeps = ask.keeps && !is_stream;
        let shape = wire::shape(&answer, Some(ask), keeps, SystemTime::now());
        self.body(&shape, answer.body, None).await?;
        Ok(keeps)
    }

    /// Writes head and body.
    async fn body(&mut self, shape: &ResponseShape, body: Body, transfer: Option<u64>) -> io::Result<()> {
        let watch = Arc::clone(&self.shared.watch);
        match body {
            Body::Bytes(bytes) => {
                let part = part(&bytes, shape);
                self.stream.bytes(&[&shape.head, part].concat()).await?;
                watch.advance(transfer, shape.length);
                Ok(())
            }
            Body::File(file, _) => {
                self.stream.bytes(&shape.head).await?;
                let taken = |bytes| watch.advance(transfer, bytes);
                self.stream.file(&file, (shape.first, shape.length), taken).await
            }
            Body::Events(after) => {
                self.stream.bytes(&shape.head).await?;
                self.events(after).await
            }
        }
    }

    /// Writes events as they come, until the reader goes away.
    async fn events(&mut self, mut after: u64) -> io::Result<()> {
        let watch = Arc::clone(&self.shared.watch);
        let (mut changes, mut closing) = (watch.changes(), self.shared.closing());
        loop {
            changes.borrow_and_update();
            let mut text = String::new();
            for event in watch.since(after) {
                after = event.id;
                text.push_str(&report::server_sent(&event));
            }
            self.stream.bytes(text.as_bytes()).await?;
            tokio::select! {
                () = closed(&mut closing) => return Ok(()),
                woken = timeout(HEARTBEAT, changes.changed()) => match woken {
                    Ok(Ok(())) => {}
                    Ok(Err(_)) => return Ok(()),
                    Err(_) => self.stream.bytes(b":\n\n").await?,
                },
            }
        }
    }

    /// Ends the connection so that nothing on its way is lost: no more is sent, and what still comes is
    /// read until the other side has ended it, too.
    async fn leave(mut self) {
        if self.stream.shutdown().await.is_err() {
            return self.settle(End::Broken);
        }
        let mut buffer = [0; 4096];
        let due = Instant::now() + GRACE;
        loop {
            match timeout_at(due, self.stream.read(&mut buffer)).await {
                Ok(Ok(0)) | Err(_) => return self.settle(End::Whole),
                Ok(Ok(_)) => {}
                Ok(Err(_)) => return self.settle(if self.resets { End::Whole } else { End::Broken }),
            }
        }
    }
}

/// The bytes that are sent of a text.
fn part<'a>(bytes: &'a [u8], shape: &ResponseShape) -> &'a [u8] {
    let at = |number: u64| usize::try_from(number).unwrap_or(usize::MAX).min(bytes.len());
    &bytes[at(shape.first)..at(shape.first + shape.length)]
}
