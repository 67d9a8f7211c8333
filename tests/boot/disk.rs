//! The metal image that is installed, and what is on a disk afterwards.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::tool::{self, Tool};

/// What making and reading disks takes. None of it needs privileges.
pub const TOOLS: [Tool; 4] =
    [Tool::Program("sfdisk"), Tool::Program("mkfs.ext4"), Tool::Program("debugfs"), Tool::Program("gzip")];

/// What the image's boot sector says on the serial console.
pub const GREETING: &str = "okdboot: this disk boots";

const SECTOR: u64 = 512;
const DISK_BYTES: u64 = 48 << 20;
const IMAGE_BYTES: u64 = 32 << 20;
const BOOT_BYTES: u64 = 16 << 20;
const BOOT_START: u64 = 2048 * SECTOR;

/// Makes an image with the files that coreos-installer needs to find on a `boot` partition.
pub fn metal_image(dir: &Path) -> Vec<u8> {
    let image = dir.join("metal.raw");
    sized(&image, IMAGE_BYTES);
    partition(dir, &image);
    let mut bytes = fs::read(&image).expect("it was made");
    let boot = fs::read(boot_partition(dir)).expect("it was made");
    let start = usize::try_from(BOOT_START).expect("it is small");
    bytes[start..start + boot.len()].copy_from_slice(&boot);
    let code = boot_code();
    bytes[..code.len()].copy_from_slice(&code);
    fs::write(&image, bytes).expect("it is writable");
    run(Command::new(tool::program("gzip")).arg("-f").arg(&image));
    fs::read(dir.join("metal.raw.gz")).expect("it was made")
}

fn partition(dir: &Path, image: &Path) {
    let table = dir.join("table");
    let (start, size) = (BOOT_START / SECTOR, BOOT_BYTES / SECTOR);
    fs::write(&table, format!("label: gpt\nstart={start}, size={size}, name=boot\n")).expect("writable");
    let table = fs::File::open(table).expect("it was written");
    run(Command::new(tool::program("sfdisk")).arg("--quiet").arg(image).stdin(table));
}

/// A file system as Fedora CoreOS has it, without kernel and GRUB.
fn boot_partition(dir: &Path) -> PathBuf {
    let (tree, image) = (dir.join("boot"), dir.join("boot.img"));
    let files = [
        ("ignition.firstboot", ""),
        ("initramfs.img", ""),
        (
            "loader/entries/ostree-1.conf",
            "title CoreOS\noptions ignition.platform.id=metal\nlinux /k\ninitrd /initramfs.img\n",
        ),
        ("grub2/grub.cfg", "\n# CONSOLE-SETTINGS-START\n# CONSOLE-SETTINGS-END\n"),
    ];
    for (name, text) in files {
        let path = tree.join(name);
        fs::create_dir_all(path.parent().expect("it has one")).expect("it is writable");
        fs::write(path, text).expect("it is writable");
    }
    sized(&image, BOOT_BYTES);
    run(Command::new(tool::program("mkfs.ext4")).args(["-q", "-L", "boot", "-d"]).arg(&tree).arg(&image));
    image
}

/// Sixteen-bit code that writes the greeting to the first serial port, at every tick of the clock: what a
/// loader said before may still be on its way, and come between the letters of the first one.
fn boot_code() -> Vec<u8> {
    let mut code = vec![
        0x31, 0xc0, // xor ax, ax
        0x8e, 0xd8, // mov ds, ax
        0xbe, 0x16, 0x7c, // mov si, 0x7c16: the text
        0xba, 0xf8, 0x03, // mov dx, 0x3f8
        0xac, // lodsb
        0x84, 0xc0, // test al, al
        0x74, 0x03, // jz past the loop
        0xee, // out dx, al
        0xeb, 0xf8, // jmp to lodsb
        0xfb, // sti
        0xf4, // hlt, until the next tick
        0xeb, 0xee, // jmp to mov si
    ];
    code.extend(GREETING.bytes());
    code.extend(b"\r\n\0");
    code
}

/// Makes a disk that a BIOS boots, which says the greeting.
pub fn greeting(dir: &Path) -> PathBuf {
    let disk = dir.join("disk.raw");
    let mut sector = boot_code();
    sector.resize(510, 0);
    sector.extend([0x55, 0xaa]);
    fs::write(&disk, sector).expect("it is writable");
    fs::OpenOptions::new()
        .write(true)
        .open(&disk)
        .and_then(|file| file.set_len(DISK_BYTES))
        .expect("writable");
    disk
}

/// Makes an empty disk.
pub fn empty(dir: &Path) -> PathBuf {
    let disk = dir.join("disk.raw");
    sized(&disk, DISK_BYTES);
    disk
}

fn sized(path: &Path, bytes: u64) {
    fs::File::create(path).and_then(|file| file.set_len(bytes)).expect("it is writable");
}

/// Returns a file of the disk's `boot` partition, if there are both.
pub fn read(dir: &Path, disk: &Path, path: &str) -> Option<Vec<u8>> {
    let (start, size) = boot_bounds(disk)?;
    let bytes = fs::read(disk).expect("it was made");
    let partition = dir.join("partition.img");
    fs::write(&partition, bytes.get(start..start + size)?).expect("it is writable");
    let mut command = Command::new(tool::program("debugfs"));
    let output = command.args(["-R", &format!("cat {path}")]).arg(&partition).output().expect("it runs");
    let found = !String::from_utf8_lossy(&output.stderr).contains("File not found");
    found.then_some(output.stdout)
}

/// Returns where the partition begins and how long it is, in bytes, as the disk's own table says.
fn boot_bounds(disk: &Path) -> Option<(usize, usize)> {
    let table: serde_json::Value = serde_json::from_slice(&table(disk)).ok()?;
    let partitions = table["partitiontable"]["partitions"].as_array()?;
    let boot = partitions.iter().find(|partition| partition["name"] == "boot")?;
    let bytes = |key: &str| usize::try_from(boot[key].as_u64()? * SECTOR).ok();
    Some((bytes("start")?, bytes("size")?))
}

fn table(disk: &Path) -> Vec<u8> {
    let mut command = Command::new(tool::program("sfdisk"));
    command.arg("--json").arg(disk).output().expect("it runs").stdout
}

/// Says whether firmware finds anything on the disk: code in the boot sector, or a partition.
pub fn is_bootable(disk: &Path) -> bool {
    let code = &fs::read(disk).expect("it was made")[..440];
    code.iter().any(|byte| *byte != 0) || boot_bounds(disk).is_some()
}

fn run(command: &mut Command) {
    let output = command.output().expect("it runs");
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}
