//! A server that sends files from the page cache with `sendfile`, and what it sends.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _, Seek as _, SeekFrom, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use okdboot::model::digest::Sha256;

/// Runs a program that has to succeed.
pub fn run(command: &mut Command) {
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).status().unwrap();
    assert!(status.success(), "{command:?}: {status}");
}

/// Writes a file that nothing compresses, of so many MiB.
pub fn write(path: &Path, mib: usize) {
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

/// Returns the digest of a file.
pub fn hash(path: &Path) -> Sha256 {
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

/// Serves the files of a folder on threads of its own; returns the URL of the folder.
pub fn serve(listener: TcpListener, folder: PathBuf) -> String {
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
