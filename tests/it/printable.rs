//! Whatever can be typed on a keyboard, in every value that goes into files of services: it is refused, or
//! it changes nothing but itself. The daemons' own checkers and parsers are the judges.

use std::fs;

use okdboot::vars;
use proptest::prelude::*;

use crate::files_below;
use crate::sandbox::Sandbox;
use crate::tool::tool;

/// A cluster in which every value of [`FIELDS`] has its place.
const VARS: &str = r#"
disk: "/dev/vda"
helper: {name: "helper", ipaddr: "192.168.7.77", networkifacename: "eth0"}
dns: {domain: "example.com", clusterid: "lab", forwarder1: "192.168.7.53"}
dhcp: {router: "192.168.7.1", bcast: "192.168.7.255", netmask: "255.255.255.0", ipid: "192.168.7.0", netmaskid: "255.255.255.0", poolstart: "192.168.7.200", poolend: "192.168.7.210"}
masters: [{name: "master0", ipaddr: "192.168.7.21", macaddr: "52:54:00:00:00:21"}]
other: [{name: "printer", ipaddr: "192.168.7.90", macaddr: "52:54:00:00:00:90"}]
high_availability: {helpernodes: [{name: "helper1", ipaddr: "192.168.7.78", state: "MASTER", priority: "90"}, {name: "helper2", ipaddr: "192.168.7.79"}]}
chronyconfig: {enabled: true, content: [{server: "ntp.example.com", options: "iburst maxpoll 6"}]}
setup_registry: {deploy: true, local_repo: "ocp4/openshift4"}
okdboot:
  stream: okd-4.20
  url: "http://192.168.7.77:8080"
  services:
    uplink: "eth1"
    ingress_ipaddr: "192.168.7.76"
    lease: "12h"
    root: "/srv/okdboot"
    netboot_xyz: ["52:54:00:00:00:99"]
    pod_network: ["10.128.0.0/14"]
    host_prefix: ["23"]
    service_network: ["172.30.0.0/16"]
    proxy: {http: "http://proxy.example.com:3128", https: "http://proxy.example.com:3129", no: ".example.com,10.0.0.0/8"}
"#;

/// Every value that stands in [`VARS`] in quotes.
fn fields() -> Vec<&'static str> {
    let mut fields: Vec<&str> = VARS.split('"').skip(1).step_by(2).collect();
    fields.sort_unstable();
    fields.dedup();
    fields
}

/// Who does what, so that every daemon has a file.
const CHOICES: [&str; 3] = [
    "dhcp: dnsmasq, dns: dnsmasq, balancer: haproxy, containers: compose",
    "dhcp: kea, dns: bind, balancer: haproxy, containers: quadlet",
    "dhcp: dhcpd, dns: unbound, balancer: haproxy",
];

/// What has a meaning in some format, or might have.
const SPECIAL: &str = " !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~\n\t\r";

/// Puts a text where a value stood.
fn with(vars: &str, field: &str, value: &str) -> String {
    vars.replacen(&format!("\"{field}\""), &serde_json::to_string(value).unwrap(), 1)
}

fn vars(choice: &str) -> String {
    // netboot.xyz is dnsmasq's.
    let netboot = if choice.contains("dhcp: dnsmasq") { VARS.to_owned() } else { without_netboot() };
    let own = choice.split(", ").map(|word| format!("    {word}\n")).collect::<String>();
    netboot.replace("  services:\n", &format!("  services:\n{own}"))
}

fn without_netboot() -> String {
    VARS.lines().filter(|line| !line.contains("netboot_xyz")).map(|line| format!("{line}\n")).collect()
}

/// Says whether a file is taken without a word that the file it was made from is not worth.
fn is_taken(text: &str, from: &str) -> bool {
    let said = |text: &str| {
        let (checked, report) = vars::read("vars.yaml", text.as_bytes());
        let codes: Vec<_> = report.diagnostics().iter().map(|found| found.code).collect();
        checked.map(|_| codes)
    };
    said(text).is_some_and(|codes| Some(codes) == said(from))
}

/// Renders, with each checker if it shall judge; returns how many lines each file has, in each folder. JSON
/// and YAML are read.
fn rendered(text: &str, value: &str, native: Option<&str>) -> Vec<(String, usize)> {
    let kinds = okdboot::plan::FileKind::all().filter(|kind| kind.is_service());
    let kinds: Vec<String> = kinds.map(|kind| kind.to_string()).collect();
    let args = ["render", "-o", "out", "-q", "--only", &kinds.join(",")];
    let ran = Sandbox::new().vars(text).with_path().args(args).args(native).run();
    assert_eq!(ran.code(), Some(0), "{value:?}: {}", ran.stderr_text());
    let out = ran.join("out");
    let out = out.to_str().unwrap();
    let count = |path: String| {
        let text = fs::read_to_string(&path).unwrap();
        if path.contains(".yaml") || path.contains(".yml") || path.contains("/kea/") {
            let read = serde_yaml::from_str::<serde_json::Value>(&text);
            assert!(read.is_ok_and(|it| it.is_object()), "{value:?}: {path}: {text}");
        }
        // Files may be called by the value: only their folder counts.
        let (folder, _) = path[out.len()..].rsplit_once('/').unwrap();
        (folder.replace(value, "@"), text.lines().count())
    };
    let mut counts: Vec<_> = files_below(&format!("{out}/services")).into_iter().map(count).collect();
    counts.sort();
    counts
}

/// The checkers are slow: one place of three is for them.
const UNJUDGED: Option<&str> = Some("--no-native");

fn programs_are_here() -> bool {
    let programs =
        ["dnsmasq", "kea-dhcp4", "dhcpd", "named-checkconf", "unbound-checkconf", "haproxy", "chronyd"];
    programs.iter().all(|name| tool(name).is_some())
}

/// Every special character at the beginning, in the middle and at the end of every value.
#[test]
fn a_character_is_refused_or_changes_nothing_but_its_value() {
    if !programs_are_here() {
        return;
    }
    let (mut refused, mut taken) = (0, 0);
    for (at, field) in fields().into_iter().enumerate() {
        let choice = vars(CHOICES[at % CHOICES.len()]);
        if !choice.contains(&format!("\"{field}\"")) {
            continue;
        }
        let due = rendered(&choice, field, None);
        for special in SPECIAL.chars() {
            for (place, native) in [(0, UNJUDGED), (field.len() / 2, None), (field.len(), UNJUDGED)] {
                let value = format!("{}{special}{}", &field[..place], &field[place..]);
                let text = with(&choice, field, &value);
                if !is_taken(&text, &choice) {
                    refused += 1;
                    continue;
                }
                taken += 1;
                let found = rendered(&text, value.trim(), native);
                assert_eq!(found, due, "{field} as {value:?}");
            }
        }
    }
    assert!(refused > 2000 && taken > 50, "{refused} refused, {taken} taken");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Texts of any length and any script, in any value; those that are taken are rendered and judged.
    #[test]
    fn a_text_is_refused_or_changes_nothing_but_its_value(
        at in any::<prop::sample::Index>(),
        text in "[ -~]{1,12}|[a-z0-9.:/-]{1,24}|\\PC{1,6}",
    ) {
        let fields = fields();
        let field = fields[at.index(fields.len())];
        let choice = vars(CHOICES[text.len() % CHOICES.len()]);
        let changed = with(&choice, field, &text);
        if changed != choice && is_taken(&changed, &choice) && programs_are_here() {
            // Another network or another family has other files: only the checkers judge.
            rendered(&changed, &text, None);
        }
    }
}
