//! The ways in which a site's machines boot: `okdboot.loaders`.

use super::choice::choice;

choice! {
    /// A way to boot.
    BootLoader {
        /// Its files below `pxelinux.cfg`, over TFTP; petitboot of POWER reads them too.
        Pxelinux = "pxelinux",
        /// Its scripts, over HTTP.
        Ipxe = "ipxe",
        /// matchbox's groups and profiles, by iPXE.
        Matchbox = "matchbox",
        /// Its configs in the TFTP root.
        Grub = "grub",
        /// GRUB that firmware fetched over HTTP: its configs below the web root.
        UefiHttp = "uefi-http",
        /// The ISO, with arguments or a command.
        Iso = "iso",
    }
}

impl BootLoader {
    /// Says whether it fetches over https, too.
    pub fn speaks_https(self) -> bool {
        matches!(self, Self::Ipxe | Self::Matchbox | Self::Iso)
    }
}

/// The ways that are in use.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InUse(Option<Vec<BootLoader>>);

impl InUse {
    /// Takes a list; without one every way is in use that needs nothing but the rendered files.
    pub fn new(listed: Option<Vec<BootLoader>>) -> Self {
        Self(listed)
    }

    /// Says whether machines boot in a way.
    pub fn has(&self, loader: BootLoader) -> bool {
        match &self.0 {
            Some(listed) => listed.contains(&loader),
            None => !matches!(loader, BootLoader::UefiHttp | BootLoader::Iso),
        }
    }

    /// Says whether a person listed a way, which is more than that it may be used.
    pub fn lists(&self, loader: BootLoader) -> bool {
        self.0.is_some() && self.has(loader)
    }

    /// Says whether nothing boots over the network.
    pub fn is_iso_alone(&self) -> bool {
        self.0.as_ref().is_some_and(|listed| listed.iter().all(|loader| *loader == BootLoader::Iso))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_listed_is_not_in_use() {
        let all = InUse::default();
        assert!(all.has(BootLoader::Grub) && !all.has(BootLoader::UefiHttp) && !all.lists(BootLoader::Grub));
        let some = InUse::new(Some(vec![BootLoader::Ipxe, BootLoader::Iso]));
        assert!(some.has(BootLoader::Ipxe) && !some.has(BootLoader::Grub) && some.lists(BootLoader::Iso));
        assert!(!some.is_iso_alone() && InUse::new(Some(vec![BootLoader::Iso])).is_iso_alone());
    }
}
