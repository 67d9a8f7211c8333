//! Runs that are killed in the middle: whatever they had begun, the next run ends it or takes it back,
//! nobody is told that okdboot's own files were edited, and no temp file stays.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// So many that the renames take a while.
const WORKERS: u32 = 150;

/// A cluster in a folder of its own, with a kernel argument that changes from run to run.
struct Rack {
    folder: TempDir,
}

impl Rack {
    fn new() -> Self {
        let rack = Self { folder: tempfile::tempdir().unwrap() };
        let lock = fs::read(crate::project("testdata/render/dhcp/okdboot.lock")).unwrap();
        fs::write(rack.path("okdboot.lock"), lock).unwrap();
        rack.vars(0);
        rack
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn vars(&self, round: u32) {
        let mut text = "disk: vda\nhelper: {name: helper, ipaddr: 192.168.7.77}\n\
             dns: {domain: example.com, clusterid: ocp4}\nmasters:\n  \
             - {name: m0, ipaddr: 192.168.6.1, macaddr: \"52:54:00:aa:00:00\"}\nworkers:\n"
            .to_owned();
        for at in 0..WORKERS {
            // Nodes come and go, too.
            if !(at + round).is_multiple_of(7) {
                let address = format!("192.168.7.{at}, macaddr: \"52:54:00:00:00:{at:02x}\"");
                writeln!(text, "  - {{name: w{at}, ipaddr: {address}}}").unwrap();
            }
        }
        writeln!(text, "okdboot:\n  kargs: [\"round={round}\"]").unwrap();
        fs::write(self.path("vars.yaml"), text.replace("192.168.7.77,", "192.168.5.77,")).unwrap();
    }

    fn okdboot(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_okdboot"));
        command.args(args).env_clear().current_dir(self.folder.path()).stdin(Stdio::null());
        command
    }

    /// Runs to the end.
    #[track_caller]
    fn run(&self, args: &[&str], exits: &[i32]) -> String {
        let output = self.okdboot(args).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(exits.contains(&output.status.code().unwrap()), "{args:?}: {said}");
        said
    }

    fn killed(&self, args: &[&str], after: Duration) {
        let mut run = self.okdboot(args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        sleep(after);
        run.kill().unwrap();
        run.wait().unwrap();
    }

    #[track_caller]
    fn assert_tidy(&self, why: &str) {
        let mut left = Vec::new();
        temp_files(self.folder.path(), &mut left);
        assert!(left.is_empty(), "{why}: {left:?}");
        assert!(!self.path("okdboot-out/.okdboot/intent.json").exists(), "{why}");
    }
}

fn temp_files(folder: &Path, left: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        let name = entry.file_name().unwrap().to_str().unwrap();
        if entry.is_dir() {
            temp_files(&entry, left);
        } else if name.starts_with(".okdboot-") {
            left.push(entry);
        }
    }
}

#[test]
fn two_hundred_kills_of_render_arm_and_disarm_lock_nothing_and_leave_nothing() {
    let rack = Rack::new();
    let begin = Instant::now();
    rack.run(&["render", "-q"], &[0]);
    let whole = begin.elapsed();
    let mut interrupted = 0;
    for round in 1..=200_u32 {
        let args: &[&str] = match round % 4 {
            0 => &["disarm", "--role", "worker"],
            2 => &["arm", "--all"],
            _ => &["render"],
        };
        rack.vars(round);
        rack.killed(args, whole * (round * 7_919 % 1_000) / 1_000);
        interrupted += u32::from(rack.path("okdboot-out/.okdboot/intent.json").exists());
        if round % 8 == 0 {
            let said = rack.run(&["render", "--check", "-q"], &[0, 1]);
            assert!(!said.contains("edited"), "round {round}: {said}");
            // Even a run that does nothing else ends what was begun.
            rack.run(&["disarm", "m0", "-q"], &[0]);
            rack.assert_tidy(&format!("round {round}"));
            rack.run(&["render", "-q"], &[0]);
            rack.run(&["render", "--check", "-q"], &[0]);
        }
    }
    assert!(interrupted > 0, "no run was killed between its intent and its end");
}
