//! `okdboot status`: what every node does at its next network boot, from files alone.

mod live;

use std::time::SystemTime;

use serde::Serialize;

use super::args::{Cli, Status};
use super::opened;
use super::output::Voice;
use super::table::Table;
use crate::model::cluster::Cluster;
use crate::model::moment::Moment;
use crate::model::name::Label;
use crate::model::node::Node;
use crate::model::role::Role;
use crate::model::settings::Mode;
use crate::model::time::UnixTime;
use crate::plan::manifest;
use crate::plan::roster::{Index, Roster, RosterEntry};
use crate::plan::state::{Arming, Machine, Said};
use crate::run::failure::{Exit, Failure};
use crate::run::tree::Before;
use live::Live;

/// What `okdboot status` says.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(extend("then" = {"required": ["diagnostics"]})))]
pub(super) struct Document<'a> {
    /// Every node, in the order of vars.yaml.
    nodes: Vec<NodeStatus<'a>>,
}

/// A node, and what it does at its next network boot.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "node"))]
#[serde(rename_all = "kebab-case")]
struct NodeStatus<'a> {
    cluster: &'a Label,
    name: &'a Label,
    role: Role,
    /// What vars.yaml and okdboot.state.json say.
    #[cfg_attr(test, schemars(extend("enum" = ["armed", "live", "local"])))]
    wanted: &'static str,
    /// What the files of the output root do; null where there is none for it.
    #[cfg_attr(test, schemars(extend("enum" = ["armed", "live", "local", null])))]
    rendered: Option<&'static str>,
    /// The release that it boots; null where it boots none.
    release: Option<String>,
    /// When it was armed or disarmed; null where vars.yaml decides.
    since: Option<Moment>,
    /// When `disarm --expired` takes it back.
    until: Option<Moment>,
    #[serde(skip_serializing_if = "Option::is_none")]
    in_cluster: Option<live::InCluster<'a>>,
    /// How far `okdboot serve` has seen it, with `--watch`.
    #[serde(skip_serializing_if = "Option::is_none")]
    stage: Option<&'a str>,
    /// When okdboot changed a file of the output root last; null where nothing of the cluster is rendered.
    changed: Option<Moment>,
}

/// Says it; writes nothing, and asks nobody unless it is told to.
pub fn run(cli: &Cli, args: &Status, output: &mut Voice) -> Result<Exit, Failure> {
    let workspace = opened::entered(cli, output)?;
    let clusters = workspace.clusters();
    let before = workspace.before()?;
    let (mut members, live) = (Vec::new(), Live::ask(args, &clusters, output)?);
    for cluster in clusters {
        let index = before.roster(&cluster.id).map(Roster::index);
        let row = |node| StatusRow::of(cluster, node, &before, index.as_ref());
        let rows: Vec<StatusRow> = cluster.nodes.iter().map(row).collect();
        let changed = changed(cli, &cluster.id);
        output.data(&page(cli, cluster, (changed, &live), &rows))?;
        members.extend(rows.iter().map(|row| {
            let (in_cluster, stage) = live.of(cluster, row.node);
            NodeStatus { in_cluster, stage, ..row.member(cluster, changed) }
        }));
    }
    output.document(&Document { nodes: members });
    Ok(if live.is_well() { Exit::Done } else { Exit::Differs })
}

/// One node.
struct StatusRow<'a> {
    node: &'a Node,
    /// What vars.yaml and the state say.
    wanted: Mode,
    /// What the tree does; nothing where no boot file of it was rendered.
    rendered: Option<RosterEntry>,
    said: Option<Said>,
}

impl<'a> StatusRow<'a> {
    fn of(cluster: &Cluster, node: &'a Node, before: &Before, index: Option<&Index>) -> Self {
        let machine = Machine::of(&cluster.id, node);
        Self {
            node,
            wanted: before.state().mode(&cluster.id, node),
            rendered: index.and_then(|index| index.find(&machine)).cloned(),
            said: before.state().said_of(&cluster.id, node).cloned(),
        }
    }

    fn until(&self) -> Option<Moment> {
        match self.said.as_ref()?.arming {
            Arming::Armed { until } => until,
            Arming::Disarmed => None,
        }
    }

    fn since(&self) -> Option<Moment> {
        self.said.as_ref()?.since
    }

    fn cells(&self) -> Vec<String> {
        let or_dash = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
        let time = |moment: Option<Moment>| moment.map(|moment| moment.to_string());
        let since = if self.said.is_some() { or_dash(time(self.since())) } else { "vars.yaml".to_owned() };
        let release = self.rendered.as_ref().and_then(|entry| entry.release.clone());
        vec![
            self.node.name.to_string(),
            self.node.role.to_string(),
            self.does(),
            since,
            or_dash(time(self.until())),
            or_dash(release),
        ]
    }

    /// What the machine boots by is what the tree has; what was said since comes with the next render.
    fn does(&self) -> String {
        match &self.rendered {
            Some(entry) if entry.mode == self.wanted => word(entry.mode).to_owned(),
            Some(entry) => format!("{}, {} after `render`", word(entry.mode), word(self.wanted)),
            None if self.node.boots_by_file() => {
                format!("not rendered, {} after `render`", word(self.wanted))
            }
            None => "no boot file".to_owned(),
        }
    }

    fn member<'m>(&self, cluster: &'m Cluster, changed: Option<Moment>) -> NodeStatus<'m>
    where
        'a: 'm,
    {
        NodeStatus {
            cluster: &cluster.id,
            name: &self.node.name,
            role: self.node.role,
            wanted: word(self.wanted),
            rendered: self.rendered.as_ref().map(|entry| word(entry.mode)),
            release: self.rendered.as_ref().and_then(|entry| entry.release.clone()),
            since: self.since(),
            until: self.until(),
            in_cluster: None,
            stage: None,
            changed,
        }
    }
}

/// A machine that installs itself at its next network boot is armed.
fn word(mode: Mode) -> &'static str {
    match mode {
        Mode::Install => "armed",
        Mode::Live => "live",
        Mode::Local => "local",
    }
}

fn page(
    cli: &Cli,
    cluster: &Cluster,
    (changed, live): (Option<Moment>, &Live),
    rows: &[StatusRow],
) -> String {
    let out = &cli.global.out;
    let head = match changed {
        Some(moment) => format!("{}: `{out}` changed last at {moment}\n", cluster.base()),
        None => format!("{}: nothing is rendered in `{out}`\n", cluster.base()),
    };
    let titles =
        [&["NODE", "ROLE", "NETWORK BOOT", "SINCE", "UNTIL", "RELEASE"], &live.titles()[..]].concat();
    let cells = |row: &StatusRow| [row.cells(), live.cells(cluster, row.node)].concat();
    head + &Table::titled(&titles).print(rows.iter().map(cells))
}

/// Returns when okdboot last changed a file of a cluster, which is when its manifest changed.
fn changed(cli: &Cli, cluster: &Label) -> Option<Moment> {
    let manifest = cli.global.out.join(manifest::path(Some(cluster))?.as_str());
    let modified = manifest.metadata().ok()?.modified().ok()?;
    let since = modified.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    Some(Moment(UnixTime(i64::try_from(since.as_secs()).ok()?)))
}
