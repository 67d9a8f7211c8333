//! The JSON of the lock, both ways.
//!
//! Reading is strict: an unknown key, a key that stands twice (what a careless merge leaves) and a
//! wrong value are errors that name the key. Nothing is guessed, since machines boot what this says.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::de::{Error as _, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};
use thiserror::Error;

use super::{Image, LockFile, LockedArch, LockedArtifact, LockedCluster, LockedDigest, LockedStream, Os};
use crate::model::artifact::ArtifactName;
use crate::model::url::ArtifactUrl;
use crate::text::escape;

/// The version of the format.
const FORMAT_VERSION: u64 = 1;

/// Why a text is not a lock.
#[derive(Debug, Error)]
pub enum JsonError {
    /// Not JSON, or a key that stands twice.
    #[error("not a lock: {0}")]
    Json(serde_json::Error),
    /// Another format.
    #[error(
        "`format-version` is {found}, but this okdboot knows {FORMAT_VERSION} only; use the okdboot that wrote it"
    )]
    Version {
        /// What the file says.
        found: String,
    },
    /// A key of another shape.
    #[error("`{key}` should be {expected}")]
    Shape {
        /// The keys on the way, joined by dots.
        key: String,
        /// What should be there.
        expected: &'static str,
    },
    /// A key that is required.
    #[error("`{key}` is missing")]
    Missing {
        /// The keys on the way, joined by dots.
        key: String,
    },
    /// A key that the format does not have.
    #[error("`{key}` is not a key of the lock")]
    Unknown {
        /// The keys on the way, joined by dots.
        key: String,
    },
    /// A value that is not what its key needs.
    #[error("`{key}`: {why}")]
    Value {
        /// The keys on the way, joined by dots.
        key: String,
        /// Why not.
        why: String,
    },
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct WireLock<'a> {
    format_version: u64,
    clusters: BTreeMap<&'a str, WireCluster<'a>>,
}

#[derive(Serialize)]
struct WireCluster<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    stream: Option<WireStream<'a>>,
    image: WireImage,
    arches: BTreeMap<&'static str, WireArch<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct WireStream<'a> {
    source: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    stands_for: Option<&'a str>,
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_modified: Option<&'a str>,
    sha256: String,
    origin: &'static str,
}

/// For people; see [`super::image`].
#[derive(Serialize)]
struct WireImage {
    #[serde(skip_serializing_if = "Option::is_none")]
    os: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    base: Option<String>,
    why: String,
}

#[derive(Serialize)]
struct WireArch<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    release: Option<&'a str>,
    artifacts: BTreeMap<&'static str, WireArtifact<'a>>,
}

#[derive(Serialize)]
struct WireArtifact<'a> {
    location: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    sha256: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    origin: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    signature: Option<&'a str>,
    #[serde(rename = "signed-by", skip_serializing_if = "Option::is_none")]
    signed_by: Option<String>,
}

/// Returns the text of a lock: the same bytes for the same lock, with a closing newline.
pub fn to_json(lock: &LockFile) -> Result<String, serde_json::Error> {
    let clusters = lock.clusters.iter().map(|(id, cluster)| (id.as_str(), wire_cluster(cluster))).collect();
    let mut text = serde_json::to_string_pretty(&WireLock { format_version: FORMAT_VERSION, clusters })?;
    text.push('\n');
    Ok(text)
}

fn wire_cluster(cluster: &LockedCluster) -> WireCluster<'_> {
    let arches = cluster.arches.iter().map(|(arch, locked)| (arch.as_str(), wire_arch(locked))).collect();
    WireCluster {
        stream: cluster.stream.as_ref().map(wire_stream),
        image: wire_image(cluster.image()),
        arches,
    }
}

fn wire_image(image: Image) -> WireImage {
    WireImage { os: image.os.map(Os::as_str), base: image.base, why: image.why }
}

fn wire_stream(stream: &LockedStream) -> WireStream<'_> {
    WireStream {
        source: &stream.source,
        stands_for: stream.stands_for.as_deref(),
        name: &stream.name,
        last_modified: stream.last_modified.as_deref(),
        sha256: stream.sha256.to_string(),
        origin: stream.origin.as_str(),
    }
}

fn wire_arch(arch: &LockedArch) -> WireArch<'_> {
    let artifacts = arch.artifacts.iter().map(|(kind, it)| (kind.as_str(), wire_artifact(it))).collect();
    WireArch { release: arch.release.as_deref(), artifacts }
}

fn wire_artifact(artifact: &LockedArtifact) -> WireArtifact<'_> {
    WireArtifact {
        location: artifact.location.as_str(),
        sha256: artifact.digest.map(|digest| digest.sha256.to_string()),
        origin: artifact.digest.map(|digest| digest.origin.as_str()),
        signature: artifact.signature.as_ref().map(ArtifactUrl::as_str),
        signed_by: artifact.signed_by.as_ref().map(ToString::to_string),
    }
}

/// Parses the text of a lock.
pub fn parse(text: &str) -> Result<LockFile, JsonError> {
    let Strict(value) = serde_json::from_str(text).map_err(JsonError::Json)?;
    let mut top = JsonObject::of(value, String::new())?;
    let version = top.value("format-version")?;
    if version.as_u64() != Some(FORMAT_VERSION) {
        return Err(JsonError::Version { found: escape(&version.to_string()) });
    }
    let clusters = top.object("clusters")?.each(|key, object| Ok((key, cluster(object)?)))?;
    top.end()?;
    Ok(LockFile { clusters })
}

fn cluster(mut object: JsonObject) -> Result<LockedCluster, JsonError> {
    let stream = object.optional("stream")?.map(stream).transpose()?;
    // It follows from the rest, and a lock of an earlier okdboot has none.
    object.optional("image")?;
    let arches = object.object("arches")?.each(|key, object| Ok((key, arch(object)?)))?;
    object.end()?;
    Ok(LockedCluster { stream, arches })
}

fn stream(mut object: JsonObject) -> Result<LockedStream, JsonError> {
    let stream = LockedStream {
        source: object.text("source")?,
        stands_for: object.optional_text("stands-for")?,
        name: object.text("name")?,
        last_modified: object.optional_text("last-modified")?,
        sha256: object.parsed("sha256")?,
        origin: object.parsed("origin")?,
    };
    object.end()?;
    Ok(stream)
}

fn arch(mut object: JsonObject) -> Result<LockedArch, JsonError> {
    let release = object.optional_text("release")?;
    let artifacts = object.object("artifacts")?.each(|key, object| Ok((key, artifact(object)?)))?;
    object.end()?;
    Ok(LockedArch { release, artifacts })
}

fn artifact(mut object: JsonObject) -> Result<LockedArtifact, JsonError> {
    let key = object.key("location");
    let location = object.parsed("location")?;
    let name = ArtifactName::from_location(ArtifactUrl::as_str(&location));
    let digest = match (object.optional_parsed("sha256")?, object.optional_parsed("origin")?) {
        (Some(sha256), Some(origin)) => Some(LockedDigest { sha256, origin }),
        (None, None) => None,
        (Some(_), None) => return Err(JsonError::Missing { key: object.key("origin") }),
        (None, Some(_)) => return Err(JsonError::Missing { key: object.key("sha256") }),
    };
    let signature = object.optional_parsed("signature")?;
    let signed_by = object.optional_parsed("signed-by")?;
    object.end()?;
    let name = name.map_err(|error| JsonError::Value { key, why: error.to_string() })?;
    Ok(LockedArtifact { location, name, digest, signature, signed_by })
}

/// An object that is read key by key; what is left at the end is unknown.
struct JsonObject {
    path: String,
    map: Map<String, Value>,
}

impl JsonObject {
    fn of(value: Value, path: String) -> Result<Self, JsonError> {
        match value {
            Value::Object(map) => Ok(Self { path, map }),
            _ => Err(JsonError::Shape { key: or_top(path), expected: "an object" }),
        }
    }

    fn key(&self, key: &str) -> String {
        let key = escape(key);
        if self.path.is_empty() { key } else { format!("{}.{key}", self.path) }
    }

    fn value(&mut self, key: &str) -> Result<Value, JsonError> {
        self.map.remove(key).ok_or_else(|| JsonError::Missing { key: self.key(key) })
    }

    fn object(&mut self, key: &str) -> Result<Self, JsonError> {
        let value = self.value(key)?;
        Self::of(value, self.key(key))
    }

    fn optional(&mut self, key: &str) -> Result<Option<Self>, JsonError> {
        self.map.remove(key).map(|value| Self::of(value, self.key(key))).transpose()
    }

    fn text(&mut self, key: &str) -> Result<String, JsonError> {
        self.optional_text(key)?.ok_or_else(|| JsonError::Missing { key: self.key(key) })
    }

    fn optional_text(&mut self, key: &str) -> Result<Option<String>, JsonError> {
        match self.map.remove(key) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(JsonError::Shape { key: self.key(key), expected: "a string" }),
        }
    }

    fn parsed<T: FromStr<Err: fmt::Display>>(&mut self, key: &str) -> Result<T, JsonError> {
        self.optional_parsed(key)?.ok_or_else(|| JsonError::Missing { key: self.key(key) })
    }

    fn optional_parsed<T: FromStr<Err: fmt::Display>>(&mut self, key: &str) -> Result<Option<T>, JsonError> {
        let Some(text) = self.optional_text(key)? else { return Ok(None) };
        parse_text(&text, self.key(key)).map(Some)
    }

    /// Reads an object whose keys are values.
    fn each<K: FromStr<Err: fmt::Display> + Ord, V>(
        self,
        read: impl Fn(K, Self) -> Result<(K, V), JsonError>,
    ) -> Result<BTreeMap<K, V>, JsonError> {
        let mut entries = BTreeMap::new();
        let path = Self { path: self.path, map: Map::new() };
        for (text, value) in self.map {
            let key = path.key(&text);
            let (parsed, entry) = read(parse_text(&text, key.clone())?, Self::of(value, key.clone())?)?;
            if entries.insert(parsed, entry).is_some() {
                return Err(JsonError::Value {
                    key,
                    why: "it stands twice under other spellings".to_owned(),
                });
            }
        }
        Ok(entries)
    }

    fn end(self) -> Result<(), JsonError> {
        match self.map.keys().next() {
            Some(key) => Err(JsonError::Unknown { key: self.key(key) }),
            None => Ok(()),
        }
    }
}

fn or_top(path: String) -> String {
    if path.is_empty() { "the lock".to_owned() } else { path }
}

fn parse_text<T: FromStr<Err: fmt::Display>>(text: &str, key: String) -> Result<T, JsonError> {
    text.parse().map_err(|error: T::Err| JsonError::Value { key, why: escape(&error.to_string()) })
}

/// A JSON value in which no key stands twice.
struct Strict(Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(StrictVisitor).map(Self)
    }
}

struct StrictVisitor;

impl<'de> Visitor<'de> for StrictVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(Strict(value)) = list.next_element()? {
            values.push(value);
        }
        Ok(values.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut values = Map::new();
        while let Some((key, Strict(value))) = map.next_entry::<String, _>()? {
            if values.contains_key(&key) {
                return Err(A::Error::custom(format_args!("`{}` stands twice", escape(&key))));
            }
            values.insert(key, value);
        }
        Ok(values.into())
    }
}
