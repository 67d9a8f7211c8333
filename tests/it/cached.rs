//! The cache and the stamps: one download for every output root, and no hashing without a reason.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use okdboot::apply::download::cache::{Prune, Trust};
use okdboot::apply::download::{FetchOutcome, Publish};
use okdboot::model::digest::Sha256;
use okdboot::model::fault::{Fault, Faulty as _};

use crate::download::{ASSET, Room, body, wanted};
use crate::server::{Answer, Server};

fn server() -> Server {
    Server::start(|_, _| Answer::ok(body()).header("ETag", "\"v1\""))
}

fn cached_room() -> Room {
    let mut room = Room::new();
    room.cache = Some(room.open_cache().unwrap());
    room
}

fn entry(room: &Room) -> PathBuf {
    room.path(&format!("cache/sha256/{}", Sha256::of(&body())))
}

#[test]
fn one_download_serves_every_output_root() {
    let (mut room, server) = (cached_room(), server());
    let wanted = wanted(&server.url("/kernel"), Some(&body()));
    assert_eq!(room.bring(&wanted).unwrap().outcome, FetchOutcome::Fetched);
    assert_eq!((fs::read(entry(&room)).unwrap(), fs::read(room.path(ASSET)).unwrap()), (body(), body()));
    assert_eq!(fs::metadata(entry(&room)).unwrap().nlink(), 1);
    fs::remove_file(room.path(ASSET)).unwrap();
    assert_eq!(room.bring(&wanted).unwrap().outcome, FetchOutcome::Cached);
    room.options.publish = Publish::Link;
    fs::remove_file(room.path(ASSET)).unwrap();
    assert_eq!(room.bring(&wanted).unwrap().outcome, FetchOutcome::Cached);
    assert_eq!(fs::metadata(entry(&room)).unwrap().nlink(), 2);
    assert_eq!(server.count(), 1);
    assert!(room.temp_files().is_empty());
}

#[test]
fn a_spoilt_cache_is_noticed_and_replaced() {
    let (mut room, server) = (cached_room(), server());
    let wanted = wanted(&server.url("/kernel"), Some(&body()));
    room.bring(&wanted).unwrap();
    fs::remove_file(room.path(ASSET)).unwrap();
    let mut spoilt = body();
    spoilt[7] ^= 1;
    fs::write(entry(&room), &spoilt).unwrap();
    assert_eq!(room.bring(&wanted).unwrap().outcome, FetchOutcome::Fetched);
    assert_eq!(fs::read(room.path(ASSET)).unwrap(), body());
    assert_eq!(server.count(), 2);
    // Bytes that changed without any write being seen: only hashing tells.
    room.options.trust = Trust::Bytes;
    fs::remove_file(room.path(ASSET)).unwrap();
    assert_eq!(room.bring(&wanted).unwrap().outcome, FetchOutcome::Cached);
}

#[test]
fn a_warm_run_reads_no_artifact() {
    let (mut room, server) = (cached_room(), server());
    let wanted = wanted(&server.url("/kernel"), Some(&body()));
    room.bring(&wanted).unwrap();
    let accessed = || fs::metadata(room.path(ASSET)).unwrap().atime_nsec();
    let before = accessed();
    assert_eq!(room.bring(&wanted).unwrap().outcome, FetchOutcome::Present);
    assert_eq!(accessed(), before);
    // A stamp that is not that of the file is worth nothing.
    let mut flipped = body();
    flipped[7] ^= 1;
    fs::write(room.path(ASSET), &flipped).unwrap();
    assert_eq!(room.bring(&wanted).unwrap().outcome, FetchOutcome::Cached);
    assert_eq!(fs::read(room.path(ASSET)).unwrap(), body());
    room.options.trust = Trust::Bytes;
    assert_eq!(room.bring(&wanted).unwrap().outcome, FetchOutcome::Present);
}

#[test]
fn an_interrupted_download_is_continued_from_the_cache_folder() {
    let room = cached_room();
    let server = Server::start(|before, request| {
        let from =
            request.header("range").and_then(|it| it.strip_prefix("bytes=")?.strip_suffix('-')?.parse().ok());
        match (before, from) {
            (0, _) => {
                Answer::ok(body()).header("ETag", "\"v1\"").ending(crate::server::Ending::CutAfter(300_000))
            }
            (_, Some(from)) => {
                let from: usize = from;
                Answer::new(206, &body()[from..])
                    .header("Content-Range", &format!("bytes {from}-700000/700001"))
            }
            _ => panic!("the whole is not needed again"),
        }
    });
    let wanted = wanted(&server.url("/kernel"), Some(&body()));
    room.bring(&wanted).unwrap_err();
    assert!(room.temp_files().is_empty());
    assert!(room.bring(&wanted).unwrap().resumed > 0);
    assert_eq!(fs::read(room.path(ASSET)).unwrap(), body());
}

#[test]
fn two_runs_on_one_file_fetch_it_once() {
    let server = Server::start(|_, _| {
        Answer::ok(body())
            .header("ETag", "\"v1\"")
            .ending(crate::server::Ending::Trickle(Duration::from_micros(200)))
    });
    let wanted = wanted(&server.url("/kernel"), Some(&body()));
    let (one, mut other) = (cached_room(), Room::new());
    other.cache = Some(one.open_cache().unwrap());
    std::thread::scope(|scope| {
        let runs = [&one, &other].map(|room| scope.spawn(|| room.bring(&wanted).unwrap().outcome));
        let mut outcomes = runs.map(|run| run.join().unwrap());
        outcomes.sort_by_key(|outcome| *outcome == FetchOutcome::Fetched);
        assert_eq!(outcomes, [FetchOutcome::Cached, FetchOutcome::Fetched]);
    });
    assert_eq!(server.count(), 1);
    for room in [&one, &other] {
        assert_eq!(fs::read(room.path(ASSET)).unwrap(), body());
    }
}

#[test]
fn listing_verifying_and_pruning() {
    let (room, server) = (cached_room(), server());
    room.bring(&wanted(&server.url("/kernel"), Some(&body()))).unwrap();
    let cache = room.cache.as_ref().unwrap();
    fs::write(room.path("cache/sha256/README"), "not an artifact").unwrap();
    let entries = cache.list().unwrap();
    assert_eq!(
        entries.iter().map(|entry| (entry.sha256, entry.bytes)).collect::<Vec<_>>(),
        [(Sha256::of(&body()), 700_001)]
    );
    assert!(cache.verify(&entries[0]).unwrap());
    let now = SystemTime::now();
    let day = Prune::Unused(Duration::from_secs(86_400));
    assert!(cache.prunable(day, now).unwrap().is_empty());
    assert_eq!(cache.prunable(day, now + Duration::from_secs(90_000)).unwrap(), entries);
    assert_eq!(cache.prunable(Prune::All, now).unwrap(), entries);
    fs::write(entry(&room), "spoilt").unwrap();
    assert!(!cache.verify(&entries[0]).unwrap());
    cache.remove(entries[0].sha256).unwrap();
    assert!(cache.list().unwrap().is_empty());
    let left = format!("cache/sha256/.okdboot-{}.part", Sha256::of(b"x"));
    fs::write(room.path(&left), "unfinished").unwrap();
    assert_eq!(cache.remove_unfinished().unwrap(), 10);
    assert_eq!(fs::read_dir(room.path("cache/sha256")).unwrap().count(), 1);
}

#[test]
fn a_cache_that_others_can_write_to_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let room = Room::new();
    fs::create_dir_all(room.path("cache/sha256")).unwrap();
    fs::set_permissions(room.path("cache/sha256"), fs::Permissions::from_mode(0o777)).unwrap();
    let error = room.open_cache().unwrap_err();
    assert_eq!(error.fault(), Fault::FileSystem);
    assert!(error.to_string().contains("written to by others"), "{error}");
}
