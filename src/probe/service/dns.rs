//! One question to one name server, as a machine asks it: over UDP, and over TCP where the answer is cut.

use std::collections::BTreeSet;
use std::fmt;
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::{IpAddr, SocketAddr, TcpStream, UdpSocket};
use std::time::{Duration, Instant};

use hickory_proto::op::{Edns, Message, MessageType, Query, ResponseCode};
use hickory_proto::rr::{Name, RData, RecordType};

use super::silence::Silence;
use crate::udp::{self, Patience, QuestionSocket, left};

/// How often a question is asked; one datagram may be lost.
const TRIES: u32 = 2;

/// The largest answer over UDP that is asked for: what passes any network in one piece.
const UDP_ANSWER: u16 = 1232;

/// How many aliases are followed from a name.
const MAX_ALIASES: usize = 8;

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum DnsQuestion {
    /// The addresses of a name, of one family.
    Addresses(String, AddressFamily),
    /// The names of an address.
    Names(IpAddr),
}

/// A family of addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AddressFamily {
    /// Four bytes: `A`.
    V4,
    /// Sixteen bytes: `AAAA`.
    V6,
}

impl AddressFamily {
    pub(super) fn of(address: IpAddr) -> Self {
        if address.is_ipv4() { Self::V4 } else { Self::V6 }
    }

    /// Returns the type of record that holds an address.
    pub(super) fn record(self) -> &'static str {
        match self {
            Self::V4 => "A",
            Self::V6 => "AAAA",
        }
    }
}

/// What a server answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum DnsAnswer {
    /// Addresses; none where the name is there, but has no address.
    Addresses(BTreeSet<IpAddr>),
    /// Names, in lower case and without the last dot; none where the address is there, but has no name.
    Names(BTreeSet<String>),
    /// There is no such name.
    NoName,
    /// The server could not or would not answer.
    Refused(ResponseCode),
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Unanswered {
    /// Nothing came back.
    Silence(Silence),
    /// What came was no answer to the question.
    Nonsense,
    /// The question cannot be asked: it is no name.
    NoQuestion,
}

impl fmt::Display for Unanswered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Silence(silence) => silence.fmt(f),
            Self::Nonsense => f.write_str("what it sends is no answer to the question"),
            Self::NoQuestion => f.write_str("not a name"),
        }
    }
}

impl From<io::Error> for Unanswered {
    fn from(error: io::Error) -> Self {
        // Over TCP a server may hang up in the middle.
        if error.kind() == ErrorKind::UnexpectedEof { Self::Nonsense } else { Self::Silence(error.into()) }
    }
}

/// Asks a server; each try may take `patience`.
pub(super) fn ask(
    server: SocketAddr,
    question: &DnsQuestion,
    patience: Duration,
) -> Result<DnsAnswer, Unanswered> {
    let query = question.query().ok_or(Unanswered::NoQuestion)?;
    let mut answer = over_udp(server, &query, patience)?;
    if answer.metadata.truncation {
        answer = over_tcp(server, &query, Instant::now() + patience)?;
    }
    Ok(question.read(&answer, &query))
}

fn over_udp(server: SocketAddr, query: &Message, each: Duration) -> Result<Message, Unanswered> {
    let mut asking = DnsQuery { bytes: bytes(query)?, query, is_nonsense: false };
    let patience = Patience { tries: TRIES, each, until: Instant::now() + each * TRIES };
    let answer = QuestionSocket::with(server)?.ask(&mut asking, patience)?;
    answer.ok_or(if asking.is_nonsense { Unanswered::Nonsense } else { Unanswered::Silence(Silence::Silent) })
}

/// A question under way.
struct DnsQuery<'q> {
    query: &'q Message,
    bytes: Vec<u8>,
    /// Whether something came that is no answer to it.
    is_nonsense: bool,
}

impl udp::Question for DnsQuery<'_> {
    type Answer = Message;
    type Error = Unanswered;

    fn send(&mut self, socket: &UdpSocket) -> Result<Option<Message>, Unanswered> {
        // A datagram may be lost. Nonsense is not: whoever sends it sends it again.
        if self.is_nonsense {
            return Err(Unanswered::Nonsense);
        }
        socket.send(&self.bytes)?;
        Ok(None)
    }

    fn hear(&mut self, _: &UdpSocket, bytes: &[u8], _: SocketAddr) -> Result<Option<Message>, Unanswered> {
        let answer = Message::from_vec(bytes).ok().filter(|answer| fits(answer, self.query));
        self.is_nonsense |= answer.is_none();
        Ok(answer)
    }
}

fn over_tcp(server: SocketAddr, query: &Message, by: Instant) -> Result<Message, Unanswered> {
    let mut stream =
        TcpStream::connect_timeout(&server, left(by).ok_or(Unanswered::Silence(Silence::Silent))?)?;
    stream.set_write_timeout(left(by))?;
    let query_bytes = bytes(query)?;
    let length = u16::try_from(query_bytes.len()).map_err(|_| Unanswered::NoQuestion)?;
    stream.write_all(&[&length.to_be_bytes()[..], &query_bytes].concat())?;
    let mut length = [0; 2];
    read_by(&mut stream, &mut length, by)?;
    let mut answer = vec![0; usize::from(u16::from_be_bytes(length))];
    read_by(&mut stream, &mut answer, by)?;
    let answer = Message::from_vec(&answer).map_err(|_| Unanswered::Nonsense)?;
    if fits(&answer, query) { Ok(answer) } else { Err(Unanswered::Nonsense) }
}

/// Fills a buffer, however slowly the bytes come, but not later than `by`.
fn read_by(stream: &mut TcpStream, buffer: &mut [u8], by: Instant) -> Result<(), Unanswered> {
    let mut filled = 0;
    while filled < buffer.len() {
        stream.set_read_timeout(Some(left(by).ok_or(Unanswered::Silence(Silence::Silent))?))?;
        match stream.read(&mut buffer[filled..]) {
            Ok(0) => return Err(Unanswered::Nonsense),
            Ok(read) => filled += read,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

fn bytes(query: &Message) -> Result<Vec<u8>, Unanswered> {
    query.to_vec().map_err(|_| Unanswered::NoQuestion)
}

/// Says whether a message answers this question and no other.
fn fits(answer: &Message, query: &Message) -> bool {
    answer.metadata.message_type == MessageType::Response
        && answer.metadata.id == query.metadata.id
        && match (answer.queries.as_slice(), query.queries.as_slice()) {
            ([answered], [asked]) => answered == asked,
            // A server that refuses may leave the question out.
            ([], _) => answer.metadata.response_code != ResponseCode::NoError,
            _ => false,
        }
}

impl DnsQuestion {
    fn query(&self) -> Option<Message> {
        let (name, kind) = match self {
            Self::Addresses(name, AddressFamily::V4) => (absolute(name)?, RecordType::A),
            Self::Addresses(name, AddressFamily::V6) => (absolute(name)?, RecordType::AAAA),
            Self::Names(address) => (Name::from_ascii(reverse(*address)).ok()?, RecordType::PTR),
        };
        let mut message = Message::query();
        message.metadata.recursion_desired = true;
        message.add_query(Query::query(name, kind));
        let mut edns = Edns::new();
        edns.set_max_payload(UDP_ANSWER);
        message.set_edns(edns);
        Some(message)
    }

    fn read(&self, answer: &Message, query: &Message) -> DnsAnswer {
        match answer.metadata.response_code {
            ResponseCode::NoError => {}
            ResponseCode::NXDomain => return DnsAnswer::NoName,
            code => return DnsAnswer::Refused(code),
        }
        let Some(asked) = query.queries.first() else { return DnsAnswer::NoName };
        let owner = owner(answer, asked.name());
        let data = answer.answers.iter().filter(|record| record.name == owner).map(|record| &record.data);
        match self {
            Self::Addresses(..) => DnsAnswer::Addresses(data.filter_map(address).collect()),
            Self::Names(_) => DnsAnswer::Names(data.filter_map(name).collect()),
        }
    }
}

/// Follows the aliases of a name.
fn owner(answer: &Message, name: &Name) -> Name {
    let mut owner = name.clone();
    for _ in 0..MAX_ALIASES {
        let alias = answer.answers.iter().find_map(|record| match &record.data {
            RData::CNAME(alias) if record.name == owner => Some(alias.0.clone()),
            _ => None,
        });
        let Some(alias) = alias else { break };
        owner = alias;
    }
    owner
}

fn absolute(name: &str) -> Option<Name> {
    Name::from_ascii(format!("{name}.")).ok()
}

fn address(data: &RData) -> Option<IpAddr> {
    match data {
        RData::A(address) => Some(address.0.into()),
        RData::AAAA(address) => Some(address.0.into()),
        _ => None,
    }
}

fn name(data: &RData) -> Option<String> {
    let RData::PTR(name) = data else { return None };
    Some(name.0.to_ascii().trim_end_matches('.').to_ascii_lowercase())
}

/// Returns the name under which the names of an address stand.
pub(super) fn reverse(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => {
            let [a, b, c, d] = address.octets();
            format!("{d}.{c}.{b}.{a}.in-addr.arpa.")
        }
        IpAddr::V6(address) => {
            let digits = address.octets().into_iter().rev().flat_map(|octet| [octet & 15, octet >> 4]);
            digits.map(|digit| format!("{digit:x}.")).collect::<String>() + "ip6.arpa."
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_asked_for_the_other_way_round() {
        assert_eq!(reverse("192.0.2.5".parse().unwrap()), "5.2.0.192.in-addr.arpa.");
        let zeros = "0.".repeat(20);
        assert_eq!(
            reverse("2001:db8::ab".parse().unwrap()),
            format!("b.a.0.0.{zeros}8.b.d.0.1.0.0.2.ip6.arpa.")
        );
    }
}
