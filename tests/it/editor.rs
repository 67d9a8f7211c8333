//! The JSON Schema of vars.yaml, by which editors judge: it passes what `check` passes, and sees what it can.

use std::fs;
use std::path::Path;

use boon::{Compiler, SchemaIndex, Schemas};
use okdboot::diag::Code;
use okdboot::vars;
use serde_json::Value;

use crate::init::ANSWERS;
use crate::inventory::shared_vars;
use crate::sandbox::{Sandbox, assert_same};
use crate::{blesses, files_below, names_in, project, read};

const PUBLISHED: &str = "docs/schemas/vars.json";

fn is_yaml(path: &str) -> bool {
    Path::new(path).extension().is_some_and(|it| it == "yaml")
}

struct Editor {
    schemas: Schemas,
    index: SchemaIndex,
}

impl Editor {
    fn new() -> Self {
        let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
        let place = "https://okdboot.invalid/vars.json";
        compiler.add_resource(place, vars::schema::schema()).unwrap();
        let index = compiler.compile(place, &mut schemas).unwrap();
        Self { schemas, index }
    }

    /// Returns what an editor would underline.
    fn fault(&self, text: &str) -> Option<String> {
        let mut document: serde_yaml::Value = serde_yaml::from_str(text).unwrap();
        document.apply_merge().unwrap();
        let document: Value = serde_json::to_value(untagged(document)).unwrap();
        self.schemas.validate(&document, self.index).err().map(|error| format!("{error:#}"))
    }
}

/// Takes tags off, as whoever reads for Ansible does.
fn untagged(value: serde_yaml::Value) -> serde_yaml::Value {
    use serde_yaml::Value as Yaml;
    match value {
        Yaml::Tagged(tagged) => untagged(tagged.value),
        Yaml::Sequence(items) => items.into_iter().map(untagged).collect::<Vec<_>>().into(),
        Yaml::Mapping(entries) => {
            Yaml::Mapping(entries.into_iter().map(|(key, value)| (key, untagged(value))).collect())
        }
        other => other,
    }
}

#[test]
fn what_is_printed_is_what_is_published() {
    let printed = Sandbox::new().arg("schema").run().status(0).stderr("").stdout_text();
    if blesses() {
        fs::write(project(PUBLISHED), &printed).unwrap();
    }
    assert_same(PUBLISHED, &printed, &read(PUBLISHED));
}

#[test]
fn what_check_accepts_passes() {
    let editor = Editor::new();
    let ours = ["testdata", "example"].into_iter().flat_map(files_below);
    let mut texts: Vec<(String, String)> =
        ours.filter(|path| is_yaml(path)).map(|path| (path.clone(), read(&path))).collect();
    if let Some(folder) = shared_vars() {
        let names = names_in(&folder).into_iter().filter(|name| is_yaml(name));
        texts.extend(names.map(|name| {
            let text = fs::read_to_string(folder.join(&name)).unwrap();
            (name, text)
        }));
    }
    let mut passed = 0;
    for (path, text) in texts {
        let (checked, _) = vars::read(&path, text.as_bytes());
        if checked.is_some() {
            passed += 1;
            let fault = editor.fault(&text);
            assert!(fault.is_none(), "{path}: {}", fault.unwrap_or_default());
        }
    }
    assert!(passed > 60, "{passed}");
}

const REST: &str = "helper: {ipaddr: 192.0.2.77}\ndns: {domain: example.com, clusterid: demo}\n\
    masters: [{name: a, ipaddr: 192.0.2.21, MORE}]\n";

#[test]
fn mistakes_are_seen_while_they_are_typed() {
    let editor = Editor::new();
    let in_node = |more: &str| editor.fault(&REST.replace("MORE", more));
    let in_file = |more: &str| editor.fault(&format!("{}{more}\n", REST.replace(", MORE", "")));
    for right in [
        "macaddr: 52:54:00:00:00:01",
        "macaddr: ",
        "vlan: 7",
        "vlan: {id: 7}",
        "mode: live",
        "mode: '{{ mode }}'",
        "multipath: yes",
        "kargs: [a=b, c]",
        "ipv6: {addressing: auto}",
        "storage: big",
    ] {
        assert_eq!(in_node(right), None, "{right}");
    }
    for wrong in [
        "macaddr: eth0",
        "macaddr: [52:54:00:00:00:01, eth0]",
        "arch: [x86_64]",
        "vlan: 5000",
        "vlan: {tag: 7}",
        "mode: lively",
        "multipath: perhaps",
        "ipv6: {addressing: manual}",
        "interfaces: {interface: ens4}",
        "routes: [{to: 10.1.0.0/16}]",
    ] {
        assert!(in_node(wrong).is_some(), "{wrong}");
    }
    for right in
        ["workers:", "workers: []", "nfs: {a: b}", "okdboot:", "unknown: 1", "okdboot: {accept: V213}"]
    {
        assert_eq!(in_file(right), None, "{right}");
    }
    for wrong in [
        "okdboot: {strem: okd-4.20}",
        "okdboot: {network: {gatway: 192.0.2.1}}",
        "okdboot: {serve: {loaders: {bios: undionly.kpxe}}}",
        "okdboot: {services: {dhcp: isc}}",
        "okdboot: {url: helper:8080}",
        "workers: worker0",
    ] {
        assert!(in_file(wrong).is_some(), "{wrong}");
    }
    assert!(editor.fault("masters: []\n").is_some());
}

/// A key that okdboot refuses is one that the editor underlines.
#[test]
fn keys_of_nobody_are_seen() {
    let editor = Editor::new();
    let mut seen = 0;
    for path in files_below("testdata/vars/bad").into_iter().filter(|path| is_yaml(path)) {
        let text = fs::read(project(&path)).unwrap();
        let (_, report) = vars::read(&path, &text);
        if report.diagnostics().iter().any(|it| it.code == Code::V009) {
            seen += 1;
            assert!(editor.fault(std::str::from_utf8(&text).unwrap()).is_some(), "{path}");
        }
    }
    assert!(seen > 2, "{seen}");
}

#[test]
fn a_schema_of_somebody_else_is_left_alone() {
    let sandbox = Sandbox::new().file("vars.schema.json", "{}").file("answers.yaml", ANSWERS);
    let ran = sandbox.args(["init", "--answers", "answers.yaml"]).run().status(0);
    assert!(!ran.stderr_text().contains("vars.schema.json"), "{}", ran.stderr_text());
    let ran = ran.expect_file("vars.schema.json", "{}");
    fs::remove_file(ran.join("vars.schema.json")).unwrap();
    let ran = ran.again().args(["init", "-f", "other.yaml", "--answers", "answers.yaml"]).run().status(0);
    let ran = ran.expect_file("vars.schema.json", read(PUBLISHED));
    // One of okdboot's own, of another version, is replaced.
    fs::write(ran.join("vars.schema.json"), "{\"title\": \"vars.yaml of okdboot\"}").unwrap();
    let ran = ran.again().args(["init", "-f", "third.yaml", "--answers", "answers.yaml"]).run().status(0);
    ran.expect_file("vars.schema.json", read(PUBLISHED));
}
