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
pub struct ValueKind {
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

const fn text(word: &'static str) -> ValueKind {
    ValueKind { word, form: Form::Text }
}

const fn pattern(word: &'static str, pattern: &'static str) -> ValueKind {
    ValueKind { word, form: Form::Pattern(pattern) }
}

const fn number(word: &'static str, least: u32, most: u32) -> ValueKind {
    ValueKind { word, form: Form::Number(least, most) }
}

const fn choice(words: &'static [&'static str]) -> ValueKind {
    ValueKind { word: "", form: Form::Choice(words) }
}

impl fmt::Display for ValueKind {
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

pub(super) const ABSOLUTE_PATH: ValueKind = pattern("absolute path", "/.*");
pub(super) const ADDRESS: ValueKind = pattern("address", IP);
pub(super) const ADDRESSES: ValueKind = pattern("addresses", IPS);
pub(super) const ADDRESSING: ValueKind = choice(AddressingChoice::WORDS);
pub(super) const ADDRESS_LIST: ValueKind = pattern("list of addresses", IPS);
pub(super) const ARCH: ValueKind = ValueKind { word: "architecture", form: Form::Choice(Arch::WORDS) };
pub(super) const ARGUMENTS: ValueKind = text("list of arguments");
pub(super) const BALANCER: ValueKind = choice(Balancer::WORDS);
pub(super) const BOOLEAN: ValueKind = ValueKind { word: "boolean", form: Form::Boolean };
pub(super) const BOOT_LOADERS: ValueKind = ValueKind { word: "list", form: Form::Choice(BootLoader::WORDS) };
pub(super) const BUS_IDS: ValueKind = text("bus ids, ranges");
pub(super) const POOL: ValueKind = pattern("name", r"[A-Za-z0-9-]{1,63}(\.(ign|bu))?");
pub(super) const CODES: ValueKind = pattern("list of codes", "[A-Z][0-9]{3}");
pub(super) const CONSOLES: ValueKind = text("list of consoles");
pub(super) const CONSOLES_OR_NONE: ValueKind = text("list of consoles, or `none`");
pub(super) const CONTAINERS: ValueKind = choice(Containers::WORDS);
pub(super) const DEVICE: ValueKind = text("device");
pub(super) const DHCP: ValueKind = choice(DhcpServer::WORDS);
pub(super) const DIGEST: ValueKind = pattern("sha256", "[0-9A-Fa-f]{64}");
pub(super) const DNS: ValueKind = choice(DnsServer::WORDS);
pub(super) const DOMAIN: ValueKind = text("domain");
pub(super) const FCP_DEVICES: ValueKind = text("FCP devices");
pub(super) const FILE: ValueKind = text("file");
pub(super) const FOLDER: ValueKind = text("folder");
pub(super) const GROUP: ValueKind = text("group");
pub(super) const HELPER_STATE: ValueKind = choice(&["MASTER", "BACKUP"]);
pub(super) const HOST_NAME: ValueKind = text("host name");
pub(super) const HTTPS_URL: ValueKind = pattern("http or https URL", HTTP);
pub(super) const HTTP_URL: ValueKind = pattern("http URL", HTTP);
pub(super) const IGNITION_PIN: ValueKind = choice(IgnitionPin::WORDS);
pub(super) const IGNITION_URL: ValueKind = choice(IgnitionUrl::WORDS);
pub(super) const INTERFACE: ValueKind = text("interface");
pub(super) const INTERFACES: ValueKind = text("interfaces");
pub(super) const IPV6_ADDRESS: ValueKind = pattern("IPv6 address", IP);
pub(super) const IPV6_ADDRESSING: ValueKind = choice(Ipv6Choice::WORDS);
pub(super) const IPXE: ValueKind = choice(IpxeChain::WORDS);
pub(super) const KIND: ValueKind = choice(FileKind::WORDS);
pub(super) const LABEL: ValueKind = text("label");
pub(super) const LEASE: ValueKind = text("time");
pub(super) const LINK_ADDRESSING: ValueKind = choice(LinkChoice::WORDS);
pub(super) const MAC: ValueKind = pattern("MAC address", MAC_FORM);
pub(super) const MAC_LIST: ValueKind = pattern("MAC address, or a list", MAC_FORM);
pub(super) const MACS: ValueKind = pattern("list of MAC addresses", r"[0-9A-Fa-f:.\s,;-]+");
pub(super) const MODE: ValueKind = choice(Mode::WORDS);
pub(super) const MTU: ValueKind = number("number", 576, 9216);
pub(super) const NAME_OR_ADDRESS: ValueKind = text("name or address");
pub(super) const NETMASK: ValueKind = text("netmask");
pub(super) const NETWORK_ADDRESS: ValueKind = pattern("network", "[0-9A-Fa-f:.]+(?:/[0-9]+)?");
pub(super) const NETWORK_DEVICES: ValueKind = text("network devices");
pub(super) const NETWORK_LIST: ValueKind = text("networks");
pub(super) const NODES: ValueKind = number("number", 0, 10_000);
pub(super) const NUMBERS: ValueKind = text("numbers");
pub(super) const PARTITION_LABELS: ValueKind = text("list of patterns");
pub(super) const PARTITION_NUMBERS: ValueKind = text("list of numbers and ranges");
pub(super) const PREFIX: ValueKind = number("number", 1, 128);
pub(super) const PRIORITY: ValueKind = number("number", 1, 254);
pub(super) const REPOSITORY: ValueKind = text("repository");
pub(super) const SERVICE_LIST: ValueKind = text("list");
pub(super) const STREAM: ValueKind = text("stream");
pub(super) const TEAM_MODE: ValueKind = text("mode");
pub(super) const TIME: ValueKind = choice(TimeServer::WORDS);
pub(super) const TRANSPORT: ValueKind = choice(Transport::WORDS);
pub(super) const URL: ValueKind = pattern("URL", "(?:https?|file)://.*");
pub(super) const VLAN_ID: ValueKind = number("number", 1, 4094);
pub(super) const WORDS: ValueKind = text("words");
