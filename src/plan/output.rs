//! The outputs: every kind of file that `render` writes, listed once. `--only`, its help, manifests, the
//! judging of orphans, the JSON schema and the plan itself follow from this list.
//!
//! Each output is a file of this room with one [`Make`] in it.

mod commands;
mod grub;
mod ignition;
mod index;
mod ipxe;
pub mod kubernetes;
pub(super) mod loader;
mod made;
mod make;
mod matchbox;
mod parm;
mod pxelinux;
pub(super) mod services;
mod shared_files;
mod sums;
mod terraform;

pub(super) use made::Made;
pub use parm::addrsize;
pub use services::Secrets;
pub use shared_files::SharedFiles;
pub use sums::sums;

use std::fmt;
use std::str::FromStr;

use make::Make;
use thiserror::Error;

use super::Sensitivity::{self, Public, Secret};

/// What an output is to the machines.
#[derive(Clone, Copy, Debug)]
pub enum Part {
    /// A machine boots by it.
    Loader,
    /// People or servers read it.
    Document,
    /// The same, and it is written only where somebody asks for it.
    Asked,
    /// It stands beside another output and comes with that.
    Beside(FileKind),
    /// The helper is set up with it, from all clusters of a run at once.
    Service,
}

/// One kind of file.
#[derive(Clone, Copy, Debug)]
pub struct Output {
    /// The kind.
    pub kind: FileKind,
    /// The word of `--only`, of the manifest and of JSON.
    pub word: &'static str,
    /// What it is, for help.
    pub about: &'static str,
    /// What it is to the machines.
    pub part: Part,
    /// What may be shown of a file of it that no plan has any longer: nobody knows by then which of its files
    /// were secret, so that one secret file makes all of them so.
    pub sensitivity: Sensitivity,
    /// How it is made.
    make: &'static dyn Make,
}

/// Not the word of a kind.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("the kind `{}` is unknown", crate::text::escape(.0))]
pub struct KindError(String);

macro_rules! outputs {
    ($($kind:ident, $word:literal, $part:expr, $sensitivity:expr, $make:expr, $about:literal;)*) => {
        /// The format a file is in; `--only` and the judging of orphans go by it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum FileKind { $(#[doc = $about] $kind,)* }

        /// Every output, in the order of help.
        pub const OUTPUTS: &[Output] = &[$(
            Output {
                kind: FileKind::$kind,
                word: $word,
                about: $about,
                part: $part,
                sensitivity: $sensitivity,
                make: $make,
            },
        )*];
    };
}

outputs! {
    Matchbox, "matchbox", Part::Loader, Public, &matchbox::Matchbox, "matchbox groups and profiles";
    Pxelinux, "pxelinux", Part::Loader, Public, &pxelinux::Pxelinux, "PXELINUX files";
    Ipxe, "ipxe", Part::Loader, Public, &ipxe::Ipxe, "iPXE scripts";
    Grub, "grub", Part::Loader, Public, &grub::Grub, "GRUB configs";
    Parm, "parm", Part::Loader, Public, &parm::Parm, "Parm files of s390x, and what stands beside them";
    Ignition, "ignition", Part::Document, Secret, &ignition::Ignition, "Copies of Ignition files, and their digests";
    Commands, "commands", Part::Document, Public, &commands::Commands, "The printed commands";
    Terraform, "terraform", Part::Asked, Public, &terraform::Terraform, "Resources of Terraform's matchbox provider, where `--only` names them";
    Kubernetes, "kubernetes", Part::Asked, Secret, &kubernetes::Kubernetes, "A kustomize base that runs `serve`, and an overlay a site, where `--only` names them";
    Index, "index", Part::Beside(FileKind::Ignition), Public, &index::Index, "Empty `index.html` files that stand in for directory listings";
    Sums, "sums", Part::Beside(FileKind::Ignition), Public, &sums::Sums, "`SHA512SUMS`";
    Dnsmasq, "dnsmasq", Part::Service, Public, &services::dnsmasq::OUTPUT, "dnsmasq: addresses, names and what to boot";
    Kea, "kea", Part::Service, Public, &services::kea::OUTPUT, "Kea: addresses and what to boot";
    Dhcpd, "dhcpd", Part::Service, Public, &services::dhcpd::OUTPUT, "dhcpd of ISC: addresses and what to boot";
    Bind, "bind", Part::Service, Public, &services::bind::OUTPUT, "BIND: names";
    Unbound, "unbound", Part::Service, Public, &services::unbound::OUTPUT, "Unbound: names";
    Haproxy, "haproxy", Part::Service, Public, &services::haproxy::OUTPUT, "haproxy: the load balancer";
    Keepalived, "keepalived", Part::Service, Public, &services::keepalived::OUTPUT, "keepalived: one address of several helpers";
    Chrony, "chrony", Part::Service, Public, &services::chrony::OUTPUT, "chrony: time of the helper and of the machines";
    InstallConfig, "install-config", Part::Service, Secret, &services::install_config::OUTPUT, "install-config.yaml and its manifests";
    Firewall, "firewall", Part::Service, Public, &services::firewall::OUTPUT, "nftables and firewalld";
    Containers, "containers", Part::Service, Public, &services::containers::OUTPUT, "A compose file, or quadlets";
    Guide, "guide", Part::Service, Public, &services::guide::OUTPUT, "The run book";
}

impl FileKind {
    /// Returns every kind.
    pub fn all() -> impl Iterator<Item = Self> {
        OUTPUTS.iter().map(|output| output.kind)
    }

    /// Returns the kinds that are written where nobody names any.
    pub fn usual() -> impl Iterator<Item = Self> {
        Self::all().filter(|kind| !matches!(kind.output().part, Part::Asked))
    }

    /// Returns the kinds that machines boot by.
    pub fn loaders() -> impl Iterator<Item = Self> {
        Self::all().filter(|kind| matches!(kind.output().part, Part::Loader))
    }

    /// Returns what comes with this kind.
    pub fn beside(self) -> impl Iterator<Item = Self> {
        Self::all().filter(move |kind| matches!(kind.output().part, Part::Beside(other) if other == self))
    }

    /// Says whether the helper is set up with it.
    pub fn is_service(self) -> bool {
        matches!(self.output().part, Part::Service)
    }

    /// Returns its entry of the list.
    pub fn output(self) -> &'static Output {
        // The list and the enum are made of the same lines.
        &OUTPUTS[self as usize]
    }

    /// Returns how it is made.
    pub(super) fn make(self) -> &'static dyn Make {
        self.output().make
    }

    /// Returns the word used by `--only` and in the manifest.
    pub fn as_str(self) -> &'static str {
        self.output().word
    }
}

impl fmt::Display for FileKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for FileKind {
    type Err = KindError;

    fn from_str(word: &str) -> Result<Self, KindError> {
        Self::all().find(|kind| kind.as_str() == word).ok_or_else(|| KindError(word.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_its_own_entry_and_its_own_word() {
        for kind in FileKind::all() {
            assert_eq!(kind.output().kind, kind);
            assert_eq!(kind.as_str().parse(), Ok(kind));
        }
        assert!("exe".parse::<FileKind>().is_err());
        assert_eq!(FileKind::Ignition.beside().collect::<Vec<_>>(), [FileKind::Index, FileKind::Sums]);
        assert_eq!(FileKind::loaders().count(), 5);
    }

    #[test]
    fn what_machines_boot_by_is_a_loader_and_nothing_that_the_helper_is_set_up_with() {
        for kind in FileKind::all() {
            let is_loader = FileKind::loaders().any(|loader| loader == kind);
            assert!(!is_loader || kind.make().loader().is_some(), "{kind}");
            assert!(!kind.is_service() || kind.make().loader().is_none(), "{kind}");
        }
    }

    #[test]
    fn the_helper_is_set_up_with_services_and_with_nothing_else() {
        for kind in FileKind::all() {
            // Debug names the type: a service is a row of its two parts.
            let is_service = format!("{:?}", kind.make()).starts_with("Service");
            assert_eq!(is_service, kind.is_service(), "{kind}");
        }
    }
}
