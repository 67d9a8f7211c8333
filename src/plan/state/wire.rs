//! The form of the state in files: this one's, and that of okdboot 0.1.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Arming, Machine, Phase, Said, State, StateError};
use crate::model::mac::MacAddr;
use crate::model::moment::Moment;
use crate::model::name::{Label, NameError};

/// The version of the format that is read and written.
pub(super) const VERSION: u64 = 2;

/// The version that okdboot 0.1 wrote into the output tree.
const OLD_VERSION: u64 = 1;

#[derive(Deserialize)]
struct Version {
    #[serde(rename = "format-version")]
    format_version: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Document {
    format_version: u64,
    machines: Vec<Entry>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    post_bootstrap: BTreeSet<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    cluster: String,
    name: String,
    macs: Vec<String>,
    armed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct OldDocument {
    format_version: u64,
    clusters: BTreeMap<String, BTreeMap<String, OldEntry>>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct OldEntry {
    armed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<String>,
}

pub(super) fn parse(text: &[u8], file: &str) -> Result<State, StateError> {
    refuse_version(text, file, VERSION)?;
    let document: Document = serde_json::from_slice(text).map_err(|cause| json(file, cause))?;
    let invalid = |cause| StateError::Entry { file: file.to_owned(), cause };
    let said: Vec<Said> =
        document.machines.into_iter().map(said).collect::<Result<_, _>>().map_err(invalid)?;
    refuse_twice(&said).map_err(invalid)?;
    let mut state: State = said.into_iter().collect();
    for id in document.post_bootstrap {
        let id = id.parse().map_err(|error: NameError| invalid(error.to_string()))?;
        state.enter(&id, Phase::PostBootstrap);
    }
    Ok(state)
}

pub(super) fn parse_old(text: &[u8], file: &str) -> Result<Vec<Said>, StateError> {
    refuse_version(text, file, OLD_VERSION)?;
    let document: OldDocument = serde_json::from_slice(text).map_err(|cause| json(file, cause))?;
    let entries = document.clusters.into_iter().flat_map(|(cluster, nodes)| {
        nodes.into_iter().map(move |(name, OldEntry { armed, until })| Entry {
            cluster: cluster.clone(),
            name,
            macs: Vec::new(),
            armed,
            since: None,
            until,
        })
    });
    let invalid = |cause| StateError::Entry { file: file.to_owned(), cause };
    entries.map(said).collect::<Result<_, _>>().map_err(invalid)
}

pub(super) fn to_text(said: &[Said], ids: &BTreeSet<Label>) -> String {
    let post_bootstrap = ids.iter().map(ToString::to_string).collect();
    text(&Document { format_version: VERSION, machines: said.iter().map(entry).collect(), post_bootstrap })
}

pub(super) fn to_old_text(said: &[Said]) -> String {
    let mut clusters: BTreeMap<String, BTreeMap<String, OldEntry>> = BTreeMap::new();
    for said in said {
        let Entry { cluster, name, armed, until, .. } = entry(said);
        clusters.entry(cluster).or_default().insert(name, OldEntry { armed, until });
    }
    text(&OldDocument { format_version: OLD_VERSION, clusters })
}

fn text(document: &impl Serialize) -> String {
    // Strings and booleans only: serialising cannot fail.
    serde_json::to_string_pretty(document).unwrap_or_default() + "\n"
}

fn json(file: &str, cause: serde_json::Error) -> StateError {
    StateError::Json { file: file.to_owned(), cause }
}

fn refuse_version(text: &[u8], file: &str, read: u64) -> Result<(), StateError> {
    let version: Version = serde_json::from_slice(text).map_err(|cause| json(file, cause))?;
    if version.format_version == read {
        return Ok(());
    }
    Err(StateError::Version { file: file.to_owned(), found: version.format_version, read })
}

/// Two entries of one machine would contradict each other.
fn refuse_twice(said: &[Said]) -> Result<(), String> {
    let (mut macs, mut names) = (BTreeSet::new(), BTreeSet::new());
    for Said { machine, .. } in said {
        if let Some(mac) = machine.macs.iter().find(|mac| !macs.insert(**mac)) {
            return Err(format!("MAC address {mac} stands there twice"));
        }
        if machine.macs.is_empty() && !names.insert((&machine.cluster, &machine.name)) {
            return Err(format!("`{}` of `{}` stands there twice", machine.name, machine.cluster));
        }
    }
    Ok(())
}

fn said(entry: Entry) -> Result<Said, String> {
    let label = |text: &str| text.parse::<Label>().map_err(|error| error.to_string());
    let mac = |text: &String| text.parse::<MacAddr>().map_err(|error| error.to_string());
    let machine = Machine {
        cluster: label(&entry.cluster)?,
        name: label(&entry.name)?,
        macs: entry.macs.iter().map(mac).collect::<Result<_, _>>()?,
    };
    let moment = |text: Option<String>| {
        text.map(|text| text.parse::<Moment>()).transpose().map_err(|error| error.to_string())
    };
    let arming = match (entry.armed, moment(entry.until)?) {
        (true, until) => Arming::Armed { until },
        (false, None) => Arming::Disarmed,
        (false, Some(_)) => return Err(format!("`{}` is disarmed and has an `until`", machine.name)),
    };
    Ok(Said { machine, arming, since: moment(entry.since)? })
}

fn entry(said: &Said) -> Entry {
    let (armed, until) = match said.arming {
        Arming::Disarmed => (false, None),
        Arming::Armed { until } => (true, until),
    };
    Entry {
        cluster: said.machine.cluster.to_string(),
        name: said.machine.name.to_string(),
        macs: said.machine.macs.iter().map(ToString::to_string).collect(),
        armed,
        since: said.since.map(|moment| moment.to_string()),
        until: until.map(|moment| moment.to_string()),
    }
}
