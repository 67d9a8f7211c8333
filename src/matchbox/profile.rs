//! A profile's file as matchbox reads it (matchbox v0.11.0 `storage/storagepb`): names in any letter case,
//! unknown members ignored.

use serde_json::{Map, Value};

use super::NetBoot;

/// What a server needs of a profile.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Read {
    /// The file in `ignition/`.
    pub ignition: Option<String>,
    /// The file in `generic/`.
    pub generic: Option<String>,
    /// Kernel, initrds and arguments; absent where the machine is to boot something else.
    pub boot: Option<NetBoot>,
}

/// Reads a profile; nothing where matchbox takes no notice of the file: no JSON object, a member of
/// another type, or no `id`.
pub fn parse(bytes: &[u8]) -> Option<Read> {
    let members: Map<String, Value> = serde_json::from_slice(bytes).ok()?;
    let id = text(find(&members, "id"))?;
    let named = |name: &str| Some(text(find(&members, name))?).map(|it| Some(it).filter(|it| !it.is_empty()));
    let (ignition, generic) = (named("ignition_id")?, named("generic_id")?);
    let boot = match find(&members, "boot") {
        None | Some(Value::Null) => None,
        Some(value) => Some(boot(value.as_object()?)?),
    };
    (!id.is_empty()).then_some(Read { ignition, generic, boot })
}

fn boot(members: &Map<String, Value>) -> Option<NetBoot> {
    Some(NetBoot {
        kernel: text(find(members, "kernel"))?,
        initrd: texts(find(members, "initrd"))?,
        args: texts(find(members, "args"))?,
    })
}

/// Finds a member by its name in any letter case; of several the last one counts, as in Go.
fn find<'a>(members: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    members.iter().filter(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value).next_back()
}

fn text(value: Option<&Value>) -> Option<String> {
    match value {
        None | Some(Value::Null) => Some(String::new()),
        Some(Value::String(text)) => Some(text.clone()),
        Some(_) => None,
    }
}

fn texts(value: Option<&Value>) -> Option<Vec<String>> {
    match value {
        None | Some(Value::Null) => Some(Vec::new()),
        Some(Value::Array(list)) => list.iter().map(|one| text(Some(one))).collect(),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn profiles_are_read_as_matchbox_reads_them() {
        let full =
            br#"{"ID":"a","Ignition_id":"w.ign","boot":{"kernel":"k","initrd":["i"],"args":["x",null]}}"#;
        let read = parse(full).unwrap();
        assert_eq!(read.ignition.as_deref(), Some("w.ign"));
        let boot = read.boot.unwrap();
        assert_eq!((boot.kernel.as_str(), boot.args), ("k", vec!["x".to_owned(), String::new()]));
        assert_eq!(parse(br#"{"id":"a","boot":{}}"#).unwrap().boot, Some(NetBoot::default()));
        assert_eq!(parse(br#"{"id":"a"}"#).unwrap(), Read::default());
        for bad in
            ["", "[]", "{}", r#"{"id":1}"#, r#"{"id":"a","boot":[]}"#, r#"{"id":"a","boot":{"args":"x"}}"#]
        {
            assert_eq!(parse(bad.as_bytes()), None, "{bad}");
        }
    }
}
