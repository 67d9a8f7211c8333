//! Machines under keys that nothing reads: nobody boots them by what okdboot writes.

use super::super::raw::RawVars;
use super::super::read::value::Values;
use crate::diag::{Code, Diagnostic};
use crate::text::Count;

pub(super) fn check(values: &Values, raw: &RawVars) {
    for list in &raw.elsewhere {
        let count = list.machines.len();
        let message = format!(
            "{} under `{}` get no boot file: nothing reads the key",
            Count(count, "machine"),
            list.key
        );
        let message = if count == 1 { message.replace(" get no", " gets no") } else { message };
        let first = format!(
            "list them under `workers`; with `pool: {}` they take another Ignition file than `worker.ign`",
            list.key
        );
        values.push(
            Diagnostic::new(Code::V248, message)
                .at(&values.place(list.span), "")
                .help(first)
                .help("list machines that boot by themselves under `other`: they get names and addresses"),
        );
    }
}
