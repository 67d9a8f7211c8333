//! `SHA256SUMS`: what a bundle holds, in the order in which it comes.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use thiserror::Error;

use super::place::{BundlePlace, BundlePlaceError};
use crate::model::digest::Sha256;
use crate::text::escape;

/// Every entry but the listing itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing(BTreeMap<BundlePlace, Sha256>);

/// Why a listing is refused.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum ListingError {
    /// Not a digest, two blanks and a path.
    #[error("line {0} is not a sha256, two blanks and a path")]
    Line(usize),
    /// A path that nothing of a bundle has.
    #[error("`{}` is listed: {why}", escape(path))]
    Path {
        /// The path.
        path: String,
        /// What is wrong with it.
        why: BundlePlaceError,
    },
    /// A path twice, or not in its order.
    #[error("`{0}` is listed twice or out of order")]
    Order(BundlePlace),
    /// Two paths that some file systems take for one.
    #[error("`{0}` is listed in two spellings that differ in case only")]
    Case(BundlePlace),
    /// A file that is a folder too.
    #[error("`{0}` is listed as a file and as a folder")]
    Folder(BundlePlace),
    /// Too many.
    #[error("it lists more than {0} entries")]
    Many(usize),
}

impl Listing {
    /// Adds an entry; a place that is known keeps its digest and is refused.
    pub fn add(&mut self, place: BundlePlace, sha256: Sha256) -> Result<(), ListingError> {
        match self.0.insert(place.clone(), sha256) {
            None => Ok(()),
            Some(known) => {
                self.0.insert(place.clone(), known);
                Err(ListingError::Order(place))
            }
        }
    }

    /// Returns the entries in their order.
    pub fn iter(&self) -> impl Iterator<Item = (&BundlePlace, Sha256)> {
        self.0.iter().map(|(place, sha256)| (place, *sha256))
    }

    /// Returns the digest of an entry.
    pub fn get(&self, place: &BundlePlace) -> Option<Sha256> {
        self.0.get(place).copied()
    }

    /// Returns the number of entries.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Says whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Parses a listing of at most so many entries. It has one form only: sorted, each path once.
    pub fn parse(text: &str, most: usize) -> Result<Self, ListingError> {
        let mut listing = Self::default();
        for (at, line) in text.lines().enumerate() {
            if at >= most {
                return Err(ListingError::Many(most));
            }
            let (place, sha256) = parse_line(line, at + 1)?;
            if listing.0.last_key_value().is_some_and(|(last, _)| *last >= place) {
                return Err(ListingError::Order(place));
            }
            listing.add(place, sha256)?;
        }
        listing.refuse_aliases()?;
        Ok(listing)
    }

    /// Refuses what would be one file on a file system that folds case, and files below files.
    pub fn refuse_aliases(&self) -> Result<(), ListingError> {
        let mut seen = BTreeSet::new();
        for place in self.0.keys() {
            if !seen.insert(place.to_string().to_ascii_lowercase()) {
                return Err(ListingError::Case(place.clone()));
            }
        }
        for place in self.0.keys() {
            let path = place.to_string().to_ascii_lowercase();
            if path.match_indices('/').any(|(at, _)| seen.contains(&path[..at])) {
                return Err(ListingError::Folder(place.clone()));
            }
        }
        Ok(())
    }
}

impl fmt::Display for Listing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|(place, sha256)| writeln!(f, "{sha256}  {place}"))
    }
}

fn parse_line(line: &str, number: usize) -> Result<(BundlePlace, Sha256), ListingError> {
    let (digest, path) = line.split_once("  ").ok_or(ListingError::Line(number))?;
    let sha256 = digest.parse().map_err(|_| ListingError::Line(number))?;
    let place = path.parse().map_err(|why| ListingError::Path { path: path.to_owned(), why })?;
    Ok((place, sha256))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(paths: &[&str]) -> String {
        paths.iter().map(|path| format!("{}  {path}\n", Sha256::of(b"x"))).collect()
    }

    #[test]
    fn a_listing_round_trips() {
        let text = of(&["bundle.json", "clusters/a/vars.yaml", "tree/a/b", "tree/a/c", "artifacts/k"]);
        assert_eq!(Listing::parse(&text, 5).map(|it| it.to_string()), Ok(text));
    }

    #[test]
    fn what_could_mean_two_things_is_refused() {
        let said = |text: &str| Listing::parse(text, 3).unwrap_err().to_string();
        for (paths, expected) in [
            (&["tree/a", "tree/a"][..], "twice or out of order"),
            (&["artifacts/a", "bundle.json"], "twice or out of order"),
            (&["tree/A", "tree/a"], "differ in case only"),
            (&["tree/a", "tree/a/b"], "as a file and as a folder"),
            (&["tree/A", "tree/a/b"], "as a file and as a folder"),
            (&["tree/../a"], "leads out of the bundle"),
            (&["tree/a", "tree/b", "tree/c", "tree/d"], "more than 3"),
        ] {
            let found = said(&of(paths));
            assert!(found.contains(expected), "{found}");
        }
        for line in ["", "abc  tree/a", "tree/a"] {
            assert_eq!(said(&format!("{line}\n")), "line 1 is not a sha256, two blanks and a path");
        }
    }
}
