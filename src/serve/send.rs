//! Bytes into a socket, each counted when the kernel has taken it.

use std::fs::File;
use std::io;
use std::time::Duration;

use rustix::fs::sendfile;
use tokio::io::{AsyncWriteExt as _, Interest};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// How long a reader may take nothing. A slow line is no fault, a dead one is.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// The most that is handed to the kernel at once, in bytes.
const STEP: u64 = 1 << 20;

/// Writes bytes.
pub async fn bytes(stream: &mut TcpStream, bytes: &[u8]) -> io::Result<()> {
    timeout(PATIENCE, stream.write_all(bytes)).await.map_err(|_| io::ErrorKind::TimedOut)?
}

/// Writes a part of a file without reading it into this process (sendfile(2)); `taken` hears of each step.
pub async fn file(
    stream: &TcpStream,
    file: &File,
    first: u64,
    length: u64,
    mut taken: impl FnMut(u64),
) -> io::Result<()> {
    let (mut offset, end) = (first, first + length);
    while offset < end {
        timeout(PATIENCE, stream.writable()).await.map_err(|_| io::ErrorKind::TimedOut)??;
        let step = usize::try_from((end - offset).min(STEP)).unwrap_or(usize::MAX);
        let sent = stream.try_io(Interest::WRITABLE, || Ok(sendfile(stream, file, Some(&mut offset), step)?));
        match sent {
            // The file became shorter: what was announced cannot be kept, so the connection ends.
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(sent) => taken(u64::try_from(sent).unwrap_or_default()),
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
