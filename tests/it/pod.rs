//! What kubelet would do with the objects that kustomize makes: mount a volume, and name a container's words.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize as _;
use serde_json::Value;

/// The objects of a kustomization.
pub(crate) struct Objects(pub(crate) Vec<Value>);

impl Objects {
    /// Runs `kubectl kustomize`.
    #[track_caller]
    pub(crate) fn of(kubectl: &Path, folder: &Path) -> Self {
        let built = Command::new(kubectl).arg("kustomize").arg(folder).env_clear().output().unwrap();
        assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
        let text = String::from_utf8(built.stdout).unwrap();
        let documents = serde_yaml::Deserializer::from_str(&text);
        Self(documents.map(|it| Value::deserialize(it).unwrap()).collect())
    }

    pub(crate) fn all(&self, kind: &str) -> Vec<&Value> {
        self.0.iter().filter(|object| object["kind"] == kind).collect()
    }

    #[track_caller]
    pub(crate) fn one(&self, kind: &str) -> &Value {
        let all = self.all(kind);
        assert_eq!(all.len(), 1, "{kind}");
        all[0]
    }

    pub(crate) fn pod(&self) -> &Value {
        &self.one("Deployment")["spec"]["template"]["spec"]
    }

    fn named(&self, kind: &str, name: &Value) -> &Value {
        let is_it = |object: &&&Value| object["metadata"]["name"] == *name;
        self.all(kind).iter().find(is_it).unwrap_or_else(|| panic!("no {kind} {name}"))
    }

    /// Mounts the projected volume `boot`: files are links through `..data`, which changes all of them at once.
    pub(crate) fn mount(&self, into: &Path) {
        let data = into.join("..2026_11_28_00_00_00.1");
        fs::create_dir_all(&data).unwrap();
        symlink(data.file_name().unwrap(), into.join("..data")).unwrap();
        let volume = &self.pod()["volumes"][0];
        assert_eq!(volume["name"], "boot");
        for source in volume["projected"]["sources"].as_array().unwrap() {
            for (name, bytes) in self.items(source) {
                fs::write(data.join(&name), bytes).unwrap();
                symlink(format!("..data/{name}"), into.join(&name)).unwrap();
            }
        }
    }

    fn items(&self, source: &Value) -> Vec<(String, Vec<u8>)> {
        let (object, is_secret) = match source.get("secret") {
            Some(secret) => (self.named("Secret", &secret["name"]), true),
            None => (self.named("ConfigMap", &source["configMap"]["name"]), false),
        };
        let item = |(name, text): (&String, &Value)| {
            let text = text.as_str().unwrap();
            let bytes =
                if is_secret { BASE64_STANDARD.decode(text.replace('\n', "")).unwrap() } else { text.into() };
            (name.clone(), bytes)
        };
        assert!(object.get("binaryData").is_none(), "all of it is text");
        object["data"].as_object().unwrap().iter().map(item).collect()
    }

    /// The words of a container with what stands for them here.
    pub(crate) fn args(&self, containers: &str, here: &[(&str, &str)]) -> Vec<String> {
        let words = self.pod()[containers][0]["args"].as_array().unwrap();
        let word = |word: &Value| {
            let text = word.as_str().unwrap().to_owned();
            here.iter().fold(text, |text, (there, here)| text.replace(there, here))
        };
        words.iter().map(word).collect()
    }
}
