//! Every call that can fail, made to fail in turn: the file system's and the network's alike.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use camino::Utf8Path;
use rustix::io::Errno;

use super::cache::Cache;
use super::{DownloadError, Fetched, Options, Wanted, download};
use crate::apply::progress::{Activity, Progress, Silent};
use crate::apply::retry::Retry;
use crate::disk::{Root, fail_at};
use crate::http::{Client, HttpSettings};
use crate::model::artifact::ArtifactName;
use crate::model::digest::Sha256;
use crate::model::fault::{Fault, Faulty as _};
use crate::model::origin::{DigestOrigin, LockedDigest};

#[path = "../../../tests/it/server.rs"]
#[expect(dead_code, reason = "the integration tests use more of it")]
mod server;

use server::{Answer, Server};

const PLACES: [&str; 2] = ["matchbox/assets/kernel", "tftpboot/kernel"];

fn body() -> Vec<u8> {
    (0..300_001_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect()
}

fn serve() -> Server {
    Server::start(|_, request| {
        let from =
            request.header("range").and_then(|it| it.strip_prefix("bytes=")?.strip_suffix('-')?.parse().ok());
        let from: usize = from.unwrap_or_default();
        let range = format!("bytes {from}-300000/300001");
        match from {
            0 => Answer::ok(body()).header("ETag", "\"v1\""),
            _ => Answer::new(206, &body()[from..]).header("ETag", "\"v1\"").header("Content-Range", &range),
        }
    })
}

/// One run over a root, with a cache or without.
struct Run {
    root: tempfile::TempDir,
    wanted: Wanted,
    has_cache: bool,
    retry: Retry,
}

impl Run {
    fn new(server: &Server, has_cache: bool, times: u32) -> Self {
        let wanted = Wanted {
            name: "kernel".parse().unwrap(),
            location: server.url("/kernel").parse().unwrap(),
            digest: Some(LockedDigest { sha256: Sha256::of(&body()), origin: DigestOrigin::Https }),
            path: PLACES[0].parse().unwrap(),
            copies: vec![PLACES[1].parse().unwrap()],
            signature: None,
            signed_by: None,
        };
        let retry = Retry { times, sleep: Arc::new(|_| {}), ..Retry::default() };
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join("matchbox/assets")).unwrap();
        fs::write(root.path().join(PLACES[0]), "old").unwrap();
        Self { root, wanted, has_cache, retry }
    }

    fn go(&self) -> Result<Fetched, DownloadError> {
        self.watched(&Silent)
    }

    fn watched(&self, progress: &dyn Progress) -> Result<Fetched, DownloadError> {
        let client = Client::new(HttpSettings::default()).unwrap();
        let root = Utf8Path::from_path(self.root.path()).unwrap();
        let cache = self.has_cache.then(|| Cache::open(&root.join("cache"))).transpose()?;
        let root = Root::create(root)?;
        let lock = root.lock()?;
        let options = Options { retry: self.retry.clone(), ..Options::default() };
        let wanted = std::slice::from_ref(&self.wanted);
        download(&client, &lock, wanted, cache.as_ref(), &options, progress)?.pop().unwrap()
    }

    fn found(&self, place: &str) -> Option<Vec<u8>> {
        fs::read(self.root.path().join(place)).ok()
    }

    fn temp_files(&self) -> Vec<PathBuf> {
        let folders = ["matchbox/assets", "tftpboot", "cache/sha256", ".okdboot"];
        let entries = |folder: &str| fs::read_dir(self.root.path().join(folder)).ok();
        let paths = folders.into_iter().filter_map(entries).flatten().map(|entry| entry.unwrap().path());
        paths.filter(|path| path.extension().is_some_and(|extension| extension == "part")).collect()
    }

    fn assert_whole(&self, why: &str) {
        for place in PLACES {
            assert!(self.found(place) == Some(body()), "{place} {why}");
        }
        assert_eq!(self.temp_files(), Vec::<PathBuf>::new(), "{why}");
    }
}

/// Says whether a message names a place or a URL, so that a person knows where to look.
fn is_clear(message: &str, root: &Path) -> bool {
    message.contains(root.to_str().unwrap()) || message.contains("http://127.0.0.1")
}

#[test]
fn whatever_fails_the_next_run_succeeds_and_nothing_false_has_a_name() {
    let server = serve();
    for has_cache in [false, true] {
        for errno in [Errno::NOSPC, Errno::IO] {
            let mut survived = 0;
            for nth in 1.. {
                let run = Run::new(&server, has_cache, 0);
                fail_at(Some(nth), errno);
                let result = run.go();
                let is_over = fail_at(None, errno);
                let why = format!("cache {has_cache}, {errno:?} at call {nth}");
                match &result {
                    Ok(_) => survived += 1,
                    Err(error) => assert!(is_clear(&error.to_string(), run.root.path()), "{why}: {error}"),
                }
                assert!(run.found(PLACES[0]).is_some_and(|it| it == b"old" || it == body()), "{why}");
                assert!(run.found(PLACES[1]).is_none_or(|it| it == body()), "{why}");
                let keeps = result.as_ref().is_err_and(|error| error.fault() == Fault::Network);
                assert!(keeps || run.temp_files().is_empty(), "{why}: {:?}", run.temp_files());
                run.go().unwrap();
                run.assert_whole(&why);
                if is_over {
                    assert!(result.is_ok() && nth > 15, "{why}");
                    break;
                }
            }
            assert!(survived >= 1, "what is only for speed may fail");
        }
    }
}

#[test]
fn a_network_that_fails_once_anywhere_is_not_even_noticed() {
    let server = serve();
    for has_cache in [false, true] {
        for nth in 1.. {
            let run = Run::new(&server, has_cache, 1);
            fail_at(Some(nth), Errno::CONNRESET);
            let result = run.go();
            let is_over = fail_at(None, Errno::IO);
            match &result {
                Ok(_) => run.assert_whole(&format!("call {nth}")),
                Err(error) => assert_eq!(error.fault(), Fault::FileSystem, "call {nth}: {error}"),
            }
            if is_over {
                break;
            }
        }
    }
}

/// Counts copies.
#[derive(Default)]
struct Copies(AtomicUsize);

impl Progress for Copies {
    fn started(&self, _: &ArtifactName, activity: Activity, _: Option<u64>) {
        self.0.fetch_add(usize::from(activity == Activity::Copying), Ordering::Relaxed);
    }

    fn advanced(&self, _: &ArtifactName, _: u64) {}

    fn finished(&self, _: &ArtifactName) {}

    fn line(&self, _: &str) {}
}

#[test]
fn the_file_beside_the_cache_is_written_with_it_and_not_copied_afterwards() {
    let server = serve();
    let run = Run::new(&server, true, 0);
    let probe = |name: &str| fs::File::create_new(run.root.path().join(name)).unwrap();
    let shares = rustix::fs::ioctl_ficlone(probe("one"), probe("other")).is_ok();
    let copies = Copies::default();
    run.watched(&copies).unwrap();
    run.assert_whole("");
    // The second place is always copied to, the first where that costs nothing.
    assert_eq!(copies.0.load(Ordering::Relaxed), 1 + usize::from(shares));
}

/// What a bundle brings goes the same way: all of it, or nothing but what the next one replaces.
#[test]
fn whatever_fails_while_an_artifact_is_staged_the_next_time_succeeds() {
    let sha256 = Sha256::of(&body());
    let names = |place: &Path| {
        let entries = fs::read_dir(place.join("sha256")).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect::<Vec<_>>()
    };
    for nth in 1.. {
        let place = tempfile::tempdir().unwrap();
        let cache = Cache::open(Utf8Path::from_path(place.path()).unwrap()).unwrap();
        let stage = || {
            let staged = cache.stage(sha256, &mut body().as_slice(), Utf8Path::new("b.tar"));
            staged.and_then(super::cache::Staged::publish)
        };
        fail_at(Some(nth), Errno::NOSPC);
        let result = stage();
        let is_over = fail_at(None, Errno::IO);
        let left = names(place.path());
        assert!(left.iter().all(|name| !name.contains(".part")), "call {nth}: {left:?}");
        let found = fs::read(place.path().join(format!("sha256/{sha256}")));
        assert!(found.is_ok_and(|it| it == body()) || result.is_err(), "call {nth}");
        stage().unwrap();
        assert!(fs::read(place.path().join(format!("sha256/{sha256}"))).unwrap() == body(), "call {nth}");
        if is_over {
            assert!(result.is_ok() && nth > 5, "{nth}");
            break;
        }
    }
}
