//! Every call of an export and of an import that changes the disk, made to fail in turn.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use rustix::io::Errno;
use serde_json::json;
use tempfile::TempDir;

use crate::cli::{Cli, Context, Exit, run};
use crate::disk::{die_at, fail_at};
use crate::model::digest::Sha256;

const VARS: &str = "disk: vda\nhelper: {name: helper, ipaddr: 192.0.2.77}\n\
    dns: {domain: example.com, clusterid: demo}\ndhcp: {router: 192.0.2.1, netmask: 255.255.255.0}\n\
    masters:\n  - {name: master0, ipaddr: 192.0.2.21, macaddr: \"52:54:00:e7:9d:67\"}\n";

const NAMES: [&str; 3] = ["live-kernel", "live-initramfs.img", "live-rootfs.img"];

/// Where talk is kept.
#[derive(Clone, Default)]
struct Said(Arc<Mutex<Vec<u8>>>);

impl Write for Said {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A folder with its own vars.yaml, output root and cache.
struct Room(TempDir);

impl Room {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// A folder of its own with the same files.
    fn copy(&self) -> Self {
        let copy = Self::new();
        let mut open = vec![PathBuf::new()];
        while let Some(below) = open.pop() {
            for entry in fs::read_dir(self.0.path().join(&below)).unwrap().map(Result::unwrap) {
                let at = below.join(entry.file_name());
                if entry.file_type().unwrap().is_dir() {
                    fs::create_dir(copy.0.path().join(&at)).unwrap();
                    open.push(at);
                } else {
                    fs::copy(entry.path(), copy.0.path().join(&at)).unwrap();
                }
            }
        }
        copy
    }

    /// Fetched and rendered, all from local files.
    fn outside() -> Self {
        let room = Self::new();
        let file = |name: &str| {
            fs::write(room.path(name), name).unwrap();
            json!({"location": format!("file://{}", room.text(name)), "sha256": Sha256::of(name.as_bytes()).to_string()})
        };
        let [kernel, initramfs, rootfs] = NAMES.map(file);
        let formats = json!({"pxe": {"kernel": kernel, "initramfs": initramfs, "rootfs": rootfs}});
        let metal = json!({"release": "1.2.3", "formats": formats});
        let stream = json!({"stream": "test", "metadata": {}, "architectures": {"x86_64": {"artifacts": {"metal": metal}}}});
        fs::write(room.path("stream.json"), stream.to_string()).unwrap();
        fs::write(room.path("vars.yaml"), VARS).unwrap();
        let stream = room.text("stream.json");
        assert_eq!(room.okdboot(&["fetch", "--stream", &stream]).0, Exit::Done);
        assert_eq!(room.okdboot(&["render"]).0, Exit::Done);
        room
    }

    fn path(&self, below: &str) -> PathBuf {
        self.0.path().join(below)
    }

    fn text(&self, below: &str) -> String {
        self.path(below).to_str().unwrap().to_owned()
    }

    /// Runs a command; returns how it ended and what it said.
    fn okdboot(&self, args: &[&str]) -> (Exit, String) {
        let (vars, out, cache) = (self.text("vars.yaml"), self.text("out"), self.text("cache"));
        let words = ["okdboot", "-f", &vars, "-o", &out].into_iter().chain(args.iter().copied());
        let words: Vec<std::ffi::OsString> = words.into_iter().map(Into::into).collect();
        let (cli, said) = (Cli::read(&words).unwrap(), Said::default());
        let mut context = Context::silent(&[("XDG_CACHE_HOME", &cache)], Box::new(said.clone()));
        let exit = run(&cli, &mut context);
        let said = String::from_utf8(said.0.lock().unwrap().clone()).unwrap();
        (exit, said)
    }

    fn parts(&self) -> Vec<PathBuf> {
        let mut found = Vec::new();
        collect(self.0.path(), &mut found);
        found.retain(|path| path.to_string_lossy().contains(".part"));
        found
    }
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_dir() { collect(&entry, found) } else { found.push(entry) }
    }
}

/// Runs a command with the nth call failing. Says whether the command ended before that call.
fn failing(room: &Room, nth: u32, errno: Errno, args: &[&str]) -> bool {
    fail_at(Some(nth), errno);
    let (exit, said) = room.okdboot(args);
    let is_over = fail_at(None, errno);
    let why = format!("{errno:?} at call {nth}: {said}");
    if exit != Exit::Done {
        assert_eq!(exit, Exit::Files, "{why}");
        assert!(said.contains(room.0.path().to_str().unwrap()), "names no place: {why}");
    }
    // Once a publication is announced, its temp files are the next run's.
    if !room.path("out/.okdboot/intent.json").exists() {
        assert_eq!(room.parts(), Vec::<PathBuf>::new(), "{why}");
    }
    is_over
}

#[test]
fn an_export_that_fails_leaves_the_old_bundle() {
    let room = Room::outside();
    let bundle = room.text("b.tar");
    let args = ["bundle", "export", &bundle];
    for errno in [Errno::NOSPC, Errno::IO] {
        for nth in 1.. {
            fs::write(&bundle, "old").unwrap();
            let is_over = failing(&room, nth, errno, &args);
            if is_over {
                assert!(nth > 3, "no call was made to fail");
                break;
            }
            let found = fs::read(&bundle).unwrap();
            assert!(found == b"old" || found.len() > 10_000, "half a bundle at call {nth}");
        }
        assert!(fs::metadata(&bundle).unwrap().len() > 10_000);
    }
}

#[test]
fn an_import_that_fails_lies_about_nothing_and_can_be_run_again() {
    let outside = Room::outside();
    let bundle = outside.text("b.tar");
    assert_eq!(outside.okdboot(&["bundle", "export", &bundle]).0, Exit::Done);
    let args = ["bundle", "import", &bundle];
    for errno in [Errno::NOSPC, Errno::IO] {
        for nth in 1.. {
            let room = Room::new();
            let is_over = failing(&room, nth, errno, &args);
            let found = fs::read_to_string(room.path("vars.yaml"));
            assert!(found.is_err() || found.unwrap() == VARS, "call {nth}");
            for name in NAMES {
                let found =
                    fs::read(room.path(&format!("cache/okdboot/sha256/{}", Sha256::of(name.as_bytes()))));
                assert!(found.is_err() || found.unwrap() == name.as_bytes(), "{name}, call {nth}");
            }
            let (exit, said) = room.okdboot(&args);
            assert_eq!(exit, Exit::Done, "after call {nth}: {said}");
            assert_eq!(room.parts(), Vec::<PathBuf>::new(), "after call {nth}");
            assert_eq!(room.okdboot(&["fetch", "--locked"]).0, Exit::Done, "call {nth}");
            assert_eq!(
                fs::read(room.path("out/matchbox/assets/live-rootfs.img")).unwrap(),
                NAMES[2].as_bytes()
            );
            if is_over {
                assert!(nth > 10, "no call was made to fail");
                break;
            }
        }
    }
}

/// The process is gone in the middle of a write: whatever the command, the next one completes it or takes
/// it back, nothing has to be forced, and no temp file stays.
#[test]
fn a_command_that_dies_at_any_call_is_completed_by_the_next() {
    let outside = Room::outside();
    let bundle = outside.text("b.tar");
    assert_eq!(outside.okdboot(&["bundle", "export", &bundle]).0, Exit::Done);
    let commands: [(&[&str], &[&str]); 4] = [
        (&["render"], &["disarm", "master0"]),
        (&["disarm", "master0"], &["arm", "master0"]),
        (&["arm", "master0"], &["render"]),
        (&["bundle", "import", &bundle, "--force"], &["disarm", "master0"]),
    ];
    for (dying, next) in commands {
        for nth in 1.. {
            let room = outside.copy();
            // Something to write for each of them: another kernel argument, and a machine that is local.
            fs::write(room.path("vars.yaml"), format!("{VARS}okdboot: {{kargs: [n{nth}]}}\n")).unwrap();
            if dying[0] == "arm" {
                assert_eq!(room.okdboot(&["disarm", "master0"]).0, Exit::Done);
            }
            die_at(Some(nth));
            let lived = room.okdboot(dying).0 == Exit::Done;
            die_at(None);
            let why = format!("{dying:?} at call {nth}");
            if dying[0] == "bundle" {
                fs::write(room.path("vars.yaml"), VARS).unwrap();
            }
            let (exit, said) = room.okdboot(next);
            assert_eq!(exit, Exit::Done, "{next:?} after {why}: {said}");
            let (exit, said) = room.okdboot(&["render"]);
            assert_eq!(exit, Exit::Done, "render after {why}: {said}");
            // Beside vars.yaml a temp file is its process's, and the one of this test lives on.
            let mut left = room.parts();
            left.retain(|path| path.starts_with(room.path("out")));
            assert_eq!(left, Vec::<PathBuf>::new(), "{why}");
            assert_eq!(room.okdboot(&["render", "--check"]).0, Exit::Done, "{why}");
            if lived {
                assert!(nth > 5, "{dying:?} makes no call that can fail");
                break;
            }
        }
    }
}
