//! The headers of an answer to a range: a stretch that is read lies in the object that it is of.
#![no_main]

use libfuzzer_sys::fuzz_target;
use okdboot::http::ContentRange;

fuzz_target!(|text: &str| {
    if let Some(range) = ContentRange::parse(text) {
        assert!(range.first <= range.last && range.total.is_none_or(|total| range.last < total));
    }
});
