//! Reading over TFTP, as firmware does: RFC 1350, with options (RFC 2347), `blksize` (RFC 2348) and
//! `tsize` (RFC 2349).
//!
//! No crate is taken: of those that exist the maintained ones are servers or asynchronous, and the
//! clients write a whole file of any length to a disk.

mod packet;

pub use packet::{Packet, PacketError};

use std::io::{self, ErrorKind};
use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use thiserror::Error;

/// What is asked for: a block that fits a frame of Ethernet (RFC 2348).
const BLOCK: usize = 1428;

/// The block size of a server that knows no options.
const PLAIN_BLOCK: usize = 512;

/// How often a packet is sent again within the longest wait.
const TRIES: u32 = 4;

/// `ERROR`: the code of a transfer that is ended on purpose, and of one of an unknown peer.
const ENOUGH: [u8; 12] = *b"\0\x05\0\0enough\0\0";
const STRANGER: [u8; 13] = *b"\0\x05\0\x05stranger\0";

/// What to read, and how long.
#[derive(Clone, Copy, Debug)]
pub struct Ask<'a> {
    /// Where the server listens.
    pub server: SocketAddr,
    /// The file's name.
    pub path: &'a str,
    /// So many bytes are enough; then the transfer is ended.
    pub enough: u64,
    /// The longest silence.
    pub timeout: Duration,
    /// The end of everything.
    pub deadline: Instant,
}

/// What was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// The size that the server tells (`tsize`), if it does.
    pub size: Option<u64>,
    /// How many bytes came.
    pub length: u64,
    /// Whether that is all.
    pub is_whole: bool,
}

/// Why there are no bytes, or no more.
#[derive(Debug, Error)]
pub enum TftpError {
    /// The server has no such file.
    #[error("the server has no such file")]
    Absent,
    /// The server may not read it.
    #[error("the server may not read it (access violation)")]
    Forbidden,
    /// The server says something else.
    #[error("the server says: {0}")]
    Refused(String),
    /// Nobody ever answered.
    #[error("nobody answers")]
    Silence,
    /// The answers stopped, or are no use.
    #[error("the server stopped after {0} bytes")]
    Stopped(u64),
    /// It takes longer than there is time.
    #[error("it was not through in time, after {0} bytes")]
    Late(u64),
    /// The answers are no TFTP.
    #[error("the answer is not TFTP: {0}")]
    Malformed(#[from] PacketError),
    /// The network.
    #[error("{0}")]
    Network(#[from] io::Error),
}

/// Reads a file and gives its bytes to `sink`, block by block.
pub fn read(ask: &Ask, sink: &mut dyn FnMut(&[u8])) -> Result<Taken, TftpError> {
    match transfer(ask, Options::Offered, sink) {
        // RFC 2347: a server that refuses options is asked without them.
        Err(Halt::OptionsRefused) => transfer(ask, Options::None, sink),
        other => other,
    }
    .map_err(|halt| match halt {
        Halt::OptionsRefused => TftpError::Refused("options are refused, though none were offered".into()),
        Halt::Error(error) => error,
    })
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Options {
    Offered,
    None,
}

/// Why a transfer ended before its end.
enum Halt {
    OptionsRefused,
    Error(TftpError),
}

impl<E: Into<TftpError>> From<E> for Halt {
    fn from(error: E) -> Self {
        Self::Error(error.into())
    }
}

fn transfer(ask: &Ask, options: Options, sink: &mut dyn FnMut(&[u8])) -> Result<Taken, Halt> {
    let any = if ask.server.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
    let socket = UdpSocket::bind(any)?;
    let mut line = Line { socket, ask, peer: None, options };
    let (mut taken, mut block, mut block_size) = (Taken::default(), 0_u16, PLAIN_BLOCK);
    let mut last = request(ask.path, options);
    loop {
        match line.exchange(&last, block, taken.length)? {
            Answer::Options { size, block: agreed } => {
                (taken.size, block_size) = (size, agreed.unwrap_or(PLAIN_BLOCK));
                last = acknowledge(0);
            }
            Answer::Data(bytes) => {
                if bytes.len() > block_size {
                    return Err(PacketError::Long.into());
                }
                block = block.wrapping_add(1);
                taken.length += bytes.len() as u64;
                taken.is_whole = bytes.len() < block_size;
                sink(&bytes);
                last = acknowledge(block);
            }
        }
        if taken.is_whole || taken.length >= ask.enough {
            line.send(if taken.is_whole { &last } else { &ENOUGH })?;
            return Ok(taken);
        }
    }
}

fn request(path: &str, options: Options) -> Vec<u8> {
    let path = path.replace('\0', "");
    match options {
        Options::Offered => format!("\0\x01{path}\0octet\0blksize\0{BLOCK}\0tsize\x000\0").into_bytes(),
        Options::None => format!("\0\x01{path}\0octet\0").into_bytes(),
    }
}

fn acknowledge(block: u16) -> Vec<u8> {
    [[0, 4], block.to_be_bytes()].concat()
}

/// What brings a transfer on.
enum Answer {
    Data(Vec<u8>),
    Options { size: Option<u64>, block: Option<usize> },
}

struct Line<'a> {
    socket: UdpSocket,
    ask: &'a Ask<'a>,
    /// The port of this transfer, which the server chooses with its first answer.
    peer: Option<SocketAddr>,
    options: Options,
}

impl Line<'_> {
    fn send(&self, packet: &[u8]) -> io::Result<()> {
        self.socket.send_to(packet, self.peer.unwrap_or(self.ask.server)).map(drop)
    }

    /// Sends a packet, again and again, until the block after `block` or options come back.
    fn exchange(&mut self, packet: &[u8], block: u16, length: u64) -> Result<Answer, Halt> {
        for _ in 0..TRIES {
            self.send(packet)?;
            let until = Instant::now() + self.ask.timeout / TRIES;
            while let Some(wait) = left(until.min(self.ask.deadline)) {
                self.socket.set_read_timeout(Some(wait))?;
                if let Some(answer) = self.receive(block)? {
                    return Ok(answer);
                }
            }
            if left(self.ask.deadline).is_none() {
                return Err(TftpError::Late(length).into());
            }
        }
        Err(if self.peer.is_none() { TftpError::Silence } else { TftpError::Stopped(length) }.into())
    }

    /// Takes one packet; one of another sender or of another block is passed over.
    fn receive(&mut self, block: u16) -> Result<Option<Answer>, Halt> {
        let mut buffer = [0; BLOCK + 5];
        let (count, sender) = match self.socket.recv_from(&mut buffer) {
            Ok(received) => received,
            Err(error) if is_wait(&error) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        if sender.ip() != self.ask.server.ip() {
            return Ok(None);
        }
        if self.peer.is_some_and(|peer| peer != sender) {
            self.socket.send_to(&STRANGER, sender)?;
            return Ok(None);
        }
        let answer = self.judge(Packet::parse(&buffer[..count])?, block)?;
        if answer.is_some() {
            self.peer = Some(sender);
        }
        Ok(answer)
    }

    fn judge(&self, packet: Packet, block: u16) -> Result<Option<Answer>, Halt> {
        let is_first = block == 0 && self.peer.is_none();
        match packet {
            Packet::Data { block: found, bytes } if found == block.wrapping_add(1) => {
                Ok(Some(Answer::Data(bytes.to_vec())))
            }
            Packet::Options { size, block } if is_first && self.options == Options::Offered => {
                let fits = block.is_none_or(|block| (8..=BLOCK).contains(&block));
                if fits { Ok(Some(Answer::Options { size, block })) } else { Err(PacketError::Block.into()) }
            }
            Packet::Data { .. } | Packet::Options { .. } => Ok(None),
            Packet::Error { code: 8, .. } if self.options == Options::Offered => Err(Halt::OptionsRefused),
            Packet::Error { code: 1, .. } => Err(TftpError::Absent.into()),
            Packet::Error { code: 2, .. } => Err(TftpError::Forbidden.into()),
            Packet::Error { code, message } => {
                Err(TftpError::Refused(if message.is_empty() { format!("error {code}") } else { message })
                    .into())
            }
        }
    }
}

fn left(until: Instant) -> Option<Duration> {
    until.checked_duration_since(Instant::now()).filter(|wait| !wait.is_zero())
}

fn is_wait(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted)
}
