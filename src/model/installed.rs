//! What coreos-installer does beside writing the image: consoles and kernel arguments of the installed
//! system, partitions that stay (coreos-installer `install`, 0.27.0).

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use super::boot::KernelArg;
use super::console::Console;
use super::disk::Paths;

/// What the installed system of a node has, apart from its live boot.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Installed {
    /// Its consoles.
    pub consoles: InstalledConsoles,
    /// Kernel arguments that are added to the image's, at every boot.
    pub append: Vec<KernelArg>,
    /// Kernel arguments of the image that are taken away.
    pub delete: Vec<KernelArg>,
    /// By how many paths its disk is reached.
    pub paths: Paths,
    /// Labels of partitions that stay.
    pub save_labels: Vec<LabelGlob>,
    /// Numbers of partitions that stay.
    pub save_indexes: Vec<IndexRange>,
    /// Scripts that media run before the installation, as vars.yaml names them.
    pub before: Vec<String>,
    /// Scripts that media run after it.
    pub after: Vec<String>,
}

/// The consoles of an installed system.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum InstalledConsoles {
    /// Those of the live boot, where the way of installing carries them.
    #[default]
    AsLive,
    /// Its own; an empty list leaves the image's.
    Own(Vec<Console>),
}

/// What dracut and the kernel need for a root file system on a multipath device (OpenShift
/// documentation, "Enabling multipathing with kernel arguments on RHCOS").
const MULTIPATH_ROOT: [&str; 2] = ["root=/dev/disk/by-label/dm-mpath-root", "rw"];

/// What starts multipath in an initramfs: the live one's, before the installer looks for the device, and
/// the installed one's.
pub const MULTIPATH: &str = "rd.multipath=default";

impl Installed {
    /// Returns every kernel argument that is added, those of a multipath root first.
    pub fn appended(&self) -> Vec<String> {
        let multipath = match self.paths {
            Paths::One => Vec::new(),
            Paths::Multi => std::iter::once(MULTIPATH).chain(MULTIPATH_ROOT).map(str::to_owned).collect(),
        };
        multipath.into_iter().chain(self.append.iter().map(ToString::to_string)).collect()
    }

    /// Returns what coreos-installer's service reads of this from the kernel command line.
    pub fn installer_args(&self) -> Vec<String> {
        let arg = |name: &str, values: Vec<String>| {
            (!values.is_empty()).then(|| format!("coreos.inst.{name}={}", values.join(",")))
        };
        let labels = arg(SAVE_PARTLABEL, texts(&self.save_labels));
        labels.into_iter().chain(arg(SAVE_PARTINDEX, texts(&self.save_indexes))).collect()
    }

    /// Says whether a script runs before or after the installation.
    pub fn has_scripts(&self) -> bool {
        !self.before.is_empty() || !self.after.is_empty()
    }

    /// Says whether any of it is lost where only the kernel command line reaches the installer.
    pub fn needs_more_than_kernel_args(&self) -> bool {
        let own_consoles = matches!(&self.consoles, InstalledConsoles::Own(consoles) if !consoles.is_empty());
        own_consoles || !self.appended().is_empty() || !self.delete.is_empty()
    }
}

/// The last word of `coreos.inst.save_partlabel`.
const SAVE_PARTLABEL: &str = "save_partlabel";
/// The last word of `coreos.inst.save_partindex`.
const SAVE_PARTINDEX: &str = "save_partindex";

/// Returns the text of each.
pub fn texts<T: ToString>(items: &[T]) -> Vec<String> {
    items.iter().map(ToString::to_string).collect()
}

/// A pattern for labels of partitions, such as `data*`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabelGlob(String);

/// Why a text is no such pattern.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum LabelGlobError {
    /// A character that is lost on the way to the installer.
    #[error("`{0}` holds a character that cannot be in a pattern for labels")]
    Character(String),
    /// Two stars in a row mean folders, which labels do not have.
    #[error("`{0}` has two stars in a row")]
    Stars(String),
    /// A bracket without its end.
    #[error("`{0}` opens a bracket that nothing closes")]
    Bracket(String),
}

impl FromStr for LabelGlob {
    type Err = LabelGlobError;

    /// A comma parts patterns in every form, and what a kernel argument cannot hold is refused, so that a
    /// pattern is the same in every form.
    fn from_str(text: &str) -> Result<Self, LabelGlobError> {
        let own = || text.to_owned();
        match () {
            () if text.contains(',') || KernelArg::new(text).is_err() => {
                Err(LabelGlobError::Character(own()))
            }
            () if text.contains("**") => Err(LabelGlobError::Stars(own())),
            () if !brackets_close(text) => Err(LabelGlobError::Bracket(own())),
            () => Ok(Self(own())),
        }
    }
}

/// Says whether every `[` has its `]`. One that follows it at once, or `[!`, is a member of the set.
fn brackets_close(text: &str) -> bool {
    let mut rest = text;
    while let Some((_, set)) = rest.split_once('[') {
        let members = set.strip_prefix('!').unwrap_or(set);
        let mut inner = members.char_indices().skip(1);
        let Some((end, _)) = inner.find(|(_, c)| *c == ']') else { return false };
        rest = &members[end + 1..];
    }
    true
}

impl fmt::Display for LabelGlob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Numbers of partitions: `5`, `5-7`, `5-` or `-7`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IndexRange {
    first: Option<u32>,
    last: Option<u32>,
}

/// Why a text is no such range.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum IndexRangeError {
    /// Neither a number nor two with a dash.
    #[error("`{0}` is neither a number of a partition nor a range of them")]
    Form(String),
    /// Partitions are counted from 1.
    #[error("`{0}`: there is no partition 0")]
    Zero(String),
    /// The end before the start.
    #[error("`{0}` ends before it starts")]
    Backwards(String),
}

impl FromStr for IndexRange {
    type Err = IndexRangeError;

    fn from_str(text: &str) -> Result<Self, IndexRangeError> {
        let end = |part: &str| match part {
            "" => Ok(None),
            digits if digits.bytes().all(|b| b.is_ascii_digit()) => {
                digits.parse().map(Some).map_err(|_| IndexRangeError::Form(text.to_owned()))
            }
            _ => Err(IndexRangeError::Form(text.to_owned())),
        };
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        let (first, last) = (end(first)?, end(last)?);
        match (first, last) {
            (None, None) => Err(IndexRangeError::Form(text.to_owned())),
            (Some(0), _) | (_, Some(0)) => Err(IndexRangeError::Zero(text.to_owned())),
            (Some(first), Some(last)) if first > last => Err(IndexRangeError::Backwards(text.to_owned())),
            (first, last) => Ok(Self { first, last }),
        }
    }
}

impl fmt::Display for IndexRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = |end: Option<u32>| end.map_or_else(String::new, |number| number.to_string());
        match (self.first, self.last) {
            (Some(first), Some(last)) if first == last => write!(f, "{first}"),
            (first, last) => write!(f, "{}-{}", text(first), text(last)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_those_of_the_installer() {
        for good in ["5", "5-7", "5-", "-7", "1"] {
            assert_eq!(good.parse::<IndexRange>().map(|r| r.to_string()).as_deref(), Ok(good));
        }
        assert_eq!("5-5".parse::<IndexRange>().map(|r| r.to_string()).as_deref(), Ok("5"));
        let error = |text: &str| text.parse::<IndexRange>().unwrap_err();
        for (bad, due) in [
            ("7-5", IndexRangeError::Backwards("7-5".into())),
            ("0", IndexRangeError::Zero("0".into())),
            ("0-3", IndexRangeError::Zero("0-3".into())),
            ("-0", IndexRangeError::Zero("-0".into())),
        ] {
            assert_eq!(error(bad), due);
        }
        for bad in ["", "-", "a", "1-2-3", "+5", "99999999999"] {
            assert_eq!(error(bad), IndexRangeError::Form(bad.into()));
        }
    }

    #[test]
    fn patterns_are_the_same_in_every_form() {
        for good in ["data*", "var", "disk[0-9]", "a[!x]?", "[]]", "[!]]*"] {
            assert_eq!(good.parse::<LabelGlob>().map(|g| g.to_string()).as_deref(), Ok(good));
        }
        let error = |text: &str| text.parse::<LabelGlob>().unwrap_err();
        for bad in ["", "a b", "a,b", "a\"b"] {
            assert_eq!(error(bad), LabelGlobError::Character(bad.into()));
        }
        assert_eq!(error("a**"), LabelGlobError::Stars("a**".into()));
        for bad in ["[a", "a[", "[]", "[!]", "[a]["] {
            assert_eq!(error(bad), LabelGlobError::Bracket(bad.into()), "{bad}");
        }
    }
}
