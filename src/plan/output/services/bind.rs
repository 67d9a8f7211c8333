//! BIND: `named.conf`, a zone a cluster, and reverse zones that clusters share.

mod reverse;
mod zone;

use std::collections::{BTreeMap, BTreeSet};

use super::shared::{Sections, Shared};
use super::view::View;
use super::{Made, Run};
use crate::model::daemon::DnsServer;
use crate::model::name::Label;
use crate::plan::FileKind;
use crate::plan::output::make::Service;
use crate::plan::output::shared_files::Keeps;
use crate::template::TemplateError;
use zone::Zone;

/// The file that the daemon reads.
const NAMED: &str = "services/bind/named.conf";
/// The folder of the zones.
const ZONES: &str = "services/bind/zones";

/// Where `named.conf` begins.
const HEAD: &str = "services/bind/named.j2";
/// The records of a cluster's zone.
const RECORDS: &str = "services/bind/zone.j2";

/// Its place in the list.
pub(in crate::plan::output) const OUTPUT: Service =
    Service { files, keeps: &[Keeps::File(NAMED), Keeps::Folder(ZONES)] };

/// Plans `named.conf` and the zones (BIND 9 Administrator Reference Manual; RFC 1035, 5).
fn files(run: &Run) -> Result<Made, TemplateError> {
    let mut made = Made::default();
    let views: Vec<&View> = run.views.iter().filter(|view| view.is_named_by(DnsServer::Bind)).collect();
    let mut own = Vec::new();
    for view in &views {
        let origin = view.context.base.clone();
        let body = run.render(RECORDS, view)?;
        let zone = Zone { origin: &origin, server: &view.context.helper.fqdn, owner: Some(&view.cluster.id) };
        made.push(zone.file(run, &format!("{}{body}", zone::ns(&view.context.helper.fqdn))));
        own.push((view.cluster.id.clone(), section(view)));
    }
    let reverse = reverse::files(run, &views, &mut made);
    let shared = Shared { kind: FileKind::Bind, path: NAMED, comment: "//", origin: run.origin(HEAD) };
    let sections = shared.sections(run, own);
    let head = run.templates.render(HEAD, &())?;
    let text = format!("{head}{}", options(run, &sections));
    shared.file(&text, &sections, &statements(run, &sections, &reverse), &mut made);
    Ok(made)
}

/// What a cluster adds: who may ask for other names, its own zone, and whom the server asks.
fn section(view: &View) -> String {
    let context = &view.context;
    let nets: String = context.networks.iter().map(|net| format!(" {net};")).collect();
    let forwarders: String = context.forwarders.iter().map(|at| format!(" {at};")).collect();
    let zone = statement(&context.root, &context.base);
    format!("// forwarders{forwarders}\nacl \"{}\" {{{nets} }};\n{zone}", view.cluster.id)
}

/// The options, from what the sections say: a server has them once.
fn options(run: &Run, sections: &Sections) -> String {
    let acls: String = sections.keys().map(|id| format!(" \"{id}\";")).collect();
    let forwarders: BTreeSet<&str> = sections
        .values()
        .flat_map(|body| body.lines())
        .filter_map(|line| line.strip_prefix("// forwarders"))
        .flat_map(|line| line.split(';').map(str::trim).filter(|at| !at.is_empty()))
        .collect();
    let list: String = forwarders.iter().map(|at| format!(" {at};")).collect();
    let forward = if forwarders.is_empty() {
        String::new()
    } else {
        format!("    forward only;\n    forwarders {{{list} }};\n")
    };
    format!(
        "options {{\n    directory \"{}\";\n    listen-on {{ any; }};\n    listen-on-v6 {{ any; }};\n    allow-query {{ any; }};\n    \
         recursion yes;\n    allow-recursion {{ localhost;{acls} }};\n    allow-transfer {{ none; }};\n{forward}    \
         dnssec-validation no;\n}};\n",
        root(run)
    )
}

/// Where the tree stands: this run knows, or the file that stands there.
fn root(run: &Run) -> String {
    let own = run.views.first().map(|view| view.context.root.clone());
    let standing =
        run.standing.text(NAMED).lines().find_map(|line| {
            line.trim().strip_prefix("directory \"")?.strip_suffix("\";").map(str::to_owned)
        });
    own.or(standing).unwrap_or_default()
}

/// The reverse zones, each once, whatever clusters have machines in it.
fn statements(run: &Run, sections: &Sections, reverse: &BTreeMap<String, BTreeSet<Label>>) -> String {
    let root = root(run);
    let known = reverse.iter().filter(|(_, owners)| owners.iter().any(|id| sections.contains_key(id)));
    known.map(|(origin, _)| statement(&root, origin)).collect()
}

fn statement(root: &str, origin: &str) -> String {
    format!("zone \"{origin}\" {{ type primary; file \"{root}/{ZONES}/{origin}.zone\"; }};\n")
}
