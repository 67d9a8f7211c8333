//! Certificates: as PEM in a text, and as the DER inside, which a text rarely reaches by chance.
#![no_main]

use libfuzzer_sys::fuzz_target;
use okdboot::ignition::certificates_in;

fuzz_target!(|bytes: &[u8]| {
    let _ = certificates_in(bytes);
    let _ = certificates_in(&pem(bytes));
});

fn pem(der: &[u8]) -> Vec<u8> {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = b"-----BEGIN CERTIFICATE-----\n".to_vec();
    for chunk in der.chunks(3) {
        let bits = chunk.iter().chain(&[0; 2]).take(3).fold(0, |bits, byte| bits << 8 | usize::from(*byte));
        for at in 0..4 {
            let digit = DIGITS[bits >> (18 - 6 * at) & 63];
            text.push(if at <= chunk.len() { digit } else { b'=' });
        }
    }
    text.extend(b"\n-----END CERTIFICATE-----\n");
    text
}
