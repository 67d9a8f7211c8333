//! A scaffold as text: vars.yaml with a word on every part, in the order that helpernode's examples have.

use std::fmt::Write as _;
use std::net::Ipv4Addr;

use super::Scaffold;
use crate::model::arch::Arch;
use crate::model::mac::MacAddr;
use crate::model::settings::AddressingChoice;

/// What YAML 1.1, which Ansible reads, takes for something else than a text.
const NOT_TEXT: [&str; 10] = ["y", "n", "yes", "no", "on", "off", "true", "false", "null", "none"];

pub(super) fn write(scaffold: &Scaffold) -> String {
    let mut text = String::from(HEAD);
    let is_static = scaffold.addressing == AddressingChoice::Static;
    text += &format!("disk: {}\n", scalar(&scaffold.disk.to_string()));
    text += &helper(scaffold);
    text += &dns(scaffold);
    text += &if is_static { static_addresses() } else { dhcp(scaffold) };
    text += &nodes(scaffold);
    text += &own(scaffold, is_static);
    text
}

const HEAD: &str = "\
---
# yaml-language-server: $schema=vars.schema.json
# One cluster, for okdboot and for helpernode (https://github.com/redhat-cop/ocp4-helpernode).
# `okdboot check` looks for mistakes in it; every key is in docs/vars.md of okdboot.

# What every node is installed on; a node may have a `disk` of its own. CoreOS erases it.
";

fn helper(scaffold: &Scaffold) -> String {
    format!(
        "\n# The machine that nodes fetch from: DNS, load balancer, web server.\nhelper:\n  name: {}\n  ipaddr: {}\n",
        scalar(&scaffold.helper_name),
        scaffold.helper
    )
}

fn dns(scaffold: &Scaffold) -> String {
    let mut text = format!(
        "\n# `clusterid` is `metadata.name` of install-config.yaml, `domain` its `baseDomain`.\n\
         # Names end in {}.{}.\ndns:\n  domain: {}\n  clusterid: {}\n",
        scaffold.cluster,
        scaffold.domain,
        scalar(&scaffold.domain.to_string()),
        scalar(scaffold.cluster.as_str())
    );
    let forwarders: Vec<&Ipv4Addr> = scaffold.forwarders.iter().take(2).collect();
    if forwarders.is_empty() {
        text +=
            "  # forwarder1 and forwarder2: name servers that know the world; helpernode assumes Google's.\n";
    }
    for (at, forwarder) in forwarders.into_iter().enumerate() {
        let _ = writeln!(text, "  forwarder{}: {forwarder}", at + 1);
    }
    text
}

fn dhcp(scaffold: &Scaffold) -> String {
    let (network, (first, last)) = (scaffold.network, scaffold.split.pool);
    format!(
        "\n# The nodes' network. They get their addresses by reservation, strangers from the pool.\ndhcp:\n  \
         router: {}\n  bcast: {}\n  netmask: {mask}\n  poolstart: {first}\n  poolend: {last}\n  \
         ipid: {}\n  netmaskid: {mask}\n",
        scaffold.gateway,
        network.broadcast(),
        network.network(),
        mask = network.netmask(),
    )
}

fn static_addresses() -> String {
    "\n# Nodes are given their addresses on the kernel command line; the network stands below.\nstaticips: true\n".to_owned()
}

fn nodes(scaffold: &Scaffold) -> String {
    let mut macs = scaffold.macs.iter().copied();
    let mut mac = || macs.next().flatten();
    let mut text = String::from(
        "\n# The temporary machine that brings the control plane up. Afterwards it can be a worker.\nbootstrap:\n",
    );
    text += &node("  ", "  ", "bootstrap", scaffold.split.bootstrap, mac());
    text += "\n# The control plane.\nmasters:\n";
    for (at, address) in scaffold.split.masters.iter().enumerate() {
        text += &node("  - ", "    ", &format!("master{at}"), *address, mac());
    }
    if !scaffold.split.arbiters.is_empty() {
        text += "\n# Members of etcd that do nothing else; helpernode does not know them.\narbiters:\n";
    }
    for (at, address) in scaffold.split.arbiters.iter().enumerate() {
        text += &node("  - ", "    ", &format!("arbiter{at}"), *address, mac());
    }
    // helpernode's load balancer sends applications to the control plane only where the key is absent.
    if scaffold.split.workers.is_empty() {
        return text
            + "\n# No workers: applications run on the control plane. They would stand under `workers`.\n";
    }
    text += "\n# Workers. Exactly one leaves no room for updates.\nworkers:\n";
    for (at, address) in scaffold.split.workers.iter().enumerate() {
        text += &node("  - ", "    ", &format!("worker{at}"), *address, mac());
    }
    text
}

fn node(first: &str, rest: &str, name: &str, address: Ipv4Addr, mac: Option<MacAddr>) -> String {
    let mac = match mac {
        Some(mac) => format!("{rest}macaddr: \"{mac}\"\n"),
        None => format!("{rest}# macaddr: of the interface that it boots from\n"),
    };
    format!("{first}name: {name}\n{rest}ipaddr: {address}\n{mac}")
}

/// What only okdboot reads.
fn own(scaffold: &Scaffold, is_static: bool) -> String {
    let mut text = String::from("\n# Only okdboot reads what follows.\nokdboot:\n");
    match &scaffold.stream {
        Some(stream) => {
            text += &format!(
                "  # Where the images come from; `okdboot fetch` pins the release in okdboot.lock.\n  stream: {}\n",
                scalar(&stream.to_string())
            );
        }
        None => text += "  # stream: okd-4.20 or rhcos-4.20, where the images come from\n",
    }
    text += &format!(
        "  # What nodes fetch from; {} if it is left out.\n  url: \"http://{{{{ helper.ipaddr }}}}:8080\"\n",
        "port 8080 of the helper"
    );
    if scaffold.arch != Arch::X86_64 {
        let _ = writeln!(text, "  arch: {}", scaffold.arch);
    }
    if is_static {
        text += &network(scaffold);
    }
    text
}

fn network(scaffold: &Scaffold) -> String {
    let mut text = format!(
        "  network:\n    gateway: {}\n    netmask: {}\n    nameservers: [{}]\n",
        scaffold.gateway,
        scaffold.network.netmask(),
        scaffold.helper
    );
    text += &match &scaffold.interface {
        Some(name) => format!("    interface: {}\n", scalar(&name.to_string())),
        None => {
            "    # interface: ens3, as the live system names it; without it any that has a link\n".to_owned()
        }
    };
    text
}

/// A text as YAML 1.1 and 1.2 both read it: bare where nobody can take it for anything else.
fn scalar(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._/-".contains(c);
    let begins = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/');
    if begins && text.chars().all(plain) && !NOT_TEXT.contains(&text.to_ascii_lowercase().as_str()) {
        return text.to_owned();
    }
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_stay_texts() {
        assert_eq!(scalar("lab"), "lab");
        assert_eq!(scalar("/dev/sda"), "/dev/sda");
        assert_eq!(scalar("on"), "\"on\"");
        assert_eq!(scalar("4.20"), "\"4.20\"");
        assert_eq!(scalar("https://h/x: y"), "\"https://h/x: y\"");
    }
}
