//! What `render` writes for the helper: what is missing, what is shared, what is secret, and who is asked.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use crate::readme::{console_commands, expect_accepted, inline_commands};
use crate::sandbox::{Ran, Sandbox};
use crate::tool::tool;

const KINDS: &str =
    "dnsmasq,kea,dhcpd,bind,unbound,haproxy,keepalived,chrony,install-config,firewall,containers,guide";

/// A cluster of one master and one worker, with further text below `okdboot.services`.
fn cluster(id: &str, third: u8, services: &str) -> String {
    format!(
        "disk: /dev/vda\nhelper: {{name: helper, ipaddr: 192.168.7.77}}\n\
         dns: {{domain: example.com, clusterid: {id}}}\n\
         dhcp: {{router: 192.168.7.1, netmask: 255.255.255.0, ipid: 192.168.7.0, netmaskid: 255.255.255.0}}\n\
         bootstrap: {{name: bootstrap, ipaddr: 192.168.7.{third}0, macaddr: \"52:54:00:00:0{third}:20\"}}\n\
         masters: [{{name: master0, ipaddr: 192.168.7.{third}1, macaddr: \"52:54:00:00:0{third}:21\"}}]\n\
         okdboot: {{stream: rhcos-4.20, services: {{{services}}}}}\n"
    )
}

fn render(sandbox: Sandbox, more: &[&str]) -> Ran {
    sandbox.args(["render", "-o", "out", "--only", KINDS, "--no-native"]).args(more).run()
}

fn text(ran: &Ran, path: &str) -> String {
    fs::read_to_string(ran.join(path)).unwrap()
}

#[test]
fn a_value_that_a_service_lacks_is_said_and_the_rest_is_written() {
    let vars = cluster("lab", 2, "")
        .replace("ipid: 192.168.7.0, netmaskid: 255.255.255.0", "poolstart: 192.168.7.100");
    let ran = render(Sandbox::new().vars(vars), &[]).status(0);
    let said = ran.stderr_text();
    assert!(
        said.contains("warning[R030]: no DHCP is rendered for `lab`") && said.contains("`dhcp.ipid`"),
        "{said}"
    );
    assert!(!text(&ran, "out/services/dnsmasq/conf.d/lab.conf").contains("dhcp-host"));
    assert!(text(&ran, "out/services/haproxy/haproxy.cfg").contains("server master0"));
}

#[test]
fn two_clusters_that_need_one_port_are_told() {
    let sandbox = Sandbox::new().file("a.yaml", cluster("lab", 2, "")).file("b.yaml", cluster("prod", 3, ""));
    let ran = render(sandbox, &["-f", "a.yaml", "-f", "b.yaml"]).status(0);
    assert!(
        ran.stderr_text().contains("warning[R031]: `lab` and `prod` both need 192.168.7.77:6443"),
        "{}",
        ran.stderr_text()
    );
    assert!(text(&ran, "out/services/dnsmasq/dnsmasq.conf").contains("conf.d/prod.conf"));
    assert!(!text(&ran, "out/services/haproxy/haproxy.cfg").contains("prod"));
}

#[test]
fn a_cluster_leaves_the_shared_files_when_it_is_removed() {
    let sandbox = Sandbox::new()
        .file("a.yaml", cluster("lab", 2, "dhcp: kea, dns: bind"))
        .file("b.yaml", cluster("prod", 3, "dhcp: kea, dns: bind, balancer: none"));
    // One after the other: the second run has only one of the two.
    let ran = render(sandbox, &["-f", "a.yaml"]).status(0);
    let ran = render(ran.again(), &["-f", "b.yaml"]).status(0);
    let kea = text(&ran, "out/services/kea/kea-dhcp4.conf");
    assert!(kea.contains("52:54:00:00:02:21") && kea.contains("52:54:00:00:03:21"), "{kea}");
    let ran = ran.again().args(["remove", "lab", "-o", "out"]).run().status(0);
    let kea = text(&ran, "out/services/kea/kea-dhcp4.conf");
    assert!(!kea.contains("52:54:00:00:02:21") && kea.contains("52:54:00:00:03:21"), "{kea}");
    let zone = text(&ran, "out/services/bind/zones/7.168.192.in-addr.arpa.zone");
    assert!(!zone.contains("lab") && zone.contains("master0.prod.example.com"), "{zone}");
    let ran = ran
        .expect_absent("out/services/haproxy/haproxy.cfg")
        .expect_absent("out/services/bind/zones/lab.example.com.zone");
    let ran = ran.again().args(["remove", "prod", "-o", "out"]).run().status(0);
    ran.expect_absent("out/services/kea/kea-dhcp4.conf").expect_absent("out/services/bind/named.conf");
}

/// What the daemon does is seen in `daemons::kea_serves_addresses`.
#[test]
fn kea_gives_one_interface_at_a_time() {
    let (_, vars) = shapes().into_iter().find(|(name, _)| *name == "two interfaces that may boot").unwrap();
    for (server, is_said) in [("kea", true), ("dnsmasq", false), ("dhcpd", false)] {
        let vars = format!("{vars}okdboot: {{stream: okd-4.22, services: {{dhcp: {server}}}}}\n");
        let ran = render(Sandbox::new().vars(vars), &["-v"]).status(0);
        let said = ran.stderr_text().contains("notice[R039]: Kea gives `w0` its address");
        assert_eq!(said, is_said, "{server}: {}", ran.stderr_text());
    }
}

#[test]
fn a_url_that_would_end_a_value_is_refused() {
    let vars =
        cluster("lab", 2, "").replace("okdboot: {", "okdboot: {url: \"http://192.168.7.77:8080/a;b\", ");
    let ran = render(Sandbox::new().vars(vars.clone()), &[]).status(3);
    assert!(
        ran.stderr_text().contains("error[R032]: no DHCP server can be told of"),
        "{}",
        ran.stderr_text()
    );
    ran.expect_absent("out/services");
    render(Sandbox::new().vars(vars.replace("services: {", "services: {dhcp: none")), &[]).status(0);
}

#[test]
fn install_config_is_secret_and_takes_what_files_say() {
    let secret = r#"{"auths":{"quay.io":{"auth":"c2VjcmV0"}}}"#;
    let vars = cluster(
        "lab",
        2,
        "pull_secret: pull.json, ssh_key: id.pub, pod_network: [10.128.0.0/14, \"fd01::/48\"], proxy: {http: \"http://proxy.example.com:3128\", no: .example.com}",
    );
    let sandbox = Sandbox::new().vars(format!("{vars}fips: true\nsetup_registry: {{deploy: true}}\n"));
    let sandbox = sandbox.file("pull.json", secret).file("id.pub", "ssh-ed25519 AAAAC3Nz core@helper\n");
    let ran = render(sandbox, &[]).status(0);
    let path = "out/services/install/lab/install-config.yaml";
    assert_eq!(fs::metadata(ran.join(path)).unwrap().permissions().mode() & 0o777, 0o600);
    let config: serde_json::Value = serde_yaml::from_str(&text(&ran, path)).unwrap();
    assert_eq!(config["pullSecret"], secret);
    assert_eq!(config["sshKey"], "ssh-ed25519 AAAAC3Nz core@helper");
    assert_eq!(config["fips"], true);
    assert_eq!(config["controlPlane"]["replicas"], 1);
    assert_eq!(config["compute"][0]["replicas"], 0);
    assert_eq!(config["networking"]["clusterNetwork"][1]["hostPrefix"], 64);
    assert_eq!(config["networking"]["machineNetwork"][0]["cidr"], "192.168.7.0/24");
    assert_eq!(
        config["imageDigestSources"][0]["mirrors"][0],
        "registry.lab.example.com:5000/ocp4/openshift4"
    );
    assert_eq!(config["proxy"]["noProxy"], ".example.com");
    // A change of it shows digests only.
    fs::write(ran.join("pull.json"), secret.replace("c2VjcmV0", "b3RoZXI=")).unwrap();
    let ran = render(ran.again(), &["--diff"]).status(0);
    let said = ran.stdout_text() + &ran.stderr_text();
    assert!(
        said.contains("install-config.yaml") && !said.contains("c2VjcmV0") && !said.contains("b3RoZXI="),
        "{said}"
    );
    // What no pull secret is, and what no public key is, is refused and not shown.
    let wrong = [("pull.json", "hunter2"), ("id.pub", "-----BEGIN OPENSSH PRIVATE KEY-----\nhunter2\n")];
    let ran = wrong.into_iter().fold(ran, |ran, (file, wrong)| {
        let before = text(&ran, file);
        fs::write(ran.join(file), wrong).unwrap();
        let refused = render(ran.again(), &[]).status(3);
        let said = refused.stderr_text();
        assert!(!said.contains("hunter2") && said.contains(file), "{said}");
        fs::write(refused.join(file), before).unwrap();
        refused
    });
    fs::remove_file(ran.join("pull.json")).unwrap();
    let gone = render(ran.again(), &[]).status(6);
    assert!(gone.stderr_text().contains("`okdboot.services.pull_secret`"), "{}", gone.stderr_text());
}

#[test]
fn the_phase_is_kept_and_can_be_taken_back() {
    let ran =
        render(Sandbox::new().vars(cluster("lab", 2, "dns: bind")), &["--phase", "post-bootstrap"]).status(0);
    let zone = "out/services/bind/zones/lab.example.com.zone";
    let has = |ran: &Ran| {
        text(ran, zone).contains("bootstrap")
            || text(ran, "out/services/haproxy/haproxy.cfg").contains("bootstrap")
    };
    assert!(!has(&ran));
    let ran = render(ran.again(), &[]).status(0);
    assert!(!has(&ran), "the next run forgot it");
    let said = ran.stderr_text();
    assert!(
        said.contains("`lab` is past its bootstrap, which is in no file: `--phase install` takes it back"),
        "{said}"
    );
    let ran = render(ran.again(), &["--phase", "install"]).status(0);
    assert!(has(&ran));
    assert_eq!(text(&ran, zone).matches("    2 ; serial").count(), 1);
    render(ran.again(), &["--phase", "later"]).status(2);
}

#[test]
fn what_a_checker_refuses_is_not_published() {
    let Some(_) = tool("haproxy") else { return };
    let template = crate::read("templates/services/haproxy/cluster.j2")
        .replace("{{ host.name }}", "{{ host.name }} !bad");
    let sandbox =
        Sandbox::new().vars(cluster("lab", 2, "")).file("mine/services/haproxy/cluster.j2", template);
    let args = ["render", "-o", "out", "--only", "haproxy", "--templates", "mine"];
    let ran = sandbox.args(args).run().status(3);
    let said = ran.stderr_text();
    assert!(said.contains("error[R033]: `haproxy` refuses `services/haproxy/haproxy.cfg:"), "{said}");
    assert!(said.contains("vars.yaml:6:"), "the value behind the line is not shown: {said}");
    let ran = ran.expect_absent("out/services");
    let ran = ran.again().args(args).arg("--no-native").run().status(0);
    assert!(text(&ran, "out/services/haproxy/haproxy.cfg").contains("!bad"));
}

#[test]
fn what_stands_is_tried_and_who_is_not_here_is_said() {
    let Some(_) = tool("haproxy") else { return };
    let lock = crate::read("testdata/render/dhcp/okdboot.lock");
    let vars = crate::read("testdata/render/dhcp/vars.yaml");
    let sandbox = Sandbox::new().vars(vars).file("okdboot.lock", lock);
    let ran = sandbox.args(["render", "-o", "out", "--quiet"]).run().status(0);
    let ran = ran.again().args(["verify", "-o", "out", "--native"]).run();
    assert!(
        !ran.stdout_text().contains("R033") && !ran.stderr_text().contains("R033"),
        "{}",
        ran.stderr_text()
    );
    let ran = ran.again().env("PATH", "/nowhere/sbin").args(["verify", "-o", "out", "--native", "-v"]).run();
    assert!(
        ran.stderr_text().contains("P083") || ran.stdout_text().contains("P083"),
        "{}",
        ran.stderr_text()
    );
}

/// A tree on the helper, rendered on a laptop: what its files name is not there.
#[test]
fn a_tree_that_stands_elsewhere_is_tried_all_the_same() {
    let services = "dns: bind, dhcp: dnsmasq, balancer: none, root: /srv/no-such-place";
    let sandbox = Sandbox::new()
        .with_path()
        .file("a.yaml", cluster("lab", 2, services))
        .file("b.yaml", cluster("prod", 3, services));
    let args = ["render", "-o", "out", "--only", "dnsmasq,bind"];
    let ran = sandbox.args(args).args(["-f", "a.yaml"]).run().status(0);
    // The file of the other cluster is named there, and is found in the tree.
    let ran = ran.again().args(args).args(["-f", "b.yaml"]).run().status(0);
    let main = text(&ran, "out/services/dnsmasq/dnsmasq.conf");
    assert!(main.contains("/srv/no-such-place/services/dnsmasq/conf.d/lab.conf"), "{main}");
    assert!(text(&ran, "out/services/bind/named.conf").contains("zone \"lab.example.com\""));
}

#[test]
fn what_stands_and_is_wrong_is_found_with_its_line() {
    let Some(_) = tool("haproxy") else { return };
    let lock = crate::read("testdata/render/dhcp/okdboot.lock");
    let sandbox =
        Sandbox::new().vars(crate::read("testdata/render/dhcp/vars.yaml")).file("okdboot.lock", lock);
    let ran = sandbox.args(["render", "-o", "out", "--quiet"]).run().status(0);
    let file = ran.join("out/services/haproxy/haproxy.cfg");
    fs::write(
        &file,
        text(&ran, "out/services/haproxy/haproxy.cfg").replace("balance roundrobin", "balance nonsense"),
    )
    .unwrap();
    let ran = ran.again().args(["verify", "-o", "out", "--native"]).run().status(1);
    assert!(
        ran.stderr_text().contains("error[R033]: `haproxy` refuses `services/haproxy/haproxy.cfg:"),
        "{}",
        ran.stderr_text()
    );
}

/// A machine, with a MAC address of its own.
fn machine(name: &str, address: &str, more: &str) -> String {
    let last = address.bytes().fold(0_u8, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte));
    format!(
        "{{name: {name}, ipaddr: \"{address}\", macaddr: \"52:54:00:00:{:02x}:{last:02x}\"{more}}}",
        name.len()
    )
}

/// Shapes of clusters, each without its `okdboot:`.
pub(crate) fn shapes() -> Vec<(&'static str, String)> {
    let head = |net: &str, mask: &str| {
        format!(
            "disk: /dev/vda\nhelper: {{name: helper, ipaddr: 10.0.0.2, networkifacename: eth0}}\n\
             dns: {{domain: example.com, clusterid: lab, forwarder1: 10.0.0.53}}\n\
             dhcp: {{router: 10.0.0.1, netmask: {mask}, ipid: {net}, netmaskid: {mask}}}\n\
             chronyconfig: {{enabled: true, content: [{{server: 10.0.0.2, options: iburst}}]}}\n"
        )
    };
    let masters = format!("masters: [{}]\n", machine("m0", "10.0.0.11", ""));
    let compact = format!(
        "masters: [{}, {}, {}]\n",
        machine("m0", "10.0.0.11", ""),
        machine("mm1", "10.0.0.12", ""),
        machine("mmm2", "10.0.0.13", "")
    );
    let small = head("10.0.0.0", "255.255.255.224");
    let ha = "high_availability: {helpernodes: [{name: h1, ipaddr: 10.0.0.3, state: MASTER}, {name: h2, ipaddr: 10.0.0.4}]}\n";
    vec![
        ("single node", format!("{}{masters}", head("10.0.0.0", "255.255.255.0"))),
        ("compact in /22", format!("{}{compact}", head("10.0.0.0", "255.255.252.0"))),
        ("compact in /27", format!("{small}{compact}")),
        ("several helpers", format!("{small}{compact}{ha}")),
        ("ppc64le", format!("{small}ppc64le: true\n{compact}")),
        (
            "a worker of arm64",
            format!("{small}{compact}workers: [{}]\n", machine("arm", "10.0.0.21", ", arch: aarch64")),
        ),
        (
            "two interfaces that may boot",
            format!(
                "{small}{compact}workers: [{{name: w0, fqdn: w0.corp.example.org, ipaddr: 10.0.0.21, \
                 macaddr: [\"52:54:00:00:00:21\", \"52:54:00:00:00:22\"]}}]\n"
            ),
        ),
        (
            "dual stack",
            format!(
                "{small}masters: [{}]\n",
                machine("m0", "10.0.0.11", ", networkifacename: eth0, ipv6: {ipaddr: \"fd00::11\"}")
            ),
        ),
        (
            "two masters and an arbiter",
            format!(
                "{small}masters: [{}, {}]\narbiters: [{}]\n",
                machine("m0", "10.0.0.11", ""),
                machine("m1", "10.0.0.12", ""),
                machine("arbiter0", "10.0.0.13", "")
            ),
        ),
        (
            "IPv6 by DHCP",
            format!(
                "disk: /dev/vda\nhelper: {{name: helper, ipaddr: \"fd00::2\", networkifacename: eth0}}\n\
                 dns: {{domain: example.com, clusterid: lab}}\nmasters: [{}]\n",
                machine("m0", "fd00::11", ", addressing: dhcp")
            ),
        ),
    ]
}

/// Every shape, with every daemon, is what the daemon's own checker takes.
#[test]
fn every_shape_passes_every_checker() {
    if ["dnsmasq", "kea-dhcp4", "dhcpd", "named-checkconf", "unbound-checkconf", "haproxy"]
        .iter()
        .any(|name| tool(name).is_none())
    {
        return;
    }
    let choices = [
        "dhcp: dnsmasq, dns: dnsmasq, balancer: haproxy, containers: compose",
        "dhcp: proxy, dns: dnsmasq, balancer: haproxy, containers: quadlet",
        "dhcp: kea, dns: bind, balancer: haproxy, uplink: eth1",
        "dhcp: dhcpd, dns: unbound, balancer: haproxy, lease: 12h",
    ];
    let mut kea6 = 0;
    for (shape, vars) in shapes() {
        for services in choices {
            let sandbox = Sandbox::new()
                .vars(format!("{vars}okdboot: {{stream: okd-4.22, services: {{{services}}}}}\n"));
            let ran = sandbox.with_path().args(["render", "-o", "out", "--only", KINDS, "-v"]).run();
            assert_eq!(ran.code(), Some(0), "{shape}, {services}: {}", ran.stderr_text());
            assert!(!ran.stderr_text().contains("P083"), "{shape}, {services}: {}", ran.stderr_text());
            kea6 += usize::from(ran.join("out/services/kea/kea-dhcp6.conf").is_file());
        }
    }
    assert_eq!(kea6, 1, "no cluster has its IPv6 addresses from Kea");
}

/// Compose itself reads the file; podman of Debian has no quadlets, so that these are held against the keys of
/// podman-systemd.unit(5).
#[test]
fn containers_are_what_compose_and_podman_read() {
    let Some(compose) = tool("docker-compose") else { return };
    let pool = "poolstart: 192.168.7.200, poolend: 192.168.7.210, ";
    for containers in ["compose", "quadlet"] {
        let services = format!("containers: {containers}, netboot_xyz: [\"52:54:00:00:00:99\"]");
        let vars = cluster("lab", 2, &services).replace("dhcp: {", &format!("dhcp: {{{pool}"));
        let vars = vars.replace("services: {", "url: \"http://192.168.7.77:8090\", services: {");
        let ran = render(Sandbox::new().vars(vars), &[]).status(0);
        let folder = ran.join("out/services/containers");
        if containers == "compose" {
            let file = folder.join("compose.yaml");
            let output = Command::new(&compose).arg("-f").arg(&file).arg("config").output().unwrap();
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(output.status.success() && said.is_empty(), "{said}");
            let read: serde_json::Value =
                serde_yaml::from_str(&String::from_utf8(output.stdout).unwrap()).unwrap();
            let names: Vec<&String> = read["services"].as_object().unwrap().keys().collect();
            assert_eq!(names, ["dnsmasq", "haproxy", "matchbox", "netboot-xyz"]);
            assert_eq!(read["services"]["matchbox"]["command"][0], "-address=0.0.0.0:8090");
        } else {
            let names = crate::names_in(&folder);
            assert_eq!(names.len(), 4, "{names:?}");
            for name in names {
                quadlet(&text(&ran, &format!("out/services/containers/{name}")));
            }
        }
        // matchbox has no other files: machines ask it for their script.
        let dnsmasq = text(&ran, "out/services/dnsmasq/conf.d/lab.conf");
        assert!(dnsmasq.contains(",http://192.168.7.77:8090/boot.ipxe,"), "{dnsmasq}");
    }
}

/// Every line is a comment, a section or a key that its section has.
fn quadlet(text: &str) {
    let keys: &[(&str, &[&str])] = &[
        ("[Unit]", &["Description", "Wants", "After"]),
        ("[Container]", &["Image", "Network", "Volume", "AddCapability", "Exec", "PublishPort"]),
        ("[Service]", &["Restart"]),
        ("[Install]", &["WantedBy"]),
    ];
    let mut section = "";
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if line.starts_with('[') {
            section = line;
        }
        let (_, known) = keys.iter().find(|(name, _)| *name == section).unwrap_or_else(|| panic!("{line}"));
        let key = line.split('=').next().unwrap();
        assert!(line == section || known.contains(&key), "{section} has no {key}");
    }
    assert_eq!(section, "[Install]", "{text}");
}

/// chronyd itself knows each option that is taken; one that it does not know would stop it everywhere.
#[test]
fn options_of_time_servers_are_those_of_chronyd() {
    let Some(_) = tool("chronyd") else { return };
    let flags = ["auto_offline", "burst", "copy", "iburst", "noselect", "nts", "offline", "prefer"];
    let numbers = [
        "asymmetry 0.5",
        "certset 1",
        "extfield F323",
        "filter 4",
        "key 1",
        "maxdelay 0.1",
        "maxdelaydevratio 4",
        "maxdelayquant 0.5",
        "maxdelayratio 2",
        "maxpoll 6",
        "maxsamples 6",
        "mindelay 0.001",
        "minpoll -4",
        "minsamples 2",
        "minstratum 2",
        "ntsport 4460",
        "offset -0.01",
        "polltarget 4",
        "port 123",
        "presend 9",
        "version 4",
    ];
    for options in flags.into_iter().chain(["require", "trust", "xleave"]).chain(numbers) {
        let time = format!(
            "chronyconfig: {{enabled: true, content: [{{server: ntp.example.com, options: {options}}}]}}\n"
        );
        let args = ["render", "-o", "out", "--only", "chrony", "-v"];
        let ran = Sandbox::new().vars(cluster("lab", 2, "") + &time).with_path().args(args).run();
        assert_eq!(ran.code(), Some(0), "{options}: {}", ran.stderr_text());
        assert!(
            text(&ran, "out/services/chrony/chrony.conf").contains(&format!(" {options}\n")),
            "{options}"
        );
    }
}

/// firewalld itself takes each opening, into a folder of the test.
#[test]
fn firewalld_takes_every_opening() {
    let Some(program) = tool("firewall-offline-cmd") else { return };
    // Each command takes it a second.
    for (shape, services) in
        [("several helpers", "dhcp: proxy, uplink: eth1"), ("IPv6 by DHCP", "dhcp: kea, dns: bind")]
    {
        let (_, vars) = shapes().into_iter().find(|(name, _)| *name == shape).unwrap();
        let vars = format!("{vars}okdboot: {{stream: okd-4.22, services: {{{services}}}}}\n");
        let ran = render(Sandbox::new().vars(vars), &[]).status(0);
        // What the running daemon would be told, its files are told.
        let shim = format!(
            "#!/bin/sh\n[ \"$1\" = --reload ] && exit\n[ \"$1\" = --permanent ] && shift\n\
             exec {} --system-config config \"$@\"\n",
            program.display()
        );
        let (bin, path) = (ran.join("bin"), std::env::var("PATH").unwrap_or_default());
        fs::create_dir_all(&bin).unwrap();
        for name in ["zones", "services"] {
            fs::create_dir_all(ran.join("config").join(name)).unwrap();
        }
        fs::write(bin.join("firewall-cmd"), shim).unwrap();
        fs::set_permissions(bin.join("firewall-cmd"), fs::Permissions::from_mode(0o755)).unwrap();
        let mut command = Command::new("sh");
        command.arg("out/services/firewall/firewalld.sh").current_dir(ran.path());
        let output = command.env("PATH", format!("{}:{path}", bin.display())).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{shape}: {said}");
        let zone = text(&ran, "config/zones/public.xml");
        assert!(zone.contains("<port port=\"8080\" protocol=\"tcp\"/>"), "{shape}: {zone}");
        assert!(zone.contains("port=\"22623\" protocol=\"tcp\""), "{shape}: {zone}");
    }
}

/// What the run book tells people to type is what the program takes.
#[test]
fn the_run_book_names_commands_that_there_are() {
    for (shape, vars) in shapes() {
        let ran =
            render(Sandbox::new().vars(format!("{vars}okdboot: {{stream: okd-4.22}}\n")), &[]).status(0);
        let guide = text(&ran, "out/guide/lab.md");
        let commands = console_commands(&guide);
        assert!(commands.len() > 5, "{guide}");
        for command in commands.into_iter().chain(inline_commands(&guide)) {
            expect_accepted(command, shape);
        }
    }
}

/// A run book says where install-config comes from. It reads the same whether the secrets are at hand: a
/// tree is whole where the pull secret has been put away.
#[test]
fn a_tree_is_as_planned_without_the_secrets_that_it_was_made_from() {
    let vars = crate::read("testdata/render/dhcp/vars.yaml");
    let vars = format!("{}\n  services: {{pull_secret: pull.json}}\n", vars.trim_end());
    let sandbox = Sandbox::new().vars(vars).file("pull.json", r#"{"auths":{}}"#);
    let sandbox = sandbox.file("okdboot.lock", crate::read("testdata/render/dhcp/okdboot.lock"));
    let ran = sandbox.args(["render", "-o", "out", "--quiet"]).run().status(0);
    let guide = text(&ran, "out/guide/ocp4.md");
    assert!(
        guide.contains("`okdboot.services.pull_secret`") && guide.contains("install-config.yaml ocp4/"),
        "{guide}"
    );
    assert!(ran.join("out/services/install/ocp4/install-config.yaml").is_file());
    let ran = ran.again().args(["verify", "-o", "out"]).run();
    let with = ran.stderr_text();
    fs::remove_file(ran.join("pull.json")).unwrap();
    let ran = ran.again().args(["verify", "-o", "out"]).run();
    let without = ran.stderr_text();
    for said in [with, without] {
        assert!(!said.contains("guide/") && !said.contains("services/"), "{said}");
    }
}

/// helpernode's own name server takes `8.8.8.8;`, so there are files that say it.
#[test]
fn a_forwarder_with_the_semicolon_of_bind_is_an_address() {
    let vars =
        cluster("lab", 2, "dns: bind").replace("clusterid: lab", "clusterid: lab, forwarder1: \"10.9.9.9;\"");
    let ran = render(Sandbox::new().vars(vars.clone()), &[]).status(0);
    assert!(text(&ran, "out/services/bind/named.conf").contains("    forwarders { 10.9.9.9; };\n"));
    let ran = render(Sandbox::new().vars(vars.replace("10.9.9.9;", "ns.example.com")), &[]).status(3);
    assert!(ran.stderr_text().contains("error[V106]"), "{}", ran.stderr_text());
}

/// In a container there may be neither a checker nor a place for temporary files.
#[test]
fn who_has_no_checker_needs_no_place_to_try_anything() {
    let args = ["render", "-o", "out", "--only", "haproxy"];
    let bare = |path: &str| {
        Sandbox::new().vars(cluster("lab", 2, "")).env("TMPDIR", "/no/such/place").env("PATH", path)
    };
    let ran = bare("/nowhere/sbin").args(args).run().status(0);
    assert!(ran.join("out/services/haproxy/haproxy.cfg").is_file());
    if tool("haproxy").is_some() {
        let ran = bare("/usr/sbin:/usr/bin").args(args).run().status(6);
        assert!(ran.stderr_text().contains("set TMPDIR"), "{}", ran.stderr_text());
    }
}
