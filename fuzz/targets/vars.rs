//! vars.yaml: whatever is read, every finding can be shown.
#![no_main]

use libfuzzer_sys::fuzz_target;
use okdboot::diag::{Palette, render};
use okdboot::vars;

fuzz_target!(|bytes: &[u8]| {
    let (_, report) = vars::read("vars.yaml", bytes);
    let _ = render(&report, Palette::Plain);
    let _ = report.to_json();
});
