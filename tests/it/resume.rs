//! What is left of a transfer, and what servers answer to a range: one row of the matrix a test.
//! Expected each time: the right bytes or a clear error, never a wrong file under the final name,
//! never a stray temp file, and the next run succeeds.

use std::fs;
use std::os::unix::fs::{FileTypeExt as _, symlink};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use okdboot::apply::download::{FetchOutcome, Retry};
use okdboot::model::digest::Sha256;
use okdboot::model::fault::{Fault, Faulty as _};

use crate::download::{ASSET, Room, body, quick, wanted};
use crate::server::{Answer, Ending, Length, Request, Server};

const TAG: &str = "\"v1\"";

/// Where the transfer of a body stands while it is under way.
fn part(room: &Room) -> PathBuf {
    room.path(&format!("matchbox/assets/.okdboot-{}.part", Sha256::of(&body())))
}

fn proof(room: &Room) -> PathBuf {
    room.path(&format!("matchbox/assets/.okdboot-{}.proof.part", Sha256::of(&body())))
}

/// Leaves what an interrupted run would have left.
fn leave(room: &Room, url: &str, bytes: &[u8], validator: &str) {
    fs::create_dir_all(part(room).parent().unwrap()).unwrap();
    fs::write(part(room), bytes).unwrap();
    let total = body().len();
    fs::write(proof(room), format!(r#"{{"url":"{url}","total":{total},{validator}}}"#)).unwrap();
}

fn tagged() -> String {
    format!(r#""etag":{}"#, serde_json::Value::from(TAG))
}

/// The first byte that a request asks for.
fn asked(request: &Request) -> Option<usize> {
    request.header("range")?.strip_prefix("bytes=")?.split_once('-')?.0.parse().ok()
}

/// What an honest server says: 206 where `If-Range` fits, else the whole.
fn honest(request: &Request) -> Answer {
    match asked(request) {
        Some(from) if request.header("if-range") == Some(TAG) => ranged(from, body().len() - 1, body().len()),
        _ => Answer::ok(body()).header("ETag", TAG),
    }
}

fn ranged(first: usize, last: usize, total: usize) -> Answer {
    Answer::new(206, &body()[first..=last])
        .header("ETag", TAG)
        .header("Content-Range", &format!("bytes {first}-{last}/{total}"))
}

/// A run over what an earlier one has left; asserts the right bytes, and returns what was asked for.
fn resumes(
    left: &[u8],
    validator: &str,
    script: impl Fn(&Request) -> Answer + Send + Sync + 'static,
) -> (u64, Vec<Option<usize>>) {
    let (room, server) = (Room::new(), Server::start(move |_, request| script(request)));
    let url = server.url("/kernel");
    leave(&room, &url, left, validator);
    let fetched = room.bring(&wanted(&url, Some(&body()))).unwrap();
    assert_eq!(fetched.outcome, FetchOutcome::Fetched);
    assert_eq!(fs::read(room.path(ASSET)).unwrap(), body());
    assert!(room.temp_files().is_empty());
    (fetched.resumed, server.requests().iter().map(asked).collect())
}

#[test]
fn part_absent() {
    assert_eq!(resumes(b"", &tagged(), honest), (0, vec![None]));
}

#[test]
fn part_shorter_is_continued() {
    assert_eq!(resumes(&body()[..300_000], &tagged(), honest), (300_000, vec![Some(300_000)]));
}

#[test]
fn part_exactly_complete_needs_no_server() {
    assert_eq!(resumes(&body(), &tagged(), honest), (700_001, vec![]));
}

#[test]
fn part_longer_is_thrown_away() {
    let longer = [body(), b"more".to_vec()].concat();
    assert_eq!(resumes(&longer, &tagged(), honest), (0, vec![None]));
}

#[test]
fn part_of_the_right_size_with_wrong_bytes_is_fetched_whole() {
    let mut wrong = body();
    wrong[5] ^= 1;
    assert_eq!(resumes(&wrong, &tagged(), honest), (0, vec![None]));
    assert_eq!(resumes(&wrong[..300_000], &tagged(), honest), (0, vec![Some(300_000), None]));
}

#[test]
fn part_with_a_gap_is_continued_before_it() {
    let mut gap = body();
    gap[400_000..500_000].fill(0);
    let mark = format!(r#"{},"whole-to":300000"#, tagged());
    assert_eq!(resumes(&gap, &mark, honest), (300_000, vec![Some(300_000)]));
}

#[test]
fn part_that_is_no_file_of_ours() {
    let server = Server::start(|_, request| honest(request));
    let wanted = wanted(&server.url("/kernel"), Some(&body()));
    let puts: [fn(&Room); 3] = [
        |room| {
            fs::write(room.path("elsewhere"), "precious").unwrap();
            symlink(room.path("elsewhere"), part(room)).unwrap();
        },
        |room| {
            fs::write(room.path("elsewhere"), "precious").unwrap();
            fs::hard_link(room.path("elsewhere"), part(room)).unwrap();
        },
        |room| {
            use std::os::unix::fs::PermissionsExt as _;
            fs::write(part(room), "x").unwrap();
            fs::set_permissions(part(room), fs::Permissions::from_mode(0o000)).unwrap();
        },
    ];
    for put in puts {
        let room = Room::new();
        fs::create_dir_all(room.path("matchbox/assets")).unwrap();
        put(&room);
        room.bring(&wanted).unwrap();
        assert_eq!(fs::read(room.path(ASSET)).unwrap(), body());
        if let Ok(precious) = fs::read(room.path("elsewhere")) {
            assert_eq!(precious, b"precious");
        }
        assert!(room.temp_files().is_empty());
    }
    let room = Room::new();
    fs::create_dir_all(part(&room)).unwrap();
    let error = room.bring(&wanted).unwrap_err();
    assert_eq!(error.fault(), Fault::FileSystem);
    assert!(error.to_string().contains(".part"), "{error}");
    assert!(!room.path(ASSET).exists());
    fs::remove_dir(part(&room)).unwrap();
    room.bring(&wanted).unwrap();
    assert!(!fs::metadata(room.path(ASSET)).unwrap().file_type().is_fifo());
}

#[test]
fn range_206_earlier_later_or_without_sense_is_not_joined() {
    let all = body().len();
    let answers: [Box<dyn Fn() -> Answer + Send + Sync>; 7] = [
        Box::new(move || ranged(299_999, all - 1, all)),
        Box::new(move || ranged(300_001, all - 1, all)),
        Box::new(move || ranged(300_000, all - 1, all + 7)),
        Box::new(|| Answer::new(206, &body()[300_000..]).header("ETag", TAG)),
        Box::new(|| {
            Answer::new(206, &body()[300_000..]).header("Content-Range", "bytes 700001-300000/700001")
        }),
        Box::new(move || ranged(300_000, all - 1, all).header("Content-Encoding", "gzip")),
        Box::new(|| {
            Answer::new(206, &body()[300_000..])
                .header("ETag", "\"v2\"")
                .header("Content-Range", "bytes 300000-700000/700001")
        }),
    ];
    for answer in answers {
        let script =
            move |request: &Request| if asked(request).is_some() { answer() } else { honest(request) };
        assert_eq!(resumes(&body()[..300_000], &tagged(), script), (0, vec![Some(300_000), None]));
    }
}

#[test]
fn range_answered_with_200_is_taken_as_it_is() {
    let script = |_: &Request| Answer::ok(body()).header("ETag", "\"v2\"");
    assert_eq!(resumes(&body()[..300_000], &tagged(), script), (0, vec![Some(300_000)]));
}

#[test]
fn range_answered_with_304_412_or_416_starts_over() {
    let all = body().len();
    for (status, range) in [
        (304, String::new()),
        (412, String::new()),
        (416, format!("bytes */{all}")),
        (416, "bytes */300000".into()),
        (416, "bytes */7".into()),
    ] {
        let script = move |request: &Request| match asked(request) {
            Some(_) => Answer::new(status, "").header("Content-Range", &range),
            None => honest(request),
        };
        assert_eq!(resumes(&body()[..300_000], &tagged(), script), (0, vec![Some(300_000), None]));
    }
}

#[test]
fn a_changed_tag_starts_over() {
    let script = |request: &Request| match (asked(request), request.header("if-range")) {
        (Some(_), Some("\"v2\"")) => panic!("nobody knows that tag"),
        _ => Answer::ok(body()).header("ETag", "\"v2\""),
    };
    assert_eq!(resumes(&body()[..300_000], &tagged(), script), (0, vec![Some(300_000)]));
}

#[test]
fn a_modification_date_is_a_proof_once_it_is_old() {
    let modified = "Sun, 06 Nov 1994 08:49:37 GMT";
    let script = move |request: &Request| match asked(request) {
        Some(from) => {
            assert_eq!(request.header("if-range"), Some(modified));
            Answer::new(206, &body()[from..]).header("Content-Range", &format!("bytes {from}-700000/700001"))
        }
        None => Answer::ok(body()),
    };
    let left = format!(r#""last-modified":"{modified}""#);
    assert_eq!(resumes(&body()[..300_000], &left, script), (300_000, vec![Some(300_000)]));
}

#[test]
fn without_a_proof_nothing_is_continued() {
    for validator in [r#""etag":"W/\"v1\"","last-modified":"x""#, r#""etag":7"#, r#""no":"proof""#] {
        let (_, asked) = resumes(&body()[..300_000], validator, honest);
        assert_eq!(asked, [None], "{validator}");
    }
    // A weak tag is never written down as a proof.
    let server = Server::start(|before, _| {
        let answer = Answer::ok(body()).header("ETag", "W/\"v1\"");
        if before == 0 { answer.ending(Ending::CutAfter(300_000)) } else { answer }
    });
    let room = Room::new();
    room.bring(&wanted(&server.url("/kernel"), Some(&body()))).unwrap_err();
    assert!(room.temp_files().is_empty());
}

#[test]
fn a_cut_is_continued_in_the_same_run_and_in_the_next() {
    let cut = |before, request: &Request| {
        let answer = honest(request);
        if before % 2 == 0 { answer.ending(Ending::CutAfter(100_000)) } else { answer }
    };
    let mut room = Room::new();
    room.options.retry = quick();
    let server = Server::start(cut);
    let fetched = room.bring(&wanted(&server.url("/kernel"), Some(&body()))).unwrap();
    assert_eq!((fetched.resumed, fs::read(room.path(ASSET)).unwrap()), (0, body()));
    assert_eq!(server.requests().iter().map(asked).collect::<Vec<_>>().len(), 2);

    let room = Room::new();
    let server = Server::start(cut);
    let wanted = wanted(&server.url("/kernel"), Some(&body()));
    room.bring(&wanted).unwrap_err();
    assert!(part(&room).exists() && proof(&room).exists());
    let fetched = room.bring(&wanted).unwrap();
    assert!(fetched.resumed > 0 && fetched.resumed <= 100_000, "{}", fetched.resumed);
    assert_eq!(fs::read(room.path(ASSET)).unwrap(), body());
    assert!(room.temp_files().is_empty());
}

#[test]
fn a_reset_at_any_byte_ends_with_the_right_bytes() {
    for at in [0, 1, 350_000, 700_000] {
        for length in [Length::True, Length::Chunked] {
            let mut room = Room::new();
            room.options.retry = quick();
            let server = Server::start(move |before, request| {
                let answer = honest(request).length(length);
                if before == 0 { answer.ending(Ending::CutAfter(at)) } else { answer }
            });
            room.bring(&wanted(&server.url("/kernel"), Some(&body()))).unwrap();
            assert_eq!(fs::read(room.path(ASSET)).unwrap(), body(), "{at} {length:?}");
            assert!(room.temp_files().is_empty());
        }
    }
}

/// Writes down what it is asked to wait.
fn recording() -> (Retry, Arc<Mutex<Vec<Duration>>>) {
    let waits = Arc::new(Mutex::new(Vec::new()));
    let for_sleep = Arc::clone(&waits);
    let sleep = Arc::new(move |wait| for_sleep.lock().unwrap().push(wait));
    (Retry { sleep, ..quick() }, waits)
}

#[test]
fn passing_statuses_are_tried_again_and_lasting_ones_are_not() {
    for status in [408, 429, 500, 502, 503, 504] {
        let mut room = Room::new();
        room.options.retry = quick();
        let server = Server::start(
            move |before, _| if before == 0 { Answer::new(status, "") } else { Answer::ok(body()) },
        );
        room.bring(&wanted(&server.url("/kernel"), Some(&body()))).unwrap();
        assert_eq!(server.count(), 2, "{status}");
    }
    for status in [400, 401, 403, 404, 410, 501] {
        let mut room = Room::new();
        room.options.retry = quick();
        let server = Server::start(move |_, _| Answer::new(status, "<html>gone</html>"));
        let error = room.refuses(&wanted(&server.url("/kernel"), Some(&body())), Fault::Network);
        assert!(error.to_string().contains(&status.to_string()), "{error}");
        assert_eq!(server.count(), 1, "{status}");
    }
}

#[test]
fn retry_after_is_honoured_in_both_forms() {
    for value in ["7", "Sun, 06 Nov 1994 08:49:44 GMT"] {
        let mut room = Room::new();
        let (retry, waits) = recording();
        room.options.retry = retry;
        let server = Server::start(move |before, _| match before {
            0 => Answer::new(429, "")
                .header("Retry-After", value)
                .header("Date", "Sun, 06 Nov 1994 08:49:37 GMT"),
            _ => Answer::ok(body()),
        });
        room.bring(&wanted(&server.url("/kernel"), Some(&body()))).unwrap();
        assert_eq!(*waits.lock().unwrap(), [Duration::from_secs(7)], "{value}");
    }
    let mut room = Room::new();
    let (retry, waits) = recording();
    room.options.retry = retry;
    let server = Server::start(|_, _| Answer::new(503, "").header("Retry-After", "86400"));
    let error = room.refuses(&wanted(&server.url("/kernel"), Some(&body())), Fault::Network).to_string();
    assert!(error.contains("503") && error.contains("86400 s"), "{error}");
    assert!(waits.lock().unwrap().is_empty());
}

#[test]
fn delays_grow_and_attempts_end() {
    let mut room = Room::new();
    let (retry, waits) = recording();
    room.options.retry = Retry { times: 4, ..retry };
    let server = Server::start(|_, _| Answer::new(503, ""));
    room.refuses(&wanted(&server.url("/kernel"), Some(&body())), Fault::Network);
    let waits = waits.lock().unwrap();
    assert_eq!((server.count(), waits.len()), (5, 4));
    for (at, wait) in waits.iter().enumerate() {
        let full = Duration::from_secs(1 << at);
        assert!(*wait >= full / 2 && *wait <= full, "{at}: {wait:?}");
    }
}

#[test]
fn a_deadline_ends_a_transfer_that_moves() {
    let mut room = Room::new();
    room.options.deadline = Some(Instant::now() + Duration::from_millis(200));
    let server =
        Server::start(|_, request| honest(request).ending(Ending::Trickle(Duration::from_millis(20))));
    let wanted = wanted(&server.url("/kernel"), Some(&body()));
    let error = room.bring(&wanted).unwrap_err();
    assert_eq!(error.fault(), Fault::Network);
    assert!(error.to_string().contains("--deadline"), "{error}");
    assert!(part(&room).exists());
    room.options.deadline = None;
    drop(server);
}

#[test]
fn a_slow_server_is_not_a_stalled_one() {
    let server = Server::start(|_, _| Answer::ok("slow").ending(Ending::Trickle(Duration::from_millis(150))));
    let room = Room::new();
    room.bring(&wanted(&server.url("/kernel"), Some(b"slow"))).unwrap();
}

#[test]
fn mirrors_are_tried_in_order() {
    let server = Server::start(|_, request| match request.path.as_str() {
        "/gone/kernel" => Answer::new(404, ""),
        "/wrong/kernel" => Answer::ok("another build"),
        _ => Answer::ok(body()),
    });
    let mut room = Room::new();
    let mirror = |path: &str| server.url(path).parse().unwrap();
    room.options.mirrors = vec![mirror("/gone"), mirror("/wrong"), mirror("/good"), mirror("/never")];
    let fetched = room.bring(&wanted("https://images.example.com/a/b/kernel", Some(&body()))).unwrap();
    assert_eq!(fetched.url, server.url("/good/kernel"));
    let paths: Vec<String> = server.requests().into_iter().map(|request| request.path).collect();
    assert_eq!(paths, ["/gone/kernel", "/wrong/kernel", "/good/kernel"]);
    assert!(room.temp_files().is_empty());

    let mut room = Room::new();
    let of_host = format!("images.example.com={}", server.url("/proxy"));
    room.options.mirrors =
        vec!["other.example.com=https://h.invalid".parse().unwrap(), of_host.parse().unwrap()];
    let fetched = room.bring(&wanted("https://images.example.com/a/b/kernel", Some(&body()))).unwrap();
    assert_eq!(fetched.url, server.url("/proxy/a/b/kernel"));
}

#[test]
fn several_connections_bring_the_same_bytes() {
    for left in [0, 100_000] {
        let server = Server::start(|_, request| {
            match request.header("range").and_then(|it| it.strip_prefix("bytes=")) {
                Some(range) => {
                    let (first, last) = range.split_once('-').unwrap();
                    ranged(first.parse().unwrap(), last.parse().unwrap_or(700_000), 700_001)
                }
                None => honest(request),
            }
        });
        let mut room = Room::new();
        (room.options.connections, room.options.split_from) = (4, 100_000);
        let url = server.url("/kernel");
        if left > 0 {
            leave(&room, &url, &body()[..left], &tagged());
        }
        room.bring(&wanted(&url, Some(&body()))).unwrap();
        assert_eq!(fs::read(room.path(ASSET)).unwrap(), body());
        assert_eq!(server.count(), 4);
        assert!(room.temp_files().is_empty());
    }
}

#[test]
fn connections_fall_back_to_one_where_ranges_are_ignored_or_break() {
    for status in [200, 403, 416] {
        let server = Server::start(move |_, request| match asked(request) {
            Some(_) if status != 200 => Answer::new(status, ""),
            _ => Answer::ok(body()).header("ETag", TAG),
        });
        let mut room = Room::new();
        (room.options.connections, room.options.split_from) = (4, 100_000);
        let wanted = wanted(&server.url("/kernel"), Some(&body()));
        // Nothing but the whole can be had from such a server, by whichever connection.
        room.bring(&wanted).unwrap();
        assert_eq!(fs::read(room.path(ASSET)).unwrap(), body(), "{status}");
        assert!(room.temp_files().is_empty());
    }
    // One of the connections breaks: it goes on where it stopped.
    let server = Server::start(|before, request| {
        let answer = match request.header("range").and_then(|it| it.strip_prefix("bytes=")) {
            Some(range) => {
                let (first, last) = range.split_once('-').unwrap();
                ranged(first.parse().unwrap(), last.parse().unwrap_or(700_000), 700_001)
            }
            None => honest(request),
        };
        if before == 2 { answer.ending(Ending::CutAfter(1000)) } else { answer }
    });
    let mut room = Room::new();
    (room.options.connections, room.options.split_from) = (4, 100_000);
    room.options.retry = quick();
    room.bring(&wanted(&server.url("/kernel"), Some(&body()))).unwrap();
    assert_eq!(fs::read(room.path(ASSET)).unwrap(), body());
}
