//! The rights of `serve` once its ports are open: those of `--user`.
//!
//! Linux changes the user of a thread, and new threads have that of the one that starts them. So this
//! comes before the runtime and its threads (setuid(2), "C library/kernel differences").

use std::fs::File;

use camino::Utf8Path;
use rustix::io::Errno;
use rustix::thread::{Gid, Uid, set_thread_groups, set_thread_res_gid, set_thread_res_uid};

use super::super::args::Serve;
use crate::disk::account::Accounts;
use crate::model::path::RelPath;
use crate::run::failure::{Exit, Failure};
use crate::serve::index::TreeIndex;

/// Becomes another user, if that is wanted; there is no way back. Files that it cannot give away then are
/// a fault now, and not in the night.
pub(super) fn change(args: &Serve, root: &Utf8Path, index: &TreeIndex) -> Result<(), Failure> {
    let Some(name) = &args.giving.user else { return Ok(()) };
    let Some((user, group, further)) = Accounts::load().user(name) else {
        return Err(Failure::new(Exit::Usage, format!("`--user {name}`: /etc/passwd has no such user"))
            .help("make one with `useradd --system okdboot`"));
    };
    become_user(user, group, &further).map_err(|errno| {
        Failure::new(Exit::Files, format!("cannot become user `{name}`"))
            .context_of(&std::io::Error::from(errno))
            .help("start it as root, or leave `--user` out")
    })?;
    refuse_private(name, root, index)
}

fn refuse_private(name: &str, root: &Utf8Path, index: &TreeIndex) -> Result<(), Failure> {
    let private = |path: &&RelPath| {
        let opened = File::open(root.join(path.as_str()));
        opened.is_err_and(|error| error.kind() == std::io::ErrorKind::PermissionDenied)
    };
    let Some(path) = index.ignition_files().find(private) else { return Ok(()) };
    Err(Failure::new(Exit::Files, format!("user `{name}` may not read `{root}/{path}`"))
        .help("render with a group that the user is in: `okdboot render --group GROUP`, or `okdboot.group`"))
}

fn become_user(user: u32, group: u32, further: &[u32]) -> Result<(), Errno> {
    let groups: Vec<Gid> = further.iter().map(|id| Gid::from_raw(*id)).collect();
    let (user, group) = (Uid::from_raw(user), Gid::from_raw(group));
    // The groups first: who is no root any more may not change them.
    set_thread_groups(&groups)?;
    set_thread_res_gid(group, group, group)?;
    set_thread_res_uid(user, user, user)
}
