//! Kernel arguments and the command line that is made of them.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// One kernel argument: printable, without blanks, quotes or backslashes, so that it is one argument
/// in every boot format and to the kernel's own parser.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KernelArg(String);

/// Why a text is not a kernel argument that may be given.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum KernelArgError {
    /// Nothing.
    #[error("a kernel argument is empty")]
    Empty,
    /// More than one word.
    #[error("`{0}` holds a blank, so it is more than one kernel argument")]
    Blank(String),
    /// Control characters, quotes or anything outside printable ASCII.
    #[error("`{0}` holds a character that no boot format carries unchanged")]
    Character(String),
    /// An argument that okdboot writes from other keys.
    #[error("`{name}` is written by okdboot from {from}")]
    Reserved {
        /// The argument's name.
        name: String,
        /// The keys it is made from.
        from: &'static str,
    },
    /// An argument that looks like coreos-installer's, but is not.
    #[error("coreos-installer has no kernel argument `{0}`; it would be ignored without a word")]
    NoSuchArgument(String),
}

/// What coreos-installer's service reads from the kernel command line, beside those that okdboot
/// writes itself (coreos-installer `scripts/coreos-installer-service`, 0.27.0).
const INSTALLER_ARGS: [&str; 8] = [
    "coreos.inst.image_url",
    "coreos.inst.insecure",
    "coreos.inst.platform_id",
    "coreos.inst.save_partindex",
    "coreos.inst.save_partlabel",
    "coreos.inst.secure_ipl",
    "coreos.inst.skip_reboot",
    "coreos.inst.stream",
];

const RESERVED: [(&str, &str); 4] = [
    ("coreos.inst.ignition_url", "`okdboot.url` and the node's role"),
    ("coreos.inst.install_dev", "`disk`"),
    ("coreos.live.rootfs_url", "`okdboot.url` and the lock"),
    ("initrd", "the lock"),
];

impl KernelArg {
    /// Makes an argument that okdboot itself writes: only its form is checked.
    pub fn new(text: impl Into<String>) -> Result<Self, KernelArgError> {
        let text = text.into();
        match () {
            () if text.is_empty() => Err(KernelArgError::Empty),
            () if text.contains([' ', '\t']) => Err(KernelArgError::Blank(text)),
            () if !text.bytes().all(|b| b.is_ascii_graphic() && !b"\"'`\\".contains(&b)) => {
                Err(KernelArgError::Character(text))
            }
            () => Ok(Self(text)),
        }
    }

    /// Returns the argument as it stands on the command line.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns what stands before the first `=`.
    pub fn name(&self) -> &str {
        self.0.split('=').next().unwrap_or_default()
    }

    /// Returns every installer argument that a person may give.
    pub fn installer_args() -> &'static [&'static str] {
        &INSTALLER_ARGS
    }
}

/// Parses an argument that a person gave: besides the form, its name is checked.
impl FromStr for KernelArg {
    type Err = KernelArgError;

    fn from_str(text: &str) -> Result<Self, KernelArgError> {
        let arg = Self::new(text)?;
        let name = arg.name().to_owned();
        if let Some((_, from)) = RESERVED.iter().find(|(reserved, _)| *reserved == name) {
            return Err(KernelArgError::Reserved { name, from });
        }
        let installers = name == "coreos.inst" || name.starts_with("coreos.inst.");
        if installers && !INSTALLER_ARGS.contains(&name.as_str()) {
            return Err(KernelArgError::NoSuchArgument(name));
        }
        Ok(arg)
    }
}

impl fmt::Display for KernelArg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The arguments of one node, the same in every boot format; `initrd=` belongs to the format.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CommandLine(Vec<KernelArg>);

impl CommandLine {
    /// Appends an argument.
    pub fn push(&mut self, arg: KernelArg) {
        self.0.push(arg);
    }

    /// Returns the arguments in order.
    pub fn args(&self) -> &[KernelArg] {
        &self.0
    }

    /// Returns the length in bytes as the kernel counts it, without the closing NUL.
    pub fn len(&self) -> usize {
        self.0.iter().map(|arg| arg.0.len() + 1).sum::<usize>().saturating_sub(1)
    }

    /// Says whether there is no argument.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<KernelArg> for CommandLine {
    fn from_iter<I: IntoIterator<Item = KernelArg>>(iter: I) -> Self {
        Self(iter.into_iter().collect())
    }
}

impl fmt::Display for CommandLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, arg) in self.0.iter().enumerate() {
            write!(f, "{}{arg}", if at == 0 { "" } else { " " })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_one_word_each() {
        assert!("nomodeset".parse::<KernelArg>().is_ok());
        assert!("coreos.inst.insecure".parse::<KernelArg>().is_ok());
        assert_eq!("a b".parse::<KernelArg>(), Err(KernelArgError::Blank("a b".into())));
        assert!(matches!("a\u{7f}".parse::<KernelArg>(), Err(KernelArgError::Character(_))));
        assert!(matches!("a=\"b\"".parse::<KernelArg>(), Err(KernelArgError::Character(_))));
        assert_eq!("".parse::<KernelArg>(), Err(KernelArgError::Empty));
    }

    #[test]
    fn arguments_without_effect_are_refused_by_name() {
        for bad in ["coreos.inst=yes", "coreos.inst.ignition_hash=sha512-00", "coreos.inst.skip_media_check"]
        {
            assert!(matches!(bad.parse::<KernelArg>(), Err(KernelArgError::NoSuchArgument(_))), "{bad}");
        }
        assert!(matches!("initrd=x".parse::<KernelArg>(), Err(KernelArgError::Reserved { .. })));
    }

    #[test]
    fn a_line_counts_its_blanks() {
        let line: CommandLine = ["a", "bc"].map(|a| KernelArg::new(a).unwrap()).into_iter().collect();
        assert_eq!(line.to_string(), "a bc");
        assert_eq!(line.len(), 4);
        assert_eq!(CommandLine::default().len(), 0);
    }
}
