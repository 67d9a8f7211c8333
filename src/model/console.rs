//! Consoles, to the grammar of coreos-installer's `--console` (0.27.0).

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use super::arch::Arch;

/// A console such as `tty0` or `ttyS0,115200n8`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Console(String);

impl Console {
    /// Returns the console of a live boot where nobody names one. Only s390x has a documented one
    /// (OpenShift documentation, parm files); everywhere else firmware tells the kernel where it is.
    pub fn documented(arch: Arch) -> Option<Self> {
        (arch == Arch::S390x).then(|| Self("ttysclp0".to_owned()))
    }
}

/// Not a console.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("`{0}` is not a console that coreos-installer accepts")]
pub struct ConsoleError(String);

impl fmt::Display for Console {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Console {
    type Err = ConsoleError;

    fn from_str(text: &str) -> Result<Self, ConsoleError> {
        let graphical = matches!(text, "tty0" | "hvc0" | "ttysclp0");
        if graphical || is_serial(text) {
            Ok(Self(text.to_owned()))
        } else {
            Err(ConsoleError(text.to_owned()))
        }
    }
}

/// `ttyS<n>` or `ttyAMA<n>`, with `,<speed>[n|o|e[5-8]]` if wanted.
fn is_serial(text: &str) -> bool {
    let (port, mode) = match text.split_once(',') {
        Some((port, mode)) => (port, Some(mode)),
        None => (text, None),
    };
    let number = port.strip_prefix("ttyS").or_else(|| port.strip_prefix("ttyAMA"));
    let digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
    number.is_some_and(digits) && mode.is_none_or(is_serial_mode)
}

fn is_serial_mode(mode: &str) -> bool {
    let speed = mode.bytes().take_while(u8::is_ascii_digit).count();
    let rest = &mode[speed..];
    let mut chars = rest.chars();
    let parity = chars.next().is_none_or(|c| "noe".contains(c));
    let bits = chars.next().is_none_or(|c| "5678".contains(c));
    speed > 0 && parity && bits && chars.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_installers_grammar() {
        for good in ["tty0", "hvc0", "ttysclp0", "ttyS0", "ttyS1,115200", "ttyAMA0,115200n8", "ttyS0,9600o"] {
            assert_eq!(good.parse::<Console>().map(|c| c.to_string()).as_deref(), Ok(good));
        }
        for bad in [
            "ttyUSB0",
            "tty1",
            "ttyS0,",
            "console=ttyS0",
            "/dev/ttyS0",
            "ttyS",
            "ttyS0,9600x",
            "ttyS0,9600n9",
        ] {
            assert!(bad.parse::<Console>().is_err(), "{bad}");
        }
    }
}
