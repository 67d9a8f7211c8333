//! The configuration of GRUB, for images that ask for one name for all machines: those that Debian signs
//! read `/grub/grub.cfg` and nothing with a MAC address in it.

use crate::model::mac::MacAddr;

/// The name of the one file.
const NAME: &str = "grub.cfg";

/// The folder whose names are MAC addresses, as GRUB writes them.
pub(super) const FOLDER: &str = "mac";

/// Leads each machine to its own file. GRUB knows the MAC address that it booted by; who has no file goes
/// on to its next device, where firmware takes an error for that (docs/modes.md).
pub(super) const LEAD: &str = "configfile /mac/$net_default_mac\n\
    echo 'okdboot: there is no GRUB file for' $net_default_mac\n\
    sleep 10\n\
    exit 1\n";

/// Says whether a name is that of the file for all machines; a tree without GRUB files has none.
pub(super) fn is_lead<'a>(mut folders: impl Iterator<Item = &'a str>, names: &[&str]) -> bool {
    names.last() == Some(&NAME) && folders.next().is_some()
}

/// Returns where the file of a machine may be, below the TFTP root.
pub(super) fn places<'a>(
    folders: impl Iterator<Item = &'a str>,
    mac: MacAddr,
) -> impl Iterator<Item = String> {
    folders.map(move |folder| format!("{folder}{NAME}-01-{}", mac.hexhyp()))
}

/// Returns the folder of a machine's file, where a path of the TFTP root is one.
pub(super) fn folder_of(path: &str) -> Option<&str> {
    path.find("grub.cfg-01-").map(|at| &path[..at])
}
