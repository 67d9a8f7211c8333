//! What is said where a run has many files or many clusters: where to look first, not all of it again.

use std::collections::BTreeMap;

use crate::diag::{Report, Severity};
use crate::model::name::Label;
use crate::plan::change::{ChangeKind, Changes};
use crate::text::Count;

/// From so many on a run says what it is doing, and lists no longer each.
pub(super) const MANY: usize = 50;

/// How many are named.
const NAMED: usize = 10;

/// Says in which files the findings are, the worst first; nothing where they are in one.
pub(super) fn files(report: &Report) -> Option<String> {
    let mut by_file: BTreeMap<&str, usize> = BTreeMap::new();
    let counted = report.diagnostics().iter().filter(|it| it.severity != Severity::Notice);
    for primary in counted.filter_map(|it| it.primary.as_ref()) {
        *by_file.entry(primary.place.name()).or_default() += 1;
    }
    if by_file.len() < 2 {
        return None;
    }
    let count = Count(by_file.len(), "file");
    Some(format!("in {count}: {}", worst(by_file)))
}

/// Says which clusters something changes for; nothing where a run has one.
pub(super) fn clusters(changes: &Changes, ids: &[Label]) -> Option<String> {
    if ids.len() < 2 {
        return None;
    }
    let mut by_cluster: BTreeMap<&str, usize> = BTreeMap::new();
    for change in changes.list.iter().filter(|change| change.kind != ChangeKind::Same) {
        if let Some(id) = &change.owner.cluster {
            *by_cluster.entry(id.as_str()).or_default() += 1;
        }
    }
    let of = format!("{} of {}", by_cluster.len(), Count(ids.len(), "cluster"));
    Some(if by_cluster.is_empty() { of } else { format!("{of}: {}", worst(by_cluster)) })
}

/// Names with their counts, the greatest first.
fn worst(counts: BTreeMap<&str, usize>) -> String {
    let more = counts.len().saturating_sub(NAMED);
    let mut all: Vec<(&str, usize)> = counts.into_iter().collect();
    all.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let named: Vec<String> = all.iter().take(NAMED).map(|(name, count)| format!("{name} {count}")).collect();
    let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{rest}", named.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_are_named_and_the_others_counted() {
        let names: Vec<String> = (0..13).map(|at| format!("c{at:02}")).collect();
        let counts = names.iter().enumerate().map(|(at, name)| (name.as_str(), if at == 7 { 9 } else { 1 }));
        let said = worst(counts.collect());
        assert!(said.starts_with("c07 9, c00 1, c01 1,") && said.ends_with("c09 1 and 3 more"), "{said}");
    }
}
