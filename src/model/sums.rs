//! What `sha256sum` prints, as `sha256sum.txt` has it on mirrors.

use super::digest::Sha256;

/// Returns each name with its digest: digest, blank, blank or `*`, name. Other lines are left out.
pub fn lines(text: &str) -> impl Iterator<Item = (&str, Sha256)> {
    text.lines().filter_map(|line| {
        let (digest, rest) = line.split_once(' ')?;
        let file = rest.strip_prefix([' ', '*']).unwrap_or(rest).trim_end();
        Some((file.strip_prefix("./").unwrap_or(file), digest.parse().ok()?))
    })
}

/// Returns the digest of a file by its whole name.
pub fn listed(text: &str, name: &str) -> Option<Sha256> {
    lines(text).find(|(listed, _)| *listed == name).map(|(_, digest)| digest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_found_by_its_whole_name() {
        let digest = Sha256::of(b"k");
        for line in ["kernel", " kernel", "*kernel", " ./kernel", " kernel\r"] {
            let text = format!("{}  other\n{digest} {line}\n", Sha256::of(b"o"));
            assert_eq!(listed(&text, "kernel"), Some(digest), "{line:?}");
        }
        assert_eq!(listed(&format!("{digest}  kernel.sig\n{digest}  a/kernel\n"), "kernel"), None);
        assert_eq!(listed("<html>kernel</html>\nkernel kernel\n", "kernel"), None);
    }
}
