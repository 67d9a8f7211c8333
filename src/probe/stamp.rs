//! What `fetch` wrote down about the files below the output root.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read as _;

use camino::Utf8Path;
use serde_json::Value;

use crate::disk::STAMPS;
use crate::model::waypoint::Waypoints;

/// The most that is read, in bytes.
const MAX_BYTES: u64 = 1 << 20;

/// Returns the waypoints of each file, by its path below the output root. What is missing or damaged
/// has none, which costs time and nothing else.
pub fn waypoints(out: &Utf8Path) -> BTreeMap<String, Waypoints> {
    let path = out.join(STAMPS);
    let file = path.symlink_metadata().ok().filter(std::fs::Metadata::is_file);
    let mut text = String::new();
    let read = file.and_then(|_| File::open(path).ok()?.take(MAX_BYTES).read_to_string(&mut text).ok());
    read.and_then(|_| parse(&text)).unwrap_or_default()
}

fn parse(text: &str) -> Option<BTreeMap<String, Waypoints>> {
    let value: Value = serde_json::from_str(text).ok()?;
    let files = value.get("files")?.as_object()?.iter();
    Some(files.map(|(path, stamp)| (path.clone(), Waypoints::of_json(&stamp["waypoints"]))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_damaged_has_no_waypoints() {
        for text in ["", "[]", "{}", r#"{"files":[]}"#] {
            assert_eq!(parse(text), None, "{text}");
        }
        let odd = r#"{"files":{"a":1,"b":{"waypoints":["00"]},"c":{"waypoints":{}}}}"#;
        assert!(parse(odd).unwrap().values().all(|waypoints| waypoints.0.is_empty()));
    }
}
