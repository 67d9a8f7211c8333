//! `okdboot help`: what `--help` prints, for those who ask in this way.

use clap::CommandFactory as _;
use serde_json::json;

use super::args::Cli;
use super::failure::{Exit, Failure};
use super::output::Output;

/// Prints the help of a command, or of the program.
pub fn run(names: &[String], output: &mut Output) -> Result<Exit, Failure> {
    let mut root = Cli::command();
    root.build();
    let mut command = &mut root;
    for name in names {
        command = command.find_subcommand_mut(name).ok_or_else(|| {
            Failure::new(Exit::Usage, format!("there is no command `{name}`"))
                .help("`okdboot --help` lists every command")
        })?;
    }
    let help = command.render_long_help().to_string();
    output.data(&help)?;
    output.member("text", json!(help));
    Ok(Exit::Done)
}
