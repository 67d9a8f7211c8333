//! Heads of requests to `serve`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use okdboot::serve::ask::HttpRequest;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(Some((ask, length))) = HttpRequest::parse(bytes) {
        assert!(length <= bytes.len());
        assert!(ask.names.iter().all(|name| !name.is_empty()));
    }
});
