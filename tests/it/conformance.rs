//! What real matchbox answered, asked of `okdboot serve` once more. Where the two differ, it is written down
//! with the reason.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::PathBuf;

use base64::Engine as _;
use flate2::read::GzDecoder;
use serde_json::Value;
use tempfile::TempDir;

use crate::project;
use crate::serving::{Got, Serving, ask};

const DIFFERENCES: &str = "testdata/serve/differences.txt";

/// Returns the status code due where it is another one than matchbox's, or where the body is another.
fn differences() -> BTreeMap<u64, u16> {
    let text = crate::read(DIFFERENCES);
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let line = |line: &str| -> Vec<(u64, u16)> {
        let (status, numbers) = line.split_once(':').unwrap_or_else(|| panic!("{line}"));
        numbers.split_whitespace().map(|number| (number.parse().unwrap(), status.parse().unwrap())).collect()
    };
    lines.flat_map(line).collect()
}

fn shared() -> PathBuf {
    let folder = std::env::var_os("OKDBOOT_SHARED").map_or_else(|| project("../shared"), PathBuf::from);
    folder.join("matchbox")
}

/// Unpacks the trees that were asked.
fn trees(archive: &PathBuf) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    tar::Archive::new(GzDecoder::new(File::open(archive).unwrap())).unpack(folder.path()).unwrap();
    folder
}

/// Writes the request of a case; some of them are no requests that HTTP has a form for.
fn request(case: &Value) -> String {
    let request = &case["request"];
    match case["n"].as_u64().unwrap() {
        173 => return "GET /ipxe HTTP/1.1\r\nConnection: close\r\n\r\n".to_owned(),
        174 => return "GET /ipxe HTTP/2.0\r\nHost: h\r\n\r\n".to_owned(),
        175 => return "\x16\x03\x01\x02\0\x01\0\x01\r\n\r\n".to_owned(),
        179 => return format!("GET /ipxe?x={} HTTP/1.1\r\nHost: h\r\n\r\n", "a".repeat(1 << 20)),
        _ => {}
    }
    let word = |name: &str| request[name].as_str().unwrap().to_owned();
    let fields = request["headers"].as_object().unwrap().iter();
    let fields: String =
        fields.map(|(name, value)| format!("{name}: {}\r\n", value.as_str().unwrap())).collect();
    let (method, target, version) = (word("method"), word("target"), word("version"));
    format!("{method} {target} {version}\r\nHost: h\r\nConnection: close\r\n{fields}\r\n{}", word("body"))
}

fn due_body(case: &Value) -> Option<Vec<u8>> {
    let plain = case["body"].as_str().map(|text| text.as_bytes().to_vec());
    let coded = || case["body_base64"].as_str();
    plain.or_else(|| Some(base64::engine::general_purpose::STANDARD.decode(coded()?).unwrap()))
}

/// Says in which way an answer is not matchbox's.
fn fault(case: &Value, got: &Got) -> Option<String> {
    let status = u16::try_from(case["status"].as_u64().unwrap()).unwrap();
    if got.status != status {
        return Some(format!("status {status}, not {}", got.status));
    }
    // A refusal says why; matchbox always says `404 page not found`.
    if status == 404 {
        return (!got.text().starts_with("okdboot: ") && !got.body.is_empty()).then(|| got.text());
    }
    let field = |name: &str| {
        let fields = case["headers"].as_array().unwrap();
        let found = fields.iter().find(|field| field[0].as_str().unwrap().eq_ignore_ascii_case(name))?;
        found[1].as_str()
    };
    let is_head = case["request"]["method"] == "HEAD";
    let body = due_body(case).filter(|_| !is_head);
    if body.is_some_and(|body| body != got.body && status < 400) {
        return Some(format!("body {}", got.text()));
    }
    for name in ["Content-Length", "Content-Range", "Last-Modified"] {
        if field(name).is_some() && field(name) != got.field(name) && status < 400 {
            return Some(format!("{name}: {:?}, not {:?}", field(name), got.field(name)));
        }
    }
    // Assets have types by their names, not by what the host believes of their bytes.
    let is_asset = case["request"]["target"].as_str().unwrap().starts_with("/assets/");
    let kind = field("Content-Type").filter(|_| !is_asset && status < 400);
    kind.filter(|kind| got.field("Content-Type") != Some(kind)).map(|kind| format!("type, not {kind}"))
}

#[test]
fn real_matchbox_is_answered_alike() {
    let folder = shared();
    if !folder.is_dir() {
        println!("no {}: what real matchbox answered was not compared", folder.display());
        return;
    }
    let trees = trees(&folder.join("matchbox-fixtures.tar.gz"));
    let serve = |path: &str| Serving::start(trees.path(), &["--data", path, "--watch", "off"]);
    let (a, b) = (serve("a/matchbox"), serve("b"));
    let cases = std::fs::read_to_string(folder.join("matchbox-cases.jsonl")).unwrap();
    let mut differences = differences();
    let (mut faults, mut asked) = (Vec::new(), 0);
    for line in cases.lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        let at = match case["server"].as_str().unwrap() {
            "a" => a.http,
            "b" => b.http,
            // Of a server that runs as another user: what it may read is that user's matter.
            _ => continue,
        };
        asked += 1;
        let (number, got) = (case["n"].as_u64().unwrap(), ask(at, &request(&case)));
        match (differences.remove(&number), fault(&case, &got)) {
            (None, None) => {}
            (None, Some(fault)) => faults.push(format!("{number} {}: {fault}", case["request"]["target"])),
            (Some(_), None) => {
                faults.push(format!("{number} is as matchbox has it, but {DIFFERENCES} has it"));
            }
            (Some(status), Some(_)) if status == got.status => {}
            (Some(status), Some(_)) => {
                faults.push(format!("{number}: status {}, {DIFFERENCES} has {status}", got.status));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(asked > 170 && differences.is_empty(), "{asked} cases; never asked: {differences:?}");
}
