//! GRUB 2 (GRUB manual, "Shell-like scripting"): commands on load, then the entry that `default`
//! names, or the first.

use super::{Boot, LoaderAction, LoaderMachine, MAX_STEPS, MAX_TEXT, ScriptError, Variables};

/// One command with its words.
type GrubCommand = Vec<String>;

#[derive(Debug)]
struct GrubEntry {
    title: String,
    id: Option<String>,
    commands: Vec<GrubCommand>,
}

/// Reads a config. Conditions are taken as true.
pub fn read(text: &str, machine: &LoaderMachine) -> Result<LoaderAction, ScriptError> {
    let mut shell = Shell { variables: variables(machine), boot: Boot::default(), is_loaded: false };
    let (mut entries, mut skipping) = (Vec::<GrubEntry>::new(), Skip::default());
    let (mut open, mut depth) = (None::<GrubEntry>, 0_usize);
    for command in commands(text)? {
        if skipping.skips(&command) {
            continue;
        }
        match (command[0].as_str(), open.as_mut()) {
            ("menuentry" | "submenu", None) => open = Some(entry(&command)),
            ("}", Some(_)) if depth == 0 => entries.extend(open.take()),
            (word, Some(entry)) => {
                depth = if word == "}" { depth - 1 } else { depth + usize::from(opens(&command)) };
                entry.commands.push(command);
            }
            (_, None) => {
                if let Some(outcome) = shell.run(&command) {
                    return Ok(outcome);
                }
            }
        }
    }
    entries.extend(open);
    shell.finish(&entries)
}

/// What GRUB's network core sets.
fn variables(machine: &LoaderMachine) -> Variables {
    let mut variables = Variables::default();
    variables.set("root", &format!("tftp,{}", machine.server));
    variables.set("net_default_mac", &machine.mac_text());
    variables.set("net_default_server", &machine.server);
    variables.set("default", "0");
    variables
}

/// The branches of `if` that are not taken.
#[derive(Debug, Default)]
struct Skip(Vec<bool>);

impl Skip {
    /// Follows `if`, `else` and `fi`; says whether a command is one of them or lies in a branch that
    /// is not taken.
    fn skips(&mut self, command: &[String]) -> bool {
        match command[0].as_str() {
            "if" if self.0.len() < MAX_STEPS => self.0.push(false),
            "elif" | "else" => {
                if let Some(last) = self.0.last_mut() {
                    *last = true;
                }
                // A command may stand on the line of its `else`, which is not taken either.
            }
            "fi" => drop(self.0.pop()),
            "then" if command.len() == 1 => {}
            _ => return self.0.contains(&true),
        }
        true
    }
}

fn opens(command: &[String]) -> bool {
    command.last().is_some_and(|word| word == "{")
}

fn entry(command: &[String]) -> GrubEntry {
    let id = command.iter().position(|word| word == "--id").and_then(|at| command.get(at + 1));
    let id = id.or_else(|| command.iter().find(|word| word.starts_with("--id=")));
    GrubEntry {
        title: command.get(1).cloned().unwrap_or_default(),
        id: id.map(|id| id.trim_start_matches("--id=").to_owned()),
        commands: Vec::new(),
    }
}

struct Shell {
    variables: Variables,
    boot: Boot,
    is_loaded: bool,
}

impl Shell {
    fn run(&mut self, command: &[String]) -> Option<LoaderAction> {
        let words: Vec<String> = command.iter().map(|word| self.expanded(word)).collect();
        let operands = || words[1..].iter().filter(|word| !word.starts_with("--"));
        match words[0].as_str() {
            "set" | "export" => self.assign(words.get(1)?),
            name if name.contains('=') && words.len() == 1 => self.assign(name),
            "linux" | "linuxefi" | "linux16" | "kernel" => {
                let mut operands = words[1..].iter();
                self.boot.kernel = self.located(operands.next().map_or("", String::as_str));
                self.boot.args = operands.cloned().collect();
                self.is_loaded = true;
            }
            "initrd" | "initrdefi" | "initrd16" => {
                self.boot.initrds = operands().map(|path| self.located(path)).collect();
            }
            "configfile" | "source" | "." => {
                return operands().next().map(|path| LoaderAction::Chain(path.clone()));
            }
            "exit" | "chainloader" | "fwsetup" | "normal_exit" => return Some(LoaderAction::Local),
            _ => {}
        }
        None
    }

    fn assign(&mut self, text: &str) {
        if let Some((name, value)) = text.split_once('=') {
            self.variables.set(name, value);
        }
    }

    /// A path without a device is on `$root`.
    fn located(&self, path: &str) -> String {
        let root = self.variables.get("root");
        let is_whole = path.is_empty() || path.starts_with('(') || root.starts_with("tftp");
        if is_whole { path.to_owned() } else { format!("({}){path}", root.trim_matches(['(', ')'])) }
    }

    fn finish(mut self, entries: &[GrubEntry]) -> Result<LoaderAction, ScriptError> {
        if let Some(entry) = self.chosen(entries)? {
            for command in entry.commands.iter().take(MAX_STEPS) {
                if let Some(outcome) = self.run(command) {
                    return Ok(outcome);
                }
            }
        }
        self.boot.checked().map(LoaderAction::Boot)
    }

    /// Entries are named by place, by title or by id.
    fn chosen<'e>(&self, entries: &'e [GrubEntry]) -> Result<Option<&'e GrubEntry>, ScriptError> {
        let Some(first) = entries.first() else { return Ok(None) };
        let default = self.variables.get("default");
        let named = |entry: &&GrubEntry| entry.title == default || entry.id.as_deref() == Some(default);
        if let Some(entry) = entries.iter().find(named) {
            return Ok(Some(entry));
        }
        match default.parse::<usize>() {
            Ok(at) => entries.get(at).map(Some).ok_or(ScriptError::Default),
            // `saved` and the like: GRUB falls back on the first.
            Err(_) => Ok(Some(first)),
        }
    }

    /// Fills in `$name` and `${name}`, which the reader of words has marked.
    fn expanded(&self, word: &str) -> String {
        let mut text = String::new();
        let mut rest = word;
        while let Some((before, after)) = rest.split_once(MARK) {
            let (name, after) = after.split_once(MARK).unwrap_or((after, ""));
            text = text + before + self.variables.get(name);
            rest = after;
            if text.len() > MAX_TEXT {
                return String::new();
            }
        }
        text + rest
    }
}

/// Stands around the name of a variable; no text that is read holds it.
const MARK: char = '\0';

/// The commands of a text: lines, and what `;`, `{` and `}` part.
fn commands(text: &str) -> Result<Vec<GrubCommand>, ScriptError> {
    let mut reader = GrubReader { commands: Vec::new(), command: Vec::new(), word: None };
    let mut chars = text.chars().filter(|c| *c != MARK).peekable();
    let mut quote = None;
    while let Some(c) = chars.next() {
        match (quote, c) {
            (Some(open), _) if c == open => quote = None,
            (Some('\''), _) => reader.push(c),
            (_, '$') => reader.variable(&mut chars),
            (_, '\\') => reader.escaped(chars.next()),
            (None, '\'' | '"') => {
                quote = Some(c);
                reader.word.get_or_insert_default();
            }
            (None, '\n' | ';') => reader.end_command(),
            (None, '#') if reader.word.is_none() => while chars.next_if(|c| *c != '\n').is_some() {},
            (None, '{') if reader.word.is_none() => {
                reader.push(c);
                reader.end_command();
            }
            (None, '}') if reader.word.is_none() => {
                reader.end_command();
                reader.push(c);
                reader.end_command();
            }
            (None, _) if c.is_whitespace() => reader.end_word(),
            _ => reader.push(c),
        }
    }
    reader.end_command();
    if quote.is_some() { Err(ScriptError::Quote) } else { Ok(reader.commands) }
}

struct GrubReader {
    commands: Vec<GrubCommand>,
    command: GrubCommand,
    word: Option<String>,
}

impl GrubReader {
    fn push(&mut self, c: char) {
        self.word.get_or_insert_default().push(c);
    }

    /// A backslash before the end of a line joins it to the next.
    fn escaped(&mut self, c: Option<char>) {
        match c {
            None | Some('\n') => {}
            Some(c) => self.push(c),
        }
    }

    fn variable(&mut self, chars: &mut std::iter::Peekable<impl Iterator<Item = char>>) {
        let mut name = String::new();
        if chars.next_if_eq(&'{').is_some() {
            while let Some(c) = chars.next_if(|c| *c != '}' && *c != '\n') {
                name.push(c);
            }
            let _ = chars.next_if_eq(&'}');
        } else {
            while let Some(c) = chars.next_if(|c| c.is_ascii_alphanumeric() || *c == '_') {
                name.push(c);
            }
        }
        let text = if name.is_empty() { "$".to_owned() } else { format!("{MARK}{name}{MARK}") };
        self.word.get_or_insert_default().push_str(&text);
    }

    fn end_word(&mut self) {
        self.command.extend(self.word.take());
    }

    fn end_command(&mut self) {
        self.end_word();
        if !self.command.is_empty() {
            self.commands.push(std::mem::take(&mut self.command));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::machine;
    use super::*;

    fn kernel(text: &str) -> String {
        match read(text, &machine()) {
            Ok(LoaderAction::Boot(boot)) => {
                format!("{} {} {}", boot.kernel, boot.initrds.join(" "), boot.args.join(" "))
            }
            Ok(other) => format!("{other:?}"),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn the_entry_that_nobody_chose() {
        let entry =
            |name: &str| format!("menuentry '{name} x' --id {name} {{ linux /{name}\n initrd /i }}\n");
        let both = entry("a") + &entry("b");
        assert_eq!(kernel(&both), "/a /i ");
        assert_eq!(kernel(&format!("set default=1\n{both}")), "/b /i ");
        assert_eq!(kernel(&format!("default=b\n{both}")), "/b /i ");
        assert_eq!(kernel(&format!("set default='b x'\n{both}")), "/b /i ");
        assert_eq!(kernel(&format!("set default=saved\n{both}")), "/a /i ");
        assert_eq!(kernel(&format!("set default=2\n{both}")), "its default is no entry of it");
    }

    #[test]
    fn words_and_variables() {
        assert_eq!(kernel("linux /k 'a=$b;c' \"x y\" d\\ e # said\ninitrd /i /j"), "/k /i /j a=$b;c x y d e");
        assert_eq!(
            kernel("set k=(http,h:80)/k\nlinux $k m=${net_default_mac}\ninitrd /i"),
            "(http,h:80)/k /i m=52:54:00:60:72:67"
        );
        assert_eq!(kernel("set root=(http,h:8080)\nlinux /k\ninitrd /i"), "(http,h:8080)/k (http,h:8080)/i ");
        assert_eq!(kernel("linux /k \\\n a=1\ninitrd /i"), "/k /i a=1");
        assert_eq!(kernel("linux 'k"), "a quote is not closed");
    }

    #[test]
    fn conditions_are_taken_as_true() {
        assert_eq!(kernel("if [ x = y ]; then\nlinux /k\nelse\nlinux /x\nfi\ninitrd /i"), "/k /i ");
        assert_eq!(kernel("menuentry a { if true; then\n linux /k; fi\n initrd /i }"), "/k /i ");
    }

    #[test]
    fn what_boots_no_kernel() {
        assert_eq!(read("exit\n", &machine()), Ok(LoaderAction::Local));
        assert_eq!(read("configfile /other.cfg", &machine()), Ok(LoaderAction::Chain("/other.cfg".into())));
        assert_eq!(kernel("menuentry x { linux k }"), "it names no initramfs");
        assert_eq!(kernel("}{}"), "it names no kernel");
    }
}
