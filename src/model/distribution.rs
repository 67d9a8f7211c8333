//! The distribution of a system: where it has its daemons' files follows from its family.

/// Distributions that have the same files in the same places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// Debian, Ubuntu and what is made of them.
    Debian,
    /// Fedora, RHEL and what is made of them.
    RedHat,
}

/// What a system says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Distribution {
    /// Its name for people.
    pub name: String,
    /// Its family, if it is one that okdboot knows.
    pub family: Option<Family>,
}

/// The words of `ID` and `ID_LIKE` that tell a family.
const FAMILIES: &[(&str, Family)] = &[
    ("debian", Family::Debian),
    ("ubuntu", Family::Debian),
    ("fedora", Family::RedHat),
    ("rhel", Family::RedHat),
    ("centos", Family::RedHat),
];

impl Distribution {
    /// Reads the text of `/etc/os-release`, os-release(5).
    pub fn parse(text: &str) -> Self {
        let value = |key: &str| {
            let line = |line: &str| line.strip_prefix(key)?.strip_prefix('=').map(unquoted);
            text.lines().find_map(line).unwrap_or_default()
        };
        let (id, like) = (value("ID"), value("ID_LIKE"));
        let family = |word: &str| FAMILIES.iter().find(|(name, _)| *name == word).map(|(_, family)| *family);
        let name =
            [value("PRETTY_NAME"), value("NAME"), id.clone()].into_iter().find(|name| !name.is_empty());
        Self {
            name: name.unwrap_or_else(|| "a system without a name".to_owned()),
            family: std::iter::once(id.as_str()).chain(like.split_whitespace()).find_map(family),
        }
    }
}

/// Values may stand in quotes, as a shell has them.
fn unquoted(value: &str) -> String {
    let value = value.trim();
    let inner = ['"', '\''].into_iter().find_map(|quote| value.strip_prefix(quote)?.strip_suffix(quote));
    inner.unwrap_or(value).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_family_is_told_by_id_or_by_what_it_is_like() {
        for (text, name, family) in [
            (
                "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nID=debian\n",
                "Debian GNU/Linux 12 (bookworm)",
                Some(Family::Debian),
            ),
            (
                "NAME='Linux Mint'\nID=linuxmint\nID_LIKE=\"ubuntu debian\"\n",
                "Linux Mint",
                Some(Family::Debian),
            ),
            (
                "ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\nVERSION_ID=\"9.4\"\n",
                "rocky",
                Some(Family::RedHat),
            ),
            ("ID=fedora\n", "fedora", Some(Family::RedHat)),
            ("ID=alpine\nNAME=\"Alpine Linux\"\n", "Alpine Linux", None),
            ("", "a system without a name", None),
        ] {
            assert_eq!(Distribution::parse(text), Distribution { name: name.to_owned(), family });
        }
    }
}
