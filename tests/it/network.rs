//! The program that reads `ip=` and its like in every initramfs of CoreOS judges what is written: each
//! generated list of arguments gives the connections that the model says, no more and no fewer.

use std::collections::BTreeMap;
use std::fs;
use std::net::IpAddr;
use std::path::Path;
use std::process::Command;

use okdboot::model::cluster::Cluster;
use okdboot::model::mtu::Mtu;
use okdboot::model::network::{Ipv4, Ipv6, Link, Network};
use okdboot::model::settings::Mode;
use okdboot::plan::{Method, argv};
use okdboot::vars;
use proptest::prelude::*;

use crate::sandbox::Sandbox;
use crate::tool::tool;
use crate::{names_in, project};

const PROGRAM: &str = "nm-initrd-generator";

/// What a connection is, as far as the model speaks of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Connection {
    kind: String,
    mtu: Option<String>,
    ipv4: Family,
    ipv6: Family,
    /// Id and parent.
    vlan: Option<(String, String)>,
    /// What it is a port of.
    port_of: Option<String>,
    /// Options of the bonding driver, sorted.
    bond: Vec<String>,
}

/// One family of a connection; a port has neither.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Family {
    method: String,
    addresses: Vec<String>,
    dns: Vec<String>,
    routes: Vec<String>,
}

type Connections = BTreeMap<String, Connection>;

/// Runs the program as dracut's module does, but for its folders.
fn generate(program: &Path, args: &[String]) -> Connections {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(program);
    for (option, name) in
        [("-c", "connections"), ("-p", "persistent"), ("-r", "run"), ("-i", "initrd"), ("-d", "sys")]
    {
        command.arg(option).arg(folder.path().join(name));
    }
    let output = command.arg("--").args(args).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{args:?}: {said}");
    // It warns of what it cannot read and goes on without it.
    assert!(!said.contains("<warn>") && !said.contains("WARNING"), "{args:?}: {said}");
    let connections = folder.path().join("connections");
    let files =
        names_in(&connections).into_iter().map(|name| keyfile(&connections.join(name))).collect::<Vec<_>>();
    by_interface(&files)
}

/// The values of a keyfile by `section.key`.
type Keyfile = BTreeMap<String, String>;

fn keyfile(path: &Path) -> Keyfile {
    let text = fs::read_to_string(path).unwrap();
    let mut section = "";
    let mut values = Keyfile::new();
    for line in text.lines() {
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            section = name;
        } else if let Some((key, value)) = line.split_once('=') {
            values.insert(format!("{section}.{key}"), value.to_owned());
        }
    }
    values
}

fn by_interface(files: &[Keyfile]) -> Connections {
    let name = |file: &Keyfile| file.get("connection.interface-name").cloned().unwrap_or_default();
    let of_uuid: BTreeMap<&String, String> =
        files.iter().map(|file| (&file["connection.uuid"], name(file))).collect();
    let mut found = Connections::new();
    for file in files {
        let connection = Connection {
            kind: file["connection.type"].clone(),
            mtu: file.get("ethernet.mtu").cloned(),
            ipv4: family(file, "ipv4"),
            ipv6: family(file, "ipv6"),
            vlan: file.get("vlan.parent").map(|parent| (file["vlan.id"].clone(), parent.clone())),
            port_of: file.get("connection.master").map(|uuid| of_uuid[uuid].clone()),
            bond: bond_options(file),
        };
        assert!(
            found.insert(name(file), connection).is_none(),
            "two connections of one interface: {files:?}"
        );
    }
    found
}

fn bond_options(file: &Keyfile) -> Vec<String> {
    file.iter().filter_map(|(key, value)| Some(format!("{}={value}", key.strip_prefix("bond.")?))).collect()
}

fn family(file: &Keyfile, section: &str) -> Family {
    let numbered = |key: &str| {
        let of_key = |at: usize| file.get(&format!("{section}.{key}{at}")).cloned();
        (1..).map_while(of_key).collect::<Vec<_>>()
    };
    let dns = file.get(&format!("{section}.dns")).cloned().unwrap_or_default();
    Family {
        method: file.get(&format!("{section}.method")).cloned().unwrap_or_default(),
        addresses: numbered("address"),
        dns: dns.split(';').filter(|server| !server.is_empty()).map(str::to_owned).collect(),
        routes: numbered("route"),
    }
}

/// Says what a network has to become.
fn expected(network: &Network) -> Connections {
    let mut due = Connections::new();
    for bond in &network.bonds {
        let mut options: Vec<String> = bond.mode().to_string().split(',').map(str::to_owned).collect();
        options.sort();
        let mtu = bond.mtu().map(|mtu| mtu.to_string());
        due.insert(bond.name().to_string(), Connection { bond: options, mtu, ..device("bond") });
        ports(&mut due, bond.name().as_str(), bond.ports().iter().map(ToString::to_string));
    }
    for team in &network.teams {
        due.insert(team.name().to_string(), device("team"));
        ports(&mut due, team.name().as_str(), team.ports().iter().map(ToString::to_string));
    }
    for vlan in &network.vlans {
        let tag = Some((vlan.id().to_string(), vlan.parent().to_string()));
        due.insert(vlan.name().to_string(), Connection { vlan: tag, ..device("vlan") });
        due.entry(vlan.parent().to_string()).or_insert_with(|| device("ethernet"));
    }
    for bridge in &network.bridges {
        due.insert(bridge.name().to_string(), device("bridge"));
        ports(&mut due, bridge.name().as_str(), bridge.ports().iter().map(ToString::to_string));
    }
    for link in &network.links {
        let name = link.interface.as_ref().map(ToString::to_string).unwrap_or_default();
        let connection = due.entry(name).or_insert_with(|| device("ethernet"));
        connection.mtu = link.mtu.as_ref().map(Mtu::to_string).or(connection.mtu.take());
        if connection.port_of.is_none() {
            (connection.ipv4, connection.ipv6) = (ipv4(network, link), ipv6(network, link));
        }
    }
    due
}

/// A device without an address of its own.
fn device(kind: &str) -> Connection {
    let off = Family { method: "disabled".to_owned(), ..Family::default() };
    Connection { kind: kind.to_owned(), ipv4: off.clone(), ipv6: off, ..Connection::default() }
}

fn ports(due: &mut Connections, of: &str, names: impl Iterator<Item = String>) {
    for name in names {
        let port = due.entry(name).or_insert_with(|| device("ethernet"));
        (port.port_of, port.ipv4, port.ipv6) = (Some(of.to_owned()), Family::default(), Family::default());
    }
}

fn ipv4(network: &Network, link: &Link) -> Family {
    let (method, addresses) = match &link.ipv4 {
        None => return Family { method: "disabled".to_owned(), ..Family::default() },
        Some(Ipv4::Dhcp) => ("auto", Vec::new()),
        Some(Ipv4::Static(parts)) => {
            let net = format!("{}/{}", parts.address, parts.netmask.unwrap().prefix());
            ("manual", vec![with_gateway(&net, parts.gateway.map(IpAddr::from))])
        }
    };
    told(network, link, method, addresses, IpAddr::is_ipv4)
}

fn ipv6(network: &Network, link: &Link) -> Family {
    let (method, addresses) = match &link.ipv6 {
        Some(Ipv6::Static(parts)) => {
            let net = format!("{}/{}", parts.address, parts.prefix);
            ("manual", vec![with_gateway(&net, parts.gateway.map(IpAddr::from))])
        }
        Some(Ipv6::Auto | Ipv6::Dhcp) => ("auto", Vec::new()),
        None if link.ipv4 == Some(Ipv4::Dhcp) => ("auto", Vec::new()),
        None => return Family { method: "disabled".to_owned(), ..Family::default() },
    };
    told(network, link, method, addresses, IpAddr::is_ipv6)
}

fn with_gateway(net: &str, gateway: Option<IpAddr>) -> String {
    gateway.map_or_else(|| net.to_owned(), |gateway| format!("{net},{gateway}"))
}

fn told(
    network: &Network,
    link: &Link,
    method: &str,
    addresses: Vec<String>,
    of_family: fn(&IpAddr) -> bool,
) -> Family {
    let routes =
        network.routes.iter().filter(|route| route.interface == link.interface && of_family(&route.via));
    Family {
        method: method.to_owned(),
        addresses,
        dns: network
            .name_servers
            .iter()
            .filter(|server| of_family(server))
            .map(ToString::to_string)
            .collect(),
        routes: routes.map(|route| format!("{},{}", route.to, route.via)).collect(),
    }
}

/// Compares every node of a cluster; returns how many there were.
fn judge(program: &Path, cluster: &Cluster) -> usize {
    for node in &cluster.nodes {
        let args = argv(Method::Kargs, cluster, node, Mode::Install, None).unwrap().unwrap();
        let found = generate(program, &args);
        assert_eq!(found, expected(&node.network), "{}: {args:?}", node.name);
    }
    cluster.nodes.len()
}

fn cluster(name: &str, text: &str) -> Cluster {
    let (checked, report) = vars::read(name, text.as_bytes());
    checked.unwrap_or_else(|| panic!("{text}\n{:?}", report.diagnostics())).cluster
}

#[test]
fn every_written_network_is_read_as_it_was_meant() {
    let Some(program) = tool(PROGRAM) else { return };
    let mut judged = 0;
    for case in names_in(&project("testdata/render")) {
        let path = format!("testdata/render/{case}/vars.yaml");
        judged += judge(&program, &cluster(&path, &crate::read(&path)));
    }
    assert!(judged > 30, "only {judged} nodes were judged");
}

/// The judge itself: what it is to find wrong, it does.
/// The order of a parm file is another one; rd.znet= names devices, and makes no connection by itself.
#[test]
fn parm_files_are_read_as_they_were_meant() {
    let Some(program) = tool(PROGRAM) else { return };
    let root = "testdata/render/s390x";
    let cluster = cluster("vars.yaml", &fs::read_to_string(project(&format!("{root}/vars.yaml"))).unwrap());
    let mut judged = 0;
    for node in &cluster.nodes {
        let path = project(&format!("{root}/want/s390x/{}/{}.parm", cluster.id, node.name));
        let Ok(text) = fs::read_to_string(path) else { continue };
        let args: Vec<String> = text.split(' ').map(str::to_owned).collect();
        assert_eq!(generate(&program, &args), expected(&node.network), "{}: {text}", node.name);
        judged += 1;
    }
    assert_eq!(judged, 5);
}

#[test]
fn the_program_reads_differently_what_is_written_differently() {
    let Some(program) = tool(PROGRAM) else { return };
    let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
    let read = |text: &str| generate(&program, &words(text));
    // Written last, DHCP for IPv6 takes IPv4 away, and so does static IPv6 after DHCP.
    assert_eq!(read("ip=ens3:dhcp ip=ens3:dhcp6")["ens3"].ipv4.method, "disabled");
    let both = "ip=[2001:db8::2]:::64:h:ens3:none ip=ens3:dhcp";
    assert_eq!(read(both)["ens3"].ipv4.method, "auto");
    assert_eq!(read("ip=ens3:dhcp ip=[2001:db8::2]:::64:h:ens3:none")["ens3"].ipv4.method, "disabled");
    // The prefix length of a route's IPv6 network stands within the brackets.
    let route = |to: &str| {
        read(&format!("ip=ens3:dhcp rd.route={to}:[2001:db8::1]:ens3"))["ens3"].ipv6.routes.clone()
    };
    assert_eq!(route("[2001:db8:5::/48]"), ["2001:db8:5::/48,2001:db8::1"]);
    assert_eq!(route("[2001:db8:5::]/48"), ["2001:db8:5::/128,2001:db8::1"]);
}

/// One node of a random network.
#[derive(Clone, Debug)]
struct Shape {
    address: &'static str,
    stack: &'static str,
    mtu: &'static str,
    ipv6: &'static str,
    further: &'static str,
    route: bool,
}

fn shape() -> impl Strategy<Value = Shape> {
    let address = prop::sample::select(vec!["static", "dhcp", "six", "dhcp6"]);
    let stack = prop::sample::select(vec![
        "",
        "vlan: 5",
        "vlan: { id: 4094, name: vlan4094 }",
        "bond: { name: bond0, ports: [ens3, ens4], mode: 802.3ad }",
        "bond: { name: bond0, ports: [ens3, ens4], mode: \"1,miimon=100\", mtu: 9000 }\n    vlan: 17",
        "team: { name: team0, ports: [ens3] }",
        "team: { name: team0, ports: [ens3, ens4] }\n    vlan: 17",
        "bridge: { name: br0 }",
        "vlan: 8\n    bridge: { name: br0 }",
        "bond: { name: bond0, ports: [ens3, ens4] }\n    vlan: 9\n    bridge: { name: br0 }",
    ]);
    let mtu = prop::sample::select(vec!["", "1400", "9000"]);
    let ipv6 = prop::sample::select(vec![
        "",
        "{ addressing: auto }",
        "{ addressing: dhcp }",
        "{ ipaddr: \"2001:db8:1::9\" }",
        "{ ipaddr: \"2001:db8:1::9\", prefix: 56, gateway: \"fe80::1\" }",
    ]);
    let further = prop::sample::select(vec![
        "",
        "{ interface: ens8 }",
        "{ interface: ens8, addressing: disabled }",
        "{ interface: ens8, ipaddr: 10.9.0.9, prefix: 24 }",
        "{ interface: ens8, vlan: 9, ipaddr: 10.9.0.9, prefix: 24, mtu: 9000 }",
        "{ bond: { name: bond8, ports: [ens8, ens9] }, ipaddr: \"2001:db8:9::9\" }",
        "{ interface: ens8, ipaddr: 10.9.0.9, prefix: 24, ipv6: { addressing: auto } }",
    ]);
    (address, stack, mtu, ipv6, further, any::<bool>()).prop_map(
        |(address, stack, mtu, ipv6, further, route)| Shape { address, stack, mtu, ipv6, further, route },
    )
}

fn inventory(shapes: &[Shape]) -> String {
    let mut text =
        "disk: sda\nhelper: { ipaddr: 10.0.0.2 }\ndns: { domain: example.com, clusterid: ocp4 }\n".to_owned();
    text += "okdboot: { network: { gateway: 10.0.0.1, prefix: 24, interface: ens3, nameservers: [10.0.0.2, \"2001:db8::53\"] } }\n";
    text += "masters:\n";
    for (at, shape) in shapes.iter().enumerate() {
        text += &entry(at + 10, shape);
    }
    text
}

fn entry(at: usize, shape: &Shape) -> String {
    let is_ipv6 = matches!(shape.address, "six" | "dhcp6");
    let address = if is_ipv6 { format!("\"2001:db8::{at}\"") } else { format!("10.0.0.{at}") };
    let mut text = format!("  - name: n{at}\n    ipaddr: {address}\n");
    text += match shape.address {
        "static" => "    addressing: static\n",
        "six" => "    addressing: static\n    gateway: \"2001:db8::1\"\n",
        _ => "    addressing: dhcp\n",
    };
    let mut line = |key: &str, value: &str| {
        if !value.is_empty() {
            text += &format!("    {key}{value}\n");
        }
    };
    line("", shape.stack);
    line("mtu: ", if is_ipv6 && shape.mtu.is_empty() { "1280" } else { shape.mtu });
    line("ipv6: ", &if is_ipv6 { String::new() } else { shape.ipv6.replace("::9\"", &format!("::{at}\"")) });
    let further = shape.further.replace("0.9,", &format!("0.{at},")).replace("::9\"", &format!("::{at}\""));
    line("interfaces: ", &if further.is_empty() { further } else { format!("[{further}]") });
    if shape.route {
        let (to, via) =
            if is_ipv6 { ("2001:db8:77::/48", "2001:db8::7") } else { ("10.77.0.0/16", "10.0.0.7") };
        line("routes: ", &format!("[{{ to: \"{to}\", via: \"{via}\" }}]"));
    }
    text
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_network_is_read_as_it_was_meant(shapes in prop::collection::vec(shape(), 3)) {
        if let Some(program) = tool(PROGRAM) {
            let text = inventory(&shapes);
            prop_assert_eq!(judge(&program, &cluster("vars.yaml", &text)), 3);
        }
    }
}

#[test]
fn pxelinux_has_no_ipv6_and_is_said_to_have_none() {
    let read = |name: &str| crate::read(&format!("testdata/render/ipv6/{name}"));
    let sandbox =
        Sandbox::new().file("vars.yaml", read("vars.yaml")).file("okdboot.lock", read("okdboot.lock"));
    let ran = sandbox.args(["render", "-o", "out"]).run().status(0);
    let said = ran.stderr_text();
    assert!(said.contains("warning[R017]") && said.contains("`bootstrap`, `cp0`, `cp1` and `cp2`"), "{said}");
    assert!(!ran.join("out/tftpboot/pxelinux.cfg").exists());
    let script = fs::read_to_string(ran.join("out/http/ipxe/52-54-00-00-03-11.ipxe")).unwrap();
    assert!(script.contains("\nkernel http://[fd00:1::5]:8080/assets/"), "{script}");
    // An IPv4 node whose files come over IPv6 cannot be reached either, unless TFTP carries them.
    let mixed = read("vars.yaml").replace("\"fd00:1::11\"", "10.0.0.11, gateway: 10.0.0.1, prefix: 24");
    let over_tftp = mixed.replace("okdboot:\n", "okdboot:\n  pxelinux: tftp\n");
    let ran = ran.again().vars(mixed).args(["render", "-o", "http"]).run().status(0);
    assert!(ran.stderr_text().contains("`bootstrap`, `cp0`, `cp1` and `cp2`"));
    let ran = ran.again().vars(over_tftp).args(["render", "-o", "tftp"]).run().status(0);
    let over_tftp = ran.stderr_text();
    assert!(over_tftp.contains("`bootstrap`, `cp1` and `cp2`"), "{over_tftp}");
}

/// A node registers with the addresses that it has then, and with one family where the other one comes later:
/// both are waited for.
#[test]
fn dhcp_of_both_families_waits_for_both() {
    let vars = "disk: /dev/sda\nhelper: {ipaddr: 10.0.0.2}\ndns: {domain: example.com, clusterid: lab}\n\
         dhcp: {router: 10.0.0.1, netmask: 255.255.255.0}\nmasters:\n  \
         - {name: m0, ipaddr: 10.0.0.11, macaddr: \"52:54:00:00:00:11\", networkifacename: ens3, addressing: dhcp, ipv6: {addressing: dhcp}}\n";
    let cluster = cluster("vars.yaml", vars);
    let args = argv(Method::Kargs, &cluster, &cluster.nodes[0], Mode::Install, None).unwrap().unwrap();
    assert!(args.contains(&"ip=ens3:dhcp,dhcp6".to_owned()), "{args:?}");
    let Some(program) = tool(PROGRAM) else { return };
    let output = Command::new(program).arg("-s").arg("--").args(&args).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(said.matches("required-timeout=").count(), 2, "{said}");
    assert_eq!(generate(&tool(PROGRAM).unwrap(), &args), expected(&cluster.nodes[0].network));
}
