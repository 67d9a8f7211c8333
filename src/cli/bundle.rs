//! The bundle commands: everything in one file, out of one room and into another.

pub(super) mod export;
mod import;
pub(super) mod imported;
#[cfg(test)]
mod tests;

use super::args::{BundleAction, Cli};
use super::output::Voice;
use crate::run::{Exit, Failure};

/// Runs one of the two.
pub fn run(cli: &Cli, action: &BundleAction, output: &mut Voice) -> Result<Exit, Failure> {
    match action {
        BundleAction::Export(args) => export::run(cli, args, output),
        BundleAction::Import(args) => import::run(cli, args, output),
    }
}
