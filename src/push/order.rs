//! In which order changes are made: a machine that asks in between never finds a group without its profile,
//! nor a profile without its Ignition file.

use crate::plan::change::{Change, ChangeKind, Changes};

use super::place::MatchboxResource;

/// Returns what is to be put, then what is to be removed.
pub fn steps(changes: &Changes) -> (Vec<&Change>, Vec<&Change>) {
    let of = |is: fn(&ChangeKind) -> bool| changes.list.iter().filter(move |change| is(&change.kind));
    let mut put: Vec<&Change> =
        of(|kind| matches!(kind, ChangeKind::Create | ChangeKind::Update { .. })).collect();
    let mut removed: Vec<&Change> = of(|kind| matches!(kind, ChangeKind::Orphan { .. })).collect();
    put.sort_by_key(|change| rank(change));
    removed.sort_by_key(|change| std::cmp::Reverse(rank(change)));
    (put, removed)
}

fn rank(change: &Change) -> u8 {
    match MatchboxResource::of(&change.path) {
        Some(MatchboxResource::Generic(_)) | None => 0,
        Some(MatchboxResource::Ignition(_)) => 1,
        Some(MatchboxResource::Profile(_)) => 2,
        Some(MatchboxResource::Group(_)) => 3,
    }
}
