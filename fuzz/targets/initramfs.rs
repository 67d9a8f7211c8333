//! An initramfs: archives in archives, compressed by whoever made them.
#![no_main]

use libfuzzer_sys::fuzz_target;
use okdboot::initramfs;

fuzz_target!(|bytes: &[u8]| {
    let _ = initramfs::wanted_rootfs(bytes);
});
