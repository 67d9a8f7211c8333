//! The inventories that `-f` names: a file, a folder of them, or a pattern.

use camino::{Utf8Path, Utf8PathBuf};

/// Returns the files, sorted. What names none stays as it is, so that its fault is told where it is read.
pub(super) fn files(given: &Utf8Path) -> Vec<Utf8PathBuf> {
    let found = match () {
        () if given.is_dir() => in_folder(given),
        () if given.exists() || !given.as_str().contains(['*', '?', '[']) => Vec::new(),
        () => of_pattern(given.as_str()),
    };
    if found.is_empty() { vec![given.to_owned()] } else { found }
}

/// A folder holds inventories of any name, or a folder for each cluster with its `vars.yaml`.
fn in_folder(folder: &Utf8Path) -> Vec<Utf8PathBuf> {
    let entries = folder.read_dir_utf8().into_iter().flatten().flatten();
    let inventory = |entry: camino::Utf8DirEntry| {
        let path = entry.path();
        if path.is_dir() {
            return Some(path.join("vars.yaml")).filter(|vars| vars.is_file());
        }
        let is_own = entry.file_name().starts_with(['.', '_']) || entry.file_name().starts_with("okdboot-");
        (!is_own && matches!(path.extension(), Some("yaml" | "yml"))).then(|| path.to_owned())
    };
    let mut found: Vec<Utf8PathBuf> = entries.filter_map(inventory).collect();
    found.sort();
    found
}

/// As in a shell, a star fits no dot at the begin of a name.
fn of_pattern(pattern: &str) -> Vec<Utf8PathBuf> {
    let options = glob::MatchOptions { require_literal_leading_dot: true, ..glob::MatchOptions::default() };
    let paths = glob::glob_with(pattern, options).into_iter().flatten().flatten();
    let mut found: Vec<Utf8PathBuf> = paths
        .filter_map(|path| Utf8PathBuf::from_path_buf(path).ok())
        .filter(|path| path.is_file())
        .collect();
    found.sort();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_its_inventories_and_a_pattern_what_it_fits() {
        let folder = tempfile::tempdir().unwrap();
        let root = Utf8Path::from_path(folder.path()).unwrap();
        for file in
            ["b.yaml", "a.yml", "c/vars.yaml", "d/other.yaml", "notes.md", "okdboot-answers.yaml", ".x.yaml"]
        {
            std::fs::create_dir_all(root.join(file).parent().unwrap()).unwrap();
            std::fs::write(root.join(file), "").unwrap();
        }
        let names = |given: &str| -> Vec<String> {
            files(&root.join(given)).iter().map(|path| path.strip_prefix(root).unwrap().to_string()).collect()
        };
        assert_eq!(names(""), ["a.yml", "b.yaml", "c/vars.yaml"]);
        assert_eq!(names("*.yaml"), ["b.yaml", "okdboot-answers.yaml"]);
        assert_eq!(names("*/vars.yaml"), ["c/vars.yaml"]);
        // What is not there is told by whoever reads it.
        for absent in ["e", "x.yaml", "*.json"] {
            assert_eq!(names(absent), [absent]);
        }
    }
}
