//! Writing a bundle: the same bytes for the same contents.

use std::io::{self, BufWriter, ErrorKind, Read, Write};

use tar::{Builder, EntryType, Header};

use super::listing::Listing;
use super::place::BundlePlace;
use super::tally::Tally;
use super::{BundleError, SUMS};
use crate::model::digest::Sha256;

/// Only its owner reads what comes out of a bundle with tar(1).
const MODE: u32 = 0o600;

/// Bytes that are written at once.
const BUFFER: usize = 256 << 10;

/// A bundle under way. Its entries are added in the order of the listing.
pub struct BundleWriter<W: Write> {
    archive: Builder<BufWriter<Tally<W>>>,
    due: std::vec::IntoIter<(BundlePlace, Sha256)>,
}

impl<W: Write> BundleWriter<W> {
    /// Begins with the listing.
    pub fn begin(to: W, listing: &Listing) -> io::Result<Self> {
        let archive = Builder::new(BufWriter::with_capacity(BUFFER, Tally::new(to)));
        let due: Vec<_> = listing.iter().map(|(place, sha256)| (place.clone(), sha256)).collect();
        let mut writer = Self { archive, due: due.into_iter() };
        let text = listing.to_string();
        writer.append(SUMS, text.len() as u64, text.as_bytes())?;
        Ok(writer)
    }

    /// Adds the next entry. One that is not the listed one, or has other bytes, ends the bundle.
    pub fn add(&mut self, place: &BundlePlace, size: u64, from: impl Read) -> Result<(), BundleError> {
        let due = self.due.next().filter(|(due, _)| due == place);
        let Some((place, listed)) = due else {
            return Err(BundleError::Entry { path: place.to_string(), why: "it is not due".to_owned() });
        };
        let mut from = Tally::new(from);
        self.append(&place.to_string(), size, &mut from).map_err(BundleError::Read)?;
        let found = from.finish().1;
        if found == listed { Ok(()) } else { Err(BundleError::Digest { place, listed, found }) }
    }

    fn append(&mut self, path: &str, size: u64, from: impl Read) -> io::Result<()> {
        let mut header = Header::new_gnu();
        header.set_entry_type(EntryType::Regular);
        header.set_size(size);
        header.set_mode(MODE);
        header.set_mtime(0);
        header.set_uid(0);
        header.set_gid(0);
        let mut from = Tally::new(from.take(size));
        self.archive.append_data(&mut header, path, &mut from)?;
        // What follows would be read as a part of this entry.
        if from.bytes == size { Ok(()) } else { Err(ErrorKind::UnexpectedEof.into()) }
    }

    /// Ends the archive and returns where it went, with its digest and size.
    pub fn finish(self) -> io::Result<(W, Sha256, u64)> {
        let written = self.archive.into_inner()?.into_inner().map_err(io::IntoInnerError::into_error)?;
        let bytes = written.bytes;
        let (to, sha256) = written.finish();
        Ok((to, sha256, bytes))
    }
}
