//! What docs/errors.md says of each code, carried in the program: where the page is needed there is
//! often no network.

use super::Code;

const TEXT: &str = include_str!("../../docs/errors.md");

/// Returns the section of a code, as it stands in docs/errors.md below its heading.
pub fn section(code: Code) -> &'static str {
    let of_code = |part: &&str| part.lines().next() == Some(code.as_str());
    let part = TEXT.split("\n## ").skip(1).find(of_code).unwrap_or_default();
    part.split_once('\n').map_or("", |(_, body)| body).trim()
}

/// Returns what a code means in a line: the code's registered meaning.
pub fn meaning(code: Code) -> String {
    let body = section(code);
    let sentence = body.split_once(":** ").map_or(body, |(_, rest)| rest);
    let flat = sentence.split_whitespace().collect::<Vec<_>>().join(" ");
    flat.split_once(". ").map_or(flat.trim_end_matches('.'), |(first, _)| first).to_owned()
}

/// Finds the code that a person means: in any case, and also as it stands in a message, `error[V201]`.
pub fn find(text: &str) -> Option<Code> {
    let inner = text.split_once('[').map_or(text, |(_, rest)| rest.trim_end_matches([']', ':']));
    Code::ALL.iter().copied().find(|code| code.as_str().eq_ignore_ascii_case(inner.trim()))
}

/// Returns the codes that have the same number as `text`, where it is one.
pub fn numbered(text: &str) -> Vec<Code> {
    let digits = text.trim_start_matches(|c: char| c.is_ascii_alphabetic());
    Code::ALL.iter().copied().filter(|code| &code.as_str()[1..] == digits).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_a_section_and_a_meaning_of_one_line() {
        for code in Code::ALL {
            assert!(section(*code).contains("**Fix:**"), "{code}");
            assert!(!section(*code).contains("\n## "), "{code}");
            let meaning = meaning(*code);
            assert!(meaning.len() > 10 && !meaning.contains(['\n', '*']), "{code}: {meaning}");
        }
    }

    #[test]
    fn a_code_is_found_however_it_is_copied() {
        for text in ["V201", "v201", "error[V201]", "error[v201]:", " V201 "] {
            assert_eq!(find(text), Some(Code::V201), "{text}");
        }
        assert_eq!(find("V999"), None);
        assert_eq!(numbered("201"), [Code::V201]);
        assert_eq!(numbered("E201"), [Code::V201]);
        assert!(numbered("001").len() > 1);
    }
}
