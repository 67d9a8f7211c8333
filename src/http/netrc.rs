//! Credentials by host, from a netrc file (the format of ftp(1), as curl reads it).

use std::collections::BTreeMap;
use std::fmt;

/// Credentials by host. A `default` entry is not honoured: it would send a password to every host
/// that a redirect leads to.
#[derive(Clone, Default)]
pub struct Netrc(BTreeMap<String, NetrcLogin>);

/// The credentials of one host.
#[derive(Clone, Default, PartialEq, Eq)]
pub(super) struct NetrcLogin {
    pub(super) user: String,
    pub(super) password: String,
}

impl Netrc {
    /// Reads the text. What is not understood is passed over; macros end at their empty line.
    pub fn parse(text: &str) -> Self {
        let (mut hosts, mut host) = (BTreeMap::<String, NetrcLogin>::new(), None);
        let text = without_macros(text);
        let mut words = text.split_whitespace();
        while let Some(word) = words.next() {
            match word {
                "machine" => host = words.next().map(str::to_ascii_lowercase),
                "default" => host = None,
                "login" | "password" | "account" => {
                    let (Some(value), Some(host)) = (words.next(), &host) else { continue };
                    let login = hosts.entry(host.clone()).or_default();
                    match word {
                        "login" => value.clone_into(&mut login.user),
                        "password" => value.clone_into(&mut login.password),
                        _ => {}
                    }
                }
                _ => {}
            }
        }
        Self(hosts)
    }

    pub(super) fn login(&self, host: &str) -> Option<&NetrcLogin> {
        self.0.get(&host.to_ascii_lowercase())
    }
}

/// Drops comments, and macros up to the empty line that ends each.
fn without_macros(text: &str) -> String {
    let (mut kept, mut in_macro) = (String::new(), false);
    for line in text.lines() {
        let line = line.trim();
        in_macro = if in_macro { !line.is_empty() } else { line.starts_with("macdef") };
        if !in_macro && !line.starts_with('#') {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    kept
}

/// Shows whose credentials there are, and none of them.
impl fmt::Debug for Netrc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_host_has_its_own_and_the_default_is_nobodys() {
        let netrc = Netrc::parse(
            "# machine x login a password b\nmachine H.example.com login u\n  password secret\n\
             macdef init\nmachine m login a password b\n\nmachine other login o password p\n\
             default login d password d\n",
        );
        let login = netrc.login("h.example.com").unwrap();
        assert_eq!((login.user.as_str(), login.password.as_str()), ("u", "secret"));
        assert!(
            netrc.login("x").is_none() && netrc.login("m").is_none() && netrc.login("elsewhere").is_none()
        );
        assert_eq!(netrc.login("OTHER").unwrap().user, "o");
        assert!(!format!("{netrc:?}").contains("secret"));
    }
}
