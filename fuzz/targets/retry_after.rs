//! `Retry-After`, in both forms.
#![no_main]

use std::time::{Duration, SystemTime};

use libfuzzer_sys::fuzz_target;
use okdboot::http::retry_after;

fuzz_target!(|input: (u32, &str)| {
    let (now, text) = input;
    let _ = retry_after(text, SystemTime::UNIX_EPOCH + Duration::from_secs(now.into()));
});
