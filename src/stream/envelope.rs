//! What stream metadata comes wrapped in, and what is mistaken for it.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::StreamError;
use crate::model::arch::Arch;
use crate::model::stream_ref::Rhel;
use crate::text::{List, escape};

/// How deep a stream may be wrapped: a JSON string, of a ConfigMap, of both streams, and the stream.
const MAX_WRAPS: usize = 4;

/// A Kubernetes object, as far as it matters here.
#[derive(Deserialize)]
struct KubernetesObject {
    kind: Option<String>,
    data: Option<Data>,
}

/// `data` of the ConfigMap `coreos-bootimages`. Both values are JSON texts; 4.22 and later have the
/// second too.
#[derive(Deserialize)]
struct Data {
    stream: Option<String>,
    streams: Option<String>,
}

/// The keys at the top of a JSON object; their values are skipped without being kept.
struct Keys(BTreeSet<String>);

impl<'de> Deserialize<'de> for Keys {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(KeysVisitor)
    }
}

struct KeysVisitor;

impl<'de> Visitor<'de> for KeysVisitor {
    type Value = Keys;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Keys, A::Error> {
        let mut keys = BTreeSet::new();
        while let Some((key, IgnoredAny)) = map.next_entry()? {
            keys.insert(key);
        }
        Ok(Keys(keys))
    }
}

/// What is in a wrapper.
enum EnvelopeContent {
    /// Whatever there was.
    Only(String),
    /// The one of several that was asked for, or the default.
    Chosen(String),
}

/// Returns the bare JSON of the stream.
pub(super) fn open(text: &str, rhel: Option<Rhel>) -> Result<Cow<'_, str>, StreamError> {
    let mut inner = Cow::Borrowed(text.strip_prefix('\u{feff}').unwrap_or(text));
    // What was asked for and not chosen yet.
    let mut open = rhel;
    for _ in 0..MAX_WRAPS {
        match (unwrap(&inner, rhel)?, open) {
            (Some(EnvelopeContent::Only(next)), _) => inner = Cow::Owned(next),
            (Some(EnvelopeContent::Chosen(next)), _) => (inner, open) = (Cow::Owned(next), None),
            (None, Some(rhel)) => return Err(no_rhel(rhel, "one stream only")),
            (None, None) => return Ok(inner),
        }
    }
    Err(StreamError::Other { keys: "those of wrappers only".to_owned() })
}

/// Takes one wrapper off; nothing when there is none.
fn unwrap(text: &str, rhel: Option<Rhel>) -> Result<Option<EnvelopeContent>, StreamError> {
    match text.trim_start().chars().next() {
        None => Err(StreamError::Empty),
        Some('<') => Err(StreamError::Html),
        Some('"') => Ok(Some(EnvelopeContent::Only(serde_json::from_str(text)?))),
        Some('{') => unwrap_json(text, rhel),
        Some('[') => Err(StreamError::Other { keys: "those of a list".to_owned() }),
        Some(_) => from_object(parse_yaml(text)?, rhel),
    }
}

fn unwrap_json(text: &str, rhel: Option<Rhel>) -> Result<Option<EnvelopeContent>, StreamError> {
    let keys: Keys = serde_json::from_str(text)?;
    let has = |key: &str| keys.0.contains(key);
    if has("architectures") && !has("release") {
        Ok(None)
    } else if has("kind") && has("apiVersion") {
        from_object(serde_json::from_str(text)?, rhel)
    } else if keys.0.iter().any(|key| key.starts_with("rhel-")) {
        choose(text, rhel).map(Some)
    } else {
        Err(mistaken(text, &keys))
    }
}

fn parse_yaml(text: &str) -> Result<KubernetesObject, StreamError> {
    let is_object = text.lines().any(|line| line.starts_with("apiVersion:"));
    if !is_object {
        let first: String = text.trim_start().chars().take_while(|c| *c != '\n').take(40).collect();
        return Err(StreamError::Yaml(format!("it begins with `{}`", escape(&first))));
    }
    serde_yaml::from_str(text).map_err(|error| StreamError::Yaml(escape(&error.to_string())))
}

fn from_object(object: KubernetesObject, rhel: Option<Rhel>) -> Result<Option<EnvelopeContent>, StreamError> {
    let kind = object.kind.unwrap_or_default();
    if kind != "ConfigMap" {
        return Err(StreamError::Object(escape(&kind)));
    }
    let Some(data) = object.data else { return Err(StreamError::NoData) };
    match (data.stream, data.streams, rhel) {
        (Some(stream), _, None) => Ok(Some(EnvelopeContent::Only(stream))),
        (_, Some(streams), rhel) => choose(&streams, rhel).map(Some),
        (Some(_), None, Some(rhel)) => Err(no_rhel(rhel, "one stream only")),
        (None, None, _) => Err(StreamError::NoData),
    }
}

/// Takes one of `{"rhel-9": {...}, "rhel-10": {...}}`; rhel-9 unless another is asked for, as
/// `openshift-install` does.
fn choose(streams: &str, rhel: Option<Rhel>) -> Result<EnvelopeContent, StreamError> {
    let streams: BTreeMap<String, Value> = serde_json::from_str(streams)?;
    let wanted = rhel.unwrap_or(Rhel::Nine);
    let chosen = streams.get(wanted.as_str()).map(|stream| EnvelopeContent::Chosen(stream.to_string()));
    chosen.ok_or_else(|| {
        let present: Vec<_> = streams.keys().map(|key| escape(key)).collect();
        no_rhel(wanted, &List::and(&present).to_string())
    })
}

fn no_rhel(wanted: Rhel, present: &str) -> StreamError {
    StreamError::NoRhel { wanted: wanted.as_str(), present: present.to_owned() }
}

/// Names the document that was taken for a stream.
fn mistaken(text: &str, keys: &Keys) -> StreamError {
    let has = |key: &str| keys.0.contains(key);
    if has("baseURI") || (has("buildid") && has("images")) {
        StreamError::Legacy { build: build_id(text) }
    } else if !keys.0.is_empty() && keys.0.iter().all(|key| key.parse::<Arch>().is_ok()) {
        StreamError::Marketplace
    } else if has("release") && has("architectures") || has("releases") {
        StreamError::FedoraRelease
    } else {
        StreamError::Other { keys: first_keys(keys) }
    }
}

fn build_id(text: &str) -> String {
    #[derive(Deserialize)]
    struct Legacy {
        buildid: String,
    }
    let legacy = serde_json::from_str::<Legacy>(text);
    legacy.map_or_else(|_| "of unknown build".to_owned(), |legacy| escape(&legacy.buildid))
}

fn first_keys(keys: &Keys) -> String {
    let first: Vec<_> = keys.0.iter().take(5).map(|key| escape(key)).collect();
    if first.is_empty() { "none".to_owned() } else { List::and(&first).to_string() }
}
