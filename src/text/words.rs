//! Enums that are written as words: in files, flags and documents.

/// Makes an enum of its words. `ALL` has every one in the order in which they stand, and `as_str` returns the
/// word.
///
/// With `else Refused as Error` it is printed and read too. What is none of the words is refused with the text
/// that was found; a word behind a stroke is read and never printed.
macro_rules! words {
    (
        $(#[$doc:meta])*
        $name:ident $(, else $refused:path as $error:ty)? {
            $($(#[$variant_doc:meta])* $variant:ident = $word:literal $(| $alias:literal)*,)*
        }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$variant_doc])* $variant,)* }

        impl $name {
            /// Every one, in order.
            pub const ALL: [Self; [$($word),*].len()] = [$(Self::$variant),*];

            /// Returns the word.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }
        }

        $crate::text::read_words! {
            $name $(, else $refused as $error)? { $($variant = $word $(| $alias)*,)* }
        }
    };
}

/// Makes an enum of words printed and read, where there is an error for what is none of them.
macro_rules! read_words {
    ($name:ident { $($rest:tt)* }) => {};
    (
        $name:ident, else $refused:path as $error:ty {
            $($variant:ident = $word:literal $(| $alias:literal)*,)*
        }
    ) => {
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text {
                    $($word $(| $alias)* => Ok(Self::$variant),)*
                    _ => Err($refused(text.to_owned())),
                }
            }
        }
    };
}

pub(crate) use {read_words, words};

#[cfg(test)]
mod tests {
    words! {
        /// A fruit.
        Fruit, else Some as Option<String> {
            /// From a tree.
            Apple = "apple" | "pomme",
            /// From a bush.
            Currant = "currant",
        }
    }

    #[test]
    fn a_word_is_read_and_printed() {
        for fruit in Fruit::ALL {
            assert_eq!(fruit.to_string().parse(), Ok(fruit));
        }
        assert_eq!("pomme".parse(), Ok(Fruit::Apple));
        assert_eq!("pear".parse::<Fruit>(), Err(Some("pear".to_owned())));
        assert_eq!(Fruit::ALL.map(Fruit::as_str), ["apple", "currant"]);
    }
}
