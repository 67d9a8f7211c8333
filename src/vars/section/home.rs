//! Where a key belongs that stands one mapping too high or too low.

/// Keys of `okdboot:`.
const SETTINGS: [&str; 29] = [
    "accept",
    "addressing",
    "arch",
    "console",
    "group",
    "grub",
    "grub_prefix",
    "ignition",
    "ignition_base",
    "ignition_ca",
    "ignition_pin",
    "ignition_url",
    "installed_console",
    "installed_kargs",
    "installed_kargs_delete",
    "ipxe",
    "kargs",
    "mode",
    "multipath",
    "network",
    "pxelinux",
    "report",
    "save_partindex",
    "save_partlabel",
    "serve",
    "services",
    "sha256",
    "stream",
    "url",
];
/// Keys of `okdboot.network`.
const NETWORK: [&str; 13] = [
    "bond",
    "bridge",
    "gateway",
    "interface",
    "interfaces",
    "ipv6",
    "mtu",
    "nameservers",
    "netmask",
    "prefix",
    "routes",
    "team",
    "vlan",
];
/// Keys that only a node has.
const NODE: [&str; 5] = ["ifname", "install_drive", "ipaddr", "macaddr", "networkifacename"];
/// Keys of the file itself.
const TOP: [&str; 11] = [
    "arbiters",
    "bootstrap",
    "dhcp",
    "disk",
    "dns",
    "helper",
    "masters",
    "others",
    "ppc64le",
    "staticips",
    "workers",
];

/// Says where a key belongs that the mapping of this path does not have: the mappings that are okdboot's
/// own, and the file itself, where a setting may have been meant.
pub(super) fn advice(path: &str, key: &str) -> Option<String> {
    let (setting, network) = (SETTINGS.contains(&key), NETWORK.contains(&key));
    match path {
        "" if setting => Some(format!("okdboot ignores it here; its setting is `okdboot.{key}`")),
        "" if network => Some(format!("okdboot ignores it here; its setting is `okdboot.network.{key}`")),
        "okdboot" if network => Some(format!("write it under `network`: `okdboot.network.{key}`")),
        "okdboot.network" if setting => Some(format!("write it one level up: `okdboot.{key}`")),
        "okdboot" | "okdboot.network" if key == "disk" => {
            Some("write `disk` at the top level, for all nodes, or on a node".to_owned())
        }
        "okdboot" | "okdboot.network" if TOP.contains(&key) => {
            Some(format!("write `{key}` at the top level of the file"))
        }
        "okdboot" | "okdboot.network" if NODE.contains(&key) => {
            Some(format!("write `{key}` on the node that it is about"))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Code;

    const REST: &str = "disk: sda\nhelper: {ipaddr: 192.0.2.77}\ndns: {domain: example.com, clusterid: demo}\n\
        masters: [{name: a, ipaddr: 192.0.2.21}]\n";

    /// Returns the help of the findings about keys that are not known.
    fn helps(text: &str) -> Vec<String> {
        let (_, report) = crate::vars::read("v", format!("{REST}{text}\n").as_bytes());
        let keys = report.diagnostics().iter().filter(|it| matches!(it.code, Code::V008 | Code::V009));
        keys.flat_map(|it| it.help.clone()).collect()
    }

    /// What is advised is tried: there, the key is known.
    #[test]
    fn a_key_is_known_where_it_is_said_to_belong() {
        for key in SETTINGS {
            assert!(helps(&format!("okdboot: {{{key}: }}")).is_empty(), "{key}");
            let advised = format!("okdboot ignores it here; its setting is `okdboot.{key}`");
            // Helpernode has an `arch` of its own there.
            assert!(key == "arch" || helps(&format!("{key}: secret")) == [advised], "{key}");
            if !NETWORK.contains(&key) {
                let advised = format!("write it one level up: `okdboot.{key}`");
                assert_eq!(helps(&format!("okdboot: {{network: {{{key}: secret}}}}")), [advised]);
            }
        }
        for key in NETWORK {
            assert!(helps(&format!("okdboot: {{network: {{{key}: }}}}")).is_empty(), "{key}");
            let advised = format!("write it under `network`: `okdboot.network.{key}`");
            assert_eq!(helps(&format!("okdboot: {{{key}: secret}}")), [advised]);
        }
        for key in NODE {
            assert!(helps(&format!("workers: [{{{key}: }}]")).is_empty(), "{key}");
            let advised = format!("write `{key}` on the node that it is about");
            assert_eq!(helps(&format!("okdboot: {{{key}: secret}}")), [advised]);
        }
        for key in TOP {
            let (_, report) = crate::vars::read("v", format!("{key}: \n").as_bytes());
            assert!(!report.diagnostics().iter().any(|it| it.code == Code::V008), "{key}");
            let [help] = &helps(&format!("okdboot: {{network: {{{key}: secret}}}}"))[..] else {
                panic!("{key}")
            };
            assert!(help.starts_with(&format!("write `{key}` at the top level")), "{help}");
        }
    }

    #[test]
    fn no_setting_is_forgotten() {
        let [help] = &helps("okdboot: {zzzzzzzzz: 1}")[..] else { panic!() };
        let known: Vec<&str> = help.split('`').skip(1).step_by(2).collect();
        assert_eq!(known, SETTINGS);
        let [help] = &helps("okdboot: {network: {zzzzzzzzz: 1}}")[..] else { panic!() };
        let known: Vec<&str> = help.split('`').skip(1).step_by(2).collect();
        assert_eq!(known, NETWORK);
    }
}
