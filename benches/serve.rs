//! What `serve` costs beside matchbox and nginx, from one run: `cargo bench --bench serve`.
//!
//! Every server runs alone, on loopback, and is asked by threads of this program. CPU time is that of the
//! server, from `/proc`. matchbox and nginx are left out where they are not installed. `OKDBOOT_BENCH_MIB`
//! sets the size of the file, `OKDBOOT_BENCH_PROGRAM` another build of okdboot.

#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a bench prints, and may stop")]
#![expect(clippy::cast_precision_loss, reason = "what is printed has three digits")]

use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// How long requests are counted.
const SPAN: Duration = Duration::from_secs(3);

/// How many connections ask at once.
const CONNECTIONS: usize = 16;

/// How many machines are installed at once.
const CLIENTS: usize = 30;

/// A running server.
struct Server {
    name: &'static str,
    child: Child,
    at: SocketAddr,
}

fn main() {
    let mib: u64 = std::env::var("OKDBOOT_BENCH_MIB").ok().and_then(|it| it.parse().ok()).unwrap_or(1024);
    let folder = tempfile::tempdir().unwrap();
    let data = |groups: usize| data(&folder.path().join(groups.to_string()), groups);
    println!("boot scripts, {CONNECTIONS} connections");
    let small = matchbox(&data(1_000)).map(|server| scripts(&server, 1_000));
    let large = scripts(&okdboot(&data(10_000)), 10_000);
    if let Some(small) = small {
        println!("okdboot with 10,000 groups : matchbox with 1,000: {:.0}", large / small);
    }
    println!("start");
    for groups in [1_000, 10_000, 100_000] {
        let data = data(groups);
        let begun = Instant::now();
        let server = okdboot(&data);
        let took = begun.elapsed();
        println!("{groups:>7} groups: {:.2} s, {} MiB", took.as_secs_f64(), server.memory("VmRSS"));
    }
    let root = data(1_000);
    fs::write(root.join("assets/rootfs.img"), vec![7; usize::try_from(mib << 20).unwrap()]).unwrap();
    println!("one file of {mib} MiB, to one client after the other, and to {CLIENTS} at once");
    let ours = files(&okdboot(&root), mib);
    for server in [matchbox(&root), nginx(&root)].into_iter().flatten() {
        let name = server.name;
        println!("okdboot : {name}, CPU seconds a GiB: {:.2}", ours / files(&server, mib));
    }
}

/// A data folder of matchbox with a group a machine, and one profile.
fn data(root: &Path, groups: usize) -> PathBuf {
    if root.exists() {
        return root.to_owned();
    }
    for folder in ["groups", "profiles", "assets"] {
        fs::create_dir_all(root.join(folder)).unwrap();
    }
    for at in 0..groups {
        let (name, mac) = (format!("node-{at}"), mac(at));
        let group = format!(
            r#"{{"id":"{name}","name":"{name}","profile":"worker","selector":{{"mac":"{mac}"}},"metadata":{{}}}}"#
        );
        fs::write(root.join(format!("groups/{name}.json")), group).unwrap();
    }
    let args: Vec<String> = (0..8).map(|at| format!("coreos.inst.argument-{at}=value-{at}")).collect();
    let profile = format!(
        r#"{{"id":"worker","boot":{{"kernel":"/assets/kernel","initrd":["/assets/initrd"],"args":{args:?}}}}}"#
    );
    fs::write(root.join("profiles/worker.json"), profile).unwrap();
    root.to_owned()
}

fn mac(at: usize) -> String {
    let [_, _, _, _, _, a, b, c] = u64::try_from(at).unwrap().to_be_bytes();
    format!("52:54:00:{a:02x}:{b:02x}:{c:02x}")
}

fn okdboot(data: &Path) -> Server {
    let own = env!("CARGO_BIN_EXE_okdboot").to_owned();
    let program = std::env::var("OKDBOOT_BENCH_PROGRAM").unwrap_or(own);
    let mut command = Command::new(program);
    command.arg("serve").arg("--data").arg(data).args(["--http", "127.0.0.1:0", "--watch", "off"]);
    command.args(["--format", "json"]).stdin(Stdio::null()).stderr(Stdio::null()).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    while !line.contains("machines boot from") {
        line.clear();
        assert!(lines.read_line(&mut line).unwrap() > 0, "it did not start");
    }
    let at = line.split("http://").nth(1).unwrap().split('/').next().unwrap().parse().unwrap();
    // Whoever reads no further would stop it once the pipe is full.
    thread::spawn(move || std::io::copy(&mut lines, &mut std::io::sink()));
    Server { name: "okdboot", child, at }
}

fn free() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

fn matchbox(data: &Path) -> Option<Server> {
    let (at, home) = (free(), std::env::var_os("HOME").unwrap_or_default());
    let mut command = Command::new(Path::new(&home).join("go/bin/matchbox"));
    command.arg("-address").arg(at.to_string()).arg("-data-path").arg(data);
    command.arg("-assets-path").arg(data.join("assets"));
    spawn("matchbox", &mut command, at)
}

fn nginx(data: &Path) -> Option<Server> {
    let at = free();
    let mut text = String::from("daemon off;\nmaster_process off;\nerror_log /dev/null;\n");
    writeln!(text, "pid {};", data.join("nginx.pid").display()).unwrap();
    write!(
        text,
        "events {{}}\nhttp {{ access_log off; sendfile on; server {{ listen {at}; root {}; }} }}\n",
        data.display()
    )
    .unwrap();
    let file = data.join("nginx.conf");
    fs::write(&file, text).unwrap();
    spawn("nginx", Command::new("nginx").arg("-c").arg(file), at)
}

fn spawn(name: &'static str, command: &mut Command, at: SocketAddr) -> Option<Server> {
    let quiet = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let Ok(child) = quiet.spawn() else {
        println!("{name} is not installed");
        return None;
    };
    let until = Instant::now() + Duration::from_secs(10);
    while TcpStream::connect(at).is_err() {
        assert!(Instant::now() < until, "{name} did not start");
        thread::sleep(Duration::from_millis(20));
    }
    Some(Server { name, child, at })
}

impl Server {
    /// The CPU time so far, in seconds (proc(5): clock ticks, of which there are 100 in a second).
    fn cpu(&self) -> f64 {
        let text = fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap();
        let fields: Vec<&str> = text.rsplit_once(')').unwrap().1.split_whitespace().collect();
        let ticks: u64 = fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap();
        ticks as f64 / 100.0
    }

    /// What it has in memory, in MiB: `VmRSS` now, `VmHWM` at most.
    fn memory(&self, what: &str) -> u64 {
        let text = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = text.lines().find(|line| line.starts_with(what)).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Asks for boot scripts, and returns how many come in a second.
fn scripts(server: &Server, groups: usize) -> f64 {
    let (count, cpu, begun) = (AtomicU64::new(0), server.cpu(), Instant::now());
    thread::scope(|scope| {
        for start in 0..CONNECTIONS {
            let count = &count;
            scope.spawn(move || {
                let mut stream = BufReader::new(TcpStream::connect(server.at).unwrap());
                stream.get_ref().set_nodelay(true).unwrap();
                let mut at = start * 7_919 % groups;
                while begun.elapsed() < SPAN {
                    let mac = mac(at).replace(':', "-");
                    let ask = format!("GET /ipxe?mac={mac} HTTP/1.1\r\nHost: h\r\n\r\n");
                    stream.get_mut().write_all(ask.as_bytes()).unwrap();
                    assert!(head(&mut stream).1, "{mac}");
                    count.fetch_add(1, Ordering::Relaxed);
                    at = (at + 104_729) % groups;
                }
            });
        }
    });
    let (rate, cpu) = (count.into_inner() as f64 / begun.elapsed().as_secs_f64(), server.cpu() - cpu);
    let core = rate * SPAN.as_secs_f64() / cpu;
    println!("{:>9}, {groups} groups: {rate:.0}/s, {core:.0}/s for each core that it used", server.name);
    rate
}

/// Reads an answer with a short body; returns the length of the body, and whether all is well.
fn head(stream: &mut BufReader<TcpStream>) -> (u64, bool) {
    let (mut line, mut length, mut is_good) = (String::new(), 0, false);
    loop {
        line.clear();
        stream.read_line(&mut line).unwrap();
        let text = line.trim_end().to_ascii_lowercase();
        is_good |= text.starts_with("http/1.1 200");
        if let Some(value) = text.strip_prefix("content-length: ") {
            length = value.parse().unwrap();
        }
        if text.is_empty() {
            break;
        }
    }
    if length < 4096 {
        std::io::copy(&mut stream.take(length), &mut std::io::sink()).unwrap();
    }
    (length, is_good)
}

/// Sends the file, and returns the server's CPU seconds for each GiB.
fn files(server: &Server, mib: u64) -> f64 {
    let path = "/assets/rootfs.img";
    let fetch = || {
        let mut stream = BufReader::with_capacity(1 << 20, TcpStream::connect(server.at).unwrap());
        let ask = format!("GET {path} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
        stream.get_mut().write_all(ask.as_bytes()).unwrap();
        let (length, is_good) = head(&mut stream);
        assert!(is_good);
        // Bytes of this client are thrown away as cheaply as they can be.
        let (mut buffer, mut left) = (vec![0; 1 << 20], length);
        while left > 0 {
            let read = stream.read(&mut buffer).unwrap();
            assert!(read > 0, "the body ends early");
            left -= u64::try_from(read).unwrap();
        }
    };
    fetch();
    let (cpu, begun) = (server.cpu(), Instant::now());
    (0..4).for_each(|_| fetch());
    let (alone, took) = ((server.cpu() - cpu) / (4 * mib) as f64 * 1024.0, begun.elapsed());
    let cpu = server.cpu();
    thread::scope(|scope| (0..CLIENTS).for_each(|_| drop(scope.spawn(fetch))));
    let many = u64::try_from(CLIENTS).unwrap() * mib;
    let together = (server.cpu() - cpu) / many as f64 * 1024.0;
    let rate = (4 * mib) as f64 / 1024.0 / took.as_secs_f64();
    println!(
        "{:>9}: {rate:.1} GiB/s, {alone:.2} CPU s a GiB; at once {together:.2} CPU s a GiB, {} MiB of memory",
        server.name,
        server.memory("VmHWM")
    );
    together
}
