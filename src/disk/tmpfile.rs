//! A large file that has no name until it is whole: whatever ends the run before, nothing is left.

use std::fs::File;
use std::io::{self, Write};

use camino::{Utf8Path, Utf8PathBuf};
use rustix::fs::{Mode, OFlags, fchmod, fsync, openat};
use rustix::io::Errno;

use super::temp::{FLAGS, MODE, link};
use super::{DiskError, Folder, fault};
use crate::model::temp;

/// What it is called between no name and the final one. It is the same for every run, so that the next one
/// removes what a run left that was killed in that moment.
const STEM: &str = "unnamed";

/// A file in the making, in the folder in which it will get its name.
#[derive(Debug)]
pub struct Tmpfile {
    folder: Folder,
    name: String,
    file: File,
    /// The name it has meanwhile, on file systems without files that have none.
    temp: Option<String>,
}

impl Tmpfile {
    /// Begins a file that will stand at a path. Whatever is there and not a regular file is refused.
    pub fn create(path: &Utf8Path, mode: u32) -> Result<Self, DiskError> {
        let folder = Folder::around(path)?;
        let name = path.file_name().ok_or_else(|| DiskError::system("write", path)(Errno::ISDIR))?;
        folder.refuse_obstacle(name)?;
        let (temp, file) = open(&folder, path)?;
        let tmpfile = Self { name: name.to_owned(), folder, file, temp };
        fchmod(&tmpfile.file, Mode::from_raw_mode(mode)).map_err(tmpfile.failed("set the mode of"))?;
        Ok(tmpfile)
    }

    /// Gives the file its name, durably; a regular file of that name is replaced.
    pub fn publish(mut self) -> Result<(), DiskError> {
        fault().and_then(|()| fsync(&self.file)).map_err(self.failed("sync"))?;
        self.folder.refuse_obstacle(&self.name)?;
        let temp = self.temp.take().map_or_else(|| self.link(), Ok)?;
        self.folder.rename(self.temp.insert(temp), &self.name)?;
        self.temp = None;
        self.folder.sync()
    }

    /// Gives the file a temp name: a link cannot take another file's place, a rename can.
    fn link(&self) -> Result<String, DiskError> {
        let temp = temp::name(STEM);
        self.folder.discard(&temp);
        fault().and_then(|()| link(&self.file, &self.folder, &temp)).map_err(self.failed("name"))?;
        Ok(temp)
    }

    fn path(&self) -> Utf8PathBuf {
        self.folder.path_of(&self.name)
    }

    fn failed(&self, action: &'static str) -> impl Fn(Errno) -> DiskError + use<> {
        DiskError::system(action, &self.path())
    }
}

impl Write for Tmpfile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        fault()?;
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for Tmpfile {
    fn drop(&mut self) {
        if let Some(temp) = &self.temp {
            self.folder.discard(temp);
        }
    }
}

fn open(folder: &Folder, path: &Utf8Path) -> Result<(Option<String>, File), DiskError> {
    let failed = DiskError::system("create", path);
    let temp = temp::name(STEM);
    folder.discard(&temp);
    fault().map_err(&failed)?;
    match openat(folder, ".", OFlags::WRONLY | OFlags::TMPFILE | OFlags::CLOEXEC, MODE) {
        Ok(fd) => return Ok((None, fd.into())),
        Err(Errno::OPNOTSUPP | Errno::ISDIR | Errno::NOENT | Errno::INVAL) => {}
        Err(errno) => return Err(failed(errno)),
    }
    let fd = openat(folder, &temp, FLAGS | OFlags::CREATE | OFlags::EXCL, MODE).map_err(failed)?;
    Ok((Some(temp), fd.into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::fail_at;

    #[test]
    fn whatever_fails_there_is_the_old_file_or_the_new_one_and_no_other() {
        for nth in 1.. {
            let place = tempfile::tempdir().unwrap();
            let path = Utf8Path::from_path(place.path()).unwrap().join("b.tar");
            std::fs::write(&path, "old").unwrap();
            fail_at(Some(nth), Errno::NOSPC);
            let made = Tmpfile::create(&path, 0o600).and_then(|mut file| {
                let written = file.write_all(b"new");
                written.map_err(|cause| DiskError::System { action: "write", path: path.clone(), cause })?;
                file.publish()
            });
            let is_over = fail_at(None, Errno::IO);
            let found = std::fs::read_to_string(&path).unwrap();
            assert!(found == "new" || (found == "old" && made.is_err()), "call {nth}: {found}");
            assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 1, "call {nth}");
            if is_over {
                assert!(made.is_ok() && nth > 5, "{nth}");
                break;
            }
        }
    }

    #[test]
    fn what_is_no_regular_file_is_not_replaced() {
        let place = tempfile::tempdir().unwrap();
        let folder = Utf8Path::from_path(place.path()).unwrap();
        std::os::unix::fs::symlink("elsewhere", folder.join("link")).unwrap();
        std::fs::create_dir(folder.join("folder")).unwrap();
        for name in ["link", "folder"] {
            let error = Tmpfile::create(&folder.join(name), 0o600).unwrap_err();
            assert!(matches!(error, DiskError::Obstacle { .. }), "{error}");
        }
        assert_eq!(std::fs::read_dir(folder).unwrap().count(), 2);
    }
}
