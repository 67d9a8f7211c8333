//! The rows of `verify --live` over http: iPXE, matchbox, GRUB, artifacts and Ignition files.

use std::fs;
use std::time::Duration;

use crate::live::{
    ALL, ONE, Row, WORKERS, check, config_of_w0, flipped, grub_of_w0, ipxe_of_w0, is_asset, is_worker_ign,
    read, row,
};
use crate::server::{Answer, Ending, Length};
use crate::stage::{W0, artifact, name, ranged};
use crate::tftpd::Reply;

#[test]
fn ipxe_and_its_script() {
    check(&[
        Row {
            web: |request, _| config_of_w0(request).then(|| Answer::new(404, "")),
            words: &["iPXE config of `w0`", "/ipxe/52-54-00-09-00-31.ipxe`: the server answers 404"],
            help: "set `okdboot.ipxe: matchbox`",
            ..row("no script for the MAC address", "P031", ONE)
        },
        Row {
            web: |request, _| config_of_w0(request).then(|| Answer::new(403, "")),
            help: "let the server's user read it",
            ..row("a script that cannot be read", "P035", ONE)
        },
        Row {
            web: |request, _| config_of_w0(request).then(|| Answer::new(500, "")),
            words: &["answers 500"],
            help: "the server's log",
            ..row("a server in trouble", "P036", ONE)
        },
        Row {
            web: |request, _| config_of_w0(request).then(|| Answer::redirect("https://127.0.0.1/x.ipxe")),
            words: &["redirected to `https://127.0.0.1/x.ipxe`"],
            help: "iPXE cannot follow that to https",
            ..row("a redirect to https", "P037", ONE)
        },
        Row {
            web: |request, _| config_of_w0(request).then(|| Answer::redirect(&request.path)),
            words: &["in a circle"],
            ..row("a redirect to itself", "P037", ONE)
        },
        Row {
            web: |request, _| {
                config_of_w0(request).then(|| Answer::ok("<html><body>It works!</body></html>"))
            },
            help: "serve the file itself",
            ..row("a page", "P038", ONE)
        },
    ]);
}

#[test]
fn ipxe_and_another_script() {
    check(&[
        Row {
            web: |request, out| ipxe_of_w0(request, out, |text| text.replace("#!ipxe", "#!gpxe")),
            words: &["its first line is not `#!ipxe`"],
            ..row("no magic", "P032", ONE)
        },
        Row {
            web: |request, out| ipxe_of_w0(request, out, |text| text.replace("\nboot\n", "\n")),
            words: &["it never says `boot`"],
            ..row("a script that starts nothing", "P032", ONE)
        },
        Row {
            web: |request, out| ipxe_of_w0(request, out, |_| "#!ipxe\n:a\ngoto a\n".into()),
            words: &["in a circle"],
            ..row("a loop", "P032", ONE)
        },
        Row {
            web: |request, out| ipxe_of_w0(request, out, |text| text.replace("worker.ign", "bootstrap.ign")),
            words: &["bootstrap.ign` where"],
            help: "`okdboot render` wrote",
            ..row("the script of another role", "P033", ONE)
        },
        Row {
            web: |request, out| {
                ipxe_of_w0(request, out, |text| text.replace("kernel http://", "kernel https://"))
            },
            words: &["the kernel `https://"],
            ..row("a kernel over https", "P033", ONE)
        },
        Row {
            web: |request, out| ipxe_of_w0(request, out, |text| text.replace("initrd --name main", "#")),
            words: &["no initramfs"],
            ..row("no initramfs", "P032", ONE)
        },
        Row {
            web: |request, out| {
                ipxe_of_w0(request, out, str::to_owned)?;
                Some(Answer::ok(vec![b'#'; 100_000]))
            },
            words: &["more than 64.0 KiB"],
            ..row("a script that is too large", "P042", ONE)
        },
    ]);
}

#[test]
fn ipxe_and_a_hostile_server() {
    check(&[
        Row {
            web: |request, _| {
                config_of_w0(request).then(|| Answer::ok("#!ipxe").header("X-Long", &"x".repeat(2 << 20)))
            },
            ..row("headers of megabytes", "P042", ONE)
        },
        Row {
            web: |request, _| {
                config_of_w0(request)
                    .then(|| Answer::ok(vec![b'#'; 5000]).ending(Ending::Trickle(Duration::from_millis(20))))
            },
            args: &["--chain", "ipxe", "--timeout", "1"],
            words: &["so slowly"],
            ..row("a byte now and then", "P042", ONE)
        },
        Row {
            settings: "  url: http://127.0.0.1:1\n",
            words: &["no web server answers at `127.0.0.1:1`", "onnection refused"],
            help: "start the server that `okdboot.url` names",
            ..row("no server", "P030", ALL)
        },
        Row {
            web: |_, _| Some(Answer::ok("x").ending(Ending::StallAfter(0)).length(Length::Lie(9))),
            args: &["--chain", "ipxe", "--timeout", "1", "--deadline", "1"],
            words: &["no time left"],
            help: "`--deadline SECONDS`",
            ..row("time that is up", "P043", ALL)
        },
    ]);
}

#[test]
fn artifacts_over_http() {
    check(&[
        Row {
            web: |request, _| is_asset(request, "kernel").then(|| Answer::new(404, "")),
            words: &["kernel of `boot`, `m0`, `w0` and `w1`", "answers 404"],
            help: "`okdboot fetch`",
            ..row("no kernel", "P034", ALL)
        },
        Row {
            web: |request, _| is_asset(request, "rootfs").then(|| Answer::new(410, "")),
            words: &["rootfs of"],
            ..row("no rootfs", "P034", ALL)
        },
        Row {
            web: |request, _| is_asset(request, "kernel").then(|| Answer::new(403, "")),
            help: "SELinux",
            ..row("a kernel that cannot be read", "P035", ALL)
        },
        Row {
            web: |request, _| is_asset(request, "initramfs").then(|| Answer::new(503, "")),
            words: &["answers 503"],
            ..row("a server in trouble", "P036", ALL)
        },
        Row {
            web: |request, _| is_asset(request, "kernel").then(|| Answer::redirect("https://127.0.0.1/k")),
            help: "iPXE cannot follow that to https",
            ..row("a kernel over https", "P037", ALL)
        },
        Row {
            web: |request, _| is_asset(request, "rootfs").then(|| Answer::redirect("https://127.0.0.1/r")),
            help: "plain http",
            ..row("a rootfs over https", "P037", ALL)
        },
        Row {
            web: |request, _| {
                is_asset(request, "initramfs").then(|| ranged(request, b"<html>\n<h1>login</h1>"))
            },
            help: "serve the file itself",
            ..row("a login page", "P038", ALL)
        },
    ]);
}

#[test]
fn artifacts_of_another_length_or_content() {
    check(&[
        Row {
            web: |request, _| {
                is_asset(request, "rootfs").then(|| ranged(request, &artifact("rootfs")[..100_000]))
            },
            words: &["it has 100000 bytes, due are 200000"],
            ..row("half a rootfs", "P039", ALL)
        },
        Row {
            web: |request, _| {
                is_asset(request, "kernel").then(|| ranged(request, &[artifact("kernel"), vec![0]].concat()))
            },
            words: &["it has 200001 bytes"],
            ..row("a byte too many", "P039", ALL)
        },
        Row {
            web: |request, _| is_asset(request, "initramfs").then(|| ranged(request, b"")),
            words: &["it is empty"],
            ..row("an empty initramfs", "P039", ALL)
        },
        Row {
            web: |request, _| {
                (request.method == "HEAD" && is_asset(request, "rootfs"))
                    .then(|| Answer::ok(vec![b'x'; 1234]))
            },
            words: &["it has 1234 bytes, due are 200000"],
            ..row("two lengths", "P039", ALL)
        },
        Row {
            web: |request, _| is_asset(request, "rootfs").then(|| ranged(request, &flipped("rootfs", 0))),
            words: &["first bytes differ"],
            help: "`okdboot fetch`",
            ..row("another beginning", "P040", ALL)
        },
        Row {
            web: |request, _| {
                is_asset(request, "rootfs").then(|| ranged(request, &flipped("rootfs", 199_999)))
            },
            words: &["last bytes differ"],
            ..row("another end", "P040", ALL)
        },
        Row {
            args: &["--chain", "ipxe", "--full"],
            web: |request, _| {
                is_asset(request, "rootfs").then(|| ranged(request, &flipped("rootfs", 100_000)))
            },
            words: &["its sha256 is", "the lock has"],
            ..row("a bit in the middle", "P040", ALL)
        },
        Row {
            args: &["--chain", "ipxe", "--full", "--timeout", "1"],
            web: |request, _| {
                let cut = || Answer::ok(artifact("rootfs")).ending(Ending::CutAfter(5000));
                is_asset(request, "rootfs").then(cut)
            },
            words: &["breaks off"],
            ..row("a rootfs that breaks off", "P042", ALL)
        },
        Row {
            web: |request, _| {
                is_asset(request, "kernel")
                    .then(|| ranged(request, &artifact("kernel")).header("Content-Encoding", "gzip"))
            },
            words: &["compressed (gzip)"],
            help: "switch compression off",
            ..row("a kernel that is compressed", "P045", ALL)
        },
        Row {
            args: &["--chain", "ipxe", "--timeout", "1"],
            web: |request, _| {
                let stall = || Answer::ok(artifact("rootfs")).ending(Ending::StallAfter(1000));
                is_asset(request, "rootfs").then(stall)
            },
            words: &["breaks off after 1000 B"],
            ..row("a rootfs that stalls", "P042", ALL)
        },
        Row {
            web: |request, _| {
                let other = || Answer::new(206, "abc").header("Content-Range", "bytes 7-9/200000");
                is_asset(request, "rootfs").then(other)
            },
            words: &["another range"],
            ..row("another range", "P042", ALL)
        },
    ]);
}

#[test]
fn ignition_files() {
    check(&[
        Row {
            web: |request, _| is_worker_ign(request).then(|| Answer::new(404, "")),
            words: &["Ignition config of `w0` and `w1`"],
            help: "`--ignition DIR`",
            ..row("no file", "P034", WORKERS)
        },
        Row {
            web: |request, _| is_worker_ign(request).then(|| Answer::new(403, "")),
            help: "`okdboot.group`",
            ..row("a file of mode 0640", "P035", WORKERS)
        },
        Row {
            web: |request, _| is_worker_ign(request).then(|| Answer::new(502, "")),
            ..row("a server in trouble", "P036", WORKERS)
        },
        Row {
            web: |request, _| is_worker_ign(request).then(|| Answer::redirect("https://127.0.0.1/w.ign")),
            help: "a machine that is being installed cannot follow",
            ..row("a redirect to https", "P037", WORKERS)
        },
        Row {
            web: |request, _| is_worker_ign(request).then(|| Answer::ok(" <!doctype html>")),
            ..row("a page", "P038", WORKERS)
        },
        Row {
            web: |request, out| {
                let other = || Answer::ok(read(out, "matchbox/assets/ignition/lab/master.ign"));
                is_worker_ign(request).then(other)
            },
            words: &["its hash is sha512-", "due is sha512-"],
            help: "the output's own copy",
            ..row("the file of another role", "P040", WORKERS)
        },
        Row {
            web: |request, _| {
                is_worker_ign(request)
                    .then(|| Answer::ok(r#"{"ignition":{"version":"3.4.0","config":{}},"storage":{}}"#))
            },
            words: &["an empty config"],
            help: "`okdboot.ignition_url: assets`",
            ..row("an empty config", "P041", WORKERS)
        },
        Row {
            web: |request, _| is_worker_ign(request).then(|| Answer::ok("{\"ignition\":")),
            words: &["no JSON"],
            ..row("half a file", "P041", WORKERS)
        },
        Row {
            web: |request, _| is_worker_ign(request).then(|| Answer::ok("")),
            words: &["no JSON"],
            ..row("no bytes", "P041", WORKERS)
        },
        Row {
            web: |request, _| is_worker_ign(request).then(|| Answer::ok("{\"kind\":\"List\"}")),
            words: &["without `ignition.version`"],
            ..row("other JSON", "P041", WORKERS)
        },
        Row {
            web: |request, _| is_worker_ign(request).then(|| Answer::ok("[".repeat(1 << 20))),
            words: &["no JSON"],
            ..row("a deep nest", "P041", WORKERS)
        },
        Row {
            web: |request, _| {
                is_worker_ign(request).then(|| Answer::ok("{}").length(Length::Lie(10_000_000_000)))
            },
            words: &["more than 64.0 MiB"],
            ..row("ten gigabytes", "P042", WORKERS)
        },
        Row {
            web: |request, _| {
                let endless = || Answer::ok(vec![b' '; (64 << 20) + 1]).length(Length::Untold);
                is_worker_ign(request).then(endless)
            },
            args: &["--chain", "ipxe", "--timeout", "20"],
            words: &["more than 64.0 MiB"],
            ..row("bytes without end", "P042", WORKERS)
        },
        Row {
            web: |request, out| {
                let text = || read(out, "matchbox/assets/ignition/lab/worker.ign");
                is_worker_ign(request).then(|| Answer::ok(text()).ending(Ending::CutAfter(100)))
            },
            words: &["breaks off"],
            ..row("a file that breaks off", "P042", WORKERS)
        },
        Row {
            web: |request, _| {
                is_worker_ign(request).then(|| Answer::ok("{}").header("Content-Encoding", "br"))
            },
            ..row("a file that is compressed", "P045", WORKERS)
        },
    ]);
}

const HTTP: &str = "  grub: http\n";

#[test]
fn grub_and_its_config() {
    let row =
        |what, code, nodes| Row { args: &["--chain", "grub", "--timeout", "2"], ..row(what, code, nodes) };
    check(&[
        Row {
            tftp: |name, _| name.ends_with(W0).then_some(Reply::Error(1, "no")),
            words: &["GRUB config of `w0`", "/grub.cfg-01-52-54-00-09-00-31`"],
            help: "`tftpboot` of the output as its root",
            ..row("no config for the MAC address", "P031", ONE)
        },
        Row {
            settings: "  grub_prefix: boot/grub\n",
            tftp: |name, _| name.contains("boot/grub/").then_some(Reply::Error(1, "no")),
            words: &["GRUB config of `boot`, `m0`, `w0` and `w1`", "/boot/grub/grub.cfg-01-", "(and so on)"],
            ..row("another folder", "P031", ALL)
        },
        Row {
            tftp: |name, _| name.ends_with(W0).then_some(Reply::Error(2, "no")),
            ..row("a config that cannot be read", "P035", ONE)
        },
        Row {
            tftp: |name, out| grub_of_w0(name, out, |text| text.replace("CoreOS'", "CoreOS")),
            words: &["a quote is not closed"],
            ..row("an open quote", "P032", ONE)
        },
        Row {
            tftp: |name, out| grub_of_w0(name, out, |text| text.replace("initrd", "initramfs")),
            words: &["it names no initramfs"],
            ..row("no initramfs", "P032", ONE)
        },
        Row { tftp: |name, out| grub_of_w0(name, out, |_| "<html>".into()), ..row("a page", "P038", ONE) },
        Row {
            tftp: |name, out| grub_of_w0(name, out, |_| "# w0\nexit\n".into()),
            words: &["one that boots from the disk"],
            ..row("a config that boots from the disk", "P033", ONE)
        },
        Row {
            tftp: |name, out| grub_of_w0(name, out, |text| text.replace("scos-1-live-i", "scos-0-live-i")),
            words: &["the initramfs `/scos-0-live-initramfs"],
            ..row("an initramfs of another release", "P033", ONE)
        },
        Row {
            tftp: |name, _| {
                (name == format!("/{}", crate::stage::name("kernel"))).then_some(Reply::Error(1, "no"))
            },
            words: &["kernel of `boot`"],
            ..row("no kernel over TFTP", "P034", ALL)
        },
        Row {
            settings: HTTP,
            web: |request, _| is_asset(request, "kernel").then(|| Answer::new(404, "")),
            ..row("no kernel over http", "P034", ALL)
        },
        Row {
            settings: HTTP,
            web: |request, _| is_asset(request, "kernel").then(|| Answer::redirect("/assets/other")),
            help: "GRUB cannot follow that:",
            ..row("a redirect, which GRUB never follows", "P037", ALL)
        },
        Row {
            settings: HTTP,
            web: |request, _| is_asset(request, "initramfs").then(|| ranged(request, b"<html>")),
            ..row("a page for an initramfs", "P038", ALL)
        },
    ]);
}

#[test]
fn matchbox_and_what_it_prints() {
    const MATCHBOX: &str = "  ipxe: matchbox\n";
    const REWRITTEN: &str = "  ipxe: matchbox\n  ignition_url: matchbox\n";
    let row = |what, code, nodes| Row { settings: MATCHBOX, ..row(what, code, nodes) };
    check(&[
        Row {
            web: |request, _| (request.path == "/boot.ipxe").then(|| Answer::new(404, "")),
            words: &["matchbox config of `boot`, `m0`, `w0` and `w1`", "/boot.ipxe`"],
            help: "`-data-path`",
            ..row("no matchbox", "P031", ALL)
        },
        Row {
            web: |request, _| {
                (request.path.starts_with("/ipxe?") && request.path.contains(W0))
                    .then(|| Answer::new(404, ""))
            },
            words: &["matchbox config of `w0`", "/ipxe?uuid=&mac=52-54-00-09-00-31&"],
            ..row("no group for the MAC address", "P031", ONE)
        },
        Row {
            web: |request, out| {
                let other = || Answer::ok(read(out, "http/ipxe/52-54-00-09-00-21.ipxe"));
                (request.path.starts_with("/ipxe?") && request.path.contains(W0)).then(other)
            },
            words: &["master.ign` where"],
            ..row("the profile of another role", "P033", ONE)
        },
        Row {
            web: |request, _| (request.path == "/boot.ipxe").then(|| Answer::ok("#!ipxe\nchain boot.ipxe\n")),
            ..row("a chain to itself", "P033", ALL)
        },
        Row {
            web: |request, _| {
                (request.path == "/boot.ipxe").then(|| Answer::ok("#!ipxe\nchain https://h/ipxe\n"))
            },
            words: &["no https"],
            ..row("a chain to https", "P044", ALL)
        },
        Row {
            web: |request, _| (request.path == "/boot.ipxe").then(|| Answer::ok("<html>")),
            ..row("a page", "P038", ALL)
        },
        Row {
            settings: REWRITTEN,
            web: |request, _| {
                let empty = || {
                    Answer::ok(
                        r#"{"ignition":{"config":{"replace":{"verification":{}}},"proxy":{},"version":"3.4.0"},"passwd":{}}"#,
                    )
                };
                (request.path.starts_with("/ignition?") && request.path.contains(W0)).then(empty)
            },
            words: &["Ignition config of `w0`", "an empty config"],
            help: "`okdboot.ignition_url: assets`",
            ..row("matchbox's empty config", "P041", ONE)
        },
        Row {
            settings: REWRITTEN,
            web: |request, out| {
                let other = || Answer::ok(fs::read(out.join("matchbox/ignition/lab-bootstrap.ign")).unwrap());
                (request.path.starts_with("/ignition?") && request.path.contains(W0)).then(other)
            },
            words: &["another config than that of its role"],
            ..row("the config of another role", "P041", ONE)
        },
        Row {
            settings: REWRITTEN,
            web: |request, _| {
                (request.path.starts_with("/ignition?") && request.path.contains(W0))
                    .then(|| Answer::new(404, ""))
            },
            ..row("no config for the MAC address", "P034", ONE)
        },
        Row {
            web: |request, _| {
                (request.path == format!("/assets/{}", name("kernel"))).then(|| Answer::new(404, ""))
            },
            ..row("no kernel", "P034", ALL)
        },
    ]);
}

/// Ignition files may come over https from behind an authority of one's own.
#[test]
fn a_certificate_has_to_be_trusted() {
    use std::sync::{Arc, Mutex};
    let out: Arc<Mutex<std::path::PathBuf>> = Arc::default();
    let its_out = Arc::clone(&out);
    let https = crate::server::Server::start_tls(crate::download::tls(), move |_, request| {
        crate::stage::serve(&its_out.lock().unwrap(), request)
    });
    let settings = format!("  ignition_base: {}\n", https.url(""));
    let run = |args: &[&str]| {
        let mut stage = crate::stage::Stage::right(&settings);
        *out.lock().unwrap() = stage.out();
        stage.verify(&[&["--chain", "ipxe"], args].concat())
    };
    let said = run(&[]).status(1).stderr_text();
    assert!(said.contains("error[P046]: Ignition config of `w0` and `w1`"), "{said}");
    assert!(said.contains("`--ca-cert FILE`"), "{said}");
    let ca = crate::project("testdata/tls/ca.pem");
    run(&["--ca-cert", ca.to_str().unwrap()]).status(0);
}

/// Answers every connection with the same bytes again and again, a pause between them, until the other
/// side has enough.
fn babbler(first: &'static str, again: &'static str, pause: Duration) -> std::net::SocketAddr {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { continue };
            std::thread::spawn(move || {
                use std::io::{Read as _, Write as _};
                // Who speaks before it is asked is found out in another way.
                let _ = stream.read(&mut [0; 4096]);
                let mut text = first;
                while stream.write_all(text.as_bytes()).is_ok() {
                    text = again;
                    std::thread::sleep(pause);
                }
            });
        }
    });
    address
}

#[test]
fn headers_and_bodies_without_end_are_bounded() {
    let (at_once, slowly) = (Duration::ZERO, Duration::from_millis(100));
    let status = "HTTP/1.1 200 OK\r\n";
    for (first, again, pause, due) in [
        (status, "X-More: yes\r\n", at_once, "error[P042]: iPXE config"),
        (status, "X", slowly, "error[P030]: the web server at"),
        ("HTTP/1.1 200 OK\r\n\r\n#!ipxe\n", "# more and more\n", at_once, "more than 64.0 KiB"),
        ("HTTP/1.1 200 OK\r\n\r\n#!ipxe\n", "#", slowly, "so slowly"),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
            "ffffffffffffffff\r\n",
            at_once,
            "error[P042]",
        ),
        ("SSH-2.0-OpenSSH_9.9\r\n", "x", slowly, "error[P042]"),
    ] {
        let begun = std::time::Instant::now();
        let url = format!("  url: http://{}\n", babbler(first, again, pause));
        let ran = crate::stage::Stage::right(&url).verify(&["--chain", "ipxe", "--timeout", "1"]);
        let said = ran.status(1).stderr_text();
        assert!(said.contains(due), "{first:?}: {said}");
        assert!(begun.elapsed() < Duration::from_secs(30), "{first:?} took {:?}", begun.elapsed());
    }
}
