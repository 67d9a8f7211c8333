//! The committed completions are what the program prints, and the shells can read them.

use std::fs;
use std::process::Command;

use crate::sandbox::{Sandbox, assert_same};
use crate::tool::{optional, succeed, tool};
use crate::{blesses, project, read};

const COMMITTED: [(&str, &str); 3] = [
    ("bash", "completions/okdboot.bash"),
    ("zsh", "completions/_okdboot"),
    ("fish", "completions/okdboot.fish"),
];

#[test]
fn the_committed_files_are_what_the_program_prints() {
    for (shell, path) in COMMITTED {
        let printed = Sandbox::new().args(["completions", shell]).run().status(0).stderr("").stdout_text();
        if blesses() {
            fs::create_dir_all(project("completions")).unwrap();
            fs::write(project(path), &printed).unwrap();
        }
        assert_same(path, &read(path), &printed);
    }
}

#[test]
fn the_environment_is_not_in_them() {
    let plain = Sandbox::new().args(["completions", "bash"]).run().stdout_text();
    let set = Sandbox::new().env("OKDBOOT_VARS", "secret.yaml").env("OKDBOOT_OUT", "secret");
    set.args(["completions", "bash"]).run().status(0).stdout(&plain);
}

#[test]
fn the_shells_read_them() {
    for (shell, path) in COMMITTED {
        // Only bash is everywhere that the tests have to run.
        let Some(program) = (if shell == "bash" { tool(shell) } else { optional(shell) }) else { continue };
        succeed(Command::new(program).arg("-n").arg(project(path)), path);
    }
}
