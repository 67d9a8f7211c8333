//! Says of what this program is built: the target, in releases the commit, and the templates.
//!
//! A development build names no commit: it would have to be built again after each. A tarball without
//! git has it from cargo's own `.cargo_vcs_info.json`, or from `OKDBOOT_COMMIT`.

use std::env;
use std::fs;
use std::io;
use std::path::Path;
use std::process::Command;

/// The folder of the templates; each file in it of this suffix is one.
const TEMPLATES: &str = "templates";
const SUFFIX: &str = ".j2";

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={TEMPLATES}");
    println!("cargo::rerun-if-env-changed=OKDBOOT_COMMIT");
    let folder = env::var("CARGO_MANIFEST_DIR").unwrap_or_default();
    say(Path::new(&folder));
    // Cargo always names a folder to write to; who runs the script by itself asks for the version alone.
    match env::var_os("OUT_DIR") {
        Some(out) => embed(Path::new(&folder), Path::new(&out)),
        None => Ok(()),
    }
}

/// Says the version.
fn say(folder: &Path) {
    let target = env::var("TARGET").unwrap_or_default();
    let is_release = env::var("PROFILE").is_ok_and(|profile| profile == "release");
    let commit = named().or_else(|| is_release.then(|| commit(folder)).flatten());
    let commit = commit.unwrap_or_else(|| {
        if is_release { "unknown commit".to_owned() } else { "development build".to_owned() }
    });
    let version = env::var("CARGO_PKG_VERSION").unwrap_or_default();
    println!("cargo::rustc-env=OKDBOOT_VERSION={version} ({commit}, {target})");
}

/// Writes the list of templates that `src/template.rs` embeds. No path of the machine that builds is in it.
fn embed(folder: &Path, out: &Path) -> io::Result<()> {
    let mut names = templates_below(&folder.join(TEMPLATES), "")?;
    names.sort();
    let path = |name: &str| format!(r#"concat!(env!("CARGO_MANIFEST_DIR"), "/{TEMPLATES}/{name}")"#);
    let lines: Vec<_> =
        names.iter().map(|name| format!("(\"{name}\", include_str!({})),\n", path(name))).collect();
    fs::write(out.join("templates.rs"), format!("[\n{}]\n", lines.concat()))
}

/// What editors leave beside a template is none.
fn templates_below(folder: &Path, prefix: &str) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.file_type()?.is_dir() {
            names.extend(templates_below(&entry.path(), &format!("{prefix}{name}/"))?);
        } else if name.ends_with(SUFFIX) && !name.starts_with('.') {
            names.push(format!("{prefix}{name}"));
        }
    }
    Ok(names)
}

/// What whoever builds says.
fn named() -> Option<String> {
    env::var("OKDBOOT_COMMIT").ok().filter(|commit| !commit.is_empty())
}

fn commit(folder: &Path) -> Option<String> {
    packaged(folder).or_else(|| checked_out(folder))
}

/// The commit that `cargo package` was run at.
fn packaged(folder: &Path) -> Option<String> {
    let text = fs::read_to_string(folder.join(".cargo_vcs_info.json")).ok()?;
    let (_, rest) = text.split_once("\"sha1\"")?;
    Some(short(rest.split('"').nth(1)?))
}

/// The commit of a clone. A tarball that was unpacked inside of some other repository has none.
fn checked_out(folder: &Path) -> Option<String> {
    let top = git(folder, &["rev-parse", "--show-toplevel"])?;
    if fs::canonicalize(&top).ok()? != fs::canonicalize(folder).ok()? {
        return None;
    }
    let log = git(folder, &["rev-parse", "--git-path", "logs/HEAD"])?;
    println!("cargo::rerun-if-changed={}", folder.join(log).display());
    git(folder, &["rev-parse", "HEAD"]).map(|commit| short(&commit))
}

fn git(folder: &Path, args: &[&str]) -> Option<String> {
    let output = Command::new("git").arg("-C").arg(folder).args(args).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}

fn short(commit: &str) -> String {
    commit.chars().take(12).collect()
}
