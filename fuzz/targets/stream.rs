//! Stream metadata in each of its envelopes.
#![no_main]

use libfuzzer_sys::fuzz_target;
use okdboot::stream;

fuzz_target!(|text: &str| {
    let _ = stream::parse(text, None);
});
