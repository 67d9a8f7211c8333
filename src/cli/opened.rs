//! Opening what a command is about.

use super::args::Cli;
use super::output::Voice;
use crate::run::{Failure, Workspace};

/// Reads the inventories, and says what there is to say of them.
pub fn whole(cli: &Cli, output: &mut Voice) -> Result<Workspace, Failure> {
    let workspace = unsaid(cli, output)?;
    output.of_inventory(&workspace.report);
    Ok(workspace)
}

/// The same, without the bootstrap machine of a cluster whose bootstrap is over.
pub fn entered(cli: &Cli, output: &mut Voice) -> Result<Workspace, Failure> {
    let mut workspace = unsaid(cli, output)?;
    workspace.enter(None)?;
    output.of_inventory(&workspace.report);
    Ok(workspace)
}

/// Reads the inventories, and leaves what there is to say of them to the command.
pub fn unsaid(cli: &Cli, output: &Voice) -> Result<Workspace, Failure> {
    Workspace::open(&cli.global.inventories(), output.context().process())
}
