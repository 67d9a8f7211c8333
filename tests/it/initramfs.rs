//! Small initramfs files, and a rootfs held against them: the list in the one judges the other.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use okdboot::initramfs::{RootfsVerdict, wanted_rootfs};
use sha2::Digest as _;

use crate::tool::{optional, succeed, tool};

/// The list's path in an initramfs.
const LIST: &str = "etc/coreos-live-want-rootfs";

/// Returns the list for a rootfs, in parts of 2 MiB as releases have it.
pub fn list_of(rootfs: &[u8]) -> String {
    let hex =
        |part: &[u8]| sha2::Sha256::digest(part).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let parts = rootfs.chunks(2 << 20).map(|part| hex(part) + "\n");
    format!("stream-hash sha256 {}\n{}", 2 << 20, parts.collect::<String>())
}

/// Returns an initramfs of one archive with one file, by which it accepts a rootfs.
pub fn accepting(rootfs: &[u8]) -> Vec<u8> {
    [entry("etc", 0o40_755, ""), entry(LIST, 0o100_644, &list_of(rootfs)), entry("TRAILER!!!", 0, "")]
        .concat()
}

fn entry(name: &str, mode: u32, contents: &str) -> Vec<u8> {
    let (size, name_size) = (contents.len(), name.len() + 1);
    let mut bytes = "070701".to_owned();
    for field in [0, mode as usize, 0, 0, 1, 0, size, 0, 0, 0, 0, name_size, 0] {
        bytes += &format!("{field:08x}");
    }
    let mut bytes = (bytes + name + "\0").into_bytes();
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes.extend(contents.bytes());
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}

/// Compresses by a real program.
fn packed(program: &Path, arguments: &[&str], folder: &Path, bytes: &[u8]) -> Vec<u8> {
    fs::write(folder.join("plain"), bytes).unwrap();
    let output = Command::new(program)
        .args(arguments)
        .stdin(fs::File::open(folder.join("plain")).unwrap())
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    assert!(output.status.success());
    output.stdout
}

/// What real programs make is read as the real coreos-installer reads it: dracut's archive first, then
/// one with the list, each as releases have them, and one that coreos-installer itself appends.
#[test]
fn what_real_programs_pack_is_read_as_coreos_installer_reads_it() {
    let Some(installer) = tool("coreos-installer") else { return };
    let folder = tempfile::tempdir().unwrap();
    let rootfs: Vec<u8> = (0..5_000_000_u32).map(|at| (at % 251) as u8).collect();
    let config = folder.path().join("config.ign");
    fs::write(&config, r#"{"ignition":{"version":"3.2.0"}}"#).unwrap();
    let wrap = ["pxe", "ignition", "wrap", "-i", config.to_str().unwrap()];
    let appended = Command::new(&installer).args(wrap).output().unwrap().stdout;
    assert!(appended.starts_with(b"\xfd7zXZ"), "coreos-installer compresses with xz");
    let mut count = 0;
    for (name, arguments) in [
        ("zstd", ["-q", "-19", "-c"].as_slice()),
        ("zstd", &["-q", "--ultra", "--long=27", "-22", "-c"]),
        ("gzip", &["-9", "-n", "-c"]),
        ("xz", &["-9", "--check=crc32", "-c"]),
    ] {
        let Some(program) = optional(name) else { continue };
        let big = entry("usr/lib/big", 0o100_644, &"CoreOS ".repeat(400_000));
        let dracut = [big, entry("TRAILER!!!", 0, "")].concat();
        let mut bytes = packed(&program, arguments, folder.path(), &dracut);
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        bytes.extend(packed(&program, arguments, folder.path(), &accepting(&rootfs)));
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        bytes.extend(&appended);
        let path = folder.path().join("initramfs.img");
        fs::write(&path, &bytes).unwrap();
        let wanted = wanted_rootfs(bytes.as_slice()).unwrap().expect("the list is there");
        assert_eq!(wanted.judge(rootfs.as_slice()).unwrap(), RootfsVerdict::Accepted, "{name}");
        assert_eq!(wanted.judge(&rootfs[1..]).unwrap(), RootfsVerdict::Differs { at: 0 }, "{name}");
        if name != "zstd" {
            let out = folder.path().join("out");
            let mut extract = Command::new(&installer);
            extract.args(["dev", "extract", "initrd", "-v", "--directory"]).arg(&out).arg(&path).arg(LIST);
            succeed(&mut extract, name);
            assert_eq!(fs::read_to_string(out.join(LIST)).unwrap(), list_of(&rootfs), "{name}");
            fs::remove_dir_all(out).unwrap();
        }
        count += 1;
    }
    assert!(count > 0, "no program compressed anything");
}
