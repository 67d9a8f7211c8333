//! What is likely behind a wrong digest.

/// How many bytes of a body are kept to be looked at.
pub(super) const HEAD: usize = 512;

/// What is known of a body that was read.
#[derive(Clone, Copy)]
pub(super) struct Seen<'a> {
    pub(super) head: &'a [u8],
    pub(super) bytes: u64,
    pub(super) content_encoding: Option<&'a str>,
    pub(super) is_delimited: bool,
    pub(super) is_mirror: bool,
}

/// Says whether bytes begin like a web page.
pub(super) fn is_web_page(head: &[u8]) -> bool {
    let text = String::from_utf8_lossy(head).trim_start_matches('\u{feff}').trim_start().to_lowercase();
    ["<!doctype html", "<html", "<head", "<?xml"].iter().any(|begin| text.starts_with(begin))
}

/// Names the likely cause in a sentence.
pub(super) fn likely(seen: &Seen<'_>) -> &'static str {
    match seen {
        _ if seen.bytes == 0 => "The server sent an empty file.",
        _ if is_web_page(seen.head) => {
            "The server sent a web page: an error page, a login page, or one of a proxy on the way."
        }
        Seen { content_encoding: Some(_), .. } => {
            "The server or a proxy changed the encoding of the file on the way (Content-Encoding)."
        }
        Seen { is_delimited: false, .. } => {
            "The server did not say how long the file is; the connection may have been cut."
        }
        Seen { is_mirror: true, .. } => "The mirror has another build of the file, or a broken copy.",
        _ => "The file was replaced since the digest was recorded, or a proxy on the way has a broken copy.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_are_told_apart() {
        let seen =
            Seen { head: b"MZ", bytes: 2, content_encoding: None, is_delimited: true, is_mirror: false };
        assert!(likely(&seen).contains("replaced"));
        assert!(likely(&Seen { bytes: 0, ..seen }).contains("empty"));
        assert!(likely(&Seen { head: b"\n <!DOCTYPE HTML>", ..seen }).contains("web page"));
        assert!(likely(&Seen { content_encoding: Some("gzip"), ..seen }).contains("encoding"));
        assert!(likely(&Seen { is_delimited: false, ..seen }).contains("cut"));
        assert!(likely(&Seen { is_mirror: true, ..seen }).contains("mirror"));
    }
}
