//! How long the certificates of a bootstrap config still last.
//!
//! openshift-install signs some of them for a day (`ValidityOneDay`); bootstrap needs them until the
//! control plane has signed its own, so the documentation asks to use the files within 12 hours. The
//! pointer configs hold an authority of ten years only: there is no age limit for them.

use std::time::Duration;

use super::Inside;
use crate::diag::{Code, Diagnostic};
use crate::model::time::{TimeSpan, UnixTime};

/// From here on there may not be enough time for an installation (OpenShift documentation: use the
/// files within 12 hours).
const SHORT: Duration = Duration::from_secs(12 * 3600);

/// How far the clock of whoever made the files may be ahead.
const SKEW: i64 = 300;

/// Judges the certificate that ends first, and the one that starts last. `shown` names the file;
/// `state` is an `.openshift_install_state.json` beside it.
pub fn check(shown: &str, inside: &Inside, now: UnixTime, state: Option<&str>) -> Option<Diagnostic> {
    let starts_last = inside.certificates.iter().max_by_key(|certificate| certificate.starts)?;
    if starts_last.starts.0 > now.0.saturating_add(SKEW) {
        return Some(not_yet(shown, &starts_last.subject, starts_last.starts, now));
    }
    let ends_first = inside.certificates.iter().min_by_key(|certificate| certificate.ends)?;
    let (subject, ends) = (&ends_first.subject, ends_first.ends);
    match now.until(ends) {
        Some(left) if left >= SHORT => None,
        Some(left) => {
            let message =
                format!("a certificate in {shown} ends in {}, at {ends}: `{subject}`", TimeSpan(left));
            Some(again(Diagnostic::new(Code::P015, message), state))
        }
        None => {
            let past = TimeSpan(ends.until(now).unwrap_or_default());
            let message = format!("a certificate in {shown} ended {past} ago, at {ends}: `{subject}`");
            Some(again(Diagnostic::new(Code::P014, message), state))
        }
    }
}

fn again(diagnostic: Diagnostic, state: Option<&str>) -> Diagnostic {
    let help = "make new Ignition files with `openshift-install create ignition-configs` in an empty folder, then render again";
    let diagnostic = diagnostic.help(help);
    match state {
        Some(path) => diagnostic
            .help(format!("remove `{path}`: the installer would take the old certificates out of it again")),
        None => diagnostic,
    }
}

fn not_yet(shown: &str, subject: &str, starts: UnixTime, now: UnixTime) -> Diagnostic {
    let message = format!("a certificate in {shown} starts at {starts}, and now it is {now}: `{subject}`");
    Diagnostic::new(Code::P016, message)
        .help("set the clock of this machine, or of the one that made the files, with `chronyc makestep`")
}
