//! What the schemas say of the words of documents.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::Seconds;
use crate::approve::Round;
use crate::diag::{Code, Severity};
use crate::model::arch::Arch;
use crate::model::artifact::{ArtifactKind, ArtifactName};
use crate::model::digest::Sha256;
use crate::model::moment::Moment;
use crate::model::name::Label;
use crate::model::origin::DigestOrigin;
use crate::model::path::RelPath;
use crate::model::role::Role;
use crate::model::settings::Mode;
use crate::plan::FileKind;
use crate::serve::stage::Stage;
use crate::text::Bytes;

macro_rules! described {
    ($($type:ty, $name:literal => $schema:tt)*) => {$(
        impl JsonSchema for $type {
            fn schema_name() -> Cow<'static, str> {
                $name.into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!($schema)
            }
        }
    )*};
}

described! {
    Code, "code" => {
        "description": "The stable name of the kind of finding.",
        "type": "string",
        "pattern": "^[A-Z][0-9]{3}$"
    }
    Severity, "severity" => {
        "description": "With an error the exit code is not 0; `--strict` makes errors of warnings; a notice asks for nothing.",
        "enum": [Severity::Error, Severity::Warning, Severity::Notice]
    }
    Label, "label" => {
        "description": "A cluster id or the short name of a node: one label of a DNS name.",
        "type": "string",
        "pattern": "^[a-z0-9]+(-+[a-z0-9]+)*$"
    }
    Role, "role" => {
        "description": "What a node is in its cluster; `node` where the machines form none.",
        "enum": Role::ALL
    }
    Mode, "mode" => {
        "description": "What a network boot of a node does: install to its disk, run from memory, or boot its disk.",
        "enum": Mode::WORDS
    }
    Sha256, "sha256" => {
        "description": "A SHA-256 digest in hexadecimal.",
        "type": "string",
        "pattern": "^[0-9a-f]{64}$"
    }
    Bytes, "bytes" => { "description": "A size in bytes.", "type": "integer", "minimum": 0 }
    Seconds, "seconds" => { "description": "A duration in seconds.", "type": "number", "minimum": 0 }
    Moment, "moment" => {
        "description": "A time in UTC (RFC 3339).",
        "type": "string",
        "format": "date-time"
    }
    RelPath, "tree-path" => {
        "description": "A path below the output root, with `/` and without `..`.",
        "type": "string",
        "pattern": "^[^/]"
    }
    FileKind, "kind-of-file" => {
        "description": "What a written file is for.",
        "enum": FileKind::all().collect::<Vec<_>>()
    }
    Stage, "stage" => {
        "description": "What a machine has got so far in its present boot.",
        "enum": Stage::WORDS
    }
    Round, "round" => {
        "description": "The certificate that a kubelet is a client with, or the one that it serves with.",
        "enum": [Round::Client, Round::Serving]
    }
    ArtifactName, "name" => {
        "description": "The name of the file.",
        "type": "string",
        "pattern": "^[A-Za-z0-9._+-]+$"
    }
    Arch, "architecture" => { "description": "The architecture of the machines that boot it.", "enum": Arch::ALL }
    ArtifactKind, "kind-of-artifact" => { "description": "What an image is.", "enum": ArtifactKind::ALL }
    DigestOrigin, "origin-of-digest" => {
        "description": "How the digest was learnt: from metadata over https, a file, the installer's own metadata, vars.yaml, a list of digests, or the first download.",
        "enum": DigestOrigin::ALL
    }
}
