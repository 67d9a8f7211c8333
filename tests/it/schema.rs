//! What `--format json` prints is what `docs/schemas` says: no more, no less, and of every command.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::process::{Command, Output};

use boon::{Compiler, SchemaIndex, Schemas};
use clap::CommandFactory as _;
use okdboot::cli::Cli;
use serde_json::{Value, json};

use crate::fetch::{Site, answer, pgp, signed, text};
use crate::golden::render;
use crate::sandbox::Ran;
use crate::server::Server;
use crate::stage::Stage;
use crate::{files_below, live, names_in, project, read};

/// Where the validator believes the files to be; nothing is asked there, since all of them are given.
const BASE: &str = "https://okdboot.invalid/schemas/";
/// What documents refer to, or what okdboot writes and does not print.
const NOT_OF_A_COMMAND: [&str; 5] = ["common", "diagnostic", "okdboot.lock", "serve-event", "serve-watch"];

/// The schemas, compiled; each file is checked against the meta-schema as that is done.
struct Described {
    schemas: Schemas,
    by_name: BTreeMap<String, SchemaIndex>,
}

impl Described {
    fn new() -> Self {
        let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
        compiler.enable_format_assertions();
        let names = names();
        for name in &names {
            compiler.add_resource(&format!("{BASE}{name}.json"), schema(name)).unwrap();
        }
        let mut compile = |name: &String| {
            let index = compiler.compile(&format!("{BASE}{name}.json"), &mut schemas);
            (name.clone(), index.unwrap_or_else(|error| panic!("{name}: {error:#}")))
        };
        let by_name = names.iter().map(&mut compile).collect();
        Self { schemas, by_name }
    }

    fn fault(&self, name: &str, document: &Value) -> Option<String> {
        let index = self.by_name.get(name).unwrap_or_else(|| panic!("no schema for `okdboot {name}`"));
        self.schemas.validate(document, *index).err().map(|error| format!("{error:#}"))
    }

    #[track_caller]
    fn hold(&self, name: &str, document: &Value) {
        if let Some(fault) = self.fault(name, document) {
            panic!("not as docs/schemas/{name}.json says: {fault}\n{document:#}");
        }
    }
}

fn names() -> Vec<String> {
    // That of vars.yaml is for editors: tests/it/editor.rs has it.
    let files = names_in(&project("docs/schemas")).into_iter().filter(|name| name != "vars.json");
    files.filter_map(|name| name.strip_suffix(".json").map(str::to_owned)).collect()
}

fn schema(name: &str) -> Value {
    serde_json::from_str(&read(&format!("docs/schemas/{name}.json"))).unwrap()
}

/// Compares what a run printed with the schema of its command, if it was asked for JSON. Every run of a
/// `Sandbox` goes through this.
#[track_caller]
pub(crate) fn hold<S: AsRef<OsStr>>(args: &[S], output: &Output) {
    let words: Vec<&OsStr> = args.iter().map(AsRef::as_ref).collect();
    let asks = words.windows(2).any(|pair| pair[0] == "--format" && pair[1] == "json");
    let Some(name) = asks.then(|| command_of(&words)).flatten() else { return };
    let document = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
        panic!("`okdboot {name}` printed no JSON ({error}): {}{}", text(&output.stdout), text(&output.stderr))
    });
    Described::new().hold(&name, &document);
    assert_eq!(document["exit"], json!(output.status.code()), "the code in the document is another");
}

/// Compares a document that no run ends with.
#[track_caller]
pub(crate) fn conforms(name: &str, document: &Value) {
    Described::new().hold(name, document);
}

/// Runs a command and compares what it printed.
pub(crate) fn run(command: &mut Command) -> Output {
    let output = command.output().unwrap();
    let args: Vec<OsString> = command.get_args().map(OsStr::to_owned).collect();
    hold(&args, &output);
    output
}

/// Returns the command of a line, `bundle-import`; nothing for wrong usage, which clap answers.
fn command_of(words: &[&OsStr]) -> Option<String> {
    let line = [OsStr::new("okdboot")].into_iter().chain(words.iter().copied());
    let matches = Cli::command().try_get_matches_from(line).ok()?;
    let mut names = Vec::new();
    let mut below = matches.subcommand();
    while let Some((name, matches)) = below {
        names.push(name.to_owned());
        below = matches.subcommand();
    }
    Some(names.join("-"))
}

fn leaves(command: &clap::Command, above: &str, found: &mut BTreeSet<String>) {
    for below in command.get_subcommands() {
        let name = format!("{above}{}", below.get_name());
        if below.has_subcommands() {
            leaves(below, &format!("{name}-"), found);
        } else {
            found.insert(name);
        }
    }
}

#[test]
fn every_command_has_a_schema_and_every_schema_a_command() {
    let mut commands = BTreeSet::new();
    leaves(&Cli::command(), "", &mut commands);
    let schemas: BTreeSet<String> =
        names().into_iter().filter(|name| !NOT_OF_A_COMMAND.contains(&name.as_str())).collect();
    assert_eq!(commands, schemas);
    let listed = read("docs/schemas/README.md");
    for name in names() {
        assert!(listed.contains(&format!("[{name}.json]({name}.json)")), "README.md does not list {name}");
    }
}

#[test]
fn the_kinds_of_files_are_those_of_the_list_of_outputs() {
    let listed = schema("common").to_string();
    let kinds: BTreeSet<String> = okdboot::plan::FileKind::all().map(|kind| kind.to_string()).collect();
    let found = common_kinds(&schema("common")).unwrap_or_else(|| panic!("{listed}"));
    assert_eq!(found, kinds);
}

/// Returns the words of the one list that has `matchbox` in it.
fn common_kinds(schema: &Value) -> Option<BTreeSet<String>> {
    let words = schema.get("enum").and_then(Value::as_array);
    let words = words.map(|words| words.iter().filter_map(|word| word.as_str().map(str::to_owned)).collect());
    let own = words.filter(|words: &BTreeSet<String>| words.contains("matchbox"));
    let below = || match schema {
        Value::Object(members) => members.values().find_map(common_kinds),
        Value::Array(items) => items.iter().find_map(common_kinds),
        _ => None,
    };
    own.or_else(below)
}

#[test]
fn every_schema_is_one_and_leaves_nothing_open_or_undescribed() {
    let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
    let meta = compiler.compile("https://json-schema.org/draft/2020-12/schema", &mut schemas).unwrap();
    for name in names() {
        let document = schema(&name);
        assert_eq!(document["$schema"], "https://json-schema.org/draft/2020-12/schema", "{name}");
        schemas.validate(&document, meta).unwrap_or_else(|error| panic!("{name}: {error:#}"));
        walk(&name, &document);
    }
    assert!(schemas.validate(&json!({"type": "text"}), meta).is_err());
    Described::new();
}

/// Every member is described, by itself or by what it refers to; every object is closed.
fn walk(at: &str, schema: &Value) {
    let Value::Object(members) = schema else {
        schema.as_array().into_iter().flatten().for_each(|one| walk(at, one));
        return;
    };
    let is_conditional = at.ends_with("/if") || at.ends_with("/then") || at.ends_with("/else");
    if !is_conditional && let Some(Value::Object(properties)) = members.get("properties") {
        for (name, member) in properties {
            let described = ["description", "$ref", "const"].iter().any(|key| member.get(key).is_some());
            assert!(described, "{at}/{name} has no description");
        }
        let is_shared = at == "common/$defs/document";
        let closed = ["additionalProperties", "unevaluatedProperties"];
        let is_closed = closed.iter().any(|key| members.get(*key).is_some_and(|value| value != true));
        assert!(is_shared || is_closed, "{at} takes any member");
    }
    members.iter().for_each(|(name, below)| {
        if !is_conditional {
            walk(&format!("{at}/{name}"), below);
        }
    });
}

/// Everything that was printed, by command, and the locks that were written.
fn documents() -> Vec<(String, Value)> {
    let elsewhere = [crate::place::documents(), crate::serve::documents(), crate::up::documents()].concat();
    let pushed = crate::push::documents().into_iter().map(|document| ("push".to_owned(), document)).collect();
    let unpacked = crate::kubernetes::documents().into_iter().map(|document| ("unpack".to_owned(), document));
    let joined = crate::csr::status_documents().into_iter().map(|document| ("status".to_owned(), document));
    let approved = crate::csr::documents().into_iter().map(|document| ("approve".to_owned(), document));
    let sent = crate::store::documents().into_iter().map(|document| ("assets-sync".to_owned(), document));
    [
        rendered(),
        fetched(),
        lived(),
        elsewhere,
        pushed,
        unpacked.chain(sent).chain(approved).chain(joined).collect(),
    ]
    .concat()
}

const BAD: &str = "disk: sda\nhelper: {ipaddr: 192.168.7.77}\ndns: {domain: example.com, clusterid: x}\n\
    bootstrap: {name: b, ipaddr: 192.168.7.20, macaddr: \"52:54:00:60:72:67\"}\n\
    masters: [{name: b, ipaddr: 192.168.7.20, macaddr: \"52:54:00:60:72:67\"}]\n";

const ANSWERS: &str = "cluster: lab\ndomain: example.com\nnetwork: 192.168.7.0/24\nhelper: 192.168.7.77\ngateway: 192.168.7.1\n";

/// A line, and how it ends.
const STEPS: [(&str, i32); 45] = [
    ("check", 0),
    ("check -f bad.yaml", 3),
    ("check -f absent.yaml", 6),
    ("check --strict -f ../absent.yaml", 6),
    ("render -o out --ignition ignition", 0),
    ("render -o out --only grub", 0),
    ("render -o new --dry-run", 0),
    ("render -o new --diff", 0),
    ("render -o new --check", 1),
    ("render -o new -f bad.yaml", 3),
    ("render --example --graph svg", 0),
    ("verify -o out --ignition ignition", 1),
    ("verify -o new -f bad.yaml", 3),
    ("commands --ignition ignition", 0),
    ("commands --ignition ignition --method kargs worker0", 0),
    ("commands --ignition ignition --method pxe", 0),
    ("commands --method power", 0),
    ("commands nobody", 2),
    ("explain worker0 -o out --group-match", 0),
    ("explain -o out --group-match --label mac=52:54:00:00:00:01", 0),
    ("explain worker0 -o out --stream absent.json", 6),
    ("explain nobody", 2),
    ("status -o out", 0),
    ("status -o new", 0),
    ("arm worker0 -o out", 0),
    ("arm nobody -o out", 2),
    ("disarm --role worker -o out", 0),
    ("explain worker0 -o out", 0),
    ("remove ocp4 -o out --dry-run", 0),
    ("remove nobody -o out", 2),
    ("init -f new.yaml --answers answers.yaml --dry-run", 0),
    ("init -f new.yaml --answers answers.yaml", 0),
    ("init -f new.yaml --yes", 6),
    ("init -f other.yaml --answers bad.yaml", 3),
    ("help render", 0),
    ("man", 0),
    ("man pages", 0),
    ("man vars.yaml", 6),
    ("completions bash", 0),
    ("schema", 0),
    ("certs --san DNS:matchbox.example.com,IP:192.168.7.77", 0),
    ("certs --san IP:192.168.7.77 -o absent/folder/x/../../../vars.yaml", 6),
    ("explain-code V201", 0),
    ("explain-code", 0),
    ("explain-code V999", 2),
];

/// The commands that need no server.
fn rendered() -> Vec<(String, Value)> {
    let sandbox = render("dhcp").again().file("bad.yaml", BAD).file("answers.yaml", ANSWERS);
    let mut ran = sandbox.file("out/matchbox/groups/broken.json", "{").arg("man").run();
    let mut seen = vec![("okdboot.lock".to_owned(), lock(&project("example/okdboot.lock")))];
    for (line, exit) in STEPS {
        ran = ran.again().args(line.split(' ')).args(["--format", "json"]).run().status(exit);
        seen.push(document(line, &ran));
    }
    seen.push(("okdboot.lock".to_owned(), crate::offline::stands_for()));
    // What was edited by hand is blocked.
    let group = std::fs::read_dir(ran.join("out/tftpboot/pxelinux.cfg")).unwrap().next().unwrap().unwrap();
    std::fs::write(group.path(), "edited").unwrap();
    for (line, exit) in [("render -o out --check", 1), ("render -o out", 6), ("verify -o out", 1)] {
        ran = ran.again().args(line.split(' ')).args(["--format", "json"]).run().status(exit);
        seen.push(document(line, &ran));
    }
    // Static addresses are made in the live system before they are copied.
    let line = "commands --ignition ignition";
    let ran = render("networks").again().args(line.split(' ')).args(["--format", "json"]).run().status(0);
    seen.push(document(line, &ran));
    seen
}

fn lock(path: &std::path::Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn document(line: &str, ran: &Ran) -> (String, Value) {
    let words: Vec<&OsStr> = line.split(' ').map(OsStr::new).collect();
    (
        command_of(&words).unwrap_or_else(|| panic!("{line}")),
        serde_json::from_str(&ran.stdout_text()).unwrap(),
    )
}

/// The commands that fetch, keep and carry.
fn fetched() -> Vec<(String, Value)> {
    let server = Server::start(|_, request| answer(request));
    let (site, nowhere) = (Site::new(&server.url("")), Site::new("http://127.0.0.1:1"));
    let mut seen = Vec::new();
    let mut step = |name: &str, command: &mut Command, exit: i32| {
        let done = run(command.args(["--format", "json"]));
        assert_eq!(done.status.code(), Some(exit), "{name}: {}{}", text(&done.stdout), text(&done.stderr));
        seen.push((name.to_owned(), serde_json::from_slice(&done.stdout).unwrap()));
    };
    let below = |site: &Site, words: &[&str]| {
        let mut command = site.okdboot(words[0]);
        command.args(&words[1..]);
        command
    };
    step("cache-list", &mut below(&site, &["cache", "list"]), 0);
    step("fetch", &mut site.command(&["--dry-run"]), 0);
    step("fetch", &mut site.command(&[]), 0);
    step("fetch", &mut site.command(&["--dry-run"]), 0);
    step("fetch", &mut site.command(&[]), 0);
    step("fetch", &mut nowhere.command(&["--retries", "0"]), 4);
    step("bundle-export", &mut below(&site, &["bundle", "export", "b.tar"]), 0);
    step("bundle-export", &mut below(&nowhere, &["bundle", "export", "b.tar"]), 3);
    std::fs::copy(site.path("b.tar"), nowhere.path("b.tar")).unwrap();
    for name in ["vars.yaml", "okdboot.lock"] {
        std::fs::remove_file(nowhere.path(name)).unwrap();
    }
    step("bundle-import", &mut below(&nowhere, &["bundle", "import", "b.tar", "--dry-run"]), 0);
    step("bundle-import", &mut below(&nowhere, &["bundle", "import", "b.tar"]), 0);
    step("bundle-import", &mut below(&nowhere, &["bundle", "import", "stream.json"]), 3);
    step("cache-list", &mut below(&site, &["cache", "list"]), 0);
    step("cache-verify", &mut below(&site, &["cache", "verify"]), 0);
    let kept = site.path("cache/okdboot/sha256");
    std::fs::write(kept.join(&names_in(&kept)[0]), "spoilt").unwrap();
    step("cache-verify", &mut below(&site, &["cache", "verify"]), 5);
    step("cache-prune", &mut below(&site, &["cache", "prune", "--all", "--dry-run"]), 0);
    step("cache-prune", &mut below(&site, &["cache", "prune", "--all"]), 0);
    let (_signer, signed) = signed();
    for (keyring, exit) in [("several.asc", 0), ("one.gpg", 0), ("one.gpg", 0), ("absent", 6)] {
        step("fetch", &mut signed.command(&["--keyring", &pgp(keyring)]), exit);
    }
    for site in [site, signed] {
        seen.push(("okdboot.lock".to_owned(), lock(&site.path("okdboot.lock"))));
    }
    seen
}

/// What servers answer, rightly and wrongly.
fn lived() -> Vec<(String, Value)> {
    let wrong: crate::stage::Wrong =
        |request, _| live::is_asset(request, "kernel").then(|| crate::server::Answer::new(404, ""));
    let stages = [(Stage::right(""), 0), (Stage::new("", wrong, |_, _| None), 1)];
    let verified = stages.into_iter().map(|(mut stage, exit)| {
        let ran = stage.verify(&["--format", "json"]).status(exit);
        ("verify".to_owned(), serde_json::from_str(&ran.stdout_text()).unwrap())
    });
    verified.collect()
}

/// Members that only come where there are servers on low ports: `services.rs` has them, and holds its
/// documents against the schemas too.
const ELSEWHERE: [(&str, &[&str]); 1] =
    [("verify", &["services", "service", "server", "subject", "found", "node"])];

#[cfg_attr(not(feature = "signatures"), ignore = "this build prints nothing of signatures")]
#[test]
fn what_is_printed_is_as_described_and_what_is_described_is_printed() {
    let (described, documents) = (Described::new(), documents());
    let mut keys: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (name, document) in &documents {
        described.hold(name, document);
        collect(document, keys.entry(name).or_default());
    }
    for name in names().iter().filter(|name| !["common", "diagnostic"].contains(&name.as_str())) {
        let seen = keys.get(name.as_str()).unwrap_or_else(|| panic!("nothing printed by `{name}`"));
        let elsewhere = ELSEWHERE.iter().filter(|(of, _)| of == name).flat_map(|(_, keys)| *keys);
        let elsewhere: BTreeSet<&str> = elsewhere.copied().collect();
        let schema = schema(name);
        let mut promised = BTreeSet::new();
        properties(&schema, &mut promised);
        let missing: Vec<&&str> =
            promised.iter().filter(|key| !seen.contains(*key) && !elsewhere.contains(*key)).collect();
        assert!(missing.is_empty(), "{name}: described and never printed: {missing:?}");
        let succeeded = |(of, document): &(String, Value)| {
            of == name && (document["exit"] == 0 || NOT_OF_A_COMMAND.contains(&name.as_str()))
        };
        assert!(documents.iter().any(succeeded), "{name} never succeeded");
    }
    let all: BTreeSet<&str> = keys.into_values().flatten().collect();
    for shared in ["common", "diagnostic"] {
        let schema = schema(shared);
        let mut promised = BTreeSet::new();
        properties(&schema, &mut promised);
        let missing: Vec<_> = promised.difference(&all).collect();
        assert!(missing.is_empty(), "{shared}: described and never printed: {missing:?}");
    }
}

fn collect<'a>(document: &'a Value, keys: &mut BTreeSet<&'a str>) {
    match document {
        Value::Object(members) => members.iter().for_each(|(key, value)| {
            keys.insert(key);
            collect(value, keys);
        }),
        Value::Array(items) => items.iter().for_each(|item| collect(item, keys)),
        _ => {}
    }
}

fn properties<'a>(schema: &'a Value, names: &mut BTreeSet<&'a str>) {
    match schema {
        Value::Object(members) => members.iter().for_each(|(key, value)| {
            if key == "properties" {
                names.extend(value.as_object().unwrap().keys().map(String::as_str));
            }
            properties(value, names);
        }),
        Value::Array(items) => items.iter().for_each(|item| properties(item, names)),
        _ => {}
    }
}

/// A schema that lets anything pass would pass the test above.
#[test]
fn one_member_too_many_or_of_another_type_is_found() {
    let described = Described::new();
    let mut tried = 0;
    for (name, document) in documents() {
        let mut places = Vec::new();
        pointers(&document, String::new(), &mut places);
        for place in places {
            let mut changed = document.clone();
            match changed.pointer_mut(&place).unwrap() {
                Value::Object(members) => drop(members.insert("stranger".to_owned(), json!(true))),
                other => *other = json!({}),
            }
            assert!(described.fault(&name, &changed).is_some(), "{name}: nothing is wrong at {place}");
            tried += 1;
        }
        for key in ["format-version", "exit"] {
            let mut changed = document.clone();
            let had = changed.as_object_mut().unwrap().remove(key).is_some();
            assert!(!had || described.fault(&name, &changed).is_some(), "{name}: `{key}` is not missed");
        }
    }
    assert!(tried > 1000, "{tried}");
}

/// Every object and every leaf; of a list the first item stands for all.
fn pointers(value: &Value, at: String, found: &mut Vec<String>) {
    match value {
        Value::Array(items) => {
            items.iter().take(1).enumerate().for_each(|(n, item)| pointers(item, format!("{at}/{n}"), found));
        }
        Value::Object(members) => {
            found.push(at.clone());
            for (key, below) in members {
                let key = key.replace('~', "~0").replace('/', "~1");
                pointers(below, format!("{at}/{key}"), found);
            }
        }
        _ => found.push(at),
    }
}

#[test]
fn locks_of_the_cases_are_as_described() {
    let described = Described::new();
    let locks: Vec<String> =
        files_below("testdata").into_iter().filter(|path| path.ends_with("okdboot.lock")).collect();
    assert!(locks.len() > 5, "{locks:?}");
    for path in locks {
        described.hold("okdboot.lock", &serde_json::from_str(&read(&path)).unwrap());
    }
}
