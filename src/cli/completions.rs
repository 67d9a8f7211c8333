//! `okdboot completions`: scripts for shells, made from the arguments themselves.

use clap::CommandFactory as _;
use clap_complete::Shell;
use serde::Serialize;

use super::args::Cli;
use super::output::Voice;
use crate::run::failure::{Exit, Failure};

/// What `okdboot completions` says.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Document<'a> {
    /// The script.
    #[cfg_attr(test, schemars(length(min = 1)))]
    text: &'a str,
}

/// Returns the script for a shell; the committed ones under completions/ are the same bytes.
pub fn script(shell: Shell) -> String {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "okdboot", &mut script);
    String::from_utf8_lossy(&script).into_owned()
}

/// Prints a script.
pub fn run(shell: Shell, output: &mut Voice) -> Result<Exit, Failure> {
    let script = script(shell);
    output.data(&script)?;
    output.document(&Document { text: &script });
    Ok(Exit::Done)
}
