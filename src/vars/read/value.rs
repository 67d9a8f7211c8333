//! Single values: text to a model type, or a diagnostic.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use super::super::raw::RawNode;
use super::super::section::{Findings, Scalar};
use crate::diag::{Code, Diagnostic, Place, Report, SourceText, Span};
use crate::model::mac::{MacAddr, MacAddrError};
use crate::model::name::{Domain, Label};
use crate::model::net::{self, Netmask};
use crate::text::{Count, List, did_you_mean};

/// A finding at its first place, and all places where it holds.
type Repeated = (Diagnostic, BTreeSet<Option<usize>>);

/// Parses values and keeps what is wrong with them.
pub struct Values {
    source: SourceText,
    report: RefCell<Report>,
    /// Code, place and message of what was reported.
    said: RefCell<BTreeSet<(Code, Option<usize>, String)>>,
    /// What is the same in many places: the first of them, and where it holds.
    repeated: RefCell<BTreeMap<Code, Repeated>>,
    hidden: RefCell<Vec<Span>>,
    faulty: BTreeSet<String>,
    spans: BTreeMap<String, Span>,
}

impl Values {
    /// Takes a file and what its shape told: which values were reported, and where keys stand.
    pub fn new(source: SourceText, found: &Findings) -> Self {
        Self {
            source,
            report: RefCell::default(),
            said: RefCell::default(),
            repeated: RefCell::default(),
            hidden: RefCell::default(),
            faulty: found.faulty.clone(),
            spans: found.spans.clone(),
        }
    }

    pub fn source(&self) -> &SourceText {
        &self.source
    }

    /// Gives up the faults, and the places that may not be shown.
    pub fn finish(self) -> (Report, Vec<Span>) {
        let mut report = self.report.into_inner();
        for (diagnostic, places) in self.repeated.into_inner().into_values() {
            report.push(match places.len() {
                0 | 1 => diagnostic,
                all => diagnostic.help(format!("the same holds for {}", Count(all - 1, "further place"))),
            });
        }
        (report, self.hidden.into_inner())
    }

    /// Says whether the value of a path, or the mapping that it would stand in, was reported already.
    pub fn is_faulty(&self, path: &str) -> bool {
        let within = |fault: &String| {
            path.strip_prefix(fault.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        self.faulty.iter().any(within)
    }

    /// Reports what a file may say of every node, at its first place only.
    pub fn push_once(&self, diagnostic: Diagnostic) {
        let mut repeated = self.repeated.borrow_mut();
        let place = start(&diagnostic);
        let (_, places) = repeated.entry(diagnostic.code).or_insert((diagnostic, BTreeSet::new()));
        places.insert(place);
    }

    /// Refuses a URL with a user or a password, and keeps it out of every frame.
    pub fn refuses_credentials(&self, scalar: &Scalar) -> bool {
        let authority = scalar.text.split_once("://").map(|(_, rest)| rest.split('/').next());
        let refused = authority.flatten().is_some_and(|authority| authority.contains('@'));
        if refused {
            self.hidden.borrow_mut().push(scalar.span);
            let help = "remove user and password: they would be written to files that machines fetch";
            self.refuse(Code::V116, scalar, "the URL holds credentials", help);
        }
        refused
    }

    /// Reports a finding. What the cluster's network says is compared with every node, so the same finding at
    /// the same place is kept once.
    pub fn push(&self, diagnostic: Diagnostic) {
        if self.said.borrow_mut().insert((diagnostic.code, start(&diagnostic), diagnostic.message.clone())) {
            self.report.borrow_mut().push(diagnostic);
        }
    }

    pub fn place(&self, span: Span) -> Place {
        Place { source: self.source.clone(), span }
    }

    /// Returns the place of a key that holds a mapping or a list.
    pub fn key(&self, path: &str) -> Option<Place> {
        self.spans.get(path).map(|span| self.place(*span))
    }

    pub fn at(&self, scalar: &Scalar) -> Place {
        self.place(scalar.span)
    }

    /// Returns the place that stands for a node, for messages about what it lacks.
    pub fn node(&self, raw: &RawNode) -> Place {
        self.place(raw.head())
    }

    /// Reports a fault of a value.
    pub fn refuse(&self, code: Code, scalar: &Scalar, message: impl Display, help: &str) {
        let diagnostic =
            Diagnostic::new(code, format!("`{}`: {message}", scalar.path)).at(&self.at(scalar), "");
        self.push(if help.is_empty() { diagnostic } else { diagnostic.help(help) });
    }

    /// Reports a key that must be there.
    pub fn required<'a>(&self, scalar: Option<&'a Scalar>, path: &str, what: &str) -> Option<&'a Scalar> {
        if scalar.is_none() && !self.is_faulty(path) {
            let message = format!("`{path}` is missing in `{}`", self.source.name());
            let diagnostic = Diagnostic::new(Code::V015, message).help(format!("add `{path}`, {what}"));
            let parent = path.rsplit_once('.').and_then(|(parent, _)| self.key(parent));
            self.push(match parent {
                Some(place) => diagnostic.at(&place, "in this mapping"),
                None => diagnostic,
            });
        }
        scalar
    }

    /// Reports a key that must be there in a mapping that stands at a place.
    pub fn required_in<'a>(
        &self,
        span: Span,
        scalar: Option<&'a Scalar>,
        path: &str,
        what: &str,
    ) -> Option<&'a Scalar> {
        if scalar.is_none() && !self.is_faulty(path) {
            let message = format!("`{path}` is missing in `{}`", self.source.name());
            let key = path.rsplit('.').next().unwrap_or_default();
            let diagnostic = Diagnostic::new(Code::V015, message).at(&self.place(span), "in this mapping");
            self.push(diagnostic.help(format!("add `{key}`, {what}")));
        }
        scalar
    }

    /// Parses a value whose error says everything.
    pub fn parse<T>(&self, code: Code, scalar: &Scalar, help: &str) -> Option<T>
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
    pub fn choice<T>(&self, scalar: Option<&Scalar>, words: &[&str], default: T) -> Option<T>
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
    pub fn boolean(&self, scalar: Option<&Scalar>) -> Option<bool> {
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

    /// Parses the IPv4 address of a host.
    pub fn address(&self, scalar: &Scalar) -> Option<Ipv4Addr> {
        let Ok(address) = scalar.text.trim().parse::<Ipv4Addr>() else {
            self.not_an_address(scalar);
            return None;
        };
        if let Some(why) = net::reserved(address) {
            let message = format!("no host can have {address}: {why}");
            self.refuse(Code::V107, scalar, message, "write the address that the machine has");
            return None;
        }
        Some(address)
    }

    pub fn not_an_address(&self, scalar: &Scalar) {
        let text = scalar.text.trim();
        let octets: Vec<&str> = text.split('.').collect();
        let padded = octets.iter().all(|octet| octet.parse::<u8>().is_ok());
        let help = match text.split_once('/') {
            Some((address, _)) if address.parse::<Ipv4Addr>().is_ok() => {
                format!("write `{address}`: the prefix length has keys of its own")
            }
            _ if text.parse::<Ipv6Addr>().is_ok() => "write an IPv4 address: this key has no IPv6".to_owned(),
            _ if text.starts_with('[') => "write it without brackets".to_owned(),
            _ if padded && octets.len() == 4 => "write its numbers without leading zeros".to_owned(),
            _ => "write four numbers from 0 to 255 with dots between them".to_owned(),
        };
        self.refuse(Code::V106, scalar, format!("`{}` is not an IPv4 address", scalar.text), &help);
    }

    /// Parses addresses; one string may hold several, as dhcpd takes them.
    pub fn addresses(&self, scalars: &[Scalar]) -> Vec<Ipv4Addr> {
        Self::words(scalars).iter().filter_map(|word| self.address(word)).collect()
    }

    /// Parts strings that hold several values.
    pub fn words(scalars: &[Scalar]) -> Vec<Scalar> {
        let parts = scalars.iter().flat_map(|scalar| {
            let words =
                scalar.text.split([',', ';', ' ', '\n']).map(str::trim).filter(|word| !word.is_empty());
            words.map(|word| Scalar { text: word.to_owned(), ..scalar.clone() })
        });
        parts.collect()
    }

    pub fn netmask(&self, scalar: &Scalar) -> Option<Netmask> {
        let help = "write it as `255.255.255.0` or as a prefix length such as `24`";
        let mask: Netmask = self.parse(Code::V108, scalar, help)?;
        if mask.prefix() == 0 {
            self.refuse(Code::V108, scalar, "a mask of 0 bits makes the whole internet one network", help);
            return None;
        }
        Some(mask)
    }

    pub fn name(&self, scalar: &Scalar) -> Option<Label> {
        self.label(scalar, "host names are RFC 1123 labels", |short, _| {
            format!("write the short name `{short}`: the domain comes from `dns`")
        })
    }

    /// Parses the cluster's id. install-config allows dots in it; here they belong to the domain, which
    /// gives the same names.
    pub fn cluster_id(&self, scalar: &Scalar) -> Option<Label> {
        self.label(scalar, "a cluster's id is an RFC 1123 label", |id, rest| {
            format!("write `{id}` here and put `{rest}.` before `dns.domain`: the names stay the same")
        })
    }

    /// Parses the name of a pool, which is that of a file too.
    pub fn pool(&self, scalar: &Scalar) -> Option<Label> {
        self.label(scalar, "the name of a pool is an RFC 1123 label", |first, _| {
            format!("write a name without dots, such as `{first}`")
        })
    }

    /// Parses a label; `dotted` says what to do with one that a domain follows.
    fn label(&self, scalar: &Scalar, what: &str, dotted: impl Fn(&str, &str) -> String) -> Option<Label> {
        let text = scalar.text.trim();
        let help = match text.split_once('.') {
            Some((first, rest)) if text.parse::<Domain>().is_ok() => dotted(first, rest),
            _ => format!("{what}: letters, digits and hyphens, 63 at most"),
        };
        self.parse(Code::V109, scalar, &help)
    }

    pub fn domain(&self, scalar: &Scalar) -> Option<Domain> {
        self.parse(Code::V109, scalar, "a domain is labels with dots between them, such as `example.com`")
    }

    /// Parses the whole name of a machine.
    pub fn whole_name(&self, scalar: &Scalar) -> Option<Domain> {
        let name = self.domain(scalar)?;
        if !name.as_str().contains('.') {
            let help = "write the whole name, such as `web0.example.com`; without this key it is made of `name` and `dns`";
            self.refuse(Code::V109, scalar, format!("`{name}` has no domain"), help);
            return None;
        }
        Some(name)
    }

    /// Parses a host name that may be fully qualified, as helpernode's own files write the helper.
    pub fn host_name(&self, scalar: &Scalar) -> Option<Label> {
        let short = scalar.text.trim().split('.').next().unwrap_or_default().to_owned();
        self.name(&Scalar { text: short, ..scalar.clone() })
    }

    pub fn mac(&self, scalar: &Scalar) -> Option<MacAddr> {
        let text = scalar.text.trim();
        if text != scalar.text {
            let message = format!("`{}` has blanks around the address", scalar.path);
            let help = "remove them: helpernode would put them into file names";
            self.push(Diagnostic::new(Code::V104, message).at(&self.at(scalar), "blanks").help(help));
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
                let help = match error {
                    MacAddrError::Malformed(_) => {
                        "write six pairs of hexadecimal digits, such as `52:54:00:60:72:67`"
                    }
                    MacAddrError::Multicast(_) => {
                        "write the address of the interface that boots: its second digit is even"
                    }
                    MacAddrError::Zero(_) => "write the address of the interface that boots",
                };
                self.refuse(code, scalar, error, help);
                None
            }
        }
    }

    /// Ansible reads an unquoted MAC of decimal digits as a number to base 60; `PyYAML` has
    /// `[1-9][0-9_]*(:[0-5]?[0-9])+`.
    fn warn_of_number(&self, scalar: &Scalar) {
        let digits = |pair: &str| !pair.is_empty() && pair.bytes().all(|b| b.is_ascii_digit());
        let number = scalar.text.trim().split_once(':').is_some_and(|(first, rest)| {
            let rest = rest.split(':').all(|pair| digits(pair) && pair.parse::<u8>().is_ok_and(|n| n < 60));
            digits(first) && !first.starts_with('0') && rest
        });
        if !scalar.quoted && number {
            let message = format!("`{}` is a MAC address that Ansible reads as a number", scalar.path);
            let help = format!("quote it: `\"{}\"`", scalar.text.trim());
            self.push(Diagnostic::new(Code::V105, message).at(&self.at(scalar), "not quoted").help(help));
        }
    }
}

fn start(diagnostic: &Diagnostic) -> Option<usize> {
    diagnostic.primary.as_ref().map(|at| at.place.span.start)
}
