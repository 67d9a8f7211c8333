//! A build without the feature `signatures`: it says so wherever one is asked for, and fetches by digest.

use crate::fetch::{pgp, signed, text};

#[test]
fn what_cannot_be_checked_is_said_and_refused_where_it_is_asked_for() {
    let (_server, site) = signed();
    let refused = site.fetch(&["--require-signature"]);
    let said = text(&refused.stderr);
    assert_eq!(refused.status.code(), Some(5), "the others have none: {said}");
    let line = "`live-kernel` cannot be taken with `--require-signature`: this build of okdboot cannot check signatures";
    assert!(said.contains(line), "{said}");
    let done = site.fetch(&[]);
    let said = text(&done.stdout);
    assert_eq!(done.status.code(), Some(0), "{said}{}", text(&done.stderr));
    let line = said.lines().find(|line| line.contains("live-kernel")).unwrap();
    assert!(line.contains("signature not checked (this build of okdboot cannot check signatures)"), "{line}");
}

#[test]
fn a_keyring_is_no_use() {
    let (_server, site) = signed();
    let refused = site.fetch(&["--keyring", &pgp("one.gpg")]);
    let said = text(&refused.stderr);
    assert_eq!(refused.status.code(), Some(3), "{said}");
    assert!(said.contains("as `--keyring`: this build of okdboot cannot check signatures"), "{said}");
}
