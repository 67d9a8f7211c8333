//! Groups and profiles as resources of Terraform's provider `poseidon/matchbox`, in its JSON syntax.
//!
//! The provider takes the name of a resource for its id, and every value of a group for a string. Whatever
//! changes is replaced. What it makes cannot be imported, so who pushes otherwise has to let go first.

use serde_json::{Map, Value, json};

use super::FileKind;
use super::loader::Loader;
use super::made::Made;
use super::make::Make;
use super::matchbox::{Matchbox, Told};
use crate::matchbox::{Group, Profile};
use crate::model::name::Label;
use crate::model::path::RelPath;
use crate::plan::inputs::{ClusterInput, Inputs};
use crate::plan::{Owner, PlannedFile, PlannedNode, layout};
use crate::template::TemplateError;

/// A file a cluster, and one for all of them.
#[derive(Debug)]
pub(super) struct Terraform;

impl Make for Terraform {
    /// It is told what matchbox would be.
    fn loader(&self) -> Option<&dyn Loader> {
        Some(&Matchbox)
    }

    fn of_cluster(
        &self,
        _inputs: &Inputs,
        input: &ClusterInput,
        nodes: &mut [PlannedNode],
    ) -> Result<Made, TemplateError> {
        Ok(Made::of(vec![file(&input.cluster.id, &Told::of(input, nodes))]))
    }

    fn of_run(&self, _inputs: &Inputs, _files: &[PlannedFile]) -> Vec<PlannedFile> {
        vec![provider()]
    }
}

/// What all clusters share: where the server is, and the certificates, which stay in files of their own.
fn provider() -> PlannedFile {
    let variable = |about: &str| json!({"type": "string", "description": about});
    let file = |about: &str, name: &str| json!({"type": "string", "description": about, "default": format!("~/.matchbox/{name}")});
    let read = |name: &str| format!("${{file(pathexpand(var.matchbox_{name}))}}");
    let text = json!({
        "terraform": {"required_providers": {"matchbox": {"source": "poseidon/matchbox", "version": ">= 0.5.4"}}},
        "variable": {
            "matchbox_endpoint": variable("HOST:PORT of matchbox's gRPC"),
            "matchbox_ca": file("The authority of the server", "ca.crt"),
            "matchbox_client_cert": file("The client's certificate", "client.crt"),
            "matchbox_client_key": file("The key of the client's certificate", "client.key"),
        },
        "provider": {"matchbox": {
            "endpoint": "${var.matchbox_endpoint}",
            "ca": read("ca"),
            "client_cert": read("client_cert"),
            "client_key": read("client_key"),
        }},
    });
    planned(layout::terraform_provider(), Owner::shared(FileKind::Terraform), &text)
}

/// The resources of a cluster. Ignition files are read where `render` has put them.
fn file(cluster: &Label, told: &Told) -> PlannedFile {
    let profiles: Map<String, Value> =
        told.profiles.values().map(|it| (resource(&it.id), profile(it))).collect();
    let groups: Map<String, Value> =
        told.groups.iter().map(|(it, _)| (resource(&it.id), group(it))).collect();
    let text = json!({"resource": {"matchbox_profile": profiles, "matchbox_group": groups}});
    planned(layout::terraform(cluster), Owner::of(cluster, FileKind::Terraform), &text)
}

fn planned(path: RelPath, owner: Owner, text: &Value) -> PlannedFile {
    // Strings, lists and maps only: serialising cannot fail.
    let text = serde_json::to_string_pretty(text).unwrap_or_default() + "\n";
    PlannedFile::new(path, owner, text.into_bytes())
}

fn profile(profile: &Profile) -> Value {
    let mut value = json!({"name": profile.id});
    if let Some(boot) = &profile.boot {
        value["kernel"] = literal(&boot.kernel).into();
        value["initrd"] = boot.initrd.iter().map(|it| literal(it)).collect();
        value["args"] = boot.args.iter().map(|it| literal(it)).collect();
    }
    if let Some(ignition) = &profile.ignition_id {
        value["raw_ignition"] =
            format!("${{file(\"${{path.module}}/../matchbox/ignition/{ignition}\")}}").into();
    }
    value
}

/// The reference makes Terraform put the profile first, and remove it last.
fn group(group: &Group) -> Value {
    json!({
        "name": group.id,
        "profile": format!("${{matchbox_profile.{}.name}}", resource(&group.profile)),
        "selector": group.selector,
    })
}

/// A name of a resource begins with a letter or an underscore, and holds no dot; labels hold no underscore.
fn resource(id: &str) -> String {
    let name = id.replace('.', "_");
    if name.starts_with(|first: char| first.is_ascii_alphabetic()) { name } else { format!("_{name}") }
}

/// Terraform reads `${` and `%{` as the begin of an expression, and iPXE's variables look so.
fn literal(text: &str) -> String {
    text.replace("${", "$${").replace("%{", "%%{")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_texts_are_those_of_terraform() {
        assert_eq!(resource("lab.infra.i2"), "lab_infra_i2");
        assert_eq!(resource("4lab-worker"), "_4lab-worker");
        assert_eq!(literal("mac=${mac:hexhyp} %{if}"), "mac=$${mac:hexhyp} %%{if}");
    }
}
