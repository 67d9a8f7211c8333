//! Which nodes were armed or disarmed since vars.yaml was written: `<out>/.okdboot/state.json`.
//!
//! It is the one input of a plan that commands change: `arm` and `disarm` write it under the lock of
//! the output root, everything else reads it. Whoever can write to the output folder can write here,
//! so it is read as untrusted input. Boot files never hold an expiry: no loader has a clock to trust.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::tree::{Standing, Tree};
use crate::model::moment::{Moment, MomentError};
use crate::model::name::Label;
use crate::model::node::Node;
use crate::model::path::RelPath;
use crate::model::settings::Mode;
use crate::model::time::UnixTime;

/// The version of the format that is read and written.
const FORMAT_VERSION: u64 = 1;

/// The state below the output root.
pub const FILE: &str = ".okdboot/state.json";

/// What commands said of nodes, by cluster and node.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    nodes: BTreeMap<(Label, Label), Arming>,
}

/// What a command said of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arming {
    /// It boots from its disk, whatever vars.yaml says.
    Disarmed,
    /// It is installed (or runs the live system), even where vars.yaml says `local`.
    Armed {
        /// When `disarm --expired` takes it back.
        until: Option<Moment>,
    },
}

/// A state that cannot be used. Nothing is guessed then: a wrong guess installs a machine again.
#[derive(Debug, Error)]
pub enum StateError {
    /// It could not be read.
    #[error("cannot read state `{file}`: {cause}")]
    Read {
        /// The file, with the output root before it.
        file: String,
        /// The reason.
        cause: String,
    },
    /// Not JSON of this shape.
    #[error("cannot read state `{file}`: {cause}")]
    Json {
        /// The file, with the output root before it.
        file: String,
        /// The reason.
        cause: serde_json::Error,
    },
    /// Written by another version.
    #[error(
        "cannot read state `{file}`: its `format-version` is {found}, this okdboot reads {FORMAT_VERSION}"
    )]
    Version {
        /// The file, with the output root before it.
        file: String,
        /// Its version.
        found: u64,
    },
    /// A name or a time that is none.
    #[error("state `{file}` has an invalid entry: {cause}")]
    Entry {
        /// The file, with the output root before it.
        file: String,
        /// What is wrong with it.
        cause: String,
    },
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Wire {
    format_version: u64,
    clusters: BTreeMap<String, BTreeMap<String, WireNode>>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WireNode {
    armed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<String>,
}

impl State {
    /// Reads the state of a tree; there is none until a node is armed or disarmed.
    pub fn load(tree: &dyn Tree) -> Result<Self, StateError> {
        let refuse = |file: String, cause: String| StateError::Read { file, cause };
        let at: RelPath = FILE.parse().map_err(|_| refuse(FILE.to_owned(), "not a path".to_owned()))?;
        match tree.look(&at) {
            Standing::Absent => Ok(Self::default()),
            Standing::File(found) => Self::parse(&found.bytes, &tree.name(&at)),
            Standing::Other(obstacle) => Err(refuse(tree.name(&at), obstacle.to_string())),
            Standing::Unreadable(cause) => Err(refuse(tree.name(&at), cause)),
        }
    }

    /// Parses the file's text; `file` is what messages call it.
    pub fn parse(text: &[u8], file: &str) -> Result<Self, StateError> {
        let json = |cause| StateError::Json { file: file.to_owned(), cause };
        let wire: Wire = serde_json::from_slice(text).map_err(json)?;
        if wire.format_version != FORMAT_VERSION {
            return Err(StateError::Version { file: file.to_owned(), found: wire.format_version });
        }
        let mut nodes = BTreeMap::new();
        for (cluster, entries) in wire.clusters {
            for (node, entry) in entries {
                let entry = checked(&cluster, &node, entry);
                nodes.extend([entry.map_err(|cause| StateError::Entry { file: file.to_owned(), cause })?]);
            }
        }
        Ok(Self { nodes })
    }

    /// Returns the text of the file, the same for the same state.
    pub fn to_text(&self) -> String {
        let mut clusters: BTreeMap<String, BTreeMap<String, WireNode>> = BTreeMap::new();
        for ((cluster, node), arming) in &self.nodes {
            clusters.entry(cluster.to_string()).or_default().insert(node.to_string(), to_wire(*arming));
        }
        // Strings and booleans only: serialising cannot fail.
        let wire = Wire { format_version: FORMAT_VERSION, clusters };
        serde_json::to_string_pretty(&wire).unwrap_or_default() + "\n"
    }

    /// Returns what was said of the nodes of some clusters.
    #[must_use]
    pub fn only(&self, clusters: &[Label]) -> Self {
        let of = |(key, arming): (&(Label, Label), &Arming)| {
            clusters.contains(&key.0).then(|| (key.clone(), *arming))
        };
        Self { nodes: self.nodes.iter().filter_map(of).collect() }
    }

    /// Takes what another state says of some clusters instead of what this one does.
    pub fn take(&mut self, clusters: &[Label], from: &Self) {
        self.nodes.retain(|(cluster, _), _| !clusters.contains(cluster));
        self.nodes.extend(from.only(clusters).nodes);
    }

    /// Returns what a node does when it boots from the network: what was said last.
    pub fn mode(&self, cluster: &Label, node: &Node) -> Mode {
        match (self.of(cluster, &node.name), node.mode) {
            (Some(Arming::Disarmed), _) => Mode::Local,
            (Some(Arming::Armed { .. }), Mode::Local) => Mode::Install,
            (_, mode) => mode,
        }
    }

    /// Arms a node. What vars.yaml says already is not kept.
    pub fn arm(&mut self, cluster: &Label, node: &Node, until: Option<Moment>) {
        let key = (cluster.clone(), node.name.clone());
        if node.mode != Mode::Local && until.is_none() {
            self.nodes.remove(&key);
        } else {
            self.nodes.insert(key, Arming::Armed { until });
        }
    }

    /// Disarms a node.
    pub fn disarm(&mut self, cluster: &Label, node: &Node) {
        self.nodes.insert((cluster.clone(), node.name.clone()), Arming::Disarmed);
    }

    /// Forgets the nodes of a cluster that are not in its vars.yaml any more.
    pub fn forget_others(&mut self, cluster: &Label, nodes: &[Node]) {
        self.nodes.retain(|(of, name), _| of != cluster || nodes.iter().any(|node| node.name == *name));
    }

    /// Returns when the time of an armed node was over, if it was.
    pub fn expired(&self, cluster: &Label, node: &Label, now: UnixTime) -> Option<Moment> {
        match self.of(cluster, node) {
            Some(Arming::Armed { until: Some(until) }) if until.0 <= now => Some(until),
            _ => None,
        }
    }

    fn of(&self, cluster: &Label, node: &Label) -> Option<Arming> {
        self.nodes.get(&(cluster.clone(), node.clone())).copied()
    }
}

fn checked(cluster: &str, node: &str, entry: WireNode) -> Result<((Label, Label), Arming), String> {
    let label = |text: &str| text.parse::<Label>().map_err(|error| error.to_string());
    let until: Option<Moment> =
        entry.until.map(|text| text.parse()).transpose().map_err(|error: MomentError| error.to_string())?;
    let arming = match (entry.armed, until) {
        (true, until) => Arming::Armed { until },
        (false, None) => Arming::Disarmed,
        (false, Some(_)) => return Err(format!("`{node}` is disarmed and has an `until`")),
    };
    Ok(((label(cluster)?, label(node)?), arming))
}

fn to_wire(arming: Arming) -> WireNode {
    match arming {
        Arming::Disarmed => WireNode { armed: false, until: None },
        Arming::Armed { until } => WireNode { armed: true, until: until.map(|moment| moment.to_string()) },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"{
  "format-version": 1,
  "clusters": {
    "ocp4": {
      "worker0": {
        "armed": false
      },
      "worker1": {
        "armed": true,
        "until": "2030-01-01T00:00:00Z"
      }
    }
  }
}
"#;

    #[test]
    fn text_is_stable_and_parses_back() {
        let state = State::parse(TEXT.as_bytes(), "s").unwrap();
        assert_eq!(state.to_text(), TEXT);
        assert_eq!(State::default().to_text(), "{\n  \"format-version\": 1,\n  \"clusters\": {}\n}\n");
    }

    #[test]
    fn the_time_of_an_armed_node_ends() {
        let state = State::parse(TEXT.as_bytes(), "s").unwrap();
        let (cluster, node): (Label, Label) = ("ocp4".parse().unwrap(), "worker1".parse().unwrap());
        let at = |text: &str| text.parse::<Moment>().unwrap().0;
        assert_eq!(state.expired(&cluster, &node, at("2029-12-31T23:59:59Z")), None);
        assert!(state.expired(&cluster, &node, at("2030-01-01T00:00:00Z")).is_some());
        assert_eq!(state.expired(&cluster, &"worker0".parse().unwrap(), at("2031-01-01T00:00:00Z")), None);
    }

    #[test]
    fn untrusted_entries_are_refused() {
        for (from, to) in [
            ("worker0", "../x"),
            ("2030-01-01T00:00:00Z", "soon"),
            ("\"armed\": false", "\"armed\": 1"),
            ("\"format-version\": 1", "\"format-version\": 2"),
            ("\"armed\": true", "\"armed\": false"),
        ] {
            assert!(State::parse(TEXT.replace(from, to).as_bytes(), "s").is_err(), "{to}");
        }
    }
}
