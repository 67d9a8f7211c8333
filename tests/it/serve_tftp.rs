//! TFTP of `okdboot serve`: what firmware and loaders ask of it, and what real clients make of it.

use std::fs;
use std::net::{SocketAddr, UdpSocket};
use std::process::Command;
use std::time::Duration;

use crate::serving::{PATIENCE, Serving};
use crate::stage::{Stage, W0, artifact, name};
use crate::tool::tool;

fn serve(stage: &Stage) -> Serving {
    let folder = stage.out().parent().unwrap().to_owned();
    let args = ["-o", "out", "--ignition", "ignition", "--force", "--tftp", "127.0.0.1:0"];
    Serving::start(&folder, &args)
}

/// A client that does only what it is told.
struct Client {
    socket: UdpSocket,
    /// The port of the transfer.
    server: SocketAddr,
}

impl Client {
    fn new(server: SocketAddr) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        Self { socket, server }
    }

    fn ask(to: SocketAddr, words: &[&str]) -> Self {
        let mut client = Self::new(to);
        client.again(to, words);
        client
    }

    /// Asks for another file from the same port, as lpxelinux does.
    fn again(&mut self, to: SocketAddr, words: &[&str]) {
        self.server = to;
        let words: Vec<u8> = words.iter().flat_map(|word| [word.as_bytes(), b"\0"].concat()).collect();
        self.socket.send_to(&[b"\0\x01".as_slice(), &words].concat(), to).unwrap();
    }

    fn hear(&mut self) -> Vec<u8> {
        let mut packet = vec![0; 2048];
        let (length, from) = self.socket.recv_from(&mut packet).unwrap();
        self.server = from;
        packet.truncate(length);
        packet
    }

    fn say(&self, packet: &[u8]) {
        self.socket.send_to(packet, self.server).unwrap();
    }

    /// Takes the file to its end, in lock-step.
    fn rest(&mut self, block: usize) -> Vec<u8> {
        let mut file = Vec::new();
        let mut due = 1_u16;
        loop {
            let packet = self.hear();
            assert_eq!(packet[..2], [0, 3], "{packet:?}");
            let number = u16::from_be_bytes([packet[2], packet[3]]);
            if number == due {
                file.extend(&packet[4..]);
                due = due.wrapping_add(1);
            }
            self.say(&[0, 4, packet[2], packet[3]]);
            if packet.len() < 4 + block {
                return file;
            }
        }
    }
}

#[test]
fn firmware_asks_for_the_size_first_and_then_for_the_file() {
    let stage = Stage::right("");
    let kernel = name("kernel");
    fs::write(stage.out().join(format!("tftpboot/{kernel}")), artifact("kernel")).unwrap();
    let serving = serve(&stage);
    let to = serving.tftp.unwrap();
    let config = Client::ask(to, &[&format!("/pxelinux.cfg/01-{W0}"), "octet"]).rest(512);
    assert_eq!(config, fs::read(stage.out().join(format!("tftpboot/pxelinux.cfg/01-{W0}"))).unwrap());
    serving.says("w0 has its boot configuration");
    // EDK2: the size alone, given up with error 8.
    let mut probe = Client::ask(to, &[&kernel, "octet", "tsize", "0", "blksize", "1468", "windowsize", "4"]);
    assert_eq!(probe.hear(), b"\0\x06tsize\x00200000\0blksize\x001468\0windowsize\x004\0");
    probe.say(b"\0\x05\0\x08User aborted the transfer\0");
    let mut client = Client::ask(to, &[&kernel, "octet", "blksize", "1024"]);
    assert_eq!(client.hear(), b"\0\x06blksize\x001024\0");
    client.say(b"\0\x04\0\0");
    assert_eq!(client.rest(1024), artifact("kernel"));
    // The probe was no failure, or it would have been said before this.
    let said = serving.event(|event| event["machine"] == "w0");
    assert!(said["message"].as_str().unwrap().starts_with("w0 has the kernel (195.3 KiB in "), "{said}");
}

#[test]
fn a_file_of_more_than_65535_blocks_is_whole() {
    let stage = Stage::right("");
    let big: Vec<u8> = (0..70_000_u32 * 512 / 4).flat_map(u32::to_be_bytes).collect();
    fs::write(stage.out().join("tftpboot/big"), &big).unwrap();
    let serving = serve(&stage);
    assert!(Client::ask(serving.tftp.unwrap(), &["big", "octet"]).rest(512) == big);
}

#[test]
fn names_have_many_forms_and_lead_nowhere_else() {
    let stage = Stage::right("");
    fs::write(stage.out().join("tftpboot/pxelinux.cfg/f"), "here").unwrap();
    fs::write(stage.out().join("tftpboot/.hidden"), "hidden").unwrap();
    let serving = serve(&stage);
    let to = serving.tftp.unwrap();
    for good in [
        "pxelinux.cfg/f",
        "/pxelinux.cfg//f",
        "./pxelinux.cfg/./f",
        "\\pxelinux.cfg\\f",
        "pxelinux.cfg/f\u{ff}",
    ] {
        assert_eq!(Client::ask(to, &[good, "octet"]).rest(512), b"here", "{good:?}");
    }
    let refused = |words: &[&str]| Client::ask(to, words).hear();
    for bad in [
        "none",
        ".hidden",
        "../SHA512SUMS",
        "pxelinux.cfg/../../SHA512SUMS",
        "..\\SHA512SUMS",
        "pxelinux.cfg",
    ] {
        assert_eq!(refused(&[bad, "octet"])[..4], [0, 5, 0, 1], "{bad}");
    }
    fs::write(stage.out().join("tftpboot/worker.ign"), "{}").unwrap();
    assert_eq!(refused(&["worker.ign", "octet"])[..4], [0, 5, 0, 1]);
    assert_eq!(refused(&["pxelinux.cfg/f", "netascii"])[..4], [0, 5, 0, 4]);
    let writer = Client::new(to);
    writer.say(b"\0\x02f\0octet\0");
    let mut writer = writer;
    assert_eq!(writer.hear()[..4], [0, 5, 0, 2]);
}

#[test]
fn one_port_may_ask_for_one_file_after_another() {
    let stage = Stage::right("");
    fs::write(stage.out().join("tftpboot/a"), vec![1; 5000]).unwrap();
    fs::write(stage.out().join("tftpboot/b"), vec![2; 700]).unwrap();
    let serving = serve(&stage);
    let to = serving.tftp.unwrap();
    let mut client = Client::ask(to, &["a", "octet"]);
    client.hear();
    // Given up without a word.
    client.again(to, &["b", "octet"]);
    assert_eq!(client.rest(512), vec![2; 700]);
}

#[test]
fn whoever_goes_away_is_missed_and_a_late_one_is_not() {
    let stage = Stage::right("");
    fs::write(stage.out().join(format!("tftpboot/{}", name("kernel"))), artifact("kernel")).unwrap();
    let serving = serve(&stage);
    serving.get(&format!("/ipxe/{W0}.ipxe"));
    let mut client = Client::ask(serving.tftp.unwrap(), &[&name("kernel"), "octet", "timeout", "1"]);
    assert_eq!(client.hear(), b"\0\x06timeout\x001\0");
    client.say(b"\0\x04\0\0");
    // The same block comes again and again, until the client counts as gone.
    let first = client.hear();
    assert_eq!(client.hear(), first);
    let event = serving.says("w0 broke off kernel");
    assert_eq!(event["level"], "error");
}

#[test]
fn real_clients_get_the_whole_file() {
    let stage = Stage::right("");
    fs::write(stage.out().join("tftpboot/k"), artifact("kernel")).unwrap();
    let serving = serve(&stage);
    let to = serving.tftp.unwrap();
    let taken = stage.out().join("taken");
    if let Some(curl) = tool("curl") {
        for size in ["512", "1428", "65464"] {
            let url = format!("tftp://{to}/k");
            let done =
                Command::new(&curl).args(["-sS", "--tftp-blksize", size, "-o"]).arg(&taken).arg(url).status();
            assert!(
                done.unwrap().success() && fs::read(&taken).unwrap() == artifact("kernel"),
                "curl {size}"
            );
        }
    }
    if let Some(busybox) = tool("busybox") {
        let port = to.port().to_string();
        for size in ["512", "1024"] {
            let done = Command::new(&busybox)
                .args(["tftp", "-g", "-b", size, "-r", "k", "-l"])
                .arg(&taken)
                .args(["127.0.0.1", &port])
                .status();
            assert!(
                done.unwrap().success() && fs::read(&taken).unwrap() == artifact("kernel"),
                "busybox {size}"
            );
        }
    }
}

#[test]
fn loaders_come_from_where_the_distribution_has_them() {
    let stage = Stage::right("");
    let serving = serve(&stage);
    let installed = std::path::Path::new("/usr/lib/ipxe/undionly.kpxe");
    if installed.is_file() {
        let loader = fs::read(installed).unwrap();
        assert_eq!(Client::ask(serving.tftp.unwrap(), &["undionly.kpxe", "octet"]).rest(512), loader);
        for path in ["/loaders/undionly.kpxe", "/assets/loaders/undionly.kpxe"] {
            assert_eq!(serving.get(path).body, loader, "{path}");
        }
    } else {
        assert!(std::env::var_os("OKDBOOT_REQUIRE_TOOLS").is_none(), "no {}", installed.display());
    }
    // One in the tree counts more.
    fs::write(stage.out().join("tftpboot/undionly.kpxe"), "own").unwrap();
    assert_eq!(Client::ask(serving.tftp.unwrap(), &["undionly.kpxe", "octet"]).rest(512), b"own");
    assert_eq!(serving.get("/loaders/../lock").status, 400);
    assert_eq!(serving.get("/loaders/passwd").status, 404);
}

#[test]
fn verify_asks_it_and_has_nothing_to_say() {
    let port = crate::serving::free_port();
    let mut stage =
        Stage::right(&format!("  url: http://127.0.0.1:{port}\n  grub: tftp\n  pxelinux: tftp\n"));
    let folder = stage.out().parent().unwrap().to_owned();
    let http = format!("127.0.0.1:{port}");
    let args = ["-o", "out", "--ignition", "ignition", "--http", &http, "--tftp", "127.0.0.1:0"];
    let serving = Serving::start(&folder, &args);
    let ran = stage.verify_at(&serving.tftp.unwrap().to_string(), &["--full"]).status(0);
    assert!(!ran.stderr_text().contains("[P03"), "{}", ran.stderr_text());
    drop(serving);
}

#[test]
fn a_thousand_requests_at_once_do_not_stop_it() {
    let stage = Stage::right("");
    fs::write(stage.out().join("tftpboot/k"), artifact("kernel")).unwrap();
    let serving = serve(&stage);
    let to = serving.tftp.unwrap();
    let clients: Vec<Client> = (0..200).map(|_| Client::ask(to, &["k", "octet"])).collect();
    drop(clients);
    let mut client = Client::new(to);
    client.socket.set_read_timeout(Some(Duration::from_millis(500))).unwrap();
    let mut packet = [0; 2048];
    let heard = (0..40).any(|_| {
        client.again(to, &["pxelinux.cfg/none", "octet"]);
        client.socket.recv_from(&mut packet).is_ok()
    });
    assert!(heard, "silent for 20 seconds");
}
