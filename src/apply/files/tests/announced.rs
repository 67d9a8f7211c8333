//! What stands between a run that was killed and the next one: the intent is durable, nothing of it is done.

use super::*;

/// Kills a render just after its intent became durable.
fn announced() -> Place {
    for nth in 1.. {
        let place = place();
        render(&place, &old()).unwrap();
        killed(&place, &new(), nth);
        if place.out.join(intent::FILE).exists() {
            assert_eq!(files(&place), contents(&old()));
            return place;
        }
    }
    unreachable!()
}

#[test]
fn what_a_person_edits_between_a_kill_and_the_next_run_stays() {
    let place = announced();
    fs::write(place.out.join("a/one"), "mine").unwrap();
    fs::write(place.out.join("b/gone"), "mine too").unwrap();
    fs::remove_file(place.out.join("a/two")).unwrap();
    std::os::unix::fs::symlink("/etc/passwd", place.out.join("a/two")).unwrap();
    let error = render(&place, &new()).unwrap_err();
    assert!(matches!(error, ApplyError::Blocked { others: 2, .. }), "{error}");
    assert_tidy(&place, "even a run that refuses tidies up");
    let found = files(&place);
    assert_eq!((&found["a/one"][..], &found["b/gone"][..]), (&b"mine"[..], &b"mine too"[..]));
    assert_eq!(found["c/d/made"], b"new 4", "what nobody touched is done");
    assert_eq!(fs::read_link(place.out.join("a/two")).unwrap(), Path::new("/etc/passwd"));
}

#[test]
fn a_folder_that_a_person_made_between_a_kill_and_the_next_run_takes_the_files_of_the_new_one() {
    for is_empty in [true, false] {
        let place = announced();
        fs::create_dir_all(place.out.join("c/d")).unwrap();
        let mine: &[&str] = if is_empty { &[] } else { &["c/mine", "c/d/mine"] };
        for path in mine {
            fs::write(place.out.join(path), "mine").unwrap();
        }
        let root = Root::create(&place.out).unwrap();
        assert_eq!(recover::lock(&root).unwrap().1, recover::Recovered::Ended);
        let found = files(&place);
        assert_eq!(found["c/d/made"], b"new 4");
        assert!(mine.iter().all(|path| found[*path] == b"mine"), "{found:?}");
        assert!(is_clean(&place, &new()));
        assert_tidy(&place, "the folder in the making is gone");
    }
}

#[test]
fn a_folder_in_the_making_that_somebody_changed_does_not_get_its_name() {
    let place = announced();
    let inside = folders(place.out.as_std_path()).into_iter().find(|path| path.ends_with(".part/d"));
    fs::write(Path::new(&inside.unwrap()).join("made"), "evil").unwrap();
    let root = Root::create(&place.out).unwrap();
    assert_eq!(recover::lock(&root).unwrap().1, recover::Recovered::Ended);
    let mut rest = contents(&new());
    rest.remove("c/d/made");
    assert_eq!(files(&place), rest);
    assert!(!place.out.join("c").exists());
    assert_tidy(&place, "what was changed is gone");
    render(&place, &new()).unwrap();
    assert_eq!(files(&place), contents(&new()));
}

#[test]
fn temp_files_that_are_gone_leave_the_old_bytes_and_a_manifest_that_knows_it() {
    let place = announced();
    let mut all = Files::new();
    collect(place.out.as_std_path(), "", &mut all);
    for name in all.keys().filter(|name| name.contains(".okdboot-")) {
        fs::remove_file(place.out.join(name)).unwrap();
    }
    assert_eq!(blocked(&place, &new()), Vec::<String>::new());
    render(&place, &new()).unwrap();
    assert_eq!(files(&place), contents(&new()));
    assert!(is_clean(&place, &new()));
}
