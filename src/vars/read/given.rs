//! A value that is there, with its place.

use super::super::section::Scalar;

/// A value that is there, with its place.
#[derive(Clone)]
pub struct Given<'a, T> {
    /// Where it stands.
    pub at: &'a Scalar,
    /// What it says; nothing where it was refused.
    pub value: Option<T>,
}

impl<'a, T> Given<'a, T> {
    /// Reads a value, if it is there.
    pub fn read(at: Option<&'a Scalar>, parse: impl FnOnce(&Scalar) -> Option<T>) -> Option<Self> {
        at.map(|at| Self { at, value: parse(at) })
    }
}
