//! Enough files for several threads.

use super::*;

#[test]
fn what_threads_have_prepared_goes_when_one_of_them_fails() {
    let place = place();
    let names: Vec<String> = (0..3000).map(|at| format!("{}/{at}", ["a", "b", "c"][at % 3])).collect();
    let files: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "text")).collect();
    let whole = plan(&files);
    let (lacks, _): (Vec<_>, Vec<_>) = files.iter().copied().partition(|(name, _)| *name != "b/1600");
    let root = Root::create(&place.out).unwrap();
    fs::create_dir(place.out.join("c")).unwrap();
    let (lock, _) = recover::lock(&root).unwrap();
    let changes = compare(&whole.expected(), &root, &Manifest::default(), &Scope::all());
    let apply = |plan: &Plan| apply(&changes, plan, &whole.clusters, (&lock, None), &[]).unwrap_err();
    let error = apply(&plan(&lacks));
    assert!(matches!(&error, ApplyError::Unplanned { path } if path.ends_with("b/1600")), "{error}");
    fs::remove_dir(place.out.join("c")).unwrap();
    fs::write(place.out.join("c"), "mine").unwrap();
    let error = apply(&whole);
    assert!(matches!(&error, ApplyError::Disk(_)), "{error}");
    fs::remove_file(place.out.join("c")).unwrap();
    drop(lock);
    assert_eq!(files_below(&place), 0);
    render(&place, &whole).unwrap();
    assert_eq!(self::files(&place), contents(&whole));
}

/// Counts files with whatever names, those in the making included; okdboot's own aside.
fn files_below(place: &Place) -> usize {
    let mut all = Files::new();
    collect(place.out.as_std_path(), "", &mut all);
    all.keys().filter(|name| !name.starts_with(".okdboot/")).count()
}
