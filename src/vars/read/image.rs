//! `ocp_*`: images and programs that vars.yaml names itself, each by itself.

use super::super::raw::RawVars;
use super::super::section::Scalar;
use super::value::Values;
use crate::diag::Code;
use crate::model::artifact::ArtifactName;
use crate::model::url::ArtifactUrl;

/// What templates for Power write where an artifact is not needed.
pub const NOTHING: &str = "file:///dev/null";

/// Images and programs; one that was refused is absent.
pub struct ImagesDraft {
    /// `ocp_install_kernel`
    pub kernel: Option<ArtifactUrl>,
    /// `ocp_initramfs`
    pub initramfs: Option<ArtifactUrl>,
    /// `ocp_client`
    pub client: Option<ArtifactUrl>,
    /// `ocp_installer`
    pub installer: Option<ArtifactUrl>,
    /// `ocp_bios`
    pub bios: Option<ArtifactUrl>,
}

impl ImagesDraft {
    /// Reads them.
    pub fn read(values: &Values, raw: &RawVars) -> Self {
        let read = |at: &Option<Scalar>| at.as_ref().and_then(|at| artifact(values, at));
        Self {
            kernel: read(&raw.kernel),
            initramfs: read(&raw.initramfs),
            client: read(&raw.client),
            installer: read(&raw.installer),
            bios: read(&raw.bios),
        }
    }
}

fn artifact(values: &Values, scalar: &Scalar) -> Option<ArtifactUrl> {
    if scalar.text.trim() == NOTHING {
        return None;
    }
    if values.refuses_credentials(scalar) {
        return None;
    }
    let url: ArtifactUrl =
        values.parse(Code::V116, scalar, "write where the file is: https, http or `file:///...`")?;
    if let Err(error) = ArtifactName::from_location(url.as_str()) {
        values.refuse(Code::V116, scalar, error, "the file keeps the name that it has there");
        return None;
    }
    Some(url)
}
