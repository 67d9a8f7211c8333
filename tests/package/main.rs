//! What `packaging/build` made is installed and run: the .deb in a root that holds nothing else, the rest
//! by what it lists.
//!
//! The packages are looked for in `dist/`, or where `OKDBOOT_DIST` says. Where there are none the tests say
//! so in a line and pass; with `OKDBOOT_REQUIRE_TOOLS=1`, as in CI, their absence fails.

#![expect(clippy::unwrap_used, reason = "clippy knows test functions, but not their helpers")]

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Returns the folder of packages.
#[expect(clippy::print_stdout, reason = "a test says what it could not judge")]
fn dist() -> Option<PathBuf> {
    let folder = env::var_os("OKDBOOT_DIST").map_or_else(|| project("dist"), PathBuf::from);
    if folder.join("SHA256SUMS").is_file() {
        return Some(folder);
    }
    assert!(env::var_os("OKDBOOT_REQUIRE_TOOLS").is_none(), "packaging/build has not been run");
    println!("no packages in {}: not judged", folder.display());
    None
}

fn project(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Returns the files of an extension that can run on this machine, or are of no machine.
fn packages(dist: &Path, extension: &str) -> Vec<PathBuf> {
    let other = if cfg!(target_arch = "x86_64") { ["aarch64", "arm64"] } else { ["x86_64", "amd64"] };
    let mut found: Vec<_> = fs::read_dir(dist)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension() == Some(OsStr::new(extension)))
        .filter(|path| !other.iter().any(|arch| path.to_string_lossy().contains(arch)))
        .collect();
    found.sort();
    found
}

#[track_caller]
fn succeed(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", said(&output));
    String::from_utf8(output.stdout).unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// A root that holds what the .deb holds, and the example inventory.
fn scratch_root(dist: &Path) -> TempDir {
    let debs = packages(dist, "deb");
    let [deb] = debs.as_slice() else { panic!("{debs:?}") };
    let root = tempfile::tempdir().unwrap();
    succeed(Command::new("dpkg-deb").arg("-x").arg(deb).arg(root.path()));
    for name in ["vars.yaml", "okdboot.lock"] {
        fs::copy(project("example").join(name), root.path().join(name)).unwrap();
    }
    root
}

fn run_in(root: &Path, args: &[&str]) -> Output {
    let mut command = Command::new("chroot");
    command.arg(root).arg("/usr/bin/okdboot").args(args).env_clear();
    command.env("PATH", env::var_os("PATH").unwrap()).output().unwrap()
}

#[test]
fn the_deb_runs_in_a_root_that_holds_nothing_else() {
    let Some(dist) = dist() else { return };
    let root = scratch_root(&dist);
    let output = run_in(root.path(), &["--version"]);
    assert!(said(&output).starts_with(&format!("okdboot {VERSION}")), "{}", said(&output));
    let output = run_in(root.path(), &["render", "--example", "-o", "demo"]);
    assert!(output.status.success(), "{}", said(&output));
    succeed(
        Command::new("sha512sum").args(["--quiet", "-c", "SHA512SUMS"]).current_dir(root.path().join("demo")),
    );
}

/// Every subcommand has its manual page, and the documents and completions are where each is looked for.
#[test]
fn the_deb_brings_manual_pages_completions_and_documents() {
    let Some(dist) = dist() else { return };
    let root = scratch_root(&dist);
    let share = root.path().join("usr/share");
    let pages = fs::read_dir(share.join("man/man1")).unwrap().count();
    assert_eq!(pages, fs::read_dir(project("testdata/help")).unwrap().count());
    for path in [
        "man/man1/okdboot-verify.1.gz",
        "bash-completion/completions/okdboot",
        "zsh/vendor-completions/_okdboot",
        "fish/vendor_completions.d/okdboot.fish",
        "doc/okdboot/README.md",
        "doc/okdboot/docs/errors.md",
        "doc/okdboot/docs/journeys/static-iso.md",
    ] {
        assert!(share.join(path).is_file(), "{path}");
    }
    for unit in ["service", "socket"] {
        assert!(root.path().join(format!("usr/lib/systemd/system/okdboot-serve.{unit}")).is_file());
    }
}

/// A static program cannot load the host's name services; it asks the server of resolv.conf itself.
#[test]
fn the_deb_resolves_names_by_itself() {
    let Some(dist) = dist() else { return };
    let root = scratch_root(&dist);
    fs::create_dir_all(root.path().join("etc")).unwrap();
    fs::write(root.path().join("etc/resolv.conf"), "nameserver 127.0.0.1\n").unwrap();
    // A network of its own, with a name server that knows one name and a web server that has no file.
    let lines = "set -e
        ip link set lo up
        dnsmasq --no-daemon --conf-file=/dev/null --no-resolv --no-hosts --listen-address=127.0.0.1 \
            --address=/mirror.lab.test/127.0.0.1 --address=/absent.lab.test/ 2>/dev/null &
        busybox httpd -f -p 127.0.0.1:8080 -h \"$ROOT/usr/share\" &
        for try in 1 2 3 4 5 6 7 8 9 10; do
            (: < /dev/tcp/127.0.0.1/53) 2>/dev/null && (: < /dev/tcp/127.0.0.1/8080) 2>/dev/null && break
            sleep 0.2
        done
        fetch() {
            chroot \"$ROOT\" /usr/bin/okdboot fetch --locked --retries 0 --no-cache --mirror \"http://$1:8080/\" 2>&1
        }
        fetch mirror.lab.test && exit 9
        echo ---
        fetch absent.lab.test && exit 9
        kill %1 %2";
    let mut command = Command::new("unshare");
    command.args(["--net", "--", "bash", "-c", lines]).env_clear();
    command.env("PATH", env::var_os("PATH").unwrap()).env("ROOT", root.path());
    let said = said(&command.output().unwrap());
    let (known, unknown) = said.split_once("---\n").unwrap_or_else(|| panic!("{said}"));
    assert!(known.contains("404") && known.contains("mirror.lab.test"), "{known}");
    assert!(unknown.contains("absent.lab.test") && !unknown.contains("404"), "{unknown}");
}

#[test]
fn the_tarball_the_deb_and_the_rpm_hold_the_same_program() {
    let Some(dist) = dist() else { return };
    let root = scratch_root(&dist);
    let installed = fs::read(root.path().join("usr/bin/okdboot")).unwrap();
    let tarballs = packages(&dist, "gz");
    let [tarball] = tarballs.as_slice() else { panic!("{tarballs:?}") };
    succeed(Command::new("tar").arg("-xzf").arg(tarball).arg("-C").arg(root.path()));
    let name = tarball.file_name().unwrap().to_str().unwrap().trim_end_matches(".tar.gz");
    assert!(fs::read(root.path().join(name).join("okdboot")).unwrap() == installed);
    let rpms = packages(&dist, "rpm");
    let [rpm] = rpms.as_slice() else { panic!("{rpms:?}") };
    let listed = succeed(Command::new("rpm").args(["-qp", "--dump"]).arg(rpm));
    let program = listed.lines().find(|line| line.starts_with("/usr/bin/okdboot ")).unwrap();
    let sum = succeed(Command::new("sha256sum").arg(root.path().join("usr/bin/okdboot")));
    assert!(program.contains(sum.split(' ').next().unwrap()), "{program}");
}

#[test]
fn the_sums_cover_every_package_and_the_list_of_contents_names_every_crate() {
    let Some(dist) = dist() else { return };
    succeed(Command::new("sha256sum").args(["--quiet", "--strict", "-c", "SHA256SUMS"]).current_dir(&dist));
    let sums = fs::read_to_string(dist.join("SHA256SUMS")).unwrap();
    for extension in ["deb", "rpm", "gz", "json"] {
        for package in packages(&dist, extension) {
            assert!(sums.contains(package.file_name().unwrap().to_str().unwrap()), "{package:?}");
        }
    }
    let contents = fs::read_to_string(dist.join(format!("okdboot-{VERSION}.cdx.json"))).unwrap();
    let manifest = fs::read_to_string(project("Cargo.toml")).unwrap();
    let (_, rest) = manifest.split_once("[dependencies]\n").unwrap();
    for line in rest.lines().take_while(|line| !line.is_empty()) {
        let name = line.split(' ').next().unwrap();
        let name = if line.contains("package = \"yaml_serde\"") { "yaml_serde" } else { name };
        assert!(contents.contains(&format!("\"name\": \"{name}\"")), "{name}");
    }
    assert!(!contents.contains(env!("CARGO_MANIFEST_DIR")), "a folder of this machine is named");
}

/// The container context is complete: what the Containerfile copies lies beside it.
#[test]
fn the_container_context_is_complete() {
    let Some(dist) = dist() else { return };
    let contexts = fs::read_dir(dist).unwrap().map(|entry| entry.unwrap().path());
    let contexts: Vec<_> = contexts
        .filter(|path| path.file_name().unwrap().to_string_lossy().starts_with("container-"))
        .collect();
    assert!(!contexts.is_empty());
    for context in contexts {
        let text = fs::read_to_string(context.join("Containerfile")).unwrap();
        let copied = text.lines().filter_map(|line| line.strip_prefix("COPY ")?.split(' ').next());
        let copied: Vec<_> = copied.collect();
        assert_eq!(copied, ["okdboot"]);
        assert!(copied.iter().all(|name| context.join(name).is_file()), "{context:?}");
    }
}
