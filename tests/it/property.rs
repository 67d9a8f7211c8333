//! What holds for every input: no panic, an exit status that is documented, round trips.

use okdboot::diag::{Palette, render};
use okdboot::model::mac::MacAddr;
use okdboot::model::name::{Domain, Label};
use okdboot::model::net::{InterfaceName, Netmask};
use okdboot::vars;
use proptest::prelude::*;

use crate::read;

/// Reads and renders whatever is said, as `check` does, within this process.
fn survive(bytes: &[u8]) {
    let (checked, report) = vars::read("vars.yaml", bytes);
    let text = render(&report, Palette::Plain);
    assert_eq!(checked.is_none(), report.has_errors(), "{text}");
    let _ = report.to_json();
}

/// Good files of every kind, as the ground of mutations.
fn good() -> Vec<String> {
    ["plain", "jinja", "anchors-and-tags", "extra-sections", "bond", "okd-keys", "others-and-bootnode"]
        .map(|name| read(&format!("testdata/vars/ok/{name}.yaml")))
        .into()
}

#[test]
fn every_beginning_of_a_good_file_is_survived() {
    for text in good() {
        // Every seventh place is enough for all files together: they differ in length.
        for (at, _) in text.char_indices().step_by(7) {
            survive(&text.as_bytes()[..at]);
        }
    }
}

#[test]
fn every_line_may_be_missing_or_stand_twice() {
    for text in good() {
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        for at in 0..lines.len() {
            survive([&lines[..at], &lines[at + 1..]].concat().concat().as_bytes());
            survive([&lines[..=at], &lines[at..]].concat().concat().as_bytes());
        }
    }
}

/// Bits of YAML and Jinja that tend to be in the wrong place.
const CRUMBS: [&str; 24] = [
    "{{", "}}", "{%", "%}", "{#", "[", "]", "{", "}", "\"", "'", ": ", "- ", "\n", "\t", "&a ", "*a", "<<: ",
    "!!int ", "---\n", "...\n", "\u{0}", "\u{feff}", "\u{202e}",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_survived(text in any::<String>()) {
        survive(text.as_bytes());
    }

    #[test]
    fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        survive(&bytes);
    }

    #[test]
    fn anything_that_looks_like_yaml_is_survived(text in "[a-z0-9:\\-{}\\[\\]\"'&*!|>%#,? \n\t]{0,120}") {
        survive(text.as_bytes());
    }

    #[test]
    fn any_value_of_any_key_is_survived(
        key in prop::sample::select(vec![
            "disk", "helper", "dns", "dhcp", "bootstrap", "masters", "workers", "other", "others", "okdboot", "arch",
            "staticips", "ocp_bios", "ocp_install_kernel", "disabledServices", "setup_registry",
        ]),
        value in "\\PC{0,60}",
    ) {
        survive(format!("{key}: {value}\n").as_bytes());
        survive(format!("{}{key}: {value}\n", good()[0]).as_bytes());
    }

    #[test]
    fn a_crumb_anywhere_is_survived(file in 0_usize..7, at in any::<prop::sample::Index>(), crumb in 0_usize..24) {
        let mut text = good().swap_remove(file);
        let places: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
        text.insert_str(*at.get(&places), CRUMBS[crumb]);
        survive(text.as_bytes());
    }

    #[test]
    fn a_changed_byte_anywhere_is_survived(file in 0_usize..7, at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut bytes = good().swap_remove(file).into_bytes();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        survive(&bytes);
    }

    #[test]
    fn an_expression_in_a_value_is_survived(expression in "[a-z0-9_.|()\\[\\]'+* -]{0,40}") {
        survive(good()[0].replacen("name: helper", &format!("name: \"{{{{ {expression} }}}}\""), 1).as_bytes());
    }

    #[test]
    fn every_form_of_a_mac_is_one_address(bytes in any::<[u8; 6]>()) {
        let mut bytes = bytes;
        bytes[0] &= 0xfe;
        bytes[5] |= 1;
        let pairs: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let bare = pairs.concat();
        let dotted = format!("{}.{}.{}", &bare[..4], &bare[4..8], &bare[8..]);
        let mac: MacAddr = pairs.join(":").parse().unwrap();
        prop_assert_eq!(mac.to_string(), pairs.join(":"));
        for form in [pairs.join("-"), pairs.join(":").to_uppercase(), bare, dotted, mac.to_string(), mac.hexhyp()] {
            prop_assert_eq!(form.parse(), Ok(mac));
        }
    }

    #[test]
    fn what_parses_prints_and_parses_again(text in "\\PC{0,20}|[a-z0-9./:-]{0,20}") {
        if let Ok(mac) = text.parse::<MacAddr>() {
            prop_assert_eq!(mac.to_string().parse(), Ok(mac));
        }
        if let Ok(mask) = text.parse::<Netmask>() {
            prop_assert_eq!(mask.to_string().parse(), Ok(mask));
        }
        if let Ok(label) = text.parse::<Label>() {
            prop_assert_eq!(label.to_string().parse(), Ok(label.clone()));
            prop_assert_eq!(label.as_str(), text.to_lowercase());
        }
        if let Ok(domain) = text.parse::<Domain>() {
            prop_assert_eq!(domain.to_string().parse(), Ok(domain));
        }
        if let Ok(interface) = text.parse::<InterfaceName>() {
            prop_assert_eq!(interface.to_string(), text);
        }
    }
}
