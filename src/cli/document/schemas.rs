//! The files of docs/schemas, written from the structs of the documents.
//!
//! `OKDBOOT_BLESS=1 cargo test --lib schemas` writes them.

mod tidy;

use std::borrow::Cow;
use std::collections::BTreeSet;

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value, json};

use super::{Head, Stopped};
use crate::cli::bundle::{export, imported};
use crate::cli::{
    approve, arm, assets, cache, certs, check, commands, completions, explain, explain_code, fetch, help,
    init, man, push, remove, render, schema, services, status, unpack, verify,
};
use crate::diag::PrintedDiagnostic;
use crate::model::artifact::ArtifactKind;
use crate::model::digest::Sha256;
use crate::model::name::Label;
use crate::model::origin::DigestOrigin;
use crate::model::path::RelPath;
use crate::model::role::Role;
use crate::model::settings::Mode;
use crate::plan::FileKind;
use crate::serve;
use crate::text::Bytes;
use tidy::tidy;

/// The dialect of all of them.
const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";

/// What stands in common.json.
const COMMON: [fn(&mut SchemaGenerator) -> Schema; 16] = [
    SchemaGenerator::subschema_for::<Head>,
    SchemaGenerator::subschema_for::<Stopped>,
    SchemaGenerator::subschema_for::<Label>,
    SchemaGenerator::subschema_for::<Role>,
    SchemaGenerator::subschema_for::<Mode>,
    SchemaGenerator::subschema_for::<Sha256>,
    SchemaGenerator::subschema_for::<Bytes>,
    SchemaGenerator::subschema_for::<super::word::Seconds>,
    SchemaGenerator::subschema_for::<RelPath>,
    SchemaGenerator::subschema_for::<FileKind>,
    SchemaGenerator::subschema_for::<ArtifactKind>,
    SchemaGenerator::subschema_for::<DigestOrigin>,
    SchemaGenerator::subschema_for::<render::ChangedFile>,
    SchemaGenerator::subschema_for::<cache::Cached>,
    SchemaGenerator::subschema_for::<services::PlacedFile>,
    SchemaGenerator::subschema_for::<arm::TurnedNode>,
];

/// Who says the same as another command, beside what all have in common.
const BORROWERS: [(&str, &str); 2] = [("unpack", "fetch"), ("serve-event", "serve-watch")];

/// A diagnostic, which has a file of its own.
pub(super) struct DiagnosticRef;

impl JsonSchema for DiagnosticRef {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "diagnostic".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"$ref": "diagnostic.json"})
    }
}

/// A command that says what every one says, and no more.
#[derive(JsonSchema)]
struct Nothing {}

/// A file of docs/schemas, by its name without `.json`.
type File = (&'static str, Value);

/// Returns every file.
fn files() -> Vec<File> {
    let (diagnostic, common) = (object::<PrintedDiagnostic>("diagnostic", "A diagnostic"), common());
    let mut files = vec![
        command::<approve::Document>("approve", "okdboot approve"),
        command::<arm::Document>("arm", "okdboot arm"),
        command::<assets::Document>("assets-sync", "okdboot assets sync"),
        command::<export::Document>("bundle-export", "okdboot bundle export"),
        command::<imported::Document>("bundle-import", "okdboot bundle import"),
        command::<cache::ListDocument>("cache-list", "okdboot cache list"),
        command::<cache::PruneDocument>("cache-prune", "okdboot cache prune"),
        command::<cache::VerifyDocument>("cache-verify", "okdboot cache verify"),
        command::<certs::Document>("certs", "okdboot certs"),
        command::<check::Document>("check", "okdboot check"),
        command::<commands::Document>("commands", "okdboot commands"),
        command::<completions::Document>("completions", "okdboot completions"),
        command::<arm::Document>("disarm", "okdboot disarm"),
        command::<explain::document::Document>("explain", "okdboot explain"),
        command::<explain_code::Document>("explain-code", "okdboot explain-code"),
        command::<fetch::document::Document>("fetch", "okdboot fetch"),
        command::<help::Document>("help", "okdboot help"),
        command::<init::Document>("init", "okdboot init"),
        command::<man::Document>("man", "okdboot man"),
        command::<push::Document>("push", "okdboot push"),
        command::<remove::Document>("remove", "okdboot remove"),
        command::<render::Document>("render", "okdboot render"),
        command::<schema::Document>("schema", "okdboot schema"),
        command::<Nothing>("serve", "okdboot serve, the last line"),
        object::<serve::event::Event>("serve-event", "An event of okdboot serve"),
        object::<serve::report::Document>("serve-watch", "/watch.json of okdboot serve"),
        command::<services::DiffDocument>("services-diff", "okdboot services diff"),
        command::<services::InstallDocument>("services-install", "okdboot services install"),
        command::<status::Document>("status", "okdboot status"),
        command::<unpack::Document>("unpack", "okdboot unpack"),
        command::<Nothing>("up", "okdboot up, the last line"),
        command::<verify::Document>("verify", "okdboot verify"),
    ];
    for (_, file) in &mut files {
        borrow(file, &common);
        borrow(file, &diagnostic);
    }
    for (borrower, lender) in BORROWERS {
        let lent: Vec<File> = files.iter().filter(|(name, _)| *name == lender).cloned().collect();
        let borrowers = files.iter_mut().filter(|(name, _)| *name == borrower);
        borrowers.zip(&lent).for_each(|((_, file), lent)| borrow(file, lent));
    }
    files.extend([common, diagnostic]);
    files
}

/// What documents have in common.
fn common() -> File {
    let mut generator = generator();
    for learn in COMMON {
        learn(&mut generator);
    }
    let mut schema = json!({
        "$schema": DIALECT,
        "title": "What the documents of okdboot have in common",
        "description": "Every document of `--format json` is one object on standard output, followed by a newline. Wrong usage (exit code 2) that is found before a command begins has no document.",
        "$defs": generator.take_definitions(true),
    });
    tidy(&mut schema);
    // What a command says stands beside it.
    if let Some(document) = schema["$defs"]["document"].as_object_mut() {
        document.remove("additionalProperties");
    }
    ("common", schema)
}

/// What a command says, beside what every document has: always where its exit code is 0, or as its struct says.
fn command<T: JsonSchema>(name: &'static str, title: &str) -> File {
    let mut schema = root::<T>(title);
    schema.remove("type");
    schema.remove("additionalProperties");
    schema.insert("allOf".to_owned(), json!([{"$ref": "common.json#/$defs/document"}]));
    schema.insert("unevaluatedProperties".to_owned(), json!(false));
    let then = schema.remove("then").unwrap_or(json!({}));
    let always = [schema.remove("required"), then.get("required").cloned()];
    let always: Vec<Value> =
        always.into_iter().flatten().filter_map(|names| names.as_array().cloned()).flatten().collect();
    let mut then = then.as_object().cloned().unwrap_or_default();
    if !always.is_empty() {
        then.insert("required".to_owned(), always.into());
    }
    if !then.is_empty() {
        schema.entry("if").or_insert(json!({"properties": {"exit": {"const": 0}}}));
        schema.insert("then".to_owned(), then.into());
    }
    (name, schema.into())
}

/// What is no document of a command.
fn object<T: JsonSchema>(name: &'static str, title: &str) -> File {
    (name, root::<T>(title).into())
}

fn root<T: JsonSchema>(title: &str) -> Map<String, Value> {
    let mut schema = generator().into_root_schema_for::<T>().to_value();
    tidy(&mut schema);
    let mut members = schema.as_object().cloned().unwrap_or_default();
    members.insert("title".to_owned(), title.into());
    members
}

fn generator() -> SchemaGenerator {
    SchemaSettings::draft2020_12().for_serialize().into_generator()
}

/// Refers to what another file says in the same words.
fn borrow(schema: &mut Value, (lender, lent): &File) {
    let Some(own) = schema["$defs"].as_object().cloned() else { return };
    let is_lent = |(name, definition): &(&String, &Value)| lent["$defs"].get(name) == Some(definition);
    let names: Vec<&String> = own.iter().filter(is_lent).map(|(name, _)| name).collect();
    for name in &names {
        refer(schema, &format!("#/$defs/{name}"), &format!("{lender}.json#/$defs/{name}"));
    }
    let Some(members) = schema.as_object_mut() else { return };
    if let Some(Value::Object(left)) = members.get_mut("$defs") {
        left.retain(|name, _| !names.contains(&name));
        if left.is_empty() {
            members.remove("$defs");
        }
    }
}

fn refer(schema: &mut Value, from: &str, to: &str) {
    match schema {
        Value::Object(members) => {
            if members.get("$ref").is_some_and(|it| it == from) {
                members.insert("$ref".to_owned(), to.into());
            }
            members.values_mut().for_each(|below| refer(below, from, to));
        }
        Value::Array(items) => items.iter_mut().for_each(|below| refer(below, from, to)),
        _ => {}
    }
}

/// What is written by another hand: that of vars.yaml follows from the list of its keys (`vars/schema`).
const OTHERS: [&str; 3] = ["README.md", "okdboot.lock.json", "vars.json"];

#[test]
fn every_file_is_written_from_a_struct() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/schemas");
    let found =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let made = files().into_iter().map(|(name, _)| format!("{name}.json"));
    let made: BTreeSet<String> = made.chain(OTHERS.map(str::to_owned)).collect();
    assert_eq!(found.collect::<BTreeSet<_>>(), made);
}

#[test]
fn the_files_are_what_the_documents_are() {
    let blesses = std::env::var_os("OKDBOOT_BLESS").is_some_and(|value| value == "1");
    for (name, schema) in files() {
        let path = format!("{}/docs/schemas/{name}.json", env!("CARGO_MANIFEST_DIR"));
        let text = format!("{schema:#}\n");
        if blesses {
            std::fs::write(&path, &text).unwrap();
        }
        let found = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(found == text, "docs/schemas/{name}.json: OKDBOOT_BLESS=1 cargo test --lib schemas");
    }
}
