//! What others write, cut and changed anywhere: stream metadata, locks, bundles. Never a panic, and
//! what is accepted comes back the same.

use std::io::Read;

use okdboot::bundle::{self, BundleError, BundleLimits, BundlePlace, Listing, Sink};
use okdboot::lock;
use okdboot::model::artifact::ArtifactName;
use okdboot::model::digest::Sha256;
use okdboot::model::stream_ref::{Rhel, StreamRef};
use okdboot::stream::{self, Metadata};
use proptest::prelude::*;
use proptest::sample::Index;

use crate::read;

const STREAMS: [&str; 4] = ["no-rootfs", "signed-xz", "two-arches", "two-arches-newer"];
const LOCKS: [&str; 3] = ["dhcp", "mixed", "static"];

fn good_stream(at: usize) -> String {
    read(&format!("testdata/streams/{}.json", STREAMS[at]))
}

fn good_lock(at: usize) -> String {
    read(&format!("testdata/render/{}/okdboot.lock", LOCKS[at]))
}

/// Whatever is accepted names files by their last segment only, and can be locked.
fn survive_stream(text: &str) {
    for rhel in [None, Some(Rhel::Nine), Some(Rhel::Ten)] {
        let Ok(stream) = stream::parse(text, rhel) else { continue };
        for artifact in stream.releases.values().flat_map(|release| release.artifacts.values()) {
            let name = ArtifactName::from_location(artifact.location.as_str());
            assert_eq!(name.as_ref(), Ok(&artifact.name));
            assert!(!artifact.name.as_str().contains('/'));
        }
    }
    let metadata = Metadata::parse(&StreamRef::File("s.json".to_owned(), None), text);
    assert!(metadata.is_err() || metadata.is_ok_and(|it| it.sha256 == Sha256::of(text.as_bytes())));
}

fn survive_lock(text: &str) {
    let Ok(parsed) = lock::parse(text) else { return };
    let printed = lock::to_json(&parsed).unwrap();
    assert_eq!(lock::parse(&printed).unwrap(), parsed);
    assert_eq!(lock::to_json(&lock::parse(&printed).unwrap()).unwrap(), printed);
}

/// Takes everything and keeps nothing.
struct Nowhere(u64);

impl Sink for Nowhere {
    type Error = BundleError;

    fn text(&mut self, _: &BundlePlace, bytes: Vec<u8>) -> Result<(), BundleError> {
        self.0 += bytes.len() as u64;
        Ok(())
    }

    fn artifact(
        &mut self,
        _: &BundlePlace,
        _: Sha256,
        _: u64,
        from: &mut dyn Read,
    ) -> Result<(), BundleError> {
        std::io::copy(from, &mut std::io::sink()).map_err(BundleError::Read)?;
        Ok(())
    }
}

fn good_bundle() -> Vec<u8> {
    let texts = [("bundle.json", "{}"), ("tree/a", "a"), ("artifacts/kernel", "kernel")];
    let mut listing = Listing::default();
    for (path, text) in texts {
        listing.add(path.parse().unwrap(), Sha256::of(text.as_bytes())).unwrap();
    }
    let mut writer = bundle::BundleWriter::begin(Vec::new(), &listing).unwrap();
    for (path, text) in texts {
        writer.add(&path.parse().unwrap(), text.len() as u64, text.as_bytes()).unwrap();
    }
    writer.finish().unwrap().0
}

/// Only the archive itself passes: a byte that does not count for anything may differ, no other.
fn survive_bundle(bytes: &[u8]) {
    let (limits, mut sink) = (BundleLimits { text: 4096, ..BundleLimits::default() }, Nowhere(0));
    if let Ok(seen) = bundle::read(bytes, &limits, &mut sink) {
        assert_eq!(seen.sha256, Sha256::of(bytes));
        assert_eq!((seen.bytes, seen.listing.len(), sink.0), (bytes.len() as u64, 3, 3));
    }
}

/// Bits of JSON that tend to be in the wrong place.
const CRUMBS: [&str; 14] =
    ["{", "}", "[", "]", "\"", ",", ":", "null", "1e999", "-1", "\\ud800", "\u{0}", "\u{202e}", "../"];

fn with_crumb(mut text: String, at: Index, crumb: usize) -> String {
    let places: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
    text.insert_str(*at.get(&places), CRUMBS[crumb]);
    text
}

/// Takes a stretch of the text away.
fn without(text: &str, one: Index, other: Index) -> String {
    let places: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
    let (one, other) = (*one.get(&places), *other.get(&places));
    format!("{}{}", &text[..one.min(other)], &text[one.max(other)..])
}

#[test]
fn the_good_ones_are_accepted() {
    for at in 0..STREAMS.len() {
        assert!(stream::parse(&good_stream(at), None).is_ok());
    }
    for at in 0..LOCKS.len() {
        assert!(lock::parse(&good_lock(at)).is_ok());
        survive_lock(&good_lock(at));
    }
    let good = good_bundle();
    assert!(bundle::read(good.as_slice(), &BundleLimits::default(), &mut Nowhere(0)).is_ok());
    // Every beginning is refused but those that lack nothing except what fills up the archive.
    for end in 0..good.len() {
        let whole = bundle::read(&good[..end], &BundleLimits::default(), &mut Nowhere(0)).is_ok();
        assert!(!whole || good[end..].iter().all(|byte| *byte == 0), "{end}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_survived(text in any::<String>()) {
        survive_stream(&text);
        survive_lock(&text);
        let _ = Listing::parse(&text, 10);
    }

    #[test]
    fn a_stream_with_a_crumb_or_a_gap_is_survived(
        file in 0..STREAMS.len(), one in any::<Index>(), other in any::<Index>(), crumb in 0..CRUMBS.len(),
    ) {
        survive_stream(&with_crumb(good_stream(file), one, crumb));
        survive_stream(&without(&good_stream(file), one, other));
    }

    #[test]
    fn a_lock_with_a_crumb_or_a_gap_is_survived(
        file in 0..LOCKS.len(), one in any::<Index>(), other in any::<Index>(), crumb in 0..CRUMBS.len(),
    ) {
        survive_lock(&with_crumb(good_lock(file), one, crumb));
        survive_lock(&without(&good_lock(file), one, other));
    }

    #[test]
    fn a_bundle_with_other_bytes_is_survived(at in any::<Index>(), byte in any::<u8>(), cut in any::<Index>()) {
        let mut bytes = good_bundle();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        survive_bundle(&bytes);
        survive_bundle(&bytes[..cut.index(bytes.len())]);
    }

    #[test]
    fn any_bytes_are_no_bundle(bytes in proptest::collection::vec(any::<u8>(), 0..2000)) {
        survive_bundle(&bytes);
    }

    #[test]
    fn a_listing_round_trips(names in proptest::collection::btree_set("[a-z][a-z0-9._+-]{0,20}", 1..20)) {
        let mut listing = Listing::default();
        for name in &names {
            listing.add(format!("tree/{name}").parse().unwrap(), Sha256::of(name.as_bytes())).unwrap();
        }
        prop_assert_eq!(Listing::parse(&listing.to_string(), 20), Ok(listing));
    }
}
