//! dnsmasq: addresses, names, and what to boot, in one daemon.

use super::shared::Shared;
use super::view::View;
use super::{Made, Run};
use crate::diag::{Code, Diagnostic};
use crate::model::daemon::{DhcpServer, DnsServer};
use crate::plan::FileKind;
use crate::template::{self, TemplateError};

/// The file that the daemon reads; it names one file a cluster.
pub(super) const PATH: &str = "services/dnsmasq/dnsmasq.conf";
/// The folder of the clusters' own files.
pub(super) const CLUSTERS: &str = "services/dnsmasq/conf.d";

/// Plans `dnsmasq.conf` and `conf.d/<cluster>.conf`, dnsmasq.conf(5).
pub(in crate::plan) fn files(run: &Run) -> Result<Made, TemplateError> {
    let mut made = Made::default();
    let mut lines = Vec::new();
    let views: Vec<&View> = run.views.iter().filter(|view| is_wanted(view)).collect();
    let names = views.iter().any(|view| view.is_named_by(DnsServer::Dnsmasq));
    for view in views {
        let path = format!("{CLUSTERS}/{}.conf", view.cluster.id);
        made.push(run.own(FileKind::Dnsmasq, (&path, template::DNSMASQ_CLUSTER), view)?);
        // Port 0 switches DNS off for the whole daemon.
        let port = if names { "" } else { "port=0\n" };
        let line = format!("{port}conf-file={}/{path}\n", view.context.root);
        lines.push((view.cluster.id.clone(), line));
        if view.is_addressed_by(DhcpServer::Dnsmasq) || view.is_addressed_by(DhcpServer::Proxy) {
            made.report.extend(unknown_network(view).into_iter().collect());
        }
    }
    let origin = run.origin(template::DNSMASQ);
    let shared = Shared { kind: FileKind::Dnsmasq, path: PATH, comment: "#", origin };
    let head = run.templates.render(template::DNSMASQ, &())?;
    let sections = shared.sections(run, lines);
    shared.file(&head, &sections, "", &mut made);
    Ok(made)
}

fn is_wanted(view: &View) -> bool {
    view.is_named_by(DnsServer::Dnsmasq)
        || view.is_addressed_by(DhcpServer::Dnsmasq)
        || view.is_addressed_by(DhcpServer::Proxy)
}

/// Says that no address can be given where nothing tells the network.
pub(super) fn unknown_network(view: &View) -> Option<Diagnostic> {
    if !view.context.network.net.is_empty() {
        return None;
    }
    let message = format!("no DHCP is rendered for `{}`: its network is not known", view.cluster.id);
    let help = "add `dhcp.ipid` and `dhcp.netmaskid`, or set `okdboot.services.dhcp: none` if another server does it";
    Some(Diagnostic::new(Code::R030, message).help(help))
}
