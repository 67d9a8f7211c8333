//! Everything in one file, out of one room and into another: what goes along, whether it fits together, and
//! where it is put.

pub mod collect;
pub mod contents;
pub mod install;

use super::failure::{Exit, Failure};
use crate::bundle::BundleError;
use crate::diag::{Code, Diagnostic, Report};
use crate::text::escape;

/// Says why a bundle is refused.
pub fn refused(name: &str, error: &BundleError) -> Failure {
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
