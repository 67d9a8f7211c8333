//! `okdboot bundle`: everything through a closed door, and nothing of what does not belong.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use okdboot::model::digest::Sha256;
use serde_json::Value;
use tar::{Builder, EntryType, Header};

use crate::fetch::{NAMES, Site, answer, bytes, text};
use crate::server::{Answer, Server};
use crate::site;
use crate::tool::tool;

/// Services are rendered on the other side, for the helper there: what travels is everything else.
const CHECK: [&str; 2] = ["--check", "--only=matchbox,pxelinux,ipxe,grub,ignition,commands"];

const IGNITION: &str = r#"{"ignition":{"version":"3.2.0"},"storage":{"files":[{"path":"/etc/geheim"}]}}"#;

fn server() -> Server {
    Server::start(|_, request| answer(request))
}

/// A site with everything fetched and rendered.
fn outside(server: &Server) -> Site {
    let site = Site::new(&server.url(""));
    for role in ["bootstrap", "master", "worker"] {
        fs::create_dir_all(site.path("ign")).unwrap();
        fs::write(site.path(&format!("ign/{role}.ign")), IGNITION).unwrap();
    }
    expect(&site.fetch(&[]), 0);
    expect(&site.okdboot("render").args(["--ignition", "ign"]).output().unwrap(), 0);
    site
}

/// A closed room: an empty folder, with the bundle in it.
fn inside(bundle: &[u8]) -> Site {
    let site = Site::new("http://192.0.2.1");
    for name in ["vars.yaml", "stream.json"] {
        fs::remove_file(site.path(name)).unwrap();
    }
    fs::write(site.path("b.tar"), bundle).unwrap();
    site
}

#[track_caller]
fn expect(done: &Output, code: i32) -> String {
    let said = text(&done.stdout) + &text(&done.stderr);
    assert_eq!(done.status.code(), Some(code), "{said}");
    said
}

fn bundle(site: &Site, args: &[&str]) -> Output {
    site.okdboot("bundle").args(args).output().unwrap()
}

#[track_caller]
fn export(site: &Site, args: &[&str]) -> Vec<u8> {
    expect(&bundle(site, &[&["export", "b.tar"], args].concat()), 0);
    fs::read(site.path("b.tar")).unwrap()
}

/// What lies in a room, but for the bundle itself.
fn everything_in(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.file_name().is_some_and(|name| name != "b.tar") {
                found.push(path.to_str().unwrap().to_owned());
            }
        }
    }
    found.sort();
    found
}

/// One entry of an archive in the making, its header as odd as a row wants it.
#[derive(Clone)]
struct Piece {
    path: Vec<u8>,
    kind: EntryType,
    bytes: Vec<u8>,
    claimed: Option<u64>,
}

fn piece(path: &str, bytes: impl Into<Vec<u8>>) -> Piece {
    Piece { path: path.into(), kind: EntryType::Regular, bytes: bytes.into(), claimed: None }
}

fn pieces(archive: &[u8]) -> Vec<Piece> {
    let mut archive = tar::Archive::new(archive);
    let entries = archive.entries().unwrap().map(|entry| {
        let mut entry = entry.unwrap();
        let path = entry.path_bytes().into_owned();
        let mut bytes = Vec::new();
        std::io::copy(&mut entry, &mut bytes).unwrap();
        Piece { path, kind: EntryType::Regular, bytes, claimed: None }
    });
    entries.collect()
}

fn archive(pieces: &[Piece]) -> Vec<u8> {
    let mut archive = Builder::new(Vec::new());
    for piece in pieces {
        let mut header = Header::new_gnu();
        header.as_mut_bytes()[..piece.path.len()].copy_from_slice(&piece.path);
        header.set_entry_type(piece.kind);
        header.set_size(piece.claimed.unwrap_or(piece.bytes.len() as u64));
        header.set_cksum();
        archive.append(&header, piece.bytes.as_slice()).unwrap();
    }
    archive.into_inner().unwrap()
}

/// Writes `SHA256SUMS` anew, as somebody would who has changed the rest.
fn listed(mut pieces: Vec<Piece>) -> Vec<u8> {
    let line = |piece: &Piece| {
        format!("{}  {}\n", Sha256::of(&piece.bytes), String::from_utf8(piece.path.clone()).unwrap())
    };
    let lines: String = pieces[1..].iter().map(line).collect();
    pieces[0].bytes = lines.into_bytes();
    archive(&pieces)
}

#[test]
fn a_bundle_carries_everything_into_a_closed_room() {
    let server = server();
    let outside = outside(&server);
    let done = bundle(&outside, &["export", "b.tar", "--with-ignition"]);
    let said = expect(&done, 0);
    let archive = fs::read(outside.path("b.tar")).unwrap();
    let sha256 = Sha256::of(&archive).to_string();
    assert_eq!(text(&done.stdout), format!("{sha256}  b.tar\n"), "{said}");
    let asked = server.count();

    let room = inside(&archive);
    let checked = expect(&bundle(&room, &["import", "b.tar", "--sha256", &sha256, "--dry-run"]), 0);
    assert!(checked.contains("nothing was written") && !checked.contains("R029"), "{checked}");
    assert!(everything_in(room.folder.path()).is_empty(), "{:?}", everything_in(room.folder.path()));
    expect(&bundle(&room, &["import", "b.tar", "--sha256", &sha256]), 0);
    let fetched = expect(&room.okdboot("fetch").output().unwrap(), 0);
    assert_eq!(fetched.matches("cached ").count(), 3, "{fetched}");
    room.assert_whole();
    let again = expect(&room.okdboot("render").args(CHECK).output().unwrap(), 0);
    assert!(!again.contains("error"), "{again}");
    let verified = expect(&room.okdboot("verify").output().unwrap(), 0);
    assert!(verified.contains("as planned"), "{verified}");
    assert_eq!(server.count(), asked, "a closed room asks nobody");
    for path in ["vars.yaml", "okdboot.lock"] {
        assert_eq!(fs::read(room.path(path)).unwrap(), fs::read(outside.path(path)).unwrap(), "{path}");
    }
    for (site, other) in [(&outside, &room), (&room, &outside)] {
        for path in everything_in(&site.path("out")) {
            if path.contains("/.okdboot/") {
                continue;
            }
            let below = path.split_once("/out/").unwrap().1;
            if below.starts_with("services/") || below.starts_with("guide/") {
                continue;
            }
            let there = other.path("out").join(below);
            assert_eq!(fs::read(&path).unwrap(), fs::read(&there).unwrap(), "{below}");
            let mode = |path: &Path| fs::metadata(path).unwrap().mode();
            assert_eq!(mode(Path::new(&path)), mode(&there), "{below}");
        }
    }
    // The same import again has nothing to do, and says so by doing nothing.
    expect(&bundle(&room, &["import", "b.tar", "--sha256", &sha256]), 0);
    let metadata = fs::read_dir(room.path("cache/okdboot/sha256")).unwrap();
    let names: Vec<_> = metadata.map(|it| it.unwrap().file_name().into_string().unwrap()).collect();
    let stream = Sha256::of(&fs::read(outside.path("stream.json")).unwrap()).to_string();
    assert!(names.contains(&stream), "the metadata came along: {names:?}");
}

/// Behind `unshare --net` there is not even a loopback device that is up.
#[test]
fn without_any_network_the_room_works() {
    let Some(unshare) = tool("unshare") else { return };
    let outside = outside(&server());
    let room = inside(&export(&outside, &["--with-ignition"]));
    for args in [&["bundle", "import", "b.tar"][..], &["fetch"], &["render", CHECK[0], CHECK[1]], &["verify"]]
    {
        let mut command = Command::new(&unshare);
        command.args(["--net", "--map-root-user", env!("CARGO_BIN_EXE_okdboot"), "-o", "out"]).args(args);
        command.current_dir(room.folder.path()).env_clear().env("XDG_CACHE_HOME", room.path("cache"));
        expect(&command.stdin(Stdio::null()).output().unwrap(), 0);
    }
    room.assert_whole();
}

#[test]
fn what_tar_and_sha256sum_make_of_it() {
    let (Some(tar), Some(sha256sum)) = (tool("tar"), tool("sha256sum")) else { return };
    let outside = outside(&server());
    let first = export(&outside, &["--with-ignition"]);
    assert_eq!(fs::metadata(outside.path("b.tar")).unwrap().mode() & 0o7777, 0o600);
    assert_eq!(export(&outside, &["--with-ignition"]), first, "the same contents are the same bytes");
    fs::create_dir(outside.path("x")).unwrap();
    let run = |program: &Path, args: &[&str]| {
        Command::new(program).args(args).current_dir(outside.path("x")).output().unwrap()
    };
    expect(&run(&tar, &["xf", "../b.tar"]), 0);
    let checked = expect(&run(&sha256sum, &["-c", "SHA256SUMS"]), 0);
    assert!(checked.contains("artifacts/live-rootfs.img: OK"), "{checked}");
    let listing = text(&run(&tar, &["tvf", "../b.tar"]).stdout);
    assert!(listing.lines().all(|line| line.starts_with("-rw------- 0/0")), "{listing}");
    let stream = everything_in(&outside.path("x/streams"));
    assert_eq!(fs::read(&stream[0]).unwrap(), fs::read(outside.path("stream.json")).unwrap());
    // What tar(1) itself packs, in the same order, is a bundle as well.
    let order: Vec<String> =
        pieces(&first).iter().map(|it| String::from_utf8(it.path.clone()).unwrap()).collect();
    let order: Vec<&str> = order.iter().map(String::as_str).collect();
    expect(&run(&tar, &[&["--format=gnu", "-cf", "../c.tar"], &order[..]].concat()), 0);
    let room = inside(&fs::read(outside.path("c.tar")).unwrap());
    expect(&bundle(&room, &["import", "b.tar", "-q"]), 0);
}

#[test]
fn ignition_files_go_along_only_where_they_are_asked_for() {
    let outside = outside(&server());
    let holds = |archive: &[u8]| archive.windows(6).any(|window| window == b"geheim");
    let without = export(&outside, &[]);
    assert!(!holds(&without));
    assert!(holds(&export(&outside, &["--with-ignition"])));
    let room = inside(&without);
    expect(&bundle(&room, &["import", "b.tar"]), 0);
    assert!(room.path("out/matchbox/groups/demo-worker0.json").is_file());
    assert!(!room.path("out/SHA512SUMS").exists() && !room.path("out/matchbox/ignition").exists());
    // The walk goes on with files that came another way.
    expect(&room.okdboot("fetch").output().unwrap(), 0);
    fs::create_dir(room.path("ign")).unwrap();
    for role in ["bootstrap", "master", "worker"] {
        fs::write(room.path(&format!("ign/{role}.ign")), IGNITION).unwrap();
    }
    expect(&room.okdboot("render").args(["--ignition", "ign"]).output().unwrap(), 0);
    expect(&room.okdboot("verify").args(["--ignition", "ign"]).output().unwrap(), 0);
}

#[test]
fn no_credential_of_a_mirror_is_in_it() {
    let server = server();
    let site = Site::new("http://images.example.com");
    let mirror = server.url("").replace("http://", "http://me:geheim@");
    expect(&site.fetch(&["--mirror", &mirror]), 0);
    let archive = export(&site, &[]);
    assert!(!archive.windows(6).any(|window| window == b"geheim"));
    // vars.yaml goes along as it is, so what stands in it is looked at.
    let vars = format!("{}registry_mirror: \"https://me:geheim@mirror.lab/x\"\n", site::VARS);
    fs::write(site.path("vars.yaml"), vars).unwrap();
    let said = expect(&bundle(&site, &["export", "c.tar"]), 3);
    assert!(
        said.contains("error[R026]: `vars.yaml:11:19` has a URL with a user or password for `mirror.lab`"),
        "{said}"
    );
    assert!(!said.contains("geheim") && !site.path("c.tar").exists());
}

#[test]
fn whatever_is_missing_is_said_at_once() {
    let server = server();
    let site = Site::new(&server.url(""));
    let said = expect(&bundle(&site, &["export", "b.tar"]), 3);
    assert!(said.contains("error[R027]: `okdboot.lock` has no entry for `demo`"), "{said}");
    expect(&site.fetch(&["--no-cache"]), 0);
    let said = expect(&bundle(&site, &["export", "b.tar"]), 0);
    assert!(said.contains("warning[R028]: nothing is rendered in `out`"), "{said}");
    for name in &NAMES[..2] {
        fs::remove_file(site.path(&format!("out/matchbox/assets/{name}"))).unwrap();
    }
    let said = expect(&bundle(&site, &["export", "c.tar"]), 3);
    assert_eq!(said.matches("error[R027]").count(), 2, "{said}");
    assert!(said.contains("`live-kernel` is neither in the cache nor below `out`"), "{said}");
    expect(&site.fetch(&["--no-cache"]), 0);
    fs::write(site.path("out/matchbox/assets/live-kernel"), "spoilt").unwrap();
    let said = expect(&bundle(&site, &["export", "c.tar"]), 5);
    assert!(said.contains("`artifacts/live-kernel` has sha256"), "{said}");
    fs::create_dir(site.path("d.tar")).unwrap();
    expect(&bundle(&site, &["export", "d.tar"]), 6);
    expect(&bundle(&site, &["export", "no/d.tar"]), 6);
    assert!(!site.path("c.tar").exists());
    assert!(everything_in(site.folder.path()).iter().all(|path| !path.contains(".part")));
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn a_hostile_archive_leaves_nothing() {
    let archive_of = |site: &Site| export(site, &[]);
    let good = archive_of(&outside(&server()));
    let of = |change: &dyn Fn(&mut Vec<Piece>)| {
        let mut all = pieces(&good);
        change(&mut all);
        archive(&all)
    };
    let again = |change: &dyn Fn(&mut Vec<Piece>)| {
        let mut all = pieces(&good);
        change(&mut all);
        listed(all)
    };
    let kind = |kind: EntryType| of(&|all| all[5].kind = kind);
    let path = |path: &str| of(&|all| all[5].path = path.into());
    let claim =
        |at: usize, size: u64| of(&|all| (all[at].claimed, all[at].bytes) = (Some(size), vec![0; 512]));
    let last = pieces(&good).len() - 1;
    let longer: Vec<u8> = [&good[..], b"more"].concat();
    let mut flipped = good.clone();
    let middle = flipped.len() - 700_000;
    flipped[middle] ^= 1;
    let mut header = good.clone();
    header[150] ^= 1;
    let rows: Vec<(&str, Vec<u8>, i32, &str)> = vec![
        ("empty", Vec::new(), 3, "R020"),
        ("no archive", b"<html>404</html>".repeat(100), 3, "R020"),
        ("a header with a wrong checksum", header, 3, "R020"),
        ("another archive", archive(&[piece("README", "hello")]), 3, "R020"),
        ("a listing that is binary", of(&|all| all[0].bytes = vec![0xff; 64]), 3, "R020"),
        ("a listing of something else", of(&|all| all[0].bytes = b"hello\n".to_vec()), 3, "R021"),
        ("no listing of the index", again(&|all| drop(all.remove(1))), 3, "R020"),
        ("a listing without end", claim(0, 17 << 20), 3, "R022"),
        ("cut in a header", good[..1300].to_vec(), 3, "R020"),
        ("cut in an entry", good[..good.len() - 50_000].to_vec(), 3, "R020"),
        ("cut behind an entry", of(&|all| drop(all.pop())), 3, "R021"),
        ("something behind the end", longer, 3, "R020"),
        ("a flipped byte", flipped, 5, "R023"),
        ("another entry between", of(&|all| all.insert(3, piece("tree/evil", "x"))), 3, "R021"),
        ("an entry behind", of(&|all| all.push(piece("tree/evil", "x"))), 3, "R021"),
        ("an entry twice", of(&|all| all.insert(6, all[5].clone())), 3, "R021"),
        ("an entry twice, and listed", again(&|all| all.insert(6, all[5].clone())), 3, "R021"),
        ("two entries in the other order", again(&|all| all.swap(5, 6)), 3, "R021"),
        ("a symbolic link", kind(EntryType::Symlink), 3, "a symbolic link"),
        ("a hard link", kind(EntryType::Link), 3, "a hard link"),
        ("a character device", kind(EntryType::Char), 3, "a device"),
        ("a block device", kind(EntryType::Block), 3, "a device"),
        ("a pipe", kind(EntryType::Fifo), 3, "a named pipe"),
        ("a folder", kind(EntryType::Directory), 3, "a folder"),
        ("an extended header", kind(EntryType::XHeader), 3, "an extended header"),
        ("a global header", kind(EntryType::XGlobalHeader), 3, "an extended header"),
        ("a sparse file", kind(EntryType::GNUSparse), 3, "a sparse file"),
        ("a continuous file", kind(EntryType::Continuous), 3, "of a kind that no bundle has"),
        (
            "a long path without an end",
            of(&|all| {
                all.insert(
                    5,
                    Piece { kind: EntryType::GNULongName, ..piece("././@LongLink", vec![b'a'; 2000]) },
                );
            }),
            3,
            "R022",
        ),
        (
            "a long path with nothing behind",
            of(&|all| all.push(Piece { kind: EntryType::GNULongName, ..piece("././@LongLink", "tree/x\0") })),
            3,
            "R021",
        ),
        ("an absolute path", path("/etc/cron.d/x"), 3, "its path is absolute"),
        ("a path that leads out", path("tree/../../x"), 3, "leads out of the bundle"),
        (
            "a path that leads out, listed",
            again(&|all| all[5].path = b"tree/../../x".to_vec()),
            3,
            "leads out of the bundle",
        ),
        ("an absolute path, listed", again(&|all| all[5].path = b"/etc/cron.d/x".to_vec()), 3, "is absolute"),
        ("a path with a control character", path("tree/\u{1b}[2J"), 3, "not one that okdboot writes"),
        ("a path that is not UTF-8", of(&|all| all[5].path = b"tree/\xff".to_vec()), 3, "R021"),
        (
            "a path in okdboot's own folder",
            path("tree/.okdboot/manifest.json"),
            3,
            "nothing of a bundle stands there",
        ),
        (
            "a path that differs in case",
            again(&|all| {
                let mut twin = all[5].clone();
                twin.path = String::from_utf8(twin.path)
                    .unwrap()
                    .to_uppercase()
                    .replace("TREE/", "tree/")
                    .replace("MANIFEST.JSON", "x")
                    .into_bytes();
                all.insert(5, twin);
            }),
            3,
            "R021",
        ),
        ("an artifact that never ends", claim(last, 9 << 30), 3, "R022"),
        ("a text that never ends", claim(2, 1 << 40), 3, "R022"),
    ];
    assert!(rows.len() >= 15);
    for (what, bytes, code, said) in rows {
        let room = inside(&bytes);
        let done = bundle(&room, &["import", "b.tar"]);
        let talk = expect(&done, code);
        assert!(talk.contains(said), "{what}: {talk}");
        assert!(!talk.contains('\u{1b}'), "{what}: {talk}");
        let left = everything_in(room.folder.path());
        assert!(left.is_empty(), "{what}: {left:?}");
        // Whatever it was, the right one can still come.
        fs::write(room.path("b.tar"), &good).unwrap();
        expect(&bundle(&room, &["import", "b.tar", "-q"]), 0);
    }
}

/// Sums that are right say nothing about what they are the sums of.
#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn contents_that_do_not_fit_together_are_refused() {
    let good = export(&outside(&server()), &[]);
    let find = |all: &[Piece], start: &str| {
        all.iter().position(|it| it.path.starts_with(start.as_bytes())).unwrap_or_else(|| panic!("{start}"))
    };
    let change = |start: &str, from: &str, to: &str| {
        let mut all = pieces(&good);
        let at = find(&all, start);
        let text = String::from_utf8(all[at].bytes.clone()).unwrap();
        assert!(text.contains(from), "{start}: {from}");
        all[at].bytes = text.replace(from, to).into_bytes();
        listed(all)
    };
    let without = |start: &str| {
        let mut all = pieces(&good);
        all.remove(find(&all, start));
        listed(all)
    };
    let instead = |start: &str, bytes: &[u8]| {
        let mut all = pieces(&good);
        let at = find(&all, start);
        all[at].bytes = bytes.to_vec();
        listed(all)
    };
    let kernel = Sha256::of(&bytes("live-kernel")).to_string();
    let rows: Vec<(&str, Vec<u8>, &str)> = vec![
        ("a later format", change("bundle.json", "\"format-version\": 1", "\"format-version\": 2"), "R020"),
        (
            "another cluster's inventory",
            change("clusters/demo/vars", "\"demo\"", "\"other\""),
            "is the inventory of `other`",
        ),
        (
            "an inventory with a fault",
            change("clusters/demo/vars", "192.0.2.21", "192.0.2.20"),
            "error[V202]",
        ),
        (
            "an inventory with a credential",
            change("clusters/demo/vars", "disk: vda", "disk: vda # http://a:b@h/"),
            "error[R026]",
        ),
        ("another node", change("clusters/demo/vars", "\"worker0\"", "\"worker1\""), ""),
        ("no lock", without("clusters/demo/okdboot.lock"), "`clusters/demo/okdboot.lock` is missing"),
        ("a lock that is none", instead("clusters/demo/okdboot.lock", b"{}"), "is no lock"),
        (
            "a lock of another cluster",
            change("clusters/demo/okdboot.lock", "\"demo\"", "\"other\""),
            "is not the lock of `demo` alone",
        ),
        (
            "a lock with another digest",
            change("clusters/demo/okdboot.lock", &kernel, &Sha256::of(b"x").to_string()),
            "no lock names `artifacts/live-kernel`",
        ),
        (
            "an artifact with other bytes",
            instead("artifacts/live-kernel", b"evil"),
            "no lock names `artifacts/live-kernel`",
        ),
        ("an artifact less", without("artifacts/live-rootfs"), "`artifacts/live-rootfs.img` is missing"),
        ("other metadata", instead("streams/", b"{}"), "is not the metadata of any lock"),
        (
            "a rendered file with other bytes",
            instead("tree/tftpboot/pxelinux.cfg", b"evil"),
            "is not as `manifest.json` says",
        ),
        ("a rendered file less", without("tree/tftpboot/pxelinux.cfg"), "is missing"),
        ("no manifest", without("manifest.json"), "is not as `manifest.json` says"),
        ("a manifest that is none", instead("manifest.json", b"[]"), "R025"),
        (
            "a manifest of another cluster",
            change("manifest.json", "\"demo\"", "\"other\""),
            "is not as `manifest.json` says",
        ),
        (
            "a signature of nothing",
            {
                let mut all = pieces(&good);
                let at = find(&all, "tree/");
                all.insert(at, piece("signatures/x.sig", "s"));
                listed(all)
            },
            "belongs to no artifact",
        ),
        (
            "an inventory of nobody",
            {
                let mut all = pieces(&good);
                let at = find(&all, "clusters/demo/okdboot");
                all.insert(at, piece("clusters/zz/vars.yaml", "a: 1"));
                listed(all)
            },
            "does not name cluster `zz`",
        ),
    ];
    for (what, bytes, said) in rows {
        let room = inside(&bytes);
        let done = bundle(&room, &["import", "b.tar"]);
        if said.is_empty() {
            // An honest change by whoever packs: the sums cannot know, `--sha256` can.
            expect(&done, 0);
            continue;
        }
        let talk = expect(&done, 3);
        assert!(talk.contains(said), "{what}: {talk}");
        let left = everything_in(room.folder.path());
        assert!(left.is_empty(), "{what}: {left:?}");
    }
}

#[test]
fn another_archive_than_the_one_that_was_announced_is_refused() {
    let good = export(&outside(&server()), &[]);
    let room = inside(&good);
    let other = Sha256::of(b"other").to_string();
    let talk = expect(&bundle(&room, &["import", "b.tar", "--sha256", &other]), 5);
    assert!(talk.contains("error[R024]") && talk.contains(&Sha256::of(&good).to_string()), "{talk}");
    assert!(everything_in(room.folder.path()).is_empty());
    expect(&bundle(&room, &["import", "b.tar", "--sha256", "abc"]), 2);
    let talk = expect(&bundle(&room, &["import", "b.tar", "--strict"]), 3);
    assert!(talk.contains("error[R029]"), "{talk}");
    expect(&bundle(&room, &["import", "absent.tar"]), 6);
    expect(&bundle(&room, &["import", "."]), 6);
    expect(&bundle(&room, &["import", "b.tar", "-f", "a.yaml", "-f", "b.yaml"]), 2);
    assert!(everything_in(room.folder.path()).is_empty());
    // From a pipe, as it may come from another machine.
    let mut import = room.okdboot("bundle");
    let mut child = import
        .args(["import", "-", "--format", "json"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(&good).unwrap();
    let done = child.wait_with_output().unwrap();
    let document: Value = serde_json::from_slice(&done.stdout).unwrap();
    assert_eq!(document["bundle"]["clusters"][0], "demo");
    assert_eq!(document["bundle"]["artifacts"].as_array().unwrap().len(), 3);
    assert_eq!(document["bundle"]["sha256"], Sha256::of(&good).to_string());
}

#[test]
fn what_is_there_already_is_not_replaced_unasked() {
    let good = export(&outside(&server()), &["--with-ignition"]);
    let room = inside(&good);
    fs::write(room.path("vars.yaml"), "disk: sda\n").unwrap();
    fs::create_dir_all(room.path("out/tftpboot/pxelinux.cfg")).unwrap();
    fs::set_permissions(room.path("out"), fs::Permissions::from_mode(0o755)).unwrap();
    let own = "out/tftpboot/pxelinux.cfg/01-52-54-00-e7-9d-67";
    fs::write(room.path(own), "my own").unwrap();
    let before = everything_in(room.folder.path());
    let talk = expect(&bundle(&room, &["import", "b.tar"]), 6);
    assert!(
        talk.contains("`vars.yaml` has other contents") && talk.contains("was not written by okdboot"),
        "{talk}"
    );
    assert_eq!(everything_in(room.folder.path()), before);
    expect(&bundle(&room, &["import", "b.tar", "--force"]), 0);
    assert_eq!(fs::read_to_string(room.path("vars.yaml")).unwrap(), site::VARS);
    assert_ne!(fs::read_to_string(room.path(own)).unwrap(), "my own");
    // Another cluster of the room keeps its pins and its lines.
    let lock = fs::read_to_string(room.path("okdboot.lock")).unwrap();
    let other = lock.replace("\"demo\"", "\"other\"");
    fs::write(room.path("okdboot.lock"), &other).unwrap();
    let sums = fs::read_to_string(room.path("out/SHA512SUMS")).unwrap();
    expect(&bundle(&room, &["import", "b.tar"]), 0);
    let both = fs::read_to_string(room.path("okdboot.lock")).unwrap();
    assert!(both.contains("\"demo\"") && both.contains("\"other\""), "{both}");
    assert_eq!(fs::read_to_string(room.path("out/SHA512SUMS")).unwrap(), sums);
    fs::write(room.path("okdboot.lock"), lock.replace("1.2.3", "1.2.4")).unwrap();
    let talk = expect(&bundle(&room, &["import", "b.tar"]), 6);
    assert!(talk.contains("`okdboot.lock` pins something else for `demo`"), "{talk}");
}

/// A machine that is installed must not be installed again because a bundle came.
#[test]
fn a_disarmed_node_stays_disarmed_on_both_sides_of_the_door() {
    let outside = outside(&server());
    expect(&outside.okdboot("disarm").arg("worker0").output().unwrap(), 0);
    let room = inside(&export(&outside, &["--with-ignition"]));
    expect(&bundle(&room, &["import", "b.tar"]), 0);
    expect(&room.okdboot("fetch").output().unwrap(), 0);
    expect(&room.okdboot("render").args(CHECK).output().unwrap(), 0);
    expect(&room.okdboot("verify").output().unwrap(), 0);
    expect(&room.okdboot("disarm").arg("master0").output().unwrap(), 0);
    let before = everything_in(room.folder.path());
    let state = fs::read(room.path("okdboot.state.json")).unwrap();
    let said = expect(&bundle(&room, &["import", "b.tar"]), 6);
    assert!(said.contains("arms or disarms other nodes than the bundle"), "{said}");
    assert_eq!(everything_in(room.folder.path()), before);
    assert_eq!(fs::read(room.path("okdboot.state.json")).unwrap(), state);
    expect(&bundle(&room, &["import", "b.tar", "--force"]), 0);
    expect(&room.okdboot("render").args(CHECK).output().unwrap(), 0);
}

#[test]
fn two_clusters_travel_together() {
    let server = server();
    let site = Site::new(&server.url(""));
    let other = site::VARS
        .replace("\"demo\"", "\"edge\"")
        .replace("192.0.2.", "198.51.100.")
        .replace("52:54:00", "52:54:01");
    fs::create_dir(site.path("edge")).unwrap();
    fs::write(site.path("edge/vars.yaml"), other).unwrap();
    let files = ["-f", "vars.yaml", "-f", "edge/vars.yaml"];
    expect(&site.fetch(&files), 0);
    expect(&site.okdboot("render").args(files).output().unwrap(), 0);
    let archive = export(&site, &files);
    let room = inside(&archive);
    fs::create_dir(room.path("edge")).unwrap();
    let talk = expect(&bundle(&room, &["import", "b.tar"]), 2);
    assert!(talk.contains("2 inventories (demo, edge)"), "{talk}");
    expect(&bundle(&room, &[&["import", "b.tar"], &files[..]].concat()), 0);
    expect(&room.okdboot("fetch").args(files).output().unwrap(), 0);
    expect(&room.okdboot("render").args(CHECK).args(files).output().unwrap(), 0);
    let said = expect(&room.okdboot("verify").args(files).output().unwrap(), 0);
    assert!(said.contains("3 artifacts as planned"), "{said}");
}

/// The kernel refuses to let a file grow past a limit, as a full disk does at that byte.
#[test]
fn a_full_disk_leaves_neither_a_bundle_nor_a_part_of_one() {
    let server = server();
    let outside = outside(&server);
    let good = export(&outside, &[]);
    fs::remove_file(outside.path("b.tar")).unwrap();
    let before = everything_in(outside.folder.path());
    let limited = |site: &Site, kib: u32, args: &[&str]| {
        let mut limited = Command::new("bash");
        limited.arg("-c").arg(format!("trap '' XFSZ; ulimit -f {kib}; exec \"$0\" \"$@\""));
        limited
            .arg(env!("CARGO_BIN_EXE_okdboot"))
            .args(args)
            .args(["-o", "out"])
            .current_dir(site.folder.path());
        limited.env_clear().env("XDG_CACHE_HOME", site.path("cache")).env("PATH", "/usr/bin:/bin");
        limited.output().unwrap()
    };
    for kib in [0, 1, 700, 2000] {
        expect(&limited(&outside, kib, &["bundle", "export", "b.tar"]), 6);
        assert_eq!(everything_in(outside.folder.path()), before, "{kib}");
        assert!(!outside.path("b.tar").exists(), "{kib}");
    }
    for kib in [0, 1, 300, 683] {
        let room = inside(&good);
        expect(&limited(&room, kib, &["bundle", "import", "b.tar"]), 6);
        assert!(
            everything_in(room.folder.path()).is_empty(),
            "{kib}: {:?}",
            everything_in(room.folder.path())
        );
        expect(&bundle(&room, &["import", "b.tar"]), 0);
    }
}

#[test]
fn killed_at_any_moment_and_run_again() {
    let server = server();
    let outside = outside(&server);
    let good = export(&outside, &["--with-ignition"]);
    let room = inside(&good);
    for round in 0..40_u64 {
        for (site, args) in
            [(&outside, &["export", "b.tar", "--with-ignition"][..]), (&room, &["import", "b.tar"])]
        {
            let mut command = site.okdboot("bundle");
            let mut run = command.args(args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
            std::thread::sleep(Duration::from_micros(round * 7_919 % 40_000));
            run.kill().unwrap();
            run.wait().unwrap();
        }
        assert_eq!(fs::read(outside.path("b.tar")).unwrap(), good, "the old one, or the new one");
        for name in NAMES {
            let found = fs::read(room.path(&format!("cache/okdboot/sha256/{}", Sha256::of(&bytes(name)))));
            assert!(found.is_err() || found.unwrap() == bytes(name), "{name}");
        }
        if let Ok(found) = fs::read_to_string(room.path("vars.yaml")) {
            assert_eq!(found, site::VARS);
        }
        if round % 8 == 7 {
            fs::remove_dir_all(room.path("cache")).ok();
            fs::remove_dir_all(room.path("out")).ok();
        }
    }
    expect(&bundle(&room, &["import", "b.tar"]), 0);
    expect(&room.okdboot("fetch").output().unwrap(), 0);
    room.assert_whole();
    expect(&room.okdboot("verify").output().unwrap(), 0);
    expect(&bundle(&outside, &["export", "b.tar"]), 0);
    // What a run has left that was killed while it wrote a stamp into the cache, `cache prune` removes.
    let stray = |site: &Site| {
        let all = everything_in(site.folder.path()).into_iter();
        all.filter(|it| it.contains(".part") && !it.contains("/cache/")).collect::<Vec<_>>()
    };
    assert_eq!((stray(&outside), stray(&room)), (Vec::new(), Vec::new()));
}

/// Two bundles in turn, so that every import has something to write.
#[test]
fn two_hundred_kills_of_an_import_lock_nothing_and_leave_nothing() {
    let outside = outside(&server());
    let one = export(&outside, &["--with-ignition"]);
    let other_vars = format!("{}\nokdboot: {{kargs: [other]}}\n", site::VARS.trim_end());
    fs::write(outside.path("vars.yaml"), &other_vars).unwrap();
    expect(&outside.okdboot("render").output().unwrap(), 0);
    fs::remove_file(outside.path("b.tar")).unwrap();
    let other = export(&outside, &["--with-ignition"]);
    let room = inside(&one);
    fs::write(room.path("c.tar"), other).unwrap();
    let bundles = ["b.tar", "c.tar"];
    // Kills are spread over the length of a run, which depends on the machine.
    let begin = std::time::Instant::now();
    expect(&bundle(&room, &["import", "b.tar"]), 0);
    let whole = begin.elapsed();
    let mut interrupted = 0;
    for round in 0..200_u32 {
        let mut command = room.okdboot("bundle");
        let args = ["import", bundles[usize::from(round % 2 == 0)], "--force"];
        let mut run = command.args(args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(whole * (round * 7_919 % 1_000) / 1_000);
        run.kill().unwrap();
        run.wait().unwrap();
        interrupted += u32::from(room.path("out/.okdboot/intent.json").exists());
        if round % 20 == 19 {
            // Not one of okdboot's own files is in the way, so nothing has to be forced.
            fs::write(room.path("vars.yaml"), site::VARS).unwrap();
            fs::remove_file(room.path("okdboot.lock")).ok();
            expect(&bundle(&room, &["import", "b.tar"]), 0);
            let found = everything_in(room.folder.path());
            let left: Vec<_> =
                found.iter().filter(|it| it.contains(".part") && !it.contains("/cache/")).collect();
            assert!(left.is_empty(), "round {round}: {left:?}");
        }
    }
    assert!(interrupted > 0, "no import was killed between its intent and its end");
}

#[cfg(feature = "signatures")]
#[test]
fn a_signature_goes_along_and_counts_in_the_room() {
    use crate::download::body;

    let data = |name: &str| format!("{}/testdata/pgp/{name}", env!("CARGO_MANIFEST_DIR"));
    let signature = fs::read(data("kernel.one.sig")).unwrap();
    let server = Server::start(move |_, request| match request.path.as_str() {
        "/live-kernel" => Answer::ok(body()),
        "/live-kernel.sig" => Answer::ok(signature.clone()),
        _ => answer(request),
    });
    let site = Site::new(&server.url(""));
    let mut stream: Value = serde_json::from_slice(&fs::read(site.path("stream.json")).unwrap()).unwrap();
    let kernel = &mut stream["architectures"]["x86_64"]["artifacts"]["metal"]["formats"]["pxe"]["kernel"];
    kernel["sha256"] = Sha256::of(&body()).to_string().into();
    kernel["signature"] = server.url("/live-kernel.sig").into();
    fs::write(site.path("stream.json"), stream.to_string()).unwrap();
    // An export asks no server: what fetch had no keyring for is left out, and said.
    expect(&site.fetch(&[]), 0);
    let said = expect(&bundle(&site, &["export", "b.tar"]), 0);
    assert!(said.contains("warning[R028]: the signature of `live-kernel` is left out"), "{said}");
    fs::remove_file(site.path("b.tar")).unwrap();
    expect(&site.fetch(&["--keyring", &data("one.gpg"), "--rehash"]), 0);
    let archive = export(&site, &[]);
    assert!(pieces(&archive).iter().any(|it| it.path == b"signatures/live-kernel.sig"));
    let room = inside(&archive);
    expect(&bundle(&room, &["import", "b.tar"]), 0);
    drop(server);
    let said = expect(&room.okdboot("fetch").args(["--keyring", &data("one.gpg")]).output().unwrap(), 0);
    let key = fs::read_to_string(data("one.fingerprint")).unwrap();
    assert!(said.contains(&format!("signed with {}", key.trim())), "{said}");
}

/// An archive is never in memory: neither side, whatever its size.
#[test]
fn memory_is_bounded_whatever_the_size() {
    const MIB: usize = 96;
    let large = |name: &str| if name == "live-rootfs.img" { vec![7; MIB << 20] } else { bytes(name) };
    let server = Server::start(move |_, request| Answer::ok(large(request.path.trim_start_matches('/'))));
    let site = Site::new(&server.url(""));
    let digest = |name: &'static str| (name, Sha256::of(&large(name)));
    let stream = site::stream(
        &server.url(""),
        ["live-kernel", "live-initramfs.img", "live-rootfs.img", "live.iso"].map(digest),
    );
    fs::write(site.path("stream.json"), stream.to_string()).unwrap();
    expect(&site.fetch(&[]), 0);
    let peak = |site: &Site, args: &[&str]| {
        let mut child =
            site.okdboot("bundle").args(args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let (status, mut peak) = (format!("/proc/{}/status", child.id()), 0);
        while child.try_wait().unwrap().is_none() {
            let text = fs::read_to_string(&status).unwrap_or_default();
            let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("0 kB");
            peak = peak.max(line.trim().trim_end_matches(" kB").parse::<usize>().unwrap());
            std::thread::sleep(Duration::from_millis(1));
        }
        assert!(child.wait().unwrap().success());
        peak / 1024
    };
    let out = peak(&site, &["export", "b.tar"]);
    let room = inside(&[]);
    fs::rename(site.path("b.tar"), room.path("b.tar")).unwrap();
    let back = peak(&room, &["import", "b.tar"]);
    assert!((1..40).contains(&out) && (1..40).contains(&back), "{out} and {back} MiB");
}
