//! The jobs of docs/ci.md are run as a runner would run them: the same lines, by bash, in a checkout.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_yaml::Value;

use crate::{files_below, project, read};

/// A pull request against the example inventory, in one folder.
struct PullRequest {
    folder: tempfile::TempDir,
}

impl PullRequest {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Puts the example inventory into a folder, after an edit.
    fn checkout(&self, folder: &str, old: &str, new: &str) -> PathBuf {
        let vars = read("example/vars.yaml");
        assert!(vars.contains(old));
        let folder = self.path(folder);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("vars.yaml"), vars.replace(old, new)).unwrap();
        fs::write(folder.join("okdboot.lock"), read("example/okdboot.lock")).unwrap();
        folder
    }

    /// Runs lines as both kinds of runner do: by bash, which stops at the first failure.
    fn bash(&self, at: &Path, lines: &str, env: &[(&str, &str)]) -> Output {
        let program = Path::new(env!("CARGO_BIN_EXE_okdboot")).parent().unwrap();
        let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap());
        let mut command = Command::new("bash");
        command.args(["-eo", "pipefail", "-c", lines]).current_dir(at).env_clear();
        command.env("PATH", path).env("HOME", self.folder.path()).envs(env.iter().copied());
        command.output().unwrap()
    }
}

/// Returns the job below its mark in docs/ci.md.
fn job(mark: &str) -> Value {
    let text = read("docs/ci.md");
    let (_, rest) = text.split_once(&format!("<!-- job: {mark} -->\n```yaml\n")).unwrap();
    // A fence inside of the job does not begin its line.
    serde_yaml::from_str(rest.split("\n```\n").next().unwrap()).unwrap()
}

/// The lines of the GitHub job, without its checkout and without the download of the program.
fn github_lines() -> Vec<String> {
    let job = job("github");
    let steps = job["jobs"]["boot-files"]["steps"].as_sequence().unwrap();
    let runs = steps.iter().filter(|step| step["name"] != "install okdboot");
    runs.filter_map(|step| step["run"].as_str().map(str::to_owned)).collect()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn the_github_job_says_what_a_pull_request_changes() {
    let request = PullRequest::new();
    request.checkout("base", "", "");
    request.checkout("head", "/dev/nvme0n1", "/dev/disk/by-id/wwn-0x5000c500a0b1c2d3");
    let summary = request.path("summary.md");
    let lines = github_lines();
    assert_eq!(lines.len(), 3);
    for line in &lines {
        let env = [("GITHUB_STEP_SUMMARY", summary.to_str().unwrap())];
        let ran = request.bash(request.folder.path(), line, &env);
        assert!(ran.status.success(), "{line}: {}", text(&ran.stderr));
    }
    let summary = fs::read_to_string(summary).unwrap();
    assert!(summary.starts_with("```diff\n--- a/") && summary.ends_with("\n```\n"), "{summary}");
    let removed = summary.lines().filter(|line| line.starts_with('-') && line.contains("/dev/nvme0n1"));
    let added = summary
        .lines()
        .filter(|line| line.starts_with('+') && line.contains("/dev/disk/by-id/wwn-0x5000c500a0b1c2d3"));
    // One machine, and what it boots from: PXELINUX, iPXE, GRUB, its matchbox profile, and its command.
    assert_eq!((removed.count(), added.count()), (5, 5), "{summary}");
}

#[test]
fn the_github_job_stops_at_a_fault_and_annotates_its_line() {
    let request = PullRequest::new();
    request.checkout("head", "52:54:00:82:90:00", "52:54:00:f4:26:a1");
    let ran = request.bash(request.folder.path(), &github_lines()[0], &[]);
    assert_eq!(ran.status.code(), Some(3));
    let said = text(&ran.stdout);
    let place = "::error file=head/vars.yaml,line=41,col=14,title=V201::";
    assert!(said.lines().any(|line| line.starts_with(place)), "{said}");
}

#[test]
fn the_github_job_stops_where_the_lock_is_of_another_stream() {
    let request = PullRequest::new();
    request.checkout("head", "stream: okd-4.20", "stream: okd-4.19");
    let ran = request.bash(request.folder.path(), &github_lines()[1], &[]);
    assert_eq!(ran.status.code(), Some(3), "{}", text(&ran.stderr));
}

/// The lines of the GitLab job, in a clone whose origin has the commit that is merged into.
#[test]
fn the_gitlab_job_says_what_a_merge_request_changes() {
    let request = PullRequest::new();
    let origin = request.checkout("origin", "", "");
    let identity = "git config user.name ci; git config user.email ci@example.com";
    let commit = |at: &Path, lines: &str| {
        let ran = request.bash(at, lines, &[]);
        assert!(ran.status.success(), "{}", text(&ran.stderr));
        text(&ran.stdout).trim().to_owned()
    };
    let base = commit(
        &origin,
        &format!("git init -q; {identity}; git add .; git commit -qm base; git rev-parse HEAD"),
    );
    commit(request.folder.path(), "git clone -q origin clone");
    let clone = request.checkout("clone", "/dev/nvme0n1", "/dev/disk/by-id/wwn-0x5000c500a0b1c2d3");
    commit(&clone, &format!("{identity}; git commit -qam change"));
    let job = job("gitlab");
    let script = job["boot files"]["script"].as_sequence().unwrap();
    let lines: Vec<&str> = script.iter().map(|line| line.as_str().unwrap()).collect();
    let env = [("CI_MERGE_REQUEST_DIFF_BASE_SHA", base.as_str())];
    let ran = request.bash(&clone, &lines.join("\n"), &env);
    assert!(ran.status.success(), "{}", text(&ran.stderr));
    let difference = fs::read_to_string(clone.join("boot.diff")).unwrap();
    assert_eq!(difference.matches("/dev/disk/by-id/wwn-0x5000c500a0b1c2d3").count(), 5, "{difference}");
}

/// Every workflow: that of docs/ci.md and the project's own.
fn workflows() -> Vec<(String, Value)> {
    let own = files_below(".github/workflows").into_iter();
    let own = own.map(|path| (path.clone(), serde_yaml::from_str(&read(&path)).unwrap()));
    [("docs/ci.md".to_owned(), job("github"))].into_iter().chain(own).collect()
}

fn steps(workflow: &Value) -> Vec<&Value> {
    let jobs = workflow["jobs"].as_mapping().unwrap();
    jobs.values().flat_map(|job| job["steps"].as_sequence().unwrap()).collect()
}

/// Least rights: a workflow may read, keeps no credential, and names actions by their commit.
#[test]
fn workflows_have_no_right_but_to_read() {
    let workflows = workflows();
    assert_eq!(workflows.len(), 3);
    for (name, workflow) in &workflows {
        let rights = workflow["permissions"].as_mapping().unwrap();
        let rights: Vec<_> = rights.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        assert_eq!(rights, [(Some("contents"), Some("read"))], "{name}");
        for step in steps(workflow) {
            let Some(action) = step["uses"].as_str() else { continue };
            let (action, commit) = action.split_once('@').unwrap();
            assert!(
                commit.len() == 40 && commit.bytes().all(|byte| byte.is_ascii_hexdigit()),
                "{name}: {commit}"
            );
            if action == "actions/checkout" {
                assert_eq!(step["with"]["persist-credentials"], Value::Bool(false), "{name}");
            }
        }
    }
}

/// What `run:` holds is shell that bash can read, and the scripts it calls are there.
#[test]
fn the_lines_of_workflows_are_shell() {
    for (name, workflow) in workflows() {
        for lines in steps(&workflow).into_iter().filter_map(|step| step["run"].as_str()) {
            let request = PullRequest::new();
            let ran = request.bash(request.folder.path(), &format!("set -n\n{lines}"), &[]);
            assert!(ran.status.success(), "{name}: {lines}: {}", text(&ran.stderr));
            for script in [".ci/run", "packaging/build"].iter().filter(|script| lines.contains(**script)) {
                assert!(project(script).is_file());
            }
        }
    }
}
