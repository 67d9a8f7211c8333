//! The command line: arguments in, one of the other modules called, its answer said.
//!
//! No decision about the domain is made here. stdout is data, stderr is talk; the exit code says how
//! it went (docs/exit-codes.md).

mod approve;
mod args;
mod arm;
mod assets;
mod bars;
mod boots;
mod bundle;
mod cache;
mod certs;

mod check;
mod commands;
mod complete;
pub mod completions;
mod context;
mod document;
pub mod example;
mod explain;
mod explain_code;

mod fetch;
mod help;

mod init;

pub mod man;
mod many;
mod opened;

mod output;
mod pick;
mod picture;
mod push;
mod remove;
mod render;
pub mod runtime;
mod schema;
mod serve;
mod services;

mod status;
mod table;

mod unpack;
mod up;
mod verify;

use std::io::{self, Write as _};
use std::panic::{self, AssertUnwindSafe};
use std::process::ExitCode;

pub use crate::run::Exit;
pub use args::Cli;
pub use context::Context;

use crate::run::Failure;
use args::Command;
use output::Voice;

/// Runs the program with the process's own arguments, environment and streams.
pub fn main() -> ExitCode {
    let mut context = Context::of_process();
    match complete::answers(&context) {
        Ok(false) => {}
        Ok(true) => return ExitCode::SUCCESS,
        Err(error) => return usage(&error),
    }
    let cli = match Cli::read(context.args()) {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    panic::set_hook(Box::new(|info| report_bug(info.location())));
    let exit = panic::catch_unwind(AssertUnwindSafe(|| run(&cli, &mut context)));
    ExitCode::from(exit.unwrap_or(Exit::Bug).code())
}

/// Says where a panic was, and nothing of its message: that may hold a value of the input.
fn report_bug(location: Option<&panic::Location>) {
    let place = location.map_or_else(String::new, |place| format!(" at {}:{}", place.file(), place.line()));
    let version = env!("OKDBOOT_VERSION");
    let _ = writeln!(
        io::stderr(),
        "error: a bug in okdboot {version}{place}; please report it with what you ran"
    );
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
    let mut output = match Voice::new(cli, context) {
        Ok(output) => output,
        Err(failure) => return Voice::plain(context).failure(&failure),
    };
    match dispatch(cli, &mut output) {
        Ok(exit) => output.finish(exit),
        Err(failure) => output.failure(&failure),
    }
}

fn dispatch(cli: &Cli, output: &mut Voice) -> Result<Exit, Failure> {
    match &cli.command {
        Command::Arm(args) => arm::arm(cli, args, output),
        Command::Approve(args) => approve::run(cli, args, output),
        Command::Assets { action } => assets::run(cli, action, output),
        Command::Certs(args) => certs::run(cli, args, output),
        Command::Check(args) => check::run(cli, args, output),
        Command::Commands(args) => commands::run(cli, args, output),
        Command::Completions { shell } => completions::run(*shell, output),
        Command::Bundle { action } => bundle::run(cli, action, output),
        Command::Cache { action } => cache::run(cli, action, output),
        Command::Disarm(args) => arm::disarm(cli, args, output),
        Command::Explain(args) => explain::run(cli, args, output),
        Command::ExplainCode(args) => explain_code::run(args, output),
        Command::Fetch(args) => fetch::run(cli, args, output),
        Command::Help { command } => help::run(command, output),
        Command::Init(args) => init::run(cli, args, output),
        Command::Man(args) => man::run(args, output),
        Command::Push(args) => push::run(cli, args, output),
        Command::Remove(args) => remove::run(cli, args, output),
        Command::Render(args) => render::run(cli, args, output),
        Command::Schema => schema::run(output),
        Command::Serve(args) => serve::run(cli, args, output),
        Command::Services { action } => services::run(cli, action, output),
        Command::Status(args) => status::run(cli, args, output),
        Command::Unpack(args) => unpack::run(cli, args, output),
        Command::Up(args) => up::run(cli, args, output),
        Command::Verify(args) => verify::run(cli, args, output),
    }
}
