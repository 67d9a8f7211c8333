//! Single values: text to a model type, or a diagnostic.

use std::cell::RefCell;
use std::fmt::Display;
use std::net::Ipv4Addr;
use std::str::FromStr;

use super::super::section::Scalar;
use crate::diag::{Code, Diagnostic, Place, Report, SourceText, Span};
use crate::model::mac::{MacAddr, MacAddrError};
use crate::model::name::{Domain, Label};
use crate::model::net::{self, Netmask};
use crate::text::{List, did_you_mean};

/// Parses leaves and keeps what is wrong with them.
pub(super) struct Leaves {
    source: SourceText,
    report: RefCell<Report>,
}

impl Leaves {
    pub(super) fn new(source: SourceText) -> Self {
        Self { source, report: RefCell::default() }
    }

    pub(super) fn source(&self) -> &SourceText {
        &self.source
    }

    pub(super) fn into_report(self) -> Report {
        self.report.into_inner()
    }

    pub(super) fn push(&self, diagnostic: Diagnostic) {
        self.report.borrow_mut().push(diagnostic);
    }

    pub(super) fn place(&self, span: Span) -> Place {
        Place { source: self.source.clone(), span }
    }

    pub(super) fn at(&self, scalar: &Scalar) -> Place {
        self.place(scalar.span)
    }

    /// Reports a fault of a value.
    pub(super) fn refuse(&self, code: Code, scalar: &Scalar, message: impl Display, help: &str) {
        let diagnostic =
            Diagnostic::new(code, format!("`{}`: {message}", scalar.path)).at(&self.at(scalar), "");
        self.push(if help.is_empty() { diagnostic } else { diagnostic.help(help) });
    }

    /// Reports a key that must be there.
    pub(super) fn required<'a>(
        &self,
        scalar: Option<&'a Scalar>,
        path: &str,
        what: &str,
    ) -> Option<&'a Scalar> {
        if scalar.is_none() {
            let message = format!("`{path}` is missing in `{}`", self.source.name());
            self.push(Diagnostic::new(Code::V015, message).help(format!("add `{path}`: {what}")));
        }
        scalar
    }

    /// Parses a value whose error says everything.
    pub(super) fn parse<T>(&self, code: Code, scalar: &Scalar, help: &str) -> Option<T>
    where
        T: FromStr,
        T::Err: Display,
    {
        match scalar.text.trim().parse() {
            Ok(value) => Some(value),
            Err(error) => {
                self.refuse(code, scalar, error, help);
                None
            }
        }
    }

    /// Parses one of a setting's words, or takes the default (the first word).
    pub(super) fn choice<T>(&self, scalar: Option<&Scalar>, words: &[&str], default: T) -> Option<T>
    where
        T: FromStr,
        T::Err: Display,
    {
        let Some(scalar) = scalar else { return Some(default) };
        let help = did_you_mean(&scalar.text, words.iter().copied())
            .map_or_else(|| format!("write {}", List::or(words)), |near| format!("did you mean `{near}`?"));
        self.parse(Code::V115, scalar, &help)
    }

    /// Parses a YAML 1.1 boolean, written as such or as a string.
    pub(super) fn boolean(&self, scalar: Option<&Scalar>) -> Option<bool> {
        let scalar = scalar?;
        let value = match scalar.text.trim().to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" | "y" | "1" => true,
            "false" | "no" | "off" | "n" | "0" => false,
            _ => {
                self.refuse(
                    Code::V111,
                    scalar,
                    format!("`{}` is not a boolean", scalar.text),
                    "write `true` or `false`",
                );
                return None;
            }
        };
        if scalar.quoted {
            let message = format!("`{}` is a string that says {value}; read as the boolean", scalar.path);
            let help = "Ansible takes every non-empty string as true: remove the quotes";
            self.push(Diagnostic::new(Code::V018, message).at(&self.at(scalar), "in quotes").help(help));
        }
        Some(value)
    }

    /// Parses the address of a host.
    pub(super) fn address(&self, scalar: &Scalar) -> Option<Ipv4Addr> {
        let Ok(address) = scalar.text.trim().parse::<Ipv4Addr>() else {
            let message = format!("`{}` is not an IPv4 address", scalar.text);
            self.refuse(
                Code::V106,
                scalar,
                message,
                "write four numbers from 0 to 255 with dots between them",
            );
            return None;
        };
        if let Some(why) = net::reserved(address) {
            self.refuse(Code::V107, scalar, format!("no host can have {address}: {why}"), "");
            return None;
        }
        Some(address)
    }

    pub(super) fn netmask(&self, scalar: &Scalar) -> Option<Netmask> {
        self.parse(Code::V108, scalar, "write it as `255.255.255.0` or as a prefix length such as `24`")
    }

    pub(super) fn name(&self, scalar: &Scalar) -> Option<Label> {
        self.parse(
            Code::V109,
            scalar,
            "host names are RFC 1123 labels: letters, digits and hyphens, 63 at most",
        )
    }

    pub(super) fn domain(&self, scalar: &Scalar) -> Option<Domain> {
        self.parse(Code::V109, scalar, "a domain is labels with dots between them, such as `example.com`")
    }

    /// Parses a host name that may be fully qualified, as helpernode's own files write the helper.
    pub(super) fn host_name(&self, scalar: &Scalar) -> Option<Label> {
        let short = scalar.text.trim().split('.').next().unwrap_or_default().to_owned();
        self.name(&Scalar { text: short, ..scalar.clone() })
    }

    pub(super) fn mac(&self, scalar: &Scalar) -> Option<MacAddr> {
        let text = scalar.text.trim();
        if text != scalar.text {
            let message = format!("`{}` has blanks around the address", scalar.path);
            let help = "remove them: helpernode would put them into file names";
            self.push(Diagnostic::new(Code::V104, message).at(&self.at(scalar), "").help(help));
        }
        self.warn_of_number(scalar);
        match text.parse() {
            Ok(mac) => Some(mac),
            Err(error) => {
                let code = match error {
                    MacAddrError::Malformed(_) => Code::V101,
                    MacAddrError::Multicast(_) => Code::V102,
                    MacAddrError::Zero(_) => Code::V103,
                };
                self.refuse(
                    code,
                    scalar,
                    error,
                    "write the address of the interface that boots, as `52:54:00:60:72:67`",
                );
                None
            }
        }
    }

    /// Ansible reads an unquoted MAC of decimal digits as a number to base 60.
    fn warn_of_number(&self, scalar: &Scalar) {
        let decimal = |pair: &str| pair.len() == 2 && pair.parse::<u8>().is_ok_and(|n| n < 60);
        if !scalar.quoted && scalar.text.contains(':') && scalar.text.trim().split(':').all(decimal) {
            let message = format!("`{}` is a MAC address that Ansible reads as a number", scalar.path);
            let help = format!("quote it: `\"{}\"`", scalar.text.trim());
            self.push(Diagnostic::new(Code::V105, message).at(&self.at(scalar), "not quoted").help(help));
        }
    }
}
