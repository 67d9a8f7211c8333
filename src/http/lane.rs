//! Lanes: who waits for an answer receives it, on the same thread.
//!
//! reqwest's own blocking client receives on a thread of its own and hands over every piece, so that a download
//! would have three threads with the one that hashes. A lane is a runtime for one thread with a client whose
//! connections live on it; nothing moves there but while somebody waits. Lanes that are free are taken again,
//! the last one first, so that connections serve again.

use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reqwest::{Certificate, Client, RequestBuilder, Response};
use thiserror::Error;
use tokio::runtime::{Builder, Runtime};

use super::HttpError;
use crate::text::cause_chain;

/// Whether this program was linked without the host's C library. Such a program cannot load what
/// nsswitch.conf names and reads resolv.conf and hosts itself; any other asks as the host does.
const IS_STATIC: bool = cfg!(target_feature = "crt-static");

/// How often what happened meanwhile is looked at before a request: once for the socket, once for the
/// connection that it belongs to, once for the pool that the connection is in; and once more.
const LOOKS: usize = 4;

/// How a client is made.
#[derive(Clone, Debug)]
pub(super) struct Recipe {
    /// Certificate authorities beside those of the system.
    pub(super) roots: Vec<Certificate>,
    /// The longest wait for a connection.
    pub(super) connect_timeout: Duration,
    /// The way to the server.
    pub(super) way: ServerRoute,
}

/// The way to a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ServerRoute {
    /// Through the proxy that the environment names.
    AsUsual,
    /// Past every proxy.
    Direct,
}

/// The lanes of one client.
#[derive(Debug)]
pub(super) struct Lanes {
    recipe: Recipe,
    free: Mutex<Vec<Lane>>,
}

/// A runtime, and the client whose connections live on it.
#[derive(Debug)]
struct Lane {
    /// Absent only when it is dropped.
    runtime: Option<Runtime>,
    client: Client,
}

/// A lane in use. Dropped, it is closed with its connections; given back, it serves again.
#[derive(Debug)]
pub(super) struct Held {
    lane: Lane,
    home: Arc<Lanes>,
}

/// Nothing came in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the server sends no more bytes (stalled)")]
pub(super) struct Late;

impl Lanes {
    pub(super) fn new(recipe: Recipe) -> Arc<Self> {
        Arc::new(Self { recipe, free: Mutex::default() })
    }

    /// Takes a lane that is free, or makes one.
    pub(super) fn take(self: &Arc<Self>) -> Result<Held, HttpError> {
        let free = self.free.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let lane = free.map_or_else(|| self.recipe.lane(), Ok)?;
        Ok(Held { lane, home: Arc::clone(self) })
    }
}

impl Recipe {
    fn lane(&self) -> Result<Lane, HttpError> {
        let failed = |why: String| HttpError::Setup { why };
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| failed(error.to_string()))?;
        let client = self.client().map_err(|error| failed(cause_chain(&error)))?;
        Ok(Lane { runtime: Some(runtime), client })
    }

    fn client(&self) -> Result<Client, reqwest::Error> {
        // An error says that one is installed already, which is just as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let base = || {
            let base = Client::builder()
                .user_agent(concat!("okdboot/", env!("CARGO_PKG_VERSION")))
                .redirect(reqwest::redirect::Policy::none())
                .referer(false)
                .connect_timeout(self.connect_timeout);
            match self.way {
                ServerRoute::AsUsual => base.hickory_dns(IS_STATIC),
                ServerRoute::Direct => base.no_proxy(),
            }
        };
        // A machine without any system certificates can still use a plain-http mirror or its own CA.
        let with_system = base().tls_certs_merge(self.roots.clone()).build();
        with_system.or_else(|_| base().tls_certs_only(self.roots.clone()).build())
    }
}

impl Held {
    /// Sends a request, and waits so long for the head of the answer.
    pub(super) fn send(
        &self,
        request: impl FnOnce(&Client) -> RequestBuilder,
        patience: Duration,
    ) -> Result<Result<Response, reqwest::Error>, Late> {
        self.wait(patience, async {
            // A server may have closed a connection since it was used last.
            for _ in 0..LOOKS {
                tokio::task::yield_now().await;
            }
            request(&self.lane.client).send().await
        })
    }

    /// Waits so long for something that happens on the lane.
    pub(super) fn wait<T>(&self, patience: Duration, what: impl Future<Output = T>) -> Result<T, Late> {
        // It has one until it is dropped.
        let Some(runtime) = &self.lane.runtime else { return Err(Late) };
        runtime.block_on(async { tokio::time::timeout(patience, what).await }).map_err(|_| Late)
    }

    /// Lets others use the lane: nothing is left to come on it.
    pub(super) fn give_back(self) {
        self.home.free.lock().unwrap_or_else(PoisonError::into_inner).push(self.lane);
    }
}

impl Drop for Lane {
    fn drop(&mut self) {
        // Dropping it would wait for a name server that does not answer.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead as _, BufReader, Write as _};
    use std::net::{TcpListener, TcpStream};
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc::{Receiver, channel};

    use crate::http::{Client, HttpSettings, PlainHttp};

    /// Answers `GET`s with `answer`, so many over one connection; counts connections.
    fn serve(answer: &'static str, each: usize) -> (String, Arc<AtomicUsize>) {
        let (url, count, _) = serve_and_tell(answer, each);
        (url, count)
    }

    /// The same; says when a connection was closed.
    fn serve_and_tell(answer: &'static str, each: usize) -> (String, Arc<AtomicUsize>, Receiver<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (url, count) = (format!("http://{}/k", listener.local_addr().unwrap()), Arc::default());
        let connections: Arc<AtomicUsize> = Arc::clone(&count);
        let (tell, closed) = channel();
        std::thread::spawn(move || {
            for stream in listener.incoming().map(Result::unwrap) {
                connections.fetch_add(1, Ordering::Relaxed);
                converse(&stream, answer, each);
                drop(stream);
                let _ = tell.send(());
            }
        });
        (url, count, closed)
    }

    fn converse(mut stream: &TcpStream, answer: &str, times: usize) {
        let heads = BufReader::new(stream).lines().map_while(Result::ok).filter(String::is_empty);
        for _ in heads.take(times) {
            stream.write_all(answer.as_bytes()).unwrap();
        }
    }

    use super::*;

    const WHOLE: &str = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
    const ABSENT: &str = "HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\n\r\nsorry";

    fn get(client: &Client, url: &str) -> Option<Vec<u8>> {
        client.get_bytes(url, 10, PlainHttp::DigestKnown).ok()
    }

    #[test]
    fn a_connection_serves_again_whether_its_answer_was_read_or_not() {
        for answer in [WHOLE, ABSENT] {
            let (url, connections) = serve(answer, usize::MAX);
            let client = Client::new(HttpSettings::default()).unwrap();
            for _ in 0..5 {
                assert_eq!(get(&client, &url).is_some(), answer == WHOLE);
            }
            assert_eq!(connections.load(Ordering::Relaxed), 1, "{answer}");
        }
    }

    #[test]
    fn a_connection_that_the_server_closed_is_not_used_again() {
        let (url, connections, closed) = serve_and_tell(WHOLE, 1);
        let client = Client::new(HttpSettings::default()).unwrap();
        for _ in 0..5 {
            assert_eq!(get(&client, &url).unwrap(), b"hello");
            // The answer is here before the server has closed; who asks in between may lose the question.
            closed.recv().unwrap();
        }
        assert_eq!(connections.load(Ordering::Relaxed), 5);
    }

    #[test]
    fn who_does_not_read_on_closes_the_connection() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/k", listener.local_addr().unwrap());
        let server = std::thread::spawn(move || {
            let mut stream = listener.accept().unwrap().0;
            BufReader::new(&stream).lines().map_while(Result::ok).find(String::is_empty).unwrap();
            write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\n").unwrap();
            // It ends only by an error.
            while stream.write_all(&[0; 4096]).is_ok() {}
        });
        let client = Client::new(HttpSettings::default()).unwrap();
        let mut response = client.get_stream(&url, PlainHttp::DigestKnown).unwrap();
        assert!(!response.piece().unwrap().is_empty());
        drop(response);
        server.join().unwrap();
    }

    #[test]
    fn a_server_that_says_nothing_more_is_not_waited_for() {
        let (url, _) = serve("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello", usize::MAX);
        let stall_timeout = Duration::from_millis(50);
        let client = Client::new(HttpSettings { stall_timeout, ..HttpSettings::default() }).unwrap();
        let error = client.get_bytes(&url, 10, PlainHttp::DigestKnown).unwrap_err().to_string();
        assert!(error.contains("the server sends no more bytes (stalled)"), "{error}");
        let (url, _) = serve("HTTP/1.1", usize::MAX);
        let error = client.get_bytes(&url, 10, PlainHttp::DigestKnown).unwrap_err().to_string();
        assert!(error.contains("error sending request: operation timed out"), "{error}");
    }
}
