//! One file to one client, over a socket of its own.

use std::fs::File;
use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::FileExt as _;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::UdpSocket;
use tokio::time::timeout;

use super::request::TftpRequest;
use super::window::{Next, Window};
use crate::serve::machine::ServedMachine;
use crate::serve::stage::Stage;
use crate::serve::watch::{End, Watch};

/// How often something is sent before the client counts as gone.
const TRIES: u32 = 5;

/// A file that a client asked for.
pub struct TftpTransfer {
    /// What it asked.
    pub request: TftpRequest,
    /// The file.
    pub file: File,
    /// Its size in bytes.
    pub size: u64,
    /// What it is for.
    pub stage: Option<Stage>,
    /// Whose request it is.
    pub who: Option<ServedMachine>,
    /// Where the client is.
    pub peer: SocketAddr,
    /// Who hears of it.
    pub watch: Arc<Watch>,
}

/// How the client ended it.
enum Ended {
    Whole,
    /// It said so: EDK2 asks for the size alone, and GRUB closes a file that it has seen enough of.
    Aborted,
    Gone,
}

/// What a client says.
enum Word {
    Taken(u16),
    Abort,
}

impl TftpTransfer {
    /// Sends the file from an address.
    pub async fn run(self, socket: UdpSocket) {
        let mut began = None;
        let ended = match self.send(&socket, &mut began).await {
            Ok(ended) => ended,
            Err(_) => Ended::Gone,
        };
        let Some(id) = began else { return };
        match ended {
            Ended::Whole => self.watch.end(id, End::Whole),
            Ended::Aborted => self.watch.forget(id),
            Ended::Gone => self.watch.end(id, End::Broken),
        }
    }

    async fn send(&self, socket: &UdpSocket, began: &mut Option<u64>) -> io::Result<Ended> {
        if let Some(packet) = self.request.acknowledgement(self.size) {
            match self.ask(socket, &[packet], |number| number == 0).await? {
                Some(Word::Taken(_)) => {}
                Some(Word::Abort) => return Ok(Ended::Aborted),
                None => return Ok(Ended::Gone),
            }
        }
        if let Some(stage) = self.stage {
            let name = self.request.names.last().map_or("", String::as_str);
            *began = Some(self.watch.begin(self.who.as_ref(), self.peer.ip(), stage, name, self.size));
        }
        let mut window = Window::new(self.request.options, self.size);
        let mut sent = 0;
        loop {
            let packets = self.packets(&window)?;
            let mut next = Next::Nothing;
            let word = self.ask(socket, &packets, |number| {
                next = window.acknowledged(number);
                next != Next::Nothing
            });
            match word.await? {
                Some(Word::Taken(_)) => {}
                Some(Word::Abort) => return Ok(Ended::Aborted),
                None => return Ok(Ended::Gone),
            }
            if let Next::Go(blocks) | Next::Done(blocks) = next {
                let bytes = blocks * u64::try_from(self.request.options.block).unwrap_or_default();
                let taken = bytes.min(self.size - sent);
                sent += taken;
                self.watch.advance(*began, taken);
            }
            if matches!(next, Next::Done(_)) {
                return Ok(Ended::Whole);
            }
        }
    }

    /// Reads the blocks of a window.
    fn packets(&self, window: &Window) -> io::Result<Vec<Vec<u8>>> {
        window.blocks().map(|block| self.packet(window.number(block), block)).collect()
    }

    fn packet(&self, number: u16, block: u64) -> io::Result<Vec<u8>> {
        let size = self.request.options.block;
        let offset = (block - 1) * u64::try_from(size).unwrap_or_default();
        let length = usize::try_from(self.size - offset.min(self.size)).unwrap_or(size).min(size);
        let mut packet = vec![0; 4 + length];
        packet[1] = 3;
        packet[2..4].copy_from_slice(&number.to_be_bytes());
        // A file that became shorter ends the transfer: another block would end it as if it were whole.
        self.file.read_exact_at(&mut packet[4..], offset)?;
        Ok(packet)
    }

    /// Sends packets until the client says what is waited for; nothing where it says nothing.
    async fn ask(
        &self,
        socket: &UdpSocket,
        packets: &[Vec<u8>],
        mut is_it: impl FnMut(u16) -> bool,
    ) -> io::Result<Option<Word>> {
        let patience = Duration::from_secs(u64::from(self.request.options.timeout));
        for _ in 0..TRIES {
            for packet in packets {
                socket.send(packet).await?;
            }
            let heard = timeout(patience, async {
                loop {
                    match listen(socket).await? {
                        Some(Word::Taken(number)) if !is_it(number) => {}
                        Some(word) => return io::Result::Ok(word),
                        None => {}
                    }
                }
            });
            if let Ok(word) = heard.await {
                return word.map(Some);
            }
        }
        Ok(None)
    }
}

async fn listen(socket: &UdpSocket) -> io::Result<Option<Word>> {
    let mut packet = [0; 64];
    let length = socket.recv(&mut packet).await?;
    Ok(match packet[..length] {
        [0, 4, high, low, ..] => Some(Word::Taken(u16::from_be_bytes([high, low]))),
        [0, 5, ..] => Some(Word::Abort),
        _ => None,
    })
}
