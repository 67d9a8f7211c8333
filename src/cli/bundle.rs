//! The bundle commands: everything in one file, out of one room and into another.

mod contents;
pub(super) mod export;
mod gather;
mod import;
pub(super) mod imported;
mod landing;
#[cfg(test)]
mod tests;

use super::args::{BundleAction, Cli};
use super::output::Output;
use crate::bundle::BundleError;
use crate::diag::{Code, Diagnostic, Report};
use crate::run::failure::{Exit, Failure};
use crate::text::escape;

/// Runs one of the two.
pub fn run(cli: &Cli, action: &BundleAction, output: &mut Output) -> Result<Exit, Failure> {
    match action {
        BundleAction::Export(args) => export::run(cli, args, output),
        BundleAction::Import(args) => import::run(cli, args, output),
    }
}

/// Says why a bundle is refused.
fn refused(name: &str, error: &BundleError) -> Failure {
    let Some(code) = error.code() else {
        return Failure::new(Exit::Files, format!("cannot read bundle `{name}`")).context_of(error);
    };
    let diagnostic = Diagnostic::new(code, format!("bundle `{name}`: {error}")).help(match code {
        Code::R020 => "give a file that `okdboot bundle export FILE` wrote; nothing of this one has landed",
        Code::R023 => "copy the bundle again; nothing of this one has landed",
        _ => "write the bundle again with `okdboot bundle export FILE`; nothing of this one has landed",
    });
    let exit = if code == Code::R023 { Exit::Digest } else { Exit::Invalid };
    Failure { exit, ..Failure::invalid(diagnostic.into()) }
}

/// Reports every URL with credentials in a text that a bundle has or would have.
fn credentials(name: &str, text: &[u8]) -> Report {
    let text = String::from_utf8_lossy(text);
    let report = |found: crate::bundle::Credential| {
        let place = format!("{}:{}:{}", escape(name), found.line, found.column);
        let message = format!("`{place}` has a URL with a user or password for `{}`", escape(&found.host));
        Diagnostic::new(Code::R026, message).help(
            "remove them from the URL; for `okdboot fetch` they belong into `~/.netrc`, which no bundle takes along",
        )
    };
    crate::bundle::credentials(&text).into_iter().map(report).collect()
}
