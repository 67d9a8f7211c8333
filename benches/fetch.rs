//! What a fetch costs beside curl, from one run: `cargo bench --bench fetch`.
//!
//! A server of its own on loopback sends files from the page cache with `sendfile`. Every way is run
//! `ROUNDS` times in turn and the best time counts, since what disturbs a run only makes it slower.
//! `OKDBOOT_BENCH_MIB` sets the size of the large file, `TMPDIR` the file system,
//! `OKDBOOT_BENCH_PROGRAM` another build of okdboot.

#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a bench prints, and may stop")]

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Read as _, Seek as _, SeekFrom, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use okdboot::model::digest::Sha256;

const ROUNDS: usize = 3;

#[path = "../tests/it/site.rs"]
mod site;

struct Bench {
    folder: tempfile::TempDir,
    base: String,
}

fn main() {
    let mib: usize = std::env::var("OKDBOOT_BENCH_MIB").ok().and_then(|it| it.parse().ok()).unwrap_or(1024);
    let bench = Bench::new(mib);
    println!("one file of {mib} MiB, best of {ROUNDS}, {}", bench.folder.path().display());
    let curl = time("curl -o", || bench.curl(&["live-rootfs.img"]));
    let summed = time("curl -o, then sha256sum", || {
        bench.curl(&["live-rootfs.img"]);
        run(Command::new("sha256sum").arg(bench.path("curl/live-rootfs.img")));
    });
    let one = bench.site("one", &["live-rootfs.img"]);
    let plain = time("fetch --no-cache", || Bench::fetch(&one, &["--no-cache"], Fresh::Yes));
    let many = time("fetch --no-cache --connections 4", || {
        Bench::fetch(&one, &["--no-cache", "--connections", "4"], Fresh::Yes);
    });
    let whole = time("fetch (cache, copy, fsync)", || Bench::fetch(&one, &[], Fresh::Yes));
    let warm = time("fetch again, nothing changed", || Bench::fetch(&one, &[], Fresh::No));
    let rehash = time("fetch --rehash", || Bench::fetch(&one, &["--rehash"], Fresh::No));
    let memory = time("sha2 in memory", || hash_in_memory(mib));
    println!("peak memory of the fetch with 4 connections: {} MiB", Bench::peak(&one));
    let (name, half) = (["live-rootfs.img"], || hash_in_memory(mib / 2));
    let plain_floor = time("curl -o and sha2 at once", || {
        at_once(&[&|| bench.curl(&name), &|| hash_in_memory(mib)]);
    });
    let whole_floor = time("curl -o, sha2 and a copy at once", || {
        at_once(&[&|| bench.curl(&name), &|| hash_in_memory(mib), &|| bench.copy(name[0])]);
    });
    let names: Vec<String> = (0..4).map(|at| format!("part-{at}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let parallel = time("curl -Z, four files", || bench.curl(&[&["-Z"], &names[..]].concat()));
    let four = bench.site("four", &names);
    let four_floor = time("curl -Z and sha2 on two cores at once", || {
        at_once(&[&|| bench.curl(&[&["-Z"], &names[..]].concat()), &half, &half]);
    });
    let jobs = time("fetch --no-cache --jobs 4, four files", || {
        Bench::fetch(&four, &["--no-cache", "--jobs", "4", "--kind", "iso"], Fresh::Yes);
    });
    println!("\nratio                                     found  aim");
    ratio("fetch --no-cache : curl", plain, curl, "1.05, fsync not counted");
    ratio("fetch --no-cache : curl + sha256sum", plain, summed, "0.45");
    ratio("fetch --connections 4 : curl", many, curl, "");
    ratio("fetch : curl", whole, curl, "1.7");
    ratio("fetch : curl + sha256sum", whole, summed, "0.7");
    ratio("rehash : sha2 in memory", rehash, memory, "1.18");
    ratio("four files : curl -Z", jobs, parallel, "1.0");
    println!("\nwhat no program can beat here, by the same measure");
    ratio("curl and sha2 at once : curl", plain_floor, curl, "");
    ratio("curl, sha2 and a copy at once : curl", whole_floor, curl, "");
    ratio("curl -Z and sha2 at once : curl -Z", four_floor, parallel, "");
    println!("warm run {:.1} ms (aim 20)", warm.as_secs_f64() * 1000.0);
}

fn ratio(what: &str, one: Duration, other: Duration, aim: &str) {
    println!("{what:40} {:6.2}  {aim}", one.as_secs_f64() / other.as_secs_f64());
}

/// Whether a fetch begins with nothing.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fresh {
    Yes,
    No,
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
        let base = serve(folder.path().join("served"));
        Self { folder, base }
    }

    fn path(&self, below: &str) -> PathBuf {
        self.folder.path().join(below)
    }

    /// Fetches with curl into an empty folder.
    fn curl(&self, args: &[&str]) {
        fs::remove_dir_all(self.path("curl")).ok();
        fs::create_dir(self.path("curl")).unwrap();
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
        fs::copy(self.path("served").join(name), self.path("copy")).unwrap();
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

    fn fetch(site: &Path, args: &[&str], fresh: Fresh) {
        if fresh == Fresh::Yes {
            fs::remove_dir_all(site.join("out")).ok();
            fs::remove_dir_all(site.join("cache")).ok();
        }
        run(&mut Self::command(site, args));
    }

    /// Returns the peak resident memory of a fetch, in MiB, as the kernel saw it (proc(5), `VmHWM`).
    fn peak(site: &Path) -> u64 {
        fs::remove_dir_all(site.join("out")).ok();
        fs::remove_dir_all(site.join("cache")).ok();
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

fn time(what: &str, run: impl Fn()) -> Duration {
    let rounds = (0..ROUNDS).map(|_| {
        let begun = Instant::now();
        run();
        begun.elapsed()
    });
    let best = rounds.min().unwrap();
    println!("{what:40} {:8.3} s", best.as_secs_f64());
    best
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

fn run(command: &mut Command) {
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).status().unwrap();
    assert!(status.success(), "{command:?}: {status}");
}

fn write(path: &Path, mib: usize) {
    let mut file = File::create(path).unwrap();
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    for _ in 0..mib * 128 {
        let mut piece = Vec::with_capacity(8192);
        while piece.len() < 8192 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            piece.extend(state.to_le_bytes());
        }
        file.write_all(&piece).unwrap();
    }
    file.sync_all().unwrap();
}

fn hash(path: &Path) -> Sha256 {
    use sha2::Digest as _;
    let (mut hasher, mut buffer, mut file) =
        (sha2::Sha256::new(), vec![0; 1 << 18], File::open(path).unwrap());
    loop {
        match file.read(&mut buffer).unwrap() {
            0 => return Sha256::finish(hasher),
            read => hasher.update(&buffer[..read]),
        }
    }
}

fn hash_in_memory(mib: usize) {
    use sha2::Digest as _;
    let (mut hasher, piece) = (sha2::Sha256::new(), vec![7; 1 << 20]);
    (0..mib).for_each(|_| hasher.update(&piece));
    std::hint::black_box(hasher.finalize());
}

fn serve(folder: PathBuf) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let folder = folder.clone();
            std::thread::spawn(move || converse(&stream, &folder));
        }
    });
    base
}

/// Answers requests until the client goes away.
fn converse(stream: &TcpStream, folder: &Path) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    loop {
        let (mut name, mut range) = (String::new(), None);
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).ok()? == 0 {
                return None;
            }
            if let Some(path) = line.strip_prefix("GET /") {
                path.split(' ').next()?.clone_into(&mut name);
            }
            let lower = line.to_lowercase();
            range = lower.strip_prefix("range: bytes=").map(|it| it.trim().to_owned()).or(range);
            if line == "\r\n" {
                break;
            }
        }
        send(stream, &folder.join(name), range.as_deref())?;
    }
}

fn send(mut stream: &TcpStream, path: &Path, range: Option<&str>) -> Option<()> {
    let mut file = File::open(path).ok()?;
    let size = file.metadata().ok()?.len();
    let (first, last) = range.and_then(|it| it.split_once('-')).unwrap_or(("0", ""));
    let (first, last): (u64, u64) = (first.parse().ok()?, last.parse().unwrap_or(size - 1));
    let status = range.map_or_else(
        || "200 OK".to_owned(),
        |_| format!("206 Partial Content\r\nContent-Range: bytes {first}-{last}/{size}"),
    );
    let length = last + 1 - first;
    write!(stream, "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nETag: \"1\"\r\n\r\n").ok()?;
    file.seek(SeekFrom::Start(first)).ok()?;
    // On Linux this is sendfile(2).
    std::io::copy(&mut file.take(length), &mut stream).ok().map(|_| ())
}
