use super::super::tree::{Found, Obstacle, ObstacleKind};
use super::*;
use crate::plan::FileKind;

fn entry(cluster: Option<&str>, kind: FileKind, bytes: &[u8]) -> Entry {
    let cluster = cluster.map(|name| name.parse().unwrap());
    Entry { owner: Owner { cluster, kind }, sha256: Sha256::of(bytes) }
}

fn manifest(entries: &[(&str, Entry)]) -> Manifest {
    entries.iter().map(|(path, entry)| (path.parse().unwrap(), entry.clone())).collect()
}

fn file(bytes: &[u8]) -> Standing {
    Standing::File(Found { bytes: bytes.to_vec(), mode: 0o644, group: 0 })
}

fn tree(files: &[(&str, &[u8])]) -> BTreeMap<RelPath, Standing> {
    files.iter().map(|(path, bytes)| (path.parse().unwrap(), file(bytes))).collect()
}

#[test]
fn text_is_stable_and_parses_back() {
    let manifest = manifest(&[
        ("b", entry(None, FileKind::Sums, b"")),
        ("a/x.json", entry(Some("lab"), FileKind::Matchbox, b"")),
    ]);
    let digest = Sha256::of(b"");
    let text = format!(
        "{{\n  \"format-version\": 1,\n  \"files\": {{\n    \"a/x.json\": {{\n      \"cluster\": \"lab\",\n      \
         \"kind\": \"matchbox\",\n      \"sha256\": \"{digest}\"\n    }},\n    \"b\": {{\n      \
         \"kind\": \"sums\",\n      \"sha256\": \"{digest}\"\n    }}\n  }}\n}}\n"
    );
    assert_eq!(manifest.to_text(), text);
    assert_eq!(Manifest::parse(text.as_bytes(), "m").unwrap(), manifest);
}

#[test]
fn untrusted_entries_are_refused_by_name() {
    let digest = Sha256::of(b"").to_string();
    let cases = [
        ("../etc/passwd", "lab", "grub", digest.as_str(), "the path is not inside the output tree"),
        ("/etc/passwd", "lab", "grub", &digest, "the path is not inside the output tree"),
        (".okdboot/lock", "lab", "grub", &digest, "files below `.okdboot` are never listed"),
        (
            "a",
            "la/b",
            "grub",
            &digest,
            "the cluster is not a name, `la/b` holds `/`; only letters, digits and hyphens are allowed",
        ),
        ("a", "lab", "exe", &digest, "the kind `exe` is unknown"),
        ("a", "lab", "grub", "00", "the digest is not one, a sha256 has 64 hexadecimal digits, not 2"),
    ];
    for (path, cluster, kind, sha256, cause) in cases {
        let text = serde_json::json!({
            "format-version": 1,
            "files": { path: { "cluster": cluster, "kind": kind, "sha256": sha256 } },
        });
        let error = Manifest::parse(text.to_string().as_bytes(), "out/m").unwrap_err();
        assert_eq!(error.to_string(), format!("manifest `out/m` has an invalid entry `{path}`: {cause}"));
    }
}

#[test]
fn other_shapes_and_versions_are_refused() {
    for text in ["", "[]", "{}", r#"{"format-version": 1, "files": []}"#, "\u{0}"] {
        let error = Manifest::parse(text.as_bytes(), "m").unwrap_err();
        assert!(matches!(error, ManifestError::Json { .. }), "{text:?}");
    }
    let error = Manifest::parse(br#"{"format-version": 2, "nodes": []}"#, "m").unwrap_err();
    assert_eq!(
        error.to_string(),
        "cannot read manifest `m`: its `format-version` is 2, this okdboot reads 1"
    );
}

fn lab() -> Vec<Label> {
    vec!["lab".parse().unwrap()]
}

#[test]
fn a_tree_without_a_manifest_has_an_empty_one() {
    assert_eq!(Manifest::load(&tree(&[]), &lab()).unwrap(), Manifest::default());
    let what = ObstacleKind::Symlink;
    let link = Standing::Other(Obstacle { at: layout::OWN_FOLDER.parse().unwrap(), what });
    let at = path(Some(&lab()[0])).unwrap();
    let error = Manifest::load(&BTreeMap::from([(at, link)]), &lab()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "cannot read manifest `.okdboot/manifest/lab.json`: `.okdboot` is a symlink"
    );
}

#[test]
fn a_manifest_holds_the_entries_of_its_cluster_and_no_other() {
    let both = manifest(&[
        ("a", entry(Some("lab"), FileKind::Grub, b"")),
        ("b", entry(None, FileKind::Sums, b"")),
        ("c", entry(Some("edge"), FileKind::Grub, b"")),
    ]);
    let files = both.files(&lab()).collect::<Vec<_>>();
    assert_eq!(files.len(), 2);
    let texts: Vec<(&str, &[u8])> =
        files.iter().map(|(path, text)| (path.as_str(), text.as_deref().unwrap().as_bytes())).collect();
    let found = Manifest::load(&tree(&texts), &lab()).unwrap();
    let paths: Vec<&str> = found.entries.keys().map(RelPath::as_str).collect();
    assert_eq!(paths, ["a", "b"]);
    let foreign = both.to_text();
    let error = Manifest::load(&tree(&[(texts[0].0, foreign.as_bytes())]), &lab()).unwrap_err().to_string();
    assert!(error.contains("invalid entry `b`: it belongs to ``") || error.contains("`c`"), "{error}");
}

#[test]
fn an_interrupted_run_of_okdboot_0_1_is_settled_file_by_file() {
    let was = |bytes| entry(Some("lab"), FileKind::Grub, bytes);
    let old = manifest(&[("done", was(b"old")), ("open", was(b"old")), ("gone", was(b"old"))]);
    let next = manifest(&[("done", was(b"new")), ("open", was(b"new")), ("made", was(b"new"))]);
    let tree = tree(&[
        (OLD_FILE, old.to_text().as_bytes()),
        (OLD_NEXT_FILE, next.to_text().as_bytes()),
        ("done", b"new"),
        ("open", b"old"),
    ]);
    let settled = manifest(&[
        ("done", was(b"new")),
        ("gone", was(b"old")),
        ("made", was(b"new")),
        ("open", was(b"old")),
    ]);
    assert_eq!(Manifest::load(&tree, &lab()).unwrap(), settled);
}

/// What was written must be read again, whatever the size of the cluster.
#[test]
fn a_manifest_of_more_than_64_mib_is_read_again() {
    let digest = Sha256::of(b"");
    let owner = Owner { cluster: Some("lab".parse().unwrap()), kind: FileKind::Pxelinux };
    let entry = Entry { owner, sha256: digest };
    let path = |at: u32| format!("tftpboot/pxelinux.cfg/01-52-54-00-{at:08}").parse().unwrap();
    let large: Manifest = (0..420_000).map(|at| (path(at), entry.clone())).collect();
    let text = large.to_text();
    assert!(text.len() as u64 > super::super::tree::MOST_BYTES, "{}", text.len());
    let place = tempfile::tempdir().unwrap();
    let out = camino::Utf8Path::from_path(place.path()).unwrap().join("out");
    std::fs::create_dir_all(out.join(FOLDER)).unwrap();
    std::fs::write(out.join(FOLDER).join("lab.json"), text).unwrap();
    let tree = crate::disk::DiskTree::open(&out).unwrap();
    assert_eq!(Manifest::load(&tree, &lab()).unwrap().entries.len(), 420_000);
}
