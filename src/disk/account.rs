//! Users and groups by name, and who besides us can read a file of a group.
//!
//! Only `/etc/passwd` and `/etc/group` are read: what a directory service knows stays unknown, and
//! nothing is claimed about it. A group given as a number always works.

use std::collections::BTreeMap;

use camino::Utf8Path;
use rustix::process::geteuid;

use super::DiskError;

const USERS: &str = "/etc/passwd";
const GROUPS: &str = "/etc/group";

/// The accounts of this machine.
#[derive(Clone, Debug, Default)]
pub struct Accounts {
    users: BTreeMap<u32, User>,
    groups: BTreeMap<u32, Group>,
}

#[derive(Clone, Debug)]
struct User {
    name: String,
    group: u32,
}

#[derive(Clone, Debug)]
struct Group {
    name: String,
    members: Vec<String>,
}

impl Accounts {
    /// Reads the accounts; a file that cannot be read gives none.
    pub fn load() -> Self {
        let read = |path| std::fs::read_to_string(path).unwrap_or_default();
        Self::parse(&read(USERS), &read(GROUPS))
    }

    /// Parses the text of `/etc/passwd` and of `/etc/group`. Lines of another form are skipped.
    pub fn parse(passwd: &str, group: &str) -> Self {
        Self {
            users: passwd.lines().filter_map(parse_user).collect(),
            groups: group.lines().filter_map(parse_group).collect(),
        }
    }

    /// Returns the number of a group given by name or by number.
    pub fn group(&self, name: &str) -> Result<u32, DiskError> {
        let by_name = self.groups.iter().find(|(_, group)| group.name == name).map(|(id, _)| *id);
        let unknown = || DiskError::Group { name: name.to_owned(), path: GROUPS.into() };
        by_name.or_else(|| name.parse().ok()).ok_or_else(unknown)
    }

    /// Returns user, first group and further groups of a user given by name or by number.
    pub fn user(&self, name: &str) -> Option<(u32, u32, Vec<u32>)> {
        let by_number = || name.parse().ok().and_then(|id: u32| Some((id, self.users.get(&id)?)));
        let by_name = self.users.iter().find(|(_, user)| user.name == name).map(|(id, user)| (*id, user));
        let (id, user) = by_name.or_else(by_number)?;
        let is_of = |group: &Group| group.members.contains(&user.name);
        let further = self.groups.iter().filter(|(_, group)| is_of(group)).map(|(id, _)| *id).collect();
        Some((id, user.group, further))
    }

    /// Returns a user as messages name it: `` `apache` (48) ``, or the number alone.
    pub fn user_name(&self, id: u32) -> String {
        self.users.get(&id).map_or(id.to_string(), |user| format!("`{}` ({id})", user.name))
    }

    /// Returns a group as messages name it: `` `apache` (48) ``, or the number alone.
    pub fn group_name(&self, id: u32) -> String {
        self.groups.get(&id).map_or(id.to_string(), |group| format!("`{}` ({id})", group.name))
    }

    /// Says whether a group is known to have no member but one user.
    pub fn is_alone(&self, user: u32, group: u32) -> bool {
        let Some(known) = self.groups.get(&group) else { return false };
        let name = self.users.get(&user).map(|user| user.name.as_str());
        let has_others = known.members.iter().any(|member| Some(member.as_str()) != name);
        let is_primary = self.users.iter().any(|(id, other)| *id != user && other.group == group);
        !has_others && !is_primary
    }
}

/// A file that a web server of another user cannot read: a fault in the making, since machines get
/// their Ignition files from one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrivateFile {
    /// The file, as messages name it.
    pub path: String,
    /// Its owner, name and number.
    pub user: String,
    /// Its group, name and number.
    pub group: String,
}

/// Returns the user of this run.
pub(super) fn me() -> u32 {
    geteuid().as_raw()
}

fn parse_user(line: &str) -> Option<(u32, User)> {
    let mut fields = line.split(':');
    let name = fields.next()?.to_owned();
    let id = fields.nth(1)?.parse().ok()?;
    let group = fields.next()?.parse().ok()?;
    Some((id, User { name, group }))
}

fn parse_group(line: &str) -> Option<(u32, Group)> {
    let mut fields = line.split(':');
    let name = fields.next()?.to_owned();
    let id = fields.nth(1)?.parse().ok()?;
    let members = fields.next()?.split(',').map(str::trim).filter(|member| !member.is_empty());
    Some((id, Group { name, members: members.map(str::to_owned).collect() }))
}

/// Returns the error that names both users of a root which is not ours.
pub(super) fn not_ours(path: &Utf8Path, owner: u32) -> DiskError {
    let accounts = Accounts::load();
    let (owner, me) = (accounts.user_name(owner), accounts.user_name(me()));
    DiskError::RootOwner { path: path.to_owned(), owner, me }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accounts() -> Accounts {
        Accounts::parse(
            "root:x:0:0:root:/root:/bin/bash\nada:x:1000:1000::/home/ada:/bin/sh\nbob:x:1001:1000:::\nbroken\n",
            "root:x:0:\nada:x:1000:\napache:x:48:ada,matchbox\nalone:x:50:ada\n",
        )
    }

    #[test]
    fn groups_are_found_by_name_and_number() {
        assert_eq!(accounts().group("apache").unwrap(), 48);
        assert_eq!(accounts().group("4711").unwrap(), 4711);
        let error = accounts().group("www\n").unwrap_err();
        assert_eq!(error.to_string(), "cannot find group `www\\n` in `/etc/group`");
    }

    #[test]
    fn names_come_with_numbers() {
        assert_eq!(accounts().user_name(1000), "`ada` (1000)");
        assert_eq!(accounts().user_name(7), "7");
        assert_eq!(accounts().group_name(48), "`apache` (48)");
    }

    #[test]
    fn a_group_is_alone_when_nobody_else_is_in_it() {
        let cases =
            [(0, 0, true), (1000, 50, true), (1000, 1000, false), (1000, 48, false), (0, 4711, false)];
        for (user, group, alone) in cases {
            assert_eq!(accounts().is_alone(user, group), alone, "{user} {group}");
        }
    }
}
