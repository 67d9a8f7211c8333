//! Keys about the installed system: the same on a node and under `okdboot`.

use crate::vars::section::{Scalar, Section};

/// What is said of the installed system.
#[derive(Debug, Default)]
pub struct RawInstalled {
    /// `installed_console`
    pub console: Vec<Scalar>,
    /// `installed_kargs`
    pub kargs: Vec<Scalar>,
    /// `installed_kargs_delete`
    pub kargs_delete: Vec<Scalar>,
    /// `multipath`
    pub multipath: Option<Scalar>,
    /// `save_partlabel`
    pub save_partlabel: Vec<Scalar>,
    /// `save_partindex`
    pub save_partindex: Vec<Scalar>,
    /// `pre_install`
    pub before: Vec<Scalar>,
    /// `post_install`
    pub after: Vec<Scalar>,
}

impl RawInstalled {
    pub(super) fn read(section: &mut Section) -> Self {
        Self {
            console: section.scalars("installed_console"),
            kargs: section.scalars("installed_kargs"),
            kargs_delete: section.scalars("installed_kargs_delete"),
            multipath: section.scalar("multipath"),
            save_partlabel: section.scalars("save_partlabel"),
            save_partindex: section.scalars("save_partindex"),
            before: section.scalars("pre_install"),
            after: section.scalars("post_install"),
        }
    }
}
