//! A connection's bytes, with and without TLS.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::sync::Arc;
use std::time::Duration;

use rustix::fs::sendfile;
use rustls::ServerConfig;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, Interest};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// How long a reader may take nothing. A slow line is no fault, a dead one is.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// How long the two sides may take to agree on TLS.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// The most that is handed to the kernel at once, in bytes.
const STEP: u64 = 1 << 20;

/// What is read of a file at once to be encrypted, in bytes.
const SEALED: u64 = 64 << 10;

/// Both directions of a connection.
pub enum SocketStream {
    /// As it is on the wire.
    Plain(TcpStream),
    /// Encrypted.
    Tls(Box<TlsStream<TcpStream>>),
}

impl SocketStream {
    /// Begins to speak; with a configuration, TLS.
    pub async fn accept(tcp: TcpStream, tls: Option<Arc<ServerConfig>>) -> io::Result<Self> {
        let Some(config) = tls else { return Ok(Self::Plain(tcp)) };
        let agreed = timeout(HANDSHAKE, TlsAcceptor::from(config).accept(tcp)).await;
        agreed.map_err(|_| io::ErrorKind::TimedOut)?.map(|stream| Self::Tls(Box::new(stream)))
    }

    /// Reads what has come.
    pub async fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.read(buffer).await,
            // Many end without the goodbye of TLS; requests have ends of their own.
            Self::Tls(stream) => match stream.read(buffer).await {
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(0),
                read => read,
            },
        }
    }

    /// Says that nothing more is sent.
    pub async fn shutdown(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(stream) => stream.shutdown().await,
            Self::Tls(stream) => stream.shutdown().await,
        }
    }

    /// Writes bytes.
    pub async fn bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        let written = timeout(PATIENCE, async {
            match self {
                Self::Plain(stream) => stream.write_all(bytes).await,
                Self::Tls(stream) => {
                    stream.write_all(bytes).await?;
                    stream.flush().await
                }
            }
        });
        written.await.map_err(|_| io::ErrorKind::TimedOut)?
    }

    /// Writes a part of a file; `taken` hears of each step.
    pub async fn file(
        &mut self,
        file: &File,
        (first, length): (u64, u64),
        taken: impl FnMut(u64),
    ) -> io::Result<()> {
        match self {
            Self::Plain(stream) => send(stream, file, (first, first + length), taken).await,
            Self::Tls(_) => self.seal(file, (first, first + length), taken).await,
        }
    }

    async fn seal(
        &mut self,
        file: &File,
        (mut offset, end): (u64, u64),
        mut taken: impl FnMut(u64),
    ) -> io::Result<()> {
        let mut buffer = vec![0; usize::try_from(SEALED.min(end - offset)).unwrap_or_default()];
        while offset < end {
            let step = usize::try_from((end - offset).min(SEALED)).unwrap_or_default();
            file.read_exact_at(&mut buffer[..step], offset)?;
            self.bytes(&buffer[..step]).await?;
            let step = u64::try_from(step).unwrap_or_default();
            taken(step);
            offset += step;
        }
        Ok(())
    }
}

/// Writes a part of a file without reading it into this process (sendfile(2)).
async fn send(
    stream: &TcpStream,
    file: &File,
    (mut offset, end): (u64, u64),
    mut taken: impl FnMut(u64),
) -> io::Result<()> {
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
