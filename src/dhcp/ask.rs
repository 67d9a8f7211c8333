//! Questions to DHCP servers, as machines would ask them. A question takes no address: only a request does.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use super::packet::{DhcpMessageType, DhcpPacket, option};
use super::socket::Interface;
use super::{CLIENT_PORT, SERVER_PORT};
use crate::model::mac::MacAddr;
use crate::udp::{Patience, Question, QuestionSocket};

/// When a question is repeated; a first packet may be lost while a switch learns.
const REPEAT: Duration = Duration::from_secs(2);

/// The broadcast bit of `flags`: an answer reaches whoever has no address.
const BROADCAST: u16 = 0x8000;

/// A machine that looks for servers.
pub fn discover(mac: MacAddr, xid: u32) -> DhcpPacket {
    let any = Ipv4Addr::UNSPECIFIED;
    DhcpPacket {
        op: 1,
        xid,
        flags: BROADCAST,
        ciaddr: any,
        yiaddr: any,
        siaddr: any,
        giaddr: any,
        mac,
        file: Vec::new(),
        options: vec![(option::TYPE, vec![DhcpMessageType::Discover.number()])],
    }
}

/// Asks every question at once, and again while there is time; returns the offers as they come, until they
/// are enough.
pub fn offers(
    interface: &Interface,
    questions: &[DhcpPacket],
    patience: Duration,
    are_enough: impl Fn(&[DhcpPacket]) -> bool,
) -> io::Result<Vec<DhcpPacket>> {
    let socket = interface.open(CLIENT_PORT)?;
    socket.set_nonblocking(false)?;
    let mut round = OfferRound { questions, found: Vec::new(), are_enough };
    let patience = Patience { tries: u32::MAX, each: REPEAT, until: Instant::now() + patience };
    QuestionSocket::over(socket).ask(&mut round, patience)?;
    Ok(round.found)
}

/// The questions, and the offers so far.
struct OfferRound<'q, E> {
    questions: &'q [DhcpPacket],
    found: Vec<DhcpPacket>,
    are_enough: E,
}

impl<E: Fn(&[DhcpPacket]) -> bool> Question for OfferRound<'_, E> {
    type Answer = ();
    type Error = io::Error;

    fn send(&mut self, socket: &UdpSocket) -> io::Result<Option<()>> {
        if (self.are_enough)(&self.found) {
            return Ok(Some(()));
        }
        for question in self.questions {
            socket.send_to(&question.to_bytes(), SocketAddr::from((Ipv4Addr::BROADCAST, SERVER_PORT)))?;
        }
        Ok(None)
    }

    fn hear(&mut self, _: &UdpSocket, bytes: &[u8], _: SocketAddr) -> io::Result<Option<()>> {
        let offer = DhcpPacket::parse(bytes).filter(|packet| is_answer(packet, self.questions));
        // Each server answers each question once, however often it was asked.
        let new = offer.filter(|offer| !self.found.contains(offer));
        self.found.extend(new);
        Ok((self.are_enough)(&self.found).then_some(()))
    }
}

fn is_answer(packet: &DhcpPacket, questions: &[DhcpPacket]) -> bool {
    let is_offer = packet.op == 2 && packet.kind() == Some(DhcpMessageType::Offer);
    is_offer && questions.iter().any(|question| question.mac == packet.mac && question.xid == packet.xid)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_belongs_to_its_question() {
        let question = discover("52:54:00:00:00:01".parse().unwrap(), 7);
        let questions = std::slice::from_ref(&question);
        assert!(!is_answer(&question, questions));
        let offer = DhcpPacket { op: 2, options: vec![(option::TYPE, vec![2])], ..question.clone() };
        assert!(is_answer(&offer, questions));
        assert!(!is_answer(&DhcpPacket { xid: 8, ..offer.clone() }, questions));
        let other = "52:54:00:00:00:02".parse().unwrap();
        assert!(!is_answer(&DhcpPacket { mac: other, ..offer }, questions));
    }
}
