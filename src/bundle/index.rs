//! `bundle.json`: which clusters a bundle is for.

use serde_json::{Value, json};

use super::BundleError;
use crate::model::name::Label;

/// The version of the format that is read and written.
const FORMAT_VERSION: u64 = 1;

/// The clusters, in the order in which they were named when the bundle was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BundleIndex {
    /// Their ids.
    pub clusters: Vec<Label>,
}

impl BundleIndex {
    /// Returns the text.
    pub fn to_json(&self) -> String {
        let clusters: Vec<String> = self.clusters.iter().map(ToString::to_string).collect();
        format!("{:#}\n", json!({"format-version": FORMAT_VERSION, "clusters": clusters}))
    }

    /// Parses the text.
    pub fn parse(text: &[u8]) -> Result<Self, BundleError> {
        let refuse = |why: &str| BundleError::Form { why: format!("`bundle.json` {why}") };
        let value: Value = serde_json::from_slice(text).map_err(|_| refuse("is not JSON"))?;
        let version = value.get("format-version").and_then(Value::as_u64);
        if version != Some(FORMAT_VERSION) {
            return Err(refuse("is of a `format-version` that this okdboot does not read; take a newer one"));
        }
        let names = value.get("clusters").and_then(Value::as_array).filter(|names| !names.is_empty());
        let names = names.ok_or_else(|| refuse("names no clusters"))?;
        let parsed = names.iter().map(|name| name.as_str()?.parse().ok()).collect::<Option<Vec<Label>>>();
        let clusters = parsed.ok_or_else(|| refuse("has a cluster that is not a name"))?;
        if clusters.iter().enumerate().any(|(at, id)| clusters[..at].contains(id)) {
            return Err(refuse("names a cluster twice"));
        }
        Ok(Self { clusters })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_round_trips_and_others_are_refused() {
        let index = BundleIndex { clusters: vec!["b".parse().unwrap(), "a".parse().unwrap()] };
        assert_eq!(BundleIndex::parse(index.to_json().as_bytes()).unwrap(), index);
        for bad in [
            "",
            "{}",
            r#"{"format-version":2,"clusters":["a"]}"#,
            r#"{"format-version":1,"clusters":[]}"#,
            r#"{"format-version":1,"clusters":["../a"]}"#,
            r#"{"format-version":1,"clusters":["a","a"]}"#,
        ] {
            assert!(BundleIndex::parse(bad.as_bytes()).is_err(), "{bad}");
        }
    }
}
