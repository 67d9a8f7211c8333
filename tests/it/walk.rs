//! A document that is run: files made, edits done, commands given, and the output compared.
//!
//! In a `console` block a line after `$ ` is a command, what follows is its output. `...` stands for
//! any text in a line, and alone for any lines. `<!-- file: NAME -->` makes a file of the block below
//! it, `<!-- edit: NAME: OLD => NEW -->` changes the last OLD in it, or deletes its line; `\n` in NEW
//! begins a line.

use crate::read;
use crate::sandbox::Sandbox;

/// Does what a document says, in its order, and returns how many commands that were.
pub fn walk(document: &str, mut sandbox: Sandbox) -> usize {
    let mut count = 0;
    for step in steps(document) {
        sandbox = match step {
            Step::File { name, text } => sandbox.file(&name, text),
            Step::Edit { name, old, new } => edit(sandbox, &name, &old, &new),
            Step::Run { command, output } => {
                count += 1;
                run(sandbox, &command, &output)
            }
        };
    }
    count
}

/// The words of a command of the program, whichever way it is started.
pub fn words(command: &str) -> Option<Vec<&str>> {
    let command = command.trim();
    let args = command.strip_prefix("okdboot ").or(command.strip_prefix("cargo run --release -- "))?;
    let args = args.split(" > ").next()?.split(" #").next()?;
    Some(args.split_whitespace().collect())
}

/// What a document does, in its order.
enum Step {
    File { name: String, text: String },
    Edit { name: String, old: String, new: String },
    Run { command: String, output: String },
}

/// Returns the file that a document makes.
pub fn file(document: &str, wanted: &str) -> String {
    let mut files = steps(document).into_iter().filter_map(|step| match step {
        Step::File { name, text } if name == wanted => Some(text),
        _ => None,
    });
    files.next_back().unwrap_or_else(|| panic!("{document} makes no {wanted}"))
}

/// Returns the blocks of a language.
pub fn blocks(text: &str, language: &str) -> Vec<String> {
    let opening = format!("```{language}");
    let mut lines = text.lines().map(str::trim_start);
    let mut blocks = Vec::new();
    while lines.any(|line| line == opening) {
        blocks.push(lines.by_ref().take_while(|line| *line != "```").collect::<Vec<_>>().join("\n"));
    }
    blocks
}

fn steps(document: &str) -> Vec<Step> {
    let text = read(document);
    let mut lines = text.lines();
    let mut steps = Vec::new();
    let mut file = None;
    while let Some(line) = lines.next() {
        if let Some(comment) = line.strip_prefix("<!-- ").and_then(|line| line.strip_suffix("-->")) {
            if let Some(name) = comment.strip_prefix("file: ") {
                file = Some(name.trim().to_owned());
            } else if let Some((name, edit)) =
                comment.strip_prefix("edit: ").and_then(|edit| edit.split_once(": "))
            {
                let (old, new) = edit.split_once(" =>").unwrap();
                steps.push(Step::Edit {
                    name: name.into(),
                    old: old.trim().into(),
                    new: new.trim().replace("\\n", "\n"),
                });
            }
        } else if let Some(language) = line.strip_prefix("```") {
            let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            if let Some(name) = file.take() {
                steps.push(Step::File { name, text: block.join("\n") + "\n" });
            } else if language == "console" {
                steps.extend(runs(&block));
            }
        }
    }
    steps
}

fn runs(block: &[&str]) -> Vec<Step> {
    let mut steps = Vec::new();
    for line in block {
        match (line.strip_prefix("$ "), steps.last_mut()) {
            (Some(command), _) => steps.push(Step::Run { command: command.into(), output: String::new() }),
            (None, Some(Step::Run { output, .. })) => output.extend([line, "\n"]),
            (None, _) => panic!("a block begins with its output: {line}"),
        }
    }
    steps
}

/// Compares output with what is written, where `...` stands for anything.
fn fits(found: &str, written: &str) -> bool {
    let found: Vec<&str> = found.lines().collect();
    let written: Vec<&str> = written.lines().collect();
    lines_fit(&found, &written)
}

fn lines_fit(found: &[&str], written: &[&str]) -> bool {
    match written {
        [] => found.is_empty(),
        ["...", rest @ ..] => (0..=found.len()).any(|skipped| lines_fit(&found[skipped..], rest)),
        [line, rest @ ..] => {
            found.first().is_some_and(|first| line_fits(first, line)) && lines_fit(&found[1..], rest)
        }
    }
}

fn line_fits(found: &str, written: &str) -> bool {
    let mut parts = written.split("...");
    let Some(mut left) = parts.next().and_then(|first| found.strip_prefix(first)) else { return false };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return left.is_empty();
    }
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return left.ends_with(part);
        }
        match left.split_once(part) {
            Some((_, rest)) => left = rest,
            None => return false,
        }
    }
    false
}

/// Output that depends on who runs the tests: the README speaks of it in words.
fn without_account(said: &str) -> String {
    let lines = said.lines().filter(|line| {
        !line.starts_with("warning: only user ") && !line.starts_with("  help: if the web server runs as")
    });
    let text: String = lines.flat_map(|line| [line, "\n"]).collect();
    // The finding of `verify` that says the same is a frame of three lines and a blank one.
    let Some((before, after)) = text.split_once("warning[P012]") else { return text };
    let rest = after.split_once("\n\n").map_or("", |(_, rest)| rest);
    before.to_owned()
        + &rest.replace(" errors, 1 warning\n", " errors\n").replace(" error, 1 warning\n", " error\n")
}

fn edit(sandbox: Sandbox, name: &str, old: &str, new: &str) -> Sandbox {
    let text = std::fs::read_to_string(sandbox.path().join(name)).unwrap();
    let at = text.rfind(old).unwrap_or_else(|| panic!("`{old}` is not in {name}"));
    let edited = if new.is_empty() {
        let begin = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
        let end = text[at..].find('\n').map_or(text.len(), |newline| at + newline + 1);
        text[..begin].to_owned() + &text[end..]
    } else {
        text[..at].to_owned() + new + &text[at + old.len()..]
    };
    sandbox.file(name, edited)
}

fn run(sandbox: Sandbox, command: &str, output: &str) -> Sandbox {
    let (said, sandbox) = if let Some(path) = command.strip_prefix("cat ") {
        (std::fs::read_to_string(sandbox.path().join(path)).unwrap(), sandbox)
    } else {
        let words = words(command).unwrap_or_else(|| panic!("a test cannot run `{command}`"));
        let ran = sandbox.args(words).run();
        (ran.stdout_text() + &without_account(&ran.stderr_text()), ran.again())
    };
    assert!(fits(&said, output), "`{command}` says:\n{said}\nand not:\n{output}");
    sandbox
}

#[test]
fn dots_stand_for_anything() {
    assert!(fits("a\nb\nc\n", "a\n...\nc\n") && fits("a\nc\n", "a\n...\nc\n"));
    assert!(fits("abcde\n", "ab...e\n") && !fits("abcde\n", "ab...f\n") && !fits("abc\n", "ab\n"));
    assert!(!fits("a\nb\n", "a\n") && !fits("a\n", "a\nb\n"));
}
