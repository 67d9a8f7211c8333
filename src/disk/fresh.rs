//! A folder in the making: it stands under a temp name beside its place until everything in it is there.

use rustix::fs::{AtFlags, Mode, OFlags, mkdirat, openat, renameat, unlinkat};
use rustix::io::Errno;

use super::temp::{FLAGS, MODE, Temp};
use super::{DiskError, Folder, fault};
use crate::plan::tree::ObstacleKind;

impl Folder {
    /// Makes a folder in this one that has no name yet that anybody looks for, and returns the name that it has.
    pub(crate) fn fresh_folder(&self) -> Result<String, DiskError> {
        let failed = DiskError::system("create a folder in", self.path());
        let (name, ()) = Self::unused(|name| mkdirat(self, name, Mode::RWXU)).map_err(&failed)?;
        let inherited = self.child(&name).and_then(|mut folder| folder.inherit(self));
        inherited.map_err(|errno| {
            self.discard_tree(&name);
            failed(errno)
        })?;
        Ok(name)
    }

    /// Starts a file under its own name: in a folder into which nobody looks yet.
    pub(crate) fn fresh_file(&self, name: &str) -> Result<Temp<'_>, DiskError> {
        let made = fault().and_then(|()| openat(self, name, FLAGS | OFlags::CREATE | OFlags::EXCL, MODE));
        let fd = made.map_err(DiskError::system("create", &self.path_of(name)))?;
        Ok(Temp::named(self, name.to_owned(), fd.into()))
    }

    /// Puts a file into another folder, in place of what stood there.
    pub(crate) fn move_to(&self, folder: &Self, name: &str) -> Result<(), DiskError> {
        let moved = fault().and_then(|()| renameat(self, name, folder, name));
        moved.map_err(DiskError::system("rename a file to", &folder.path_of(name)))
    }

    /// Removes a folder of this one with everything in it. No link is followed, whoever changes it meanwhile.
    pub(crate) fn remove_tree(&self, name: &str) -> Result<(), DiskError> {
        let failed = DiskError::system("remove", &self.path_of(name));
        let folder = self.child(name).map_err(&failed)?;
        for inner in folder.names(|_| true)? {
            match folder.obstacle(&inner) {
                Some(ObstacleKind::Folder) => folder.remove_tree(&inner)?,
                _ => folder.remove(&inner)?,
            }
        }
        match fault().and_then(|()| unlinkat(self, name, AtFlags::REMOVEDIR)) {
            Ok(()) | Err(Errno::NOENT) => Ok(()),
            Err(errno) => Err(failed(errno)),
        }
    }

    /// The same as far as that is possible.
    pub(crate) fn discard_tree(&self, name: &str) {
        let _ = self.remove_tree(name);
    }
}
