use std::collections::BTreeSet;

use super::*;
use crate::plan::Plan;
use crate::vars;

/// A cluster on the helper 192.0.2.77, with further text.
fn cluster(id: &str, more: &str) -> Cluster {
    let text = format!(
        "disk: sda\nhelper: {{ipaddr: 192.0.2.77, name: helper, networkifacename: eth0}}\n\
         dns: {{domain: example.com, clusterid: {id}, forwarder1: 198.51.100.53}}\n\
         dhcp: {{router: 192.0.2.1, ipid: 192.0.2.0, netmaskid: 255.255.255.0, netmask: 255.255.255.0}}\n{more}\n"
    );
    let (checked, report) = vars::read("vars.yaml", text.as_bytes());
    checked.unwrap_or_else(|| panic!("{report:?}")).cluster
}

fn node(name: &str, last: u8) -> String {
    format!("{{name: {name}, ipaddr: 192.0.2.{last}, macaddr: \"52:54:00:00:00:{last:02x}\"}}")
}

fn lab(services: &str) -> Cluster {
    let (bootstrap, master, worker) = (node("bootstrap", 20), node("master0", 21), node("worker0", 22));
    cluster(
        "lab",
        &format!(
            "bootstrap: {bootstrap}\nmasters: [{master}]\nworkers: [{worker}]\nokdboot: {{stream: okd-4.20, services: {{{services}}}}}"
        ),
    )
}

fn prod(services: &str) -> Cluster {
    let more = format!("masters: [{}]\nokdboot: {{services: {{{services}}}}}", node("master0", 31));
    Cluster { id: "prod".parse().unwrap(), ..cluster("prod", &more) }
}

/// Makes every output of some clusters over what stands there.
fn made(clusters: &[&Cluster], standing: &SharedFiles) -> Plan {
    let templates = Templates::embedded().unwrap();
    let members = clusters.iter().map(|cluster| Member { cluster, secrets: None }).collect();
    let run = Run::new(clusters.iter().map(|it| &it.id), members, "/srv/okdboot", (&templates, standing));
    let mut plan = Plan::default();
    for kind in FileKind::all() {
        let made = kind.make().of_helper(&run).unwrap();
        plan.files.extend(made.files);
        plan.dropped.extend(made.dropped);
        plan.report.extend(made.report);
    }
    plan
}

fn text(plan: &Plan, path: &str) -> String {
    let file = plan.files.iter().find(|file| file.path.as_str() == path);
    let file = file.unwrap_or_else(|| panic!("{path} is not planned"));
    String::from_utf8(file.contents.to_vec()).unwrap()
}

fn standing(plan: &Plan) -> SharedFiles {
    let shared = plan.files.iter().filter(|file| file.owner.kind != FileKind::Guide);
    shared.fold(SharedFiles::default(), |all, file| {
        all.with(file.path.as_str(), std::str::from_utf8(&file.contents).unwrap())
    })
}

fn paths(plan: &Plan) -> BTreeSet<&str> {
    plan.files.iter().map(|file| file.path.as_str()).collect()
}

const EVERY_KIND: [&str; 3] = [
    "dhcp: dnsmasq, dns: dnsmasq",
    "dhcp: kea, dns: bind, containers: compose",
    "dhcp: dhcpd, dns: unbound, containers: quadlet",
];

#[test]
fn rendering_again_changes_nothing() {
    for services in EVERY_KIND {
        let lab = lab(services);
        let first = made(&[&lab], &SharedFiles::default());
        let again = made(&[&lab], &standing(&first));
        for file in &first.files {
            assert_eq!(text(&again, file.path.as_str()), text(&first, file.path.as_str()), "{}", file.path);
        }
    }
}

/// One after the other, in either order, is the same as both at once, whatever the daemons.
#[test]
fn clusters_of_one_helper_are_rendered_alone_or_together() {
    for services in EVERY_KIND {
        let (lab, prod) = (lab(services), prod(&format!("{services}, balancer: none")));
        let both = made(&[&lab, &prod], &SharedFiles::default());
        for (one, other) in [(&lab, &prod), (&prod, &lab)] {
            let first = made(&[one], &SharedFiles::default());
            let second = made(&[other], &standing(&first));
            for file in both.files.iter().filter(|file| file.owner.cluster.is_none()) {
                let path = file.path.as_str();
                // A serial has moved once more, and what one of them alone says stands as it was.
                let plain = |text: String| text.replace("    2 ; serial", "    1 ; serial");
                let found = paths(&second).contains(path).then(|| plain(text(&second, path)));
                let found = found.unwrap_or_else(|| plain(text(&first, path)));
                assert_eq!(found, text(&both, path), "{services}: {path}");
            }
        }
    }
}

#[test]
fn a_cluster_that_is_taken_out_leaves_the_other_as_it_was() {
    for services in EVERY_KIND {
        let (lab, prod) = (lab(services), prod(&format!("{services}, balancer: none")));
        let both = made(&[&lab, &prod], &SharedFiles::default());
        let templates = Templates::embedded().unwrap();
        let left = crate::plan::without(&lab.id, &standing(&both), &templates).unwrap();
        for file in left.files.iter().filter(|file| file.owner.cluster.is_none()) {
            let found = text(&left, file.path.as_str());
            assert!(!found.contains("okdboot: cluster lab") && !found.contains("-worker0"), "{found}");
            assert!(found.contains("prod"), "{services}: {}: {found}", file.path);
        }
        let nothing = crate::plan::without(&prod.id, &standing(&left), &templates).unwrap();
        assert!(nothing.files.is_empty(), "{:?}", paths(&nothing));
        for file in &left.files {
            assert!(nothing.dropped.contains(&file.path), "{}", file.path);
        }
    }
}

#[test]
fn the_ingress_runs_where_the_routers_run() {
    let backends = |more: &str| {
        let cluster = cluster("lab", more);
        let text = text(&made(&[&cluster], &SharedFiles::default()), "services/haproxy/haproxy.cfg");
        let (_, ingress) = text.split_once("backend lab-ingress-443").unwrap();
        let (ingress, _) = ingress.split_once("frontend").unwrap();
        let names = ingress.lines().filter_map(|line| line.trim().strip_prefix("server "));
        names.map(|line| line.split(' ').next().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let (one, two, three) = (node("a", 21), node("b", 22), node("c", 23));
    assert_eq!(backends(&format!("masters: [{one}, {two}, {three}]")), ["a", "b", "c"]);
    assert_eq!(
        backends(&format!(
            "masters: [{one}, {two}, {three}]\nworkers: [{}, {}]",
            node("x", 24),
            node("y", 25)
        )),
        ["x", "y"]
    );
    // On a single node the router stays there, whoever joins later.
    assert_eq!(backends(&format!("masters: [{one}]\nworkers: [{two}]")), ["a"]);
}

/// An arbiter is a member of etcd and nothing else: no server of the API, none of the ingress.
#[test]
fn an_arbiter_has_a_pool_and_a_name_and_nothing_behind_the_balancer() {
    let (one, two, three) = (node("a", 21), node("b", 22), node("arbiter0", 23));
    let more = format!(
        "masters: [{one}, {two}]\narbiters: [{three}]\nokdboot: {{stream: okd-4.22}}\n\
         chronyconfig: {{enabled: true, content: [{{server: 192.0.2.77}}]}}"
    );
    let plan = made(&[&cluster("lab", &more)], &SharedFiles::default());
    let config = text(&plan, "services/install/lab/install-config.yaml");
    let config: serde_json::Value = serde_yaml::from_str(&config).unwrap();
    assert_eq!(
        (config["arbiter"]["name"].as_str(), config["arbiter"]["replicas"].as_u64()),
        (Some("arbiter"), Some(1))
    );
    assert_eq!(
        (config["controlPlane"]["replicas"].as_u64(), config["compute"][0]["replicas"].as_u64()),
        (Some(2), Some(0))
    );
    assert!(!text(&plan, "services/haproxy/haproxy.cfg").contains("arbiter0"));
    assert!(
        text(&plan, "services/dnsmasq/conf.d/lab.conf")
            .contains("host-record=arbiter0.lab.example.com,192.0.2.23\n")
    );
    assert!(
        text(&plan, "services/machineconfig/lab/99-arbiter-chrony.yaml")
            .contains("machineconfiguration.openshift.io/role: arbiter\n")
    );
    let plan = made(&[&lab("")], &SharedFiles::default());
    assert!(!text(&plan, "services/install/lab/install-config.yaml").contains("arbiter"));
}

/// Two addresses may end in the same octet; each has its own number, also when a run has one of them only.
#[test]
fn helpers_of_two_clusters_have_two_numbers() {
    let helpers = "high_availability: {helpernodes: [{name: h1, ipaddr: 192.0.2.3, state: MASTER}, \
                   {name: h2, ipaddr: 192.0.2.4}]}";
    let shared = |id: &str| cluster(id, &format!("masters: [{}]\n{helpers}", node("master0", 21)));
    let (lab, prod) = (shared("lab"), shared("prod"));
    let helper =
        crate::model::cluster::Helper { address: "198.51.100.77".parse().unwrap(), ..prod.helper.clone() };
    let prod = Cluster { helper, ..prod };
    let first = made(&[&lab], &SharedFiles::default());
    let second = made(&[&prod], &standing(&first));
    let text = text(&second, "services/keepalived/h1.conf");
    assert!(text.contains("virtual_router_id 77\n") && text.contains("virtual_router_id 78\n"), "{text}");
    // Once it has a number, it keeps it.
    let again = made(&[&prod], &standing(&second));
    assert_eq!(self::text(&again, "services/keepalived/h1.conf"), text);
}

#[test]
fn two_clusters_cannot_have_one_address_and_one_port() {
    let (lab, prod) = (lab(""), prod(""));
    let plan = made(&[&lab, &prod], &SharedFiles::default());
    let codes: Vec<_> = plan.report.diagnostics().iter().map(|found| found.code.to_string()).collect();
    assert_eq!(codes, ["R031"]);
    assert!(!text(&plan, "services/haproxy/haproxy.cfg").contains("prod"));
}

#[test]
fn an_address_of_a_machine_leads_to_the_machine() {
    let lab = lab("dns: bind");
    let services = crate::model::service::Services {
        load_balancer: "192.0.2.21".parse().unwrap(),
        ..lab.services.clone()
    };
    let lab = Cluster { services, ..lab };
    let zone = text(&made(&[&lab], &SharedFiles::default()), "services/bind/zones/2.0.192.in-addr.arpa.zone");
    assert!(zone.contains("21 IN PTR master0.lab.example.com.\n") && !zone.contains("PTR api"), "{zone}");
}

#[test]
fn a_reverse_zone_is_no_larger_than_the_network() {
    for (mask, id, due) in [
        ("255.255.252.0", "192.0.0.0", vec!["2.0.192.in-addr.arpa"]),
        (
            "255.255.255.224",
            "192.0.2.0",
            vec!["20.2.0.192.in-addr.arpa", "21.2.0.192.in-addr.arpa", "77.2.0.192.in-addr.arpa"],
        ),
    ] {
        let text = format!(
            "disk: sda\nhelper: {{ipaddr: 192.0.2.77, name: helper}}\ndns: {{domain: example.com, clusterid: lab}}\n\
             dhcp: {{router: 192.0.2.1, ipid: {id}, netmaskid: {mask}}}\nbootstrap: {}\nmasters: [{}]\nokdboot: {{services: {{dns: bind}}}}\n",
            node("bootstrap", 20),
            node("m", 21)
        );
        let (checked, report) = vars::read("vars.yaml", text.as_bytes());
        let cluster = checked.unwrap_or_else(|| panic!("{report:?}")).cluster;
        let plan = made(&[&cluster], &SharedFiles::default());
        let zones = paths(&plan)
            .into_iter()
            .filter_map(|path| path.strip_prefix("services/bind/zones/")?.strip_suffix(".arpa.zone"));
        assert_eq!(zones.map(|zone| format!("{zone}.arpa")).collect::<Vec<_>>(), due, "{mask}");
    }
}

/// What one cluster says of the whole daemon holds as long as it is there, whoever is rendered next.
#[test]
fn another_cluster_takes_nothing_from_the_one_that_stands() {
    let lab = lab("dhcp: dnsmasq, dns: dnsmasq, lease: 1h");
    let prod = prod("dhcp: dnsmasq, dns: none, balancer: none");
    let second = made(&[&prod], &standing(&made(&[&lab], &SharedFiles::default())));
    let main = text(&second, "services/dnsmasq/dnsmasq.conf");
    assert!(!main.contains("port=0"), "the names of `lab` are switched off: {main}");
    let alone = made(&[&prod], &SharedFiles::default());
    assert!(text(&alone, "services/dnsmasq/dnsmasq.conf").contains("\nport=0\n"));

    let lab = self::lab("dhcp: kea, dns: none, lease: 1h");
    let prod = self::prod("dhcp: kea, dns: none, balancer: none, interface: eth7");
    let second = made(&[&prod], &standing(&made(&[&lab], &SharedFiles::default())));
    let kea: serde_json::Value = serde_json::from_str(&text(&second, "services/kea/kea-dhcp4.conf")).unwrap();
    assert_eq!(kea["Dhcp4"]["interfaces-config"]["interfaces"], serde_json::json!(["eth0", "eth7"]));
    assert_eq!(kea["Dhcp4"]["valid-lifetime"], 3600);
}

#[test]
fn a_port_that_stands_there_already_is_taken() {
    let (lab, prod) = (lab(""), prod(""));
    let second = made(&[&prod], &standing(&made(&[&lab], &SharedFiles::default())));
    let codes: Vec<_> = second.report.diagnostics().iter().map(|found| found.code.to_string()).collect();
    assert_eq!(codes, ["R031"]);
    let text = text(&second, "services/haproxy/haproxy.cfg");
    assert!(text.contains("lab-api") && !text.contains("prod"), "{text}");
}
