//! The texts that matchbox makes of profile and group (matchbox v0.11.0 `matchbox/http`).

use serde_json::Value;

use super::NetBoot;
use super::select::{Labels, Selector};

/// What `/boot.ipxe` answers: it leads to `/ipxe` with what iPXE knows of its machine.
pub const CHAIN: &str = "#!ipxe\nchain ipxe?uuid=${uuid}&mac=${mac:hexhyp}&domain=${domain}&hostname=${hostname}&serial=${serial}&arch=${buildarch:uristring}\n";

/// What `/ipxe` answers, byte for byte: nothing is quoted, iPXE knows no quotes.
pub fn ipxe(boot: &NetBoot) -> String {
    let mut text = format!("#!ipxe\nkernel {}", boot.kernel);
    for arg in &boot.args {
        text = text + " " + arg;
    }
    for initrd in &boot.initrd {
        text = text + "\ninitrd " + initrd;
    }
    text + "\nboot\n"
}

/// What `/grub` answers. matchbox puts every word between double quotes or none; here each is quoted
/// as GRUB needs it, iPXE's options are left out, and a URL gets GRUB's form of one.
pub fn grub(boot: &NetBoot) -> String {
    let entry = |title: &str, kernel: &str, initrd: &str| {
        let args: String = boot.args.iter().map(|arg| format!(" {}", grub_word(arg))).collect();
        let initrds: String = boot.initrd.iter().map(|it| format!(" {}", grub_place(it))).collect();
        let first = grub_place(&boot.kernel);
        let last = if initrds.is_empty() { String::new() } else { format!("{initrd}{initrds}\n") };
        format!(
            "menuentry \"{title}\" {{\necho \"Loading kernel\"\n{kernel} {first}{args}\necho \"Loading initrd\"\n{last}}}\n"
        )
    };
    let (efi, bios) =
        (entry("CoreOS (EFI)", "linuxefi", "initrdefi"), entry("CoreOS (BIOS)", "linux", "initrd"));
    format!("default=0\nfallback=1\ntimeout=1\n{efi}{bios}")
}

/// `--name main http://host:8080/a` is `(http,host:8080)/a` for GRUB.
fn grub_place(text: &str) -> String {
    let url = text.split(' ').next_back().unwrap_or(text);
    match url.split_once("://").map(|(scheme, rest)| (scheme, rest.split_once('/').unwrap_or((rest, "")))) {
        Some((scheme @ ("http" | "tftp"), (host, path))) => grub_word(&format!("({scheme},{host})/{path}")),
        _ => grub_word(url),
    }
}

/// Quotes a word for GRUB, where `{ } | & $ ; < >` are special and `* ?` may be patterns. Single quotes
/// take everything literally but themselves (GRUB manual, "Quoting").
pub fn grub_word(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._:=,@%+-()[]".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// What `/metadata` answers: the group's metadata and selectors, and the request, as `KEY=value` sorted by
/// key. matchbox has them in another order each time.
pub fn metadata(metadata: &Value, selector: &Selector, labels: &Labels, query: &str) -> String {
    let mut lines = Vec::new();
    flatten("", metadata, &mut lines);
    lines.extend(selector.iter().map(|(key, value)| pair(key, value)));
    lines.extend(labels.iter().map(|(key, value)| pair(&format!("request_query_{key}"), value)));
    lines.push(pair("request_raw_query", query));
    lines.sort();
    lines.concat()
}

fn flatten(prefix: &str, value: &Value, lines: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                let name = if prefix.is_empty() { name.clone() } else { format!("{prefix}_{name}") };
                flatten(&name, value, lines);
            }
        }
        Value::String(text) => lines.push(pair(prefix, text)),
        Value::Bool(_) | Value::Number(_) => lines.push(pair(prefix, &value.to_string())),
        // matchbox prints neither lists nor nulls.
        Value::Array(_) | Value::Null => {}
    }
}

fn pair(key: &str, value: &str) -> String {
    format!("{}={value}\n", key.to_uppercase())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn grub_gets_words_that_it_reads_as_they_are_meant() {
        let boot = NetBoot {
            kernel: "http://h:8080/assets/k".to_owned(),
            initrd: vec!["--name main http://h:8080/assets/i".to_owned()],
            args: vec!["a=b&c".to_owned(), "x".to_owned(), "it's".to_owned()],
        };
        let text = grub(&boot);
        assert!(text.contains("linuxefi (http,h:8080)/assets/k 'a=b&c' x 'it'\\''s'\n"), "{text}");
        assert!(text.contains("initrdefi (http,h:8080)/assets/i\n"), "{text}");
        assert!(!grub(&NetBoot::default()).contains("initrdefi"));
    }

    #[test]
    fn metadata_is_sorted_and_flat() {
        let labels = Labels::from([("mac".to_owned(), "m".to_owned())]);
        let value = json!({"n": 3, "nest": {"in": {"deep": "x"}}, "arr": [1], "nul": null, "b": true});
        assert_eq!(
            metadata(&value, &labels.into(), &Labels::new(), "mac=m"),
            "B=true\nMAC=m\nN=3\nNEST_IN_DEEP=x\nREQUEST_RAW_QUERY=mac=m\n"
        );
    }
}
