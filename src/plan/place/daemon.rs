//! The daemons of a distribution: their packages, their units, and where they look for their files.
//!
//! Paths of Debian are those of its packages (dpkg -L, Debian 12). Of the other family, those of named, dhcpd,
//! haproxy, chrony and keepalived are what helpernode's tasks write to; the rest is what the packages are
//! known for, and was not seen on such a system. EL 10 has no dhcpd.

use crate::model::distribution::Family;

/// A daemon.
#[derive(Debug)]
pub struct Daemon {
    /// What people call it.
    pub name: &'static str,
    /// The package.
    pub package: &'static str,
    /// The unit; none where each file is one of its own.
    pub unit: Option<&'static str>,
    /// What the package brings, by which it is known to be there.
    pub sign: &'static str,
    /// How it takes new files.
    pub takes: Takes,
    /// Its files.
    pub homes: &'static [Home],
}

/// How a daemon takes new files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// It reads them again when told to.
    Reload,
    /// It reads them when it starts.
    Restart,
    /// Not by itself: a person decides, who may lock themselves out.
    Never,
}

/// Where a file of the tree goes.
#[derive(Debug)]
pub struct Home {
    /// In the tree; `*` stands for any name.
    pub from: &'static str,
    /// On the system; `*` stands for the same name.
    pub to: &'static str,
    /// What is done where the daemon's file is a person's.
    pub aside: Option<Aside>,
}

/// A second place, and the line by which the daemon finds it.
#[derive(Clone, Copy, Debug)]
pub struct Aside {
    /// Where the file goes.
    pub to: &'static str,
    /// The file that has to name it.
    pub into: &'static str,
    /// How.
    pub line: &'static str,
}

const fn home(from: &'static str, to: &'static str) -> Home {
    Home { from, to, aside: None }
}

const fn home_or(from: &'static str, to: &'static str, aside: &'static str, line: &'static str) -> Home {
    Home { from, to, aside: Some(Aside { to: aside, into: to, line }) }
}

/// Returns the daemons of a family.
pub fn daemons(family: Family) -> &'static [Daemon] {
    match family {
        Family::Debian => DEBIAN,
        Family::RedHat => RED_HAT,
    }
}

const DNSMASQ: &str = "services/dnsmasq/dnsmasq.conf";
const DNSMASQ_CLUSTERS: Home = home("services/dnsmasq/conf.d/*.conf", "etc/dnsmasq.d/okdboot/*.conf");
const KEA4: &[Home] = &[home("services/kea/kea-dhcp4.conf", "etc/kea/kea-dhcp4.conf")];
const KEA6: &[Home] = &[home("services/kea/kea-dhcp6.conf", "etc/kea/kea-dhcp6.conf")];
const DHCPD: &[Home] = &[home_or(
    "services/dhcpd/dhcpd.conf",
    "etc/dhcp/dhcpd.conf",
    "etc/dhcp/okdboot.conf",
    "include \"/etc/dhcp/okdboot.conf\";",
)];
const HAPROXY: &[Home] = &[home("services/haproxy/haproxy.cfg", "etc/haproxy/haproxy.cfg")];
/// Each helper has a file of its own; the one of this helper goes there.
const KEEPALIVED: &[Home] = &[home_or(
    "services/keepalived/*.conf",
    "etc/keepalived/keepalived.conf",
    "etc/keepalived/okdboot.conf",
    "include /etc/keepalived/okdboot.conf",
)];
const CONTAINERS: &[Home] = &[home("services/containers/*.container", "etc/containers/systemd/*.container")];

const fn daemon(
    (name, package, unit): (&'static str, &'static str, &'static str),
    sign: &'static str,
    takes: Takes,
    homes: &'static [Home],
) -> Daemon {
    Daemon { name, package, unit: Some(unit), sign, takes, homes }
}

const PODMAN: Daemon = Daemon {
    name: "podman",
    package: "podman",
    unit: None,
    sign: "etc/containers",
    takes: Takes::Restart,
    homes: CONTAINERS,
};

/// dnsmasq reads its files when it starts (SIGHUP: dnsmasq(8), NOTES), so does chronyd; Kea can reload, but
/// goes on with what it had where that fails, so that nobody hears of it.
const DEBIAN: &[Daemon] = &[
    daemon(
        ("dnsmasq", "dnsmasq", "dnsmasq"),
        "etc/dnsmasq.d",
        Takes::Restart,
        &[home(DNSMASQ, "etc/dnsmasq.d/okdboot.conf"), DNSMASQ_CLUSTERS],
    ),
    daemon(("Kea for IPv4", "kea-dhcp4-server", "kea-dhcp4-server"), "etc/kea", Takes::Restart, KEA4),
    daemon(("Kea for IPv6", "kea-dhcp6-server", "kea-dhcp6-server"), "etc/kea", Takes::Restart, KEA6),
    daemon(("dhcpd", "isc-dhcp-server", "isc-dhcp-server"), "etc/dhcp", Takes::Restart, DHCPD),
    daemon(
        ("BIND", "bind9", "named"),
        "etc/bind",
        Takes::Reload,
        &[
            home_or(
                "services/bind/named.conf",
                "etc/bind/named.conf",
                "etc/bind/okdboot.zones",
                "include \"/etc/bind/okdboot.zones\";",
            ),
            home("services/bind/zones/*.zone", "etc/bind/okdboot/*.zone"),
        ],
    ),
    daemon(
        ("Unbound", "unbound", "unbound"),
        "etc/unbound/unbound.conf.d",
        Takes::Reload,
        &[home("services/unbound/*.conf", "etc/unbound/unbound.conf.d/okdboot-*.conf")],
    ),
    daemon(("haproxy", "haproxy", "haproxy"), "etc/haproxy", Takes::Reload, HAPROXY),
    daemon(("keepalived", "keepalived", "keepalived"), "etc/keepalived", Takes::Reload, KEEPALIVED),
    daemon(
        ("chrony", "chrony", "chrony"),
        "etc/chrony",
        Takes::Restart,
        &[home_or(
            "services/chrony/chrony.conf",
            "etc/chrony/chrony.conf",
            "etc/chrony/okdboot.conf",
            "include /etc/chrony/okdboot.conf",
        )],
    ),
    daemon(
        ("nftables", "nftables", "nftables"),
        "etc/nftables.conf",
        Takes::Never,
        &[Home {
            from: "services/firewall/nftables.conf",
            to: "etc/nftables.okdboot",
            aside: Some(Aside {
                to: "etc/nftables.okdboot",
                into: "etc/nftables.conf",
                line: "include \"/etc/nftables.okdboot\"",
            }),
        }],
    ),
    PODMAN,
];

const RED_HAT: &[Daemon] = &[
    daemon(
        ("dnsmasq", "dnsmasq", "dnsmasq"),
        "etc/dnsmasq.d",
        Takes::Restart,
        // The package's own file binds to the loopback interface, which a drop-in cannot take back.
        &[
            home_or(DNSMASQ, "etc/dnsmasq.conf", "etc/dnsmasq.okdboot", "conf-file=/etc/dnsmasq.okdboot"),
            DNSMASQ_CLUSTERS,
        ],
    ),
    daemon(("Kea for IPv4", "kea", "kea-dhcp4"), "etc/kea", Takes::Restart, KEA4),
    daemon(("Kea for IPv6", "kea", "kea-dhcp6"), "etc/kea", Takes::Restart, KEA6),
    daemon(("dhcpd", "dhcp-server", "dhcpd"), "etc/dhcp", Takes::Restart, DHCPD),
    daemon(
        ("BIND", "bind", "named"),
        "var/named",
        Takes::Reload,
        &[
            home_or(
                "services/bind/named.conf",
                "etc/named.conf",
                "etc/named.okdboot.zones",
                "include \"/etc/named.okdboot.zones\";",
            ),
            home("services/bind/zones/*.zone", "var/named/okdboot/*.zone"),
        ],
    ),
    daemon(
        ("Unbound", "unbound", "unbound"),
        "etc/unbound/conf.d",
        Takes::Reload,
        &[home("services/unbound/*.conf", "etc/unbound/conf.d/okdboot-*.conf")],
    ),
    daemon(("haproxy", "haproxy", "haproxy"), "etc/haproxy", Takes::Reload, HAPROXY),
    daemon(("keepalived", "keepalived", "keepalived"), "etc/keepalived", Takes::Reload, KEEPALIVED),
    daemon(
        ("chrony", "chrony", "chronyd"),
        "etc/chrony.conf",
        Takes::Restart,
        &[home_or(
            "services/chrony/chrony.conf",
            "etc/chrony.conf",
            "etc/chrony.okdboot",
            "include /etc/chrony.okdboot",
        )],
    ),
    daemon(
        ("nftables", "nftables", "nftables"),
        "etc/sysconfig/nftables.conf",
        Takes::Never,
        &[Home {
            from: "services/firewall/nftables.conf",
            to: "etc/nftables/okdboot.nft",
            aside: Some(Aside {
                to: "etc/nftables/okdboot.nft",
                into: "etc/sysconfig/nftables.conf",
                line: "include \"/etc/nftables/okdboot.nft\"",
            }),
        }],
    ),
    PODMAN,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_is_one_below_a_root() {
        for family in [Family::Debian, Family::RedHat] {
            for home in daemons(family).iter().flat_map(|daemon| daemon.homes) {
                let aside = home.aside.map(|aside| [aside.to, aside.into]);
                for path in [home.from, home.to].into_iter().chain(aside.into_iter().flatten()) {
                    assert!(path.replace('*', "x").parse::<crate::model::path::RelPath>().is_ok(), "{path}");
                }
                let is_named = home.aside.is_none_or(|aside| aside.line.contains(&format!("/{}", aside.to)));
                assert!(is_named, "{home:?}");
            }
        }
    }
}
