//! Mode, owner and group of a file, which it has before anybody can see it under its name.

use std::os::fd::AsFd;

use rustix::fs::{AtFlags, Mode, fchmod, fchown, fstat, statat};
use rustix::io::Errno;
use rustix::process::{Gid, Uid};

use super::folder::{Entry, ignore_refusal, obstacle};
use super::{DiskError, Folder, fault};

/// What a new file is given before anybody can see it under its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Grant {
    mode: u32,
    user: Option<u32>,
    group: u32,
    /// Whether the group was asked for by name: then it is an error not to get it.
    asked: bool,
}

impl Folder {
    /// Returns what a file under a name is to be given: the owner and group of the one it replaces,
    /// else the folder's group; `group` before either.
    pub(crate) fn grant(&self, name: &str, mode: u32, group: Option<u32>) -> Result<Grant, DiskError> {
        let asked = group.is_some();
        match statat(self, name, AtFlags::SYMLINK_NOFOLLOW) {
            Err(Errno::NOENT) => Ok(self.fresh_grant(mode, group)),
            Err(errno) => Err(DiskError::system("write", &self.path_of(name))(errno)),
            Ok(stat) => match obstacle(&stat) {
                Some(what) => Err(self.refusal(name, what)),
                None => {
                    Ok(Grant { mode, user: Some(stat.st_uid), group: group.unwrap_or(stat.st_gid), asked })
                }
            },
        }
    }

    /// The same where nothing stands there: the folder is new.
    pub(crate) fn fresh_grant(&self, mode: u32, group: Option<u32>) -> Grant {
        Grant { mode, user: None, group: group.unwrap_or(self.group()), asked: group.is_some() }
    }

    /// Gives a regular file that stands under a name its mode and, if one is asked for, its group.
    pub(crate) fn regrant(&self, name: &str, mode: u32, group: Option<u32>) -> Result<(), DiskError> {
        let grant = self.grant(name, mode, group)?;
        let path = self.path_of(name);
        match self.entry(name).map_err(DiskError::system("open", &path))? {
            Entry::File(file, _) => give(&file, grant).map_err(DiskError::system(GIVE, &path)),
            Entry::Other(what) => Err(self.refusal(name, what)),
            Entry::Absent => Err(DiskError::system("open", &path)(Errno::NOENT)),
        }
    }
}

/// What is said where it fails.
pub(super) const GIVE: &str = "set the mode or group of";

/// Sets owner and group as far as we may, then the mode: changing the owner can clear mode bits.
pub(super) fn give(fd: impl AsFd, grant: Grant) -> Result<(), Errno> {
    fault()?;
    let stat = fstat(&fd)?;
    let user = grant.user.filter(|user| *user != stat.st_uid).map(Uid::from_raw);
    let group = (grant.group != stat.st_gid).then(|| Gid::from_raw(grant.group));
    if user.is_some() {
        ignore_refusal(fchown(&fd, user, None))?;
    }
    if group.is_some() {
        let given = fchown(&fd, None, group);
        if grant.asked { given? } else { ignore_refusal(given)? }
    }
    fchmod(&fd, Mode::from_raw_mode(grant.mode))
}
