//! Reading over TFTP, as firmware does: RFC 1350, with options (RFC 2347), `blksize` (RFC 2348) and
//! `tsize` (RFC 2349).
//!
//! No crate is taken: of those that exist the maintained ones are servers or asynchronous, and the
//! clients write a whole file of any length to a disk.

mod packet;

pub use packet::{PacketError, TftpPacket};

use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use thiserror::Error;

use crate::udp::{Patience, Question, QuestionSocket, left};

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
pub struct TftpRead<'a> {
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
pub fn read(ask: &TftpRead, sink: &mut dyn FnMut(&[u8])) -> Result<Taken, TftpError> {
    match transfer(ask, OptionAnswer::Offered, sink) {
        // RFC 2347: a server that refuses options is asked without them.
        Err(TftpHalt::OptionsRefused) => transfer(ask, OptionAnswer::None, sink),
        other => other,
    }
    .map_err(|halt| match halt {
        TftpHalt::OptionsRefused => {
            TftpError::Refused("options are refused, though none were offered".into())
        }
        TftpHalt::Error(error) => error,
    })
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum OptionAnswer {
    Offered,
    None,
}

/// Why a transfer ended before its end.
enum TftpHalt {
    OptionsRefused,
    Error(TftpError),
}

impl<E: Into<TftpError>> From<E> for TftpHalt {
    fn from(error: E) -> Self {
        Self::Error(error.into())
    }
}

fn transfer(ask: &TftpRead, options: OptionAnswer, sink: &mut dyn FnMut(&[u8])) -> Result<Taken, TftpHalt> {
    let mut line = QuestionSocket::towards(ask.server)?;
    let last = request(ask.path, options);
    let mut transfer = TftpDownload { ask, options, peer: None, last, block: 0 };
    let (mut taken, mut block_size) = (Taken::default(), PLAIN_BLOCK);
    loop {
        match transfer.exchange(&mut line, taken.length)? {
            TftpReply::Options { size, block: agreed } => {
                (taken.size, block_size) = (size, agreed.unwrap_or(PLAIN_BLOCK));
            }
            TftpReply::Data(bytes) => {
                if bytes.len() > block_size {
                    return Err(PacketError::Long.into());
                }
                transfer.block = transfer.block.wrapping_add(1);
                taken.length += bytes.len() as u64;
                taken.is_whole = bytes.len() < block_size;
                sink(&bytes);
            }
        }
        transfer.last = acknowledge(transfer.block);
        if taken.is_whole || taken.length >= ask.enough {
            transfer.tell(line.socket(), if taken.is_whole { &transfer.last } else { &ENOUGH })?;
            return Ok(taken);
        }
    }
}

fn request(path: &str, options: OptionAnswer) -> Vec<u8> {
    let path = path.replace('\0', "");
    match options {
        OptionAnswer::Offered => format!("\0\x01{path}\0octet\0blksize\0{BLOCK}\0tsize\x000\0").into_bytes(),
        OptionAnswer::None => format!("\0\x01{path}\0octet\0").into_bytes(),
    }
}

fn acknowledge(block: u16) -> Vec<u8> {
    [[0, 4], block.to_be_bytes()].concat()
}

/// What brings a transfer on.
enum TftpReply {
    Data(Vec<u8>),
    Options { size: Option<u64>, block: Option<usize> },
}

/// A transfer under way.
struct TftpDownload<'a> {
    ask: &'a TftpRead<'a>,
    options: OptionAnswer,
    /// The port of this transfer, which the server chooses with its first answer.
    peer: Option<SocketAddr>,
    /// The last packet: the request, or what acknowledges the block that came last.
    last: Vec<u8>,
    block: u16,
}

impl Question for TftpDownload<'_> {
    type Answer = TftpReply;
    type Error = TftpHalt;

    fn send(&mut self, socket: &UdpSocket) -> Result<Option<TftpReply>, TftpHalt> {
        self.tell(socket, &self.last)?;
        Ok(None)
    }

    /// Takes one packet; one of another sender or of another block is passed over.
    fn hear(
        &mut self,
        socket: &UdpSocket,
        bytes: &[u8],
        sender: SocketAddr,
    ) -> Result<Option<TftpReply>, TftpHalt> {
        if sender.ip() != self.ask.server.ip() {
            return Ok(None);
        }
        if self.peer.is_some_and(|peer| peer != sender) {
            socket.send_to(&STRANGER, sender)?;
            return Ok(None);
        }
        let answer = self.judge(TftpPacket::parse(bytes)?)?;
        if answer.is_some() {
            self.peer = Some(sender);
        }
        Ok(answer)
    }
}

impl TftpDownload<'_> {
    fn tell(&self, socket: &UdpSocket, packet: &[u8]) -> io::Result<()> {
        socket.send_to(packet, self.peer.unwrap_or(self.ask.server)).map(drop)
    }

    /// Sends the last packet, again and again, until the block after the last one or options come back.
    fn exchange(&mut self, line: &mut QuestionSocket, length: u64) -> Result<TftpReply, TftpHalt> {
        let patience = Patience { tries: TRIES, each: self.ask.timeout / TRIES, until: self.ask.deadline };
        if let Some(answer) = line.ask(self, patience)? {
            return Ok(answer);
        }
        Err(match (left(self.ask.deadline), self.peer) {
            (None, _) => TftpError::Late(length),
            (Some(_), None) => TftpError::Silence,
            (Some(_), Some(_)) => TftpError::Stopped(length),
        }
        .into())
    }

    fn judge(&self, packet: TftpPacket) -> Result<Option<TftpReply>, TftpHalt> {
        let is_first = self.block == 0 && self.peer.is_none();
        match packet {
            TftpPacket::Data { block: found, bytes } if found == self.block.wrapping_add(1) => {
                Ok(Some(TftpReply::Data(bytes.to_vec())))
            }
            TftpPacket::Options { size, block } if is_first && self.options == OptionAnswer::Offered => {
                let fits = block.is_none_or(|block| (8..=BLOCK).contains(&block));
                if fits {
                    Ok(Some(TftpReply::Options { size, block }))
                } else {
                    Err(PacketError::Block.into())
                }
            }
            TftpPacket::Data { .. } | TftpPacket::Options { .. } => Ok(None),
            TftpPacket::Error { code: 8, .. } if self.options == OptionAnswer::Offered => {
                Err(TftpHalt::OptionsRefused)
            }
            TftpPacket::Error { code: 1, .. } => Err(TftpError::Absent.into()),
            TftpPacket::Error { code: 2, .. } => Err(TftpError::Forbidden.into()),
            TftpPacket::Error { code, message } => {
                Err(TftpError::Refused(if message.is_empty() { format!("error {code}") } else { message })
                    .into())
            }
        }
    }
}
