use std::collections::BTreeMap;

use super::super::tree::{Obstacle, ObstacleKind};
use super::*;
use crate::plan::{FileMode, PlannedArtifact};

type Disk = BTreeMap<RelPath, Standing>;

fn rel(path: &str) -> RelPath {
    path.parse().unwrap()
}

fn owner(cluster: &str, kind: FileKind) -> Owner {
    let cluster = (!cluster.is_empty()).then(|| cluster.parse().unwrap());
    Owner { cluster, kind }
}

fn file(path: &str, cluster: &str, kind: FileKind, text: &str) -> PlannedFile {
    let secret = kind == FileKind::Ignition;
    PlannedFile {
        mode: if secret { FileMode::Ignition } else { FileMode::Config },
        sensitivity: if secret { Sensitivity::Secret } else { Sensitivity::Public },
        ..PlannedFile::new(rel(path), owner(cluster, kind), text.as_bytes())
    }
}

fn plan(files: Vec<PlannedFile>) -> Plan {
    Plan { clusters: vec!["lab".parse().unwrap()], files, ..Plan::default() }
}

fn found(text: &str, mode: u32) -> Standing {
    Standing::File(Found { bytes: text.as_bytes().to_vec(), mode, group: 7 })
}

fn disk(files: &[(&str, Standing)]) -> Disk {
    files.iter().map(|(path, standing)| (rel(path), standing.clone())).collect()
}

fn recorded(entries: &[(&str, &str, FileKind, &str)]) -> Manifest {
    let entry = |cluster: &str, kind, text: &str| Entry {
        owner: owner(cluster, kind),
        sha256: Sha256::of(text.as_bytes()),
    };
    entries.iter().map(|(path, cluster, kind, text)| (rel(path), entry(cluster, *kind, text))).collect()
}

fn with_ignition() -> Scope {
    Scope { ignition: BTreeSet::from(["lab".parse().unwrap()]), ..Scope::all() }
}

fn forced(scope: Scope) -> Scope {
    Scope { force: Force::Yes, ..scope }
}

/// Returns what one planned grub file `g` with the text `new` meets.
fn meet(standing: Option<Standing>, manifest: &Manifest, scope: &Scope) -> Change {
    let plan = plan(vec![file("g", "lab", FileKind::Grub, "new")]);
    let tree: Disk = standing.into_iter().map(|standing| (rel("g"), standing)).collect();
    compare(&plan.expected(), &tree, manifest, scope).list.remove(0)
}

fn sha(text: &str) -> Sha256 {
    Sha256::of(text.as_bytes())
}

#[test]
fn a_planned_file_meets_what_stands_there() {
    let ours = recorded(&[("g", "lab", FileKind::Grub, "old")]);
    let none = Manifest::default();
    let all = Scope::all();
    let link = Obstacle { at: rel("g"), what: ObstacleKind::Symlink };
    let blocked = |reason| ChangeKind::Blocked(reason);
    let cases = [
        (None, &none, ChangeKind::Create),
        (None, &ours, ChangeKind::Create),
        (Some(found("new", 0o644)), &none, ChangeKind::Same),
        (Some(found("new", 0o644)), &ours, ChangeKind::Same),
        (Some(found("new", 0o600)), &ours, ChangeKind::Chmod { from: 0o600, to: 0o644 }),
        (Some(found("old", 0o644)), &ours, ChangeKind::Update { before: sha("old") }),
        (Some(found("mine", 0o644)), &ours, blocked(Blocked::Edited)),
        (Some(found("old", 0o644)), &none, blocked(Blocked::Foreign)),
        (Some(Standing::Other(link.clone())), &ours, blocked(Blocked::Obstacle(link))),
        (Some(Standing::Unreadable("denied".into())), &ours, blocked(Blocked::Unreadable("denied".into()))),
    ];
    for (standing, manifest, kind) in cases {
        assert_eq!(meet(standing.clone(), manifest, &all).kind, kind, "{standing:?}");
    }
}

#[test]
fn force_replaces_files_but_no_obstacles() {
    let ours = recorded(&[("g", "lab", FileKind::Grub, "old")]);
    let all = forced(Scope::all());
    let edited = meet(Some(found("mine", 0o644)), &ours, &all);
    assert_eq!(edited.kind, ChangeKind::Update { before: sha("mine") });
    let foreign = meet(Some(found("mine", 0o644)), &Manifest::default(), &all);
    assert_eq!(foreign.kind, ChangeKind::Update { before: sha("mine") });
    let folder = Standing::Other(Obstacle { at: rel("g"), what: ObstacleKind::Folder });
    assert!(matches!(meet(Some(folder), &ours, &all).kind, ChangeKind::Blocked(Blocked::Obstacle(_))));
}

#[test]
fn a_file_of_a_cluster_outside_the_run_is_taken() {
    let theirs = recorded(&[("g", "prod", FileKind::Grub, "old")]);
    for text in ["old", "new"] {
        let change = meet(Some(found(text, 0o644)), &theirs, &Scope::all());
        assert_eq!(change.kind, ChangeKind::Blocked(Blocked::Taken("prod".parse().unwrap())));
        assert_eq!(
            meet(Some(found(text, 0o644)), &theirs, &forced(Scope::all())).owner.cluster,
            Some("lab".parse().unwrap())
        );
    }
}

#[test]
fn orphans_are_judged_by_cluster_and_kind() {
    let manifest = recorded(&[
        ("grub", "lab", FileKind::Grub, "x"),
        ("pxe", "lab", FileKind::Pxelinux, "x"),
        ("ign", "lab", FileKind::Ignition, "x"),
        ("index", "lab", FileKind::Index, "x"),
        ("other", "prod", FileKind::Grub, "x"),
        ("shared", "", FileKind::Sums, "x"),
    ]);
    let paths = ["grub", "pxe", "ign", "index", "other", "shared"];
    let tree = disk(&paths.map(|path| (path, found("x", 0o644))));
    let orphans = |scope: &Scope| {
        let changes = compare(&plan(vec![]).expected(), &tree, &manifest, scope);
        assert!(changes.list.iter().all(|c| c.kind == ChangeKind::Orphan { before: sha("x") }));
        let next = changes.next.unwrap_or_else(|| manifest.clone());
        assert_eq!(next.entries.len() + changes.list.len(), paths.len());
        changes.list.into_iter().map(|change| change.path.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(orphans(&with_ignition()), ["grub", "ign", "index", "pxe"]);
    assert_eq!(orphans(&Scope::all()), ["grub", "pxe"]);
    assert_eq!(orphans(&Scope::only([FileKind::Grub])), ["grub"]);
    assert_eq!(orphans(&Scope::only([FileKind::Ignition])), Vec::<String>::new());
    assert_eq!(orphans(&Scope::only([FileKind::Commands])), Vec::<String>::new());
}

#[test]
fn an_orphan_goes_only_as_okdboot_left_it() {
    let manifest = recorded(&[("g", "lab", FileKind::Grub, "x")]);
    let parent = Obstacle { at: rel("g"), what: ObstacleKind::Symlink };
    let cases = [
        (found("mine", 0o644), Blocked::EditedOrphan),
        (Standing::Other(parent.clone()), Blocked::Obstacle(parent)),
        (Standing::Unreadable("denied".into()), Blocked::Unreadable("denied".into())),
    ];
    for (standing, reason) in cases {
        let tree = disk(&[("g", standing)]);
        let refused = compare(&plan(vec![]).expected(), &tree, &manifest, &Scope::all());
        assert_eq!(refused.blocked().collect::<Vec<_>>(), [(&rel("g"), &reason)]);
        let kept = compare(&plan(vec![]).expected(), &tree, &manifest, &forced(Scope::all()));
        assert_eq!(kept.list[0].kind, ChangeKind::Kept);
        assert_eq!(kept.next, Some(Manifest::default()));
    }
}

#[test]
fn an_absent_orphan_is_only_forgotten() {
    let manifest = recorded(&[("g", "lab", FileKind::Grub, "x")]);
    let changes = compare(&plan(vec![]).expected(), &disk(&[]), &manifest, &Scope::all());
    assert!(changes.is_clean() && changes.list.is_empty());
    assert_eq!(changes.next, Some(Manifest::default()));
}

#[test]
fn an_artifact_is_never_an_orphan() {
    let manifest = recorded(&[("k", "lab", FileKind::Grub, "x")]);
    let mut plan = plan(vec![]);
    plan.artifacts.push(PlannedArtifact {
        name: "k".parse().unwrap(),
        arch: crate::model::arch::Arch::X86_64,
        kind: crate::model::artifact::ArtifactKind::Kernel,
        paths: vec![rel("k")],
    });
    let changes = compare(&plan.expected(), &disk(&[("k", found("x", 0o644))]), &manifest, &Scope::all());
    assert!(changes.list.is_empty());
}

#[test]
fn a_group_is_asked_of_ignition_files_only() {
    let plan =
        plan(vec![file("g", "lab", FileKind::Grub, "new"), file("i", "lab", FileKind::Ignition, "new")]);
    let tree = disk(&[("g", found("new", 0o644)), ("i", found("new", 0o640))]);
    let scope = Scope { group: Some(48), ..with_ignition() };
    let changes = compare(&plan.expected(), &tree, &Manifest::default(), &scope);
    assert_eq!(changes.list[0].kind, ChangeKind::Same);
    assert_eq!(changes.list[1].kind, ChangeKind::Regroup { from: 7, to: 48 });
}

#[test]
fn the_next_manifest_keeps_what_the_run_does_not_cover() {
    let manifest = recorded(&[
        ("a", "prod", FileKind::Grub, "x"),
        ("b", "lab", FileKind::Pxelinux, "x"),
        ("g", "lab", FileKind::Grub, "old"),
    ]);
    let plan =
        plan(vec![file("b", "lab", FileKind::Pxelinux, "new"), file("g", "lab", FileKind::Grub, "new")]);
    let tree = disk(&[("g", found("old", 0o644))]);
    let changes = compare(&plan.expected(), &tree, &manifest, &Scope::only([FileKind::Grub]));
    assert_eq!(changes.counts(), Counts { update: 1, ..Counts::default() });
    let next = recorded(&[
        ("a", "prod", FileKind::Grub, "x"),
        ("b", "lab", FileKind::Pxelinux, "x"),
        ("g", "lab", FileKind::Grub, "new"),
    ]);
    assert_eq!(changes.next, Some(next.clone()));
    let done = disk(&[("g", found("new", 0o644))]);
    let again = compare(&plan.expected(), &done, &next, &Scope::only([FileKind::Grub]));
    assert!(again.is_clean() && again.next.is_none());
}
