//! Asking the daemons' own checkers before their files are published, and on request afterwards.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::failure::{Exit, Failure};
use super::news::{News, Notices};
use super::process::Process;
use super::workspace::Workspace;
use crate::diag::{Code, Diagnostic, Place, Report};
use crate::disk::Scratch;
use crate::model::path::RelPath;
use crate::plan::tree::{Standing, Tree};
use crate::plan::{Plan, PlannedFile, Sensitivity};
use crate::probe::native::{NativeCheck, Programs, Refused, TrialPlaces};
use crate::text::List;
use crate::vars::Checked;

/// Where programs of administrators are that are not on everybody's `PATH`.
const SBIN: [&str; 3] = ["/usr/sbin", "/usr/local/sbin", "/sbin"];

/// The shortest value of vars.yaml that is taken for the one behind a refused line, in bytes.
const LEAST: usize = 4;

/// Refuses to publish what a checker refuses.
pub fn judge(
    files: &[PlannedFile],
    workspace: &Workspace,
    root: &str,
    news: &mut News,
) -> Result<(), Failure> {
    let files = files.iter().filter(|file| is_checked(file));
    let texts = files.map(|it| (&it.path, String::from_utf8_lossy(&it.contents).into_owned())).collect();
    let outcome = tried(&texts, workspace, root)?;
    news.report(absent(&outcome), Notices::IfVerbose);
    let report = findings(&outcome, workspace, &texts);
    if report.has_errors() {
        let message = "a daemon refuses its file; nothing was written";
        let failure = Failure { report, ..Failure::new(Exit::Invalid, message) };
        return Err(failure.help("correct the value or the template; `--no-native` publishes all the same"));
    }
    Ok(())
}

/// Asks them about the files of a plan as they stand in the tree.
pub fn look(plan: &Plan, tree: &dyn Tree, workspace: &Workspace, root: &str) -> Result<Report, Failure> {
    let text = |file: &'_ PlannedFile| match tree.look(&file.path) {
        Standing::File(found) => Some(String::from_utf8_lossy(&found.bytes).into_owned()),
        _ => None,
    };
    let files = plan.files.iter().filter(|file| is_checked(file));
    let texts = files.filter_map(|file| Some((&file.path, text(file)?))).collect();
    let outcome = tried(&texts, workspace, root)?;
    let mut report = findings(&outcome, workspace, &texts);
    report.extend(absent(&outcome));
    Ok(report)
}

/// The texts of files by their paths.
type Texts<'a> = BTreeMap<&'a RelPath, String>;

/// Secrets are never copied to a place for others.
fn is_checked(file: &PlannedFile) -> bool {
    file.owner.kind.is_service() && file.sensitivity == Sensitivity::Public
}

/// Says whose files nobody could try.
fn absent(outcome: &NativeCheck) -> Report {
    let names: Vec<&&str> = outcome.absent.iter().collect();
    if names.is_empty() {
        return Report::default();
    }
    let message = format!(
        "what is rendered for {} was not tried: the program is not here, only root may run it, or it looks for \
         an interface that this machine does not have",
        List::and(&names)
    );
    let help = "install the package, or run `okdboot verify --native` on the helper as root";
    std::iter::once(Diagnostic::new(Code::P083, message).help(help)).collect()
}

/// Has the files tried in a folder that holds nothing else.
fn tried(texts: &Texts, workspace: &Workspace, root: &str) -> Result<NativeCheck, Failure> {
    let process = &workspace.process;
    let paths: Vec<RelPath> = texts.keys().map(|path| (*path).clone()).collect();
    let programs = Programs::of(&paths, &|name| find(name, process));
    if programs.is_empty() {
        // A root that holds nothing else has no place for temporary files either.
        return Ok(programs.check(Path::new("."), &[]));
    }
    let base = PathBuf::from(process.env("TMPDIR").unwrap_or("/tmp"));
    let refuse = |error: std::io::Error| {
        let message = format!("could not try the files of services in `{}`: {error}", base.display());
        Failure::new(Exit::Files, message)
            .help("set TMPDIR to a folder with space, or leave the trial out with `--no-native`")
    };
    let scratch = Scratch::new(&base).map_err(refuse)?;
    let said = workspace.members.iter().filter_map(|it| it.cluster().services.root.as_deref());
    let places = TrialPlaces {
        copy: &scratch.path().to_string_lossy(),
        tree: root,
        roots: &said.chain([root]).filter(|root| !root.is_empty()).collect(),
        copied: &texts.keys().map(|path| path.as_str()).collect(),
    };
    for (path, text) in texts {
        scratch.write(path, &places.placed(text)).map_err(refuse)?;
    }
    Ok(programs.check(scratch.path(), &paths))
}

/// Finds a program, also where those of administrators are.
pub fn find(name: &str, process: &Process) -> Option<PathBuf> {
    let path = process.env("PATH").unwrap_or_default();
    // Who has one of them on the path has said where to look.
    let further: &[&str] = if path.split(':').any(|dir| dir.ends_with("sbin")) { &[] } else { &SBIN };
    let dirs = path.split(':').filter(|dir| dir.starts_with('/')).chain(further.iter().copied());
    dirs.map(|dir| Path::new(dir).join(name)).find(|path| path.is_file())
}

fn findings(outcome: &NativeCheck, workspace: &Workspace, texts: &Texts) -> Report {
    outcome.refused.iter().map(|refused| finding(refused, workspace, texts)).collect()
}

fn finding(refused: &Refused, workspace: &Workspace, texts: &Texts) -> Diagnostic {
    let Refused { program, path, place, said } = refused;
    let at = place.as_ref().map_or(path.to_string(), |(file, line)| format!("{file}:{line}"));
    let diagnostic = Diagnostic::new(Code::R033, format!("`{program}` refuses `{at}`: {said}"));
    let line = place.as_ref().and_then(|(file, line)| {
        let text = texts.get(&file.parse::<RelPath>().ok()?)?;
        text.lines().nth(line.checked_sub(1)?)
    });
    match line.and_then(|line| behind(line, workspace)) {
        Some(place) => diagnostic.at(&place, "this value stands in the line"),
        None => diagnostic,
    }
}

/// Finds the value of vars.yaml that a line was made of: the longest that stands in it.
fn behind(line: &str, workspace: &Workspace) -> Option<Place> {
    let value = |checked: &Checked, path: &str| {
        let place = checked.place(path)?;
        let text = place.source.slice(place.span).trim_matches(['"', '\'']).to_owned();
        (text.len() >= LEAST && line.contains(&text)).then_some((text.len(), place))
    };
    let all = workspace
        .members
        .iter()
        .map(|member| &member.checked)
        .flat_map(|checked| checked.spans.paths().filter_map(move |path| value(checked, path)));
    all.max_by_key(|(length, _)| *length).map(|(_, place)| place)
}
