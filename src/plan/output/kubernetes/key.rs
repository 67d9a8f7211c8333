//! Keys of ConfigMaps and Secrets: `[-._a-zA-Z0-9]+`, at most 253 characters, and no slash. A path becomes
//! one with `__` for `/`, `_u` for `_` and `_p` for `+`.

use crate::model::path::RelPath;

/// Returns the key of a path.
pub(super) fn of(path: &RelPath) -> String {
    path.as_str().replace('_', "_u").replace('+', "_p").replace('/', "__")
}

/// Returns the path of a key; nothing where the key is of no path.
pub(super) fn path(key: &str) -> Option<RelPath> {
    let mut path = String::with_capacity(key.len());
    let mut rest = key.chars();
    while let Some(next) = rest.next() {
        path.push(match next {
            '_' => match rest.next()? {
                '_' => '/',
                'u' => '_',
                'p' => '+',
                _ => return None,
            },
            other => other,
        });
    }
    path.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_has_a_key_of_its_own() {
        for text in ["a", "matchbox/groups/lab-w0.json", "x_y/z+1", "a__b/_c", ".okdboot/machines/lab.json"] {
            let (given, key) = (text.parse().unwrap(), of(&text.parse().unwrap()));
            assert!(key.chars().all(|it| it.is_ascii_alphanumeric() || "-._".contains(it)), "{key}");
            assert_eq!(path(&key), Some(given));
        }
        assert_eq!(of(&"matchbox/groups/lab-w0.json".parse().unwrap()), "matchbox__groups__lab-w0.json");
        for none in ["", "..", "a_", "a_x", "__a", "..__a"] {
            assert_eq!(path(none), None, "{none}");
        }
    }
}
