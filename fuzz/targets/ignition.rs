//! Ignition files, with whatever is wrapped in them.
#![no_main]

use libfuzzer_sys::fuzz_target;
use okdboot::ignition::{IgnitionConfig, Inside};

fuzz_target!(|bytes: &[u8]| {
    let _ = IgnitionConfig::parse(bytes);
    let _ = Inside::read(bytes);
});
