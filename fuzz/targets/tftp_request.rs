//! Requests to the TFTP server of `serve`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use okdboot::serve::tftp::request::TftpRequest;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(request) = TftpRequest::parse(bytes) {
        assert!((8..=1468).contains(&request.options.block));
        assert!((1..=16).contains(&request.options.window));
    }
});
