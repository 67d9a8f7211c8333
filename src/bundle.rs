//! A bundle: one tar archive with everything that a cluster boots from, for a room without a network.
//!
//! The first entry, `SHA256SUMS`, lists every further one in the order in which they come; an archive
//! with anything else in it is refused. It is written and read in one pass, and of what may be large
//! nothing is held. This module is about bytes and names only: where they come from and where they
//! go is its callers' business.

mod credential;
mod error;
mod index;
mod listing;
mod place;
mod read;
mod tally;
mod write;

pub use credential::{Credential, credentials};
pub use error::BundleError;
pub use index::BundleIndex;
pub use listing::{Listing, ListingError};
pub use place::{BundlePlace, BundlePlaceError};
pub use read::{BundleLimits, ReadBundle, Sink, read};
pub use write::BundleWriter;

/// The first entry: digest and path of every further one, as `sha256sum -c` reads them.
pub const SUMS: &str = "SHA256SUMS";
