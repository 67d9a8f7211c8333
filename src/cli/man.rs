//! `okdboot man`: manual pages, made from the arguments themselves.

use camino::Utf8Path;
use clap::{Command, CommandFactory as _};
use clap_mangen::Man;
use serde::Serialize;

use super::args::{Cli, ManArgs};
use super::output::Voice;
use crate::disk;
use crate::run::failure::{Exit, Failure};
use crate::text::Count;

/// The mode of a manual page.
const MODE: u32 = 0o644;

/// What `okdboot man` says.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(extend("then" = {"oneOf": [{"required": ["files"]}, {"required": ["text"]}]})))]
pub(super) struct Document<'a> {
    /// The pages that were written into the folder.
    #[cfg_attr(test, schemars(length(min = 1), inner(regex(pattern = "^okdboot.*\\.1$"))))]
    #[serde(skip_serializing_if = "Option::is_none")]
    files: Option<Vec<&'a str>>,
    /// The page of the program in roff; where no folder was named.
    #[cfg_attr(test, schemars(length(min = 1)))]
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'a str>,
}

/// Prints the page of the program, or writes one for each command into a folder.
pub fn run(args: &ManArgs, output: &mut Voice) -> Result<Exit, Failure> {
    let pages = pages()?;
    let Some(folder) = &args.folder else {
        let first = pages.into_iter().next().map(|(_, page)| page).unwrap_or_default();
        output.data(&first)?;
        output.document(&Document { text: Some(&first), files: None });
        return Ok(Exit::Done);
    };
    write(folder, &pages)?;
    let files = pages.iter().map(|(name, _)| name.as_str()).collect();
    output.document(&Document { text: None, files: Some(files) });
    output.say(&format!("{folder}: {}, one for each command", Count(pages.len(), "manual page")));
    output.say(&format!("read one with: man -l {folder}/okdboot.1"));
    Ok(Exit::Done)
}

/// A first page finds no `~/.local/share/man/man1`, so the folder is made.
fn write(folder: &Utf8Path, pages: &[(String, String)]) -> Result<(), Failure> {
    disk::make_folder(folder)?;
    for (name, page) in pages {
        disk::replace(&folder.join(name), page.as_bytes(), MODE)?;
    }
    Ok(())
}

/// Returns the file name and the text of every page, that of the program first.
pub fn pages() -> Result<Vec<(String, String)>, Failure> {
    let mut command = Cli::command().disable_help_subcommand(true);
    command.build();
    let mut pages = Vec::new();
    collect(&command, &mut pages).map_err(|error| Failure::of(Exit::Bug, &error))?;
    Ok(pages)
}

fn collect(command: &Command, pages: &mut Vec<(String, String)>) -> std::io::Result<()> {
    // The long version names the build; a manual page is the same in all of them.
    let plain = command.clone().long_version(None).version(env!("CARGO_PKG_VERSION"));
    let man = Man::new(plain).manual("okdboot");
    let mut page = Vec::new();
    man.render(&mut page)?;
    pages.push((man.get_filename(), String::from_utf8_lossy(&page).into_owned()));
    command.get_subcommands().try_for_each(|below| collect(below, pages))
}
