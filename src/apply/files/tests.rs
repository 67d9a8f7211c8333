//! Torture: every operation that changes the disk fails once, and the tree must be whole after each.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use camino::Utf8PathBuf;
use proptest::prelude::*;
use rustix::io::Errno;

use super::*;
use crate::disk::{DiskTree, Root, fail_at};
use crate::plan::change::{Scope, compare};
use crate::plan::{Origin, Owner, Sensitivity};

type Files = BTreeMap<String, Vec<u8>>;

fn plan(files: &[(&str, &str)]) -> Plan {
    let planned = |(path, text): &(&str, &str)| PlannedFile {
        path: path.parse().unwrap(),
        mode: FileMode::Config,
        contents: text.as_bytes().into(),
        owner: Owner { cluster: Some("lab".parse().unwrap()), kind: FileKind::Grub },
        sensitivity: Sensitivity::Public,
        origin: Origin::Generated,
    };
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
    let lock = root.lock()?;
    let manifest = Manifest::load(&root).unwrap();
    let changes = compare(plan, &root, &manifest, &Scope::all());
    apply(&changes, plan, &lock, None)
}

fn is_clean(place: &Place, plan: &Plan) -> bool {
    let tree = DiskTree::open(&place.out).unwrap();
    let manifest = Manifest::load(&tree).unwrap();
    let changes = compare(plan, &tree, &manifest, &Scope::all());
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
    assert!(!files.keys().any(|name| name.contains(".okdboot-")), "{:?}", files.keys());
    files.retain(|name, _| !name.starts_with(".okdboot/"));
    files
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
    let third = plan(&[("a/one", "third"), ("b/gone", "old 3")]);
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
        if error.contains("rename") {
            break;
        }
        full += 1;
        assert_eq!(files(&place), contents(&old()), "{error}");
    }
    assert!(full > 8, "{full}");
}

#[test]
fn an_orphan_changed_since_the_comparison_stays() {
    let place = place();
    render(&place, &old()).unwrap();
    let root = Root::create(&place.out).unwrap();
    let lock = root.lock().unwrap();
    let changes = compare(&new(), &root, &Manifest::load(&root).unwrap(), &Scope::all());
    fs::write(place.out.join("b/gone"), "mine").unwrap();
    let error = apply(&changes, &new(), &lock, None).unwrap_err();
    assert!(matches!(error, ApplyError::Changed { .. }), "{error}");
    assert_eq!(files(&place)["b/gone"], b"mine");
    assert_eq!(files(&place)["a/one"], b"old 1");
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
