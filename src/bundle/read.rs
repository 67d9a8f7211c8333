//! Reading a bundle: in one pass, and nothing in it is believed before all of it was seen.

use std::io::{self, Read};

use tar::{Archive, Entries, Entry, EntryType};

use super::listing::Listing;
use super::place::BundlePlace;
use super::tally::Tally;
use super::{BundleError, SUMS};
use crate::model::digest::Sha256;

/// The most of a path in an archive, in bytes.
const MOST_PATH: u64 = 1024;

/// How much may follow the last entry: what tar(1) fills its last record with.
const MOST_PADDING: u64 = 1 << 20;

/// How large the parts of a bundle may be.
#[derive(Clone, Copy, Debug)]
pub struct BundleLimits {
    /// How many entries.
    pub entries: usize,
    /// The bytes of the listing.
    pub listing: u64,
    /// The bytes of an entry that is no artifact; such a one is held in memory.
    pub text: u64,
    /// The bytes of all of those.
    pub texts: u64,
    /// The bytes of an artifact.
    pub artifact: u64,
    /// The bytes of all entries.
    pub total: u64,
}

impl Default for BundleLimits {
    fn default() -> Self {
        let (entries, listing) = (100_000, 16 << 20);
        Self { entries, listing, text: 64 << 20, texts: 256 << 20, artifact: 8 << 30, total: 64 << 30 }
    }
}

/// Takes what is in a bundle. Until [`read`] has returned well, none of it is checked.
pub trait Sink {
    /// Why it cannot take something.
    type Error: From<BundleError>;

    /// Takes an entry that is no artifact.
    fn text(&mut self, place: &BundlePlace, bytes: Vec<u8>) -> Result<(), Self::Error>;

    /// Takes an artifact, which has these many bytes.
    fn artifact(
        &mut self,
        place: &BundlePlace,
        sha256: Sha256,
        bytes: u64,
        from: &mut dyn Read,
    ) -> Result<(), Self::Error>;
}

/// What has been read.
#[derive(Clone, Debug)]
pub struct ReadBundle {
    /// The digest of the archive.
    pub sha256: Sha256,
    /// Its size.
    pub bytes: u64,
    /// What is in it.
    pub listing: Listing,
}

/// Reads a bundle to its end.
pub fn read<S: Sink>(from: impl Read, limits: &BundleLimits, sink: &mut S) -> Result<ReadBundle, S::Error> {
    let mut archive = Archive::new(Tally::new(from));
    let listing = read_entries(&mut archive, limits, sink)?;
    let mut rest = archive.into_inner();
    refuse_rest(&mut rest)?;
    let bytes = rest.bytes;
    Ok(ReadBundle { sha256: rest.finish().1, bytes, listing })
}

fn read_entries<S: Sink, R: Read>(
    archive: &mut Archive<R>,
    limits: &BundleLimits,
    sink: &mut S,
) -> Result<Listing, S::Error> {
    let entries = archive.entries().map_err(BundleError::of_io)?.raw(true);
    let mut walk = BundleWalk { entries, limits, total: 0, texts: 0 };
    let listing = walk.listing()?;
    for (place, sha256) in listing.iter() {
        walk.entry(place, sha256, sink)?;
    }
    walk.end()?;
    Ok(listing)
}

struct BundleWalk<'w, R: Read> {
    entries: Entries<'w, R>,
    limits: &'w BundleLimits,
    total: u64,
    texts: u64,
}

/// An entry with its path and size.
struct BundleEntry<'w, R: Read> {
    path: String,
    size: u64,
    entry: Entry<'w, R>,
}

impl<'w, R: Read> BundleWalk<'w, R> {
    fn listing(&mut self) -> Result<Listing, BundleError> {
        let not_ours = || BundleError::Form { why: format!("it does not begin with `{SUMS}`") };
        let found = self.next()?.filter(|found| found.path == SUMS).ok_or_else(not_ours)?;
        let bytes = found.hold(self.limits.listing)?;
        let text = String::from_utf8(bytes).map_err(|_| not_ours())?;
        let listing = Listing::parse(&text, self.limits.entries)?;
        if listing.get(&BundlePlace::Index).is_none() {
            return Err(BundleError::Form {
                why: format!("`{SUMS}` does not list `{}`", BundlePlace::Index),
            });
        }
        Ok(listing)
    }

    fn entry<S: Sink>(&mut self, place: &BundlePlace, listed: Sha256, sink: &mut S) -> Result<(), S::Error> {
        let (limits, total) = (self.limits, self.total);
        let missing = || BundleError::Entry {
            path: place.to_string(),
            why: "it is listed, and the archive ends before it".to_owned(),
        };
        let found = self.next()?.ok_or_else(missing)?;
        refuse_other(place, &found.path)?;
        let size = found.size;
        bound("the bundle", total.saturating_add(size), limits.total)?;
        let found_sha256 = if let BundlePlace::Artifact(_) = place {
            bound(&format!("`{place}`"), size, limits.artifact)?;
            let mut body = Tally::new(found.entry.take(size));
            sink.artifact(place, listed, size, &mut body)?;
            // Whatever the sink has left is a part of the digest too.
            io::copy(&mut body, &mut io::sink()).map_err(BundleError::of_io)?;
            refuse_short(place, body.bytes, size)?;
            body.finish().1
        } else {
            bound("the rendered tree and all other texts", self.texts.saturating_add(size), limits.texts)?;
            let bytes = found.hold(limits.text)?;
            let sha256 = Sha256::of(&bytes);
            if sha256 == listed {
                sink.text(place, bytes)?;
            }
            self.texts += size;
            sha256
        };
        self.total += size;
        if found_sha256 == listed {
            return Ok(());
        }
        Err(BundleError::Digest { place: place.clone(), listed, found: found_sha256 }.into())
    }

    fn end(&mut self) -> Result<(), BundleError> {
        match self.next()? {
            None => Ok(()),
            Some(found) => Err(BundleError::Entry { path: found.path, why: "it is not listed".to_owned() }),
        }
    }

    /// Returns the next regular file. A long path has an entry of its own before it, as GNU tar
    /// writes it; every other kind of entry is refused.
    fn next(&mut self) -> Result<Option<BundleEntry<'w, R>>, BundleError> {
        let Some(found) = self.raw()? else { return Ok(None) };
        if found.entry.header().entry_type() != EntryType::GNULongName {
            return found.regular().map(Some);
        }
        let mut path = found.hold(MOST_PATH)?;
        if path.last() == Some(&0) {
            path.pop();
        }
        let path = String::from_utf8_lossy(&path).into_owned();
        let Some(named) = self.raw()? else {
            return Err(BundleError::Entry { path, why: "the archive ends before it".to_owned() });
        };
        BundleEntry { path, ..named }.regular().map(Some)
    }

    fn raw(&mut self) -> Result<Option<BundleEntry<'w, R>>, BundleError> {
        let Some(entry) = self.entries.next() else { return Ok(None) };
        let entry = entry.map_err(BundleError::of_io)?;
        let path = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        Ok(Some(BundleEntry { path, size: entry.size(), entry }))
    }
}

impl<R: Read> BundleEntry<'_, R> {
    fn regular(self) -> Result<Self, BundleError> {
        let what = match self.entry.header().entry_type() {
            EntryType::Regular => return Ok(self),
            EntryType::Link => "a hard link",
            EntryType::Symlink => "a symbolic link",
            EntryType::Char | EntryType::Block => "a device",
            EntryType::Directory => "a folder",
            EntryType::Fifo => "a named pipe",
            EntryType::XHeader | EntryType::XGlobalHeader => "an extended header",
            EntryType::GNUSparse => "a sparse file",
            _ => "of a kind that no bundle has",
        };
        Err(BundleError::Entry { path: self.path, why: format!("it is {what}, not a regular file") })
    }

    /// Reads the whole entry into memory.
    fn hold(self, most: u64) -> Result<Vec<u8>, BundleError> {
        bound(&format!("`{}`", crate::text::escape(&self.path)), self.size, most)?;
        let mut bytes = Vec::new();
        let read = self.entry.take(self.size).read_to_end(&mut bytes).map_err(BundleError::of_io)?;
        let cut =
            || BundleError::Form { why: format!("it ends within `{}`", crate::text::escape(&self.path)) };
        if read as u64 == self.size { Ok(bytes) } else { Err(cut()) }
    }
}

fn bound(what: &str, size: u64, limit: u64) -> Result<(), BundleError> {
    if size > limit { Err(BundleError::Large { what: what.to_owned(), limit }) } else { Ok(()) }
}

fn refuse_other(due: &BundlePlace, path: &str) -> Result<(), BundleError> {
    if due.to_string() == path {
        return Ok(());
    }
    let why = match path.parse::<BundlePlace>() {
        Err(why) => why.to_string(),
        Ok(_) => format!("`{due}` is due there"),
    };
    Err(BundleError::Entry { path: path.to_owned(), why })
}

fn refuse_short(place: &BundlePlace, read: u64, size: u64) -> Result<(), BundleError> {
    if read == size { Ok(()) } else { Err(BundleError::Form { why: format!("it ends within `{place}`") }) }
}

/// tar(1) fills up with zeros; anything else behind the end is not covered by the listing.
fn refuse_rest(rest: &mut impl Read) -> Result<(), BundleError> {
    let (mut buffer, mut total) = (vec![0; 64 << 10], 0);
    loop {
        let read = rest.read(&mut buffer).map_err(BundleError::of_io)?;
        total += read as u64;
        if read == 0 {
            return Ok(());
        }
        if total > MOST_PADDING || buffer[..read].iter().any(|byte| *byte != 0) {
            return Err(BundleError::Form { why: "something follows the end of the archive".to_owned() });
        }
    }
}
