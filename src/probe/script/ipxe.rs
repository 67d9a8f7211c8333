//! iPXE (ipxe.org/cmd, ipxe.org/scripting): lines of commands joined by `||`, `&&` and `;`, words
//! without quotes, variables filled in before anything else.

use std::collections::BTreeMap;

use super::{Boot, LoaderAction, LoaderMachine, MAX_STEPS, MAX_TEXT, ScriptError, Variables};

/// Options that take a value, of the commands that fetch.
const VALUED: [&str; 4] = ["--name", "-n", "--timeout", "-t"];

/// What matchbox prints for a profile with an empty `boot`, as the Terraform provider writes it where nothing is
/// to be booted: iPXE ends with an error, and firmware goes on to the disk.
const EMPTY: [&str; 3] = ["#!ipxe", "kernel", "boot"];

/// Reads a script that was fetched from `uri`.
pub fn read(text: &str, machine: &LoaderMachine, uri: &str) -> Result<LoaderAction, ScriptError> {
    let lines = lines(text);
    if lines.first().map(String::as_str) != Some("#!ipxe") {
        return Err(ScriptError::Magic);
    }
    if lines == EMPTY {
        return Ok(LoaderAction::Local);
    }
    let labels = lines.iter().enumerate().filter_map(|(at, line)| Some((line.strip_prefix(':')?.trim(), at)));
    let labels: BTreeMap<&str, usize> = labels.map(|(name, at)| (first_word(name), at)).collect();
    let mut run = IpxeRun { settings: settings(machine, uri), boot: Boot::default(), selected: false };
    let (mut at, mut steps) = (0, 0);
    while let Some(line) = lines.get(at) {
        steps += 1;
        if steps > MAX_STEPS {
            return Err(ScriptError::Endless);
        }
        at += 1;
        match run.line(line)? {
            Then::On => {}
            Then::To(label) => at = *labels.get(label.as_str()).ok_or(ScriptError::Label)?,
            Then::End(outcome) => return Ok(outcome),
        }
    }
    Err(if run.selected { ScriptError::Unbooted } else { ScriptError::Kernel })
}

/// The lines, with those that end in a backslash joined to the next.
fn lines(text: &str) -> Vec<String> {
    let (mut lines, mut open) = (Vec::new(), String::new());
    for line in text.lines() {
        match line.trim_end().strip_suffix('\\') {
            Some(start) if open.len() < MAX_TEXT => open += start,
            _ => lines.push(std::mem::take(&mut open) + line.trim_end()),
        }
    }
    lines.extend(Some(open).filter(|open| !open.is_empty()));
    lines
}

fn first_word(text: &str) -> &str {
    text.split_whitespace().next().unwrap_or_default()
}

/// What iPXE knows by itself, by the names that scripts use.
fn settings(machine: &LoaderMachine, uri: &str) -> Variables {
    let mut settings = Variables::default();
    for name in ["mac", "net0/mac", "netX/mac", "net0.dhcp/mac"] {
        settings.set(name, &machine.mac_text());
    }
    for name in ["next-server", "net0/next-server", "netX/next-server"] {
        settings.set(name, &machine.server);
    }
    let folder = uri.rsplit_once('/').map_or("", |(folder, _)| folder);
    settings.set("cwuri", uri);
    settings.set("cwduri", &format!("{folder}/"));
    settings
}

/// What comes after a line.
enum Then {
    On,
    To(String),
    End(LoaderAction),
}

/// What a command did.
enum Did {
    Well,
    Failed,
    Ended(Then),
}

struct IpxeRun {
    settings: Variables,
    boot: Boot,
    selected: bool,
}

impl IpxeRun {
    fn line(&mut self, line: &str) -> Result<Then, ScriptError> {
        let line = line.trim_start();
        if line.starts_with([':', '#']) {
            return Ok(Then::On);
        }
        let expanded = self.expanded(line);
        let words: Vec<&str> =
            expanded.split_whitespace().take_while(|word| !word.starts_with('#')).collect();
        let (mut is_well, mut operator) = (true, ";");
        for command in words.split_inclusive(|word| is_operator(word)) {
            let (own, next) = match command.split_last() {
                Some((last, own)) if is_operator(last) => (own, *last),
                _ => (command, ";"),
            };
            let runs = matches!((operator, is_well), (";", _) | ("&&", true) | ("||", false));
            operator = next;
            if !runs {
                continue;
            }
            match self.command(own)? {
                Did::Well => is_well = true,
                Did::Failed => is_well = false,
                Did::Ended(then) => return Ok(then),
            }
        }
        Ok(Then::On)
    }

    /// Fills in variables from the innermost outwards, as often as a real script needs.
    fn expanded(&self, line: &str) -> String {
        let mut text = line.to_owned();
        for _ in 0..200 {
            let Some(start) = text.rfind("${") else { break };
            let Some(length) = text[start..].find('}') else { break };
            let value = self.value(&text[start + 2..start + length]);
            text.replace_range(start..=start + length, &value);
            if text.len() > MAX_TEXT {
                return String::new();
            }
        }
        text
    }

    /// `name` or `name:type`.
    fn value(&self, setting: &str) -> String {
        let (name, kind) = setting.split_once(':').unwrap_or((setting, "string"));
        let value = self.settings.get(name);
        match kind {
            "hexhyp" => value.replace(':', "-"),
            "hexraw" => value.replace(':', ""),
            _ => value.to_owned(),
        }
    }

    fn command(&mut self, words: &[&str]) -> Result<Did, ScriptError> {
        let Some((name, rest)) = words.split_first() else { return Ok(Did::Well) };
        let did = match *name {
            "kernel" | "imgselect" | "imgload" | "imgargs" => self.kernel(name, rest),
            "initrd" | "module" | "imgfetch" => {
                self.boot.initrds.extend(operands(rest).first().map(|&uri| uri.to_owned()));
                Did::Well
            }
            "chain" => match operands(rest).first() {
                Some(uri) => ended(LoaderAction::Chain((*uri).to_owned())),
                None => self.booted()?,
            },
            "boot" | "imgexec" => self.booted()?,
            "exit" | "sanboot" | "reboot" | "poweroff" | "shell" => ended(LoaderAction::Local),
            "imgfree" => {
                (self.boot, self.selected) = (Boot::default(), false);
                Did::Well
            }
            "set" => {
                let (name, value) =
                    rest.split_first().map_or(("", String::new()), |(n, v)| (*n, v.join(" ")));
                self.settings.set(name.split(':').next().unwrap_or(name), &value);
                Did::Well
            }
            "clear" => {
                self.settings.set(rest.first().unwrap_or(&""), "");
                Did::Well
            }
            "goto" => Did::Ended(Then::To((*rest.first().unwrap_or(&"")).to_owned())),
            "iseq" => judged(rest.len() == 2 && rest[0] == rest[1]),
            "isset" => judged(!rest.is_empty()),
            _ => Did::Well,
        };
        Ok(did)
    }

    fn kernel(&mut self, command: &str, words: &[&str]) -> Did {
        let words = operands(words);
        if let Some((uri, args)) = words.split_first() {
            self.selected = true;
            if command == "kernel" || self.boot.kernel.is_empty() {
                (*uri).clone_into(&mut self.boot.kernel);
            }
            self.boot.args = args.iter().map(|&arg| arg.to_owned()).collect();
        }
        Did::Well
    }

    fn booted(&mut self) -> Result<Did, ScriptError> {
        let mut boot = std::mem::take(&mut self.boot);
        boot.args.retain(|arg| !arg.starts_with("initrd="));
        boot.checked().map(|boot| ended(LoaderAction::Boot(boot)))
    }
}

fn is_operator(word: &str) -> bool {
    matches!(word, "||" | "&&" | ";")
}

fn ended(outcome: LoaderAction) -> Did {
    Did::Ended(Then::End(outcome))
}

fn judged(is_true: bool) -> Did {
    if is_true { Did::Well } else { Did::Failed }
}

/// Returns the words after the options of a command that fetches.
fn operands<'a, 'b>(mut words: &'a [&'b str]) -> &'a [&'b str] {
    while let Some((first, rest)) = words.split_first().filter(|(first, _)| first.starts_with('-')) {
        words = if VALUED.contains(first) { rest.get(1..).unwrap_or_default() } else { rest };
    }
    words
}

#[cfg(test)]
mod tests {
    use super::super::tests::machine;
    use super::*;

    fn outcome(text: &str) -> Result<LoaderAction, ScriptError> {
        read(&format!("#!ipxe\n{text}"), &machine(), "http://h:8080/ipxe/x.ipxe")
    }

    fn kernel(text: &str) -> String {
        match outcome(&format!("{text}\ninitrd i\nboot\n")) {
            Ok(LoaderAction::Boot(boot)) => format!("{} {}", boot.kernel, boot.args.join(" ")),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn variables_are_filled_in_for_the_machine() {
        assert_eq!(
            kernel("kernel k ${mac:hexhyp} ${net0/mac} ${mac:hexraw}"),
            "k 52-54-00-60-72-67 52:54:00:60:72:67 525400607267"
        );
        assert_eq!(kernel("set base-url http://b\nkernel ${base-url}/k"), "http://b/k ");
        assert_eq!(kernel("set a mac\nkernel ${${a}}${unknown}"), "52:54:00:60:72:67 ");
        assert_eq!(
            kernel("kernel ${cwduri}k tftp://${next-server}/x"),
            "http://h:8080/ipxe/k tftp://10.0.0.2/x"
        );
        assert_eq!(kernel("kernel ${open k"), "${open k");
    }

    #[test]
    fn conditions_and_jumps_are_followed() {
        assert_eq!(kernel("iseq a b && kernel x || kernel k"), "k ");
        assert_eq!(kernel("isset ${mac} || goto away\nkernel k a=1 # said\n:away"), "k a=1");
        assert_eq!(kernel("goto there\nkernel x\n:there\nkernel k \\\n a=1"), "k a=1");
        assert_eq!(outcome("goto nowhere"), Err(ScriptError::Label));
        assert_eq!(outcome(":a\ngoto a"), Err(ScriptError::Endless));
        assert_eq!(
            outcome("iseq ${platform} efi && exit || sanboot --drive 0x80 || exit"),
            Ok(LoaderAction::Local)
        );
    }

    #[test]
    fn chains_lead_on() {
        let chain = "chain ipxe?uuid=${uuid}&mac=${mac:hexhyp}&domain=${domain}";
        assert_eq!(
            outcome(chain),
            Ok(LoaderAction::Chain("ipxe?uuid=&mac=52-54-00-60-72-67&domain=".into()))
        );
        assert_eq!(outcome("chain --autofree -t 5 next"), Ok(LoaderAction::Chain("next".into())));
    }

    #[test]
    fn what_boots_nothing_says_why() {
        assert_eq!(read("kernel k\n", &machine(), ""), Err(ScriptError::Magic));
        assert_eq!(read("", &machine(), ""), Err(ScriptError::Magic));
        assert_eq!(outcome("kernel k\ninitrd i"), Err(ScriptError::Unbooted));
        assert_eq!(outcome("kernel\ninitrd i\nboot"), Err(ScriptError::Kernel));
        // matchbox prints it for a profile with an empty `boot`.
        assert_eq!(outcome("kernel \nboot\n"), Ok(LoaderAction::Local));
        assert_eq!(outcome("kernel k\nboot"), Err(ScriptError::Initrd));
        assert_eq!(outcome("echo x"), Err(ScriptError::Kernel));
    }

    #[test]
    fn a_value_that_doubles_ends() {
        let text = "set a aaaaaaaaaaaaaaaa\n".to_owned() + &"set a ${a}${a}\n".repeat(64);
        assert!(kernel(&(text + "kernel k${a}")).len() <= MAX_TEXT);
    }
}
