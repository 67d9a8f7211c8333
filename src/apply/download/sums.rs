//! `sha256sum.txt`, which Red Hat's mirror keeps beside the artifacts.

use url::Url;

use crate::http::{Client, HttpError};
use crate::model::artifact::ArtifactName;
use crate::model::digest::Sha256;

/// The most that is read, in bytes; a real one has 5 KB.
const MAX_BYTES: u64 = 1 << 20;

/// Looks for the digest of a file in the `sha256sum.txt` beside it. Nothing where there is no such
/// file or it does not list this one; a server that does not answer is an error, since going on
/// would quietly trust less.
pub(super) fn find(client: &Client, url: &str, name: &ArtifactName) -> Result<Option<Sha256>, HttpError> {
    let Ok(beside) = Url::parse(url).and_then(|url| url.join("sha256sum.txt")) else { return Ok(None) };
    match client.get_text(beside.as_str(), MAX_BYTES) {
        Ok(text) => Ok(listed(&text, name)),
        Err(error) if error.is_absent() => Ok(None),
        Err(error) => Err(error),
    }
}

/// Finds a file in what `sha256sum` prints: digest, blank, blank or `*`, name.
fn listed(text: &str, name: &ArtifactName) -> Option<Sha256> {
    text.lines().find_map(|line| {
        let (digest, rest) = line.split_once(' ')?;
        let file = rest.strip_prefix([' ', '*']).unwrap_or(rest).trim_end();
        let file = file.strip_prefix("./").unwrap_or(file);
        if file == name.as_str() { digest.parse().ok() } else { None }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_found_by_its_whole_name() {
        let digest = Sha256::of(b"k");
        let name: ArtifactName = "kernel".parse().unwrap();
        for line in ["kernel", " kernel", "*kernel", " ./kernel", " kernel\r"] {
            let text = format!("{}  other\n{digest} {line}\n", Sha256::of(b"o"));
            assert_eq!(listed(&text, &name), Some(digest), "{line:?}");
        }
        assert_eq!(listed(&format!("{digest}  kernel.sig\n{digest}  a/kernel\n"), &name), None);
        assert_eq!(listed("<html>kernel</html>\nkernel kernel\n", &name), None);
    }
}
