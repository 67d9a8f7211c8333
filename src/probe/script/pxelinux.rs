//! PXELINUX and lpxelinux (SYSLINUX documentation, `doc/syslinux.txt`).

use super::{Boot, LoaderAction, ScriptError};

/// One `LABEL`, or what stands before the first.
#[derive(Clone, Debug, Default)]
struct PxelinuxEntry<'a> {
    name: &'a str,
    kernel: Option<&'a str>,
    config: Option<&'a str>,
    append: Option<&'a str>,
    initrd: Option<&'a str>,
    is_local: bool,
}

#[derive(Debug, Default)]
struct Menu<'a> {
    default: Option<&'a str>,
    on_timeout: Option<&'a str>,
    marked: Option<usize>,
    /// What holds for every entry.
    global: PxelinuxEntry<'a>,
    entries: Vec<PxelinuxEntry<'a>>,
}

/// Reads a config: the entry that is booted when nobody presses a key.
pub fn read(text: &str) -> Result<LoaderAction, ScriptError> {
    let mut menu = Menu::default();
    for line in text.lines().map(str::trim).filter(|line| !line.starts_with('#')) {
        menu.line(line);
    }
    menu.outcome()
}

impl<'a> Menu<'a> {
    fn line(&mut self, line: &'a str) {
        let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        let rest = rest.trim();
        let at = self.entries.len().checked_sub(1);
        let entry = self.entries.last_mut().unwrap_or(&mut self.global);
        match word.to_ascii_uppercase().as_str() {
            "DEFAULT" => self.default = Some(rest),
            "ONTIMEOUT" => self.on_timeout = Some(rest),
            "LABEL" => self.entries.push(PxelinuxEntry { name: rest, ..PxelinuxEntry::default() }),
            "MENU" if rest.eq_ignore_ascii_case("default") => self.marked = at,
            "KERNEL" | "LINUX" | "BOOT" | "COM32" | "PXE" => entry.kernel = Some(rest),
            "CONFIG" => entry.config = Some(rest),
            "INITRD" => entry.initrd = Some(rest),
            "APPEND" => entry.append = Some(rest),
            "LOCALBOOT" => entry.is_local = true,
            _ => {}
        }
    }

    /// Without a timeout of its own a menu starts its default; without a default the first entry.
    fn outcome(&self) -> Result<LoaderAction, ScriptError> {
        let marked = self.marked.and_then(|at| self.entries.get(at));
        let named = self.on_timeout.or(self.default);
        match (named, marked) {
            (_, Some(entry)) if self.on_timeout.is_none() => self.boot(entry, ""),
            (Some(command), _) => self.command(command),
            (None, _) => self.boot(self.entries.first().unwrap_or(&self.global), ""),
        }
    }

    /// A default is what a person could type: a label or a kernel, and arguments.
    fn command(&self, command: &'a str) -> Result<LoaderAction, ScriptError> {
        let (name, args) = command.split_once(char::is_whitespace).unwrap_or((command, ""));
        match self.entries.iter().rev().find(|entry| entry.name == name || entry.name == command) {
            Some(entry) => self.boot(entry, if entry.name == name { args } else { "" }),
            None if self.entries.is_empty() => {
                self.boot(&PxelinuxEntry { kernel: Some(name), ..self.global.clone() }, args)
            }
            None => Err(ScriptError::Default),
        }
    }

    fn boot(&self, entry: &PxelinuxEntry, typed: &str) -> Result<LoaderAction, ScriptError> {
        if entry.is_local {
            return Ok(LoaderAction::Local);
        }
        if let Some(config) = entry.config {
            return Ok(LoaderAction::Chain(config.to_owned()));
        }
        let append = entry.append.or(self.global.append).filter(|append| *append != "-").unwrap_or("");
        let (mut initrds, mut args) = (Vec::new(), Vec::new());
        for word in append.split_whitespace().chain(typed.split_whitespace()) {
            match word.strip_prefix("initrd=") {
                Some(names) => initrds = split(names),
                None => args.push(word.to_owned()),
            }
        }
        if let Some(names) = entry.initrd.or(self.global.initrd) {
            initrds = split(names);
        }
        let kernel = entry.kernel.unwrap_or_default().to_owned();
        Boot { kernel, initrds, args }.checked().map(LoaderAction::Boot)
    }
}

fn split(names: &str) -> Vec<String> {
    names.split(',').map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kernel(text: &str) -> Result<String, ScriptError> {
        read(text).map(|outcome| match outcome {
            LoaderAction::Boot(boot) => {
                format!("{} {} {}", boot.kernel, boot.initrds.join(","), boot.args.join(" "))
            }
            other => format!("{other:?}"),
        })
    }

    #[test]
    fn the_entry_that_nobody_chose() {
        let entry = |name: &str| format!("label {name}\n kernel {name}-k\n initrd {name}-i\n");
        let both = entry("a") + &entry("b");
        let said = |text: &str| Ok(text.to_owned());
        assert_eq!(kernel(&both), said("a-k a-i "));
        assert_eq!(kernel(&format!("default b\n{both}")), said("b-k b-i "));
        assert_eq!(kernel(&format!("DEFAULT a quiet\nONTIMEOUT b\n{both}")), said("b-k b-i "));
        assert_eq!(kernel(&format!("default a x=1\n{both}")), said("a-k a-i x=1"));
        assert_eq!(kernel(&format!("{both} menu default\n")), said("b-k b-i "));
        assert_eq!(kernel(&format!("default c\n{both}")), Err(ScriptError::Default));
        assert_eq!(kernel("DEFAULT vmlinuz initrd=i,j a"), said("vmlinuz i,j a"));
    }

    #[test]
    fn appended_words() {
        let said = |text: &str| Ok(text.to_owned());
        assert_eq!(kernel("append initrd=g x\nlabel a\n linux k\n"), said("k g x"));
        assert_eq!(kernel("append initrd=g x\nlabel a\n linux k\n append initrd=h\n"), said("k h "));
        assert_eq!(kernel("append initrd=g\nlabel a\n linux k\n append -\n"), Err(ScriptError::Initrd));
        assert_eq!(kernel("label a\n append initrd=i"), Err(ScriptError::Kernel));
        assert_eq!(kernel("<html>"), Err(ScriptError::Kernel));
    }

    #[test]
    fn what_boots_no_kernel() {
        assert_eq!(read("DEFAULT l\nLABEL l\n LOCALBOOT -1\n"), Ok(LoaderAction::Local));
        assert_eq!(read("LABEL l\n CONFIG x.cfg\n"), Ok(LoaderAction::Chain("x.cfg".into())));
    }
}
