//! vars.yaml that is absent, empty, too large, or no text: an error that says so, and its exit status.

use crate::sandbox::{Ran, Sandbox};

fn check(bytes: &[u8]) -> Ran {
    Sandbox::new().vars(bytes).arg("check").run()
}

#[test]
fn an_absent_file_is_named() {
    Sandbox::new().arg("check").run().status(6).stdout("").stderr(
        "error: could not read `vars.yaml`: No such file or directory (os error 2)\n  \
         help: name the file with `-f FILE`, or write a first one with `okdboot init`; `okdboot render --example` needs none\n",
    );
}

#[test]
fn a_folder_is_not_a_file() {
    Sandbox::new()
        .folder("vars.yaml")
        .arg("check")
        .run()
        .status(6)
        .stdout("")
        .stderr("error: could not read `vars.yaml`: Is a directory (os error 21)\n");
}

#[test]
fn an_endless_file_ends() {
    let ran = Sandbox::new().args(["-f", "/dev/zero", "check"]).run().status(3);
    assert!(ran.stderr_text().starts_with("error[V006]"), "{}", ran.stderr_text());
}

#[test]
fn empty_files_say_so() {
    for bytes in [&b""[..], b"\n \n", b"# nothing\n", b"---\n...\n", b"null\n", b"\xef\xbb\xbf"] {
        check(bytes).status(3).stdout("").stderr(
            "error[V002]: `vars.yaml` is empty\n |\n = help: `okdboot render --example` shows a whole one\n\n1 error\n",
        );
    }
}

#[test]
fn other_encodings_are_named() {
    let utf16: Vec<u8> = "disk: sda\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    check(&[&[0xff, 0xfe], &utf16[..]].concat()).status(3).stderr(
        "error[V001]: `vars.yaml` is UTF-16, not UTF-8\n |\n = help: save the file as UTF-8\n\n1 error\n",
    );
    check(b"disk: sda\nhelper:\n  name: h\xe9lper\n").status(3).stderr(
        "error[V001]: `vars.yaml` is not UTF-8: line 3 holds a byte that begins no character\n |\n \
         = help: save the file as UTF-8\n\n1 error\n",
    );
}

#[test]
fn ten_megabytes_are_refused() {
    let line = "# the same comment again and again, as no inventory has it\n";
    let ran = check(line.repeat(10_000_000 / line.len() + 1).as_bytes()).status(3).stdout("");
    ran.stderr(
        "error[V006]: `vars.yaml` is larger than 8 MiB\n |\n \
         = help: name the inventory itself: 10,000 nodes are less than 2 MiB\n\n1 error\n",
    );
}

#[test]
fn an_alias_bomb_is_refused() {
    let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..9 {
        let previous = format!("*a{}, ", level - 1).repeat(10);
        bomb.extend([format!("a{level}: &a{level} [{previous}]\n")]);
    }
    let ran = check(bomb.as_bytes()).status(3).stdout("");
    let said = ran.stderr_text();
    assert!(said.starts_with("error[V006]: `vars.yaml` expands to more than okdboot reads\n"), "{said}");
    assert!(said.contains("100000 values that aliases repeat"), "{said}");
}

#[test]
fn the_same_file_twice_is_wrong_usage() {
    let ran = Sandbox::new().vars("disk: sda\n").args(["-f", "vars.yaml", "-f", "vars.yaml", "check"]).run();
    ran.status(2).stderr("error: `vars.yaml` is given twice\n");
}

#[test]
fn several_files_are_reported_together() {
    let ran = Sandbox::new()
        .file("a.yaml", "- a\n")
        .file("b.yaml", "")
        .args(["-f", "a.yaml", "-f", "b.yaml", "check"]);
    let ran = ran.run().status(3);
    let said = ran.stderr_text();
    assert!(said.contains("error[V005]: `a.yaml`") && said.contains("error[V002]: `b.yaml`"), "{said}");
    assert!(said.ends_with("2 errors\n"), "{said}");
}

#[test]
fn the_environment_names_the_file() {
    let ran =
        Sandbox::new().file("lab/vars.yaml", "").env("OKDBOOT_VARS", "lab/vars.yaml").arg("check").run();
    assert!(ran.status(3).stderr_text().starts_with("error[V002]: `lab/vars.yaml`"));
}

#[test]
fn windows_line_ends_and_a_byte_order_mark_do_no_harm() {
    let text = crate::read("testdata/vars/ok/plain.yaml").replace('\n', "\r\n");
    let ran = check(format!("\u{feff}{text}").as_bytes()).status(0);
    assert!(ran.stderr_text().contains("cluster `ocp4.example.com`, 6 nodes"), "{}", ran.stderr_text());
}

#[test]
fn strict_makes_a_warning_an_error() {
    let vars = crate::read("testdata/vars/bad/V213-one-worker.yaml");
    let ran = Sandbox::new().vars(vars).args(["--strict", "check"]).run().status(3);
    assert!(ran.stderr_text().starts_with("error[V213]"), "{}", ran.stderr_text());
}

#[test]
fn check_reads_no_input_and_writes_nothing() {
    let vars = crate::read("testdata/vars/ok/plain.yaml");
    let ran = Sandbox::new().vars(&vars).with_path().stdin("disk: sda\n").arg("check").run().status(0);
    let ran = ran.expect_file("vars.yaml", &vars).expect_absent("okdboot-out").expect_absent("okdboot.lock");
    assert_eq!(crate::names_in(ran.path()), ["vars.yaml"]);
    let again = ran.again().args(["--quiet", "check"]).run().status(0);
    again.stdout("").stderr("").expect_absent("okdboot-out");
}
