//! The output root: opened once, refused where others could meddle, and read as a tree.

use std::collections::BTreeMap;
use std::fs::File;
use std::sync::{Arc, Mutex, PoisonError};

use camino::{Utf8Path, Utf8PathBuf};
use rustix::fs::{AtFlags, CWD, Mode, fsync, mkdirat, statat};
use rustix::io::Errno;

use super::account::{self, Accounts, PrivateFile};
use super::folder::{self, Seen};
use super::{DiskError, Folder, fault};
use crate::model::path::RelPath;
use crate::plan::tree::{MOST_BYTES, MOST_OWN_BYTES, Obstacle, ObstacleKind, Standing, Tree};

/// How many folders are kept open at most: well below the 1,024 descriptors that a process usually
/// has, and more than one cluster has folders.
const OPEN_FOLDERS: usize = 128;

/// An output root that exists.
#[derive(Debug)]
pub struct Root {
    top: Arc<Folder>,
    folders: Mutex<BTreeMap<String, Arc<Folder>>>,
    /// Held while a folder is entered or made: what a thread has just made has its group before another one
    /// looks at it, and makes folders below with the same.
    entering: Mutex<()>,
}

/// An output tree for reading; where there is no root yet, an empty one.
#[derive(Debug)]
pub struct DiskTree {
    root: Option<Root>,
    path: Utf8PathBuf,
}

/// What to do about a folder that is missing.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Missing {
    Leave,
    Make,
    MakeDurably,
}

/// Why a folder cannot be entered, and which one.
enum Halt {
    Absent,
    Other(String, ObstacleKind),
    Failed(String, Errno),
}

impl Root {
    /// Opens the root for writing and makes it, and its parents, if it is missing.
    ///
    /// Refused where anybody else could replace what is in it: a link, a folder of another user, one
    /// that everybody may write to and that is not sticky.
    pub fn create(path: &Utf8Path) -> Result<Self, DiskError> {
        let path = &clean(path);
        make(path).map_err(DiskError::system("create folder", path))?;
        let root = Self::open(path)?.ok_or_else(|| DiskError::system("open", path)(Errno::NOENT))?;
        root.check_safe()?;
        Ok(root)
    }

    /// Opens a root that exists.
    fn open(path: &Utf8Path) -> Result<Option<Self>, DiskError> {
        match Folder::open_no_follow(path) {
            Ok(top) => {
                Ok(Some(Self { top: Arc::new(top), folders: Mutex::default(), entering: Mutex::default() }))
            }
            Err(Errno::NOENT) => Ok(None),
            Err(errno) => Err(refusal(path, errno)),
        }
    }

    fn check_safe(&self) -> Result<(), DiskError> {
        let (path, mode) = (self.top.path(), self.top.mode());
        if mode & 0o002 != 0 && mode & 0o1000 == 0 {
            return Err(DiskError::RootOpen { path: path.to_owned() });
        }
        if self.top.owner() != account::me() {
            return Err(account::not_ours(path, self.top.owner()));
        }
        Ok(())
    }

    /// Returns the root's path as the person gave it.
    pub fn path(&self) -> &Utf8Path {
        self.top.path()
    }

    /// Returns the open folder of a path, if it is there.
    pub(crate) fn folder_of(&self, path: &RelPath) -> Result<Arc<Folder>, DiskError> {
        self.enter_folder_of(path, Missing::Leave)
    }

    /// Returns the open folder of a path; nothing where there is none.
    pub(crate) fn find_folder_of(&self, path: &RelPath) -> Result<Option<Arc<Folder>>, DiskError> {
        match self.walk(path.split().0, Missing::Leave) {
            Ok(folder) => Ok(Some(folder)),
            Err(Halt::Absent) => Ok(None),
            Err(halt) => Err(self.refuse(path, halt)),
        }
    }

    /// Says whether there is no such folder, nor anything else in its place.
    pub(crate) fn lacks(&self, folder: &RelPath) -> bool {
        matches!(self.walk(folder.as_str(), Missing::Leave), Err(Halt::Absent))
    }

    /// Opens a regular file for reading; nothing where there is none.
    pub(crate) fn open_file(&self, path: &RelPath) -> Result<Option<File>, DiskError> {
        self.find_folder_of(path)?.map_or(Ok(None), |folder| folder.open_file(path.split().1))
    }

    /// Returns the open folder of a path, made with its parents if it is missing, durably.
    pub(super) fn make_folder_of(&self, path: &RelPath) -> Result<Arc<Folder>, DiskError> {
        self.enter_folder_of(path, Missing::MakeDurably)
    }

    pub(super) fn enter_folder_of(&self, path: &RelPath, missing: Missing) -> Result<Arc<Folder>, DiskError> {
        self.walk(path.split().0, missing).map_err(|halt| self.refuse(path, halt))
    }

    /// Returns the files that no web server of another user can read: ours, and of a group that has
    /// nobody else in it. Files that are not there are not counted.
    pub fn private_files<'a>(
        &self,
        paths: impl IntoIterator<Item = &'a RelPath>,
        accounts: &Accounts,
    ) -> Vec<PrivateFile> {
        paths.into_iter().filter_map(|path| self.private_file(path, accounts)).collect()
    }

    fn private_file(&self, path: &RelPath, accounts: &Accounts) -> Option<PrivateFile> {
        let (user, group) = self.folder_of(path).ok()?.owner_of(path.split().1)?;
        let is_private = user == account::me() && accounts.is_alone(user, group);
        is_private.then(|| PrivateFile {
            path: self.name(path),
            user: accounts.user_name(user),
            group: accounts.group_name(group),
        })
    }

    /// Enters a folder segment by segment, none of which may be a link.
    fn walk(&self, rel: &str, missing: Missing) -> Result<Arc<Folder>, Halt> {
        if rel.is_empty() {
            return Ok(Arc::clone(&self.top));
        }
        if let Some(known) = self.kept().get(rel) {
            return Ok(Arc::clone(known));
        }
        let (parent, name) = rel.rsplit_once('/').unwrap_or(("", rel));
        let parent = self.walk(parent, missing)?;
        let _turn = self.entering.lock().unwrap_or_else(PoisonError::into_inner);
        let entered = match parent.child(name) {
            Err(Errno::NOENT) => make_child(&parent, name, missing),
            other => other,
        };
        let folder = Arc::new(entered.map_err(|errno| halt(&parent, rel, name, errno))?);
        self.keep(rel, &folder);
        Ok(folder)
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Arc<Folder>>> {
        self.folders.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keep(&self, rel: &str, folder: &Arc<Folder>) {
        let mut kept = self.kept();
        if kept.len() >= OPEN_FOLDERS {
            kept.clear();
        }
        kept.insert(rel.to_owned(), Arc::clone(folder));
    }

    fn refuse(&self, path: &RelPath, halt: Halt) -> DiskError {
        let full = |rel: &str| self.path().join(rel);
        match halt {
            Halt::Absent => DiskError::system("open", &full(path.split().0))(Errno::NOENT),
            Halt::Failed(at, errno) => DiskError::system("open", &full(&at))(errno),
            Halt::Other(at, what) => DiskError::Obstacle { path: full(path.as_str()), at: full(&at), what },
        }
    }
}

impl Tree for Root {
    fn look(&self, path: &RelPath) -> Standing {
        let other = |at: &str, what| {
            let at = at.parse().unwrap_or_else(|_| path.clone());
            Standing::Other(Obstacle { at, what })
        };
        let (folder, name) = path.split();
        let folder = match self.walk(folder, Missing::Leave) {
            Ok(folder) => folder,
            Err(Halt::Absent) => return Standing::Absent,
            Err(Halt::Other(at, what)) => return other(&at, what),
            Err(Halt::Failed(_, errno)) => return Standing::Unreadable(errno.to_string()),
        };
        match folder.see(name, most(path)) {
            Seen::Absent => Standing::Absent,
            Seen::File(found) => Standing::File(found),
            Seen::Other(what) => other(path.as_str(), what),
            Seen::Failed(errno) => Standing::Unreadable(errno.to_string()),
        }
    }

    fn names_of(&self, folder: &RelPath, is_wanted: &dyn Fn(&str) -> bool) -> Vec<String> {
        let Ok(folder) = self.walk(folder.as_str(), Missing::Leave) else { return Vec::new() };
        let mut names = folder.names(is_wanted).unwrap_or_default();
        names.sort();
        names
    }

    fn name(&self, path: &RelPath) -> String {
        self.path().join(path.as_str()).into_string()
    }
}

/// Returns how much of a file is read.
fn most(path: &RelPath) -> u64 {
    if path.as_str().starts_with(".okdboot/") { MOST_OWN_BYTES } else { MOST_BYTES }
}

impl DiskTree {
    /// Opens a tree for reading. Takes no lock and makes nothing.
    pub fn open(path: &Utf8Path) -> Result<Self, DiskError> {
        let path = clean(path);
        Ok(Self { root: Root::open(&path)?, path })
    }

    /// Returns the root, if it exists.
    pub fn root(&self) -> Option<&Root> {
        self.root.as_ref()
    }
}

impl Tree for DiskTree {
    fn look(&self, path: &RelPath) -> Standing {
        self.root.as_ref().map_or(Standing::Absent, |root| root.look(path))
    }

    fn names_of(&self, folder: &RelPath, is_wanted: &dyn Fn(&str) -> bool) -> Vec<String> {
        self.root.as_ref().map_or_else(Vec::new, |root| root.names_of(folder, is_wanted))
    }

    fn name(&self, path: &RelPath) -> String {
        self.path.join(path.as_str()).into_string()
    }
}

/// Drops what could make the system follow a link at the end: a trailing `/` or `/.`.
fn clean(path: &Utf8Path) -> Utf8PathBuf {
    let clean: Utf8PathBuf = path.components().collect();
    if clean.as_str().is_empty() { ".".into() } else { clean }
}

fn make_child(parent: &Folder, name: &str, missing: Missing) -> Result<Folder, Errno> {
    if missing == Missing::Leave {
        return Err(Errno::NOENT);
    }
    let child = parent.make_child(name)?;
    if missing == Missing::MakeDurably {
        fault()?;
        fsync(parent)?;
    }
    Ok(child)
}

/// Makes a folder and its parents; parents that exist are left as they are.
fn make(path: &Utf8Path) -> Result<(), Errno> {
    match make_one(path) {
        Err(Errno::NOENT) => {
            let parent = path.parent().filter(|parent| !parent.as_str().is_empty()).ok_or(Errno::NOENT)?;
            make(parent)?;
            make_one(path)
        }
        other => other,
    }
}

fn make_one(path: &Utf8Path) -> Result<(), Errno> {
    fault()?;
    match mkdirat(CWD, path.as_str(), Mode::RWXU) {
        Ok(()) => finish_made(path),
        Err(Errno::EXIST) => Ok(()),
        Err(errno) => Err(errno),
    }
}

fn finish_made(path: &Utf8Path) -> Result<(), Errno> {
    let mut made = Folder::open_no_follow(path)?;
    made.inherit(&Folder::at(folder::parent(path))?)
}

fn refusal(path: &Utf8Path, errno: Errno) -> DiskError {
    let stat = statat(CWD, path.as_str(), AtFlags::SYMLINK_NOFOLLOW).ok();
    let what = stat.and_then(|stat| match folder::obstacle(&stat) {
        None => Some(ObstacleKind::File),
        Some(ObstacleKind::Folder) => None,
        other => other,
    });
    match what {
        Some(what) => DiskError::RootKind { path: path.to_owned(), what },
        None => DiskError::system("open", path)(errno),
    }
}

fn halt(parent: &Folder, rel: &str, name: &str, errno: Errno) -> Halt {
    match (errno, parent.obstacle(name)) {
        (Errno::NOENT, _) => Halt::Absent,
        (Errno::NOTDIR | Errno::LOOP, Some(what)) => Halt::Other(rel.to_owned(), what),
        (Errno::NOTDIR, None) => Halt::Other(rel.to_owned(), ObstacleKind::File),
        _ => Halt::Failed(rel.to_owned(), errno),
    }
}
