//! Words of which a setting is one.

use thiserror::Error;

use crate::text::List;

/// Not one of the words that a setting has.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("`{found}` is not one of {allowed}")]
pub struct ChoiceError {
    found: String,
    allowed: String,
}

impl ChoiceError {
    pub(crate) fn new(found: &str, words: &[&str]) -> Self {
        Self { found: found.to_owned(), allowed: List::or(words).to_string() }
    }
}

/// Makes an enum of the words that a setting has, the default first.
macro_rules! choice {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)* }) => {
        $crate::text::words! {
            $(#[$doc])*
            $name, else $name::refuse as $crate::model::choice::ChoiceError {
                $($(#[$variant_doc])* $variant = $word,)*
            }
        }

        impl $name {
            /// Every word, the default first.
            pub const WORDS: &'static [&'static str] = &[$($word,)*];

            fn refuse(found: String) -> $crate::model::choice::ChoiceError {
                $crate::model::choice::ChoiceError::new(&found, Self::WORDS)
            }
        }
    };
}
pub(crate) use choice;
