//! `sha256sum.txt`, which Red Hat's mirror keeps beside the artifacts.

use url::Url;

use crate::http::{Client, HttpError};
use crate::model::artifact::ArtifactName;
use crate::model::digest::Sha256;
use crate::model::sums;

/// The most that is read, in bytes; a real one has 5 KB.
const MAX_BYTES: u64 = 1 << 20;

/// Looks for the digest of a file in the `sha256sum.txt` beside it. Nothing where there is no such
/// file or it does not list this one; a server that does not answer is an error, since going on
/// would quietly trust less.
pub(super) fn find(client: &Client, url: &str, name: &ArtifactName) -> Result<Option<Sha256>, HttpError> {
    let Ok(beside) = Url::parse(url).and_then(|url| url.join("sha256sum.txt")) else { return Ok(None) };
    match client.get_text(beside.as_str(), MAX_BYTES) {
        Ok(text) => Ok(sums::listed(&text, name.as_str())),
        Err(error) if error.is_absent() => Ok(None),
        Err(error) => Err(error),
    }
}
