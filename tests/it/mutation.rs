//! Real files, broken by chance but in the same way every time, through every reader: none panics,
//! none takes long, whatever comes out.

use std::time::{Duration, Instant};

use okdboot::ignition::{IgnitionConfig, Inside, certificates_in};
use okdboot::probe::script::{self, LoaderAction, LoaderMachine, grub, ipxe, pxelinux};
use okdboot::probe::tftp::TftpPacket;

use crate::{files_below, installer, project};

/// How many broken copies are made of each file.
const COPIES: usize = 8;

/// What breaks languages: quotes, braces, variables, ends of lines and of strings.
const TOKENS: [&[u8]; 16] = [
    b"'",
    b"\"",
    b"${",
    b"}",
    b"{",
    b"\\",
    b"\0",
    b"\xff\xfe",
    b"\n",
    b"||",
    b"&&",
    b"goto x",
    b"$",
    b"if",
    b"fi",
    b"LABEL",
];

/// Chance that is the same every time (xorshift64*).
struct Chance(u64);

impl Chance {
    fn next(&mut self, below: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let scrambled = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        usize::try_from(scrambled).unwrap() % below.max(1)
    }

    fn breaks(&mut self, real: &[u8]) -> Vec<u8> {
        let mut bytes = real.to_vec();
        for _ in 0..=self.next(4) {
            let (at, end) = (self.next(bytes.len()), self.next(bytes.len()));
            let (first, last) = (at.min(end), at.max(end));
            match self.next(5) {
                0 if !bytes.is_empty() => bytes[at] ^= 1 << self.next(8),
                1 => drop(bytes.drain(first..last)),
                2 => drop(bytes.splice(at..at, TOKENS[self.next(TOKENS.len())].iter().copied())),
                3 => bytes.extend_from_within(first..last),
                _ => bytes.truncate(last),
            }
        }
        bytes
    }
}

fn machine() -> LoaderMachine {
    LoaderMachine { mac: "52:54:00:60:72:67".parse().ok(), server: "10.0.0.2".to_owned() }
}

/// Gives bytes to every reader; says whether one of the loaders would boot something.
fn read(bytes: &[u8]) -> bool {
    let _ = TftpPacket::parse(bytes);
    let _ = IgnitionConfig::parse(bytes);
    let _ = Inside::read(bytes);
    let Ok(text) = script::text(bytes) else { return false };
    let read =
        [pxelinux::read(text), grub::read(text, &machine()), ipxe::read(text, &machine(), "http://h/x")];
    read.iter().any(|outcome| matches!(outcome, Ok(LoaderAction::Boot(_))))
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

/// Ignition files, groups and profiles.
fn is_json(path: &str) -> bool {
    matches!(path.rsplit('.').next(), Some("ign" | "json" | "lock"))
}

fn is_boot_file(path: &str) -> bool {
    path.contains("/tftpboot/") || path.contains("/http/ipxe/")
}

#[test]
fn broken_copies_of_real_files_do_no_harm() {
    let (mut chance, begun, mut count) = (Chance(0x6f6b_6462_6f6f_7431), Instant::now(), 0);
    let files = files_below("testdata/render").into_iter();
    for path in files.filter(|path| is_boot_file(path) || is_json(path)) {
        let real = std::fs::read(project(&path)).unwrap();
        let boots_a_kernel = is_boot_file(&path) && !contains(&real, "its disk");
        assert_eq!(read(&real), boots_a_kernel, "{path}");
        for _ in 0..COPIES {
            read(&chance.breaks(&real));
            count += 1;
        }
    }
    assert!(count >= 200, "only {count} broken copies");
    assert!(begun.elapsed() < Duration::from_secs(60), "{count} copies took {:?}", begun.elapsed());
}

/// Ignition files as the installer makes them, and the certificates in them.
#[test]
fn broken_certificates_and_configs_do_no_harm() {
    let mut chance = Chance(0x6365_7274);
    let installer = installer::Installer::new();
    let (config, pem) = (installer.bootstrap(), std::fs::read(project("testdata/tls/server.pem")).unwrap());
    assert!(!Inside::read(config.as_bytes()).unwrap().certificates.is_empty());
    let within = |pem: &[u8]| {
        let source = installer::data(pem);
        format!(
            r#"{{"ignition":{{"version":"3.2.0"}},"storage":{{"files":[{{"path":"/c","contents":{{"source":"{source}"}}}}]}}}}"#
        )
    };
    assert!(!Inside::read(within(&pem).as_bytes()).unwrap().certificates.is_empty());
    assert_eq!(certificates_in(&pem).len(), 1);
    for _ in 0..200 {
        let _ = Inside::read(&chance.breaks(config.as_bytes()));
        let broken = chance.breaks(&pem);
        let _ = (certificates_in(&broken), Inside::read(within(&broken).as_bytes()));
    }
}

#[test]
fn broken_packets_do_no_harm() {
    let mut chance = Chance(0x7466_7470);
    let real: [&[u8]; 3] =
        [b"\0\x03\0\x01LABEL x", b"\0\x05\0\x01file not found\0", b"\0\x06blksize\x001428\0tsize\x0077\0"];
    for packet in real {
        assert!(TftpPacket::parse(packet).is_ok());
        for _ in 0..200 {
            let _ = TftpPacket::parse(&chance.breaks(packet));
        }
    }
}
