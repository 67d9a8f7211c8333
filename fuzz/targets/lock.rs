//! okdboot.lock: what is read is written so that it reads the same again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use okdboot::lock;

fuzz_target!(|text: &str| {
    let Ok(read) = lock::parse(text) else { return };
    let written = lock::to_json(&read).expect("a lock can be written");
    assert_eq!(lock::parse(&written).expect("what was written can be read"), read);
});
