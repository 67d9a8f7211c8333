//! `okdboot serve` under people who mean no good, and while its tree is rendered.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::serving::{PATIENCE, Serving, ask};
use crate::stage::{Stage, W0, name};

fn serve(stage: &Stage) -> Serving {
    let folder = stage.out().parent().unwrap().to_owned();
    Serving::start(&folder, &["-o", "out", "--ignition", "ignition", "--force", "--open"])
}

/// Connects from an address of its own: one address has few places.
fn from(address: [u8; 4], to: SocketAddr) -> TcpStream {
    let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    socket.bind(&SocketAddr::from((Ipv4Addr::from(address), 0)).into()).unwrap();
    socket.connect(&to.into()).unwrap();
    socket.into()
}

/// Says whether the other side has ended a connection.
fn is_over(stream: &mut TcpStream) -> bool {
    stream.set_read_timeout(Some(Duration::from_millis(1))).unwrap();
    match stream.read(&mut [0; 4096]) {
        Ok(0) => true,
        Ok(_) => false,
        Err(error) => error.kind() == std::io::ErrorKind::ConnectionReset,
    }
}

/// Hundreds who send a head byte by byte, and hundreds who ask for a large file and never read it: two
/// machines get their rootfs all the same, memory stays small, and the slow ones are put out.
#[test]
fn slow_clients_take_nothing_from_machines() {
    const SLOW: u8 = 10;
    const DEAF: u8 = 4;
    let stage = Stage::right("");
    let rootfs = vec![7; 64 << 20];
    fs::write(stage.out().join(format!("matchbox/assets/{}", name("rootfs"))), &rootfs).unwrap();
    let serving = serve(&stage);
    let (path, http) = (format!("/assets/{}", name("rootfs")), serving.http);
    let head = format!("GET {path} HTTP/1.0\r\n\r\n");
    let each = |count: u8, net: u8| {
        (0..count).flat_map(move |at| (0..40).map(move |_| [127, net, 0, at + 1])).collect::<Vec<_>>()
    };
    let mut slow: Vec<TcpStream> =
        each(SLOW, 1).into_iter().map(|address| from(address, serving.http)).collect();
    let deaf: Vec<TcpStream> = each(DEAF, 2).into_iter().map(|address| from(address, serving.http)).collect();
    for mut stream in &deaf {
        stream.write_all(format!("GET {path} HTTP/1.1\r\nHost: h\r\n\r\n").as_bytes()).unwrap();
    }
    thread::scope(|scope| {
        let drip = scope.spawn(|| {
            let begun = Instant::now();
            while slow.iter_mut().any(|stream| !is_over(stream)) {
                assert!(begun.elapsed() < PATIENCE, "slow heads are waited for");
                for mut stream in &slow {
                    let _ = stream.write_all(b"G");
                }
                thread::sleep(Duration::from_millis(500));
            }
        });
        let machines: Vec<_> = (0..2).map(|_| scope.spawn(|| ask(http, &head))).collect();
        for machine in machines {
            let got = machine.join().unwrap();
            assert!(got.status == 200 && got.body == rootfs);
        }
        assert!(serving.memory() < 100, "{} MiB", serving.memory());
        drip.join().unwrap();
    });
    // One address has 64 places, and no more.
    let _many: Vec<TcpStream> = (0..64).map(|_| from([127, 3, 0, 1], serving.http)).collect();
    let mut last = from([127, 3, 0, 1], serving.http);
    let until = Instant::now() + PATIENCE;
    while !is_over(&mut last) {
        assert!(Instant::now() < until, "one address has as many places as it likes");
    }
}

/// What is read while `render` goes on is whole: as it was before, or as it is now.
#[test]
fn no_answer_is_half_of_two_trees() {
    let stage = Stage::right("");
    let serving = serve(&stage);
    let folder = stage.out().parent().unwrap().to_owned();
    let write = |count: usize| {
        let filler = "x".repeat(1000 * (count % 7 + 1));
        let config = format!(
            r#"{{"ignition":{{"version":"3.2.0"}},"passwd":{{"users":[{{"name":"u{count}{filler}{count}"}}]}}}}"#
        );
        fs::write(folder.join("ignition/worker.ign"), config).unwrap();
    };
    let render = || {
        let output = Command::new(env!("CARGO_BIN_EXE_okdboot"))
            .args(["render", "-o", "out", "--ignition", "ignition", "-q", "--only", "ignition,matchbox,ipxe"])
            .env_clear()
            .current_dir(&folder)
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    let http = serving.http;
    let (done, whole) = (AtomicBool::new(false), AtomicUsize::new(0));
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    let text = ask(http, "GET /assets/ignition/lab/worker.ign HTTP/1.0\r\n\r\n");
                    match text.status {
                        200 => {
                            let json: serde_json::Value = serde_json::from_slice(&text.body).unwrap();
                            assert_eq!(json["ignition"]["version"], "3.2.0");
                            whole.fetch_add(1, Ordering::Relaxed);
                        }
                        // The file is newer than the tree that is served: whoever asks is to ask again.
                        500 => {}
                        other => panic!("{other}: {}", text.text()),
                    }
                    let script = ask(http, &format!("GET /ipxe?mac={W0} HTTP/1.0\r\n\r\n"));
                    assert!(script.status == 200 && script.text().ends_with("boot\n"), "{}", script.text());
                }
            });
        }
        for count in 0..20 {
            write(count);
            render();
        }
        serving.says("the tree has changed and is served now");
        done.store(true, Ordering::Relaxed);
    });
    assert!(whole.into_inner() > 20);
}
