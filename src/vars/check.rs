//! From what a file says to what is true, with every fault at once.
//!
//! Each value is read by itself, by the model's own `FromStr`; then values are judged against one another. One
//! that cannot be read is reported once and left out of the comparisons, so that one mistake gives one message.

use super::checked::Checked;
use super::judge;
use super::raw::RawVars;
use super::read::accept;
use super::read::file::FileDraft;
use super::read::value::Values;
use super::section::Findings;
use crate::diag::{Report, SourceText};

/// Checks one file, of whose shape `found` tells. A cluster comes back only if the report has no error.
pub fn check(source: &SourceText, raw: &RawVars, found: Findings) -> (Option<Checked>, Report) {
    let values = Values::new(source.hiding(&found.hidden), &found);
    let cluster = judge::cluster(&values, raw, &FileDraft::read(&values, raw));
    let accepted = accept::codes(&values, &raw.okdboot.accept);
    let (value_faults, hidden) = values.finish();
    let shown = source.hiding(&found.hidden).hiding(&hidden);
    let mut report = found.report;
    report.extend(value_faults);
    report.accept(&accepted);
    report.sort();
    report.hide(&shown);
    let cluster = cluster.filter(|_| !report.has_errors());
    (cluster.map(|cluster| Checked { cluster, source: shown, spans: found.spans.into() }), report)
}
