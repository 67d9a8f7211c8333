//! What a value is, as far as an editor can tell: the rest is said by `okdboot check`.

use std::fmt;

use crate::model::arch::Arch;
use crate::model::boot_loader::BootLoader;
use crate::model::daemon::{Balancer, Containers, DhcpServer, DnsServer, TimeServer};
use crate::model::settings::{
    AddressingChoice, IgnitionPin, IgnitionUrl, Ipv6Choice, IpxeChain, Kind as FileKind, LinkChoice, Mode,
    Transport,
};

/// What a value is.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    /// The word of docs/vars.md; empty where the form has words of its own.
    word: &'static str,
    /// What it looks like.
    pub form: Form,
}

/// What a value looks like.
#[derive(Clone, Copy, Debug)]
pub enum Form {
    /// Any text.
    Text,
    /// One of the booleans of YAML 1.1.
    Boolean,
    /// A whole number from one to another.
    Number(u32, u32),
    /// One of these words.
    Choice(&'static [&'static str]),
    /// Text that is, as a whole, what an ECMA regular expression describes.
    Pattern(&'static str),
}

const fn text(word: &'static str) -> Kind {
    Kind { word, form: Form::Text }
}

const fn pattern(word: &'static str, pattern: &'static str) -> Kind {
    Kind { word, form: Form::Pattern(pattern) }
}

const fn number(word: &'static str, least: u32, most: u32) -> Kind {
    Kind { word, form: Form::Number(least, most) }
}

const fn choice(words: &'static [&'static str]) -> Kind {
    Kind { word: "", form: Form::Choice(words) }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.form {
            Form::Choice(words) if self.word.is_empty() => {
                let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
                f.write_str(&words.join(", "))
            }
            _ => f.write_str(self.word),
        }
    }
}

/// An address, or several where a list is due.
const IP: &str = "[0-9A-Fa-f:.]+";
const IPS: &str = r"[0-9A-Fa-f:.,;\s]+";
const HTTP: &str = "https?://.*";
const MAC_FORM: &str = "[0-9A-Fa-f:.-]+";

pub(super) const ABSOLUTE_PATH: Kind = pattern("absolute path", "/.*");
pub(super) const ADDRESS: Kind = pattern("address", IP);
pub(super) const ADDRESSES: Kind = pattern("addresses", IPS);
pub(super) const ADDRESSING: Kind = choice(AddressingChoice::WORDS);
pub(super) const ADDRESS_LIST: Kind = pattern("list of addresses", IPS);
pub(super) const ARCH: Kind = Kind { word: "architecture", form: Form::Choice(Arch::WORDS) };
pub(super) const ARGUMENTS: Kind = text("list of arguments");
pub(super) const BALANCER: Kind = choice(Balancer::WORDS);
pub(super) const BOOLEAN: Kind = Kind { word: "boolean", form: Form::Boolean };
pub(super) const BOOT_LOADERS: Kind = Kind { word: "list", form: Form::Choice(BootLoader::WORDS) };
pub(super) const BUS_IDS: Kind = text("bus ids, ranges");
pub(super) const POOL: Kind = pattern("name", r"[A-Za-z0-9-]{1,63}(\.(ign|bu))?");
pub(super) const CODES: Kind = pattern("list of codes", "[A-Z][0-9]{3}");
pub(super) const CONSOLES: Kind = text("list of consoles");
pub(super) const CONSOLES_OR_NONE: Kind = text("list of consoles, or `none`");
pub(super) const CONTAINERS: Kind = choice(Containers::WORDS);
pub(super) const DEVICE: Kind = text("device");
pub(super) const DHCP: Kind = choice(DhcpServer::WORDS);
pub(super) const DIGEST: Kind = pattern("sha256", "[0-9A-Fa-f]{64}");
pub(super) const DNS: Kind = choice(DnsServer::WORDS);
pub(super) const DOMAIN: Kind = text("domain");
pub(super) const FCP_DEVICES: Kind = text("FCP devices");
pub(super) const FILE: Kind = text("file");
pub(super) const FOLDER: Kind = text("folder");
pub(super) const GROUP: Kind = text("group");
pub(super) const HELPER_STATE: Kind = choice(&["MASTER", "BACKUP"]);
pub(super) const HOST_NAME: Kind = text("host name");
pub(super) const HTTPS_URL: Kind = pattern("http or https URL", HTTP);
pub(super) const HTTP_URL: Kind = pattern("http URL", HTTP);
pub(super) const IGNITION_PIN: Kind = choice(IgnitionPin::WORDS);
pub(super) const IGNITION_URL: Kind = choice(IgnitionUrl::WORDS);
pub(super) const INTERFACE: Kind = text("interface");
pub(super) const INTERFACES: Kind = text("interfaces");
pub(super) const IPV6_ADDRESS: Kind = pattern("IPv6 address", IP);
pub(super) const IPV6_ADDRESSING: Kind = choice(Ipv6Choice::WORDS);
pub(super) const IPXE: Kind = choice(IpxeChain::WORDS);
pub(super) const KIND: Kind = choice(FileKind::WORDS);
pub(super) const LABEL: Kind = text("label");
pub(super) const LEASE: Kind = text("time");
pub(super) const LINK_ADDRESSING: Kind = choice(LinkChoice::WORDS);
pub(super) const MAC: Kind = pattern("MAC address", MAC_FORM);
pub(super) const MAC_LIST: Kind = pattern("MAC address, or a list", MAC_FORM);
pub(super) const MACS: Kind = pattern("list of MAC addresses", r"[0-9A-Fa-f:.\s,;-]+");
pub(super) const MODE: Kind = choice(Mode::WORDS);
pub(super) const MTU: Kind = number("number", 576, 9216);
pub(super) const NAME_OR_ADDRESS: Kind = text("name or address");
pub(super) const NETMASK: Kind = text("netmask");
pub(super) const NETWORK_ADDRESS: Kind = pattern("network", "[0-9A-Fa-f:.]+(?:/[0-9]+)?");
pub(super) const NETWORK_DEVICES: Kind = text("network devices");
pub(super) const NETWORK_LIST: Kind = text("networks");
pub(super) const NODES: Kind = number("number", 0, 10_000);
pub(super) const NUMBERS: Kind = text("numbers");
pub(super) const PARTITION_LABELS: Kind = text("list of patterns");
pub(super) const PARTITION_NUMBERS: Kind = text("list of numbers and ranges");
pub(super) const PREFIX: Kind = number("number", 1, 128);
pub(super) const PRIORITY: Kind = number("number", 1, 254);
pub(super) const REPOSITORY: Kind = text("repository");
pub(super) const SERVICE_LIST: Kind = text("list");
pub(super) const STREAM: Kind = text("stream");
pub(super) const TEAM_MODE: Kind = text("mode");
pub(super) const TIME: Kind = choice(TimeServer::WORDS);
pub(super) const TRANSPORT: Kind = choice(Transport::WORDS);
pub(super) const URL: Kind = pattern("URL", "(?:https?|file)://.*");
pub(super) const VLAN_ID: Kind = number("number", 1, 4094);
pub(super) const WORDS: Kind = text("words");
