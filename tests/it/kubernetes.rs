//! `render --only kubernetes`, `unpack` and `serve --as-is`: with kustomize, what kubelet does, matchbox, and a
//! real API server.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::api_server::ApiServer;
use crate::pod::Objects;
use crate::sandbox::{Ran, Sandbox};
use crate::server::{Answer, Server};
use crate::serving::Serving;
use crate::stage::{Stage, W0, artifact, name};
use crate::store::Store;
use crate::tool::{Matchbox, tool};
use crate::{names_in, read};

const RENDER: [&str; 8] = ["render", "--only", "kubernetes", "--ignition", "ignition", "-o", "k", "-q"];

/// Gives the images away, under their names.
fn store() -> Server {
    Server::start(|_, request| {
        let kinds = ["kernel", "initramfs", "rootfs"];
        match kinds.iter().find(|kind| request.path == format!("/coreos/{}", name(kind))) {
            Some(kind) => Answer::ok(artifact(kind)),
            None => Answer::new(404, ""),
        }
    })
}

/// The folders of sites, without the base and what stands beside it.
fn sites(ran: &Ran, out: &str) -> Vec<String> {
    let folder = ran.join(out).join("kubernetes");
    let is_site = |name: &String| {
        let is_base = ["base", "matchbox", "openshift"].contains(&name.as_str());
        !is_base && folder.join(name).join("kustomization.yaml").is_file()
    };
    names_in(&folder).into_iter().filter(is_site).collect()
}

/// Every file below a folder that a machine may ask for, with its bytes.
fn files(root: &Path) -> Vec<(String, Vec<u8>)> {
    let (mut found, mut folders) = (Vec::new(), vec![root.to_owned()]);
    while let Some(folder) = folders.pop() {
        for name in names_in(&folder) {
            let path = folder.join(name);
            if path.is_dir() {
                folders.push(path);
            } else {
                let below = path.strip_prefix(root).unwrap().display().to_string();
                found.push((below, fs::read(&path).unwrap()));
            }
        }
    }
    found.sort();
    found
}

/// The pod of a site of the stage, with its tree put together in `tree`.
struct Pod {
    objects: Objects,
    folder: tempfile::TempDir,
}

impl Pod {
    fn of(kubectl: &Path, overlay: &Path, images: &Server) -> Self {
        let (objects, folder) = (Objects::of(kubectl, overlay), tempfile::tempdir().unwrap());
        objects.mount(&folder.path().join("boot"));
        let pod = Self { objects, folder };
        assert_eq!(pod.objects.pod()["initContainers"][0]["env"][0]["name"], "IMAGES");
        let url = images.url("/coreos");
        let words = pod.words("initContainers", &[("$(IMAGES)", &url)]);
        Sandbox::new().args(words).args(["-q"]).run().status(0);
        pod
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn words(&self, containers: &str, more: &[(&str, &str)]) -> Vec<String> {
        let (boot, tree) = (self.path("boot").display().to_string(), self.path("tree").display().to_string());
        self.objects.args(containers, &[&[("/boot", boot.as_str()), ("/tree", &tree)], more].concat())
    }
}

/// What `unpack` prints.
pub(crate) fn documents() -> Vec<Value> {
    let Some(kubectl) = tool("kubectl") else { return Vec::new() };
    let (mut stage, images) = (Stage::right(""), store());
    let ran = stage.again().args(RENDER).run().status(0);
    let pod = Pod::of(&kubectl, &ran.join("k/kubernetes").join(&sites(&ran, "k")[0]), &images);
    let words = |url: &str| pod.words("initContainers", &[("$(IMAGES)", url), ("/tree", "/new")]);
    let run = |url: &str, exit| {
        let ran = Sandbox::new().args(words(url)).args(["--format", "json"]).run().status(exit);
        serde_json::from_str(&ran.stdout_text()).unwrap()
    };
    vec![run(&images.url("/none"), 4), run(&images.url("/coreos"), 0), run("ftp://x", 2)]
}

#[test]
fn a_pod_serves_what_render_writes() {
    let Some(kubectl) = tool("kubectl") else { return };
    let (mut stage, images) = (Stage::right(""), store());
    let ran = stage.again().args(RENDER).run().status(0);
    let [site] = &sites(&ran, "k")[..] else { panic!("one site") };
    let pod = Pod::of(&kubectl, &ran.join("k/kubernetes").join(site), &images);
    // What a machine may ask for is what a render beside it has; copies for TFTP stay on the site's own host.
    for folder in ["matchbox", "http"] {
        assert_eq!(files(&pod.path("tree").join(folder)), files(&ran.join("out").join(folder)), "{folder}");
    }
    let words = pod.words("containers", &[("0.0.0.0:8088", "127.0.0.1:0")]);
    let words: Vec<&str> = words[1..].iter().map(String::as_str).collect();
    let ["--as-is", "-o", tree, "--http", "8080", "--tftp", "off", "--watch", watch] = words[..] else {
        panic!("{words:?}")
    };
    let serving = Serving::start(pod.folder.path(), &["--as-is", "-o", tree, "--watch", watch]);
    assert_eq!(serving.get("/").status, 200);
    let script = fs::read(ran.join(&format!("out/http/ipxe/{W0}.ipxe"))).unwrap();
    assert_eq!(serving.get(&format!("/ipxe/{W0}.ipxe")).body, script);
    assert_eq!(serving.get(&format!("/assets/{}", name("rootfs"))).body, artifact("rootfs"));
    let ignition = fs::read(ran.join("ignition/worker.ign")).unwrap();
    assert_eq!(serving.get("/assets/ignition/lab/worker.ign").body, ignition);
    serving.says("w0 has its Ignition file");
    // It came from the store once; a pod that is started again in its place asks for nothing.
    let asked = images.count();
    let again = pod.words("initContainers", &[("$(IMAGES)", &images.url("/coreos"))]);
    Sandbox::new().args(again).args(["-q"]).run().status(0);
    assert_eq!(images.count(), asked);
}

#[test]
fn matchbox_serves_the_same_base() {
    let (Some(kubectl), Some(program)) = (tool("kubectl"), tool("matchbox")) else { return };
    let (mut stage, images) = (Stage::right(""), store());
    let ran = stage.again().args(RENDER).run().status(0);
    let site = &sites(&ran, "k")[0];
    let own = format!(
        "resources: [../k/kubernetes/{site}]\ncomponents: [../k/kubernetes/matchbox, ../k/kubernetes/openshift]\n"
    );
    fs::create_dir(ran.join("own")).unwrap();
    fs::write(ran.join("own/kustomization.yaml"), own).unwrap();
    let pod = Pod::of(&kubectl, &ran.join("own"), &images);
    assert!(pod.objects.pod()["securityContext"].get("runAsUser").is_none());
    let container = &pod.objects.pod()["containers"][0];
    assert_eq!(container["image"], "quay.io/poseidon/matchbox:v0.11.0");
    let words = pod.words("containers", &[]);
    let [address, data, assets] = &words[..] else { panic!("{words:?}") };
    assert_eq!(address, "-address=0.0.0.0:8080");
    let root = PathBuf::from(data.strip_prefix("-data-path=").unwrap());
    assert_eq!(assets, &format!("-assets-path={}", root.join("assets").display()));
    let matchbox = Matchbox::serve(&program, &root);
    let script = String::from_utf8(matchbox.get(&format!("/ipxe?mac={W0}")).1).unwrap();
    assert!(script.contains(&name("kernel")), "{script}");
    assert_eq!(matchbox.get(&format!("/assets/{}", name("kernel"))), (200, artifact("kernel")));
    // No listing gives the names of Ignition files away.
    assert_eq!(matchbox.get("/assets/ignition/lab/"), (200, Vec::new()));
}

/// The overlay of docs/kubernetes.md, with the further lines for a private bucket.
#[test]
fn the_documented_overlay_does_what_it_says() {
    let Some(kubectl) = tool("kubectl") else { return };
    let mut stage = Stage::right("");
    let render = ["render", "--only", "kubernetes", "--ignition", "ignition", "-o", "okdboot-out", "-q"];
    let ran = stage.again().args(render).run().status(0);
    let site = sites(&ran, "okdboot-out").remove(0);
    let page = read("docs/kubernetes.md");
    let blocks: String =
        page.split("```yaml\n").skip(1).map(|block| block.split("```").next().unwrap()).collect();
    let ran = ran.again().file("boot/kustomization.yaml", blocks.replace("192-168-7-77-8080", &site));
    let ran = ran.file("boot/s3.env", "AWS_ACCESS_KEY_ID=a\n").args(["check", "-q"]).run();
    let objects = Objects::of(&kubectl, &ran.join("boot"));
    assert_eq!(objects.one("Deployment")["spec"]["replicas"], 3);
    let pod = objects.pod();
    assert_eq!(pod["initContainers"][0]["image"], "registry.example.com/okdboot:0.1.0");
    let images = &pod["initContainers"][0]["env"][0]["valueFrom"]["configMapKeyRef"]["name"];
    let map = objects.all("ConfigMap").into_iter().find(|map| map["metadata"]["name"] == *images).unwrap();
    assert_eq!(map["data"]["url"], "http://s3.example.com/coreos");
    let secret = &pod["initContainers"][0]["envFrom"][0]["secretRef"]["name"];
    assert!(objects.all("Secret").iter().any(|it| it["metadata"]["name"] == *secret), "{secret}");
    let namespace = format!("okdboot-{site}");
    let others = objects.0.iter().filter(|object| object["kind"] != "Namespace");
    assert!(others.clone().count() > 7 && others.clone().all(|it| it["metadata"]["namespace"] == namespace));
}

/// The bucket is nobody's but the key's: each image is asked for by a URL that is signed.
#[test]
fn a_pod_gets_its_images_from_a_private_bucket() {
    let (Some(kubectl), Some(store)) = (tool("kubectl"), Store::start()) else { return };
    let mut stage = Stage::right("");
    let ran = stage.again().args(RENDER).run().status(0);
    let endpoint = format!("http://127.0.0.1:{}", store.port);
    let sandbox = Store::sandbox(ran.again()).env("AWS_ENDPOINT_URL", &endpoint);
    let ran = sandbox.args(["assets", "sync", "s3://boot/coreos", "-o", "out", "-q"]).run().status(0);
    let objects = Objects::of(&kubectl, &ran.join("k/kubernetes").join(&sites(&ran, "k")[0]));
    objects.mount(&ran.join("boot"));
    let unpack = |ran: Ran, images: &str| {
        let sandbox = Store::sandbox(ran.again()).env("AWS_ENDPOINT_URL", &endpoint);
        sandbox.args(["unpack", "boot", "--images", images, "-o", "tree"]).run()
    };
    let ran = unpack(ran, "s3://boot/elsewhere").status(4);
    let said = ran.stderr_text();
    assert!(said.contains("/boot/elsewhere/") && !said.contains("X-Amz"), "{said}");
    let ran = unpack(ran, "s3://boot/coreos").status(0);
    assert_eq!(files(&ran.join("tree/matchbox")), files(&ran.join("out/matchbox")));
    assert!(
        !ran.stdout_text().contains("X-Amz") && !ran.stderr_text().contains("X-Amz"),
        "{}",
        ran.stdout_text()
    );
}

#[test]
fn every_fault_of_a_volume_is_said_at_once() {
    let Some(kubectl) = tool("kubectl") else { return };
    let mut stage = Stage::right("");
    let ran = stage.again().args(RENDER).run().status(0);
    let objects = Objects::of(&kubectl, &ran.join("k/kubernetes").join(&sites(&ran, "k")[0]));
    objects.mount(&ran.join("boot"));
    let group = "matchbox__groups__lab-w0.json";
    let data = ran.join("boot/..data");
    fs::write(data.join(group), "{}").unwrap();
    fs::remove_file(ran.join("boot").join("matchbox__groups__lab-w1.json")).unwrap();
    fs::write(ran.join("boot/http__evil"), "x").unwrap();
    fs::write(ran.join("boot/..__up"), "x").unwrap();
    fs::write(ran.join("boot/_x"), "x").unwrap();
    let ran = ran.again().args(["unpack", "boot", "-o", "tree"]).run().status(3).expect_absent("tree");
    let said = ran.stderr_text();
    for fault in [
        "`matchbox/groups/lab-w0.json` is not the file that the manifest of its cluster names",
        "`matchbox/groups/lab-w1.json` is missing",
        "`http/evil` is in no manifest",
        "`_x` is no key that `okdboot render` writes",
    ] {
        assert_eq!(said.matches(fault).count(), 1, "{fault}: {said}");
    }
    let ran = ran.again().folder("empty").args(["unpack", "empty", "-o", "tree"]).run().status(3);
    assert!(ran.stderr_text().contains("no manifest is in it"), "{}", ran.stderr_text());
    let ran = ran.again().args(["unpack", "none", "-o", "tree"]).run().status(6);
    assert!(ran.stderr_text().contains("cannot read `none`"), "{}", ran.stderr_text());
}

/// Copies of Ignition files are as secret as the files: in diffs, also of what goes, and in bundles.
#[test]
fn secrets_are_neither_shown_nor_carried() {
    let mut stage = Stage::right("");
    let ran = stage.again().args(RENDER).run().status(0);
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let copies: Vec<PathBuf> = files(&ran.join("k/kubernetes"))
        .into_iter()
        .filter(|(path, _)| path.contains(".ign"))
        .map(|(path, _)| ran.join("k/kubernetes").join(path))
        .collect();
    assert!(copies.len() >= 6 && copies.iter().all(|path| mode(path) == 0o600), "{copies:?}");
    let text = fs::read_to_string(ran.join("vars.yaml")).unwrap();
    let moved = text
        .lines()
        .map(|line| if line.contains("  url: ") { "  url: http://x.example.com:1" } else { line });
    let ran = ran.again().vars(moved.collect::<Vec<_>>().join("\n") + "\n");
    let ran = ran.args(RENDER).arg("--diff").run().status(0);
    let said = ran.stdout_text();
    assert!(said.contains("bootstrap.ign") && said.contains("x-example-com-1"), "{said}");
    assert!(!said.contains("\"passwd\"") && !said.contains("ignition\":{"), "{said}");
    let own = ["render", "--only", "kubernetes", "--ignition", "ignition", "-o", "out", "-q"];
    let ran = ran.again().vars(text).args(own).run().status(0);
    let ran = ran.again().args(["bundle", "export", "b.tar", "-o", "out"]).run().status(0);
    let bundle = fs::read(ran.join("b.tar")).unwrap();
    let has = |text: &str| bundle.windows(text.len()).any(|part| part == text.as_bytes());
    let secret = fs::read_to_string(ran.join("ignition/worker.ign")).unwrap();
    assert!(has("matchbox/groups/lab-w0.json") && !has("kubernetes/") && !has(&secret));
}

#[test]
fn what_cannot_travel_is_refused() {
    let mut stage = Stage::right("");
    // Without the Ignition files no Secret can be made.
    let ran = stage.again().args(["render", "--only", "kubernetes", "-o", "k"]).run().status(3);
    let said = ran.stderr_text();
    assert!(
        said.contains("error[R010]: `lab` has no `bootstrap.ign`, `master.ign` and `worker.ign`"),
        "{said}"
    );
    let large = json!({"ignition": {"version": "3.2.0"}, "storage": {"files": [
        {"path": "/etc/x", "contents": {"source": format!("data:,{}", "x".repeat(1 << 20))}}]}});
    fs::write(ran.join("ignition/worker.ign"), large.to_string()).unwrap();
    let ran = ran.again().args(RENDER).run().status(3).expect_absent("k");
    let said = ran.stderr_text();
    assert!(said.contains("error[R042]: `matchbox/"), "{said}");
}

#[test]
fn a_cluster_that_moves_or_goes_leaves_its_site() {
    let Some(kubectl) = tool("kubectl") else { return };
    let mut stage = Stage::right("");
    let ran = stage.again();
    let path = ran.path().join("vars.yaml");
    let one = fs::read_to_string(&path).unwrap();
    let url = stage.web.url("");
    let two = one
        .replace("clusterid: lab", "clusterid: b")
        .replace("192.168.9.", "192.168.8.")
        .replace(":00:09:00:", ":00:08:00:");
    let lock = fs::read_to_string(ran.path().join("okdboot.lock")).unwrap();
    let mut lock: Value = serde_json::from_str(&lock).unwrap();
    lock["clusters"]["b"] = lock["clusters"]["lab"].clone();
    fs::write(ran.path().join("okdboot.lock"), lock.to_string()).unwrap();
    fs::write(ran.path().join("b.yaml"), &two).unwrap();
    for id in ["lab", "b"] {
        fs::create_dir_all(ran.path().join("all").join(id)).unwrap();
        for role in ["bootstrap", "master", "worker"] {
            let from = ran.path().join(format!("ignition/{role}.ign"));
            let text = fs::read_to_string(from).unwrap().replace("lab.example", &format!("{id}.example"));
            fs::write(ran.path().join(format!("all/{id}/{role}.ign")), text).unwrap();
        }
    }
    let both = [
        "render",
        "--only",
        "kubernetes",
        "--ignition",
        "all",
        "-o",
        "k",
        "-q",
        "-f",
        "vars.yaml",
        "-f",
        "b.yaml",
    ];
    let ran = ran.args(both).run().status(0);
    let first = sites(&ran, "k");
    assert_eq!(first.len(), 1);
    let listed = |ran: &Ran, site: &str| {
        fs::read_to_string(ran.join("k/kubernetes").join(site).join("kustomization.yaml")).unwrap()
    };
    assert!(listed(&ran, &first[0]).contains(&format!("  - b  # {url}\n  - lab  # {url}\n")));
    // One of them alone leaves the other where it is.
    let ran = ran.again().args(RENDER).run().status(0);
    assert!(listed(&ran, &first[0]).contains("  - b  #"));
    let moved = two.replace(&url, "http://boot.example.com:8080");
    let ran = ran.again().file("b.yaml", moved).args(both).run().status(0);
    let [own, other] = &sites(&ran, "k")[..] else { panic!("{:?}", sites(&ran, "k")) };
    let (own, other) = if own == &first[0] { (own, other) } else { (other, own) };
    assert!(
        !listed(&ran, own).contains("- b ")
            && listed(&ran, other).contains("  - b  # http://boot.example.com:8080")
    );
    for site in [own, other] {
        let objects = Objects::of(&kubectl, &ran.join("k/kubernetes").join(site));
        assert_eq!(objects.one("Namespace")["metadata"]["name"], format!("okdboot-{site}"));
        assert_eq!(objects.all("Secret").len(), 1);
    }
    let ran = ran.again().args(["remove", "lab", "-o", "k", "-q"]).run().status(0);
    assert_eq!(sites(&ran, "k"), ["boot-example-com-8080"]);
    let ran = ran.again().args(["remove", "b", "-o", "k", "-q"]).run().status(0);
    assert_eq!(files(&ran.join("k/kubernetes")), [], "the base went with the last of them");
}

/// The server validates strictly, and admits pods to a namespace that is restricted.
#[test]
fn a_real_api_server_takes_every_manifest() {
    let Some(api) = ApiServer::start() else { return };
    let (mut stage, many) = (Stage::right(""), 700);
    let ran = stage.again();
    let workers: String = (0..many)
        .map(|at| {
            let (high, low) = (at / 200, at % 200 + 1);
            format!("  - {{ name: n{at}, ipaddr: 10.9.{high}.{low}, macaddr: \"52:54:00:0b:{high:02x}:{low:02x}\" }}\n")
        })
        .collect();
    let text = fs::read_to_string(ran.path().join("vars.yaml")).unwrap();
    let text = text.replace("okdboot:\n", &format!("{workers}okdboot:\n"));
    let ran = ran.vars(text).args(RENDER).run().status(0);
    let overlay = ran.join("k/kubernetes").join(&sites(&ran, "k")[0]).display().to_string();
    let components = ["matchbox", "openshift"];
    for (at, more) in [None, Some(components[0]), Some(components[1])].into_iter().enumerate() {
        let folder = ran.join(&format!("own{at}"));
        fs::create_dir(&folder).unwrap();
        let more = more.map_or_else(String::new, |more| format!("components: [../k/kubernetes/{more}]\n"));
        let site = &sites(&ran, "k")[0];
        let text = format!("resources: [../k/kubernetes/{site}]\nnamespace: own{at}\n{more}");
        fs::write(folder.join("kustomization.yaml"), text).unwrap();
        let folder = folder.display().to_string();
        let said = api.done(&["apply", "--server-side", "--validate=strict", "-k", &folder]);
        assert!(!said.to_lowercase().contains("warning"), "{said}");
        api.done(&["-n", &format!("own{at}"), "create", "serviceaccount", "default"]);
        let deployment = api.done(&["-n", &format!("own{at}"), "get", "deployment", "okdboot", "-o", "json"]);
        let deployment: Value = serde_json::from_str(&deployment).unwrap();
        let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"},
            "spec": deployment["spec"]["template"]["spec"]});
        let file = ran.join("pod.json");
        fs::write(&file, pod.to_string()).unwrap();
        let create = ["-n", &format!("own{at}"), "create", "--dry-run=server", "-f", file.to_str().unwrap()];
        api.done(&create);
        // The namespace is restricted: with one right more the pod is refused.
        let mut wrong = pod;
        wrong["spec"]["containers"][0]["securityContext"]["allowPrivilegeEscalation"] = true.into();
        fs::write(&file, wrong.to_string()).unwrap();
        let refused = api.run(&create);
        assert!(String::from_utf8_lossy(&refused.stderr).contains("violates PodSecurity"), "{refused:?}");
    }
    // More than one ConfigMap holds is in several; and the overlay itself is applied, twice.
    api.done(&["apply", "--server-side", "-k", &overlay]);
    let versions =
        || api.done(&["get", "-k", &overlay, "-o", "jsonpath={.items[*].metadata.resourceVersion}"]);
    let before = versions();
    api.done(&["apply", "--server-side", "-k", &overlay]);
    assert_eq!(versions(), before, "the second time changes nothing");
    let maps = api.done(&["get", "configmap", "-A", "-o", "name"]);
    assert!(maps.matches("lab-boot-").count() >= 2 * 4, "{maps}");
}

/// kubeconform with the schemas of the server itself, which has them without a network: nothing unknown may
/// stand in an object.
#[test]
fn kubeconform_finds_no_fault_with_the_schemas_of_the_server() {
    let (Some(kubeconform), Some(kubectl), Some(api)) =
        (tool("kubeconform"), tool("kubectl"), ApiServer::start())
    else {
        return;
    };
    let mut stage = Stage::right("");
    let ran = stage.again().args(RENDER).run().status(0);
    let site = ran.join("k/kubernetes").join(&sites(&ran, "k")[0]);
    let objects = Objects::of(&kubectl, &site);
    // What is said of pods is said of these.
    let labels = &objects.one("Deployment")["spec"]["template"]["metadata"]["labels"];
    assert_eq!(&objects.one("Service")["spec"]["selector"], labels);
    assert_eq!(&objects.one("NetworkPolicy")["spec"]["podSelector"]["matchLabels"], labels);
    assert_eq!(&objects.one("PodDisruptionBudget")["spec"]["selector"]["matchLabels"], labels);
    let mut document: Value = serde_json::from_str(&api.done(&["get", "--raw", "/openapi/v2"])).unwrap();
    close(&mut document["definitions"]);
    let schemas = ran.join("schemas");
    fs::create_dir(&schemas).unwrap();
    for object in &objects.0 {
        let (version, kind) = (object["apiVersion"].as_str().unwrap(), object["kind"].as_str().unwrap());
        let (name, schema) = schema_of(&document, version, kind);
        fs::write(schemas.join(name), schema.to_string()).unwrap();
    }
    let judge = |objects: &Objects| {
        let text: String = objects.0.iter().map(|object| format!("---\n{object}\n")).collect();
        let file = ran.join("objects.yaml");
        fs::write(&file, text).unwrap();
        let location = format!("{}/{{{{ .ResourceKind }}}}{{{{ .KindSuffix }}}}.json", schemas.display());
        let args = ["-strict", "-summary", "-schema-location", &location];
        let done = Command::new(&kubeconform).args(args).arg(file).env_clear().output().unwrap();
        (done.status.success(), String::from_utf8(done.stdout).unwrap())
    };
    let (is_good, said) = judge(&objects);
    assert!(is_good && said.contains(&format!("Valid: {}", objects.0.len())), "{said}");
    let mut wrong = objects;
    wrong.0.iter_mut().for_each(|object| object["spec"]["replica"] = 2.into());
    let (is_good, said) = judge(&wrong);
    assert!(!is_good && said.contains("replica"), "{said}");
}

/// Refuses members that a type does not have, and lets an integer be a text where it may.
fn close(value: &mut Value) {
    if value["format"] == "int-or-string" {
        *value = json!({"oneOf": [{"type": "string"}, {"type": "integer"}]});
    }
    match value {
        Value::Object(members) => {
            let is_type = members.get("type").is_some_and(|kind| kind == "object");
            if is_type && members.contains_key("properties") {
                members.entry("additionalProperties").or_insert(false.into());
            }
            members.values_mut().for_each(close);
        }
        Value::Array(items) => items.iter_mut().for_each(close),
        _ => {}
    }
}

/// The schema of a kind, and the name under which kubeconform looks for it.
fn schema_of(document: &Value, version: &str, kind: &str) -> (String, Value) {
    let (group, number) = version.rsplit_once('/').unwrap_or(("", version));
    let is_kind = |definition: &Value| {
        let kinds = definition["x-kubernetes-group-version-kind"].as_array();
        let due = json!({"group": group, "version": number, "kind": kind});
        kinds.is_some_and(|kinds| kinds.len() == 1 && kinds[0] == due)
    };
    let definitions = document["definitions"].as_object().unwrap();
    let (name, _) = definitions.iter().find(|(_, definition)| is_kind(definition)).unwrap();
    let short = group.split('.').next().filter(|short| !short.is_empty());
    let suffix = short.map_or_else(|| format!("-{number}"), |short| format!("-{short}-{number}"));
    let schema = json!({"$ref": format!("#/definitions/{name}"), "definitions": definitions});
    (format!("{}{suffix}.json", kind.to_lowercase()), schema)
}
