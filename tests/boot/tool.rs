//! What a case needs of the machine, and what happens where it is not there.

use std::env;
use std::ffi::OsString;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A program or a file that a case cannot do without.
#[derive(Clone, Copy, Debug)]
pub enum Tool {
    /// Looked up as people's shells do, then where Go and cargo put programs.
    Program(&'static str),
    /// A file of an installed package.
    File(&'static str),
    /// A file that `tests/boot/fetch-kernels` put into the cache.
    Cached(&'static str),
    /// The source of a package in cargo's registry.
    Sources(&'static str),
    /// A kernel that lets anyone have a network of their own.
    OwnNetwork,
}

impl Tool {
    /// Says what is missing, if it is.
    fn missing(self) -> Option<String> {
        match self {
            Self::Program(name) => find(name).is_none().then(|| format!("there is no program `{name}`")),
            Self::File(path) => (!Path::new(path).exists()).then(|| format!("there is no file `{path}`")),
            Self::Cached(name) => (!cached(name).exists())
                .then(|| format!("there is no `{name}`: run tests/boot/fetch-kernels")),
            Self::Sources(name) => {
                sources(name).is_none().then(|| format!("cargo's registry has no source of `{name}`"))
            }
            Self::OwnNetwork => crate::namespace::missing(),
        }
    }
}

/// Says whether a case can run. Where it cannot, one line says why and the case passes, unless
/// `OKDBOOT_REQUIRE_TOOLS` asks for every case.
pub fn present(case: &str, tools: &[Tool]) -> bool {
    let Some(missing) = tools.iter().find_map(|tool| tool.missing()) else { return true };
    assert!(env::var_os("OKDBOOT_REQUIRE_TOOLS").is_none(), "`{case}` cannot run: {missing}");
    // Past the harness, which swallows what a passing test prints.
    let _ = writeln!(io::stderr(), "boot: `{case}` is not run: {missing}");
    false
}

/// Returns the path of a program that is there.
pub fn program(name: &str) -> PathBuf {
    find(name).unwrap_or_else(|| panic!("there is no program `{name}`"))
}

/// Returns a program to be started that never outlives the test: the kernel kills it with the thread that
/// started it, even where that had no time to.
pub fn attached(name: &str) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL"]).arg(program(name)).stdin(Stdio::null());
    command
}

/// Returns the path of a file in the cache.
pub fn cached(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("boot-cache").join(name)
}

/// Returns the folder of cargo's registry that holds the source of a package, the newest if several do.
pub fn sources(package: &str) -> Option<PathBuf> {
    let registries = env::var_os("CARGO_HOME").map_or_else(|| home().join(".cargo"), PathBuf::from);
    let folders = registries.join("registry/src").read_dir().ok()?.flatten();
    let packages = folders.filter_map(|folder| folder.path().read_dir().ok()).flatten().flatten();
    let is_version = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.strip_prefix(package).is_some_and(|rest| rest.starts_with('-'))
    };
    packages.map(|entry| entry.path()).filter(is_version).max()
}

fn find(name: &str) -> Option<PathBuf> {
    folders().into_iter().map(|folder| folder.join(name)).find(|path| path.is_file())
}

/// Returns a `PATH` with every folder that programs are looked up in.
pub fn search_path() -> OsString {
    env::join_paths(folders()).expect("no folder has a colon")
}

fn folders() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> =
        env::var_os("PATH").map(|path| env::split_paths(&path).collect()).unwrap_or_default();
    folders.extend(["go/bin", ".cargo/bin"].map(|folder| home().join(folder)));
    folders.extend(["/usr/sbin", "/sbin"].map(PathBuf::from));
    folders
}

fn home() -> PathBuf {
    env::var_os("HOME").map(PathBuf::from).unwrap_or_default()
}
