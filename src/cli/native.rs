//! Asking the daemons' own checkers before their files are published, and on request afterwards.

use std::fs::{self, DirBuilder};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use super::context::Context;
use super::failure::{Exit, Failure};
use super::output::{Notices, Output};
use super::session::{Around, Session};
use crate::diag::{Code, Diagnostic, Place, Report};
use crate::model::path::RelPath;
use crate::plan::{Plan, PlannedFile, Sensitivity, Standing};
use crate::probe::native::{self, Outcome, Refused};
use crate::text::List;
use crate::vars::Checked;

/// Where programs of administrators are that are not on everybody's `PATH`.
const SBIN: [&str; 3] = ["/usr/sbin", "/usr/local/sbin", "/sbin"];

/// The shortest value of vars.yaml that is taken for the one behind a refused line, in bytes.
const LEAST: usize = 4;

/// Refuses to publish what a checker refuses.
pub fn judge(plan: &Plan, session: &Session, around: &Around, output: &mut Output) -> Result<(), Failure> {
    let files: Vec<&PlannedFile> = plan.files.iter().filter(|file| is_checked(file)).collect();
    if files.is_empty() {
        return Ok(());
    }
    let outcome = in_a_copy(&files, (&around.root, &around.standing), output.context())?;
    say_absent(&outcome, output);
    let text = |path: &str| {
        let file = files.iter().find(|file| file.path.as_str() == path)?;
        Some(String::from_utf8_lossy(&file.contents).into_owned())
    };
    let report = findings(&outcome, session, &text);
    if report.has_errors() {
        let failure = Failure {
            report,
            ..Failure::new(Exit::Invalid, "a daemon refuses its file; nothing was written")
        };
        return Err(failure.help("correct the value or the template; `--no-native` publishes all the same"));
    }
    Ok(())
}

/// Asks them about the tree as it stands.
pub fn look(out: &Path, paths: &[RelPath], session: &Session, output: &mut Output) -> Report {
    let find = |name: &str| find(name, output.context());
    let outcome = native::check(out, paths, &find);
    let mut report = findings(&outcome, session, &|path| fs::read_to_string(out.join(path)).ok());
    if !outcome.absent.is_empty() {
        let names: Vec<&&str> = outcome.absent.iter().collect();
        let message = format!(
            "{} did not look at {}: not here, or not for this user",
            List::and(&names),
            its(names.len())
        );
        report.push(
            Diagnostic::new(Code::P083, message)
                .help("install the package, or run `okdboot verify --native` as root"),
        );
    }
    report
}

fn its(count: usize) -> &'static str {
    if count == 1 { "its file" } else { "their files" }
}

/// Secrets are never copied to a place for others.
fn is_checked(file: &PlannedFile) -> bool {
    file.owner.kind.is_service() && file.sensitivity == Sensitivity::Public
}

fn say_absent(outcome: &Outcome, output: &mut Output) {
    if !outcome.absent.is_empty() {
        let names: Vec<&&str> = outcome.absent.iter().collect();
        let message =
            format!("no checker of {} is here: what is rendered for it was not tried", List::and(&names));
        let report: Report = std::iter::once(Diagnostic::new(Code::P083, message)).collect();
        output.report(&report, Notices::IfVerbose);
    }
}

/// A folder of one's own that goes when it is dropped.
struct Scratch(PathBuf);

/// How many names are tried: what killed runs of the same process id have left stands in the way.
const NAMES: u32 = 1000;

impl Scratch {
    fn new(base: &Path) -> std::io::Result<Self> {
        let mut builder = DirBuilder::new();
        builder.mode(0o700);
        let name = |n: u32| base.join(format!("okdboot-native-{}-{n}", std::process::id()));
        let taken = |dir: &PathBuf| {
            builder.create(dir).err().is_some_and(|error| error.kind() == std::io::ErrorKind::AlreadyExists)
        };
        let dir = (0..NAMES).map(name).find(|dir| !taken(dir)).unwrap_or_else(|| name(NAMES));
        // Any other fault is met again here, and said.
        fs::metadata(&dir)?;
        Ok(Self(dir))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What cannot be removed holds nothing secret.
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn in_a_copy(
    files: &[&PlannedFile],
    (root, standing): (&str, &Standing),
    context: &Context,
) -> Result<Outcome, Failure> {
    let base = PathBuf::from(context.env("TMPDIR").unwrap_or("/tmp"));
    let refuse = |error: std::io::Error| {
        let message = format!("could not try the files of services in `{}`: {error}", base.display());
        Failure::new(Exit::Files, message)
            .help("set TMPDIR to a folder with space, or leave the trial out with `--no-native`")
    };
    let scratch = Scratch::new(&base).map_err(refuse)?;
    let here = scratch.0.to_string_lossy().into_owned();
    // What stands there of other clusters is named by the shared files; what is new takes its place.
    let others = standing.iter().map(|(path, text)| (path.as_str(), text.clone()));
    let own = files.iter().map(|it| (it.path.as_str(), String::from_utf8_lossy(&it.contents).into_owned()));
    for (path, text) in others.chain(own) {
        let path = scratch.0.join(path);
        path.parent().map_or(Ok(()), fs::create_dir_all).map_err(refuse)?;
        // What must be absolute names the tree; here it names the copy.
        fs::write(&path, text.replace(root, &here)).map_err(refuse)?;
    }
    let paths: Vec<RelPath> = files.iter().map(|file| file.path.clone()).collect();
    Ok(native::check(&scratch.0, &paths, &|name| find(name, context)))
}

fn find(name: &str, context: &Context) -> Option<PathBuf> {
    let path = context.env("PATH").unwrap_or_default();
    // Who has one of them on the path has said where to look.
    let further: &[&str] = if path.split(':').any(|dir| dir.ends_with("sbin")) { &[] } else { &SBIN };
    let dirs = path.split(':').filter(|dir| dir.starts_with('/')).chain(further.iter().copied());
    dirs.map(|dir| Path::new(dir).join(name)).find(|path| path.is_file())
}

fn findings(outcome: &Outcome, session: &Session, text: &dyn Fn(&str) -> Option<String>) -> Report {
    outcome.refused.iter().map(|refused| finding(refused, session, text)).collect()
}

fn finding(refused: &Refused, session: &Session, text: &dyn Fn(&str) -> Option<String>) -> Diagnostic {
    let Refused { program, path, place, said } = refused;
    let at = place.as_ref().map_or(path.to_string(), |(file, line)| format!("{file}:{line}"));
    let diagnostic = Diagnostic::new(Code::R033, format!("`{program}` refuses `{at}`: {said}"));
    let line = place
        .as_ref()
        .and_then(|(file, line)| text(file)?.lines().nth(line.checked_sub(1)?).map(str::to_owned));
    match line.as_deref().and_then(|line| behind(line, session)) {
        Some(place) => diagnostic.at(&place, "this value stands in the line"),
        None => diagnostic,
    }
}

/// Finds the value of vars.yaml that a line was made of: the longest that stands in it.
fn behind(line: &str, session: &Session) -> Option<Place> {
    let value = |checked: &Checked, path: &str| {
        let place = checked.place(path)?;
        let text = place.source.slice(place.span).trim_matches(['"', '\'']).to_owned();
        (text.len() >= LEAST && line.contains(&text)).then_some((text.len(), place))
    };
    let all = session
        .checked
        .iter()
        .flat_map(|checked| checked.spans.keys().filter_map(move |path| value(checked, path)));
    all.max_by_key(|(length, _)| *length).map(|(_, place)| place)
}
