//! Whose Ignition file a machine takes.

use std::fmt;

use super::name::Label;
use super::role::Role;

/// Machines that take one Ignition file: those of a role, or those that vars.yaml puts together by `pool` or
/// `ignition`. The machine config pools of OpenShift that people make themselves are such pools.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Pool {
    /// Every machine of a role that has no pool of its own.
    Role(Role),
    /// A name that a person gave.
    Custom(Label),
}

impl Pool {
    /// Returns what its Ignition file is called, without `.ign`.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Role(role) => role.as_str(),
            Self::Custom(name) => name.as_str(),
        }
    }

    /// Returns a name of it that no other pool and no other cluster has: roles follow a hyphen, and other
    /// names a dot, which no label holds.
    pub fn below(&self, cluster: &Label) -> String {
        format!("{cluster}{}{self}", self.separator())
    }

    /// Returns what stands between names of it.
    pub fn separator(&self) -> char {
        match self {
            Self::Role(_) => '-',
            Self::Custom(_) => '.',
        }
    }

    /// Returns the name that a person gave; a role has none.
    pub fn custom(&self) -> Option<&Label> {
        match self {
            Self::Role(_) => None,
            Self::Custom(name) => Some(name),
        }
    }
}

impl fmt::Display for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
