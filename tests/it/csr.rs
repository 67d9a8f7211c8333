//! `okdboot approve` against a real API server: requests as kubelets make them, and as they must not be.

use std::net::IpAddr;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use rcgen::{CertificateParams, DnType, KeyPair, SanType};
use serde_json::{Value, json};

use crate::api_server::ApiServer;
use crate::sandbox::{Ran, Sandbox};
use crate::serving::Serving;
use crate::stage::{Stage, VARS, W0};

const BOOTSTRAPPER: &str = "system:serviceaccount:openshift-machine-config-operator:node-bootstrapper";
const BOOTSTRAPPER_GROUPS: [&str; 2] =
    ["system:serviceaccounts:openshift-machine-config-operator", "system:serviceaccounts"];
const CLIENT: &str = "kubernetes.io/kube-apiserver-client-kubelet";
const SERVING: &str = "kubernetes.io/kubelet-serving";

/// What a kubelet asks, and as whom.
#[derive(Clone)]
struct Ask {
    user: String,
    groups: Vec<String>,
    signer: &'static str,
    usages: Vec<&'static str>,
    common_name: String,
    organizations: Vec<String>,
    locality: Option<&'static str>,
    sans: Vec<SanType>,
}

fn dns(name: &str) -> SanType {
    SanType::DnsName(name.try_into().unwrap())
}

fn ip(address: &str) -> SanType {
    SanType::IpAddress(address.parse::<IpAddr>().unwrap())
}

/// The first round of a machine, as it is right.
fn client(node: &str) -> Ask {
    Ask {
        user: BOOTSTRAPPER.to_owned(),
        groups: BOOTSTRAPPER_GROUPS.map(str::to_owned).into(),
        signer: CLIENT,
        usages: vec!["digital signature", "client auth"],
        common_name: format!("system:node:{node}"),
        organizations: vec!["system:nodes".to_owned()],
        locality: None,
        sans: Vec::new(),
    }
}

/// The second round, as it is right.
fn serving(node: &str, address: &str) -> Ask {
    Ask {
        user: format!("system:node:{node}"),
        groups: vec!["system:nodes".to_owned()],
        signer: SERVING,
        usages: vec!["digital signature", "server auth"],
        sans: vec![dns(node), ip(address)],
        ..client(node)
    }
}

impl Ask {
    fn with(&self, change: impl Fn(&mut Self)) -> Self {
        let mut ask = self.clone();
        change(&mut ask);
        ask
    }

    fn object(&self, name: &str) -> Value {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, self.common_name.clone());
        for organization in &self.organizations {
            // rcgen keeps one attribute of a kind: two organizations are one text here, and as wrong.
            params.distinguished_name.push(DnType::OrganizationName, organization.clone());
        }
        if let Some(locality) = self.locality {
            params.distinguished_name.push(DnType::LocalityName, locality);
        }
        params.subject_alt_names.clone_from(&self.sans);
        let pem = params.serialize_request(&KeyPair::generate().unwrap()).unwrap().pem().unwrap();
        json!({
            "apiVersion": "certificates.k8s.io/v1", "kind": "CertificateSigningRequest",
            "metadata": {"name": name},
            "spec": {"request": BASE64_STANDARD.encode(pem), "signerName": self.signer, "usages": self.usages},
        })
    }

    /// Makes the request, as who asks.
    fn make(&self, api: &ApiServer, name: &str) {
        api.create_as(
            &self.user,
            &self.groups,
            "/apis/certificates.k8s.io/v1/certificatesigningrequests",
            &self.object(name),
        );
    }
}

fn node(api: &ApiServer, name: &str, is_ready: bool) {
    let object = json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": name}});
    api.create_as("admin", &["system:masters".to_owned()], "/api/v1/nodes", &object);
    if is_ready {
        let status = json!({"status": {"conditions": [{"type": "Ready", "status": "True"}]}});
        api.done(&["patch", "node", name, "--subresource=status", "--type=merge", "-p", &status.to_string()]);
    }
}

/// The names of the requests that are approved.
fn approved(api: &ApiServer) -> Vec<String> {
    let all: Value = serde_json::from_str(&api.done(&["get", "csr", "-o", "json"])).unwrap();
    let is_approved = |item: &&Value| {
        let conditions = item["status"]["conditions"].as_array();
        conditions.is_some_and(|all| all.iter().any(|condition| condition["type"] == "Approved"))
    };
    let items = all["items"].as_array().unwrap().iter().filter(is_approved);
    let mut names: Vec<String> =
        items.map(|item| item["metadata"]["name"].as_str().unwrap().to_owned()).collect();
    names.sort();
    names
}

fn site(api: &ApiServer) -> Sandbox {
    Sandbox::new().vars(VARS).file("kubeconfig", api.kubeconfig(true))
}

fn approve(ran: Ran, more: &[&str]) -> Ran {
    ran.again().args(["approve", "--kubeconfig", "kubeconfig"]).args(more.iter().copied()).run()
}

/// Every row is right but for one thing.
fn rows() -> Vec<(&'static str, Ask, &'static str)> {
    let (c, s) = (client("w0.lab.example.com"), serving("w0.lab.example.com", "192.168.9.31"));
    let text = str::to_owned;
    let nodes = "its subject is not `O=system:nodes`";
    let names = "it asks for names or addresses";
    let groups = "the groups of who asks";
    let asks = "and vars.yaml says";
    let usages = "its usages are";
    vec![
        (
            "c-stranger",
            client("stranger.lab.example.com"),
            "vars.yaml has no machine `stranger.lab.example.com`",
        ),
        ("c-bootstrap", client("boot.lab.example.com"), "vars.yaml has no machine `boot.lab.example.com`"),
        ("c-helper", client("helper.lab.example.com"), "vars.yaml has no machine"),
        ("c-other-domain", client("w0.other.example.com"), "vars.yaml has no machine"),
        ("c-longer-name", client("w0.lab.example.com.evil"), "vars.yaml has no machine"),
        ("c-empty-name", client(""), "vars.yaml has no machine ``"),
        ("c-upper-case", client("W0"), "vars.yaml has no machine `W0`"),
        ("c-plain-name", c.with(|it| it.common_name = text("w0.lab.example.com")), "is no name of a node"),
        ("c-admin", c.with(|it| it.common_name = text("system:admin")), "is no name of a node"),
        ("c-org-masters", c.with(|it| it.organizations = vec![text("system:masters")]), nodes),
        ("c-no-org", c.with(|it| it.organizations.clear()), nodes),
        ("c-org-longer", c.with(|it| it.organizations = vec![text("system:nodes2")]), nodes),
        ("c-locality", c.with(|it| it.locality = Some("here")), nodes),
        ("c-user-node", c.with(|it| it.user = text("system:node:w1.lab.example.com")), "asks, and not"),
        ("c-user-own", c.with(|it| it.user = text("system:node:w0.lab.example.com")), "it is a renewal"),
        ("c-user-admin", c.with(|it| it.user = text("admin")), "`admin` asks, and not"),
        (
            "c-user-other-account",
            c.with(|it| it.user = text("system:serviceaccount:default:node-bootstrapper")),
            "asks, and not",
        ),
        ("c-groups-more", c.with(|it| it.groups.push(text("system:masters"))), groups),
        ("c-groups-fewer", c.with(|it| it.groups.truncate(1)), groups),
        ("c-groups-others", c.with(|it| it.groups = vec![text("system:nodes")]), groups),
        ("c-usage-server", c.with(|it| it.usages.push("server auth")), usages),
        ("c-usage-signing", c.with(|it| it.usages.push("cert sign")), usages),
        ("c-usage-none-of-client", c.with(|it| it.usages = vec!["digital signature"]), usages),
        ("c-usage-no-signature", c.with(|it| it.usages = vec!["client auth"]), usages),
        ("c-san-own", c.with(|it| it.sans = vec![dns("w0.lab.example.com")]), names),
        ("c-san-address", c.with(|it| it.sans = vec![ip("192.168.9.31")]), names),
        ("c-node-exists", client("w1.lab.example.com"), "node `w1.lab.example.com` is there already"),
        ("c-node-exists-short", client("w1"), "node `w1.lab.example.com` is there already"),
        ("s-stranger", serving("stranger", "192.168.9.31"), "vars.yaml has no machine `stranger`"),
        (
            "s-user-other",
            s.with(|it| it.user = text("system:node:w1.lab.example.com")),
            "and not the node itself",
        ),
        ("s-user-bootstrapper", s.with(|it| it.user = text(BOOTSTRAPPER)), "and not the node itself"),
        ("s-user-short", s.with(|it| it.user = text("system:node:w0")), "and not the node itself"),
        (
            "s-groups",
            s.with(|it| it.groups = vec![text("system:masters")]),
            "is not in the group `system:nodes`",
        ),
        ("s-org", s.with(|it| it.organizations = vec![text("system:masters")]), nodes),
        ("s-usage-client", s.with(|it| it.usages.push("client auth")), usages),
        ("s-usage-none", s.with(|it| it.usages = vec!["digital signature", "key encipherment"]), usages),
        ("s-dns-foreign", s.with(|it| it.sans.push(dns("api.lab.example.com"))), asks),
        ("s-dns-of-other", s.with(|it| it.sans = vec![dns("w1.lab.example.com")]), asks),
        ("s-dns-wildcard", s.with(|it| it.sans.push(dns("*.lab.example.com"))), asks),
        ("s-ip-of-master", s.with(|it| it.sans = vec![ip("192.168.9.21")]), asks),
        ("s-ip-of-helper", s.with(|it| it.sans.push(ip("192.168.9.2"))), asks),
        ("s-ip-loopback", s.with(|it| it.sans.push(ip("127.0.0.1"))), asks),
        ("s-no-names", s.with(|it| it.sans.clear()), "it asks for no name and no address"),
        (
            "s-uri",
            s.with(|it| it.sans.push(SanType::URI("spiffe://x".try_into().unwrap()))),
            "a URI or a mail address",
        ),
        (
            "s-mail",
            s.with(|it| it.sans.push(SanType::Rfc822Name("a@b.c".try_into().unwrap()))),
            "a URI or a mail address",
        ),
        // A master's name, asked for from a worker's address.
        ("s-master-by-worker", serving("m0.lab.example.com", "192.168.9.31"), asks),
    ]
}

#[test]
fn what_does_not_fit_is_left_and_what_fits_is_approved() {
    let Some(api) = ApiServer::start() else { return };
    let rows = rows();
    assert!(rows.len() >= 40);
    node(&api, "w1.lab.example.com", false);
    for (name, ask, _) in &rows {
        ask.make(&api, name);
    }
    let ran = site(&api).args(["approve", "--kubeconfig", "kubeconfig"]).run().status(1);
    let said = ran.stderr_text();
    for (name, _, why) in &rows {
        let line = said.lines().find(|line| line.starts_with(&format!("left {name}: ")));
        let line = line.unwrap_or_else(|| panic!("nothing of {name}: {said}"));
        assert!(line.contains(why), "{line}");
    }
    assert_eq!(approved(&api), [""; 0]);
    // Other signers are nobody's business here.
    client("w0").with(|it| it.signer = "example.com/other").make(&api, "other-signer");
    client("w0").make(&api, "w0-old");
    sleep(Duration::from_millis(1100));
    client("w0").make(&api, "w0-new");
    serving("m0.lab.example.com", "192.168.9.21")
        .with(|it| it.usages.push("key encipherment"))
        .make(&api, "m0-s");
    let ran = approve(ran, &["--dry-run"]).status(1);
    assert!(
        ran.stderr_text().contains("would approve w0-new: client certificate of w0, as w0"),
        "{}",
        ran.stderr_text()
    );
    assert_eq!(approved(&api), [""; 0]);
    // Only what is asked for.
    let ran = approve(ran, &["w0"]).status(1);
    let said = ran.stderr_text();
    assert!(said.contains("left w0-old: client certificate of w0, `w0-new` is newer"), "{said}");
    assert!(
        !said.contains("other-signer") && !said.contains("c-node-exists") && !said.contains("m0-s"),
        "{said}"
    );
    assert_eq!(approved(&api), ["w0-new"]);
    let ran = approve(ran, &["--replace", "w1"]).status(1);
    assert!(
        ran.stderr_text().contains("approved c-node-exists-short: client certificate of w1"),
        "{}",
        ran.stderr_text()
    );
    // What is older than what was approved stays, for good.
    assert_eq!(approved(&api), ["c-node-exists-short", "m0-s", "w0-new"]);
    approve(ran, &["--replace", "w1", "--replace", "w0"]).status(1);
    assert_eq!(approved(&api), ["c-node-exists-short", "m0-s", "w0-new"]);
    // The message and the one who did it stay with the request.
    let one = api.done(&["get", "csr", "w0-new", "-o", "json"]);
    assert!(one.contains("OkdbootApprove") && one.contains("fits its machine in vars.yaml"), "{one}");
}

/// A process that approves until every machine has joined.
struct Watch(Child);

impl Watch {
    fn start(ran: &Ran, more: &[&str]) -> Self {
        let child = Command::new(env!("CARGO_BIN_EXE_okdboot"))
            .args(["approve", "--kubeconfig", "kubeconfig", "--watch", "--until-all", "-q"])
            .args(more)
            .env_clear()
            .current_dir(ran.path())
            .stdin(Stdio::null())
            .spawn()
            .unwrap();
        Self(child)
    }

    fn ends(mut self, code: i32) {
        let until = Instant::now() + Duration::from_secs(120);
        loop {
            if let Some(status) = self.0.try_wait().unwrap() {
                return assert_eq!(status.code(), Some(code));
            }
            assert!(Instant::now() < until, "it does not end");
            sleep(Duration::from_millis(100));
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// 200 machines ask, get their certificates, and ask again, while the API server goes away once.
#[test]
fn two_hundred_machines_join_in_one_watch() {
    let Some(mut api) = ApiServer::start() else { return };
    let address = |at: usize| format!("10.9.{}.{}", at / 100, at % 100 + 10);
    let workers: String = (0..200)
        .map(|at| {
            let (high, low) = (at / 100, at % 100 + 10);
            format!(
                "  - {{ name: n{at}, ipaddr: {}, macaddr: \"52:54:00:0c:{high:02x}:{low:02x}\" }}\n",
                address(at)
            )
        })
        .collect();
    let masters: String =
        VARS.lines().take_while(|line| *line != "workers:").map(|line| format!("{line}\n")).collect();
    let sandbox = site(&api).vars(format!("{masters}workers:\n{workers}"));
    let ran = sandbox.args(["check", "-q"]).run();
    node(&api, "m0", true);
    // More than a page of requests that are nobody's; and two who approve at once.
    for at in 0..130 {
        client("stranger").make(&api, &format!("a-{at}"));
    }
    let watches = [Watch::start(&ran, &[]), Watch::start(&ran, &[])];
    for at in 0..200 {
        client(&format!("n{at}")).make(&api, &format!("c-{at}"));
        if at == 100 {
            api.restart();
        }
    }
    wait_for(|| approved(&api).len() == 200);
    for at in 0..200 {
        let name = format!("n{at}");
        node(&api, &name, false);
        serving(&name, &address(at)).make(&api, &format!("s-{at}"));
    }
    for watch in watches {
        watch.ends(0);
    }
    assert_eq!(approved(&api).len(), 400);
}

#[track_caller]
fn wait_for(mut is_so: impl FnMut() -> bool) {
    let until = Instant::now() + Duration::from_secs(120);
    while !is_so() {
        assert!(Instant::now() < until, "it never came to that");
        sleep(Duration::from_millis(200));
    }
}

#[test]
fn whoever_may_not_is_told_what_is_missing() {
    let Some(api) = ApiServer::start() else { return };
    let ran = site(&api).args(["approve", "nobody", "--kubeconfig", "kubeconfig"]).run().status(2);
    let ran = approve(ran, &["boot"]).status(2);
    assert!(ran.stderr_text().contains("the bootstrap machine never does"), "{}", ran.stderr_text());
    // Nothing is pending: all is well, however one logs in.
    let mut ran = approve(ran, &[]).status(0);
    for (at, kubeconfig) in api.other_kubeconfigs().into_iter().enumerate() {
        client("w0").make(&api, &format!("by-{at}"));
        let name = format!("other-{at}");
        let sandbox = ran.again().file(&name, kubeconfig).env("KUBECONFIG", format!(":{name}"));
        ran = sandbox.args(["approve"]).run().status(0);
        assert_eq!(approved(&api).len(), at + 1, "{}", ran.stderr_text());
        sleep(Duration::from_millis(1100));
    }
    let ran = ran.again().args(["approve", "--kubeconfig", "none"]).run().status(6);
    assert!(ran.stderr_text().contains("auth/kubeconfig"), "{}", ran.stderr_text());
    // The authority of another cluster.
    let strange =
        api.kubeconfig(true).replace(&api.authority(), &BASE64_STANDARD.encode(strange_authority()));
    let ran =
        ran.again().file("strange", strange).args(["approve", "--kubeconfig", "strange"]).run().status(4);
    assert!(ran.stderr_text().contains("the kubeconfig is of another cluster"), "{}", ran.stderr_text());
    // Somebody who is known, and may nothing.
    let ran =
        ran.again().file("kubeconfig", api.kubeconfig(false)).args(["approve", "--kubeconfig", "kubeconfig"]);
    let ran = ran.run().status(4);
    let said = ran.stderr_text();
    assert!(said.contains("(403)") && said.contains("update certificatesigningrequests/approval"), "{said}");
    let wrong = api.kubeconfig(true).replace("admin-of-the-test", "wrong");
    let ran =
        ran.again().file("kubeconfig", wrong).args(["approve", "--kubeconfig", "kubeconfig"]).run().status(4);
    assert!(
        ran.stderr_text().contains("(401)") && !ran.stderr_text().contains("wrong"),
        "{}",
        ran.stderr_text()
    );
    drop(api);
    let ran = approve(ran, &[]).status(4);
    assert!(ran.stderr_text().contains("`--watch` waits until"), "{}", ran.stderr_text());
}

fn strange_authority() -> String {
    let mut params = CertificateParams::default();
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    params.self_signed(&KeyPair::generate().unwrap()).unwrap().pem()
}

/// One table: what the files, the cluster and a running `serve` say.
fn status(api: &ApiServer, more: &[&str]) -> Ran {
    let mut stage = Stage::right("");
    let serving = Serving::start(stage.out().parent().unwrap(), &["-o", "out", "--ignition", "ignition"]);
    serving.get(&format!("/ipxe?mac={W0}"));
    serving.says("w0 has its boot configuration");
    let watch = serving.watch.unwrap().to_string();
    let sandbox = stage.again().file("kubeconfig", api.kubeconfig(true));
    let args = ["status", "-o", "out", "--kubeconfig", "kubeconfig", "--watch", &watch];
    sandbox.args(args).args(more.iter().copied()).run()
}

fn half_joined() -> Option<ApiServer> {
    let api = ApiServer::start()?;
    node(&api, "m0.lab.example.com", true);
    api.done(&["label", "node", "m0.lab.example.com", "node-role.kubernetes.io/master="]);
    node(&api, "w0", false);
    serving("w0", "192.168.9.31").make(&api, "w0-s");
    client("w1").make(&api, "w1-c");
    Some(api)
}

#[test]
fn status_shows_the_cluster_and_the_watch() {
    let Some(api) = half_joined() else { return };
    let ran = status(&api, &[]).status(1);
    let said = ran.stdout_text();
    let line =
        |name: &str| said.lines().find(|line| line.starts_with(name)).unwrap_or_else(|| panic!("{said}"));
    assert!(line("NODE").contains("  IN THE CLUSTER  ") && line("NODE").ends_with("  SERVE"), "{said}");
    assert!(line("boot").contains("  -  "), "{said}");
    assert!(line("m0").contains("  ready, master  "), "{said}");
    assert!(line("w0").contains("  not ready, waits for its serving certificate  "), "{said}");
    assert!(line("w0").ends_with("config") && line("w1").ends_with("never seen"), "{said}");
    assert!(line("w1").contains("  not there, waits for its client certificate  "), "{said}");
    for name in ["w0", "w1"] {
        if name == "w1" {
            node(&api, name, true);
        } else {
            let ready = json!({"status": {"conditions": [{"type": "Ready", "status": "True"}]}}).to_string();
            api.done(&["patch", "node", name, "--subresource=status", "--type=merge", "-p", &ready]);
        }
    }
    let ran = ran.again().args(["status", "-o", "out", "--kubeconfig", "kubeconfig"]).run().status(0);
    assert!(!ran.stdout_text().contains("SERVE"), "{}", ran.stdout_text());
    let ran = ran.again().args(["status", "-o", "out", "--watch", "127.0.0.1:1"]).run().status(4);
    assert!(ran.stderr_text().contains("`--watch` is the address of the page"), "{}", ran.stderr_text());
}

/// What `status` prints of a cluster.
pub(crate) fn status_documents() -> Vec<Value> {
    let Some(api) = half_joined() else { return Vec::new() };
    let ran = status(&api, &["--format", "json"]).status(1);
    vec![serde_json::from_str(&ran.stdout_text()).unwrap()]
}

/// What `approve` prints.
pub(crate) fn documents() -> Vec<Value> {
    let Some(api) = ApiServer::start() else { return Vec::new() };
    client("w0").make(&api, "good");
    client("stranger").make(&api, "bad");
    let mut ran = site(&api).args(["check", "-q"]).run();
    let mut seen = Vec::new();
    for (more, exit) in [("--dry-run", 1), ("--replace=w0", 1), ("nobody", 2)] {
        ran = approve(ran, &[more, "--format", "json"]).status(exit);
        seen.push(serde_json::from_str(&ran.stdout_text()).unwrap());
    }
    node(&api, "m0", true);
    node(&api, "w0", true);
    node(&api, "w1", true);
    let ran = approve(ran, &["--watch", "--until-all", "--format", "json"]).status(0);
    seen.push(serde_json::from_str(&ran.stdout_text()).unwrap());
    seen
}
