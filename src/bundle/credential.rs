//! URLs with a user or a password in them: a bundle changes hands, so none may be in it.

use url::Url;

/// A URL with credentials, by its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credential {
    /// The line, counted from 1.
    pub line: usize,
    /// The column in characters, counted from 1.
    pub column: usize,
    /// The host, which may be named.
    pub host: String,
}

/// Finds every URL with a user or a password in a text.
pub fn credentials(text: &str) -> Vec<Credential> {
    let lines = text.lines().enumerate();
    lines
        .flat_map(|(at, line)| in_line(line).map(move |(column, host)| (at, column, host)))
        .map(|(at, column, host)| Credential { line: at + 1, column, host })
        .collect()
}

fn in_line(line: &str) -> impl Iterator<Item = (usize, String)> {
    line.match_indices("://").filter_map(|(at, _)| {
        let scheme = line[..at]
            .rfind(|c: char| !c.is_ascii_alphanumeric() && c != '+')
            .map_or(0, |it| it + line[it..].chars().next().map_or(1, char::len_utf8));
        let rest = &line[scheme..];
        let end = rest.find(|c: char| c.is_whitespace() || "\"'<>`,{}|\\".contains(c)).unwrap_or(rest.len());
        let url = Url::parse(&rest[..end]).ok()?;
        let has_login = !url.username().is_empty() || url.password().is_some();
        let host = url.host_str().filter(|_| has_login)?.to_owned();
        Some((line[..scheme].chars().count() + 1, host))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logins_are_found_where_they_stand() {
        let found = |text: &str| {
            credentials(text).into_iter().map(|it| (it.line, it.column, it.host)).collect::<Vec<_>>()
        };
        let text = "a: 1\nocp_bios: \"https://me:geheim@mirror.lab/k\" # and http://u@other:8080/x\n";
        assert_eq!(found(text), [(2, 12, "mirror.lab".into()), (2, 50, "other".into())]);
        assert_eq!(found("ü: ftp://x:y@h"), [(1, 4, "h".into())]);
        for clean in ["http://h/a@b", "mail me@h", "://", "a://", "https://h:8443/k?x=y@z", "file:///a"] {
            assert_eq!(found(clean), [], "{clean}");
        }
    }
}
