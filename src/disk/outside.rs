//! Files outside the output tree, such as `okdboot.lock`: folders of a person, without a lock.

use std::path::Path;

use camino::Utf8Path;
use rustix::io::Errno;

use super::temp::process_of;
use super::{DiskError, Folder, Replaced};

/// Makes a folder and those above it, where they are absent; links on the way to it and at its end are followed.
pub fn make_folder(path: &Utf8Path) -> Result<(), DiskError> {
    std::fs::create_dir_all(path).map_err(DiskError::system("make the folder", path))
}

/// Writes a whole file.
///
/// Durable when it returns. A file of the same bytes is left alone; one that is replaced keeps its
/// owner and group. A symlink at the path is refused, links on the way to it are followed.
pub fn replace(path: &Utf8Path, bytes: &[u8], mode: u32) -> Result<Replaced, DiskError> {
    let folder = Folder::around(path)?;
    let name = path.file_name().ok_or_else(|| DiskError::system("write", path)(Errno::ISDIR))?;
    remove_orphans(&folder);
    folder.replace(name, bytes, mode)
}

/// Removes what killed runs left beside a file.
pub fn tidy_beside(path: &Utf8Path) {
    if let Ok(folder) = Folder::around(path) {
        remove_orphans(&folder);
    }
}

/// Removes what runs left that were killed while they wrote here. Nobody holds a lock, so only a file
/// whose process is gone is surely nobody's. It is tidying up: where it fails, the file is written still.
fn remove_orphans(folder: &Folder) {
    for name in folder.parts().unwrap_or_default().into_iter().filter(|name| is_orphan(name)) {
        folder.discard(&name);
    }
}

fn is_orphan(name: &str) -> bool {
    let alive = |pid: u32| !Path::new("/proc/self").exists() || Path::new(&format!("/proc/{pid}")).exists();
    process_of(name).is_some_and(|pid| !alive(pid))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_made_with_those_above_it_and_not_below_a_file() {
        let place = tempfile::tempdir().unwrap();
        let top = Utf8Path::from_path(place.path()).unwrap();
        let folder = top.join("a/b");
        make_folder(&folder).unwrap();
        std::os::unix::fs::symlink("b", top.join("a/link")).unwrap();
        make_folder(&top.join("a/link/c")).unwrap();
        make_folder(&top.join("a/link")).unwrap();
        assert!(folder.join("c").is_dir());
        std::fs::write(folder.join("file"), "").unwrap();
        let refused = make_folder(&folder.join("file/d")).unwrap_err().to_string();
        assert_eq!(
            refused,
            format!("cannot make the folder `{folder}/file/d`: Not a directory (os error 20)")
        );
    }

    #[test]
    fn what_a_killed_run_left_is_removed_and_nothing_else() {
        let place = tempfile::tempdir().unwrap();
        let folder = Utf8Path::from_path(place.path()).unwrap();
        let own = format!(".okdboot-{}-7.part", std::process::id());
        // No kernel gives a process so high a number (proc(5), pid_max).
        let kept = [own.as_str(), ".okdboot-unnamed.part", ".okdboot-4294967295-x.part", "a.part"];
        for name in kept.into_iter().chain([".okdboot-4294967295-3.part"]) {
            std::fs::write(folder.join(name), "x").unwrap();
        }
        std::fs::create_dir(folder.join(".okdboot-4294967295-4.part")).unwrap();
        replace(&folder.join("okdboot.lock"), b"new", 0o644).unwrap();
        let mut left: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|it| it.unwrap().file_name().into_string().unwrap())
            .collect();
        left.sort();
        let mut expected = [&kept[..], &[".okdboot-4294967295-4.part", "okdboot.lock"]].concat();
        expected.sort_unstable();
        assert_eq!(left, expected);
    }
}
