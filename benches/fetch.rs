//! What a fetch costs beside curl, from one run: `cargo bench --bench fetch`.
//!
//! A server of its own on loopback sends files from the page cache with `sendfile`. Every way is run
//! `ROUNDS` times in turn and the best time counts, since what disturbs a run only makes it slower.
//! `OKDBOOT_BENCH_MIB` sets the size of the large file, `TMPDIR` the file system, `OKDBOOT_BENCH_PROGRAM` another
//! build of okdboot.

#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a bench prints, and may stop")]

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const ROUNDS: usize = 3;

mod loopback;
#[path = "../tests/it/site.rs"]
mod site;

use loopback::{hash, run, serve, write};

struct Bench {
    folder: tempfile::TempDir,
    base: String,
}

fn main() {
    let mib: usize = std::env::var("OKDBOOT_BENCH_MIB").ok().and_then(|it| it.parse().ok()).unwrap_or(1024);
    let bench = Bench::new(mib);
    println!("one file of {mib} MiB, best of {ROUNDS}, {}", bench.folder.path().display());
    let one = bench.site("one", &["live-rootfs.img"]);
    let names: Vec<String> = (0..4).map(|at| format!("part-{at}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let four = bench.site("four", &names);
    let (name, several) = (["live-rootfs.img"], [&["-Z"], &names[..]].concat());
    let (whole_sum, half_sum) = (|| hash_in_memory(mib), || hash_in_memory(mib / 2));
    let fresh = || bench.clear(&one);
    let curl = time("curl -o", fresh, || bench.curl(&name));
    let summed = time("curl -o, then sha256sum", fresh, || {
        bench.curl(&name);
        run(Command::new("sha256sum").arg(bench.path("curl/live-rootfs.img")));
    });
    let plain = time("fetch --no-cache", fresh, || Bench::fetch(&one, &["--no-cache"]));
    let many = time("fetch --no-cache --connections 4", fresh, || {
        Bench::fetch(&one, &["--no-cache", "--connections", "4"]);
    });
    let whole = time("fetch (cache, copy, fsync)", fresh, || Bench::fetch(&one, &[]));
    let warm = time("fetch again, nothing changed", || (), || Bench::fetch(&one, &[]));
    let rehash = time("fetch --rehash", || (), || Bench::fetch(&one, &["--rehash"]));
    let memory = time("sha2 in memory", || (), whole_sum);
    println!("peak memory of the fetch with 4 connections: {} MiB", bench.peak(&one));
    let plain_floor =
        time("curl -o and sha2 at once", fresh, || at_once(&[&|| bench.curl(&name), &whole_sum]));
    let whole_floor = time("curl -o, sha2 and a copy at once", fresh, || {
        at_once(&[&|| bench.curl(&name), &whole_sum, &|| bench.copy(name[0])]);
    });
    let fresh = || bench.clear(&four);
    let parallel = time("curl -Z, four files", fresh, || bench.curl(&several));
    let four_floor = time("curl -Z and sha2 on two cores at once", fresh, || {
        at_once(&[&|| bench.curl(&several), &half_sum, &half_sum]);
    });
    let jobs = time("fetch --no-cache --jobs 4, four files", fresh, || {
        Bench::fetch(&four, &["--no-cache", "--jobs", "4", "--kind", "iso"]);
    });
    println!("\nratio                                     found  aim");
    ratio("fetch --no-cache : its bound", &plain, &plain_floor, "1.1");
    ratio("four files : their bound", &jobs, &four_floor, "1.3");
    ratio("fetch : fetch --no-cache", &whole, &plain, "1.25 in memory, 1.4 on ext4, 1.1 with shared blocks");
    ratio("fetch : curl + sha256sum", &whole, &summed, "0.7");
    ratio("rehash : sha2 in memory", &rehash, &memory, "1.18");
    ratio("fetch --no-cache : curl", &plain, &curl, "");
    ratio("fetch --connections 4 : curl", &many, &curl, "");
    ratio("fetch : curl", &whole, &curl, "");
    ratio("four files : curl -Z", &jobs, &parallel, "");
    println!("\nbounds: what no program can beat that hashes, by the same measure");
    ratio("curl and sha2 at once : curl", &plain_floor, &curl, "");
    ratio("curl, sha2 and a copy at once : curl", &whole_floor, &curl, "");
    ratio("curl -Z and sha2 at once : curl -Z", &four_floor, &parallel, "");
    let due = (curl.cpu + memory.cpu).as_secs_f64();
    println!(
        "CPU: fetch --no-cache {:.2} s, curl and sha2 {due:.2} s (aim: 0.1 s a GiB more)",
        plain.cpu.as_secs_f64()
    );
    println!("warm run {:.1} ms (aim 20)", warm.wall.as_secs_f64() * 1000.0);
}

/// What a run took at best.
struct Took {
    wall: Duration,
    /// Of all threads, as user and in the kernel.
    cpu: Duration,
}

fn ratio(what: &str, one: &Took, other: &Took, aim: &str) {
    println!("{what:40} {:6.2}  {aim}", one.wall.as_secs_f64() / other.wall.as_secs_f64());
}

impl Bench {
    fn new(mib: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("served")).unwrap();
        write(&folder.path().join("served/live-rootfs.img"), mib);
        for at in 0..4 {
            write(&folder.path().join(format!("served/part-{at}")), mib / 4);
        }
        for small in ["live-kernel", "live-initramfs.img"] {
            fs::write(folder.path().join("served").join(small), small).unwrap();
        }
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base = serve(listener, folder.path().join("served"));
        Self { folder, base }
    }

    fn path(&self, below: &str) -> PathBuf {
        self.folder.path().join(below)
    }

    /// Removes what runs have fetched: to give back a gigabyte takes a tenth of a second, which is nobody's work here.
    fn clear(&self, site: &Path) {
        for folder in [self.path("curl"), self.path("copy"), site.join("out"), site.join("cache")] {
            fs::remove_dir_all(folder).ok();
        }
        for folder in ["curl", "copy"] {
            fs::create_dir(self.path(folder)).unwrap();
        }
    }

    /// Fetches with curl.
    fn curl(&self, args: &[&str]) {
        let mut curl = Command::new("curl");
        curl.args(["-sS", "--no-progress-meter"]).current_dir(self.path("curl"));
        for arg in args {
            match arg.strip_prefix('-') {
                Some(_) => curl.arg(arg),
                None => curl.arg("-O").arg(format!("{}/{arg}", self.base)),
            };
        }
        run(&mut curl);
    }

    /// Copies a file as a cache is copied from, inside the kernel.
    fn copy(&self, name: &str) {
        fs::copy(self.path("served").join(name), self.path("copy").join(name)).unwrap();
    }

    /// Makes a site whose stream names these files, the last one as rootfs.
    fn site(&self, name: &str, files: &[&str]) -> PathBuf {
        let site = self.path(name);
        fs::create_dir(&site).unwrap();
        fs::write(site.join("vars.yaml"), site::VARS).unwrap();
        let sum = |name| (name, hash(&self.path("served").join(name)));
        let last = files[files.len() - 1];
        let several = [files[0], *files.get(1).unwrap_or(&""), last, *files.get(2).unwrap_or(&"")];
        let named = if files.len() > 1 {
            several
        } else {
            ["live-kernel", "live-initramfs.img", last, "live-kernel"]
        };
        let stream = site::stream(&self.base, named.map(sum));
        fs::write(site.join("stream.json"), stream.to_string()).unwrap();
        site
    }

    fn command(site: &Path, args: &[&str]) -> Command {
        let mut command = Command::new(
            std::env::var_os("OKDBOOT_BENCH_PROGRAM").unwrap_or(env!("CARGO_BIN_EXE_okdboot").into()),
        );
        command.current_dir(site).env("XDG_CACHE_HOME", site.join("cache")).env_remove("http_proxy");
        command.args(["fetch", "-q", "--stream", "stream.json", "-o", "out"]).args(args);
        command
    }

    fn fetch(site: &Path, args: &[&str]) {
        run(&mut Self::command(site, args));
    }

    /// Returns the peak resident memory of a fetch, in MiB, as the kernel saw it (proc(5), `VmHWM`).
    fn peak(&self, site: &Path) -> u64 {
        self.clear(site);
        let mut child = Self::command(site, &["--connections", "4"]).stdout(Stdio::null()).spawn().unwrap();
        let status = format!("/proc/{}/status", child.id());
        let mut peak = 0;
        while child.try_wait().unwrap().is_none() {
            let text = fs::read_to_string(&status).unwrap_or_default();
            let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
            let kib = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok());
            peak = peak.max(kib.unwrap_or(0));
            std::thread::sleep(Duration::from_millis(2));
        }
        peak / 1024
    }
}

fn time(what: &str, prepare: impl Fn(), run: impl Fn()) -> Took {
    let rounds = (0..ROUNDS).map(|_| {
        prepare();
        let (begun, used) = (Instant::now(), cpu());
        run();
        (begun.elapsed(), cpu().saturating_sub(used))
    });
    let (wall, cpu) = rounds.min().unwrap();
    println!("{what:40} {:8.3} s  CPU {:6.2} s", wall.as_secs_f64(), cpu.as_secs_f64());
    Took { wall, cpu }
}

/// Returns the CPU time of this thread and of the programs that it has run (`proc_pid_stat`(5)): the server's is another thread's.
fn cpu() -> Duration {
    let of = |path: &str, first: usize| -> u64 {
        let text = fs::read_to_string(path).unwrap();
        let after = text.rsplit_once(") ").unwrap().1;
        after.split(' ').skip(first - 3).take(2).map(|it| it.parse::<u64>().unwrap()).sum()
    };
    Duration::from_millis(10 * (of("/proc/thread-self/stat", 14) + of("/proc/self/stat", 16)))
}

/// Does several things at the same time, none of which waits for another. A program that does all of
/// them has at least this much to do.
fn at_once(works: &[&(dyn Fn() + Sync)]) {
    std::thread::scope(|scope| {
        for work in works {
            scope.spawn(work);
        }
    });
}

fn hash_in_memory(mib: usize) {
    use sha2::Digest as _;
    let (mut hasher, piece) = (sha2::Sha256::new(), vec![7; 1 << 20]);
    (0..mib).for_each(|_| hasher.update(&piece));
    std::hint::black_box(hasher.finalize());
}
