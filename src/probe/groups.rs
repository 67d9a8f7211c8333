//! The groups in a matchbox data folder, whoever wrote them.

use std::fs;
use std::io;

use camino::Utf8Path;

/// Reads every group's file as matchbox lists them: flat, by name, `.json` only.
///
/// A folder that is not there has no groups; a file that cannot be read is as if it were not there,
/// which is what matchbox makes of it.
pub fn read(folder: &Utf8Path) -> io::Result<Vec<(String, Vec<u8>)>> {
    let mut groups = Vec::new();
    let entries = match folder.read_dir_utf8() {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(groups),
        Err(error) => return Err(error),
    };
    for entry in entries {
        let entry = entry?;
        let Some(stem) = entry.file_name().strip_suffix(".json") else { continue };
        if let Ok(bytes) = fs::read(entry.path()) {
            groups.push((stem.to_owned(), bytes));
        }
    }
    groups.sort();
    Ok(groups)
}
