//! `services diff|install`: the files of daemons where these look for them, judged by the daemons.

use std::env;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::sandbox::{Ran, Sandbox};
use crate::tool::{succeed, tool};

/// Set where this machine's `/etc` and `/var/lib` are copies of the test's own.
const INSIDE: &str = "OKDBOOT_TEST_INSIDE_ITS_OWN_ETC";

const VARS: &str = r#"
disk: /dev/vda
helper: {name: helper, ipaddr: 10.0.2.2, networkifacename: srv0}
dns: {domain: example.com, clusterid: lab, forwarder1: 10.0.2.1}
dhcp: {router: 10.0.2.1, netmask: 255.255.255.0, bcast: 10.0.2.255, ipid: 10.0.2.0, netmaskid: 255.255.255.0}
bootstrap: {name: bootstrap, ipaddr: 10.0.2.20, macaddr: "52:54:00:00:00:20"}
masters: [{name: master0, ipaddr: 10.0.2.21, macaddr: "52:54:00:00:00:21"}]
chronyconfig: {enabled: true, content: [{server: 10.0.2.2, options: iburst}]}
high_availability:
  helpernodes:
  - {name: helper1, ipaddr: 10.0.2.3, state: MASTER, priority: 90}
  - {name: helper2, ipaddr: 10.0.2.4, state: BACKUP, priority: 80}
"#;

const KINDS: &str = "dnsmasq,kea,dhcpd,bind,unbound,haproxy,keepalived,chrony,firewall,containers";

fn render(sandbox: Sandbox, services: &str) -> Ran {
    let vars = format!("{VARS}okdboot: {{stream: okd-4.20, services: {{{services}}}}}\n");
    sandbox.vars(vars).args(["render", "-o", "out", "--only", KINDS, "--no-native", "-q"]).run().status(0)
}

/// A system in a folder: what its release file says, folders and files.
fn system(release: &str, folders: &[&str], files: &[(&str, &str)]) -> Sandbox {
    let mut sandbox = Sandbox::new().file("root/etc/os-release", release);
    for folder in folders {
        sandbox = sandbox.folder(&format!("root/{folder}"));
    }
    for (path, text) in files {
        sandbox = sandbox.file(&format!("root/{path}"), text);
    }
    sandbox
}

const ROCKY: &str = "NAME=\"Rocky Linux\"\nID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\n";

fn services(ran: Ran, args: &[&str]) -> Ran {
    ran.again().args(["services"]).args(args).args(["--root", "root", "-o", "out"]).run()
}

/// What the two commands print where something is due, where a copy is kept, and where nothing is left.
pub fn documents() -> Vec<(String, Value)> {
    let system = system(ROCKY, &["etc/haproxy"], &[("etc/haproxy/haproxy.cfg", "mine\n")]);
    let mut ran = render(system, "dhcp: none, dns: none, time: none");
    let mut seen = Vec::new();
    let mut step = |ran: Ran, args: &[&str], exit| {
        let ran = services(ran, &[args, &["--helper", "helper1", "--format", "json"]].concat()).status(exit);
        seen.push((format!("services-{}", args[0]), serde_json::from_str(&ran.stdout_text()).unwrap()));
        ran
    };
    ran = step(ran, &["diff"], 1);
    for (folder, file) in [("keepalived", "x"), ("sysconfig", "nftables.conf")] {
        fs::create_dir_all(ran.join(&format!("root/etc/{folder}"))).unwrap();
        let line = "include \"/etc/nftables/okdboot.nft\"\n";
        fs::write(ran.join(&format!("root/etc/{folder}/{file}")), line).unwrap();
    }
    ran = step(ran, &["install", "--force"], 0);
    ran = step(ran, &["diff"], 0);
    fs::write(ran.join("root/etc/keepalived/keepalived.conf"), "mine\n").unwrap();
    step(ran, &["install"], 1);
    seen
}

fn text(ran: &Ran, path: &str) -> String {
    fs::read_to_string(ran.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

#[test]
fn files_go_where_the_distribution_has_them() {
    let folders = ["etc/dnsmasq.d", "etc/haproxy", "etc/keepalived", "etc/sysconfig", "etc/selinux"];
    let files = [
        ("etc/chrony.conf", "# mine\nserver ntp.example.com\n"),
        ("etc/hostname", "helper2.example.com\n"),
        ("etc/sysconfig/nftables.conf", "include \"/etc/nftables/main.nft\"\n"),
    ];
    let ran = render(system(ROCKY, &folders, &files), "");
    let ran = services(ran, &["diff"]).status(1);
    assert!(ran.stdout_text().contains("+++ b/etc/haproxy/haproxy.cfg\n"), "{}", ran.stdout_text());
    let said = "add to /etc/chrony.conf: include /etc/chrony.okdboot\n\
                add to /etc/sysconfig/nftables.conf: include \"/etc/nftables/okdboot.nft\"\n";
    let due = format!(
        "new      /etc/dnsmasq.conf\n\
         new      /etc/dnsmasq.d/okdboot/lab.conf\n\
         new      /etc/haproxy/haproxy.cfg\n\
         new      /etc/keepalived/keepalived.conf\n\
         new      /etc/chrony.okdboot\n\
         new      /etc/nftables/okdboot.nft\n\
         {said}\
         then run:\n  \
         systemctl --root=root enable dnsmasq haproxy keepalived chronyd\n"
    );
    let ran = services(ran, &["install", "--dry-run"]).status(1).stdout(&due);
    let ran = ran.expect_absent("root/etc/dnsmasq.conf").expect_absent("root/var");
    let ran = services(ran, &["install"]).status(1).stdout(&due);
    let main = text(&ran, "root/etc/dnsmasq.conf");
    assert!(main.contains("\nconf-file=/etc/dnsmasq.d/okdboot/lab.conf\n"), "{main}");
    assert_eq!(
        text(&ran, "root/etc/keepalived/keepalived.conf"),
        text(&ran, "out/services/keepalived/helper2.conf")
    );
    assert_eq!(text(&ran, "root/etc/chrony.conf"), files[0].1);
    // What a person has added is seen, and nothing is left.
    for (path, line) in [
        ("root/etc/chrony.conf", "include /etc/chrony.okdboot"),
        ("root/etc/sysconfig/nftables.conf", "include \"/etc/nftables/okdboot.nft\""),
    ] {
        fs::write(ran.join(path), text(&ran, path) + line + "\n").unwrap();
    }
    let ran = services(ran, &["install"]).status(0).stdout("");
    let ran = services(ran, &["diff"]).status(0).stdout("").stderr("");
    // No other file, and no copies, since nothing was replaced.
    ran.expect_absent("root/var");
}

#[test]
fn what_is_replaced_stays_as_a_copy_and_what_is_gone_goes() {
    let folders = ["etc/unbound/conf.d", "etc/haproxy", "etc/keepalived"];
    let files = [
        ("etc/sysconfig/nftables.conf", "include \"/etc/nftables/okdboot.nft\"\n"),
        ("etc/hostname", "helper1\n"),
    ];
    let ran = render(system(ROCKY, &folders, &files), "dns: unbound, dhcp: none, time: none");
    let ran = services(ran, &["install"]).status(0);
    let haproxy = "root/etc/haproxy/haproxy.cfg";
    let old = text(&ran, haproxy) + "# by hand\n";
    fs::write(ran.join(haproxy), &old).unwrap();
    fs::set_permissions(ran.join(haproxy), fs::Permissions::from_mode(0o640)).unwrap();
    fs::write(
        ran.join("root/etc/unbound/conf.d/okdboot-old.conf"),
        text(&ran, "root/etc/unbound/conf.d/okdboot-lab.conf"),
    )
    .unwrap();
    let ran = services(ran, &["install", "--format", "json"]).status(0);
    let document: Value = serde_json::from_str(&ran.stdout_text()).unwrap();
    let of = |path: &str| {
        document["files"].as_array().unwrap().iter().find(|file| file["path"] == path).unwrap().clone()
    };
    assert_eq!(of("/etc/haproxy/haproxy.cfg")["copy"], "/var/lib/okdboot/replaced/etc/haproxy/haproxy.cfg.1");
    assert_eq!(of("/etc/unbound/conf.d/okdboot-old.conf")["action"], "remove");
    assert_eq!(of("/etc/unbound/conf.d/okdboot-lab.conf")["action"], "same");
    let mode = |path: &str| fs::metadata(ran.join(path)).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(haproxy), 0o640);
    let copies = "root/var/lib/okdboot/replaced/etc";
    let copy = format!("{copies}/haproxy/haproxy.cfg.1");
    assert_eq!((text(&ran, &copy), mode(&copy)), (old, 0o600));
    let ran = ran.expect_absent("root/etc/unbound/conf.d/okdboot-old.conf");
    assert!(ran.join(&format!("{copies}/unbound/conf.d/okdboot-old.conf.1")).exists());
    // Nothing is rendered for haproxy any more: the file stays, and how to end it is said.
    let ran = render(ran.again(), "dns: none, dhcp: none, time: none, balancer: none");
    let ran = services(ran, &["install"]).status(0);
    assert!(ran.join(haproxy).exists());
}

#[test]
fn files_of_other_people_stay() {
    let kea = "{\"Dhcp4\": {\"password\": \"swordfish\"}}\n";
    let folders = ["etc/kea", "etc/haproxy", "etc/keepalived"];
    let files = [("etc/kea/kea-dhcp4.conf", kea), ("etc/hostname", "other\n")];
    let ran = render(system(ROCKY, &folders, &files), "dhcp: kea, dns: none, time: none");
    let ran = services(ran, &["diff"]).status(1);
    let said = ran.stdout_text() + &ran.stderr_text();
    assert!(!said.contains("swordfish"), "{said}");
    let ran = services(ran, &["install"]).status(1);
    for line in [
        "kept /etc/kea/kea-dhcp4.conf: it is not okdboot's; `--force` replaces it and keeps a copy\n",
        "nftables is not installed: `dnf install nftables`\n",
        "this machine is none of the helpers helper1, helper2: name it with `--helper NAME`\n",
    ] {
        assert!(ran.stdout_text().contains(line), "{}", ran.stdout_text());
    }
    assert_eq!(text(&ran, "root/etc/kea/kea-dhcp4.conf"), kea);
    let ran = ran.expect_absent("root/etc/keepalived/keepalived.conf");
    let ran = services(ran, &["install", "--force", "--helper", "helper1"]).status(1);
    assert!(text(&ran, "root/etc/kea/kea-dhcp4.conf").contains("okdboot-cluster"));
    assert_eq!(text(&ran, "root/var/lib/okdboot/replaced/etc/kea/kea-dhcp4.conf.1"), kea);
    assert!(text(&ran, "root/etc/keepalived/keepalived.conf").contains("priority 90"));
}

#[test]
fn what_is_in_the_way_is_said_before_anything_is_written() {
    let folders = ["etc/haproxy/haproxy.cfg", "etc/keepalived"];
    let ran = render(system(ROCKY, &folders, &[]), "dhcp: none, dns: none, time: none");
    std::os::unix::fs::symlink("../x", ran.join("root/etc/keepalived/keepalived.conf")).unwrap();
    let ran = services(ran, &["install", "--helper", "helper1"]).status(6);
    let said = ran.stderr_text();
    assert!(said.contains("`/etc/haproxy/haproxy.cfg`: `etc/haproxy/haproxy.cfg` is a folder"), "{said}");
    assert!(said.contains("keepalived.conf` is a symlink"), "{said}");
    let ran = services(ran.expect_absent("root/var"), &["install", "--root", "nowhere"]);
    ran.status(2);
    let ran = Sandbox::new().args(["services", "install", "-o", "out", "--root", "nowhere"]).run().status(6);
    assert!(ran.stderr_text().contains("there is no `/etc/os-release`"), "{}", ran.stderr_text());
    let ran = system("ID=alpine\nNAME=Alpine\n", &[], &[]);
    let ran = ran.args(["services", "diff", "-o", "out", "--root", "root"]).run().status(3);
    assert!(ran.stderr_text().contains("where `Alpine` has the files"), "{}", ran.stderr_text());
    let ran =
        system(ROCKY, &[], &[]).args(["services", "diff", "-o", "out", "--root", "root"]).run().status(6);
    assert!(ran.stderr_text().contains("no file of services stands in `out`"), "{}", ran.stderr_text());
}

/// rpm itself says whether a file is as its package brought it.
#[test]
fn a_file_that_rpm_brought_is_replaced_until_somebody_changes_it() {
    let (Some(build), Some(rpm)) = (tool("rpmbuild"), tool("rpm")) else { return };
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let spec = "Name: haproxy\nVersion: 1\nRelease: 1\nSummary: x\nLicense: x\nBuildArch: noarch\n\
                %description\nx\n%install\nmkdir -p %{buildroot}/etc/haproxy\n\
                echo packaged > %{buildroot}/etc/haproxy/haproxy.cfg\n\
                %files\n%config(noreplace) /etc/haproxy/haproxy.cfg\n";
    let sandbox = system(ROCKY, &["tmp"], &[]).file("haproxy.spec", spec);
    let top = sandbox.path().to_owned();
    let define = format!("_topdir {}", top.join("rpm").display());
    succeed(
        Command::new(build).args(["-bb", "--define", &define, "haproxy.spec"]).current_dir(&top),
        "rpmbuild",
    );
    let package = top.join("rpm/RPMS/noarch/haproxy-1-1.noarch.rpm");
    let mut command = Command::new(rpm);
    command.arg("--root").arg(top.join("root")).args(["-i", "--nodeps", "--noscripts"]).arg(package);
    succeed(&mut command, "rpm");
    let ran = render(sandbox, "dhcp: none, dns: none, time: none");
    let install = |ran: Ran| {
        // The rpm of Debian has its database at home.
        let home = env::var_os("HOME").unwrap_or_default();
        let sandbox = ran.again().with_path().env("HOME", home).args(["services", "install", "--dry-run"]);
        sandbox.args(["--root", "root", "-o", "out"]).run().status(1)
    };
    let ran = install(ran);
    assert!(ran.stdout_text().starts_with("update   /etc/haproxy/haproxy.cfg\n"), "{}", ran.stdout_text());
    fs::write(ran.join("root/etc/haproxy/haproxy.cfg"), "changed\n").unwrap();
    let ran = install(ran);
    assert!(ran.stdout_text().contains("\nkept /etc/haproxy/haproxy.cfg"), "{}", ran.stdout_text());
}

/// Runs a test once more where `/etc` and `/var/lib/okdboot` are its own; they go with the process.
fn inside(name: &str, test: impl FnOnce()) {
    if env::var_os(INSIDE).is_some() {
        return test();
    }
    let own = tempfile::tempdir().unwrap();
    // The key of the root zone is fetched when Unbound starts: there is none here. Rules of nftables are for
    // hosts without firewalld.
    let script = "set -e; cp -a /etc \"$1/etc\"; mkdir \"$1/lib\"; mount --bind \"$1/etc\" /etc\n\
                  mkdir -p /var/lib/okdboot; mount --bind \"$1/lib\" /var/lib/okdboot\n\
                  ip link add srv0 type veth; mkdir -p /etc/dnsmasq.d\n\
                  rm -f /etc/unbound/unbound.conf.d/root-auto-trust-anchor-file.conf\n\
                  rm -rf /etc/firewalld; shift; exec \"$@\"";
    let output = Command::new("unshare")
        .args(["--kill-child", "--mount", "--net", "--pid", "--fork", "sh", "-c", script, "sh"])
        .arg(own.path())
        .arg(env::current_exe().unwrap())
        .args(["--exact", "--nocapture", &format!("place::{name}")])
        .env(INSIDE, "1")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}

/// The daemons of this very machine read what was put in place, where their packages have it.
#[test]
fn daemons_read_what_was_put_in_place() {
    let is_debian = fs::read_to_string("/etc/os-release").is_ok_and(|text| text.contains("ID=debian"));
    if !is_debian || !rustix::process::geteuid().is_root() || tool("haproxy").is_none() {
        return;
    }
    inside("daemons_read_what_was_put_in_place", || {
        for services in ["dhcp: kea, dns: bind", "dhcp: dnsmasq, dns: dnsmasq", "dhcp: dhcpd, dns: unbound"] {
            let ran = render(Sandbox::new(), services);
            let ran =
                ran.again().with_path().args(["services", "install", "--helper", "helper2", "-o", "out"]);
            let ran = ran.run().status(1);
            let said = ran.stdout_text();
            assert!(!said.contains("kept") && !said.contains("not installed"), "{said}");
            assert!(said.contains("  systemctl enable "), "{said}");
        }
        let checks: &[(&str, &[&str])] = &[
            ("named-checkconf", &["-z"]),
            ("unbound-checkconf", &[]),
            ("haproxy", &["-c", "-f", "/etc/haproxy/haproxy.cfg"]),
            ("kea-dhcp4", &["-t", "/etc/kea/kea-dhcp4.conf"]),
            ("dhcpd", &["-t", "-cf", "/etc/dhcp/dhcpd.conf"]),
            ("chronyd", &["-p", "-f", "/etc/chrony/chrony.conf"]),
            ("dnsmasq", &["--test", "-7", "/etc/dnsmasq.d,.dpkg-dist,.dpkg-old,.dpkg-new"]),
            ("keepalived", &["-t", "-f", "/etc/keepalived/keepalived.conf"]),
            ("nft", &["-c", "-f", "/etc/nftables.okdboot"]),
        ];
        for (program, args) in checks {
            let Some(found) = tool(program) else { continue };
            succeed(Command::new(found).args(*args), program);
        }
        let zones = Command::new(tool("named-checkconf").unwrap()).arg("-z").output().unwrap();
        let zones = String::from_utf8_lossy(&zones.stdout).into_owned();
        assert!(zones.contains("zone lab.example.com/IN: loaded serial 1"), "{zones}");
        assert!(Path::new("/etc/unbound/unbound.conf.d/okdboot-lab.conf").exists());
    });
}
