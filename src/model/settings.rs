//! What stands under `okdboot:`, with defaults applied.

use std::collections::BTreeMap;
use std::str::FromStr;

use thiserror::Error;

use super::arch::Arch;
use super::artifact::ArtifactName;
use super::boot_loader::InUse;
use super::choice::choice;
use super::digest::Sha256;
use super::loaders::Named;
use super::stream_ref::StreamRef;
use super::url::{ArtifactUrl, BaseUrl};

choice! {
    /// How a loader fetches kernel and initramfs.
    Transport {
        /// From `okdboot.url`.
        Http = "http",
        /// From the TFTP root.
        Tftp = "tftp",
    }
}

choice! {
    /// Where the Ignition URL on a boot line points.
    IgnitionUrl {
        /// The byte-exact file under `/assets/ignition/`.
        Assets = "assets",
        /// matchbox's `/ignition?mac=...`, which serialises the file again.
        Matchbox = "matchbox",
        /// The same with `&os=installed`: one group a machine boots by, one that it is installed by.
        TwoPhase = "two-phase",
    }
}

choice! {
    /// How the sha512 of Ignition files is enforced in a network installation.
    IgnitionPin {
        /// It is not: no kernel argument can carry it.
        None = "none",
        /// By coreos-installer, which finds it in a file that a live Ignition config writes.
        Installer = "installer",
        /// By Ignition, in a config that points to the role's file and holds its digest.
        Pointer = "pointer",
    }
}

choice! {
    /// Which iPXE chain `verify --live` rehearses.
    IpxeChain {
        /// The files under `http/ipxe`.
        Static = "static",
        /// `/boot.ipxe` of matchbox.
        Matchbox = "matchbox",
    }
}

choice! {
    /// How nodes get their address, where a person says so.
    AddressingChoice {
        /// From the kernel command line.
        Static = "static",
        /// From a DHCP server.
        Dhcp = "dhcp",
    }
}

choice! {
    /// What a further interface of a node carries.
    LinkChoice {
        /// An address from the kernel command line.
        Static = "static",
        /// One from a DHCP server.
        Dhcp = "dhcp",
        /// None: it is left down.
        Disabled = "disabled",
    }
}

choice! {
    /// Where an IPv6 address beside an IPv4 address comes from.
    Ipv6Choice {
        /// From the kernel command line.
        Static = "static",
        /// From router advertisements.
        Auto = "auto",
        /// From a DHCP server of IPv6.
        Dhcp = "dhcp",
    }
}

choice! {
    /// What the machines of a file are to one another.
    Kind {
        /// They form an OpenShift cluster.
        Cluster = "cluster",
        /// They form none: each boots live, with an Ignition file that is nobody else's business.
        Live = "live",
    }
}

choice! {
    /// What a node does when it boots from the network.
    Mode {
        /// It is installed, and reboots into what was installed.
        Install = "install",
        /// It runs the live system with its Ignition file, without touching a disk.
        Live = "live",
        /// It goes on to its own disk.
        Local = "local",
    }
}

/// The folder, below the TFTP root, in which the GRUB netboot image looks for its config: empty for
/// the root itself, else segments joined by `/`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GrubPrefix(String);

/// Not such a folder.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("`{0}` is not a folder below the TFTP root")]
pub struct GrubPrefixError(String);

impl GrubPrefix {
    /// Returns the folder with a closing slash, or nothing for the root.
    pub fn as_path(&self) -> String {
        if self.0.is_empty() { String::new() } else { format!("{}/", self.0) }
    }
}

impl FromStr for GrubPrefix {
    type Err = GrubPrefixError;

    fn from_str(text: &str) -> Result<Self, GrubPrefixError> {
        let inner = text.trim_matches('/');
        if inner.is_empty() {
            return Ok(Self::default());
        }
        match inner.parse::<super::path::RelPath>() {
            Ok(path) => Ok(Self(path.as_str().to_owned())),
            Err(_) => Err(GrubPrefixError(text.to_owned())),
        }
    }
}

/// The artifacts that vars.yaml names: helpernode's `ocp_*` keys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overrides {
    /// `ocp_install_kernel`
    pub kernel: Option<ArtifactUrl>,
    /// `ocp_initramfs`
    pub initramfs: Option<ArtifactUrl>,
    /// `ocp_bios`, where it is a rootfs.
    pub rootfs: Option<ArtifactUrl>,
    /// `ocp_client`: `oc`, for the person at the helper.
    pub client: Option<ArtifactUrl>,
    /// `ocp_installer`: openshift-install, for the person at the helper.
    pub installer: Option<ArtifactUrl>,
}

impl Overrides {
    /// Says whether vars.yaml names anything that machines boot.
    pub fn any(&self) -> bool {
        self.kernel.is_some() || self.initramfs.is_some() || self.rootfs.is_some()
    }
}

/// Settings of one cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// What the machines are to one another.
    pub kind: Kind,
    /// What machines fetch from.
    pub url: BaseUrl,
    /// Where the images are, if not below `url`.
    pub assets: Option<BaseUrl>,
    /// What they fetch Ignition files from; `url` unless `ignition_base` is set.
    pub ignition_base: BaseUrl,
    /// Where the Ignition URL points.
    pub ignition_url: IgnitionUrl,
    /// How the digest of Ignition files is enforced.
    pub ignition_pin: IgnitionPin,
    /// Whether a machine reports that it is installed.
    pub report: bool,
    /// PXELINUX's transport.
    pub pxelinux: Transport,
    /// GRUB's transport.
    pub grub: Transport,
    /// Where GRUB's config stands; unset, it goes by a node's architecture.
    pub grub_prefix: Option<GrubPrefix>,
    /// Which iPXE chain is in use.
    pub ipxe: IpxeChain,
    /// The cluster's own architecture; `ocp_*` artifacts are of it.
    pub arch: Arch,
    /// Where stream metadata comes from.
    pub stream: Option<StreamRef>,
    /// Artifacts named in vars.yaml.
    pub overrides: Overrides,
    /// Digests of those artifacts by file name.
    pub sha256: BTreeMap<ArtifactName, Sha256>,
    /// The folder of the Ignition files, as written.
    pub ignition: Option<String>,
    /// The certificate of the private authority behind an https `ignition_base`, as written.
    pub ignition_ca: Option<String>,
    /// The group of written Ignition files.
    pub group: Option<String>,
    /// The ways in which machines boot.
    pub in_use: InUse,
    /// The loaders that `okdboot serve` gives away before it looks for those of the distribution.
    pub loaders: Vec<Named>,
}

impl Settings {
    /// Returns the URL of the folder of images.
    pub fn assets_url(&self) -> String {
        self.assets.as_ref().map_or_else(|| format!("{}/assets", self.url), ToString::to_string)
    }

    /// Returns the private authority's certificate, if Ignition files come from behind one.
    pub fn private_ca(&self) -> Option<&str> {
        self.ignition_ca.as_deref().filter(|_| self.ignition_base.is_https())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_round_trip_and_errors_list_them() {
        assert_eq!("tftp".parse(), Ok(Transport::Tftp));
        assert_eq!(
            "https".parse::<Transport>().unwrap_err().to_string(),
            "`https` is not one of `http` or `tftp`"
        );
    }

    #[test]
    fn grub_prefixes_stay_below_the_root() {
        let path = |text: &str| text.parse::<GrubPrefix>().map(|p| p.as_path());
        assert_eq!(path("/").as_deref(), Ok(""));
        assert_eq!(path("/boot/grub2/").as_deref(), Ok("boot/grub2/"));
        assert!(path("../x").is_err());
    }
}
