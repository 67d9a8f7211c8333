//! dnsmasq: addresses, names, and what to boot, in one daemon.

use super::lease;
use super::shared::Shared;
use super::view::View;
use super::{Made, Run};
use crate::model::daemon::{DhcpServer, DnsServer};
use crate::plan::FileKind;
use crate::plan::output::make::Service;
use crate::plan::output::shared_files::Keeps;
use crate::template::TemplateError;

/// The file that the daemon reads; it names one file a cluster.
const PATH: &str = "services/dnsmasq/dnsmasq.conf";

/// In a section: this cluster's names are asked for here.
const NAMES: &str = "# names\n";

/// Where the file begins.
const HEAD: &str = "services/dnsmasq/main.j2";
/// A cluster's file.
const CLUSTER: &str = "services/dnsmasq/cluster.j2";

/// Its place in the list.
pub(in crate::plan::output) const OUTPUT: Service = Service { files, keeps: &[Keeps::File(PATH)] };

/// Plans `dnsmasq.conf` and `conf.d/<cluster>.conf`, dnsmasq.conf(5).
fn files(run: &Run) -> Result<Made, TemplateError> {
    let mut made = Made::default();
    let mut lines = Vec::new();
    for view in run.views.iter().filter(|view| has_names(view) || gives_addresses(view)) {
        let path = format!("services/dnsmasq/conf.d/{}.conf", view.cluster.id);
        made.push(run.own(FileKind::Dnsmasq, (&path, CLUSTER), view)?);
        let names = if has_names(view) { NAMES } else { "" };
        lines.push((view.cluster.id.clone(), format!("{names}conf-file={}/{path}\n", view.context.root)));
        if gives_addresses(view) {
            made.report.extend(lease::refused(view).into_iter().collect());
        }
    }
    let origin = run.origin(HEAD);
    let shared = Shared { kind: FileKind::Dnsmasq, path: PATH, comment: "#", origin };
    let head = run.templates.render(HEAD, &())?;
    let sections = shared.sections(run, lines);
    // Port 0 switches DNS off for the whole daemon: only where no cluster has its names here.
    let names = sections.values().any(|body| body.starts_with(NAMES));
    shared.file(&head, &sections, if names { "" } else { "port=0\n" }, &mut made);
    Ok(made)
}

fn has_names(view: &View) -> bool {
    view.is_named_by(DnsServer::Dnsmasq)
}

fn gives_addresses(view: &View) -> bool {
    view.is_addressed_by(DhcpServer::Dnsmasq) || view.is_addressed_by(DhcpServer::Proxy)
}
