//! The links of a node: the one it is known by, and those of `interfaces`.

use std::net::IpAddr;

use ipnet::IpNet;

use super::super::read::address::Mask;
use super::super::read::given::Given;
use super::super::read::ipv6::Ipv6Draft;
use super::super::read::link::InterfaceDraft;
use super::super::read::value::Values;
use super::super::section::Scalar;
use super::device::{self, Devices, Stack};
use crate::diag::{Code, Diagnostic, Span};
use crate::model::mtu::Mtu;
use crate::model::net::InterfaceName;
use crate::model::network::{Ipv4, Ipv6, Link, Static4, Static6};
use crate::model::settings::{AddressingChoice, Ipv6Choice, LinkChoice};

/// A static address with its network and the places of both.
#[derive(Clone)]
pub(super) struct Static<'a> {
    pub(super) address: Option<IpAddr>,
    pub(super) mask: Option<Mask>,
    pub(super) gateway: Option<IpAddr>,
    pub(super) at: Option<&'a Scalar>,
    pub(super) mask_at: Option<&'a Scalar>,
    pub(super) gateway_at: Option<&'a Scalar>,
}

/// A link whose values were parsed; a value that could not be is absent.
#[derive(Clone, Default)]
pub(super) struct LinkCandidate<'a> {
    /// The topmost device, or the NIC.
    pub(super) interface: Option<InterfaceName>,
    /// Where messages about the link point.
    pub(super) span: Span,
    pub(super) statics: Vec<Static<'a>>,
    /// Whether its own address is static; IPv6 beside it may be all the same.
    own_static: bool,
    ipv4_dhcp: bool,
    ipv6: Option<Ipv6>,
    pub(super) mtu: Option<Mtu>,
    /// Whether a part of it was reported.
    faulty: bool,
}

impl<'a> LinkCandidate<'a> {
    /// A device that carries no address, only what stands on it.
    pub(super) fn carrier(interface: InterfaceName, mtu: Mtu, span: Span) -> Self {
        Self { interface: Some(interface), mtu: Some(mtu), span, ..Self::default() }
    }

    /// Says whether nothing names it.
    pub(super) fn lacks_name(&self) -> bool {
        self.interface.is_none() && !self.faulty
    }

    pub(super) fn has_ipv6(&self) -> bool {
        self.ipv6.is_some() || self.statics.iter().any(|parts| parts.address.is_some_and(|a| a.is_ipv6()))
    }

    /// Says whether an address is of a network that the link is in; nothing where DHCP decides that.
    pub(super) fn reaches(&self, router: IpAddr) -> Option<bool> {
        let of_family = |parts: &&Static| parts.address.is_some_and(|a| a.is_ipv4() == router.is_ipv4());
        let local = matches!(router, IpAddr::V6(router) if router.is_unicast_link_local());
        let parts = self.statics.iter().find(of_family).filter(|_| !local);
        match parts {
            Some(parts) => Some(parts.net()?.contains(&router)),
            None if self.ipv4_dhcp || self.ipv6.is_some() || local => None,
            None => Some(false),
        }
    }

    pub(super) fn is_static(&self) -> bool {
        self.own_static
    }

    /// Returns its own address, where that is static.
    pub(super) fn own(&self) -> Option<&Static<'a>> {
        self.statics.first().filter(|_| self.own_static)
    }

    /// Returns the link, if every value of it is there.
    pub(super) fn finish(&self) -> Option<Link> {
        if self.faulty {
            return None;
        }
        let mut link = Link {
            interface: self.interface.clone(),
            ipv4: self.ipv4_dhcp.then_some(Ipv4::Dhcp),
            ipv6: self.ipv6.clone(),
            mtu: self.mtu,
        };
        for parts in &self.statics {
            match parts.address? {
                IpAddr::V4(address) => link.ipv4 = Some(Ipv4::Static(parts.ipv4(address))),
                IpAddr::V6(address) => link.ipv6 = Some(Ipv6::Static(parts.ipv6(address))),
            }
        }
        Some(link)
    }
}

impl Static<'_> {
    /// Returns the network that the address is in.
    pub(super) fn net(&self) -> Option<IpNet> {
        IpNet::new(self.address?, self.mask?.bits).ok().map(|net| net.trunc())
    }

    fn ipv4(&self, address: std::net::Ipv4Addr) -> Static4 {
        let gateway = self.gateway.and_then(|gateway| match gateway {
            IpAddr::V4(gateway) => Some(gateway),
            IpAddr::V6(_) => None,
        });
        Static4 { address, netmask: self.mask.and_then(|mask| mask.netmask), gateway }
    }

    fn ipv6(&self, address: std::net::Ipv6Addr) -> Static6 {
        let gateway = self.gateway.and_then(|gateway| match gateway {
            IpAddr::V6(gateway) => Some(gateway),
            IpAddr::V4(_) => None,
        });
        Static6 { address, prefix: self.mask.map_or(PREFIX6, |mask| mask.bits), gateway }
    }
}

/// The prefix length that IPv6 networks have unless something else is said (RFC 4291, section 2.5.4).
pub(super) const PREFIX6: u8 = 64;

/// What a link is made of, wherever its parts were found.
pub(super) struct Parts<'a> {
    pub(super) base: Option<&'a Given<'a, InterfaceName>>,
    pub(super) span: Span,
    pub(super) address: Option<IpAddr>,
    pub(super) address_at: Option<&'a Scalar>,
    pub(super) choice: LinkChoice,
    pub(super) gateway_at: Option<&'a Scalar>,
    pub(super) gateway: Option<IpAddr>,
    pub(super) mask_at: Option<&'a Scalar>,
    pub(super) mask: Option<Mask>,
    pub(super) ipv6: Option<&'a Ipv6Draft<'a>>,
    pub(super) ipv6_of_all: Option<&'a Ipv6Draft<'a>>,
    pub(super) stack: Stack<'a>,
}

/// Makes a link of its parts, and the devices beneath it.
pub(super) fn build<'a>(values: &Values, parts: &Parts<'a>, devices: &mut Devices) -> LinkCandidate<'a> {
    let base = parts.base.and_then(|given| given.value.clone());
    let mut faulty = base.is_none() && parts.base.is_some();
    let top = device::build(values, parts.stack, base, devices);
    faulty |= top.is_err();
    let mtu = parts.stack.mtu.and_then(|given| given.value);
    faulty |= mtu.is_none() && parts.stack.mtu.is_some();
    let mut link = LinkCandidate {
        interface: top.ok().flatten(),
        span: parts.span,
        own_static: parts.choice == LinkChoice::Static,
        mtu,
        faulty,
        ..LinkCandidate::default()
    };
    let is_ipv6 = parts.address.is_some_and(|address| address.is_ipv6());
    match parts.choice {
        LinkChoice::Static => link.statics.push(Static {
            address: parts.address,
            mask: parts.mask,
            gateway: parts.gateway,
            at: parts.address_at,
            mask_at: parts.mask_at,
            gateway_at: parts.gateway_at,
        }),
        LinkChoice::Dhcp if is_ipv6 => link.ipv6 = Some(Ipv6::Dhcp),
        LinkChoice::Dhcp => link.ipv4_dhcp = true,
        LinkChoice::Disabled => {}
    }
    second_family(values, parts, is_ipv6, &mut link);
    link
}

/// Adds IPv6 beside IPv4.
fn second_family<'a>(values: &Values, parts: &Parts<'a>, is_ipv6: bool, link: &mut LinkCandidate<'a>) {
    let all = parts.ipv6_of_all.filter(|_| !is_ipv6 && parts.choice != LinkChoice::Disabled);
    let own = parts.ipv6;
    let address = own.and_then(|own| own.address.as_ref());
    let choice = own.and_then(|own| own.choice.as_ref());
    let choice = choice.or(all.and_then(|all| all.choice.as_ref()).filter(|_| address.is_none()));
    let said = match (choice, address) {
        (Some(given), _) => given.value,
        (None, Some(_)) => Some(Ipv6Choice::Static),
        (None, None) => None,
    };
    let Some(said) = said else { return };
    let (address_at, choice_at) = (address.map(|given| given.at), choice.map(|given| given.at));
    if let (true, Some(own)) = (is_ipv6, address_at.or(choice_at)) {
        let message = format!("`{}` stands beside an `ipaddr` that is IPv6 already", own.path);
        let help = "write the IPv4 address as `ipaddr`, or leave `ipv6` out";
        values.push(Diagnostic::new(Code::V226, message).at(&values.at(own), "").help(help));
        return;
    }
    match said {
        Ipv6Choice::Auto => link.ipv6 = Some(Ipv6::Auto),
        Ipv6Choice::Dhcp => link.ipv6 = Some(Ipv6::Dhcp),
        Ipv6Choice::Static => {
            link.statics.extend(static6(values, (own, all), choice_at, link.span));
        }
    }
}

fn static6<'a>(
    values: &Values,
    (own, all): (Option<&'a Ipv6Draft<'a>>, Option<&'a Ipv6Draft<'a>>),
    choice_at: Option<&Scalar>,
    span: Span,
) -> Option<Static<'a>> {
    let Some(address) = own.and_then(|own| own.address.as_ref()) else {
        no_address(values, choice_at, span);
        return None;
    };
    let prefix = own.and_then(|own| own.prefix.as_ref()).or(all.and_then(|all| all.prefix.as_ref()));
    let gateway = own.and_then(|own| own.gateway.as_ref()).or(all.and_then(|all| all.gateway.as_ref()));
    let bits = prefix.map_or(Some(PREFIX6), |given| given.value);
    Some(Static {
        address: address.value.map(IpAddr::from),
        mask: bits.map(|bits| Mask { bits, netmask: None }),
        gateway: gateway.and_then(|given| given.value).map(IpAddr::from),
        at: Some(address.at),
        mask_at: prefix.map(|given| given.at),
        gateway_at: gateway.map(|given| given.at),
    })
}

fn no_address(values: &Values, choice_at: Option<&Scalar>, span: Span) {
    let message = "a static IPv6 address is asked for, and none is given".to_owned();
    let mut diagnostic = Diagnostic::new(Code::V015, message).at(&values.place(span), "no `ipv6.ipaddr`");
    if let Some(choice) = choice_at {
        diagnostic = diagnostic.also(&values.at(choice), "asked for here");
    }
    values.push(diagnostic.help("add `ipv6: { ipaddr: 2001:db8::11 }`, or write `auto` or `dhcp`"));
}

/// Reports a gateway that is of the other family than the address that it is for.
pub(super) fn gateway_for(values: &Values, given: &Given<IpAddr>, address: Option<IpAddr>) -> Option<IpAddr> {
    let gateway = given.value?;
    let Some(address) = address.filter(|address| address.is_ipv4() != gateway.is_ipv4()) else {
        return Some(gateway);
    };
    let message = format!("the gateway {gateway} cannot serve {address}, which is of the other family");
    let help = if address.is_ipv4() {
        "write an IPv4 address here, and this one as `gateway` under `ipv6`"
    } else {
        "write an IPv6 address: a node whose `ipaddr` is IPv6 has no IPv4"
    };
    values.refuse(Code::V226, given.at, message, help);
    None
}

/// Makes a link of an entry of `interfaces`: static where it has an address, else DHCP.
pub(super) fn further<'a>(
    values: &Values,
    draft: &'a InterfaceDraft<'a>,
    devices: &mut Devices,
) -> LinkCandidate<'a> {
    let (raw, stack) = (draft.raw, Stack::of(&draft.stack));
    let named = stack.bond.is_some() || stack.team.is_some() || stack.bridge.is_some();
    let default = if raw.ipaddr.is_some() { LinkChoice::Static } else { LinkChoice::Dhcp };
    let choice = draft.choice.as_ref().and_then(|given| given.value).unwrap_or(default);
    let address = draft.address.as_ref().and_then(|given| given.value);
    lacks(values, draft, named, choice);
    let gateway = draft.gateway.as_ref();
    let parts = Parts {
        base: draft.name.as_ref(),
        span: raw.interface.as_ref().map_or(raw.span, |scalar| scalar.span),
        address,
        address_at: raw.ipaddr.as_ref(),
        choice,
        gateway_at: raw.gateway.as_ref(),
        gateway: gateway.and_then(|given| gateway_for(values, given, address)),
        mask_at: raw.netmask.as_ref(),
        mask: draft.mask.as_ref().and_then(|given| given.value),
        ipv6: draft.stack.ipv6.as_ref(),
        ipv6_of_all: None,
        stack,
    };
    let mut link = build(values, &parts, devices);
    link.faulty |= !named && raw.interface.is_none();
    link
}

/// Reports what an entry of `interfaces` must have and has not.
fn lacks(values: &Values, draft: &InterfaceDraft, named: bool, choice: LinkChoice) {
    let raw = draft.raw;
    let required = |at: Option<&Scalar>, key: &str, what: &str| {
        values.required_in(raw.span, at, &format!("{}.{key}", raw.path), what);
    };
    if !named {
        let what = "the name that the live system gives it, such as `ens4`";
        required(raw.interface.as_ref(), "interface", what);
    }
    if choice != LinkChoice::Static {
        return;
    }
    required(raw.ipaddr.as_ref(), "ipaddr", "the address, or write `addressing: dhcp`");
    if draft.address.as_ref().and_then(|given| given.value).is_some_and(|address| address.is_ipv4()) {
        let what = "such as `255.255.255.0` or `24`: it is not that of the cluster's own network";
        required(raw.netmask.as_ref(), "netmask", what);
    }
}

impl From<AddressingChoice> for LinkChoice {
    fn from(choice: AddressingChoice) -> Self {
        match choice {
            AddressingChoice::Static => Self::Static,
            AddressingChoice::Dhcp => Self::Dhcp,
        }
    }
}
