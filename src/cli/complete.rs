//! Completions that ask the program: nodes of the inventory, roles, codes, kinds, files.
//!
//! A shell runs okdboot with `OKDBOOT_COMPLETE` set and the line so far as arguments. The engine behind
//! it is one that `clap_complete` may still change, so it is named here and nowhere else.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::Path;

use camino::{Utf8Path, Utf8PathBuf};
use clap::{Arg, Command, CommandFactory as _, ValueHint};
use clap_complete::engine::{ArgValueCandidates, CompletionCandidate, PathCompleter, ValueCompleter as _};
use clap_complete::{ArgValueCompleter, CompleteEnv};

use super::args::Cli;
use super::context::Context;
use crate::diag::{Code, manual};
use crate::model::artifact::ArtifactKind;
use crate::model::node::Node;
use crate::model::role::Role;
use crate::model::stream_ref::StreamRef;
use crate::vars;

/// Names the shell that asks; one of our own, since a `COMPLETE` of something else would be obeyed too.
const VARIABLE: &str = "OKDBOOT_COMPLETE";

/// Answers a shell, and says whether one has asked.
pub fn answers(context: &Context) -> Result<bool, clap::Error> {
    if context.env(VARIABLE).is_none() {
        return Ok(false);
    }
    let files = inventories(context);
    let engine = CompleteEnv::with_factory(move || with_values(Cli::command(), &files));
    let folder = std::env::current_dir().ok();
    engine.var(VARIABLE).bin("okdboot").try_complete(context.args().iter().cloned(), folder.as_deref())
}

fn with_values(command: Command, files: &[Utf8PathBuf]) -> Command {
    let command = command.mut_args(|arg| with_value(arg, files));
    command.mut_subcommands(|below| with_values(below, files))
}

/// What a value can be follows from its name, which is the same in every command.
fn with_value(arg: Arg, files: &[Utf8PathBuf]) -> Arg {
    let name = arg.get_value_names().and_then(|names| names.first()).map(ToString::to_string);
    let files = files.to_vec();
    match name.as_deref() {
        Some("FILE") if arg.get_id() == "vars" => arg.add(ArgValueCompleter::new(yaml_files)),
        Some("FILE") => arg.value_hint(ValueHint::FilePath),
        Some("DIR") => arg.value_hint(ValueHint::DirPath),
        Some("NODE" | "NODE|MAC|IP") => arg.add(ArgValueCandidates::new(move || nodes(&files))),
        Some("ROLE") => arg.add(ArgValueCandidates::new(roles)),
        Some("CODE") => arg.add(ArgValueCandidates::new(codes)),
        Some("STREAM") => arg.add(ArgValueCompleter::new(streams)),
        Some("KIND") if arg.get_id() == "kinds" => arg.add(ArgValueCandidates::new(kinds)),
        _ => arg,
    }
}

fn yaml_files(current: &OsStr) -> Vec<CompletionCandidate> {
    let is_yaml = |path: &Path| path.extension().is_some_and(|end| end == "yaml" || end == "yml");
    PathCompleter::file().filter(is_yaml).complete(current)
}

/// Streams by name, newest first, and files.
fn streams(current: &OsStr) -> Vec<CompletionCandidate> {
    let word = current.to_string_lossy();
    let fits = |name: &String| name.starts_with(&*word);
    let named = StreamRef::known().into_iter().filter(fits).map(CompletionCandidate::new);
    let files = if word.is_empty() { Vec::new() } else { PathCompleter::file().complete(current) };
    named.chain(files).collect()
}

fn roles() -> Vec<CompletionCandidate> {
    Role::ALL.iter().map(|role| CompletionCandidate::new(role.to_string())).collect()
}

fn codes() -> Vec<CompletionCandidate> {
    let candidate =
        |code: &Code| CompletionCandidate::new(code.as_str()).help(Some(manual::meaning(*code).into()));
    Code::ALL.iter().map(candidate).collect()
}

fn kinds() -> Vec<CompletionCandidate> {
    ArtifactKind::ALL.iter().map(|kind| CompletionCandidate::new(kind.as_str())).collect()
}

/// Returns the nodes of the inventories. A file that is absent or wrong has none: this is no place to
/// complain.
fn nodes(files: &[Utf8PathBuf]) -> Vec<CompletionCandidate> {
    let nodes = files.iter().filter_map(|file| read(file)).flat_map(|checked| checked.cluster.nodes);
    let named: BTreeMap<String, Node> = nodes.map(|node| (node.name.to_string(), node)).collect();
    let candidate = |(name, node): (String, Node)| {
        let help = format!("{}, {}", node.role, node.address);
        CompletionCandidate::new(name).help(Some(help.into()))
    };
    named.into_iter().map(candidate).collect()
}

fn read(file: &Utf8Path) -> Option<vars::Checked> {
    let bytes = vars::load(file.as_std_path(), file.as_str()).ok()?;
    vars::read(file.as_str(), &bytes).0
}

/// Returns the inventories that the line names so far, else that of the environment, else `vars.yaml`.
/// The line is not finished, so clap cannot be asked.
fn inventories(context: &Context) -> Vec<Utf8PathBuf> {
    let words: Vec<&str> = context.args().iter().filter_map(|word| word.to_str()).collect();
    let named = named(&words);
    if !named.is_empty() {
        return named;
    }
    vec![context.env("OKDBOOT_VARS").unwrap_or("vars.yaml").into()]
}

fn named(words: &[&str]) -> Vec<Utf8PathBuf> {
    let after = words.windows(2).filter(|pair| pair[0] == "-f" || pair[0] == "--vars").map(|pair| pair[1]);
    let joined = words.iter().filter_map(|word| match word.strip_prefix("--vars=") {
        Some(file) => Some(file),
        None => word.strip_prefix("-f").filter(|file| !file.is_empty()),
    });
    after.chain(joined).map(Utf8PathBuf::from).collect()
}
