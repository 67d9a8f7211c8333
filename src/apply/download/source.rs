//! The places that an artifact can be fetched from, in the order in which they are asked.

use super::mirror::Mirror;
use crate::model::url::{ArtifactUrl, without_secrets};

/// One such place.
pub(super) struct Source {
    /// May hold the credentials of a mirror.
    pub(super) url: String,
    /// Where the signature is, if there is one.
    pub(super) signature: Option<String>,
    pub(super) is_mirror: bool,
    /// Whether the file has another name there, which tells no release.
    pub(super) is_renamed: bool,
}

/// Returns every place where a location is, as `Source::all` does: for what is read before it can be
/// wanted.
pub fn places(location: &ArtifactUrl, mirrors: &[Mirror]) -> Vec<String> {
    Source::all(location, None, mirrors).into_iter().map(|source| source.url).collect()
}

impl Source {
    /// Returns every place: the mirrors that have this host's files, else the location itself. A
    /// machine that was given mirrors often has no way to the location.
    pub(super) fn all(
        location: &ArtifactUrl,
        signature: Option<&ArtifactUrl>,
        mirrors: &[Mirror],
    ) -> Vec<Self> {
        let location = location.as_str();
        let signature = signature.map(ArtifactUrl::as_str);
        let mirrored = mirrors.iter().filter_map(|mirror| {
            let signature = signature.and_then(|url| mirror.url_of(url));
            Some(Self { url: mirror.url_of(location)?, signature, is_mirror: true, is_renamed: false })
        });
        let mut all: Vec<Self> = mirrored.collect();
        // What has another name is tried last.
        all.extend(mirrors.iter().filter_map(|mirror| {
            let url = mirror.published_url_of(location)?;
            Some(Self { url, signature: None, is_mirror: true, is_renamed: true })
        }));
        if all.is_empty() {
            let signature = signature.map(str::to_owned);
            all.push(Self { url: location.to_owned(), signature, is_mirror: false, is_renamed: false });
        }
        all
    }

    /// Returns the URL in the form that may be shown and kept.
    pub(super) fn shown(&self) -> String {
        without_secrets(&self.url)
    }

    pub(super) fn is_plain(&self) -> bool {
        self.url.starts_with("http:")
    }

    pub(super) fn is_https(&self) -> bool {
        self.url.starts_with("https:")
    }
}
