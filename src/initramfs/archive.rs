//! cpio archives of the `newc` form: what the kernel reads (kernel documentation, "initramfs buffer
//! format").

use std::cell::Cell;
use std::io::{self, BufRead, BufReader, Read};

use super::want;

/// The list, without the slash or `./` that a path may begin with.
const LIST: &[u8] = b"etc/coreos-live-want-rootfs";

/// What an archive ends with.
const TRAILER: &[u8] = b"TRAILER!!!";

/// Bytes of a header: the magic and 13 fields of eight hexadecimal digits.
const HEADER: usize = 110;

/// The longest name, `PATH_MAX`, with its NUL.
const MAX_NAME: u32 = 4096;

const TYPE: u32 = 0o170_000;
const REGULAR: u32 = 0o100_000;

/// Bytes that are unpacked at once.
const BUFFER: usize = 64 << 10;

/// How many bytes may still be unpacked, of all parts together.
#[derive(Debug)]
pub(super) struct UnpackBudget(Cell<u64>);

impl UnpackBudget {
    pub(super) fn of(bytes: u64) -> Self {
        Self(Cell::new(bytes))
    }

    pub(super) fn is_spent(&self) -> bool {
        self.0.get() == 0
    }

    fn spend(&self, bytes: usize) -> io::Result<()> {
        let left = self.0.get().saturating_sub(bytes as u64);
        self.0.set(left);
        if left == 0 { Err(io::Error::other("too much")) } else { Ok(()) }
    }
}

/// A part as it comes out of its compression.
pub(super) struct Unpacked<'a>(Inner<'a>);

enum Inner<'a> {
    /// Not buffered: what follows the trailer is the next part's.
    Plain(Metered<'a>),
    Packed(BufReader<Metered<'a>>),
}

struct Metered<'a> {
    reader: Box<dyn Read + 'a>,
    budget: &'a UnpackBudget,
}

impl Read for Metered<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.reader.read(buffer)?;
        self.budget.spend(count)?;
        Ok(count)
    }
}

impl<'a> Unpacked<'a> {
    pub(super) fn new(reader: Box<dyn Read + 'a>, budget: &'a UnpackBudget, is_packed: bool) -> Self {
        let metered = Metered { reader, budget };
        let packed = |metered| Inner::Packed(BufReader::with_capacity(BUFFER, metered));
        Self(if is_packed { packed(metered) } else { Inner::Plain(metered) })
    }

    /// Skips zeros inside of a compression; returns whether anything follows.
    fn has_more(&mut self) -> io::Result<bool> {
        let Inner::Packed(reader) = &mut self.0 else { return Ok(true) };
        loop {
            let buffer = reader.fill_buf()?;
            let zeros = buffer.iter().take_while(|byte| **byte == 0).count();
            let (is_over, has_more) = (zeros < buffer.len() || buffer.is_empty(), zeros < buffer.len());
            reader.consume(zeros);
            if is_over {
                return Ok(has_more);
            }
        }
    }
}

impl Read for Unpacked<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match &mut self.0 {
            Inner::Plain(reader) => reader.read(buffer),
            Inner::Packed(reader) => reader.read(buffer),
        }
    }
}

/// What came of looking for an archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ArchiveStep {
    /// One was read.
    Archive,
    /// Nothing but zeros was left.
    End,
}

/// Reads one archive to its trailer, and hands over the list if it stands in it: nothing where something
/// else has its path, which is what the kernel makes of that too.
pub(super) fn read(reader: &mut Unpacked, found: &mut dyn FnMut(Option<Vec<u8>>)) -> io::Result<ArchiveStep> {
    if !reader.has_more()? {
        return Ok(ArchiveStep::End);
    }
    loop {
        let header = Header::read(reader)?;
        let name = header.name(reader)?;
        if name == TRAILER {
            skip(reader, header.padded_size())?;
            return Ok(ArchiveStep::Archive);
        }
        let path = name.strip_prefix(b"./").unwrap_or(&name);
        if path.strip_prefix(b"/").unwrap_or(path) != LIST {
            skip(reader, header.padded_size())?;
        } else if header.mode & TYPE == REGULAR {
            found(Some(header.contents(reader)?));
        } else {
            skip(reader, header.padded_size())?;
            found(None);
        }
    }
}

struct Header {
    mode: u32,
    size: u32,
    name_size: u32,
}

impl Header {
    fn read(reader: &mut dyn Read) -> io::Result<Self> {
        let mut bytes = [0; HEADER];
        reader.read_exact(&mut bytes)?;
        if !matches!(&bytes[..6], b"070701" | b"070702") {
            return Err(invalid("an entry has no header"));
        }
        let header = Self { mode: field(&bytes, 1)?, size: field(&bytes, 6)?, name_size: field(&bytes, 11)? };
        if header.name_size == 0 || header.name_size > MAX_NAME {
            return Err(invalid("an entry has no name that could be one"));
        }
        Ok(header)
    }

    /// The name stands with its NUL after the header; both together fill up to four bytes.
    fn name(&self, reader: &mut dyn Read) -> io::Result<Vec<u8>> {
        let mut name = vec![0; self.name_size as usize];
        reader.read_exact(&mut name)?;
        skip(reader, padding(HEADER as u64 + u64::from(self.name_size)))?;
        let end = name.iter().position(|byte| *byte == 0).ok_or_else(|| invalid("a name has no end"))?;
        name.truncate(end);
        Ok(name)
    }

    fn padded_size(&self) -> u64 {
        u64::from(self.size) + padding(u64::from(self.size))
    }

    fn contents(&self, reader: &mut dyn Read) -> io::Result<Vec<u8>> {
        if u64::from(self.size) > want::MAX_BYTES {
            return Err(invalid("the list of digests is too long"));
        }
        let mut contents = vec![0; self.size as usize];
        reader.read_exact(&mut contents)?;
        skip(reader, padding(u64::from(self.size)))?;
        Ok(contents)
    }
}

fn field(header: &[u8; HEADER], at: usize) -> io::Result<u32> {
    let digits = header.get(6 + 8 * at..14 + 8 * at).and_then(|digits| std::str::from_utf8(digits).ok());
    let digits = digits.filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
    let number = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
    number.ok_or_else(|| invalid("a header has a field that is no number"))
}

fn padding(size: u64) -> u64 {
    size.wrapping_neg() % 4
}

fn skip(reader: &mut dyn Read, count: u64) -> io::Result<()> {
    let skipped = io::copy(&mut reader.take(count), &mut io::sink())?;
    if skipped == count { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}

fn invalid(what: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}
