//! matchbox's groups and profiles as it reads them (matchbox `storage/storagepb`, v0.11.0).

pub mod form;
pub mod profile;
pub mod script;
pub mod select;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A machine, found by its labels.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// Only for people: the file's stem is the key.
    pub id: String,
    /// Only for people.
    pub name: String,
    /// The stem of the profile's file.
    pub profile: String,
    /// Labels that a request must carry.
    pub selector: BTreeMap<String, String>,
}

/// What a machine boots.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// Must not be empty.
    pub id: String,
    /// Only for people.
    pub name: String,
    /// The file in `ignition/` that `/ignition` serves; without one it answers 404.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ignition_id: Option<String>,
    /// What `/ipxe` prints; without it the answer is 404, and iPXE goes on to the next device.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub boot: Option<NetBoot>,
}

/// Kernel, initrds and arguments; nothing in them is escaped or templated by matchbox.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct NetBoot {
    /// A URL.
    pub kernel: String,
    /// URLs, each with its iPXE options in front.
    pub initrd: Vec<String>,
    /// Kernel arguments.
    pub args: Vec<String>,
}

/// Serialises a group or profile as it is written to disk.
pub fn to_json(value: &impl Serialize) -> Vec<u8> {
    let mut text = serde_json::to_vec_pretty(value).unwrap_or_default();
    text.push(b'\n');
    text
}
