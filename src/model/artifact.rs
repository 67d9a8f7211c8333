//! The files of a CoreOS release that machines boot or install from.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use crate::text::words;

words! {
    /// What an artifact is for, named as stream metadata names its format and kind.
    ArtifactKind, else ArtifactKindError as ArtifactKindError {
        /// `pxe.kernel`: the live kernel.
        Kernel = "kernel",
        /// `pxe.initramfs`: the live initramfs; it pins its rootfs by hash.
        Initramfs = "initramfs",
        /// `pxe.rootfs`: the live root file system.
        Rootfs = "rootfs",
        /// `iso.disk`: the live ISO.
        Iso = "iso",
        /// `raw.gz.disk` or `raw.xz.disk`: the metal image for 512-byte sectors.
        Metal = "metal",
        /// `4k.raw.gz.disk` or `4k.raw.xz.disk`: the metal image for 4096-byte sectors.
        Metal4k = "metal4k",
        /// `oc` and kubectl for the helper; no stream has it, vars.yaml names it.
        Client = "client",
        /// openshift-install for the helper; no stream has it, vars.yaml names it.
        Installer = "installer",
    }
}

/// Not an artifact kind.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("`{0}` is not an artifact kind")]
pub struct ArtifactKindError(String);

impl ArtifactKind {
    /// The programs of the person at the helper; machines never load them.
    pub const PROGRAMS: [Self; 2] = [Self::Client, Self::Installer];

    /// The three kinds of one network boot.
    pub const NETBOOT: [Self; 3] = [Self::Kernel, Self::Initramfs, Self::Rootfs];
}

/// The file name of an artifact: the last path segment of its `location`, never built or guessed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ArtifactName(String);

/// A file name that okdboot does not write.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("`{name}` is not a safe file name: {why}")]
pub struct ArtifactNameError {
    name: String,
    why: &'static str,
}

impl ArtifactName {
    /// Returns the name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Takes the name from the path of a location, ignoring query and fragment.
    pub fn from_location(location: &str) -> Result<Self, ArtifactNameError> {
        let path = location.split(['?', '#']).next().unwrap_or_default();
        path.rsplit('/').next().unwrap_or_default().parse()
    }
}

impl fmt::Display for ArtifactName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for ArtifactName {
    type Err = ArtifactNameError;

    fn from_str(name: &str) -> Result<Self, ArtifactNameError> {
        let refuse = |why| Err(ArtifactNameError { name: name.to_owned(), why });
        let allowed = |c: char| c.is_ascii_alphanumeric() || "._+-".contains(c);
        match name {
            "" => refuse("it is empty"),
            _ if name.starts_with(['.', '-']) => refuse("it begins with `.` or `-`"),
            _ if name.len() > 255 => refuse("it is longer than 255 bytes"),
            _ if !name.chars().all(allowed) => refuse("only letters, digits and `._+-` are allowed"),
            _ => Ok(Self(name.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_round_trip() {
        for kind in ArtifactKind::ALL {
            assert_eq!(kind.to_string().parse(), Ok(kind));
        }
    }

    #[test]
    fn names_come_from_the_location_and_are_safe() {
        let name = |location| ArtifactName::from_location(location).map(|n| n.to_string()).ok();
        assert_eq!(
            name("https://h/a/rhcos-live-kernel.x86_64?x=/y").as_deref(),
            Some("rhcos-live-kernel.x86_64")
        );
        for bad in [
            "https://h/a/",
            "https://h/..",
            "https://h/.part",
            "https://h/-o",
            "https://h/a%2fb",
            "https://h/a b",
        ] {
            assert_eq!(name(bad), None, "{bad}");
        }
    }
}
