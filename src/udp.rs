//! A question by datagrams: asked, waited for, and asked again until there is an answer or no more time.
//! A datagram may be lost, and nobody says so.

use std::io::{self, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

/// How often something is asked, and how long is waited.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// How often it is asked.
    pub tries: u32,
    /// How long is waited before it is asked again.
    pub each: Duration,
    /// The end of everything.
    pub until: Instant,
}

/// What is asked, and what counts as an answer.
pub trait Question {
    /// What brings the asker on.
    type Answer;
    /// What ends the asking.
    type Error: From<io::Error>;

    /// Sends it, once or once more; returns the answer instead where what came is enough by now.
    fn send(&mut self, socket: &UdpSocket) -> Result<Option<Self::Answer>, Self::Error>;

    /// Judges a datagram; nothing where it is no answer, or not enough of it.
    fn hear(
        &mut self,
        socket: &UdpSocket,
        bytes: &[u8],
        sender: SocketAddr,
    ) -> Result<Option<Self::Answer>, Self::Error>;
}

/// A socket to ask by.
#[derive(Debug)]
pub struct QuestionSocket {
    socket: UdpSocket,
    buffer: Vec<u8>,
}

impl QuestionSocket {
    /// Asks by a socket, which has to wait when it reads.
    pub fn over(socket: UdpSocket) -> Self {
        Self { socket, buffer: vec![0; usize::from(u16::MAX)] }
    }

    /// Opens a port of any number, from which a server can be asked.
    pub fn towards(server: SocketAddr) -> io::Result<Self> {
        let any: IpAddr =
            if server.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
        UdpSocket::bind((any, 0)).map(Self::over)
    }

    /// Opens a port that hears one server alone: the kernel then drops what comes from anybody else, and
    /// reports a closed port.
    pub fn with(server: SocketAddr) -> io::Result<Self> {
        let line = Self::towards(server)?;
        line.socket.connect(server)?;
        Ok(line)
    }

    /// Returns the socket.
    pub fn socket(&self) -> &UdpSocket {
        &self.socket
    }

    /// Asks until an answer comes; nothing where none came in time.
    pub fn ask<Q: Question>(
        &mut self,
        question: &mut Q,
        patience: Patience,
    ) -> Result<Option<Q::Answer>, Q::Error> {
        for _ in 0..patience.tries {
            if let Some(answer) = question.send(&self.socket)? {
                return Ok(Some(answer));
            }
            let until = (Instant::now() + patience.each).min(patience.until);
            while let Some(wait) = left(until) {
                if let Some(answer) = self.listen(question, wait)? {
                    return Ok(Some(answer));
                }
            }
            if left(patience.until).is_none() {
                break;
            }
        }
        Ok(None)
    }

    fn listen<Q: Question>(
        &mut self,
        question: &mut Q,
        wait: Duration,
    ) -> Result<Option<Q::Answer>, Q::Error> {
        self.socket.set_read_timeout(Some(wait))?;
        match self.socket.recv_from(&mut self.buffer) {
            Ok((length, sender)) => question.hear(&self.socket, &self.buffer[..length], sender),
            Err(error) if is_wait(&error) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

/// Returns the time until an instant, if there is any.
pub fn left(until: Instant) -> Option<Duration> {
    until.checked_duration_since(Instant::now()).filter(|left| !left.is_zero())
}

fn is_wait(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Asks itself, and takes the datagram of a number for the answer.
    struct Echo {
        sent: u8,
        wanted: u8,
    }

    impl Question for Echo {
        type Answer = u8;
        type Error = io::Error;

        fn send(&mut self, socket: &UdpSocket) -> io::Result<Option<u8>> {
            self.sent += 1;
            socket.send_to(&[self.sent], socket.local_addr()?)?;
            Ok(None)
        }

        fn hear(&mut self, socket: &UdpSocket, bytes: &[u8], sender: SocketAddr) -> io::Result<Option<u8>> {
            assert_eq!(sender, socket.local_addr()?);
            Ok(bytes.first().copied().filter(|number| *number == self.wanted))
        }
    }

    fn echo(wanted: u8, tries: u32, limit: Duration) -> (Option<u8>, u8) {
        let mut line = QuestionSocket::over(UdpSocket::bind("127.0.0.1:0").unwrap());
        let mut echo = Echo { sent: 0, wanted };
        let each = Duration::from_millis(5);
        let patience = Patience { tries, each, until: Instant::now() + limit };
        (line.ask(&mut echo, patience).unwrap(), echo.sent)
    }

    #[test]
    fn what_has_no_answer_is_asked_again_until_there_is_no_more_time() {
        let long = Duration::from_secs(60);
        assert_eq!(echo(3, 4, long), (Some(3), 3));
        assert_eq!(echo(9, 4, long), (None, 4));
        let (answer, sent) = echo(0, u32::MAX, Duration::from_millis(20));
        assert!(answer.is_none() && sent < 6, "{sent}");
        assert_eq!(echo(9, 4, Duration::ZERO), (None, 1));
    }
}
