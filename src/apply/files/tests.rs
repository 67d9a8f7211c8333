//! Torture: every operation that changes the disk fails once, and the tree must be whole after each.

mod announced;
mod many;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use camino::Utf8PathBuf;
use proptest::prelude::*;
use rustix::io::Errno;

use super::*;
use crate::apply::recover;
use crate::disk::{DiskTree, Root, die_at, fail_at};
use crate::model::digest::Sha256;
use crate::plan::change::{Scope, compare};
use crate::plan::intent::{self, Intent, Step};
use crate::plan::manifest::{self, Manifest};
use crate::plan::{Owner, Plan, PlannedFile};

type Files = BTreeMap<String, Vec<u8>>;

fn plan(files: &[(&str, &str)]) -> Plan {
    let owner = Owner::of(&"lab".parse().unwrap(), FileKind::Grub);
    let planned =
        |(path, text): &(&str, &str)| PlannedFile::new(path.parse().unwrap(), owner.clone(), text.as_bytes());
    let mut files: Vec<_> = files.iter().map(planned).collect();
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Plan { clusters: vec!["lab".parse().unwrap()], files, ..Plan::default() }
}

fn old() -> Plan {
    plan(&[("a/one", "old 1"), ("a/two", "old 2"), ("b/gone", "old 3"), ("b/same", "same")])
}

fn new() -> Plan {
    plan(&[("a/one", "new 1"), ("a/two", "new 2"), ("b/same", "same"), ("c/d/made", "new 4")])
}

/// A folder for one test, with the output root in it.
struct Place {
    _dir: tempfile::TempDir,
    out: Utf8PathBuf,
}

fn place() -> Place {
    let dir = tempfile::tempdir().unwrap();
    let out = Utf8PathBuf::from_path_buf(dir.path().join("out")).unwrap();
    Place { _dir: dir, out }
}

fn render(place: &Place, plan: &Plan) -> Result<Summary, ApplyError> {
    let root = Root::create(&place.out)?;
    let (lock, _) = recover::lock(&root)?;
    let manifest = Manifest::load(&root, &plan.clusters).unwrap();
    let changes = compare(&plan.expected(), &root, &manifest, &Scope::all());
    let first = plan.files.first().map(|file| file.path.to_string());
    let own = (".okdboot/machines/lab.json".parse().unwrap(), first.as_ref().map(|first| first as Shown));
    apply(&changes, plan, &plan.clusters, (&lock, None), &[own])
}

fn is_clean(place: &Place, plan: &Plan) -> bool {
    let tree = DiskTree::open(&place.out).unwrap();
    let manifest = Manifest::load(&tree, &plan.clusters).unwrap();
    let changes = compare(&plan.expected(), &tree, &manifest, &Scope::all());
    changes.is_clean() && changes.next.is_none()
}

fn collect(folder: &Path, below: &str, into: &mut Files) {
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let entry = entry.unwrap();
        let name = format!("{below}{}", entry.file_name().to_str().unwrap());
        if entry.file_type().unwrap().is_dir() {
            collect(&entry.path(), &format!("{name}/"), into);
        } else {
            into.insert(name, fs::read(entry.path()).unwrap());
        }
    }
}

/// Returns every file below the root except okdboot's own.
fn files(place: &Place) -> Files {
    let mut files = Files::new();
    collect(place.out.as_std_path(), "", &mut files);
    files.retain(|name, _| !name.starts_with(".okdboot/") && !name.contains(".okdboot-"));
    files
}

/// Demands that no temp file and no word of a run is left.
fn assert_tidy(place: &Place, why: &str) {
    let mut files = Files::new();
    collect(place.out.as_std_path(), "", &mut files);
    let is_left = |name: &&String| {
        name.contains(".okdboot-") || name.ends_with("intent.json") || name.ends_with("/folders")
    };
    let left: Vec<&String> = files.keys().filter(is_left).collect();
    assert!(left.is_empty(), "{why}: {left:?}");
    let folders = folders(place.out.as_std_path());
    assert!(folders.iter().all(|path| !path.contains(".okdboot-")), "{why}: {folders:?}");
}

/// Returns every folder below one.
fn folders(top: &Path) -> Vec<String> {
    let inner = fs::read_dir(top).into_iter().flatten().map(|entry| entry.unwrap().path());
    let inner: Vec<_> = inner.filter(|path| path.is_dir() && !path.is_symlink()).collect();
    let below = inner.iter().flat_map(|path| folders(path));
    inner.iter().map(|path| path.display().to_string()).chain(below).collect()
}

fn contents(plan: &Plan) -> Files {
    plan.files.iter().map(|file| (file.path.to_string(), file.contents.to_vec())).collect()
}

/// Says whether every file is one of the old or one of the new tree, and none of both is missing.
fn is_whole(found: &Files, old: &Files, new: &Files) -> bool {
    let known = found.iter().all(|(path, bytes)| [old, new].iter().any(|tree| tree.get(path) == Some(bytes)));
    known && old.keys().filter(|path| new.contains_key(*path)).all(|path| found.contains_key(path))
}

/// Runs from `before` to `after` with the nth operation failing, for every n until none is left.
fn torture(before: Option<&Plan>, after: &Plan, errno: Errno) -> u32 {
    let (was, becomes) = (before.map(contents).unwrap_or_default(), contents(after));
    for nth in 1.. {
        let place = place();
        if let Some(before) = before {
            render(&place, before).unwrap();
        }
        fail_at(Some(nth), errno);
        let run = render(&place, after);
        if fail_at(None, errno) {
            run.unwrap();
            return nth - 1;
        }
        let error = run.unwrap_err().to_string();
        assert!(error.contains(place.out.as_str()), "{error}");
        let found = files(&place);
        assert!(is_whole(&found, &was, &becomes), "operation {nth}: {found:?}");
        render(&place, after).unwrap();
        assert_eq!(files(&place), becomes, "operation {nth}");
        assert!(is_clean(&place, after), "operation {nth}");
        assert_tidy(&place, "the next run tidies up");
    }
    unreachable!()
}

#[test]
fn a_disk_that_is_full_at_any_moment_leaves_a_whole_tree() {
    assert!(torture(None, &old(), Errno::NOSPC) > 20);
    assert!(torture(Some(&old()), &new(), Errno::NOSPC) > 15);
}

#[test]
fn after_any_interruption_another_plan_can_be_rendered() {
    let third = third();
    for nth in 1.. {
        let place = place();
        render(&place, &old()).unwrap();
        fail_at(Some(nth), Errno::IO);
        let run = render(&place, &new());
        if fail_at(None, Errno::IO) {
            run.unwrap();
            break;
        }
        render(&place, &third).unwrap_or_else(|error| panic!("operation {nth}: {error}"));
        assert_eq!(files(&place), contents(&third), "operation {nth}");
        assert!(is_clean(&place, &third), "operation {nth}");
    }
}

#[test]
fn a_failure_before_the_first_rename_changes_no_file() {
    let place = place();
    render(&place, &old()).unwrap();
    let mut full = 0;
    for nth in 1.. {
        fail_at(Some(nth), Errno::NOSPC);
        let error = render(&place, &new()).unwrap_err().to_string();
        if place.out.join(intent::FILE).exists() {
            break;
        }
        full += 1;
        assert_eq!(files(&place), contents(&old()), "{error}");
        let left = folders(place.out.as_std_path());
        assert!(
            left.iter().all(|path| !path.contains(".part") && !path.ends_with("/c")),
            "{error}: {left:?}"
        );
    }
    assert!(full > 8, "{full}");
}

#[test]
fn an_orphan_changed_since_the_comparison_stays() {
    let place = place();
    render(&place, &old()).unwrap();
    let root = Root::create(&place.out).unwrap();
    let lock = root.lock().unwrap();
    let manifest = Manifest::load(&root, &new().clusters).unwrap();
    let changes = compare(&new().expected(), &root, &manifest, &Scope::all());
    fs::write(place.out.join("b/gone"), "mine").unwrap();
    let error = apply(&changes, &new(), &new().clusters, (&lock, None), &[]).unwrap_err();
    assert!(matches!(error, ApplyError::Changed { .. }), "{error}");
    assert_eq!(files(&place)["b/gone"], b"mine");
    assert_eq!(files(&place)["a/one"], b"old 1");
}

fn third() -> Plan {
    plan(&[("a/one", "third"), ("b/gone", "old 3"), ("c/d/made", "third 4")])
}

/// Runs a render that is killed at its nth operation; says whether it came to its end before.
fn killed(place: &Place, plan: &Plan, nth: u32) -> bool {
    die_at(Some(nth));
    let run = render(place, plan);
    die_at(None);
    run.is_ok()
}

/// What is said of okdboot's own bytes by those who only look.
fn blocked(place: &Place, plan: &Plan) -> Vec<String> {
    let tree = DiskTree::open(&place.out).unwrap();
    let manifest = Manifest::load(&tree, &plan.clusters).unwrap();
    let changes = compare(&plan.expected(), &tree, &manifest, &Scope::all());
    changes.blocked().map(|(path, reason)| format!("{path} {reason}")).collect()
}

/// Whoever finds a temp file was told where to look.
fn assert_marked(place: &Place, why: &str) {
    let mut all = Files::new();
    collect(place.out.as_std_path(), "", &mut all);
    let mark = all.get(".okdboot/folders").map(|text| String::from_utf8_lossy(text).into_owned());
    let marked: Vec<&str> = mark.iter().flat_map(|text| text.lines()).collect();
    let temps = all.keys().filter(|path| path.contains("/.okdboot-"));
    for folder in temps.filter_map(|path| Some(path.rsplit_once('/')?.0)) {
        assert!(folder == ".okdboot" || marked.contains(&folder), "{why}: {folder} of {marked:?}");
    }
}

#[test]
fn a_run_killed_anywhere_is_ended_by_the_next_whatever_that_is() {
    let mut deaths = 0;
    for nth in 1.. {
        let place = place();
        render(&place, &old()).unwrap();
        let lived = killed(&place, &new(), nth);
        assert_marked(&place, &format!("operation {nth}"));
        assert!(is_whole(&files(&place), &contents(&old()), &contents(&new())), "operation {nth}");
        for plan in [old(), new(), third()] {
            assert_eq!(blocked(&place, &plan), Vec::<String>::new(), "operation {nth}");
        }
        // A run that only takes the lock ends or takes back what was begun.
        let root = Root::create(&place.out).unwrap();
        drop(recover::lock(&root).unwrap());
        let found = files(&place);
        assert!(found == contents(&old()) || found == contents(&new()), "operation {nth}: {found:?}");
        assert_tidy(&place, &format!("operation {nth}"));
        render(&place, &third()).unwrap_or_else(|error| panic!("operation {nth}: {error}"));
        assert_eq!(files(&place), contents(&third()), "operation {nth}");
        assert!(is_clean(&place, &third()), "operation {nth}");
        if lived {
            break;
        }
        deaths += 1;
    }
    assert!(deaths > 30, "{deaths}");
}

#[test]
fn two_deaths_in_a_row_lock_nothing() {
    for first in 1..60 {
        for second in [1, 2, 3, 5, 8, 13, 18, 21, 25, 30, 34, 40, 47, 55] {
            let place = place();
            render(&place, &old()).unwrap();
            if killed(&place, &new(), first) {
                return;
            }
            killed(&place, &third(), second);
            let why = format!("operations {first} and {second}");
            assert_eq!(blocked(&place, &third()), Vec::<String>::new(), "{why}");
            render(&place, &new()).unwrap_or_else(|error| panic!("{why}: {error}"));
            assert_eq!(files(&place), contents(&new()), "{why}");
            assert!(is_clean(&place, &new()), "{why}");
            assert_tidy(&place, &why);
        }
    }
    panic!("a run has more operations than this test knows");
}

#[test]
fn an_intent_of_somebody_else_neither_writes_nor_removes_what_it_does_not_know() {
    let place = place();
    render(&place, &old()).unwrap();
    let foreign = Sha256::of(b"not there");
    let temp = ".okdboot-1-1.part";
    fs::write(place.out.join("a").join(temp), "evil").unwrap();
    let step = |path: &str, before: Option<Sha256>, after: Option<Sha256>| Step {
        path: path.parse().unwrap(),
        owner: Some(Owner { cluster: Some("lab".parse().unwrap()), kind: FileKind::Grub }),
        before,
        after,
        temp: after.map(|_| temp.to_owned()),
    };
    let steps = vec![
        step("a/one", Some(foreign), Some(Sha256::of(b"evil"))),
        step("a/two", Some(Sha256::of(b"old 2")), Some(foreign)),
        step("b/same", Some(foreign), None),
    ];
    fs::write(place.out.join(intent::FILE), Intent { steps, ..Intent::default() }.to_text()).unwrap();
    render(&place, &old()).unwrap();
    assert_eq!(files(&place), contents(&old()));
    assert_tidy(&place, "an intent is read once");
    fs::write(place.out.join(intent::FILE), "{}").unwrap();
    let error = render(&place, &new()).unwrap_err().to_string();
    assert!(error.contains("intent.json`, which a run left that did not end"), "{error}");
    assert_eq!(files(&place), contents(&old()));
}

#[test]
fn the_one_manifest_of_okdboot_0_1_is_read_and_put_into_one_a_cluster() {
    let place = place();
    render(&place, &old()).unwrap();
    let tree = DiskTree::open(&place.out).unwrap();
    let own = manifest::path(Some(&old().clusters[0])).unwrap();
    let mut entries = Manifest::load(&tree, &old().clusters).unwrap().entries;
    let mut other = entries.values().next().unwrap().clone();
    other.owner.cluster = Some("edge".parse().unwrap());
    entries.insert("z/edge".parse().unwrap(), other.clone());
    fs::write(place.out.join(manifest::OLD_FILE), Manifest { entries }.to_text()).unwrap();
    fs::remove_file(place.out.join(own.as_str())).unwrap();
    assert!(is_clean(&place, &old()), "those who look read the old one");
    render(&place, &new()).unwrap();
    assert!(!place.out.join(manifest::OLD_FILE).exists() && is_clean(&place, &new()));
    let tree = DiskTree::open(&place.out).unwrap();
    assert_eq!(manifest::clusters(&tree).unwrap(), ["edge".parse().unwrap(), "lab".parse().unwrap()]);
    let edge = Manifest::load(&tree, &["edge".parse().unwrap()]).unwrap();
    assert_eq!(edge.entries[&"z/edge".parse().unwrap()], other, "another cluster's entries are kept");
}

fn any_plan() -> impl Strategy<Value = Plan> {
    let file = ("[ab]/[c-f]{1,2}", "[xy\n]{0,9}");
    prop::collection::btree_map(file.0, file.1, 0..8).prop_map(|files| {
        let files: Vec<_> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
        plan(&files)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn apply_then_compare_is_empty(before in any_plan(), after in any_plan()) {
        let place = place();
        render(&place, &before).unwrap();
        prop_assert!(is_clean(&place, &before));
        render(&place, &after).unwrap();
        prop_assert!(is_clean(&place, &after));
        prop_assert_eq!(files(&place), contents(&after));
    }
}
