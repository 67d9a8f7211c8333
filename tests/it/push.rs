//! `okdboot push` against real matchbox with certificates made by `okdboot certs`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

use okdboot::model::time::UnixTime;
use okdboot::pki;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use serde_json::Value;

use crate::golden::render;
use crate::proxy::cut_after;
use crate::sandbox::{Ran, Sandbox};
use crate::tool::{Matchbox, tool};
use crate::{files_below, read};

const SAN: &str = "IP:127.0.0.1";

fn free() -> String {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string()
}

/// A matchbox that takes writes, with what it keeps.
struct Site {
    rpc: String,
    data: tempfile::TempDir,
    certs: Ran,
    _server: Matchbox,
}

impl Site {
    fn start(program: &Path) -> Self {
        Self::with(program, Sandbox::new().args(["certs", "--san", SAN]).run().status(0))
    }

    fn with(program: &Path, certs: Ran) -> Self {
        let (http, rpc, data) = (free(), free(), tempfile::tempdir().unwrap());
        let server = Matchbox::serve_rpc(program, data.path(), (&http, &rpc), &certs.join("okdboot-certs"));
        Self { rpc, data, certs, _server: server }
    }

    fn args(&self, endpoint: &str) -> Vec<String> {
        let mut args = vec!["push".to_owned(), "--endpoint".to_owned(), endpoint.to_owned()];
        for (option, name) in [("--ca", "ca.crt"), ("--cert", "client.crt"), ("--key", "client.key")] {
            args.extend([
                option.to_owned(),
                self.certs.join(&format!("okdboot-certs/{name}")).display().to_string(),
            ]);
        }
        args
    }

    fn push(&self, ran: Ran, more: &[&str]) -> Ran {
        ran.again().args(self.args(&self.rpc)).args(more).args(["-o", "out"]).run()
    }

    /// What matchbox's own client lists: the first column, without the head.
    fn listed(&self, program: &Path, what: &str) -> BTreeSet<String> {
        let file = |name: &str| self.certs.join(&format!("okdboot-certs/{name}")).display().to_string();
        let listed = Command::new(program)
            .args([what, "list", "--endpoints", &self.rpc, "--ca-file", &file("ca.crt")])
            .args(["--cert-file", &file("client.crt"), "--key-file", &file("client.key")])
            .output()
            .unwrap();
        assert!(listed.status.success(), "{}", String::from_utf8_lossy(&listed.stderr));
        let text = String::from_utf8(listed.stdout).unwrap();
        text.lines().skip(1).filter_map(|line| line.split_whitespace().next().map(str::to_owned)).collect()
    }

    /// What it keeps, by path: JSON as values, since the server writes it in a form of its own.
    fn kept(&self) -> BTreeMap<String, String> {
        kept(self.data.path())
    }
}

fn kept(root: &Path) -> BTreeMap<String, String> {
    let root = root.to_str().unwrap();
    let mut found = BTreeMap::new();
    for folder in ["groups", "profiles", "ignition", "generic"] {
        if !Path::new(root).join(folder).is_dir() {
            continue;
        }
        for path in files_below(&format!("{root}/{folder}")) {
            let bytes = fs::read(&path).unwrap();
            let name = path[root.len() + 1..].to_owned();
            let text = match serde_json::from_slice::<Value>(&bytes) {
                Ok(value) if !name.starts_with("ignition") => without_empty(value).to_string(),
                _ => String::from_utf8(bytes).unwrap(),
            };
            found.insert(name, text);
        }
    }
    found
}

/// Takes away members that mean nothing.
fn without_empty(value: Value) -> Value {
    let Value::Object(members) = value else { return value };
    let is_empty = |value: &Value| value.is_null() || *value == "" || *value == serde_json::json!({});
    members
        .into_iter()
        .filter(|(_, value)| !is_empty(value))
        .map(|(key, value)| (key, without_empty(value)))
        .collect()
}

/// What `render` wrote for matchbox.
fn rendered(ran: &Ran) -> BTreeMap<String, String> {
    kept(&ran.join("out/matchbox"))
}

fn without_own(mut kept: BTreeMap<String, String>) -> BTreeMap<String, String> {
    kept.retain(|name, _| !name.starts_with("generic/okdboot-"));
    kept
}

/// Every tree of testdata, read back from the server, is the rendered folder; and a second push has nothing to
/// do.
#[test]
fn what_is_pushed_is_what_is_rendered() {
    let Some(program) = tool("matchbox") else { return };
    for case in ["dhcp", "modes", "two-phase", "pools", "nodes", "nics", "static", "mixed"] {
        let site = Site::start(&program);
        let ran = site.push(render(case), &["--ignition", "ignition"]).status(0);
        let said = ran.stderr_text();
        assert!(said.contains("created") && said.contains("assets do not travel by gRPC"), "{case}: {said}");
        assert_eq!(without_own(site.kept()), rendered(&ran), "{case}");
        let before = site.kept();
        assert!(!before.keys().any(|name| name.contains("intent")), "{case}: {before:?}");
        let ran = site.push(ran, &["--check", "--ignition", "ignition"]).status(0).stdout("");
        let ran = site.push(ran, &["--ignition", "ignition"]).status(0).stdout("");
        assert!(!ran.stderr_text().contains("created"), "{case}: {}", ran.stderr_text());
        assert_eq!(site.kept(), before, "{case}");
    }
}

/// Three clusters; one node changes and one goes; what is somebody else's stays.
#[test]
fn a_cluster_touches_its_own_and_nothing_else() {
    let Some(program) = tool("matchbox") else { return };
    let site = Site::start(&program);
    let cluster = |id: &str, net: u8| {
        let node = |name: &str, last: u8| {
            format!(
                "{{name: {name}, ipaddr: 10.0.{net}.{last}, macaddr: \"52:54:00:00:{net:02x}:{last:02x}\"}}"
            )
        };
        format!(
            "disk: /dev/vda\nhelper: {{name: helper, ipaddr: 10.0.{net}.2}}\ndns: {{domain: example.com, clusterid: {id}}}\n\
             masters: [{}]\nworkers: [{}, {}]\n",
            node("m0", 11),
            node("w0", 21),
            node("w1", 22)
        )
    };
    let lock = |id: &str| read("testdata/render/dhcp/okdboot.lock").replace("\"ocp4\"", &format!("\"{id}\""));
    let mut sandbox = Sandbox::new();
    for (net, id) in [(1, "one"), (2, "two"), (3, "three")] {
        sandbox = sandbox
            .file(&format!("{id}/vars.yaml"), cluster(id, net))
            .file(&format!("{id}/okdboot.lock"), lock(id));
        for role in ["master", "worker"] {
            let config = read(&format!("testdata/render/dhcp/ignition/{role}.ign"));
            sandbox = sandbox.file(&format!("ignition/{id}/{role}.ign"), config);
        }
    }
    let all =
        ["-f", "one/vars.yaml", "-f", "two/vars.yaml", "-f", "three/vars.yaml", "--ignition", "ignition"];
    // Others are there before, and call theirs alike.
    let foreign = r#"{"id":"two-web","name":"web","profile":"web","selector":{"mac":"52:54:00:99:00:01"}}"#;
    let theirs = site.data.path().join("groups/two-web.json");
    fs::create_dir_all(theirs.parent().unwrap()).unwrap();
    fs::write(&theirs, foreign).unwrap();
    let ran = sandbox.args(site.args(&site.rpc)).args(all).args(["-o", "out"]).run().status(0);
    let before = site.kept();
    assert_eq!(before.keys().filter(|name| name.starts_with("groups/")).count(), 10, "{before:?}");
    let text = cluster("two", 2).replace("52:54:00:00:02:15", "52:54:00:00:02:99");
    let text = text.replace(", {name: w1, ipaddr: 10.0.2.22, macaddr: \"52:54:00:00:02:16\"}", "");
    fs::write(ran.join("two/vars.yaml"), text).unwrap();
    let two = ["-f", "two/vars.yaml", "--ignition", "ignition/two"];
    let ran = site.push(ran, &[&two[..], &["--dry-run"]].concat()).status(0);
    let ran = ran.stdout(&format!(
        "{}:\nupdate   matchbox/groups/two-w0.json\nremove   matchbox/groups/two-w1.json\n",
        site.rpc
    ));
    let ran = site.push(ran, &[&two[..], &["--check"]].concat()).status(1);
    let ran = site.push(ran, &[&two[..], &["--diff"]].concat()).status(0);
    assert!(ran.stdout_text().contains("+    \"mac\": \"52:54:00:00:02:99\""), "{}", ran.stdout_text());
    assert_eq!(site.kept(), before, "looking changes nothing");
    let ran = site.push(ran, &two).status(0);
    let after = site.kept();
    let differs = |name: &&String| before.get(*name) != after.get(*name);
    let touched: Vec<&String> = before.keys().filter(differs).collect();
    assert_eq!(touched, ["generic/okdboot-manifest-two.json", "groups/two-w0.json", "groups/two-w1.json"]);
    assert_eq!(fs::read_to_string(&theirs).unwrap(), foreign);
    // A cluster goes as a whole, and from a folder that knows nothing of it.
    let nowhere = || Sandbox::new().args(site.args(&site.rpc)).args(["--remove", "three"]);
    nowhere().args(["--check"]).run().status(1);
    nowhere().run().status(0).stdout("");
    nowhere().args(["--check"]).run().status(0);
    let is_of_three = |name: &String| name.contains("three");
    assert!(after.keys().any(is_of_three) && !site.kept().keys().any(is_of_three), "{:?}", site.kept());
    let after = site.kept();
    // What somebody changed there is not lost by a push.
    let own = site.data.path().join("groups/two-w0.json");
    fs::write(&own, foreign.replace("two-web", "two-w0")).unwrap();
    let edited = site.kept();
    let ran = site.push(ran, &two).status(6);
    assert!(ran.stderr_text().contains("`matchbox/groups/two-w0.json` was edited"), "{}", ran.stderr_text());
    assert_eq!(site.kept(), edited);
    let ran = site.push(ran, &[&two[..], &["--force"]].concat()).status(0);
    assert_eq!(site.kept(), after);
    // Nor is what somebody else put there under a name that is planned now.
    let text = fs::read_to_string(ran.join("two/vars.yaml")).unwrap();
    fs::write(ran.join("two/vars.yaml"), text.replace("name: w0", "name: web")).unwrap();
    let ran = site.push(ran, &two).status(6);
    assert!(ran.stderr_text().contains("`matchbox/groups/two-web.json`"), "{}", ran.stderr_text());
    assert_eq!(site.kept(), after);
}

/// Wherever a push is cut off, the next one ends it, even with another plan; and no group is there without its
/// profile.
#[test]
fn a_push_that_is_cut_off_is_ended_by_the_next() {
    let Some(program) = tool("matchbox") else { return };
    let mut ended_early = 0;
    for bytes in (4_000..26_000).step_by(1_500) {
        let site = Site::start(&program);
        let first = render("dhcp").again().args(site.args(&cut_after(bytes, site.rpc.clone())));
        let first = first.args(["--ignition", "ignition", "-o", "out"]).run();
        ended_early += usize::from(first.code() == Some(4));
        let kept = site.kept();
        for (name, group) in kept.iter().filter(|(name, _)| name.starts_with("groups/")) {
            let group: Value = serde_json::from_str(group).unwrap();
            let profile = format!("profiles/{}.json", group["profile"].as_str().unwrap());
            assert!(kept.contains_key(&profile), "{bytes}: {name} without {profile}");
        }
        let text =
            read("testdata/render/dhcp/vars.yaml").replace("install_drive: nvme0n1", "install_drive: sdz");
        let ran = site.push(first.again().vars(text).args(["check"]).run(), &["--ignition", "ignition"]);
        assert_eq!(ran.code(), Some(0), "{bytes}: {}", ran.stderr_text());
        let ran = ran.again().args(["render", "--ignition", "ignition", "-o", "out", "-q"]).run().status(0);
        assert!(!site.kept().keys().any(|name| name.contains("intent")), "{bytes}: {:?}", site.kept().keys());
        assert_eq!(without_own(site.kept()), rendered(&ran), "{bytes}");
    }
    assert!(ended_early > 5, "only {ended_early} were cut off");
}

fn certs(args: &[&str]) -> Ran {
    Sandbox::new().args(["certs"]).args(args).run().status(0)
}

/// What is wrong with which certificate is said, and nothing is written.
#[test]
fn certificates_that_do_not_fit_are_told_apart() {
    let Some(program) = tool("matchbox") else { return };
    let site = Site::start(&program);
    let other = certs(&["--san", SAN]);
    let elsewhere = Site::with(&program, certs(&["--san", "DNS:matchbox.example.com"]));
    let file = |ran: &Ran, name: &str| ran.join(&format!("okdboot-certs/{name}")).display().to_string();
    let own = |name: &str| file(&site.certs, name);
    let strange = |name: &str| file(&other, name);
    let cases: [(&str, [String; 3], &str); 3] = [
        (
            &site.rpc,
            [strange("ca.crt"), own("client.crt"), own("client.key")],
            "of another authority than `--ca`",
        ),
        (
            &site.rpc,
            [own("ca.crt"), strange("client.crt"), strange("client.key")],
            "the server does not take the client certificate",
        ),
        (
            &elsewhere.rpc,
            ["ca.crt", "client.crt", "client.key"].map(|name| file(&elsewhere.certs, name)),
            "the server's certificate is not for `127.0.0.1`",
        ),
    ];
    for (endpoint, [ca, cert, key], word) in cases {
        let args = ["push", "--endpoint", endpoint, "--ca", &ca, "--cert", &cert, "--key", &key];
        let ran =
            render("dhcp").again().args(args).args(["--ignition", "ignition", "-o", "out"]).run().status(4);
        assert!(ran.stderr_text().contains(word), "{word}: {}", ran.stderr_text());
    }
    assert!(site.kept().is_empty() && elsewhere.kept().is_empty());
    // Without certificates, and with files that are none.
    let ran = render("dhcp").again().args(["push", "--endpoint", &site.rpc, "-o", "out"]).run().status(2);
    assert!(ran.stderr_text().contains("give `--ca`"), "{}", ran.stderr_text());
    let home: PathBuf = other.path().to_owned();
    let ran = ran.again().env("HOME", home.to_str().unwrap());
    let ran = ran.args(["push", "--endpoint", &site.rpc, "-o", "out"]).run().status(6);
    assert!(ran.stderr_text().contains(".matchbox/ca.crt"), "{}", ran.stderr_text());
    let args =
        ["push", "--endpoint", &site.rpc, "--ca", "vars.yaml", "--cert", "vars.yaml", "--key", "vars.yaml"];
    let ran = ran.again().args(args).args(["-o", "out"]).run().status(3);
    assert!(
        ran.stderr_text().contains("the file of `--ca`: there is no certificate in it"),
        "{}",
        ran.stderr_text()
    );
    for wrong in ["matchbox", "https://127.0.0.1:8081"] {
        let ran = render("dhcp").again().args(["push", "--endpoint", wrong]).run().status(2);
        assert!(ran.stderr_text().contains("is not an endpoint: write HOST:PORT"), "{}", ran.stderr_text());
    }
}

/// Made in the past: nobody's clock has to be turned.
#[test]
fn an_expired_certificate_is_said_to_be_expired() {
    let Some(program) = tool("matchbox") else { return };
    let now =
        i64::try_from(SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs()).unwrap();
    for (expired, word) in
        [("server", "the server's certificate has expired"), ("client", "the client certificate has expired")]
    {
        let made = certs(&["--san", SAN]);
        let folder = made.join("okdboot-certs");
        let text = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
        let authority = pki::PemPair { certificate: text("ca.crt"), key: text("ca.key") };
        let before = UnixTime(now - 10 * 86_400);
        let pair = match expired {
            "server" => pki::server(&authority, &[SAN.parse().unwrap()], before, 2),
            _ => pki::client(&authority, before, 2),
        };
        let pair = pair.unwrap();
        fs::write(folder.join(format!("{expired}.crt")), pair.certificate).unwrap();
        fs::write(folder.join(format!("{expired}.key")), pair.key).unwrap();
        let site = Site::with(&program, made);
        let ran = site.push(render("dhcp"), &["--ignition", "ignition"]).status(4);
        assert!(ran.stderr_text().contains(word), "{}", ran.stderr_text());
        assert!(site.kept().is_empty());
    }
}

/// Images do not travel: profiles may name the place where they are.
#[test]
fn profiles_name_the_place_of_the_assets() {
    let Some(program) = tool("matchbox") else { return };
    let site = Site::start(&program);
    let moved = ["--ignition", "ignition", "--assets-url", "https://bucket.example.com/boot/"];
    let ran = site.push(render("dhcp"), &moved).status(0);
    assert!(ran.stderr_text().contains("machines ask https://bucket.example.com/boot for them"));
    let profiles: String = site
        .kept()
        .into_iter()
        .filter(|(name, _)| name.starts_with("profiles/"))
        .map(|(_, text)| text)
        .collect();
    assert!(profiles.contains("https://bucket.example.com/boot/scos-10.0.20990101-0-live-kernel.x86_64"));
    assert!(!profiles.contains("http://192.168.7.77:8080/assets/scos"), "{profiles}");
    // Ignition files hold secrets, and stay where they were.
    assert!(profiles.contains("coreos.inst.ignition_url=http://192.168.7.77:8080/assets/ignition/ocp4/"));
    assert!(!profiles.contains("bucket.example.com/boot/ignition"), "{profiles}");
    site.push(ran, &moved).status(0).stdout("");
    // One message holds 4 MiB.
    let large = render("dhcp");
    let config = format!("{{\"ignition\":{{\"version\":\"3.2.0\"}},\"x\":\"{}\"}}", "y".repeat(5 << 20));
    fs::write(large.join("ignition/worker.ign"), config).unwrap();
    let before = site.kept();
    let ran = site.push(large, &["--ignition", "ignition"]).status(3);
    assert!(
        ran.stderr_text().contains("`matchbox/ignition/ocp4-worker.ign` has 5.0 MiB"),
        "{}",
        ran.stderr_text()
    );
    assert_eq!(site.kept(), before);
}

/// What `--format json` prints of a push, for the schema.
pub fn documents() -> Vec<Value> {
    let Some(program) = tool("matchbox") else { return Vec::new() };
    let site = Site::start(&program);
    let mut seen = Vec::new();
    let mut ran = render("dhcp");
    for (more, exit) in [("--check", 1), ("--diff", 0), ("--quiet", 0), ("--dry-run", 0)] {
        ran = site.push(ran, &[more, "--ignition", "ignition", "--format", "json"]).status(exit);
        seen.push(serde_json::from_str(&ran.stdout_text()).unwrap());
    }
    seen
}

/// Several servers are one push: where one does not answer, none is written to.
#[test]
fn several_servers_get_the_same_or_none_does() {
    let Some(program) = tool("matchbox") else { return };
    let made = certs(&["--san", SAN]);
    let copy = Sandbox::new();
    for name in ["ca.crt", "server.crt", "server.key", "client.crt", "client.key"] {
        let folder = copy.path().join("okdboot-certs");
        fs::create_dir_all(&folder).unwrap();
        fs::copy(made.join(&format!("okdboot-certs/{name}")), folder.join(name)).unwrap();
    }
    let (one, two) = (Site::with(&program, made), Site::with(&program, copy.args(["check"]).run()));
    let absent = free();
    let push = |endpoints: &str| {
        render("dhcp").again().args(one.args(endpoints)).args(["--ignition", "ignition", "-o", "out"]).run()
    };
    let ran = push(&format!("{},{absent}", one.rpc)).status(4);
    assert!(ran.stderr_text().contains(&format!("cannot connect to {absent}")), "{}", ran.stderr_text());
    assert!(one.kept().is_empty(), "{:?}", one.kept());
    push(&format!("{},{}", one.rpc, two.rpc)).status(0);
    assert!(!one.kept().is_empty());
    assert_eq!(one.kept(), two.kept());
}

/// matchbox's own client lists what was pushed, and nothing else.
#[test]
fn bootcmd_lists_what_was_pushed() {
    let (Some(program), Some(bootcmd)) = (tool("matchbox"), tool("bootcmd")) else { return };
    let site = Site::start(&program);
    let ran = site.push(render("dhcp"), &["--ignition", "ignition"]).status(0);
    for (what, folder) in [("group", "groups"), ("profile", "profiles")] {
        let names = crate::names_in(&ran.join("out/matchbox").join(folder));
        let ids: BTreeSet<String> =
            names.iter().map(|name| name.trim_end_matches(".json").to_owned()).collect();
        assert!(!ids.is_empty());
        assert_eq!(site.listed(&bootcmd, what), ids, "{what}");
    }
}

/// One machine of a random plan.
#[derive(Clone, Debug)]
struct Random {
    disk: &'static str,
    mode: &'static str,
    has_two: bool,
}

fn random_plan() -> impl Strategy<Value = (Vec<Option<Random>>, &'static str)> {
    let disk = prop::sample::select(vec!["/dev/vda", "/dev/nvme0n1", "/dev/disk/by-id/x"]);
    let mode = prop::sample::select(vec!["install", "local", "live"]);
    let machine =
        (disk, mode, any::<bool>()).prop_map(|(disk, mode, has_two)| Random { disk, mode, has_two });
    let machines = prop::collection::vec(prop::option::weighted(0.7, machine), 6);
    (machines, prop::sample::select(vec!["assets", "matchbox", "two-phase"]))
}

fn vars_of((machines, ignition_url): &(Vec<Option<Random>>, &str)) -> String {
    let text = read("testdata/render/dhcp/vars.yaml");
    let end = text.find("\nworkers:").unwrap();
    let mut all = format!("{}\nokdboot:\n  ignition_url: {ignition_url}\nworkers:\n", &text[..end]);
    all.push_str("  - {name: stays, ipaddr: 192.168.7.90, macaddr: \"52:54:00:77:00:90\"}\n");
    for (at, machine) in machines.iter().enumerate() {
        let Some(Random { disk, mode, has_two }) = machine else { continue };
        let mac = |net: u8| format!("\"52:54:00:77:{net:02x}:{at:02x}\"");
        let macs = if *has_two { format!("[{}, {}]", mac(1), mac(2)) } else { mac(1) };
        all.push_str(&format!(
            "  - {{name: r{at}, ipaddr: 192.168.7.{}, macaddr: {macs}, disk: {disk}, mode: {mode}}}\n",
            100 + at
        ));
    }
    all
}

/// Any plan, after any other one: what is read back is the rendered folder.
#[test]
fn any_plan_after_any_other_is_read_back_as_it_is_rendered() {
    let Some(program) = tool("matchbox") else { return };
    let site = Site::start(&program);
    let mut runner = TestRunner::default();
    let mut ran = render("dhcp");
    for _ in 0..16 {
        let plan = random_plan().new_tree(&mut runner).unwrap().current();
        ran = ran
            .again()
            .vars(vars_of(&plan))
            .args(["render", "--ignition", "ignition", "-o", "out", "-q"])
            .run();
        ran = site.push(ran.status(0), &["--ignition", "ignition", "-q"]).status(0);
        assert_eq!(without_own(site.kept()), rendered(&ran), "{plan:?}");
    }
}
