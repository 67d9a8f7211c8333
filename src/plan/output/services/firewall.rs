//! The firewall of the helper: what has to be open, and the way out for the machines' network.

use super::shared::{Sections, Shared};
use super::view::View;
use super::{Made, Run};
use crate::plan::FileKind;
use crate::plan::output::make::Service;
use crate::plan::output::shared_files::Keeps;
use crate::template::TemplateError;

/// Rules for nft(8).
const NFTABLES: &str = "services/firewall/nftables.conf";
/// The same for firewalld, as commands.
const FIREWALLD: &str = "services/firewall/firewalld.sh";

/// Before the sections: a table of its own, so that nothing else on the host is touched.
const NFT_HEAD: &str = "#!/usr/sbin/nft -f
# The helper's firewall. `okdboot render` writes this file: change vars.yaml, not this.
table inet okdboot
delete table inet okdboot
table inet okdboot {
    chain input {
        type filter hook input priority filter; policy drop;
        ct state established,related accept
        iifname \"lo\" accept
        meta l4proto { icmp, ipv6-icmp } accept
        tcp dport 22 accept
";

const SH_HEAD: &str = "#!/bin/sh
# The helper's firewall. `okdboot render` writes this file: change vars.yaml, not this.
set -e
";

/// A cluster's part of `nftables.conf`.
const NFT_SECTION: &str = "services/firewall/nftables.j2";
/// A cluster's part of `firewalld.sh`.
const SH_SECTION: &str = "services/firewall/firewalld.j2";

/// Its place in the list.
pub(in crate::plan::output) const OUTPUT: Service =
    Service { files, keeps: &[Keeps::File(NFTABLES), Keeps::File(FIREWALLD)] };

/// Plans `nftables.conf` and `firewalld.sh`; a host has one of the two.
fn files(run: &Run) -> Result<Made, TemplateError> {
    let mut made = Made::default();
    let nft =
        Shared { kind: FileKind::Firewall, path: NFTABLES, comment: "#", origin: run.origin(NFT_SECTION) };
    let own = run.views.iter().map(|view| {
        let text = run.render(NFT_SECTION, view)?;
        Ok((view.cluster.id.clone(), format!("{}{text}", ways_out(view))))
    });
    let sections = nft.sections(run, own.collect::<Result<_, TemplateError>>()?);
    nft.file(NFT_HEAD, &sections, &format!("    }}\n{}}}\n", nat(&sections)), &mut made);
    let sh =
        Shared { kind: FileKind::Firewall, path: FIREWALLD, comment: "#", origin: run.origin(SH_SECTION) };
    let own = run.views.iter().map(|view| Ok((view.cluster.id.clone(), run.render(SH_SECTION, view)?)));
    let sections = sh.sections(run, own.collect::<Result<_, TemplateError>>()?);
    sh.file(SH_HEAD, &sections, "firewall-cmd --reload\n", &mut made);
    Ok(made)
}

/// A comment that says what leaves by which interface; the tail of the file makes rules of them.
fn ways_out(view: &View) -> String {
    let context = &view.context;
    if context.uplink.is_empty() || context.network.net.is_empty() {
        return String::new();
    }
    format!("        # masquerade {} {}\n", context.network.net, context.uplink)
}

fn nat(sections: &Sections) -> String {
    let lines = sections.values().flat_map(|body| body.lines());
    let ways: Vec<(&str, &str)> =
        lines.filter_map(|line| line.trim().strip_prefix("# masquerade ")?.split_once(' ')).collect();
    if ways.is_empty() {
        return String::new();
    }
    let rules: String = ways
        .iter()
        .map(|(net, interface)| format!("        ip saddr {net} oifname \"{interface}\" masquerade\n"))
        .collect();
    format!("    chain postrouting {{\n        type nat hook postrouting priority srcnat;\n{rules}    }}\n")
}
