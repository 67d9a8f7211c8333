//! The command line: arguments in, one of the other modules called, its answer said.
//!
//! No decision about the domain is made here. stdout is data, stderr is talk; the exit code says how
//! it went (docs/exit-codes.md).

mod args;
mod bars;
mod cache;
mod check;
mod commands;
pub mod completions;
mod context;
pub mod example;
mod failure;
mod fetch;
mod ignition_files;
mod locks;
mod output;
mod render;
mod session;
mod verify;
mod write;

use std::process::ExitCode;

use clap::Parser as _;

pub use args::Cli;
pub use context::Context;
pub use failure::Exit;

use args::Command;
use failure::Failure;
use output::Output;

/// Runs the program with the process's own arguments, environment and streams.
pub fn main() -> ExitCode {
    let mut context = Context::of_process();
    let cli = match Cli::try_parse_from(context.args()) {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    ExitCode::from(run(&cli, &mut context).code())
}

/// Help and version are data; everything else that clap says is a fault of usage.
fn usage(error: &clap::Error) -> ExitCode {
    let printed = error.print();
    match (error.use_stderr(), printed) {
        (true, _) => ExitCode::from(Exit::Usage.code()),
        (false, _) => ExitCode::from(Exit::Done.code()),
    }
}

/// Runs one command in a context.
pub fn run(cli: &Cli, context: &mut Context) -> Exit {
    let mut output = match Output::new(cli, context) {
        Ok(output) => output,
        Err(failure) => return Output::plain(context).failure(&failure),
    };
    match dispatch(cli, &mut output) {
        Ok(exit) => output.finish(exit),
        Err(failure) => output.failure(&failure),
    }
}

fn dispatch(cli: &Cli, output: &mut Output) -> Result<Exit, Failure> {
    match &cli.command {
        Command::Check => check::run(cli, output),
        Command::Commands(args) => commands::run(cli, args, output),
        Command::Completions { shell } => completions::run(*shell, output),
        Command::Cache { action } => cache::run(action, output),
        Command::Fetch(args) => fetch::run(cli, args, output),
        Command::Render(args) => render::run(cli, args, output),
        Command::Verify(args) => verify::run(cli, args, output),
    }
}
