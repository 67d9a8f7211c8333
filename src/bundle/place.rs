//! Where things stand in a bundle.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use crate::model::artifact::ArtifactName;
use crate::model::digest::Sha256;
use crate::model::name::Label;
use crate::model::path::RelPath;

/// What an entry is; entries come in this order, so that the large ones are last.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum BundlePlace {
    /// `bundle.json`: the clusters.
    Index,
    /// `manifest.json`: what okdboot knows of the files of the tree.
    Manifest,
    /// `state.json`: which nodes were armed or disarmed.
    State,
    /// `clusters/<id>/vars.yaml`
    Vars(Label),
    /// `clusters/<id>/okdboot.lock`
    Lock(Label),
    /// `streams/<sha256>.json`: metadata as it was read.
    Stream(Sha256),
    /// `signatures/<artifact>.sig`
    Signature(ArtifactName),
    /// `tree/<path>`: a rendered file.
    Tree(RelPath),
    /// `artifacts/<name>`
    Artifact(ArtifactName),
}

/// Not a place in a bundle.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum BundlePlaceError {
    /// It begins with a slash.
    #[error("its path is absolute")]
    Absolute,
    /// It has a segment `..`.
    #[error("its path leads out of the bundle")]
    Outside,
    /// It has characters or segments that no path of okdboot has.
    #[error("its path is not one that okdboot writes")]
    Odd,
    /// It is none of the known ones.
    #[error("nothing of a bundle stands there")]
    Unknown,
}

impl fmt::Display for BundlePlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Index => f.write_str("bundle.json"),
            Self::Manifest => f.write_str("manifest.json"),
            Self::State => f.write_str("state.json"),
            Self::Vars(id) => write!(f, "clusters/{id}/vars.yaml"),
            Self::Lock(id) => write!(f, "clusters/{id}/okdboot.lock"),
            Self::Stream(sha256) => write!(f, "streams/{sha256}.json"),
            Self::Signature(name) => write!(f, "signatures/{name}.sig"),
            Self::Tree(path) => write!(f, "tree/{path}"),
            Self::Artifact(name) => write!(f, "artifacts/{name}"),
        }
    }
}

impl FromStr for BundlePlace {
    type Err = BundlePlaceError;

    fn from_str(text: &str) -> Result<Self, BundlePlaceError> {
        if text.starts_with('/') {
            return Err(BundlePlaceError::Absolute);
        }
        if text.split('/').any(|segment| segment == "..") {
            return Err(BundlePlaceError::Outside);
        }
        let path: RelPath = text.parse().map_err(|_| BundlePlaceError::Odd)?;
        // A place has one spelling only, so that two entries cannot mean the same.
        known(path.as_str()).filter(|place| place.to_string() == text).ok_or(BundlePlaceError::Unknown)
    }
}

fn known(path: &str) -> Option<BundlePlace> {
    let (folder, rest) = match path {
        "bundle.json" => return Some(BundlePlace::Index),
        "manifest.json" => return Some(BundlePlace::Manifest),
        "state.json" => return Some(BundlePlace::State),
        _ => path.split_once('/')?,
    };
    match folder {
        "clusters" => match rest.split_once('/')? {
            (id, "vars.yaml") => Some(BundlePlace::Vars(id.parse().ok()?)),
            (id, "okdboot.lock") => Some(BundlePlace::Lock(id.parse().ok()?)),
            _ => None,
        },
        "streams" => Some(BundlePlace::Stream(rest.strip_suffix(".json")?.parse().ok()?)),
        "signatures" => Some(BundlePlace::Signature(rest.strip_suffix(".sig")?.parse().ok()?)),
        "artifacts" => Some(BundlePlace::Artifact(rest.parse().ok()?)),
        // What okdboot keeps about a tree is made anew where the tree lands.
        "tree" if !rest.starts_with(".okdboot") => Some(BundlePlace::Tree(rest.parse().ok()?)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_round_trip_and_nothing_else_is_one() {
        let digest = Sha256::of(b"x");
        let stream = format!("streams/{digest}.json");
        for good in [
            "bundle.json",
            "manifest.json",
            "state.json",
            "clusters/ocp4/vars.yaml",
            "clusters/ocp4/okdboot.lock",
            &stream,
            "signatures/kernel.sig",
            "tree/matchbox/groups/a-b.json",
            "artifacts/rhcos-live-rootfs.x86_64.img",
        ] {
            assert_eq!(good.parse::<BundlePlace>().map(|place| place.to_string()), Ok(good.to_owned()));
        }
        let upper = format!("streams/{}.json", digest.to_string().to_uppercase());
        for (bad, why) in [
            ("/etc/passwd", BundlePlaceError::Absolute),
            ("tree/../x", BundlePlaceError::Outside),
            ("..", BundlePlaceError::Outside),
            ("tree//x", BundlePlaceError::Odd),
            ("tree/./x", BundlePlaceError::Odd),
            ("tree/a\\b", BundlePlaceError::Odd),
            ("", BundlePlaceError::Odd),
            ("artifacts/", BundlePlaceError::Odd),
            ("tree/\u{202e}x", BundlePlaceError::Odd),
            ("artifacts/a/b", BundlePlaceError::Unknown),
            ("artifacts/.part", BundlePlaceError::Unknown),
            ("tree/.okdboot/manifest.json", BundlePlaceError::Unknown),
            ("clusters/OCP4/vars.yaml", BundlePlaceError::Unknown),
            ("clusters/a/id_rsa", BundlePlaceError::Unknown),
            ("SHA256SUMS", BundlePlaceError::Unknown),
            (&upper, BundlePlaceError::Unknown),
        ] {
            assert_eq!(bad.parse::<BundlePlace>(), Err(why), "{bad:?}");
        }
    }
}
