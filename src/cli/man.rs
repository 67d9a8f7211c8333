//! `okdboot man`: manual pages, made from the arguments themselves.

use camino::Utf8Path;
use clap::{Command, CommandFactory as _};
use clap_mangen::Man;
use serde_json::json;

use super::args::{Cli, ManArgs};
use super::failure::{Exit, Failure};
use super::output::Output;
use crate::disk;
use crate::text::Count;

/// The mode of a manual page.
const MODE: u32 = 0o644;

/// Prints the page of the program, or writes one for each command into a folder.
pub fn run(args: &ManArgs, output: &mut Output) -> Result<Exit, Failure> {
    let pages = pages()?;
    let Some(folder) = &args.folder else {
        let first = pages.into_iter().next().map(|(_, page)| page).unwrap_or_default();
        output.data(&first)?;
        output.member("text", json!(first));
        return Ok(Exit::Done);
    };
    write(folder, &pages)?;
    let names: Vec<&String> = pages.iter().map(|(name, _)| name).collect();
    output.member("files", json!(names));
    output.say(&format!("{folder}: {}, one for each command", Count(pages.len(), "manual page")));
    output.say(&format!("read one with: man -l {folder}/okdboot.1"));
    Ok(Exit::Done)
}

/// A first page finds no `~/.local/share/man/man1`, so the folder is made.
fn write(folder: &Utf8Path, pages: &[(String, String)]) -> Result<(), Failure> {
    std::fs::create_dir_all(folder)
        .map_err(|error| Failure::new(Exit::Files, format!("cannot make the folder `{folder}`: {error}")))?;
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
