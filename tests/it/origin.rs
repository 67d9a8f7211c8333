//! Every key that can say a value of a node is set at once, then the strongest is taken away, and so on:
//! `explain` must name the key whose value is the effective one.

use serde_json::{Value, json};

use crate::sandbox::Sandbox;

/// A worker with nothing but what it must have.
fn base() -> Value {
    json!({
        "helper": {"name": "helper", "ipaddr": "10.0.0.5"},
        "dns": {"domain": "example.com", "clusterid": "lab"},
        "bootstrap": {"name": "bootstrap", "ipaddr": "10.0.0.10", "macaddr": "52:54:00:00:00:10"},
        "masters": [{"name": "m0", "ipaddr": "10.0.0.11", "macaddr": "52:54:00:00:00:11"}],
        "workers": [
            {"name": "w0", "ipaddr": "10.0.0.21", "macaddr": "52:54:00:00:00:21"},
            {"name": "w1", "ipaddr": "10.0.0.22", "macaddr": "52:54:00:00:00:22"},
        ],
    })
}

/// Sets a value below a path such as `workers[0].disk`.
fn set(tree: &mut Value, path: &str, value: Value) {
    let mut at = tree;
    for part in path.split('.') {
        at = match part.split_once('[') {
            Some((list, index)) => &mut at[list][index.trim_end_matches(']').parse::<usize>().unwrap()],
            None => &mut at[part],
        };
    }
    *at = value;
}

/// Explains a node of a file; JSON is YAML.
fn explained(vars: &Value, node: &str) -> Value {
    let ran = Sandbox::new().vars(vars.to_string()).args(["explain", "-q", "--format", "json", node]).run();
    let document: Value = serde_json::from_str(&ran.stdout_text()).unwrap();
    assert!(document["nodes"].is_array(), "{vars}: {document}");
    document["nodes"][0].clone()
}

/// A key, what is written there, and what then is effective.
type Key = (&'static str, Value, &'static str);

/// A value, its keys, and its default.
type Case = (&'static str, Vec<Key>, Option<&'static str>);

/// For each value: the keys, the strongest first, then what holds without any of them.
fn cases() -> Vec<Case> {
    vec![
        (
            "arch",
            vec![
                ("workers[0].arch", json!("aarch64"), "aarch64"),
                ("okdboot.arch", json!("s390x"), "s390x"),
                ("arch", json!("arm64"), "aarch64"),
                ("ppc64le", json!(true), "ppc64le"),
            ],
            Some("x86_64"),
        ),
        (
            "disk",
            vec![
                ("workers[0].disk", json!("/dev/vda"), "/dev/vda"),
                ("workers_disk", json!("/dev/vdc"), "/dev/vdc"),
                ("disk", json!("/dev/vdd"), "/dev/vdd"),
            ],
            Some("/dev/sda"),
        ),
        ("disk", vec![("workers[0].install_drive", json!("/dev/vdb"), "/dev/vdb")], Some("/dev/sda")),
        (
            "mode",
            vec![("workers[0].mode", json!("live"), "live"), ("okdboot.mode", json!("local"), "local")],
            Some("install"),
        ),
        (
            "addressing",
            vec![
                ("workers[0].addressing", json!("dhcp"), "dhcp"),
                ("workers[0].networkifacename", json!("ens3"), "static"),
                ("okdboot.addressing", json!("dhcp"), "dhcp"),
                ("staticips", json!(true), "static"),
            ],
            Some("dhcp"),
        ),
        (
            "url",
            vec![
                ("okdboot.url", json!("http://10.0.0.6:81"), "http://10.0.0.6:81"),
                ("helper.ipaddr", json!("10.0.0.7"), "http://10.0.0.7:8080"),
            ],
            None,
        ),
        (
            "ignition_base",
            vec![
                ("okdboot.ignition_base", json!("https://i.example"), "https://i.example"),
                ("okdboot.url", json!("http://u.example"), "http://u.example"),
                ("helper.ipaddr", json!("10.0.0.7"), "http://10.0.0.7:8080"),
            ],
            None,
        ),
        ("ignition_url", vec![("okdboot.ignition_url", json!("matchbox"), "matchbox")], Some("assets")),
        ("pxelinux", vec![("okdboot.pxelinux", json!("tftp"), "tftp")], Some("http")),
        ("grub", vec![("okdboot.grub", json!("http"), "http")], Some("tftp")),
        ("stream", vec![("okdboot.stream", json!("okd-4.20"), "okd-4.20")], None),
        ("name", vec![("workers[0].name", json!("w0"), "w0")], None),
        ("ipaddr", vec![("workers[0].ipaddr", json!("10.0.0.29"), "10.0.0.29")], None),
        ("macaddr", vec![("workers[0].macaddr", json!("52-54-00-00-00-29"), "52:54:00:00:00:29")], None),
    ]
}

/// What stands beneath an address, and what is told besides.
fn device_cases() -> Vec<Case> {
    vec![
        (
            "bond",
            vec![
                (
                    "workers[0].bond",
                    json!({"name": "bond1", "ports": ["a", "b"]}),
                    "bond1:a,b:mode=active-backup",
                ),
                (
                    "okdboot.network.bond",
                    json!({"name": "bond0", "ports": ["c"]}),
                    "bond0:c:mode=active-backup",
                ),
            ],
            None,
        ),
        (
            "team",
            vec![
                ("workers[0].team", json!({"name": "team1", "ports": ["a", "b"]}), "team1:a,b"),
                ("okdboot.network.team", json!({"name": "team0", "ports": ["c"]}), "team0:c"),
            ],
            None,
        ),
        (
            "bridge",
            vec![
                ("workers[0].bridge", json!({"name": "br1", "ports": ["a", "b"]}), "br1:a,b"),
                ("okdboot.network.bridge", json!({"name": "br0", "ports": ["c"]}), "br0:c"),
            ],
            None,
        ),
        (
            "ipv6",
            vec![
                ("workers[0].ipv6", json!({"addressing": "dhcp"}), "dhcp"),
                ("okdboot.network.ipv6", json!({"addressing": "auto"}), "auto"),
            ],
            None,
        ),
        (
            "routes",
            vec![
                (
                    "workers[0].routes",
                    json!([{"to": "10.1.0.0/16", "via": "10.0.0.1"}]),
                    "10.1.0.0/16:10.0.0.1",
                ),
                (
                    "okdboot.network.routes",
                    json!([{"to": "10.2.0.0/16", "via": "10.0.0.1"}]),
                    "10.2.0.0/16:10.0.0.1",
                ),
            ],
            None,
        ),
    ]
}

/// The same for what the network is made of.
fn network_cases() -> Vec<Case> {
    vec![
        (
            "interface",
            vec![
                ("workers[0].networkifacename", json!("ens3"), "ens3"),
                ("workers[0].interface", json!("ens4"), "ens4"),
                ("okdboot.network.interface", json!("ens5"), "ens5"),
            ],
            None,
        ),
        (
            "gateway",
            vec![
                ("workers[0].gateway", json!("10.0.0.1"), "10.0.0.1"),
                ("okdboot.network.gateway", json!("10.0.0.2"), "10.0.0.2"),
                ("helper.gateway", json!("10.0.0.3"), "10.0.0.3"),
                ("dhcp.router", json!("10.0.0.4"), "10.0.0.4"),
            ],
            None,
        ),
        (
            "netmask",
            vec![
                ("workers[0].netmask", json!("255.255.255.0"), "255.255.255.0"),
                ("okdboot.network.netmask", json!("255.255.254.0"), "255.255.254.0"),
                ("helper.netmask", json!("255.255.252.0"), "255.255.252.0"),
                ("dhcp.netmask", json!("255.255.248.0"), "255.255.248.0"),
            ],
            None,
        ),
        ("netmask", vec![("workers[0].prefix", json!("25"), "255.255.255.128")], None),
        ("netmask", vec![("okdboot.network.prefix", json!("26"), "255.255.255.192")], None),
        (
            "nameservers",
            vec![
                ("workers[0].nameservers", json!(["10.0.0.51"]), "10.0.0.51"),
                ("okdboot.network.nameservers", json!(["10.0.0.52", "10.0.0.53"]), "10.0.0.52 10.0.0.53"),
                ("dhcp.dns", json!("10.0.0.54"), "10.0.0.54"),
                ("helper.ipaddr", json!("10.0.0.7"), "10.0.0.7"),
            ],
            None,
        ),
    ]
}

/// What only static nodes have is looked at on a static node.
const OF_STATIC: [&str; 3] = ["gateway", "netmask", "nameservers"];

fn row<'a>(node: &'a Value, name: &str) -> Option<&'a Value> {
    node["values"].as_array().unwrap().iter().find(|row| row["name"] == name)
}

#[test]
fn the_key_that_is_named_is_the_one_that_decides() {
    for (name, keys, default) in cases().into_iter().chain(device_cases()).chain(network_cases()) {
        for taken in 0..=keys.len() {
            let mut vars = base();
            if OF_STATIC.contains(&name) {
                set(&mut vars, "workers[0].addressing", json!("static"));
            }
            // Nothing can be made of a static address without the two.
            let both = [("gateway", "dhcp.router", "10.0.0.1"), ("netmask", "dhcp.netmask", "255.255.255.0")];
            for (_, key, value) in both.iter().filter(|(of, ..)| *of != name) {
                set(&mut vars, key, json!(value));
            }
            if taken == keys.len() && both.iter().any(|(of, ..)| *of == name) {
                continue;
            }
            // Overlapping requirements of `helper.ipaddr` are met by the base.
            for (key, value, _) in &keys[taken..] {
                set(&mut vars, key, value.clone());
            }
            let node = explained(&vars, "w0");
            let row = row(&node, name);
            if let Some((key, _, effective)) = keys.get(taken) {
                let row = row.unwrap_or_else(|| panic!("{name} without {taken} keys: {node}"));
                assert_eq!(row["value"], *effective, "{name} by {key}");
                assert_eq!(row["origins"][0]["key"], *key, "{name}");
                assert_eq!(row["origins"].as_array().unwrap().len(), 1, "{name} by {key}");
            } else if let Some(default) = default {
                let row = row.unwrap_or_else(|| panic!("{name} has no default: {node}"));
                assert_eq!(row["value"], default, "{name}");
                assert_eq!(row["origins"], json!([{"kind": "default"}]), "{name}");
            }
        }
    }
}

#[test]
fn masters_have_a_disk_of_their_own_and_what_adds_up_has_every_origin() {
    let mut vars = base();
    set(&mut vars, "masters_disk", json!("/dev/vde"));
    set(&mut vars, "okdboot.kargs", json!(["a=1"]));
    set(&mut vars, "masters[0].kargs", json!("b=2"));
    let node = explained(&vars, "m0");
    assert_eq!(row(&node, "disk").unwrap()["origins"][0]["key"], "masters_disk");
    let kargs = row(&node, "kargs").unwrap();
    assert_eq!(kargs["value"], "a=1 b=2");
    let keys: Vec<&Value> =
        kargs["origins"].as_array().unwrap().iter().map(|origin| &origin["key"]).collect();
    assert_eq!(keys, ["okdboot.kargs", "masters[0].kargs"]);
}

#[test]
fn the_installed_system_is_told_apart_from_the_live_boot() {
    let mut vars = base();
    assert!(row(&explained(&vars, "w0"), "installed_console").is_none());
    for (key, value) in [
        ("installed_console", json!(["ttyS1"])),
        ("installed_kargs", json!("a=1 b")),
        ("installed_kargs_delete", json!(["nosmt"])),
        ("multipath", json!(true)),
        ("save_partlabel", json!(["data*"])),
        ("save_partindex", json!("5-")),
    ] {
        set(&mut vars, &format!("okdboot.{key}"), value);
    }
    set(&mut vars, "disk", json!("/dev/mapper/mpatha"));
    set(&mut vars, "workers[0].disk", json!("/dev/sda"));
    set(&mut vars, "workers[0].multipath", json!(false));
    set(&mut vars, "workers[0].installed_kargs", json!(["c=2"]));
    set(&mut vars, "workers[0].installed_console", json!("none"));
    set(&mut vars, "workers[0].save_partindex", json!([2]));
    let (m0, w0) = (explained(&vars, "m0"), explained(&vars, "w0"));
    for (name, of_master, of_worker) in [
        ("installed_console", Some("ttyS1"), Some("none")),
        ("installed_kargs", Some("a=1 b"), Some("a=1 b c=2")),
        ("installed_kargs_delete", Some("nosmt"), Some("nosmt")),
        ("multipath", Some("true"), None),
        ("save_partlabel", Some("data*"), Some("data*")),
        ("save_partindex", Some("5-"), Some("5- 2")),
    ] {
        let value = |node| row(node, name).and_then(|row| row["value"].as_str().map(str::to_owned));
        assert_eq!(value(&m0).as_deref(), of_master, "{name}");
        assert_eq!(value(&w0).as_deref(), of_worker, "{name}");
    }
    let kargs = &row(&w0, "installed_kargs").unwrap()["origins"];
    assert_eq!(
        (&kargs[0]["key"], &kargs[1]["key"]),
        (&json!("okdboot.installed_kargs"), &json!("workers[0].installed_kargs"))
    );
}

#[test]
fn an_empty_value_says_nothing() {
    let mut vars = base();
    set(&mut vars, "workers[0].disk", json!(""));
    set(&mut vars, "disk", json!("/dev/vdd"));
    assert_eq!(row(&explained(&vars, "w0"), "disk").unwrap()["origins"][0]["key"], "disk");
}
