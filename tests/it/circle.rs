//! No two files import one another, over however many: read from the sources.
//!
//! What lies below a file is a part of it, so that a file may import from the one above it; it is not read
//! as an import that the one above has it. A name that a file only passes on is looked for where it is from.

use std::collections::{BTreeMap, BTreeSet};

use crate::layer::without_tests;
use crate::{read, sources_below};

/// A file: what it imports by which name, and every path that stands in it.
#[derive(Default)]
struct File {
    names: BTreeMap<String, Vec<String>>,
    paths: Vec<Vec<String>>,
}

type Files = BTreeMap<String, File>;

fn words(path: &str) -> Vec<String> {
    path.split("::").map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// Returns the paths of a `use`, one for each name.
fn flat(tree: &str) -> Vec<String> {
    let Some((head, rest)) = tree.split_once('{') else { return vec![tree.trim().to_owned()] };
    let inner = rest.rsplit_once('}').map_or(rest, |(inner, _)| inner);
    let (mut depth, mut items) = (0, vec![String::new()]);
    for c in inner.chars() {
        match c {
            ',' if depth == 0 => items.push(String::new()),
            _ => {
                depth += i32::from(c == '{') - i32::from(c == '}');
                items.last_mut().unwrap().push(c);
            }
        }
    }
    let items = items.iter().filter(|item| !item.trim().is_empty());
    items.flat_map(|item| flat(&format!("{}{}", head.trim(), item.trim()))).collect()
}

/// Takes the imports of a text out of it.
fn imports(code: &str) -> (Vec<String>, String) {
    let (mut found, mut rest, mut open) = (Vec::new(), String::new(), None::<String>);
    for line in code.lines() {
        let text = line.trim_start();
        let after = text.strip_prefix("use ").or_else(|| {
            let (visible, after) = text.split_once("use ")?;
            (visible.starts_with("pub") && !visible.contains('{')).then_some(after)
        });
        let Some(begun) = open.take().map(|begun| begun + text).or(after.map(str::to_owned)) else {
            rest += line;
            rest.push('\n');
            continue;
        };
        match begun.split_once(';') {
            Some((tree, _)) => found.extend(flat(tree)),
            None => open = Some(begun),
        }
    }
    (found, rest)
}

/// Returns a path from the root of the crate; nothing where it leads out of the crate.
fn absolute(me: &str, path: &str, all: &BTreeSet<String>) -> Option<Vec<String>> {
    let (mut base, path) = (words(me), words(path));
    match path.first()?.as_str() {
        "crate" => Some(path[1..].to_vec()),
        "self" => Some([base, path[1..].to_vec()].concat()),
        "super" => {
            let ups = path.iter().take_while(|word| *word == "super").count();
            base.truncate(base.len().saturating_sub(ups));
            Some([base, path[ups..].to_vec()].concat())
        }
        child if all.contains(&format!("{me}::{child}")) => Some([base, path].concat()),
        _ => None,
    }
}

fn file(me: &str, code: &str, all: &BTreeSet<String>) -> File {
    let (imports, rest) = imports(code);
    let mut file = File::default();
    for import in imports {
        let (path, alias) =
            import.split_once(" as ").map_or((import.as_str(), None), |(path, alias)| (path, Some(alias)));
        let Some(mut path) = absolute(me, path, all) else { continue };
        path.retain(|word| word != "self");
        let Some(name) = alias.map(str::to_owned).or(path.last().cloned()) else { continue };
        file.names.insert(name, path.clone());
        file.paths.push(path);
    }
    let is_path = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':';
    let inline = rest.split(|c| !is_path(c)).filter(|text| text.contains("::"));
    file.paths.extend(inline.filter_map(|path| absolute(me, path, all)));
    file
}

fn files() -> Files {
    let module = |path: &String| path["src/".len()..].trim_end_matches(".rs").replace('/', "::");
    let is_code =
        |path: &String| !path.ends_with("tests.rs") && path != "src/main.rs" && path != "src/lib.rs";
    let sources: Vec<String> = sources_below("src").into_iter().filter(is_code).collect();
    let all: BTreeSet<String> = sources.iter().map(module).collect();
    let read = |path: &String| (module(path), file(&module(path), &without_tests(&read(path)), &all));
    sources.iter().map(read).collect()
}

/// Returns the file that a path is about.
fn home(path: &[String], files: &Files, passed_on: usize) -> Option<String> {
    let (name, rest) = (1..=path.len()).rev().find_map(|length| {
        let name = path[..length].join("::");
        files.contains_key(&name).then(|| (name, &path[length..]))
    })?;
    let from = rest.first().and_then(|first| files[&name].names.get(first));
    match from {
        Some(from) if passed_on < 8 => {
            let path = [from.as_slice(), &rest[1..]].concat();
            home(&path, files, passed_on + 1)
        }
        _ => Some(name),
    }
}

fn edges(files: &Files) -> BTreeSet<(String, String)> {
    let mut edges = BTreeSet::new();
    for (me, file) in files {
        let homes = file.paths.iter().filter_map(|path| home(path, files, 0));
        let others = homes.filter(|to| to != me && !to.starts_with(&format!("{me}::")));
        edges.extend(others.map(|to| (me.clone(), to)));
    }
    edges
}

/// Leaves those edges that are part of a circle, or lead from one to another.
fn circles(mut edges: BTreeSet<(String, String)>) -> BTreeSet<(String, String)> {
    loop {
        let before = edges.len();
        let from: BTreeSet<String> = edges.iter().map(|(from, _)| from.clone()).collect();
        let to: BTreeSet<String> = edges.iter().map(|(_, to)| to.clone()).collect();
        edges.retain(|edge| from.contains(&edge.1) && to.contains(&edge.0));
        if edges.len() == before {
            return edges;
        }
    }
}

#[test]
fn no_files_import_one_another() {
    let files = files();
    let edges = edges(&files);
    assert!(edges.len() > 1000, "only {} imports were found", edges.len());
    let left: Vec<String> = circles(edges).into_iter().map(|(from, to)| format!("{from} -> {to}")).collect();
    assert!(left.is_empty(), "{}", left.join("\n"));
}

/// What becomes of vars.yaml, each from those before it: what parses one value knows of no other.
const ROOMS: [&str; 6] =
    ["vars::yaml", "vars::section", "vars::raw", "vars::read", "vars::judge", "vars::check"];

#[test]
fn no_room_of_vars_imports_a_later_one() {
    let edges = edges(&files());
    let room = |path: &str| {
        let is_in = |room: &&str| path == *room || path.starts_with(&format!("{room}::"));
        ROOMS.iter().position(is_in)
    };
    let places: Vec<_> =
        edges.iter().filter_map(|(from, to)| Some((from, to, room(from)?, room(to)?))).collect();
    for (from, to, mine, other) in &places {
        assert!(mine >= other, "{from} imports {to}");
    }
    for pair in [(3, 2), (4, 3), (5, 4)] {
        assert!(places.iter().any(|(_, _, mine, other)| (*mine, *other) == pair), "nothing from {pair:?}");
    }
}

/// What holds for all nodes is parsed once a file: who holds values against one another, once a node, parses none.
/// Left are a name that may end in the cluster's domain and a mask of the other family.
#[test]
fn who_judges_parses_nothing() {
    let parsing = ["parse(", "choice(", "boolean(", "ip(", "ips(", "ipv6(", "address(", "addresses(", "mac("];
    for path in sources_below("src/vars/judge") {
        let code = without_tests(&read(&path));
        for word in parsing {
            assert!(!code.contains(&format!("values.{word}")), "{path} holds values.{word}");
        }
        assert!(!code.contains(".text.trim().parse"), "{path}");
    }
}

#[test]
fn an_import_is_found_however_it_is_written() {
    let all = BTreeSet::from(["a", "a::b", "a::c", "d"].map(str::to_owned));
    let code = "pub(super) use b::{Name as Other, self};\nuse crate::d::{\n    x::{Y, Z},\n    W,\n};\n\
                fn f() -> super::d::V {\n    c::g();\n    std::fs::read()\n}\n";
    let file = file("a", code, &all);
    let paths: Vec<String> = file.paths.iter().map(|path| path.join("::")).collect();
    assert_eq!(paths, ["a::b::Name", "a::b", "d::x::Y", "d::x::Z", "d::W", "d::V", "a::c::g"]);
    assert_eq!(file.names["Other"].join("::"), "a::b::Name");
}

#[test]
fn a_circle_is_found() {
    let edge = |(from, to): (&str, &str)| (from.to_owned(), to.to_owned());
    let found = circles([("a", "b"), ("b", "c"), ("c", "a"), ("c", "d"), ("e", "a")].map(edge).into());
    assert_eq!(found, [("a", "b"), ("b", "c"), ("c", "a")].map(edge).into());
}
