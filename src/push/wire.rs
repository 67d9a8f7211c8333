//! The messages of matchbox's gRPC (matchbox v0.11.0, `storagepb/storage.proto` and `serverpb/messages.proto`).
//! A field that is not set here keeps its default on the other side.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::matchbox;

/// `storagepb.Group`
#[derive(Clone, PartialEq, prost::Message)]
pub struct WireGroup {
    /// The key.
    #[prost(string, tag = "1")]
    pub id: String,
    /// For people.
    #[prost(string, tag = "2")]
    pub name: String,
    /// The id of its profile.
    #[prost(string, tag = "3")]
    pub profile: String,
    /// Labels that a request must carry.
    #[prost(btree_map = "string, string", tag = "4")]
    pub selector: BTreeMap<String, String>,
    /// A JSON object.
    #[prost(bytes = "vec", tag = "5")]
    pub metadata: Vec<u8>,
}

/// `storagepb.Profile`
#[derive(Clone, PartialEq, prost::Message)]
pub struct WireProfile {
    /// The key.
    #[prost(string, tag = "1")]
    pub id: String,
    /// For people.
    #[prost(string, tag = "2")]
    pub name: String,
    /// The name of its Ignition config.
    #[prost(string, tag = "3")]
    pub ignition_id: String,
    /// The name of its cloud config.
    #[prost(string, tag = "4")]
    pub cloud_id: String,
    /// What it boots.
    #[prost(message, optional, tag = "5")]
    pub boot: Option<WireNetBoot>,
    /// The name of its generic config.
    #[prost(string, tag = "6")]
    pub generic_id: String,
}

/// `storagepb.NetBoot`; field 3 is reserved.
#[derive(Clone, PartialEq, prost::Message)]
pub struct WireNetBoot {
    /// A URL.
    #[prost(string, tag = "1")]
    pub kernel: String,
    /// URLs.
    #[prost(string, repeated, tag = "2")]
    pub initrd: Vec<String>,
    /// Kernel arguments.
    #[prost(string, repeated, tag = "4")]
    pub args: Vec<String>,
}

/// `GroupPutRequest`, `GroupGetResponse`
#[derive(Clone, PartialEq, prost::Message)]
pub struct OneGroup {
    /// Never absent in a request: the server would end.
    #[prost(message, optional, tag = "1")]
    pub group: Option<WireGroup>,
}

/// `ProfilePutRequest`, `ProfileGetResponse`
#[derive(Clone, PartialEq, prost::Message)]
pub struct OneProfile {
    /// Never absent in a request: the server would end.
    #[prost(message, optional, tag = "1")]
    pub profile: Option<WireProfile>,
}

/// A request by the key: groups and profiles call it `id`, configs `name`.
#[derive(Clone, PartialEq, prost::Message)]
pub struct KeyRequest {
    /// The key.
    #[prost(string, tag = "1")]
    pub key: String,
}

/// `IgnitionPutRequest`, `GenericPutRequest`
#[derive(Clone, PartialEq, prost::Message)]
pub struct NamedConfig {
    /// The name of the file.
    #[prost(string, tag = "1")]
    pub name: String,
    /// Its bytes.
    #[prost(bytes = "vec", tag = "2")]
    pub config: Vec<u8>,
}

/// `IgnitionGetResponse`, `GenericGetResponse`
#[derive(Clone, PartialEq, prost::Message)]
pub struct Config {
    /// The bytes of the file.
    #[prost(bytes = "vec", tag = "1")]
    pub config: Vec<u8>,
}

/// Any response that says nothing.
#[derive(Clone, PartialEq, prost::Message)]
pub struct EmptyResponse {}

impl WireGroup {
    /// Reads a group as it was planned.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let matchbox::Group { id, name, profile, selector } = serde_json::from_slice(bytes).ok()?;
        Some(Self { id, name, profile, selector, metadata: Vec::new() })
    }

    /// Returns it as it would be planned. Metadata, which okdboot never writes, makes it another.
    pub fn to_json(&self) -> Vec<u8> {
        let group = matchbox::Group {
            id: self.id.clone(),
            name: self.name.clone(),
            profile: self.profile.clone(),
            selector: self.selector.clone(),
        };
        let metadata: Value = serde_json::from_slice(&self.metadata).unwrap_or_default();
        let is_empty = metadata.is_null() || metadata.as_object().is_some_and(Map::is_empty);
        with(&group, if is_empty { vec![] } else { vec![("metadata", metadata)] })
    }
}

impl WireProfile {
    /// Reads a profile as it was planned.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let matchbox::Profile { id, name, ignition_id, boot } = serde_json::from_slice(bytes).ok()?;
        let boot =
            boot.map(|matchbox::NetBoot { kernel, initrd, args }| WireNetBoot { kernel, initrd, args });
        let ignition_id = ignition_id.unwrap_or_default();
        Some(Self { id, name, ignition_id, boot, ..Self::default() })
    }

    /// Returns it as it would be planned. What okdboot never writes makes it another.
    pub fn to_json(&self) -> Vec<u8> {
        let boot = self.boot.clone();
        let profile = matchbox::Profile {
            id: self.id.clone(),
            name: self.name.clone(),
            ignition_id: Some(self.ignition_id.clone()).filter(|id| !id.is_empty()),
            boot: boot.map(|WireNetBoot { kernel, initrd, args }| matchbox::NetBoot { kernel, initrd, args }),
        };
        let further = [("cloud_id", &self.cloud_id), ("generic_id", &self.generic_id)];
        let further = further.into_iter().filter(|(_, id)| !id.is_empty());
        with(&profile, further.map(|(key, id)| (key, Value::from(id.as_str()))).collect())
    }
}

/// Adds members that okdboot's own form has not.
fn with(own: &impl serde::Serialize, further: Vec<(&str, Value)>) -> Vec<u8> {
    if further.is_empty() {
        return matchbox::to_json(own);
    }
    let mut value = serde_json::to_value(own).unwrap_or_default();
    for (key, member) in further {
        value[key] = member;
    }
    matchbox::to_json(&value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_planned_comes_back_as_it_was() {
        let group = matchbox::Group {
            id: "lab-w0".into(),
            name: "w0.lab.example.com".into(),
            profile: "lab-worker".into(),
            selector: BTreeMap::from([("mac".into(), "52:54:00:00:00:01".into())]),
        };
        let bytes = matchbox::to_json(&group);
        let read = WireGroup::parse(&bytes).unwrap();
        assert_eq!(read.to_json(), bytes);
        // `null` and `{}` are what a server says where there is none.
        for none in [&b"null"[..], b"{}"] {
            assert_eq!(WireGroup { metadata: none.to_vec(), ..read.clone() }.to_json(), bytes);
        }
        assert_ne!(WireGroup { metadata: b"{\"a\":1}".to_vec(), ..read }.to_json(), bytes);
        for boot in
            [None, Some(matchbox::NetBoot { kernel: "k".into(), initrd: vec!["i".into()], args: vec![] })]
        {
            let ignition_id = boot.as_ref().map(|_| "lab-worker.ign".into());
            let profile = matchbox::Profile { id: "p".into(), name: "n".into(), ignition_id, boot };
            let bytes = matchbox::to_json(&profile);
            let read = WireProfile::parse(&bytes).unwrap();
            assert_eq!(read.to_json(), bytes);
            assert_ne!(WireProfile { generic_id: "g".into(), ..read }.to_json(), bytes);
        }
    }
}
