//! Archives are made here, byte by byte, and compressed by the crates' own encoders.

use std::io::{self, Write as _};

use flate2::write::GzEncoder;
use lzma_rust2::{XzOptions, XzWriter};
use proptest::prelude::*;

use super::*;
use crate::model::digest::Sha256;

const PATH: &str = "etc/coreos-live-want-rootfs";
const CHUNK: usize = 16;

fn entry(name: &str, mode: u32, contents: &[u8]) -> Vec<u8> {
    let (size, name_size) = (contents.len(), name.len() + 1);
    let mut bytes = b"070701".to_vec();
    for field in [1, mode as usize, 0, 0, 1, 0, size, 0, 0, 0, 0, name_size, 0] {
        bytes.extend(format!("{field:08X}").bytes());
    }
    bytes.extend(name.bytes().chain([0]));
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes.extend(contents);
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}

fn archive(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut bytes = entry("etc", 0o40_755, b"");
    for (name, contents) in files {
        bytes.extend(entry(name, 0o100_644, contents));
    }
    bytes.extend(entry("TRAILER!!!", 0, b""));
    bytes
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn xz(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = XzWriter::new(Vec::new(), XzOptions::with_preset(1)).unwrap();
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest)
}

type Pack = fn(&[u8]) -> Vec<u8>;

const PACKS: [(&str, Pack); 4] = [("plain", <[u8]>::to_vec), ("gzip", gzip), ("xz", xz), ("zstd", zstd)];

fn list_of(rootfs: &[u8]) -> Vec<u8> {
    let mut list = format!("stream-hash sha256 {CHUNK}\n");
    for part in rootfs.chunks(CHUNK) {
        list += &format!("{}\n", Sha256::of(part));
    }
    list.into_bytes()
}

fn rootfs() -> Vec<u8> {
    (0..100).collect()
}

fn judge(initramfs: &[u8], rootfs: &[u8]) -> Option<RootfsVerdict> {
    wanted_rootfs(initramfs).unwrap().map(|wanted| wanted.judge(rootfs).unwrap())
}

#[test]
fn the_list_is_found_in_every_compression_behind_other_archives() {
    let list = list_of(&rootfs());
    for (first, pack_first) in PACKS {
        for (second, pack_second) in PACKS {
            let big = vec![7; 300_000];
            let mut bytes = pack_first(&archive(&[("kernel/microcode.bin", &big), ("init", b"#!")]));
            bytes.resize(bytes.len().next_multiple_of(512), 0);
            bytes.extend(pack_second(&archive(&[(PATH, &list)])));
            bytes.extend([0; 3]);
            assert_eq!(judge(&bytes, &rootfs()), Some(RootfsVerdict::Accepted), "{first}, {second}");
        }
    }
}

#[test]
fn several_archives_may_be_compressed_together() {
    let mut both = archive(&[("a", b"1")]);
    both.extend([0; 8]);
    both.extend(archive(&[(PATH, &list_of(&rootfs()))]));
    for (name, pack) in PACKS {
        assert_eq!(judge(&pack(&both), &rootfs()), Some(RootfsVerdict::Accepted), "{name}");
    }
}

#[test]
fn of_several_lists_the_last_counts() {
    for (before, after) in [("/", ""), ("./", ""), ("", "./")] {
        let mut bytes = archive(&[(&format!("{before}{PATH}"), &list_of(b"other"))]);
        bytes.extend(gzip(&archive(&[(&format!("{after}{PATH}"), &list_of(&rootfs()))])));
        assert_eq!(judge(&bytes, &rootfs()), Some(RootfsVerdict::Accepted));
    }
    let mut bytes = archive(&[(PATH, &list_of(&rootfs()))]);
    bytes.extend([entry(PATH, 0o120_777, b"x"), entry("TRAILER!!!", 0, b"")].concat());
    assert_eq!(judge(&bytes, &rootfs()), None);
    assert_eq!(judge(&archive(&[("init", b"x")]), &rootfs()), None);
}

#[test]
fn another_rootfs_is_refused_with_the_place() {
    let bytes = archive(&[(PATH, &list_of(&rootfs()))]);
    let mut other = rootfs();
    other[40] ^= 1;
    assert_eq!(judge(&bytes, &other), Some(RootfsVerdict::Differs { at: 32 }));
    // The last part is shorter than the others; cut there it is another one.
    assert_eq!(judge(&bytes, &rootfs()[..99]), Some(RootfsVerdict::Differs { at: 96 }));
    assert_eq!(judge(&bytes, &rootfs()[..96]), Some(RootfsVerdict::TooShort { size: 96 }));
    let longer = [rootfs(), vec![0; 13]].concat();
    assert_eq!(judge(&bytes, &longer), Some(RootfsVerdict::Differs { at: 96 }));
    let even = archive(&[(PATH, &list_of(&rootfs()[..96]))]);
    assert_eq!(judge(&even, &rootfs()), Some(RootfsVerdict::TooLong { at: 96 }));
}

#[test]
fn what_is_no_list_is_said() {
    let digest = Sha256::of(b"").to_string();
    for (list, error) in [
        (String::new(), DigestListError::Header),
        (format!("stream-hash sha512 16\n{digest}\n"), DigestListError::Header),
        (format!("stream-hash sha256 +16\n{digest}\n"), DigestListError::Header),
        ("stream-hash sha256 0\n".to_owned(), DigestListError::Chunk(0)),
        ("stream-hash sha256 67108865\n".to_owned(), DigestListError::Chunk(67_108_865)),
        (format!("stream-hash sha256 16\n{digest}\n{digest}0\n"), DigestListError::Digest { line: 3 }),
    ] {
        let found = wanted_rootfs(archive(&[(PATH, list.as_bytes())]).as_slice());
        assert_eq!(found, Err(InitramfsError::List(error)), "{list}");
    }
}

#[test]
fn what_is_no_initramfs_is_said() {
    assert_eq!(wanted_rootfs(&b""[..]), Err(InitramfsError::Empty));
    assert_eq!(wanted_rootfs(&[0; 5000][..]), Err(InitramfsError::Empty));
    assert_eq!(wanted_rootfs(&b"<html>"[..]), Err(InitramfsError::Unknown { at: 0 }));
    let lz4 = [archive(&[]), b"\x02\x21\x4c\x18....".to_vec()].concat();
    assert_eq!(wanted_rootfs(lz4.as_slice()), Err(InitramfsError::Unknown { at: 240 }));
    for at in [0, 14, 54, 94] {
        let mut bytes = archive(&[(PATH, b"x")]);
        bytes[116 + at] = b'x';
        assert!(matches!(wanted_rootfs(bytes.as_slice()), Err(InitramfsError::Broken { at: 0, .. })), "{at}");
    }
}

#[test]
fn cut_off_anywhere_it_is_an_error_or_has_no_list() {
    let inner = archive(&[("init", b"x"), (PATH, &list_of(&rootfs()))]);
    for (name, pack) in PACKS {
        let bytes = pack(&inner);
        for end in 1..bytes.len() {
            let found = wanted_rootfs(&bytes[..end]);
            let is_error = matches!(
                found,
                Err(InitramfsError::Truncated { .. }
                    | InitramfsError::Broken { .. }
                    | InitramfsError::Unknown { .. })
            );
            assert!(is_error, "{name} of {end}: {found:?}");
        }
    }
}

/// An endless reader of zeros, of one archive again and again, or of what follows a beginning.
struct Endless(Vec<u8>, usize);

impl io::Read for Endless {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        for byte in buffer.iter_mut() {
            *byte = self.0[self.1 % self.0.len()];
            self.1 += 1;
        }
        Ok(buffer.len())
    }
}

#[test]
fn bombs_and_endless_files_are_bounded() {
    let limited = |bytes: &[u8]| within(bytes, 1 << 20, 1 << 20);
    let bomb = archive(&[("zero", &vec![0; 4 << 20])]);
    for (name, pack) in &PACKS[1..] {
        let packed = pack(&bomb);
        assert!(packed.len() < 1 << 20, "{name}");
        assert_eq!(limited(&packed), Err(InitramfsError::TooLarge), "{name}");
        // Zeros alone, without an archive, end too.
        assert_eq!(limited(&pack(&vec![0; 4 << 20])), Err(InitramfsError::TooLarge), "{name}");
    }
    for piece in [vec![0; 64], archive(&[("a", b"b")])] {
        assert_eq!(within(Endless(piece, 0), 1 << 20, 1 << 20), Err(InitramfsError::TooLarge));
    }
    let huge = entry(PATH, 0o100_644, &vec![b'x'; 2 << 20]);
    assert!(matches!(wanted_rootfs(huge.as_slice()), Err(InitramfsError::Broken { .. })));
    // A window of 2 GiB is refused before it is allocated.
    let window = [0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xa8, 0, 0, 0];
    assert!(matches!(wanted_rootfs(&window[..]), Err(InitramfsError::Broken { .. })));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_changed_nothing_panics(
        pack in 0..PACKS.len(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let mut bytes = PACKS[pack].1(&archive(&[("init", b"0123456789"), (PATH, &list_of(&rootfs()))]));
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let _ = within(bytes.as_slice(), 1 << 20, 1 << 20);
    }

    #[test]
    fn whatever_comes_after_a_magic_nothing_panics(
        pack in 0..PACKS.len(),
        bytes in prop::collection::vec(any::<u8>(), 0..600),
    ) {
        let magic = PACKS[pack].1(&archive(&[]));
        let bytes = [&magic[..6], &bytes].concat();
        let _ = within(bytes.as_slice(), 1 << 20, 1 << 20);
    }
}
