//! `okdboot verify --live`: everything right, then one thing wrong at a time, and exactly that is
//! found, at those nodes, with that advice, and nothing else.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::pty::Terminal;
use crate::server::{Answer, Ending, Length, Request};
use crate::stage::{Stage, W0, Wrong, WrongTftp, artifact, name, ranged};
use crate::tftpd::Reply;

/// One thing that is wrong.
pub(crate) struct Row {
    pub(crate) what: &'static str,
    /// Lines below `okdboot:`.
    pub(crate) settings: &'static str,
    pub(crate) args: &'static [&'static str],
    pub(crate) web: Wrong,
    pub(crate) tftp: WrongTftp,
    pub(crate) code: &'static str,
    pub(crate) nodes: &'static [&'static str],
    /// Words of the message, then words of the help.
    pub(crate) words: &'static [&'static str],
    pub(crate) help: &'static str,
}

pub(crate) const ALL: &[&str] = &["boot", "m0", "w0", "w1"];
pub(crate) const WORKERS: &[&str] = &["w0", "w1"];
pub(crate) const ONE: &[&str] = &["w0"];
pub(crate) const NO_WEB: Wrong = |_, _| None;
pub(crate) const NO_TFTP: WrongTftp = |_, _| None;

impl Row {
    #[track_caller]
    fn check(&self) {
        let begun = Instant::now();
        let mut stage = Stage::new(self.settings, self.web, self.tftp);
        let args = [self.args, &["--format", "json"]].concat();
        let ran = stage.verify(&args);
        let document: Value = serde_json::from_str(&ran.stdout_text()).unwrap();
        let live: Vec<&Value> =
            document["diagnostics"].as_array().unwrap().iter().filter(|one| is_live(one)).collect();
        let what = self.what;
        assert_eq!(live.len(), 1, "{what}: {live:#?}");
        assert_eq!(live[0]["code"], self.code, "{what}: {live:#?}");
        for word in self.words {
            assert!(live[0]["message"].as_str().unwrap().contains(word), "{what}: no `{word}` in {live:#?}");
        }
        assert!(live[0]["help"][0].as_str().unwrap().contains(self.help), "{what}: {live:#?}");
        let nodes = document["nodes"].as_array().unwrap();
        let hit = nodes.iter().filter(|node| !node["code"].is_null());
        assert!(hit.clone().all(|node| node["code"] == self.code), "{what}: {nodes:#?}");
        let hit: Vec<&str> = hit.map(|node| node["name"].as_str().unwrap()).collect();
        assert_eq!(hit, self.nodes, "{what}: {live:#?}");
        let is_error = live[0]["severity"] == "error";
        let exit = if !is_error {
            0
        } else if self.code == "P040" {
            5
        } else {
            1
        };
        ran.status(exit);
        assert!(begun.elapsed() < Duration::from_secs(60), "{what}: it took {:?}", begun.elapsed());
    }
}

/// Says whether a finding is of `--live`; no other may be an error.
#[track_caller]
fn is_live(finding: &Value) -> bool {
    let is_live = finding["code"].as_str().unwrap() >= "P030" && finding["code"].as_str().unwrap() < "P070";
    assert!(is_live || finding["severity"] != "error", "{finding:#?}");
    is_live
}

pub(crate) fn check(rows: &[Row]) {
    rows.iter().for_each(Row::check);
}

pub(crate) fn config_of_w0(request: &Request) -> bool {
    request.path == format!("/ipxe/{W0}.ipxe")
}

pub(crate) fn is_asset(request: &Request, kind: &str) -> bool {
    request.path == format!("/assets/{}", name(kind))
}

pub(crate) fn is_worker_ign(request: &Request) -> bool {
    request.path == "/assets/ignition/lab/worker.ign"
}

/// The boot file of `w0`, changed.
fn pxe_of_w0(name: &str, out: &Path, change: fn(&str) -> String) -> Option<Reply> {
    let wanted = format!("pxelinux.cfg/01-{W0}");
    (name == wanted).then(|| Reply::File(change(&read(out, &format!("tftpboot/{wanted}"))).into()))
}

pub(crate) fn grub_of_w0(name: &str, out: &Path, change: fn(&str) -> String) -> Option<Reply> {
    let wanted = format!("/grub.cfg-01-{W0}");
    (name == wanted).then(|| Reply::File(change(&read(out, &format!("tftpboot{wanted}"))).into()))
}

pub(crate) fn ipxe_of_w0(request: &Request, out: &Path, change: fn(&str) -> String) -> Option<Answer> {
    config_of_w0(request).then(|| Answer::ok(change(&read(out, &format!("http/ipxe/{W0}.ipxe")))))
}

pub(crate) fn read(out: &Path, path: &str) -> String {
    fs::read_to_string(out.join(path)).unwrap()
}

pub(crate) fn flipped(kind: &str, at: usize) -> Vec<u8> {
    let mut bytes = artifact(kind);
    bytes[at] ^= 1;
    bytes
}

#[test]
fn what_is_served_as_rendered_passes() {
    for settings in
        ["", "  pxelinux: tftp\n  grub: http\n", "  grub_prefix: boot/grub\n", "  ipxe: matchbox\n"]
    {
        for args in [&[][..], &["--full"]] {
            passes(settings, args, NO_WEB, NO_TFTP);
        }
    }
    passes("  ipxe: matchbox\n  ignition_url: matchbox\n", &[], NO_WEB, NO_TFTP);
    for settings in ["  ignition_pin: installer\n", "  ignition_pin: pointer\n"] {
        passes(settings, &["--chain", "ipxe"], NO_WEB, NO_TFTP);
    }
}

/// A node that boots from its disk, or lives in memory, is served what is due to it.
#[test]
fn modes_are_rehearsed_too() {
    for settings in ["  mode: local\n", "  mode: live\n", "  mode: local\n  ipxe: matchbox\n"] {
        passes(settings, &[], NO_WEB, NO_TFTP);
    }
    let installs: WrongTftp = |name, out| pxe_of_w0(name, out, |_| "DEFAULT k initrd=i\n".into());
    let mut stage = Stage::new("  mode: local\n", NO_WEB, installs);
    let said = stage.verify(&[]).status(1).stderr_text();
    assert!(
        said.contains("error[P033]: PXELINUX config of `w0`") && said.contains("does not boot from the disk"),
        "{said}"
    );
}

#[track_caller]
pub(crate) fn passes(settings: &str, args: &[&str], web: Wrong, tftp: WrongTftp) {
    let ran = Stage::new(settings, web, tftp).verify(args).status(0);
    let text = ran.stdout_text();
    let nodes: Vec<&str> =
        text.lines().filter(|line| line.starts_with("lab/") && line.contains(": ")).collect();
    assert_eq!(
        nodes,
        ["lab/boot: pass", "lab/m0: pass", "lab/w0: pass", "lab/w1: pass"],
        "{settings}{args:?}"
    );
    assert!(!ran.stderr_text().contains("[P03"), "{}", ran.stderr_text());
}

#[test]
fn servers_may_have_their_ways() {
    let web: [Wrong; 4] = [
        // No HEAD.
        |request, _| (request.method == "HEAD").then(|| Answer::new(405, "")),
        // No ranges.
        |request, _| is_asset(request, "rootfs").then(|| Answer::ok(artifact("rootfs"))),
        // A redirect that everybody but GRUB follows.
        |request, _| {
            is_asset(request, "rootfs")
                .then(|| Answer::redirect("/moved"))
                .or_else(|| (request.path == "/moved").then(|| ranged(request, &artifact("rootfs"))))
        },
        // No length.
        |request, _| {
            is_asset(request, "rootfs").then(|| Answer::ok(artifact("rootfs")).length(Length::Chunked))
        },
    ];
    for web in web {
        passes("", &[], web, NO_TFTP);
    }
    let tftp: [WrongTftp; 3] = [
        |name, out| {
            Some(Reply::Plain(fs::read(out.join("tftpboot").join(name.trim_start_matches('/'))).ok()?))
        },
        |name, out| {
            pxe_of_w0(name, out, str::to_owned).map(|reply| match reply {
                Reply::File(bytes) => Reply::WithStranger(bytes),
                other => other,
            })
        },
        |name, _| name.contains("kernel").then(|| Reply::Lossy(artifact("kernel")[..].to_vec())),
    ];
    for tftp in tftp {
        passes("  pxelinux: tftp\n", &["--chain", "pxelinux", "--timeout", "2"], NO_WEB, tftp);
    }
}

#[test]
fn shared_files_are_asked_for_once() {
    let mut stage = Stage::right("");
    stage.verify(&[]).status(0);
    let requests = stage.web.requests();
    let count = |method: &str, kind: &str| {
        requests.iter().filter(|one| one.method == method && is_asset(one, kind)).count()
    };
    assert_eq!((count("HEAD", "rootfs"), count("GET", "rootfs")), (1, 2), "{requests:#?}");
    assert_eq!(requests.iter().filter(|one| is_worker_ign(one)).count(), 1);
    let asked = stage.tftp.asked();
    assert_eq!(asked.iter().filter(|name| name.contains("initramfs")).count(), 1, "{asked:?}");
}

/// A hundred nodes behind a TFTP server that is silent and a web server that takes connections and
/// says nothing: neither is waited for a hundred times.
#[test]
fn many_nodes_wait_for_a_dead_server_once() {
    let silent: Wrong = |_, _| Some(Answer::ok("x").length(Length::Lie(9)).ending(Ending::StallAfter(0)));
    for web in [NO_WEB, silent] {
        let begun = Instant::now();
        let mut stage = Stage::with(100, "", web, |_, _| Some(Reply::Silence));
        let ran = stage.verify(&["--timeout", "1"]).status(1);
        assert!(begun.elapsed() < Duration::from_secs(40), "it took {:?}", begun.elapsed());
        let said = ran.stderr_text();
        assert_eq!(said.matches("error[P030]: no TFTP server answers").count(), 1, "{said}");
        assert!(said.contains("`boot`, `m0`, `w0`, `w1` and 100 more"), "{said}");
        assert!(said.matches("error[").count() <= 3, "{said}");
    }
}

const PXE: &[&str] = &["--chain", "pxelinux", "--timeout", "2"];
const PXE_TFTP: &str = "  pxelinux: tftp\n";

/// Of a machine that boots the ISO the printed command fetches one file. The ISO is in its drive, so that only
/// the copy in the output is missed here.
#[test]
fn the_iso_asks_for_the_ignition_file_alone() {
    let settings = "  loaders: [iso]\n";
    let nothing: WrongTftp = |_, _| Some(Reply::Error(1, "file not found"));
    let others: Wrong = |request, _| (!request.path.contains("/ignition/")).then(|| Answer::new(404, ""));
    let ran = Stage::new(settings, others, nothing).verify(&[]).status(1);
    let passed = ALL.iter().all(|node| ran.stdout_text().contains(&format!("lab/{node}: pass\n")));
    assert!(passed && !ran.stderr_text().contains("[P03"), "{}{}", ran.stdout_text(), ran.stderr_text());
    let worker: Wrong = |request, _| is_worker_ign(request).then(|| Answer::new(404, ""));
    let ran = Stage::new(settings, worker, nothing).verify(&[]).status(1);
    let said = ran.stderr_text();
    assert_eq!(said.matches("error[P034]").count(), 1, "{said}");
    assert!(said.contains("assets/ignition/lab/worker.ign") && said.contains("`w0` and `w1`"), "{said}");
    assert!(ran.stdout_text().contains("lab/m0: pass\n"), "{}", ran.stdout_text());
}

pub(crate) fn row(what: &'static str, code: &'static str, nodes: &'static [&'static str]) -> Row {
    Row {
        what,
        settings: "",
        args: &["--chain", "ipxe", "--timeout", "2"],
        web: NO_WEB,
        tftp: NO_TFTP,
        code,
        nodes,
        words: &[],
        help: "",
    }
}

#[test]
fn pxelinux_and_its_config() {
    let row = |what, code, nodes| Row { args: PXE, ..row(what, code, nodes) };
    check(&[
        Row {
            tftp: |name, _| name.ends_with(W0).then_some(Reply::Error(1, "file not found")),
            words: &["PXELINUX config of `w0`", "/pxelinux.cfg/01-52-54-00-09-00-31`"],
            help: "`tftpboot` of the output as its root",
            ..row("no file for the MAC address", "P031", ONE)
        },
        Row {
            tftp: |name, _| name.ends_with(W0).then_some(Reply::Error(2, "access violation")),
            help: "let the server's user read it",
            ..row("a file that the server may not read", "P035", ONE)
        },
        Row {
            tftp: |name, _| name.ends_with(W0).then_some(Reply::Error(0, "disk on fire")),
            words: &["disk on fire"],
            help: "the server's log",
            ..row("another error", "P036", ONE)
        },
        Row {
            tftp: |name, out| pxe_of_w0(name, out, |_| "<!DOCTYPE html><html>".into()),
            help: "serve the file itself",
            ..row("a page", "P038", ONE)
        },
        Row {
            tftp: |name, out| pxe_of_w0(name, out, |_| String::new()),
            words: &["it is empty"],
            help: "`okdboot render` wrote",
            ..row("an empty file", "P032", ONE)
        },
        Row {
            tftp: |name, out| pxe_of_w0(name, out, |text| text.replace("KERNEL", "KERNAL")),
            words: &["it names no kernel"],
            ..row("a kernel that is misspelt", "P032", ONE)
        },
        Row {
            tftp: |name, _| name.ends_with(W0).then(|| Reply::File(b"DEFAULT \xff\xfe".to_vec())),
            words: &["not text"],
            ..row("bytes", "P032", ONE)
        },
        Row {
            tftp: |name, out| pxe_of_w0(name, out, |text| text.replace("DEFAULT pxeboot", "DEFAULT other")),
            words: &["its default is no entry"],
            ..row("a default that is not there", "P032", ONE)
        },
    ]);
}

#[test]
fn pxelinux_and_another_config() {
    let row = |what, code, nodes| Row { args: PXE, ..row(what, code, nodes) };
    check(&[
        Row {
            tftp: |name, out| pxe_of_w0(name, out, |text| text.replace("scos-1-", "scos-0-")),
            words: &["the kernel `", "scos-0-live-kernel", "where", "scos-1-live-kernel"],
            help: "`okdboot render` wrote",
            ..row("the file of an older release", "P033", ONE)
        },
        Row {
            tftp: |name, out| pxe_of_w0(name, out, |text| text.replace("worker.ign", "bootstrap.ign")),
            words: &["the argument `coreos.inst.ignition_url=", "bootstrap.ign` where", "worker.ign` is due"],
            ..row("the file of another role", "P033", ONE)
        },
        Row {
            tftp: |name, out| {
                pxe_of_w0(name, out, |text| text.replace("coreos.inst.install_dev=/dev/vda ", ""))
            },
            words: &["no argument `coreos.inst.install_dev=/dev/vda`"],
            ..row("an argument that is missing", "P033", ONE)
        },
        Row {
            tftp: |name, out| pxe_of_w0(name, out, |text| format!("{} quiet\n", text.trim_end())),
            words: &["the argument `quiet`, which is not due"],
            ..row("an argument too many", "P033", ONE)
        },
        Row {
            tftp: |name, out| pxe_of_w0(name, out, |text| text.replace("# w0", "# w9")),
            words: &["which boot the same"],
            ..row("a file that differs in words only", "P033", ONE)
        },
        Row {
            tftp: |name, out| pxe_of_w0(name, out, |_| "DEFAULT l\nLABEL l\n LOCALBOOT -1\n".into()),
            words: &["boots from the disk"],
            ..row("a file that boots from the disk", "P033", ONE)
        },
    ]);
}

#[test]
fn pxelinux_and_a_hostile_server() {
    let row = |what, code, nodes| Row { args: PXE, ..row(what, code, nodes) };
    check(&[
        Row {
            tftp: |name, _| name.ends_with(W0).then(|| Reply::File(vec![b'#'; 70_000])),
            words: &["more than 64.0 KiB"],
            ..row("a file without end", "P042", ONE)
        },
        Row {
            tftp: |name, _| name.contains(W0).then_some(Reply::Endless),
            words: &["more than 64.0 KiB"],
            ..row("blocks without end", "P042", ONE)
        },
        Row {
            tftp: |name, _| name.contains(W0).then_some(Reply::Repeats),
            words: &["stopped after 512 bytes"],
            ..row("the same block again and again", "P042", ONE)
        },
        Row {
            tftp: |name, _| name.contains(W0).then_some(Reply::Garbage),
            words: &["not TFTP"],
            ..row("bytes that are no packet", "P042", ONE)
        },
        Row {
            tftp: |name, _| name.contains(W0).then_some(Reply::GreedyBlock),
            words: &["block size that was not asked for"],
            ..row("a block size that nobody asked for", "P042", ONE)
        },
        Row {
            tftp: |name, out| pxe_of_w0(name, out, str::to_owned).map(|_| Reply::Stops(b"DEFAULT".to_vec())),
            words: &["stopped after 512 bytes"],
            ..row("a server that stops", "P042", ONE)
        },
        Row {
            tftp: |name, _| name.contains(W0).then_some(Reply::Silence),
            words: &["nobody answers"],
            help: "the server's log",
            ..row("a server that ignores a question", "P042", ONE)
        },
        Row {
            tftp: |_, _| Some(Reply::Silence),
            words: &["no TFTP server answers at `127.0.0.1:"],
            help: "`--chain ipxe`",
            ..row("no server", "P030", ALL)
        },
    ]);
}

#[test]
fn artifacts_over_tftp() {
    let row = |what, code, nodes| Row { args: PXE, settings: PXE_TFTP, ..row(what, code, nodes) };
    check(&[
        Row {
            tftp: |name, _| name.contains("kernel").then_some(Reply::Error(1, "no")),
            words: &["kernel of `boot`, `m0`, `w0` and `w1`"],
            help: "`okdboot fetch`",
            ..row("no kernel", "P034", ALL)
        },
        Row {
            tftp: |name, _| name.contains("initramfs").then_some(Reply::Error(2, "no")),
            words: &["initramfs of"],
            help: "SELinux",
            ..row("an initramfs that cannot be read", "P035", ALL)
        },
        Row {
            tftp: |name, _| name.contains("initramfs").then(|| Reply::LyingSize(artifact("initramfs"), 77)),
            words: &["it has 77 bytes, due are 200000"],
            ..row("another size", "P039", ALL)
        },
        Row {
            tftp: |name, _| {
                name.contains("initramfs").then(|| Reply::File(artifact("initramfs")[..90_000].into()))
            },
            words: &["it has 90000 bytes, due are 200000"],
            ..row("half an initramfs", "P039", ALL)
        },
        Row {
            tftp: |name, _| name.contains("kernel").then(|| Reply::File(Vec::new())),
            words: &["it is empty"],
            ..row("an empty kernel", "P039", ALL)
        },
        Row {
            tftp: |name, _| name.contains("kernel").then(|| Reply::File(flipped("kernel", 99))),
            words: &["first bytes differ"],
            help: "`okdboot fetch`",
            ..row("another kernel", "P040", ALL)
        },
        Row {
            args: &["--chain", "pxelinux", "--full"],
            tftp: |name, _| name.contains("kernel").then(|| Reply::File(flipped("kernel", 150_000))),
            words: &["its sha256 is", "the lock has"],
            ..row("a bit of the kernel", "P040", ALL)
        },
        Row {
            args: &["--chain", "pxelinux", "--full"],
            tftp: |name, _| name.contains("kernel").then_some(Reply::Endless),
            words: &["bytes, due are 200000"],
            ..row("a kernel without end", "P039", ALL)
        },
    ]);
}

fn no_kernel(request: &Request, _: &Path) -> Option<Answer> {
    is_asset(request, "kernel").then(|| Answer::new(404, ""))
}

/// A person sees a table, and below it what to do.
#[test]
fn a_terminal_gets_a_table() {
    let stage = Stage::new("", no_kernel, NO_TFTP);
    let out = stage.out();
    let args = ["verify", "--live", "--chain", "ipxe", "--no-progress", "-o", "out"];
    let ended = Terminal::run(out.parent().unwrap(), &args, &[]).ends();
    assert_eq!(ended.code, Some(1), "{}", ended.screen);
    let lines: Vec<&str> =
        ended.screen.lines().skip_while(|line| !line.starts_with("node")).take(5).collect();
    let bad = |name: &str| {
        format!("{name:8}  ok      P034    ok         ok      ok        kernel: the server answers 404")
    };
    let due = [
        "node      config  kernel  initramfs  rootfs  ignition  verdict".to_owned(),
        bad("lab/boot"),
        bad("lab/m0"),
        bad("lab/w0"),
        bad("lab/w1"),
    ];
    assert_eq!(lines, due, "{}", ended.screen);
    assert!(ended.screen.contains("help: run `okdboot fetch`"), "{}", ended.screen);
}

#[test]
fn a_ci_job_gets_test_cases_or_annotations() {
    let ran = Stage::new("", no_kernel, NO_TFTP).verify(&["--chain", "ipxe", "--format", "junit"]);
    let report = ran.status(1).stdout_text();
    assert_eq!(report.matches("<failure type=\"P034\"").count(), 4, "{report}");
    assert!(report.contains("<testsuite name=\"lab\" tests=\"4\" failures=\"4\">"), "{report}");
    let ran = Stage::new("", no_kernel, NO_TFTP).verify(&["--chain", "ipxe", "--format", "github"]);
    let text = ran.status(1).stdout_text();
    assert_eq!(
        text.matches("::error title=P034::kernel of `boot`, `m0`, `w0` and `w1`").count(),
        1,
        "{text}"
    );
    assert!(text.lines().all(|line| line.starts_with("::")), "{text}");
}

/// What a server says is printed, not done.
#[test]
fn a_server_cannot_move_the_cursor() {
    let evil: WrongTftp = |name, _| name.ends_with(W0).then_some(Reply::Error(0, "\u{1b}[2Jgone"));
    let ran = Stage::new("", NO_WEB, evil).verify(PXE).status(1);
    for said in [ran.stdout_text(), ran.stderr_text()] {
        assert!(said.contains("\\u{1b}[2Jgone") && !said.contains('\u{1b}'), "{said}");
    }
}
