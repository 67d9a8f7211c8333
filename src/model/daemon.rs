//! Which program does which job around the boot: `okdboot.services`.

use super::choice::choice;

choice! {
    /// Who gives the machines their addresses.
    DhcpServer {
        /// dnsmasq, reservations only.
        Dnsmasq = "dnsmasq",
        /// Kea.
        Kea = "kea",
        /// dhcpd of ISC.
        Dhcpd = "dhcpd",
        /// Another server does; dnsmasq stands beside it and says what to boot.
        Proxy = "proxy",
        /// Nothing of it is rendered.
        None = "none",
    }
}

choice! {
    /// Who knows the names.
    DnsServer {
        /// dnsmasq.
        Dnsmasq = "dnsmasq",
        /// named of BIND.
        Bind = "bind",
        /// Unbound.
        Unbound = "unbound",
        /// Nothing of it is rendered.
        None = "none",
    }
}

choice! {
    /// What stands in front of the API and the ingress.
    Balancer {
        /// haproxy.
        Haproxy = "haproxy",
        /// Nothing of it is rendered.
        None = "none",
    }
}

choice! {
    /// Who gives the time.
    TimeServer {
        /// chrony, on the helper and on the machines.
        Chrony = "chrony",
        /// Nothing of it is rendered.
        None = "none",
    }
}

choice! {
    /// Whether the servers run in containers.
    Containers {
        /// They do not.
        None = "none",
        /// By a compose file.
        Compose = "compose",
        /// By quadlets of podman.
        Quadlet = "quadlet",
    }
}

/// Which program does which job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Daemons {
    /// Addresses.
    pub dhcp: DhcpServer,
    /// Names.
    pub dns: DnsServer,
    /// Balancing.
    pub balancer: Balancer,
    /// Time.
    pub time: TimeServer,
    /// Containers.
    pub containers: Containers,
}
