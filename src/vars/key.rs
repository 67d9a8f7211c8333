//! The keys of vars.yaml, each written down once: its names, where it stands, what it holds, its default,
//! who else reads it, and what it means.
//!
//! The reader, its suggestions, the JSON Schema for editors and the tables of docs/vars.md follow from
//! this list. A key is one line here, one line where it is read, and its test.

mod answers;
mod cluster;
mod kind;
mod link;
mod node;
mod services;
mod settings;

pub use answers::ANSWERS;
pub use cluster::TOP;
pub use kind::{Form, ValueKind};
pub use node::NODE;
pub use settings::{NETWORK, SETTINGS};

/// A mapping of the file.
#[derive(Debug)]
pub struct Mapping {
    /// What it is called where it stands nowhere in particular.
    pub name: &'static str,
    /// Whether every key of it is okdboot's own: then one that is not known is an error, since nobody else
    /// reads it.
    pub is_own: bool,
    /// Its keys, in parts that other mappings may share.
    pub parts: &'static [&'static KeyPart],
}

/// Keys that stand together.
#[derive(Debug)]
pub struct KeyPart {
    /// The word by which a table of docs/vars.md names it.
    pub name: &'static str,
    /// Its keys.
    pub keys: &'static [Key],
}

/// One key.
#[derive(Debug)]
pub struct Key {
    /// Its name, and what other dialects call it.
    pub names: &'static [&'static str],
    /// What it holds.
    pub shape: Shape,
    /// What holds where it is not given, in words; `required` where there is none.
    pub default: &'static str,
    /// Who else reads it: `h` is helpernode, `f` a fork of it, `v2` helpernode v2.
    pub readers: &'static str,
    /// What it means.
    pub about: &'static str,
}

/// What a key holds.
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    /// One value.
    Value(ValueKind),
    /// A list of values; one alone is a list of one.
    Values(ValueKind),
    /// A mapping.
    Map(&'static Mapping),
    /// A list of mappings.
    Maps(&'static Mapping),
    /// One value, or a mapping that says more.
    ValueOrMap(ValueKind, &'static Mapping),
    /// A list of mappings, or a mapping around one.
    MapsOrMap(&'static Mapping, &'static Mapping),
    /// A mapping whose keys are names that a person chooses.
    Free(ValueKind),
    /// What okdboot knows and has no use for; it is never shown either.
    Unused,
}

/// The default of a key that must be given.
const REQUIRED: &str = "required";

impl Mapping {
    /// Returns the keys.
    pub fn keys(&self) -> impl Iterator<Item = &'static Key> + use<> {
        self.parts.iter().flat_map(|part| part.keys)
    }

    /// Returns every name of every key.
    pub fn names(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.keys().flat_map(|key| key.names.iter().copied())
    }

    /// Finds a key by any of its names.
    pub fn key(&self, name: &str) -> Option<&'static Key> {
        self.keys().find(|key| key.names.contains(&name))
    }
}

impl Key {
    /// Says whether a file without it is refused.
    pub fn is_required(&self) -> bool {
        self.default == REQUIRED
    }

    /// Returns what it holds, in a word for a table.
    pub fn word(&self) -> String {
        match self.shape {
            Shape::Value(kind) | Shape::Values(kind) => kind.to_string(),
            Shape::Map(mapping) if std::ptr::eq(mapping, &raw const NODE) => "node".to_owned(),
            Shape::Maps(mapping) if std::ptr::eq(mapping, &raw const NODE) => "list of nodes".to_owned(),
            Shape::Map(_) | Shape::Free(_) => "mapping".to_owned(),
            Shape::Maps(_) => "list".to_owned(),
            Shape::ValueOrMap(kind, _) => format!("{kind}, or mapping"),
            Shape::MapsOrMap(..) => "list, or mapping".to_owned(),
            Shape::Unused => String::new(),
        }
    }
}

/// Writes a part: `name | other name: shape, default, readers, meaning;`
macro_rules! part {
    ($name:ident, $word:literal {
        $($first:ident $(| $more:ident)*: $shape:expr, $default:literal, $readers:literal, $about:literal;)*
    }) => {
        pub(super) static $name: $crate::vars::key::KeyPart = $crate::vars::key::KeyPart {
            name: $word,
            keys: &[$($crate::vars::key::Key {
                names: &[stringify!($first) $(, stringify!($more))*],
                shape: $shape,
                default: $default,
                readers: $readers,
                about: $about,
            },)*],
        };
    };
}
pub(crate) use part;

#[cfg(test)]
mod tests;
