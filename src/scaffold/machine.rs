//! Machines from what people have at hand: a list of MAC addresses, or the leases of a DHCP server.

use thiserror::Error;

use crate::model::mac::{MacAddr, MacAddrError};
use crate::model::outline::ListedMachine;

/// A text in which no machines can be found.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum MachineListError {
    /// A word of a list is no MAC address.
    #[error("{0}")]
    Mac(MacAddrError),
    /// Nothing at all.
    #[error("there is no MAC address in it")]
    Empty,
}

/// Reads machines from a list, from dnsmasq's leases or from ISC dhcpd's; each MAC address once, the
/// latest name of it.
pub fn machines(text: &str) -> Result<Vec<ListedMachine>, MachineListError> {
    let found = if text.contains("hardware ethernet") { dhcpd(text) } else { lines(text)? };
    let mut machines: Vec<ListedMachine> = Vec::new();
    for machine in found {
        match machines.iter_mut().find(|known| known.mac == machine.mac) {
            Some(known) => known.name = machine.name.or(known.name.take()),
            None => machines.push(machine),
        }
    }
    if machines.is_empty() { Err(MachineListError::Empty) } else { Ok(machines) }
}

/// Reads machines from groups of matchbox, in the order of their files: those that are picked by a MAC address,
/// with the names that they have there.
pub fn groups<'a>(files: impl Iterator<Item = &'a [u8]>) -> Result<Vec<ListedMachine>, MachineListError> {
    let machine = |bytes: &[u8]| {
        let group: serde_json::Value = serde_json::from_slice(bytes).ok()?;
        let mac = group.get("selector")?.get("mac")?.as_str()?.parse().ok()?;
        let name = group.get("name").and_then(|name| short(name.as_str()?)).filter(|name| is_name(name));
        Some(ListedMachine { mac, name })
    };
    // One that is installed in two phases has two groups.
    let mut machines: Vec<ListedMachine> = Vec::new();
    for machine in files.filter_map(machine) {
        if !machines.iter().any(|known| known.mac == machine.mac) {
            machines.push(machine);
        }
    }
    if machines.is_empty() { Err(MachineListError::Empty) } else { Ok(machines) }
}

/// What people write for a name need not be one of a host.
fn is_name(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
}

/// `<expiry> <mac> <address> <name or *> <client id or *>` of dnsmasq, or words that are addresses.
fn lines(text: &str) -> Result<Vec<ListedMachine>, MachineListError> {
    let mut machines = Vec::new();
    for line in text.lines() {
        let line = line.split('#').next().unwrap_or_default();
        let words: Vec<&str> = line.split([' ', '\t', ',', ';']).filter(|word| !word.is_empty()).collect();
        if let [expiry, mac, address, name, ..] = words[..]
            && expiry.bytes().all(|byte| byte.is_ascii_digit())
            && address.parse::<std::net::IpAddr>().is_ok()
        {
            // Leases of IPv6 have another second field; they are not what a machine boots with.
            machines.extend(mac.parse().ok().map(|mac| ListedMachine { mac, name: short(name) }));
            continue;
        }
        // The DUID of dnsmasq's own server stands alone above its IPv6 leases.
        if words.first() == Some(&"duid") {
            continue;
        }
        let quotes = ['"', '\'', '[', ']'];
        for word in
            words.iter().map(|word| word.trim_matches(quotes)).filter(|word| !["", "-"].contains(word))
        {
            let mac: MacAddr = word.parse().map_err(MachineListError::Mac)?;
            machines.push(ListedMachine { mac, name: None });
        }
    }
    Ok(machines)
}

/// `lease ADDRESS { hardware ethernet MAC; client-hostname "NAME"; }` of ISC dhcpd.
fn dhcpd(text: &str) -> Vec<ListedMachine> {
    let blocks = text.split('{').skip(1).map(|block| block.split('}').next().unwrap_or_default());
    blocks
        .filter_map(|block| {
            let statement =
                |name: &str| block.split(';').find_map(|part| part.trim().strip_prefix(name)).map(str::trim);
            let mac = statement("hardware ethernet ")?.parse().ok()?;
            let name = statement("client-hostname ").and_then(|name| short(name.trim_matches('"')));
            Some(ListedMachine { mac, name })
        })
        .collect()
}

fn short(name: &str) -> Option<String> {
    let short = name.split('.').next().unwrap_or_default().to_ascii_lowercase();
    (!short.is_empty() && short != "*").then_some(short)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<String>, MachineListError> {
        let show = |machine: ListedMachine| match machine.name {
            Some(name) => format!("{} {name}", machine.mac),
            None => machine.mac.to_string(),
        };
        Ok(machines(text)?.into_iter().map(show).collect())
    }

    #[test]
    fn a_list_may_have_any_form() {
        let expected = Ok(vec!["52:54:00:00:00:01".to_owned(), "52:54:00:00:00:02".to_owned()]);
        for text in [
            "52:54:00:00:00:01 52:54:00:00:00:02",
            "52:54:00:00:00:01\n52-54-00-00-00-02\n",
            "- \"52:54:00:00:00:01\"\n- '5254.0000.0002' # the second\n\n",
            "52:54:00:00:00:01,525400000002,52:54:00:00:00:01",
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
        assert_eq!(read("# nothing\n"), Err(MachineListError::Empty));
        assert_eq!(read("52:54"), Err(MachineListError::Mac(MacAddrError::Malformed("52:54".into()))));
    }

    #[test]
    fn groups_of_matchbox_are_read() {
        let files = [
            r#"{"id":"lab-w0","name":"w0.lab.example.com","profile":"p","selector":{"mac":"52:54:00:00:00:01"}}"#,
            r#"{"id":"lab-w0-installed","name":"w0","selector":{"mac":"52:54:00:00:00:01","os":"installed"}}"#,
            r#"{"id":"x","name":"Rack 2","selector":{"mac":"52-54-00-00-00-02"}}"#,
            r#"{"id":"default","profile":"p"}"#,
            "{",
        ];
        let found = groups(files.iter().map(|file| file.as_bytes())).unwrap();
        let names: Vec<Option<&str>> = found.iter().map(|machine| machine.name.as_deref()).collect();
        assert_eq!(names, [Some("w0"), None]);
        assert_eq!(found[1].mac.to_string(), "52:54:00:00:00:02");
        assert_eq!(groups(files[3..].iter().map(|file| file.as_bytes())), Err(MachineListError::Empty));
    }

    #[test]
    fn leases_of_dnsmasq_are_read() {
        let text = "1763700000 52:54:00:00:00:01 192.168.7.201 master0 01:52:54:00:00:00:01\n\
                    1763700001 52:54:00:00:00:02 192.168.7.202 * *\n\
                    duid 00:01:00:01:2c:aa\n\
                    1763700002 12345 fd00::1 other 00:01\n";
        assert_eq!(read(text), Ok(vec!["52:54:00:00:00:01 master0".into(), "52:54:00:00:00:02".into()]));
    }

    #[test]
    fn leases_of_dhcpd_are_read() {
        let text = "# comment\nlease 192.168.7.201 {\n  starts 5 2026/11/20 10:00:00;\n  \
                    hardware ethernet 52:54:00:00:00:01;\n  uid \"\\001RT\";\n}\n\
                    lease 192.168.7.201 {\n  hardware ethernet 52:54:00:00:00:01;\n  \
                    client-hostname \"Worker1.lab\";\n}\nserver-duid \"\\000\";\n";
        assert_eq!(read(text), Ok(vec!["52:54:00:00:00:01 worker1".into()]));
    }
}
