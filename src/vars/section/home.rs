//! Where a key belongs that stands one mapping too high or too low.

use crate::vars::key::{Mapping, NETWORK, NODE, SETTINGS, Shape, TOP};

/// Says where a key belongs that the mapping of this path does not have: the mappings that are okdboot's
/// own, and the file itself, where a setting may have been meant.
pub(super) fn advice(path: &str, key: &str) -> Option<String> {
    let (setting, network) = (is_of(&SETTINGS, key), is_of(&NETWORK, key));
    match path {
        "" if setting => Some(format!("okdboot ignores it here; its setting is `okdboot.{key}`")),
        "" if network => Some(format!("okdboot ignores it here; its setting is `okdboot.network.{key}`")),
        "okdboot" if network => Some(format!("write it under `network`: `okdboot.network.{key}`")),
        "okdboot.network" if setting => Some(format!("write it one level up: `okdboot.{key}`")),
        "okdboot" | "okdboot.network" if key == "disk" => {
            Some("write `disk` at the top level, for all nodes, or on a node".to_owned())
        }
        "okdboot" | "okdboot.network" if is_of(&TOP, key) => {
            Some(format!("write `{key}` at the top level of the file"))
        }
        "okdboot" | "okdboot.network" if is_of(&NODE, key) => {
            Some(format!("write `{key}` on the node that it is about"))
        }
        _ => None,
    }
}

fn is_of(mapping: &Mapping, key: &str) -> bool {
    mapping.key(key).is_some_and(|key| !matches!(key.shape, Shape::Unused))
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
        for key in SETTINGS.names() {
            assert!(helps(&format!("okdboot: {{{key}: }}")).is_empty(), "{key}");
            let advised = format!("okdboot ignores it here; its setting is `okdboot.{key}`");
            // Helpernode has an `arch` of its own there.
            assert!(key == "arch" || helps(&format!("{key}: secret")) == [advised], "{key}");
            let advised = format!("write it one level up: `okdboot.{key}`");
            assert_eq!(helps(&format!("okdboot: {{network: {{{key}: secret}}}}")), [advised]);
        }
        for key in NETWORK.names() {
            assert!(helps(&format!("okdboot: {{network: {{{key}: }}}}")).is_empty(), "{key}");
            let advised = format!("write it under `network`: `okdboot.network.{key}`");
            assert_eq!(helps(&format!("okdboot: {{{key}: secret}}")), [advised]);
        }
        let elsewhere = |key: &&str| [&SETTINGS, &NETWORK, &TOP].into_iter().any(|it| is_of(it, key));
        for key in NODE.names().filter(|key| !elsewhere(key)) {
            assert!(helps(&format!("workers: [{{{key}: }}]")).is_empty(), "{key}");
            let advised = format!("write `{key}` on the node that it is about");
            assert_eq!(helps(&format!("okdboot: {{{key}: secret}}")), [advised]);
        }
        for key in TOP.names().filter(|key| is_of(&TOP, key) && !is_of(&SETTINGS, key)) {
            let (_, report) = crate::vars::read("v", format!("{key}: \n").as_bytes());
            assert!(!report.diagnostics().iter().any(|it| it.code == Code::V008), "{key}");
            let [help] = &helps(&format!("okdboot: {{network: {{{key}: secret}}}}"))[..] else {
                panic!("{key}")
            };
            assert!(help.starts_with(&format!("write `{key}` at the top level")), "{help}");
        }
    }
}
