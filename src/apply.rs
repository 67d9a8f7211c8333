//! The only code that changes the world: it carries out what `plan` decided.

pub mod files;
