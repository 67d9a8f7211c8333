//! okdboot.lock: what is read is written the same way again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use okdboot::lock;

fuzz_target!(|text: &str| {
    if let Ok(read) = lock::parse(text) {
        assert_eq!(lock::parse(&read.to_json()).as_ref().ok(), Some(&read));
    }
});
