//! `render --only terraform`, with Terraform itself, the real provider and real matchbox.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

use crate::golden::render;
use crate::sandbox::{Ran, Sandbox};
use crate::tool::{Matchbox, tool};
use crate::{names_in, read};

const RENDER: [&str; 8] = ["render", "--only", "terraform", "-o", "out", "--ignition", "ignition", "-q"];

fn text(ran: &Ran, path: &str) -> Value {
    serde_json::from_str(&fs::read_to_string(ran.join(path)).unwrap()).unwrap()
}

#[test]
fn it_is_written_where_somebody_asks_and_goes_with_the_cluster() {
    let ran = render("dhcp");
    let ran = ran.expect_absent("out/terraform");
    let ran = ran.again().args(RENDER).run().status(0);
    assert_eq!(names_in(&ran.join("out/terraform")), ["_provider.tf.json", "ocp4.tf.json"]);
    let profile = &text(&ran, "out/terraform/ocp4.tf.json")["resource"]["matchbox_profile"]["ocp4-worker"];
    assert_eq!(
        profile["raw_ignition"], "${file(\"${path.module}/../matchbox/ignition/ocp4-worker.ign\")}",
        "{profile}"
    );
    // No secret is in it: neither of Ignition files nor of certificates.
    let all = read(ran.join("out/terraform/ocp4.tf.json").to_str().unwrap())
        + &read(ran.join("out/terraform/_provider.tf.json").to_str().unwrap());
    assert!(!all.contains("/etc/case") && !all.contains("BEGIN "), "{all}");
    // A render of everything leaves it alone; the same render finds nothing to do.
    let ran = ran.again().args(["render", "-o", "out", "--ignition", "ignition", "--check", "-q"]).run();
    let ran = ran.status(0).again().args(RENDER).args(["--check"]).run().status(0);
    let ran = ran.again().args(["verify", "-o", "out"]).run();
    assert!(!ran.stderr_text().contains("terraform"), "{}", ran.stderr_text());
    ran.again()
        .args(["remove", "ocp4", "-o", "out"])
        .run()
        .status(0)
        .expect_absent("out/terraform/ocp4.tf.json");
}

/// Variables of iPXE are no expressions, and a name with a dot is no name of a resource.
#[test]
fn what_terraform_would_read_otherwise_is_written_otherwise() {
    let ran = render("pools").again().args(RENDER).run().status(0);
    let resources = text(&ran, "out/terraform/multi.tf.json")["resource"].clone();
    let profile = &resources["matchbox_profile"]["multi_infra_x86_64"];
    assert_eq!(profile["name"], "multi.infra.x86_64");
    assert!(profile["args"].to_string().contains("mac=$${mac:hexhyp}"), "{profile}");
    let group = &resources["matchbox_group"]["multi-i0"];
    assert_eq!(group["profile"], "${matchbox_profile.multi_infra_x86_64.name}");
}

/// Terraform in a folder, with the provider from a folder of its own and nothing from elsewhere.
struct Terraform {
    program: PathBuf,
    folder: PathBuf,
    home: tempfile::TempDir,
    endpoint: String,
    certs: PathBuf,
}

impl Terraform {
    fn run(&self, args: &[&str]) -> Output {
        let variable = |name: &str, value: &str| (format!("TF_VAR_matchbox_{name}"), value.to_owned());
        let file = |name: &str| self.certs.join(name).display().to_string();
        Command::new(&self.program)
            .args(args)
            .current_dir(&self.folder)
            .env_clear()
            .env("HOME", self.home.path())
            .env("TF_CLI_CONFIG_FILE", self.home.path().join("terraform.rc"))
            .env("TF_DATA_DIR", self.home.path().join("data"))
            .env("CHECKPOINT_DISABLE", "1")
            .envs([
                variable("endpoint", &self.endpoint),
                variable("ca", &file("ca.crt")),
                variable("client_cert", &file("client.crt")),
                variable("client_key", &file("client.key")),
            ])
            .output()
            .unwrap()
    }

    #[track_caller]
    fn done(&self, args: &[&str], status: i32) -> String {
        let done = self.run(args);
        let said =
            format!("{}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
        assert_eq!(done.status.code(), Some(status), "{args:?}: {said}");
        said
    }
}

fn mirror(home: &Path, provider: &Path) {
    let folder = home.join("mirror/registry.terraform.io/poseidon/matchbox/0.5.4/linux_amd64");
    fs::create_dir_all(&folder).unwrap();
    fs::copy(provider, folder.join("terraform-provider-matchbox_v0.5.4")).unwrap();
    let config = format!(
        "provider_installation {{\n  filesystem_mirror {{\n    path = \"{}\"\n  }}\n}}\n",
        home.join("mirror").display()
    );
    fs::write(home.join("terraform.rc"), config).unwrap();
}

/// Plan, apply, an empty second plan, a changed MAC address, destroy; and what the machines get is what `render`
/// says.
#[test]
fn terraform_applies_it_and_finds_nothing_to_do_then() {
    let (Some(program), Some(provider), Some(matchbox)) =
        (tool("terraform"), tool("terraform-provider-matchbox"), tool("matchbox"))
    else {
        return;
    };
    let certs = Sandbox::new().args(["certs", "--san", "IP:127.0.0.1"]).run().status(0);
    let free = || TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let (http, rpc, data) = (free(), free(), tempfile::tempdir().unwrap());
    let server = Matchbox::serve_rpc(&matchbox, data.path(), (&http, &rpc), &certs.join("okdboot-certs"));
    let ran = render("pools").again().args(RENDER).run().status(0);
    let home = tempfile::tempdir().unwrap();
    mirror(home.path(), &provider);
    let terraform = Terraform {
        program,
        folder: ran.join("out/terraform"),
        home,
        endpoint: rpc,
        certs: certs.join("okdboot-certs"),
    };
    terraform.done(&["init", "-input=false", "-no-color"], 0);
    terraform.done(&["apply", "-input=false", "-no-color", "-auto-approve"], 0);
    let said = terraform.done(&["plan", "-input=false", "-no-color", "-detailed-exitcode"], 0);
    assert!(said.contains("No changes"), "{said}");
    for group in names_in(&ran.join("out/matchbox/groups")).iter().filter(|name| !name.contains("installed"))
    {
        let group = text(&ran, &format!("out/matchbox/groups/{group}"));
        let mac = group["selector"]["mac"].as_str().unwrap().replace(':', "-");
        let script = fs::read_to_string(ran.join(&format!("out/http/ipxe/{mac}.ipxe"))).unwrap();
        let script: String =
            script.lines().filter(|line| !line.starts_with("# ")).map(|line| format!("{line}\n")).collect();
        let (status, body) = server.get(&format!("/ipxe?mac={mac}"));
        let found = String::from_utf8(body).unwrap().replace("${mac:hexhyp}", &mac);
        assert_eq!((status, found.trim_end()), (200, script.trim_end()), "{mac}");
        let (status, body) = server.get(&format!("/ignition?mac={mac}&os=installed"));
        assert!(status == 200 && String::from_utf8(body).unwrap().contains("/etc/case"), "{mac}");
    }
    let vars = fs::read_to_string(ran.join("vars.yaml")).unwrap();
    let ran =
        ran.again().vars(vars.replace("52:54:00:01:00:26", "52:54:00:01:00:27")).args(RENDER).run().status(0);
    let said = terraform.done(&["plan", "-input=false", "-no-color", "-detailed-exitcode"], 2);
    assert!(said.contains("Plan: 2 to add, 0 to change, 2 to destroy"), "{said}");
    terraform.done(&["apply", "-input=false", "-no-color", "-auto-approve"], 0);
    assert_eq!(server.get("/ipxe?mac=52-54-00-01-00-26").0, 404);
    assert_eq!(server.get("/ipxe?mac=52-54-00-01-00-27").0, 200);
    terraform.done(&["destroy", "-input=false", "-no-color", "-auto-approve"], 0);
    assert!(names_in(&data.path().join("groups")).is_empty(), "{}", ran.path().display());
}
