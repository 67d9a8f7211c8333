//! Keys with two spellings: a dialect's beside helpernode's, or two of okdboot's own.

use crate::diag::{Code, Diagnostic};
use crate::vars::section::{Scalar, Section};

pub(super) fn dialect(section: &mut Section, key: &'static str, meaning: &str) -> Option<Scalar> {
    let value = section.scalar(key)?;
    section.understood(key, meaning);
    Some(value)
}

/// Reads a key that another dialect spells differently, with a notice.
pub(super) fn either(section: &mut Section, key: &'static str, alias: &'static str) -> Option<Scalar> {
    let aliased = dialect(section, alias, &format!("`{key}`"));
    let value = section.scalar(key);
    agree(section, value, aliased)
}

/// Reads a key of okdboot's own that has two spellings.
pub(super) fn either_of(section: &mut Section, key: &'static str, alias: &'static str) -> Option<Scalar> {
    let aliased = section.scalar(alias);
    let value = section.scalar(key);
    agree(section, value, aliased)
}

/// Takes the one that is given; two that differ are a fault.
pub(super) fn agree(section: &Section, value: Option<Scalar>, alias: Option<Scalar>) -> Option<Scalar> {
    let (Some(value), Some(alias)) = (&value, &alias) else { return value.or(alias) };
    if value.text != alias.text {
        section.report(
            Diagnostic::new(
                Code::V017,
                format!("`{}` and `{}` mean the same and differ", value.path, alias.path),
            )
            .at(&section.place(alias.span), "one of the two is wrong")
            .also(&section.place(value.span), "the other one")
            .help("delete one of the two"),
        );
    }
    Some(value.clone())
}
