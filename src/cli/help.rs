//! `okdboot help`: what `--help` prints, for those who ask in this way.

use clap::{Command, CommandFactory as _};
use serde::Serialize;

use super::args::Cli;
use super::output::Voice;
use crate::run::failure::{Exit, Failure};
use crate::text::did_you_mean;

/// What `okdboot help` says.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Document<'a> {
    /// What `--help` prints for the command.
    #[cfg_attr(test, schemars(length(min = 1)))]
    text: &'a str,
}

fn unknown(name: &str, among: &Command) -> Failure {
    let near = did_you_mean(name, among.get_subcommands().map(Command::get_name));
    Failure::new(Exit::Usage, format!("there is no command `{name}`")).help(match near {
        Some(near) => format!("did you mean `{near}`?"),
        None => "`okdboot --help` lists every command".to_owned(),
    })
}

/// Prints the help of a command, or of the program.
pub fn run(names: &[String], output: &mut Voice) -> Result<Exit, Failure> {
    let mut root = Cli::command();
    root.build();
    let mut command = &mut root;
    for name in names {
        let unknown = unknown(name, command);
        command = command.find_subcommand_mut(name).ok_or(unknown)?;
    }
    let help = command.render_long_help().to_string();
    output.data(&help)?;
    output.document(&Document { text: &help });
    Ok(Exit::Done)
}
