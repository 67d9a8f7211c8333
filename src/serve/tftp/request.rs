//! A read request, and the options that are taken of it (RFC 1350, 2347, 2348, 2349, 7440).

/// The block size without the option, in bytes (RFC 1350).
const BLOCK: usize = 512;

/// The largest block that is sent: with its headers it fits into a frame of Ethernet.
const MOST_BLOCK: usize = 1468;

/// The most blocks that are sent without an acknowledgement.
const MOST_WINDOW: u16 = 16;

/// What a client asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TftpRequest {
    /// The names of its path.
    pub names: Vec<String>,
    /// The name as it came, fit to be shown.
    pub name: String,
    /// How it is to be sent.
    pub options: TransferOptions,
    /// Whether options were asked for at all, in the order in which they came.
    pub asked: Vec<TftpOption>,
}

/// An option that is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TftpOption {
    /// `blksize`
    Block,
    /// `tsize`
    Size,
    /// `windowsize`
    Window,
    /// `timeout`
    Timeout,
    /// `rollover`
    Rollover,
}

/// How a file is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TransferOptions {
    /// Bytes of a block.
    pub block: usize,
    /// Blocks before an acknowledgement.
    pub window: u16,
    /// Seconds before something is sent again.
    pub timeout: u8,
    /// The number that follows block 65535. No RFC says it; every loader that was read expects 0.
    pub rollover: u16,
}

/// Why a request is refused, with the code of RFC 1350.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TftpRefusal {
    /// Nothing is written here.
    Write,
    /// Not a request, or not of a mode that loaders use.
    Malformed,
}

impl TftpRefusal {
    /// Returns the code and the text of the answer.
    pub fn answer(self) -> (u16, &'static str) {
        match self {
            Self::Write => (2, "okdboot takes no files"),
            Self::Malformed => (4, "only read requests of mode octet are answered"),
        }
    }
}

impl TftpRequest {
    /// Reads a packet that came to the port of requests.
    pub fn parse(packet: &[u8]) -> Result<Self, TftpRefusal> {
        match packet {
            [0, 1, rest @ ..] => Self::read(rest),
            [0, 2, ..] => Err(TftpRefusal::Write),
            _ => Err(TftpRefusal::Malformed),
        }
    }

    fn read(bytes: &[u8]) -> Result<Self, TftpRefusal> {
        // Some ROMs leave the last NUL out.
        let mut words = bytes.strip_suffix(&[0]).unwrap_or(bytes).split(|byte| *byte == 0);
        let name = readable(words.next().unwrap_or_default());
        let mode = words.next().unwrap_or_default();
        // Loaders send octet; petitboot's tftp-hpa can say binary.
        if name.is_empty() || !(mode.eq_ignore_ascii_case(b"octet") || mode.eq_ignore_ascii_case(b"binary")) {
            return Err(TftpRefusal::Malformed);
        }
        let mut request = Self {
            names: names(&name),
            name,
            options: TransferOptions { block: BLOCK, window: 1, timeout: 1, rollover: 0 },
            asked: Vec::new(),
        };
        while let (Some(option), Some(value)) = (words.next(), words.next()) {
            request.take(&readable(option).to_ascii_lowercase(), &readable(value));
        }
        Ok(request)
    }

    /// Takes an option; one that is unknown, or asks for what cannot be, is left out of the answer.
    fn take(&mut self, option: &str, value: &str) {
        let Ok(number) = value.parse::<u64>() else { return };
        let options = &mut self.options;
        let asked = match (option, number) {
            ("blksize", 8..=65_464) => {
                options.block = usize::try_from(number).unwrap_or(MOST_BLOCK).min(MOST_BLOCK);
                TftpOption::Block
            }
            ("windowsize", 1..=65_535) => {
                options.window = u16::try_from(number).unwrap_or(MOST_WINDOW).min(MOST_WINDOW);
                TftpOption::Window
            }
            ("timeout", 1..=255) => {
                options.timeout = u8::try_from(number).unwrap_or(1);
                TftpOption::Timeout
            }
            ("rollover", 0..=1) => {
                options.rollover = u16::from(number == 1);
                TftpOption::Rollover
            }
            ("tsize", _) => TftpOption::Size,
            _ => return,
        };
        if !self.asked.contains(&asked) {
            self.asked.push(asked);
        }
    }

    /// Returns the acknowledgement of the options; nothing where none was taken.
    pub fn acknowledgement(&self, size: u64) -> Option<Vec<u8>> {
        if self.asked.is_empty() {
            return None;
        }
        let mut packet = vec![0, 6];
        for asked in &self.asked {
            let (name, value) = match asked {
                TftpOption::Block => ("blksize", self.options.block.to_string()),
                TftpOption::Size => ("tsize", size.to_string()),
                TftpOption::Window => ("windowsize", self.options.window.to_string()),
                TftpOption::Timeout => ("timeout", self.options.timeout.to_string()),
                TftpOption::Rollover => ("rollover", self.options.rollover.to_string()),
            };
            packet.extend([name.as_bytes(), b"\0", value.as_bytes(), b"\0"].concat());
        }
        Some(packet)
    }
}

/// A name from option 67 without its NUL has bytes behind it that are no text.
fn readable(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|byte| !(0x20..=0x7e).contains(byte)).unwrap_or(bytes.len());
    String::from_utf8_lossy(&bytes[..end]).trim_end().to_owned()
}

/// ROMs of Windows' world and shim ask with backslashes, GRUB with a slash in front.
fn names(name: &str) -> Vec<String> {
    name.split(['/', '\\']).filter(|part| !matches!(*part, "" | ".")).map(str::to_owned).collect()
}

/// Returns an error packet.
pub fn error(code: u16, message: &str) -> Vec<u8> {
    let mut packet = vec![0, 5];
    packet.extend(code.to_be_bytes());
    packet.extend(message.bytes().take(200));
    packet.push(0);
    packet
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_of_loaders_are_read() {
        let edk2 =
            TftpRequest::parse(b"\0\x01snponly.efi\0octet\0tsize\x000\0blksize\x001468\0windowsize\x004\0")
                .unwrap();
        assert_eq!(
            (edk2.names.clone(), edk2.options.block, edk2.options.window),
            (vec!["snponly.efi".to_owned()], 1468, 4)
        );
        assert_eq!(edk2.acknowledgement(9).unwrap(), b"\0\x06tsize\x009\0blksize\x001468\0windowsize\x004\0");
        let grub = TftpRequest::parse(b"\0\x01/grub/./grub.cfg-01-52\0octet\0blksize\x001024\0tsize\x000\0")
            .unwrap();
        assert_eq!(grub.names, ["grub", "grub.cfg-01-52"]);
        let shim = TftpRequest::parse(b"\0\x01\\EFI\\grubx64.efi\xff\0OCTET\0BLKSIZE\x0065464\0").unwrap();
        assert_eq!((shim.names.join("/"), shim.options.block), ("EFI/grubx64.efi".to_owned(), MOST_BLOCK));
        let plain = TftpRequest::parse(b"\0\x01kernel\0octet").unwrap();
        assert_eq!((plain.options.block, plain.acknowledgement(1)), (512, None));
        let odd =
            TftpRequest::parse(b"\0\x01k\0octet\0blksize\x007\0timeout\x000\0multicast\0\0rollover\x001\0")
                .unwrap();
        assert_eq!((odd.asked, odd.options.rollover), (vec![TftpOption::Rollover], 1));
    }

    #[test]
    fn what_is_none_is_refused() {
        assert_eq!(TftpRequest::parse(b"\0\x02k\0octet\0"), Err(TftpRefusal::Write));
        for bad in [
            &b""[..],
            b"\0\x01",
            b"\0\x01k\0netascii\0",
            b"\0\x01\0octet\0",
            b"\0\x04\0\x01",
            b"\x01\x01k\0octet\0",
        ] {
            assert_eq!(TftpRequest::parse(bad), Err(TftpRefusal::Malformed), "{bad:?}");
        }
        assert_eq!(error(1, "no"), b"\0\x05\0\x01no\0");
    }
}
