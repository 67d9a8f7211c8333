//! Loaders that vars.yaml names: opened once, before rights are given up, since distributions keep shim
//! where root alone may read.

use std::fs::File;
use std::io;
use std::path::Path;

use crate::disk::Opened;
use crate::model::loaders::{Named, Slot};

/// Loaders of a site.
#[derive(Debug, Default)]
pub struct Own(Vec<(Named, File)>);

/// A loader that cannot be given away.
#[derive(Debug)]
pub struct MissingLoader {
    /// Which.
    pub named: Named,
    /// Why.
    pub reason: io::Error,
}

impl Own {
    /// Opens the files. What shim starts is looked for beside it where nothing else is named.
    pub fn open(named: &[Named]) -> Result<Self, Vec<MissingLoader>> {
        let is_named = |slot: Slot| named.iter().any(|other| other.slot == slot);
        let beside = named.iter().filter(|named| named.is_shim()).filter_map(|shim| {
            let slot = shim.slot.second().filter(|second| !is_named(*second))?;
            let path = Path::new(&shim.path).with_file_name(slot.served_as());
            Some(Named { slot, path: path.display().to_string() })
        });
        let (mut opened, mut missing) = (Vec::new(), Vec::new());
        for named in named.iter().cloned().chain(beside) {
            match open(&named.path) {
                Ok(file) => opened.push((named, file)),
                Err(reason) => missing.push(MissingLoader { named, reason }),
            }
        }
        if missing.is_empty() { Ok(Self(opened)) } else { Err(missing) }
    }

    /// Returns what is served under a name.
    pub fn find(&self, name: &str) -> Option<Opened> {
        let (_, file) = self.0.iter().find(|(named, _)| named.slot.served_as() == name)?;
        Opened::of(file.try_clone().ok()?).ok()
    }

    /// Says whether there is a loader for something.
    pub fn has(&self, slot: Slot) -> bool {
        self.0.iter().any(|(named, _)| named.slot == slot)
    }

    /// Returns every loader.
    pub fn iter(&self) -> impl Iterator<Item = &Named> {
        self.0.iter().map(|(named, _)| named)
    }
}

fn open(path: &str) -> io::Result<File> {
    let file = File::open(path)?;
    if file.metadata()?.is_file() { Ok(file) } else { Err(io::Error::other("it is not a regular file")) }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn what_shim_starts_is_found_beside_it_or_missed() {
        let place = tempfile::tempdir().unwrap();
        let shim = place.path().join("shimx64.efi");
        let named = [Named { slot: Slot::UefiX86_64, path: shim.display().to_string() }];
        fs::write(&shim, "shim").unwrap();
        let missing = Own::open(&named).unwrap_err();
        assert_eq!((missing.len(), missing[0].named.slot), (1, Slot::GrubX86_64));
        fs::write(place.path().join("grubx64.efi"), "grub!").unwrap();
        let own = Own::open(&named).unwrap();
        assert!(own.has(Slot::UefiX86_64) && !own.has(Slot::Bios));
        assert_eq!(own.find("uefi-x86_64.efi").unwrap().size, 4);
        assert_eq!(own.find("grubx64.efi").unwrap().size, 5);
        assert!(own.find("shimx64.efi").is_none());
        // What was opened stays what it was.
        fs::remove_file(&shim).unwrap();
        assert_eq!(own.find("uefi-x86_64.efi").unwrap().size, 4);
        let folder = [Named { slot: Slot::Bios, path: place.path().display().to_string() }];
        assert!(Own::open(&folder).unwrap_err()[0].reason.to_string().contains("regular file"));
    }
}
