//! The files of PXELINUX, iPXE and GRUB as a loader reads them: which kernel, which initramfs, which
//! arguments.
//!
//! As much of each language as boot files use. What a loader decides at the machine is taken as it
//! comes out for a machine that just starts: nobody presses a key, conditions that cannot be known
//! hold. Nothing is carried out, and no text makes a reader fail in another way than by saying why.

pub mod grub;
pub mod ipxe;
pub mod pxelinux;

use std::collections::BTreeMap;

use thiserror::Error;

use crate::model::mac::MacAddr;

/// The longest boot file that is read, in bytes.
pub const MAX_SCRIPT: usize = 64 << 10;

/// The most commands of one file that are followed, which ends a loop.
const MAX_STEPS: usize = 10_000;

/// The longest line or value after variables are filled in.
const MAX_TEXT: usize = 16 << 10;

/// What a loader does with a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LoaderAction {
    /// It boots a kernel.
    Boot(Boot),
    /// It goes on to another file, as a path or a URL.
    Chain(String),
    /// It goes on to the machine's own disk, or to the next boot device.
    Local,
}

/// What a loader boots.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Boot {
    /// As the loader names it: a URL, a name for TFTP, or a path on one of GRUB's devices.
    pub kernel: String,
    /// The same of the initramfs; several are laid one over the other.
    pub initrds: Vec<String>,
    /// The command line's words, without those that only the loader reads.
    pub args: Vec<String>,
}

/// Why a loader would boot nothing.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum ScriptError {
    /// A page of a web server.
    #[error("it is an HTML page")]
    Html,
    /// No text.
    #[error("it is not text")]
    Bytes,
    /// Nothing at all.
    #[error("it is empty")]
    Empty,
    /// More than a loader reads.
    #[error("it is larger than {} KiB", MAX_SCRIPT >> 10)]
    Large,
    /// No kernel.
    #[error("it names no kernel")]
    Kernel,
    /// No initramfs.
    #[error("it names no initramfs")]
    Initrd,
    /// iPXE runs nothing without its first line.
    #[error("its first line is not `#!ipxe`")]
    Magic,
    /// iPXE fetches and starts nothing.
    #[error("it never says `boot`")]
    Unbooted,
    /// A quote that is never closed.
    #[error("a quote is not closed")]
    Quote,
    /// A jump to nowhere.
    #[error("it jumps to a label that it does not have")]
    Label,
    /// It never comes to an end.
    #[error("it runs in a circle, or has more than {MAX_STEPS} commands")]
    Endless,
    /// The default names no entry.
    #[error("its default is no entry of it")]
    Default,
}

/// What a loader knows of the machine it runs on.
#[derive(Clone, Debug)]
pub struct LoaderMachine {
    /// The address of the interface that it boots from; only s390x goes without.
    pub mac: Option<MacAddr>,
    /// The server that DHCP names, as an address.
    pub server: String,
}

impl LoaderMachine {
    /// Returns the address as loaders write it.
    fn mac_text(&self) -> String {
        self.mac.map(|mac| mac.to_string()).unwrap_or_default()
    }
}

impl Boot {
    /// Returns the value of `name=value` on the command line; the last one counts.
    pub fn argument(&self, name: &str) -> Option<&str> {
        self.args.iter().rev().find_map(|arg| arg.strip_prefix(name)?.strip_prefix('='))
    }

    /// Returns where the live system gets its root file system.
    pub fn rootfs(&self) -> Option<&str> {
        self.argument("coreos.live.rootfs_url")
    }

    /// Returns where the installer, or Ignition itself, gets its config.
    pub fn ignition(&self) -> Option<&str> {
        self.argument("coreos.inst.ignition_url").or_else(|| self.argument("ignition.config.url"))
    }

    /// Demands what no CoreOS boots without.
    fn checked(self) -> Result<Self, ScriptError> {
        match () {
            () if self.kernel.is_empty() => Err(ScriptError::Kernel),
            () if self.initrds.iter().all(String::is_empty) => Err(ScriptError::Initrd),
            () => Ok(self),
        }
    }
}

/// Takes bytes for the text of a boot file.
pub fn text(bytes: &[u8]) -> Result<&str, ScriptError> {
    if bytes.len() > MAX_SCRIPT {
        return Err(ScriptError::Large);
    }
    let text = std::str::from_utf8(bytes).map_err(|_| ScriptError::Bytes)?;
    match () {
        () if text.trim().is_empty() => Err(ScriptError::Empty),
        () if is_html(bytes) => Err(ScriptError::Html),
        () if text.contains('\0') => Err(ScriptError::Bytes),
        () => Ok(text),
    }
}

/// Says whether bytes begin as the page of a web server does.
pub fn is_html(bytes: &[u8]) -> bool {
    let head: Vec<u8> = bytes.iter().copied().skip_while(u8::is_ascii_whitespace).take(64).collect();
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&head).to_ascii_lowercase();
    [&b"<!doctype html"[..], b"<html", b"<head", b"<body", b"<!--", b"<?xml"]
        .iter()
        .any(|start| head.starts_with(start))
}

/// Variables by name; what was never set is empty.
#[derive(Clone, Debug, Default)]
struct Variables(BTreeMap<String, String>);

impl Variables {
    fn set(&mut self, name: &str, value: &str) {
        // A script that doubles a value again and again must not fill the memory.
        let value = if value.len() > MAX_TEXT { "" } else { value };
        if self.0.len() < 1000 || self.0.contains_key(name) {
            self.0.insert(name.to_owned(), value.to_owned());
        }
    }

    fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn machine() -> LoaderMachine {
        LoaderMachine { mac: "52:54:00:60:72:67".parse().ok(), server: "10.0.0.2".into() }
    }

    #[test]
    fn what_is_no_text_says_why() {
        assert_eq!(text(b" \n"), Err(ScriptError::Empty));
        assert_eq!(text(b"\xff"), Err(ScriptError::Bytes));
        assert_eq!(text(b"a\0"), Err(ScriptError::Bytes));
        assert_eq!(text(b"\n <!DOCTYPE HTML><html>"), Err(ScriptError::Html));
        assert_eq!(text(&vec![b' '; MAX_SCRIPT + 1]), Err(ScriptError::Large));
        assert_eq!(text(b"DEFAULT x"), Ok("DEFAULT x"));
    }

    #[test]
    fn the_three_languages_say_the_same() {
        let pxe = "# w0\nDEFAULT b\nLABEL a\n KERNEL x\nLABEL b\n  kernel k\n  append initrd=i a=1 b;c\n";
        let ipxe = "#!ipxe\nkernel --name q k a=1 b;c\ninitrd --name main i\nboot\n";
        let grub = "menuentry 'x y' {\n linux k a=1 \"b;c\"\n initrd i\n}\n";
        let due =
            Boot { kernel: "k".into(), initrds: vec!["i".into()], args: vec!["a=1".into(), "b;c".into()] };
        let machine = machine();
        assert_eq!(pxelinux::read(pxe), Ok(LoaderAction::Boot(due.clone())));
        assert_eq!(ipxe::read(ipxe, &machine, "http://h/x"), Ok(LoaderAction::Boot(due.clone())));
        assert_eq!(grub::read(grub, &machine), Ok(LoaderAction::Boot(due.clone())));
        assert_eq!((due.argument("a"), due.rootfs(), due.ignition()), (Some("1"), None, None));
    }
}
