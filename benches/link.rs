//! What a fetch costs on a link of 1, 2.5 and 5 Gbit/s: `cargo bench --bench link`, as root.
//!
//! Two network namespaces of its own have one cable between them, whose rate a token bucket bounds (tc-tbf(8)). The
//! server is in one of them, curl and okdboot in the other. Every way is run `ROUNDS` times in turn, the best counts.

#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a bench prints, and may stop")]

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

mod loopback;
#[path = "../tests/it/site.rs"]
mod site;

use loopback::{hash, run, serve, write};

const ROUNDS: usize = 3;
const MIB: usize = 1024;
const SERVER: &str = "198.18.0.1";
const NAMES: [&str; 3] = ["live-kernel", "live-initramfs.img", "live-rootfs.img"];

/// Names the folder of the server, and makes this program one.
const SERVED: &str = "OKDBOOT_BENCH_SERVED";

fn main() {
    if let Some(folder) = std::env::var_os(SERVED) {
        serve(TcpListener::bind((SERVER, 8080)).unwrap(), folder.into());
        loop {
            std::thread::park();
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let served = folder.path().join("served");
    fs::create_dir(&served).unwrap();
    write(&served.join(NAMES[2]), MIB);
    NAMES[..2].iter().for_each(|small| fs::write(served.join(small), small).unwrap());
    let site = make_site(folder.path(), &served);
    println!("one file of {MIB} MiB, best of {ROUNDS}, {}", folder.path().display());
    println!("{:12} {:>12} {:>12} {:>7}  aim", "link", "curl -o", "fetch", "ratio");
    for rate in ["1gbit", "2500mbit", "5gbit"] {
        let _link = Link::new(rate, &served);
        let (curl, fetch) = measure(folder.path(), &site);
        let ratio = fetch.as_secs_f64() / curl.as_secs_f64();
        println!("{rate:12} {:10.3} s {:10.3} s {ratio:7.3}  1.02", curl.as_secs_f64(), fetch.as_secs_f64());
    }
}

fn make_site(folder: &Path, served: &Path) -> PathBuf {
    let site = folder.join("site");
    fs::create_dir(&site).unwrap();
    fs::write(site.join("vars.yaml"), site::VARS).unwrap();
    let names = [NAMES[0], NAMES[1], NAMES[2], NAMES[0]];
    let stream = site::stream(&format!("http://{SERVER}:8080"), names.map(|it| (it, hash(&served.join(it)))));
    fs::write(site.join("stream.json"), stream.to_string()).unwrap();
    site
}

/// Two network namespaces with a cable between them, and a server at its end.
struct Link {
    server: Child,
}

impl Link {
    fn new(rate: &str, served: &Path) -> Self {
        let _ = fs::metadata("/run/netns/okdboot-far").is_ok().then(remove);
        for line in [
            "netns add okdboot-near",
            "netns add okdboot-far",
            "link add cable netns okdboot-near type veth peer name cable netns okdboot-far",
            "-n okdboot-near addr add 198.18.0.2/30 dev cable",
            "-n okdboot-far addr add 198.18.0.1/30 dev cable",
            "-n okdboot-near link set cable up",
            "-n okdboot-far link set cable up",
        ] {
            run(Command::new("ip").args(line.split(' ')));
        }
        let shape = format!("-n okdboot-far qdisc add dev cable root tbf rate {rate} burst 1mb latency 50ms");
        run(Command::new("tc").args(shape.split(' ')));
        let mut far = inside("okdboot-far", std::env::current_exe().unwrap().to_str().unwrap());
        let link = Self { server: far.env(SERVED, served).stdout(Stdio::null()).spawn().unwrap() };
        wait_for_answer();
        link
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
        remove();
    }
}

fn wait_for_answer() {
    let url = format!("http://{SERVER}:8080/{}", NAMES[0]);
    for _ in 0..100 {
        if inside("okdboot-near", "curl").args(["-sfo", "/dev/null", &url]).status().unwrap().success() {
            return;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("no answer from {url}");
}

/// Returns what curl and what a fetch took at best.
fn measure(folder: &Path, site: &Path) -> (Duration, Duration) {
    let (mut curls, mut fetches) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let (to, url) = (folder.join("curled"), format!("http://{SERVER}:8080/{}", NAMES[2]));
        fs::remove_file(&to).ok();
        curls.push(time(inside("okdboot-near", "curl").args(["-sSo", to.to_str().unwrap(), &url])));
        fs::remove_dir_all(site.join("out")).ok();
        fs::remove_dir_all(site.join("cache")).ok();
        let program = std::env::var("OKDBOOT_BENCH_PROGRAM");
        let program = program.as_deref().unwrap_or(env!("CARGO_BIN_EXE_okdboot"));
        let mut fetch = inside("okdboot-near", program);
        fetch.current_dir(site).env("XDG_CACHE_HOME", site.join("cache")).env_remove("http_proxy");
        fetches.push(time(fetch.args(["fetch", "-q", "--stream", "stream.json", "-o", "out"])));
    }
    (curls.into_iter().min().unwrap(), fetches.into_iter().min().unwrap())
}

fn remove() {
    for name in ["okdboot-near", "okdboot-far"] {
        let _ = Command::new("ip").args(["netns", "del", name]).status();
    }
}

fn inside(namespace: &str, program: &str) -> Command {
    let mut command = Command::new("ip");
    command.args(["netns", "exec", namespace, program]);
    command
}

fn time(command: &mut Command) -> Duration {
    let begun = Instant::now();
    run(command);
    begun.elapsed()
}
