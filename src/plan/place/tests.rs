use std::collections::BTreeMap;

use super::*;
use crate::plan::tree::{Found, Obstacle, ObstacleKind};

type Fake = BTreeMap<RelPath, Standing>;

fn path(path: &str) -> RelPath {
    path.parse().unwrap()
}

/// A host with these folders and files.
fn host(folders: &[&str], files: &[(&str, &str)]) -> Fake {
    let folder =
        |at: &&str| (path(at), Standing::Other(Obstacle { at: path(at), what: ObstacleKind::Folder }));
    let file = |(at, text): &(&str, &str)| {
        (path(at), Standing::File(Found { bytes: text.as_bytes().to_vec(), mode: 0o644, group: 0 }))
    };
    folders.iter().map(folder).chain(files.iter().map(file)).collect()
}

fn files(files: &[(&str, &str)]) -> Vec<Rendered> {
    files.iter().map(|(at, text)| Rendered { path: path(at), text: (*text).to_owned() }).collect()
}

fn placed_on(family: Family, files: &[Rendered], tree: &Fake, force: bool) -> Placement {
    let is_pristine = |_: &RelPath, bytes: &[u8]| bytes == b"of the package\n";
    place(files, &TargetHost { tree, family, name: "helper2", is_pristine: &is_pristine, force })
}

/// `action path`, a line each.
fn steps(placement: &Placement) -> Vec<String> {
    placement.steps.iter().map(|step| format!("{} {}", step.action.as_str(), step.to)).collect()
}

const OURS: &str = "# `okdboot render` writes this file: change vars.yaml, not this.\n";

#[test]
fn what_stands_there_decides() {
    let haproxy = files(&[("services/haproxy/haproxy.cfg", "new\n")]);
    let at = "etc/haproxy/haproxy.cfg";
    for (standing, force, action) in [
        (None, false, "new"),
        (Some("new\n"), false, "same"),
        (Some("of the package\n"), false, "update"),
        (Some(OURS), false, "update"),
        (Some("a person's\n"), false, "kept"),
        (Some("a person's\n"), true, "update"),
    ] {
        let standing: Vec<_> = standing.iter().map(|text| (at, *text)).collect();
        let placement = placed_on(Family::Debian, &haproxy, &host(&["etc/haproxy"], &standing), force);
        assert_eq!(steps(&placement), [format!("{action} {at}")], "{standing:?}");
        assert!(placement.lines.is_empty() && placement.absent.is_empty());
    }
    let placement = placed_on(Family::Debian, &haproxy, &host(&[], &[]), false);
    assert_eq!((steps(&placement), placement.absent[0].package), (Vec::new(), "haproxy"));
    let placement = placed_on(Family::Debian, &haproxy, &host(&["etc/haproxy", at], &[]), false);
    assert_eq!(steps(&placement), [format!("blocked {at}")]);
}

#[test]
fn a_person_s_file_gets_a_line_and_ours_stands_beside_it() {
    let named = "options {\n    directory \"/srv\";\n};\n\
                 zone \"a\" { type primary; file \"/srv/services/bind/zones/a.zone\"; };\n";
    let bind = files(&[("services/bind/named.conf", named), ("services/bind/zones/a.zone", "; a\n")]);
    let placement =
        placed_on(Family::RedHat, &bind, &host(&["var/named"], &[("etc/named.conf", "mine\n")]), false);
    assert_eq!(steps(&placement), ["new etc/named.okdboot.zones", "new var/named/okdboot/a.zone"]);
    let text = &placement.steps[0].text;
    assert!(text.ends_with("zone \"a\" { type primary; file \"/var/named/okdboot/a.zone\"; };\n"), "{text}");
    assert!(!text.contains("options"), "{text}");
    let line = "include \"/etc/named.okdboot.zones\";";
    assert_eq!(placement.lines, [Line { into: path("etc/named.conf"), line }]);
    let named = format!("mine\n  {line}\n");
    let named = host(&["var/named"], &[("etc/named.conf", &named)]);
    assert!(placed_on(Family::RedHat, &bind, &named, false).lines.is_empty());
    let placement = placed_on(Family::Debian, &bind, &host(&["etc/bind"], &[]), false);
    assert_eq!(steps(&placement), ["new etc/bind/named.conf", "new etc/bind/okdboot/a.zone"]);
    let text = &placement.steps[0].text;
    assert!(text.contains("    directory \"/var/cache/bind\";\n") && !text.contains("/srv"), "{text}");
}

#[test]
fn files_of_clusters_that_are_gone_are_taken_away() {
    let main = "conf-file=/srv/okdboot/services/dnsmasq/conf.d/lab.conf\nport=0\n";
    let dnsmasq =
        files(&[("services/dnsmasq/dnsmasq.conf", main), ("services/dnsmasq/conf.d/lab.conf", OURS)]);
    let standing = host(
        &["etc/dnsmasq.d"],
        &[
            ("etc/dnsmasq.d/okdboot/lab.conf", OURS),
            ("etc/dnsmasq.d/okdboot/old.conf", OURS),
            ("etc/dnsmasq.d/okdboot/mine.conf", "mine\n"),
        ],
    );
    let placement = placed_on(Family::Debian, &dnsmasq, &standing, false);
    assert_eq!(
        steps(&placement),
        [
            "new etc/dnsmasq.d/okdboot.conf",
            "same etc/dnsmasq.d/okdboot/lab.conf",
            "remove etc/dnsmasq.d/okdboot/old.conf",
        ]
    );
    assert_eq!(placement.steps[0].text, "conf-file=/etc/dnsmasq.d/okdboot/lab.conf\nport=0\n");
    let idle = host(&["etc/haproxy"], &[("etc/haproxy/haproxy.cfg", OURS)]);
    let placement = placed_on(Family::Debian, &dnsmasq, &idle, false);
    assert_eq!(placement.idle.iter().map(|daemon| daemon.name).collect::<Vec<_>>(), ["haproxy"]);
}

/// A daemon of a person is not to be switched off: what is to go is the line that names our file.
#[test]
fn a_line_in_a_person_s_file_is_to_go_with_what_it_names() {
    let line = "include \"/etc/named.okdboot.zones\";";
    let named = format!("mine\n{line}\n");
    let standing = host(
        &["var/named"],
        &[("etc/named.conf", &named), ("etc/named.okdboot.zones", OURS), ("var/named/okdboot/a.zone", OURS)],
    );
    let placement = placed_on(Family::RedHat, &[], &standing, false);
    assert!(placement.idle.is_empty() && placement.steps.is_empty(), "{placement:?}");
    assert_eq!(placement.stale, [Line { into: path("etc/named.conf"), line }]);
    // Without the line nothing reads the zones.
    let standing = host(&["var/named"], &[("etc/named.conf", "mine\n"), ("var/named/okdboot/a.zone", OURS)]);
    let placement = placed_on(Family::RedHat, &[], &standing, false);
    assert_eq!(steps(&placement), ["remove var/named/okdboot/a.zone"]);
}

#[test]
fn each_helper_takes_its_own_and_containers_take_theirs_from_the_tree() {
    let all = files(&[
        ("services/keepalived/helper1.conf", "one\n"),
        ("services/keepalived/helper2.conf", "two\n"),
        ("services/haproxy/haproxy.cfg", "x\n"),
        ("services/containers/haproxy.container", "y\n"),
    ]);
    let folders = ["etc/keepalived", "etc/haproxy", "etc/containers"];
    let placement = placed_on(Family::RedHat, &all, &host(&folders, &[]), false);
    assert_eq!(
        steps(&placement),
        ["new etc/keepalived/keepalived.conf", "new etc/containers/systemd/haproxy.container",]
    );
    assert_eq!(placement.steps[0].text, "two\n");
}

fn after(root: &str) -> After<'_> {
    After { root, tree: "/srv/okd boot", has_selinux: true, has_firewalld: true }
}

#[test]
fn the_commands_are_those_of_what_has_changed() {
    let all = files(&[
        ("services/dnsmasq/dnsmasq.conf", "x\n"),
        ("services/haproxy/haproxy.cfg", "new\n"),
        ("services/chrony/chrony.conf", "same\n"),
        ("services/firewall/firewalld.sh", "z\n"),
        ("services/containers/matchbox.container", "y\n"),
    ]);
    let standing = host(
        &["etc/dnsmasq.d", "etc/haproxy", "etc/containers"],
        &[
            ("etc/haproxy/haproxy.cfg", OURS),
            ("etc/chrony.conf", "same\n"),
            ("etc/keepalived/keepalived.conf", OURS),
        ],
    );
    let placement = placed_on(Family::RedHat, &all, &standing, false);
    assert_eq!(
        commands(&placement, &all, &after("/")),
        [
            "restorecon /etc/dnsmasq.conf /etc/haproxy/haproxy.cfg /etc/containers/systemd/matchbox.container",
            "setsebool -P haproxy_connect_any=1",
            "systemctl daemon-reload",
            "systemctl enable dnsmasq haproxy",
            "systemctl reload-or-restart haproxy",
            "systemctl restart dnsmasq matchbox",
            "sh '/srv/okd boot'/services/firewall/firewalld.sh",
            "systemctl disable --now keepalived",
        ]
    );
    assert_eq!(commands(&placement, &all, &after("/mnt")), ["systemctl --root=/mnt enable dnsmasq haproxy"]);
    let nothing = placed_on(Family::RedHat, &[], &host(&[], &[]), false);
    assert!(commands(&nothing, &[], &after("/")).is_empty());
}

#[test]
fn rules_of_a_firewall_are_never_loaded_unasked() {
    let rules = files(&[("services/firewall/nftables.conf", OURS)]);
    let standing = host(&[], &[("etc/nftables.conf", "of the package\n")]);
    let placement = placed_on(Family::Debian, &rules, &standing, false);
    assert_eq!(steps(&placement), ["new etc/nftables.okdboot"]);
    assert_eq!(placement.lines[0].line, "include \"/etc/nftables.okdboot\"");
    let host = After { has_selinux: false, has_firewalld: false, ..after("/") };
    assert_eq!(commands(&placement, &rules, &host), ["nft -f /etc/nftables.okdboot"]);
}
