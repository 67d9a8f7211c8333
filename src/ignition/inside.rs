//! What an Ignition file holds, as far as its age and its kin can be told from it.
//!
//! Read without trusting it: lists, depth of nesting and the bytes that come out of its parts are
//! bounded. What okdboot does not ask about is passed over.

use std::collections::BTreeSet;

use serde::Deserialize;
use thiserror::Error;

use super::bounded::{Bounded, MAX_ENTRIES};
use super::certificate::{Certificate, certificates_in};
use super::content::{ContentBudget, ContentError};
use super::run::Run;

/// How many configs may stand inside one another.
const MAX_DEPTH: usize = 4;

/// Where the installer puts the authority that the pointer configs trust (openshift/installer,
/// `pkg/asset/tls/root.go`).
const ROOT_CA: &str = "/opt/openshift/tls/root-ca.crt";

/// What a config holds, with the configs that it carries inside it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inside {
    /// The URLs of the configs that are merged or put in its place, without those it carries itself.
    pub pointers: Vec<String>,
    /// The authorities that Ignition trusts when it fetches them, in DER.
    pub authorities: BTreeSet<Vec<u8>>,
    /// The authority of the installer's run, in DER: only a bootstrap config has it.
    pub root_ca: Option<Vec<u8>>,
    /// Every certificate in the contents of its files.
    pub certificates: BTreeSet<Certificate>,
    /// What the installer's run was made for: only a bootstrap config tells.
    pub run: Run,
}

/// Why a file cannot be looked into.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum InsideError {
    /// A part of it.
    #[error("it has {0}")]
    Content(#[from] ContentError),
    /// Configs inside configs.
    #[error("it carries configs inside configs, more than {MAX_DEPTH} deep")]
    Deep,
    /// JSON of another shape than Ignition's. The parser's words could repeat a value.
    #[error("it has not the shape of an Ignition config, or a list of more than {MAX_ENTRIES} entries")]
    Shape,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Wire {
    ignition: WireIgnition,
    storage: WireStorage,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct WireIgnition {
    config: WireConfig,
    security: WireSecurity,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct WireConfig {
    merge: Bounded<Resource>,
    replace: Resource,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct WireSecurity {
    tls: WireTls,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct WireTls {
    certificate_authorities: Bounded<Resource>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct WireStorage {
    files: Bounded<WireFile>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct WireFile {
    path: String,
    contents: Resource,
    append: Bounded<Resource>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Resource {
    source: Option<String>,
}

impl Resource {
    fn data(&self) -> Option<&str> {
        self.source.as_deref().filter(|source| is_data(source))
    }
}

fn is_data(source: &str) -> bool {
    source.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("data:"))
}

impl Inside {
    /// Looks into a config.
    pub fn read(bytes: &[u8]) -> Result<Self, InsideError> {
        let mut inside = Self::default();
        inside.add(bytes, &mut ContentBudget::default(), 0)?;
        Ok(inside)
    }

    fn add(&mut self, bytes: &[u8], budget: &mut ContentBudget, depth: usize) -> Result<(), InsideError> {
        if depth > MAX_DEPTH {
            return Err(InsideError::Deep);
        }
        let wire: Wire = serde_json::from_slice(bytes).map_err(|_| InsideError::Shape)?;
        for authority in
            wire.ignition.security.tls.certificate_authorities.0.iter().filter_map(Resource::data)
        {
            self.authorities.extend(certificates_in(&budget.decode(authority)?).into_iter().map(|c| c.der));
        }
        for file in &wire.storage.files.0 {
            self.file(file, budget)?;
        }
        let config = &wire.ignition.config;
        for source in config.merge.0.iter().chain([&config.replace]).filter_map(|part| part.source.as_deref())
        {
            if is_data(source) {
                let inner = budget.decode(source)?;
                self.add(&inner, budget, depth + 1)?;
            } else {
                self.pointers.push(source.to_owned());
            }
        }
        Ok(())
    }

    fn file(&mut self, file: &WireFile, budget: &mut ContentBudget) -> Result<(), InsideError> {
        for part in file.append.0.iter().chain([&file.contents]).filter_map(Resource::data) {
            let bytes = budget.decode(part)?;
            self.run.file(&file.path, &bytes);
            let certificates = certificates_in(&bytes);
            if file.path == ROOT_CA {
                self.root_ca = certificates.first().map(|certificate| certificate.der.clone());
            }
            self.certificates.extend(certificates);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn configs_inside_configs_are_read_to_a_depth() {
        let mut config =
            r#"{"ignition":{"config":{"merge":[{"source":"https://h/config/worker"}]}}}"#.to_owned();
        for depth in 0..=MAX_DEPTH {
            let inside = Inside::read(config.as_bytes()).unwrap();
            assert_eq!(inside.pointers, ["https://h/config/worker"], "{depth}");
            let hex: String = config.bytes().map(|byte| format!("%{byte:02x}")).collect();
            config = format!(r#"{{"ignition":{{"config":{{"replace":{{"source":"data:,{hex}"}}}}}}}}"#);
        }
        assert_eq!(Inside::read(config.as_bytes()), Err(InsideError::Deep));
    }

    #[test]
    fn what_is_no_config_is_refused_and_what_is_missing_is_not() {
        assert_eq!(Inside::read(b"{}"), Ok(Inside::default()));
        let nothing = br#"{"storage":{"files":null},"ignition":{"config":{"merge":null}}}"#;
        assert_eq!(Inside::read(nothing), Ok(Inside::default()));
        for shape in [&br#"{"storage":{"files":"x"}}"#[..], b"[", &[b'['; 10_000], br#"{"storage":[1]}"#] {
            assert_eq!(Inside::read(shape), Err(InsideError::Shape));
        }
    }

    #[test]
    fn a_million_entries_are_not_stored() {
        let entries = "{},".repeat(1_000_000);
        let config = format!(r#"{{"storage":{{"files":[{}]}}}}"#, entries.trim_end_matches(','));
        assert_eq!(Inside::read(config.as_bytes()), Err(InsideError::Shape));
    }

    #[test]
    fn a_broken_part_says_what_is_broken() {
        let config = br#"{"storage":{"files":[{"path":"/x","contents":{"source":"data:;base64,*"}}]}}"#;
        assert_eq!(Inside::read(config), Err(InsideError::Content(ContentError::Base64)));
    }
}
