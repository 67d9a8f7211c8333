use std::path::PathBuf;

use super::*;
use crate::model::fault::Faulty as _;

const TWO_ARCHES: &str = include_str!("../../testdata/streams/two-arches.json");
const SIGNED: &str = include_str!("../../testdata/streams/signed-xz.json");
const NO_ROOTFS: &str = include_str!("../../testdata/streams/no-rootfs.json");

fn compact(text: &str) -> String {
    serde_json::from_str::<serde_json::Value>(text).unwrap().to_string()
}

fn error(text: &str) -> StreamError {
    parse(text, None).unwrap_err()
}

#[test]
fn an_artifact_is_as_the_metadata_has_it() {
    let stream = parse(TWO_ARCHES, None).unwrap();
    assert_eq!(stream.name, "demo-1");
    assert_eq!(stream.last_modified.as_deref(), Some("2026-01-02T03:04:05Z"));
    assert_eq!(stream.releases.keys().copied().collect::<Vec<_>>(), [Arch::Aarch64, Arch::X86_64]);
    assert_eq!(stream.release(Arch::Aarch64).unwrap().id, "1.2.20260101-0");
    assert_eq!(stream.release(Arch::X86_64).unwrap().id, "1.2.20260102-1");
    let kernel = stream.artifact(Arch::X86_64, ArtifactKind::Kernel).unwrap();
    assert_eq!(kernel.name.as_str(), "demo-1.2.20260102-1-live-kernel.x86_64");
    assert_eq!(kernel.sha256, Sha256::of(kernel.name.as_str().as_bytes()));
    assert_eq!(kernel.signature, None);
    let programs = ArtifactKind::PROGRAMS;
    for kind in ArtifactKind::ALL.into_iter().filter(|kind| !programs.contains(kind)) {
        assert!(stream.artifact(Arch::Aarch64, kind).is_ok(), "{kind}");
    }
}

#[test]
fn xz_images_and_signatures_are_found() {
    let stream = parse(SIGNED, None).unwrap();
    let metal = stream.artifact(Arch::X86_64, ArtifactKind::Metal).unwrap();
    assert!(metal.name.as_str().ends_with("-metal.x86_64.raw.xz"));
    assert!(metal.uncompressed_sha256.is_some());
    assert_eq!(metal.signature.as_ref().unwrap().as_str(), format!("{}.sig", metal.location));
    let metal4k = stream.artifact(Arch::X86_64, ArtifactKind::Metal4k).unwrap();
    assert!(metal4k.name.as_str().ends_with("-metal4k.x86_64.raw.xz"));
}

#[test]
fn what_is_missing_is_named() {
    let stream = parse(TWO_ARCHES, None).unwrap();
    assert_eq!(
        stream.artifact(Arch::Ppc64le, ArtifactKind::Kernel).unwrap_err().to_string(),
        "stream `demo-1` has nothing for `ppc64le`; present: `aarch64` and `x86_64`"
    );
    let old = parse(NO_ROOTFS, None).unwrap();
    assert_eq!(
        old.artifact(Arch::X86_64, ArtifactKind::Rootfs).unwrap_err().to_string(),
        "release `31.1.2` of stream `stable` has no rootfs for `x86_64`"
    );
    assert!(old.artifact(Arch::X86_64, ArtifactKind::Metal4k).is_err());
}

#[test]
fn every_wrapping_gives_the_same_stream() {
    let want = parse(TWO_ARCHES, None).unwrap();
    let indented = TWO_ARCHES.replace('\n', "\n    ");
    let yaml = format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: coreos-bootimages\ndata:\n  releaseVersion: 4.20\n  stream: |\n    {indented}"
    );
    let object = serde_json::json!({
        "apiVersion": "v1", "kind": "ConfigMap", "data": {"stream": TWO_ARCHES, "releaseVersion": "4.20.1"},
    });
    for text in [
        compact(TWO_ARCHES),
        format!("\u{feff}{TWO_ARCHES}"),
        format!("\n\n  {TWO_ARCHES}"),
        yaml,
        object.to_string(),
        serde_json::to_string(TWO_ARCHES).unwrap(),
    ] {
        assert_eq!(parse(&text, None).unwrap(), want, "{}", &text[..40]);
    }
}

#[test]
fn a_map_of_two_streams_is_asked_for_one() {
    let value = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
    let both = serde_json::json!({"rhel-9": value(TWO_ARCHES), "rhel-10": value(SIGNED)}).to_string();
    let object = |data: serde_json::Value| {
        serde_json::json!({"apiVersion": "v1", "kind": "ConfigMap", "data": data}).to_string()
    };
    let wrapped = object(serde_json::json!({"streams": both}));
    let name = |text: &str, rhel| parse(text, rhel).map(|stream| stream.name).map_err(|e| e.to_string());
    for text in [&both, &wrapped] {
        assert_eq!(name(text, None).as_deref(), Ok("demo-1"));
        assert_eq!(name(text, Some(Rhel::Nine)).as_deref(), Ok("demo-1"));
        assert_eq!(name(text, Some(Rhel::Ten)).as_deref(), Ok("stable"));
    }
    let one = object(serde_json::json!({"stream": TWO_ARCHES}));
    assert_eq!(
        name(&one, Some(Rhel::Ten)),
        Err("there is no stream `rhel-10`; present: one stream only".to_owned())
    );
    let only_ten = object(serde_json::json!({"streams": "{\"rhel-10\": {}}"}));
    assert_eq!(name(&only_ten, None), Err("there is no stream `rhel-9`; present: `rhel-10`".to_owned()));
}

#[test]
fn other_formats_are_named() {
    assert!(matches!(error(""), StreamError::Empty));
    assert!(matches!(error(" \n"), StreamError::Empty));
    assert!(matches!(error("<!DOCTYPE html><html>"), StreamError::Html));
    assert!(matches!(error(&TWO_ARCHES[..TWO_ARCHES.len() / 2]), StreamError::Truncated { .. }));
    assert!(matches!(error("{\"stream\": }"), StreamError::Json(_)));
    assert!(matches!(error("{\"stream\": \"x\", \"architectures\": []}"), StreamError::Json(_)));
    assert!(matches!(error("{\"stream\": \"x\", \"architectures\": {}}"), StreamError::NoMetal(_)));
    assert!(matches!(error("[]"), StreamError::Other { .. }));
    assert!(matches!(error("{}"), StreamError::Other { .. }));
    assert!(matches!(error("Error: no such command"), StreamError::Yaml(_)));
    assert!(matches!(error("apiVersion: v1\nkind: ConfigMap\n"), StreamError::NoData));
    assert!(matches!(error("apiVersion: v1\nkind: ConfigMap\ndata: [\n"), StreamError::Yaml(_)));
    assert_eq!(
        error("apiVersion: v1\nkind: Secret\n").to_string(),
        "this is a `Secret`, not the ConfigMap `coreos-bootimages`"
    );
    let legacy = r#"{"baseURI": "https://h/", "buildid": "46.82.1", "images": {}}"#;
    assert!(error(legacy).to_string().contains("RHCOS `46.82.1`"));
    assert!(matches!(error(r#"{"x86_64": {"azure": {}}}"#), StreamError::Marketplace));
    let release = r#"{"release": "44.1", "stream": "stable", "architectures": {}}"#;
    assert!(matches!(error(release), StreamError::FedoraRelease));
    assert!(error(r#"{"a": 1, "b\u001b": 2}"#).to_string().ends_with("its keys are `a` and `b\\u{1b}`"));
}

#[test]
fn wrong_values_name_architecture_and_kind() {
    let with = |from: &str, to: &str| error(&TWO_ARCHES.replacen(from, to, 1)).to_string();
    let said = with("demo-1.2.20260101-0-live-kernel.aarch64\"", ".hidden\"");
    assert!(said.starts_with("aarch64 kernel: `.hidden` is not a safe file name"), "{said}");
    let said = with("https://images", "ftp://images");
    assert!(said.contains("aarch64"), "{said}");
    let digest = Sha256::of(b"demo-1.2.20260101-0-live-iso.aarch64.iso").to_string();
    assert_eq!(with(&digest, "abc"), "aarch64 iso: a sha256 has 64 hexadecimal digits, not 3");
}

#[test]
fn reading_is_bounded() {
    assert!(matches!(read(std::io::repeat(b' ')), Err(StreamError::TooLarge)));
    assert!(matches!(read(&b"\xff\xfe{\0"[..]), Err(StreamError::NotUtf8)));
    assert_eq!(read(&b"{}"[..]).unwrap(), "{}");
    let absent = load(Path::new("/proc/no-such-stream")).unwrap_err();
    assert_eq!(absent.fault(), crate::model::fault::Fault::FileSystem);
    assert!(absent.to_string().starts_with("cannot read `/proc/no-such-stream`: "));
    assert!(matches!(load(Path::new("/")), Err(StreamError::Open { .. })));
}

#[test]
fn origin_follows_from_the_source() {
    for (source, origin) in [
        ("-", DigestOrigin::Installer),
        ("./s.json", DigestOrigin::File),
        ("rhcos-4.20", DigestOrigin::Https),
    ] {
        let metadata = Metadata::parse(&source.parse().unwrap(), TWO_ARCHES).unwrap();
        assert_eq!((metadata.origin, metadata.sha256), (origin, Sha256::of(TWO_ARCHES.as_bytes())));
    }
}

/// Returns the folder of real stream files, which is not part of the project.
fn shared_streams() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared");
    let shared = std::env::var_os("OKDBOOT_SHARED").map_or(beside, PathBuf::from);
    Some(shared.join("streams")).filter(|folder| folder.join("EXPECTED.tsv").is_file())
}

fn format_of(kind: ArtifactKind, name: &ArtifactName) -> (String, &'static str) {
    let packing = name.as_str().rsplit('.').next().unwrap();
    match kind {
        ArtifactKind::Kernel => ("pxe".to_owned(), "kernel"),
        ArtifactKind::Initramfs => ("pxe".to_owned(), "initramfs"),
        ArtifactKind::Rootfs => ("pxe".to_owned(), "rootfs"),
        ArtifactKind::Iso => ("iso".to_owned(), "disk"),
        ArtifactKind::Metal => (format!("raw.{packing}"), "disk"),
        ArtifactKind::Metal4k => (format!("4k.raw.{packing}"), "disk"),
        ArtifactKind::Client | ArtifactKind::Installer => panic!("no stream has {kind}"),
    }
}

/// Prints what a stream holds as rows of EXPECTED.tsv.
fn rows(file: &str, stream: &Stream) -> Vec<String> {
    let mut rows = Vec::new();
    for (arch, release) in &stream.releases {
        for (kind, artifact) in &release.artifacts {
            let (format, wire_kind) = format_of(*kind, &artifact.name);
            let unpacked = artifact.uncompressed_sha256.map_or("-".to_owned(), |d| d.to_string());
            let signature = artifact.signature.as_ref().map_or("-", ArtifactUrl::as_str);
            rows.push(format!(
                "{file}\t{}\t{arch}\tmetal\t{}\t{format}\t{wire_kind}\t{}\t{}\t{unpacked}\t{signature}",
                stream.name, release.id, artifact.location, artifact.sha256
            ));
        }
    }
    rows.sort();
    rows
}

#[test]
fn real_streams_give_the_expected_answers() {
    let Some(folder) = shared_streams() else {
        println!("no folder of real streams beside the project: nothing compared");
        return;
    };
    let expected = std::fs::read_to_string(folder.join("EXPECTED.tsv")).unwrap();
    let mut compared = 0;
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let file = path.file_name().unwrap().to_str().unwrap().to_owned();
        let is_stream = path.extension().is_some_and(|extension| extension == "json");
        if !is_stream {
            continue;
        }
        let text = load(&path).unwrap();
        let is_row = |line: &&str| line.starts_with(&format!("{file}\t")) && line.contains("\tmetal\t");
        let mut want: Vec<_> = expected.lines().filter(is_row).map(str::to_owned).collect();
        want.sort();
        match (file.as_str(), parse(&text, None)) {
            ("rhcos-4.6-legacy-amd64.json", Err(StreamError::Legacy { build })) => {
                assert_eq!(build, "46.82.202109242004-0");
            }
            ("rhcos-4.21-marketplace.json", Err(StreamError::Marketplace)) => {}
            (_, Ok(stream)) => {
                assert_eq!(rows(&file, &stream), want, "{file}");
                assert_eq!(parse(&compact(&text), None).unwrap(), stream, "{file}");
                assert!(!want.is_empty(), "{file}");
                compared += 1;
            }
            (_, Err(error)) => panic!("{file}: {error}"),
        }
    }
    assert!(compared > 0, "{}", folder.display());
}

/// What a list of before 4.6 names has no live rootfs, so that naming its files leads nowhere.
#[test]
fn a_list_of_images_from_before_4_6_is_of_no_use() {
    let said = |build: &str| {
        let list = format!(r#"{{"baseURI": "https://h/", "buildid": "{build}", "images": {{}}}}"#);
        parse(&list, None).unwrap_err().to_string()
    };
    for old in ["410.8.20190418.1", "42.80.20191002.0", "45.82.202008010929-0"] {
        let is_new = old.starts_with("410");
        assert_eq!(said(old).contains("take 4.6 or later"), !is_new, "{old}");
    }
    for new in ["46.82.202109242004-0", "47.83.202103251640-0"] {
        assert!(said(new).contains("ocp_install_kernel"), "{new}");
    }
}
