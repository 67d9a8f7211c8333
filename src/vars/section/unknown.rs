//! What is said of a key that a mapping does not have.

use super::{Section, home};
use crate::diag::{Code, Diagnostic};
use crate::text::{Count, List, did_you_mean};
use crate::vars::yaml::YamlKey;

/// Says of a key that stands unread in many places, such as every node, how many they are.
pub(super) fn counted((diagnostic, count): (Diagnostic, usize)) -> Diagnostic {
    match count {
        0 => diagnostic,
        more => diagnostic.help(format!("the same key stands in {}", Count(more, "further place"))),
    }
}

impl Section<'_> {
    /// One message a key, even where every node of a list has it.
    pub(super) fn unknown(&self, key: &YamlKey) {
        let list = self.path.split('[').next().unwrap_or_default().to_owned();
        let mut reported = self.reader.unknown.borrow_mut();
        match reported.get_mut(&(list.clone(), key.text.clone())) {
            Some((_, count)) => *count += 1,
            None => {
                reported.insert((list, key.text.clone()), (self.unknown_key(key), 0));
            }
        }
    }

    fn unknown_key(&self, key: &YamlKey) -> Diagnostic {
        let diagnostic = self.not_a_key(key);
        if let Some(advice) = home::advice(&self.path, &key.text) {
            return diagnostic.help(advice);
        }
        // A key that is there already is not the one that was meant.
        let absent = self.mapping.names().filter(|known| self.key_span(known).is_none());
        match did_you_mean(&key.text, absent) {
            Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
            None if self.mapping.is_own => {
                let mut known: Vec<&str> = self.mapping.names().collect();
                known.sort_unstable();
                diagnostic.help(format!("known keys: {}", List::and(&known)))
            }
            None => diagnostic.help("okdboot ignores it; docs/vars.md lists every key"),
        }
    }

    /// A warning where somebody else may read the key; an error in a mapping of okdboot's own.
    fn not_a_key(&self, key: &YamlKey) -> Diagnostic {
        let place = self.place(key.span);
        if self.mapping.is_own {
            let owner = if self.path.is_empty() { self.mapping.name } else { &self.path };
            let message = format!("`{owner}` has no key `{}`", key.text);
            return Diagnostic::new(Code::V009, message).at(&place, "not a key");
        }
        let within = if self.path.is_empty() { String::new() } else { format!(" in `{}`", self.path) };
        Diagnostic::new(Code::V008, format!("nothing reads the key `{}`{within}", key.text)).at(&place, "")
    }
}
