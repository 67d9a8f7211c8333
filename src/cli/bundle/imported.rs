//! The document of `okdboot bundle import`.

use serde::Serialize;

use crate::model::digest::Sha256;
use crate::model::name::Label;
use crate::text::Bytes;

/// What `okdboot bundle import` says.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(extend("then" = {"required": ["bundle"]})))]
pub(in crate::cli) struct Document<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) bundle: Option<Believed<'a>>,
    /// The inventories and locks that were written; absent with `--dry-run`.
    #[cfg_attr(test, schemars(inner(length(min = 1))))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) written: Option<Vec<&'a str>>,
}

/// The bundle that was read and found to be right.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "bundle"))]
#[serde(rename_all = "kebab-case")]
pub(super) struct Believed<'a> {
    pub(super) sha256: Sha256,
    pub(super) bytes: Bytes,
    /// The ids of its clusters.
    #[cfg_attr(test, schemars(length(min = 1)))]
    pub(super) clusters: Vec<&'a Label>,
    /// The artifacts in it.
    pub(super) artifacts: Vec<ImportedArtifact>,
    /// How many files of the output tree are in it.
    pub(super) rendered_files: usize,
}

/// An artifact of the bundle.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "Artifact"))]
pub(super) struct ImportedArtifact {
    /// The path in the archive.
    #[cfg_attr(test, schemars(length(min = 1)))]
    pub(super) path: String,
    pub(super) sha256: Sha256,
}

impl<'a> Document<'a> {
    /// Says what landed beside the tree.
    pub(super) fn landed(written: Vec<&'a str>) -> Self {
        Self { bundle: None, written: Some(written) }
    }
}
