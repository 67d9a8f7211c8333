//! One packet to a time server (SNTP, RFC 4330) and what it says about the clock of this machine.

use std::fmt;
use std::hash::{BuildHasher as _, RandomState};
use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::silence::Silence;
use crate::udp::{Patience, Question, QuestionSocket};

/// Bytes of a packet without extensions.
const PACKET: usize = 48;

/// How often it is asked; one datagram may be lost.
const TRIES: u32 = 2;

/// Leap 0, version 4, mode 3: a client's question.
const QUESTION: u8 = 0x23;

/// Seconds from 1900, where NTP begins to count, to 1970.
const TO_1970: f64 = 2_208_988_800.0;

/// Seconds that NTP counts before it begins anew, in 2036.
const ERA: f64 = 4_294_967_296.0;

/// What a server says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct NtpReading {
    /// By how many seconds this machine is ahead of the server.
    pub(super) ahead: f64,
    /// How far the server is from a reference clock.
    pub(super) stratum: u8,
}

/// Why there is no reading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Timeless {
    /// Nothing came back.
    Silence(Silence),
    /// What came was no answer to the question.
    Nonsense,
    /// The server does not know the time itself.
    Unsynchronised,
    /// The server refuses, with a code such as `RATE` or `DENY`.
    Kiss(String),
}

impl fmt::Display for Timeless {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Silence(silence) => silence.fmt(f),
            Self::Nonsense => f.write_str("what it sends is no answer to the question"),
            Self::Unsynchronised => f.write_str("it does not know the time itself"),
            Self::Kiss(code) => write!(f, "it refuses with `{code}`"),
        }
    }
}

impl From<io::Error> for Timeless {
    fn from(error: io::Error) -> Self {
        Self::Silence(error.into())
    }
}

/// Asks a server; each try may take `patience`.
pub(super) fn ask(server: SocketAddr, each: Duration) -> Result<NtpReading, Timeless> {
    let mut asking = NtpQuery { server, sent: Vec::new(), is_nonsense: false };
    let patience = Patience { tries: TRIES, each, until: Instant::now() + each * TRIES };
    let answer = QuestionSocket::with(server)?.ask(&mut asking, patience)?;
    answer.ok_or(if asking.is_nonsense { Timeless::Nonsense } else { Timeless::Silence(Silence::Silent) })
}

/// A question under way.
struct NtpQuery {
    server: SocketAddr,
    /// The mark of each packet, and when it was sent: a late answer is one to its own packet.
    sent: Vec<([u8; 8], f64)>,
    /// Whether something came that is no answer to any.
    is_nonsense: bool,
}

impl Question for NtpQuery {
    type Answer = NtpReading;
    type Error = Timeless;

    fn send(&mut self, socket: &UdpSocket) -> Result<Option<NtpReading>, Timeless> {
        // A datagram may be lost. Nonsense is not: whoever sends it sends it again.
        if self.is_nonsense {
            return Err(Timeless::Nonsense);
        }
        // The server sends the time stamp back. A number by chance gives away nothing about this clock, and
        // nobody who does not see it can answer.
        let mark = RandomState::new().hash_one(self.server).to_be_bytes();
        let mut question = [0; PACKET];
        question[0] = QUESTION;
        question[40..].copy_from_slice(&mark);
        self.sent.push((mark, seconds(SystemTime::now())));
        socket.send(&question)?;
        Ok(None)
    }

    fn hear(&mut self, _: &UdpSocket, bytes: &[u8], _: SocketAddr) -> Result<Option<NtpReading>, Timeless> {
        let received = seconds(SystemTime::now());
        let answer = self.sent.iter().find_map(|(mark, sent)| read(bytes, *mark, *sent, received));
        self.is_nonsense |= answer.is_none();
        answer.transpose()
    }
}

/// Reads an answer; nothing where it is none to this question.
fn read(packet: &[u8], mark: [u8; 8], sent: f64, received: f64) -> Option<Result<NtpReading, Timeless>> {
    let head = packet.first()?;
    let (leap, mode, stratum) = (head >> 6, head & 7, *packet.get(1)?);
    if packet.len() < PACKET || mode != 4 || packet[24..32] != mark {
        return None;
    }
    if stratum == 0 {
        let code = packet[12..16].iter().filter(|byte| byte.is_ascii_graphic()).map(|byte| char::from(*byte));
        return Some(Err(Timeless::Kiss(code.collect())));
    }
    let (arrived, left) = (stamp(&packet[32..40])?, stamp(&packet[40..48])?);
    if leap == 3 || stratum > 15 {
        return Some(Err(Timeless::Unsynchronised));
    }
    Some(Ok(NtpReading { ahead: (sent - arrived).midpoint(received - left), stratum }))
}

/// Reads a time stamp as seconds since 1970; zero means that there is none.
fn stamp(bytes: &[u8]) -> Option<f64> {
    let (whole, part) = bytes.split_first_chunk::<4>()?;
    let part: [u8; 4] = part.try_into().ok()?;
    let (whole, part) = (u32::from_be_bytes(*whole), u32::from_be_bytes(part));
    if whole == 0 && part == 0 {
        return None;
    }
    // Half of the count is before 1968: such a number is of the era that begins in 2036.
    let era = if whole < 1 << 31 { ERA } else { 0.0 };
    Some(f64::from(whole) + era + f64::from(part) / ERA - TO_1970)
}

fn seconds(time: SystemTime) -> f64 {
    time.duration_since(UNIX_EPOCH)
        .map_or_else(|error| -error.duration().as_secs_f64(), |since| since.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    const MARK: [u8; 8] = *b"12345678";

    fn packet(head: u8, stratum: u8, time: u64) -> Vec<u8> {
        let mut packet = vec![0; PACKET];
        (packet[0], packet[1]) = (head, stratum);
        packet[12..16].copy_from_slice(b"RATE");
        packet[24..32].copy_from_slice(&MARK);
        let whole = u32::try_from((time + 2_208_988_800) % (1 << 32)).unwrap();
        packet[32..36].copy_from_slice(&whole.to_be_bytes());
        packet[40..44].copy_from_slice(&whole.to_be_bytes());
        packet
    }

    #[test]
    fn the_clock_is_compared_across_the_end_of_an_era() {
        for now in [1_800_000_000_u32, 2_085_978_495, 2_085_978_497, 4_000_000_000] {
            let (time, now) = (now.into(), f64::from(now));
            let reading = read(&packet(0x24, 2, time), MARK, now + 41.0, now + 43.0).unwrap().unwrap();
            assert_eq!(reading, NtpReading { ahead: 42.0, stratum: 2 }, "{now}");
        }
    }

    #[test]
    fn what_is_no_answer_is_none() {
        let good = packet(0x24, 2, 1_800_000_000);
        let read = |packet: &[u8]| read(packet, MARK, 1.8e9, 1.8e9);
        assert!(read(&good).unwrap().is_ok());
        for length in 0..PACKET {
            assert_eq!(read(&good[..length]), None, "{length}");
        }
        assert_eq!(read(&packet(0x23, 2, 1_800_000_000)), None, "a question");
        let mut other = good.clone();
        other[24] ^= 1;
        assert_eq!(read(&other), None, "somebody else's");
        let mut timeless = good;
        timeless[40..].fill(0);
        assert_eq!(read(&timeless), None, "no time");
    }

    #[test]
    fn a_server_that_cannot_or_will_not_say() {
        let read = |packet: Vec<u8>| read(&packet, MARK, 1.8e9, 1.8e9).unwrap().unwrap_err();
        assert_eq!(read(packet(0xe4, 2, 1_800_000_000)), Timeless::Unsynchronised);
        assert_eq!(read(packet(0x24, 16, 1_800_000_000)), Timeless::Unsynchronised);
        assert_eq!(read(packet(0x24, 0, 1_800_000_000)), Timeless::Kiss("RATE".into()));
    }
}
