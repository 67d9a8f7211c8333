//! The servers in containers: a compose file, or quadlets of podman.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::shared::{Sections, Shared};
use super::view::View;
use super::{Made, Run};
use crate::model::daemon::{Balancer, Containers, DhcpServer, DnsServer};
use crate::plan::output::make::Service;
use crate::plan::output::shared_files::Keeps;
use crate::plan::{ContentOrigin, FileKind};
use crate::template::TemplateError;

/// The folder of both forms.
const FOLDER: &str = "services/containers";

/// Menus of systems to boot, for machines that are no nodes.
const NETBOOT: &str = "netboot-xyz";

/// A program in a container: its name, its image, what it mounts below the root and where, further
/// rights, and its command line.
struct Program {
    name: &'static str,
    pulled: &'static str,
    mounts: &'static [(&'static str, &'static str)],
    rights: &'static [&'static str],
    /// Ports of the host and of the container; none for a program on the host's own network.
    ports: &'static [&'static str],
    command: &'static [&'static str],
}

/// Paths inside are those outside: the daemons' files name them.
const IMAGES: &[Program] = &[
    Program {
        name: "matchbox",
        pulled: "quay.io/poseidon/matchbox:v0.11.0",
        mounts: &[("matchbox", "/var/lib/matchbox")],
        rights: &[],
        ports: &[],
        command: &["-address=0.0.0.0:PORT", "-log-level=debug"],
    },
    Program {
        name: "dnsmasq",
        pulled: "quay.io/poseidon/dnsmasq",
        mounts: &[("", "")],
        rights: &["NET_ADMIN", "NET_RAW"],
        ports: &[],
        command: &["-d", "-q", "-C", "ROOT/services/dnsmasq/dnsmasq.conf"],
    },
    Program {
        name: "haproxy",
        pulled: "docker.io/library/haproxy:lts",
        mounts: &[("services/haproxy/haproxy.cfg", "/usr/local/etc/haproxy/haproxy.cfg")],
        rights: &["NET_BIND_SERVICE"],
        ports: &[],
        command: &[],
    },
    // It fetches its loaders to where dnsmasq gives them away; its own TFTP server stays inside. Its usual
    // ports are those of matchbox.
    Program {
        name: NETBOOT,
        pulled: "ghcr.io/netbootxyz/netbootxyz",
        mounts: &[("tftpboot/netboot.xyz", "/config/menus")],
        rights: &[],
        ports: &["3000:3000", "8083:80"],
        command: &[],
    },
];

/// Its place in the list.
pub(in crate::plan::output) const OUTPUT: Service = Service { files, keeps: &[Keeps::Folder(FOLDER)] };

/// Plans `compose.yaml` (the Compose specification) or `<name>.container` (podman-systemd.unit(5)).
#[expect(clippy::unnecessary_wraps, reason = "outputs made from templates can fail")]
fn files(run: &Run) -> Result<Made, TemplateError> {
    let mut made = Made::default();
    let path = format!("{FOLDER}/compose.yaml");
    let shared = shared(&path);
    let own = run.views.iter().filter(|view| view.cluster.services.daemons.containers == Containers::Compose);
    let sections = shared.sections(run, own.map(|view| (view.cluster.id.clone(), section(view))).collect());
    shared.file("", &sections, &compose(&sections), &mut made);
    for image in IMAGES {
        quadlet(run, image, &mut made);
    }
    Ok(made)
}

fn shared(path: &str) -> Shared<'_> {
    Shared { kind: FileKind::Containers, path, comment: "#", origin: ContentOrigin::Generated }
}

/// What a cluster needs, and where the tree stands; the rest of the file follows from it.
fn section(view: &View) -> String {
    let daemons = view.cluster.services.daemons;
    let mut names = vec!["matchbox"];
    let dhcp = matches!(daemons.dhcp, DhcpServer::Dnsmasq | DhcpServer::Proxy);
    if dhcp || daemons.dns == DnsServer::Dnsmasq {
        names.push("dnsmasq");
    }
    if daemons.balancer == Balancer::Haproxy {
        names.push("haproxy");
    }
    if !view.cluster.services.netboot.is_empty() {
        names.push(NETBOOT);
    }
    format!("# needs {} port {} root {}\n", names.join(" "), view.context.port, view.context.root)
}

/// What sections tell of the programs.
#[derive(Default)]
struct Needs<'a> {
    names: BTreeSet<&'a str>,
    port: &'a str,
    root: &'a str,
}

/// Reads the sections; those of an earlier okdboot name no port.
fn needs(sections: &Sections) -> Needs<'_> {
    let mut needs = Needs { port: "8080", ..Needs::default() };
    for body in sections.values() {
        let Some((line, root)) =
            body.trim_end().strip_prefix("# needs ").and_then(|it| it.split_once(" root "))
        else {
            continue;
        };
        let (names, port) = line.split_once(" port ").unwrap_or((line, needs.port));
        needs.names.extend(names.split(' '));
        (needs.port, needs.root) = (port, root);
    }
    needs
}

fn compose(sections: &Sections) -> String {
    let needs = needs(sections);
    let mut services = Map::new();
    for image in IMAGES.iter().filter(|image| needs.names.contains(image.name)) {
        let mut service = json!({
            "image": image.pulled,
            "restart": "unless-stopped",
            "volumes": volumes(image, needs.root),
        });
        if image.ports.is_empty() {
            service["network_mode"] = json!("host");
        } else {
            service["ports"] = json!(image.ports);
        }
        if !image.rights.is_empty() {
            service["cap_add"] = json!(image.rights);
        }
        if !image.command.is_empty() {
            service["command"] = Value::from(command(image, &needs));
        }
        services.insert(image.name.to_owned(), service);
    }
    serde_yaml::to_string(&json!({"services": services})).unwrap_or_default()
}

fn volumes(image: &Program, root: &str) -> Vec<String> {
    let mount = |(from, to): &(&str, &str)| {
        let rights = if image.name == NETBOOT { "Z" } else { "ro,Z" };
        if from.is_empty() {
            format!("{root}:{root}:{rights}")
        } else {
            format!("{root}/{from}:{to}:{rights}")
        }
    };
    image.mounts.iter().map(mount).collect()
}

fn command(image: &Program, needs: &Needs) -> Vec<String> {
    image.command.iter().map(|word| word.replace("ROOT", needs.root).replace("PORT", needs.port)).collect()
}

fn quadlet(run: &Run, image: &Program, made: &mut Made) {
    let path = format!("{FOLDER}/{}.container", image.name);
    let shared = shared(&path);
    let own = run.views.iter().filter(|view| view.cluster.services.daemons.containers == Containers::Quadlet);
    let own = own.map(|view| (view.cluster.id.clone(), section(view)));
    let own = own.filter(|(_, text)| text.split(' ').any(|word| word == image.name)).collect();
    let sections = shared.sections(run, own);
    let needs = needs(&sections);
    let mut lines = vec!["[Unit]".to_owned(), format!("Description={} for the machines' boot", image.name)];
    lines.extend(
        ["Wants=network-online.target", "After=network-online.target", "", "[Container]"].map(str::to_owned),
    );
    lines.push(format!("Image={}", image.pulled));
    lines.extend(image.ports.is_empty().then(|| "Network=host".to_owned()));
    lines.extend(image.ports.iter().map(|port| format!("PublishPort={port}")));
    lines.extend(volumes(image, needs.root).into_iter().map(|volume| format!("Volume={volume}")));
    lines.extend(image.rights.iter().map(|right| format!("AddCapability={right}")));
    if !image.command.is_empty() {
        lines.push(format!("Exec={}", command(image, &needs).join(" ")));
    }
    lines.extend(
        ["", "[Service]", "Restart=always", "", "[Install]", "WantedBy=multi-user.target", ""]
            .map(str::to_owned),
    );
    shared.file("", &sections, &lines.join("\n"), made);
}
