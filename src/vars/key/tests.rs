//! What holds of the list as a whole.

use std::collections::BTreeSet;

use super::*;

/// Returns every mapping that the file leads to, itself first.
fn mappings() -> Vec<&'static Mapping> {
    let mut found: Vec<&'static Mapping> = vec![&TOP];
    let mut at = 0;
    while let Some(mapping) = found.get(at).copied() {
        for key in mapping.keys() {
            let below: &[&'static Mapping] = match &key.shape {
                Shape::Map(it) | Shape::Maps(it) | Shape::ValueOrMap(_, it) => &[it],
                Shape::MapsOrMap(one, other) => &[one, other],
                _ => &[],
            };
            for mapping in below {
                if !found.iter().any(|known| std::ptr::eq(*known, *mapping)) {
                    found.push(mapping);
                }
            }
        }
        at += 1;
    }
    found
}

#[test]
fn a_name_stands_once_in_its_mapping_and_a_mapping_has_a_name_of_its_own() {
    let mappings = mappings();
    assert_eq!(mappings.len(), 24);
    let names: BTreeSet<&str> = mappings.iter().map(|mapping| mapping.name).collect();
    assert_eq!(names.len(), mappings.len());
    for mapping in mappings {
        let unique: BTreeSet<&str> = mapping.names().collect();
        assert_eq!(unique.len(), mapping.names().count(), "{}", mapping.name);
        assert!(mapping.keys().all(|key| !key.about.is_empty()), "{}", mapping.name);
    }
}

#[test]
fn a_key_is_found_by_each_of_its_names() {
    let kernel = TOP.key("okd_install_kernel").unwrap();
    assert_eq!(kernel.names, ["ocp_install_kernel", "okd_install_kernel"]);
    assert!(TOP.key("okd_kernel").is_none());
    assert!(TOP.key("helper").unwrap().is_required());
    let words = |mapping: &Mapping, name: &str| mapping.key(name).unwrap().word();
    assert_eq!(words(&TOP, "bootstrap"), "node");
    assert_eq!(words(&TOP, "workers"), "list of nodes");
    assert_eq!(words(&SETTINGS, "ipxe"), "`static`, `matchbox`");
    assert_eq!(words(&NODE, "vlan"), "number, or mapping");
    assert_eq!(words(&NODE, "arch"), "architecture");
}
