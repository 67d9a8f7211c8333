//! The words of documents: types of the model as JSON has them.

#[cfg(test)]
mod described;

use std::time::Duration;

use serde::{Serialize, Serializer};

use crate::approve::Round;
use crate::model::arch::Arch;
use crate::model::artifact::{ArtifactKind, ArtifactName};
use crate::model::moment::Moment;
use crate::model::name::Label;
use crate::model::origin::DigestOrigin;
use crate::model::path::RelPath;
use crate::model::role::Role;
use crate::model::settings::Mode;
use crate::model::time::UnixTime;
use crate::plan::FileKind;
use crate::text::Bytes;

/// Types that are printed in JSON as everywhere.
macro_rules! texts {
    ($($name:ty,)*) => {$(
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
    )*};
}

texts! { Arch, ArtifactKind, ArtifactName, FileKind, Label, Mode, Moment, DigestOrigin, RelPath, Role, UnixTime, }

impl Serialize for Round {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// In JSON it is a number, without a unit.
impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(self.0)
    }
}

/// How long something took, to the millisecond.
pub struct Seconds(pub Duration);

impl Serialize for Seconds {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64((self.0.as_secs_f64() * 1000.0).round() / 1000.0)
    }
}
