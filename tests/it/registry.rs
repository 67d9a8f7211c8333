//! The list of outputs against the sources: an output is a line and a file, and nobody else knows it by name.

use okdboot::plan::{FileKind, Sensitivity};

use crate::layer::without_tests;
use crate::{files_below, read, sources_below};

/// Where the list is.
const LIST: &str = "src/plan/output.rs";

/// Where the outputs are.
const ROOM: &str = "src/plan/output/";

/// Compares a plan with a tree: it knows which files are of Ignition files that a run may not have.
const CHANGES: &str = "src/plan/change.rs";

/// The sources of plans without those of the outputs and their list.
fn outside() -> impl Iterator<Item = String> {
    let sources = sources_below("src/plan").into_iter().chain(["src/plan.rs".to_owned()]);
    let is_outside = |path: &String| path != LIST && path != CHANGES && !path.starts_with(ROOM);
    sources.filter(move |path| is_outside(path) && !path.ends_with("/tests.rs"))
}

/// The variants of `FileKind` that stand in a text, without what it calls of the type.
fn named(code: &str) -> Vec<String> {
    let names = code.split("FileKind::").skip(1);
    let names = names.map(|rest| rest.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default());
    names.filter(|name| name.starts_with(|c: char| c.is_ascii_uppercase())).map(str::to_owned).collect()
}

#[test]
fn every_output_has_one_file_of_its_name() {
    let sources = sources_below("src/plan/output");
    for kind in FileKind::all() {
        let name = format!("/{}.rs", kind.as_str().replace('-', "_"));
        let own: Vec<&String> = sources.iter().filter(|path| path.ends_with(&name)).collect();
        assert_eq!(own.len(), 1, "{kind}: {own:?}");
        let names = named(&without_tests(&read(own[0])));
        let variant = format!("{kind:?}");
        let below = own[0].replace(".rs", "/");
        let deeper = sources.iter().filter(|path| path.starts_with(&below));
        let is_named = names.contains(&variant)
            || deeper.map(|path| named(&without_tests(&read(path)))).any(|names| names.contains(&variant));
        assert!(is_named, "{} makes no file of its kind", own[0]);
    }
}

/// What no plan has any longer is shown by what its line says: the files of the output say when they are secret.
#[test]
fn an_output_with_a_secret_file_is_secret_in_the_list_and_no_other() {
    let sources = sources_below("src/plan/output");
    for kind in FileKind::all() {
        let name = format!("/{}", kind.as_str().replace('-', "_"));
        let is_own =
            |path: &&String| path.ends_with(&format!("{name}.rs")) || path.contains(&format!("{name}/"));
        let mut own = sources.iter().filter(is_own).map(|path| without_tests(&read(path)));
        let is_secret = own.any(|code| code.contains("sensitivity: Sensitivity::Secret"));
        assert_eq!(kind.output().sensitivity == Sensitivity::Secret, is_secret, "{kind}");
    }
}

#[test]
fn every_output_is_a_line_of_the_list() {
    let code = without_tests(&read(LIST));
    for kind in FileKind::all() {
        let begin = format!("    {kind:?}, \"{kind}\", ");
        assert_eq!(code.matches(&begin).count(), 1, "{kind}");
    }
}

#[test]
fn nobody_else_who_plans_knows_an_output_by_name() {
    assert!(outside().any(|path| path == "src/plan/build.rs"));
    for path in outside() {
        let names = named(&without_tests(&read(&path)));
        assert!(names.is_empty(), "{path} names {names:?}: it belongs into the file of that output");
    }
    assert_eq!(named("a(FileKind::Grub), FileKind::all(), Plan::FileKind"), ["Grub"]);
}

/// The templates that constants of a source name, and how often any template is named in it.
fn templates(code: &str) -> (Vec<String>, usize) {
    let value = |line: &str| {
        let (_, value) = line.trim().strip_prefix("const ")?.split_once(": &str = \"")?;
        Some(format!("{}.j2", value.strip_suffix(".j2\";")?))
    };
    (code.lines().filter_map(value).collect(), code.matches(".j2\"").count())
}

/// The folder is the list of templates; an output says which of them are its own.
#[test]
fn every_template_is_a_constant_of_the_one_output_that_renders_it() {
    let mut used = Vec::new();
    for path in sources_below("src") {
        let (own, named) = templates(&without_tests(&read(&path)));
        assert!(named == 0 || path.starts_with(ROOM), "{path} names a template: it belongs to an output");
        assert_eq!(own.len(), named, "{path}: a template is named by a constant, once");
        used.extend(own);
    }
    let folder = files_below("templates");
    let mut embedded: Vec<&str> = folder.iter().filter_map(|path| path.strip_prefix("templates/")).collect();
    used.sort();
    embedded.sort_unstable();
    assert_eq!(used, embedded, "left: what outputs render; right: the folder");
    let code = "const A: &str = \"a/b.j2\";\nrender(\"c.j2\");";
    assert_eq!(templates(code), (vec!["a/b.j2".to_owned()], 2));
}
