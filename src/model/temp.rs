//! What temp files are called, wherever they stand.

use std::fmt::Display;

const PREFIX: &str = ".okdboot-";
const SUFFIX: &str = ".part";

/// Returns the name of a temp file.
pub fn name(stem: impl Display) -> String {
    format!("{PREFIX}{stem}{SUFFIX}")
}

/// Returns what a temp file's name says; nothing where the name is another one's.
pub fn stem(name: &str) -> Option<&str> {
    name.strip_prefix(PREFIX)?.strip_suffix(SUFFIX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_its_stem() {
        assert_eq!(stem(&name("7-1")), Some("7-1"));
        for other in ["7-1", "a.part", ".okdboot-part", ".okdboot-7-1"] {
            assert_eq!(stem(other), None, "{other}");
        }
    }
}
