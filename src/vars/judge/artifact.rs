//! `ocp_*`: artifacts that vars.yaml names itself.

use super::super::raw::RawVars;
use super::super::read::image::{ImagesDraft, NOTHING};
use super::super::read::value::Values;
use super::super::section::Scalar;
use crate::diag::{Code, Diagnostic, Severity};
use crate::model::arch::Arch;
use crate::model::artifact::ArtifactName;
use crate::model::settings::Overrides;
use crate::model::url::ArtifactUrl;

/// Compares the images with one another.
pub(super) fn overrides(
    values: &Values,
    raw: &RawVars,
    images: &ImagesDraft,
    arch: Option<Arch>,
) -> Overrides {
    let mut overrides = Overrides {
        kernel: images.kernel.clone(),
        initramfs: images.initramfs.clone(),
        client: images.client.clone(),
        installer: images.installer.clone(),
        ..Overrides::default()
    };
    if let (Some(scalar), Some(url)) = (&raw.bios, images.bios.clone()) {
        if is_rootfs(&url) {
            overrides.rootfs = Some(url);
        } else {
            // Nothing boots without a rootfs: kernel and initramfs beside it are of an old release, too.
            warn_of_metal(values, scalar);
            return Overrides { kernel: None, initramfs: None, ..overrides };
        }
    }
    warn_of_parts(values, raw, &overrides);
    check_arch(values, raw, &overrides, arch);
    warn_of_releases(values, raw, &overrides);
    overrides
}

/// Only the file name counts: helpernode looks at the whole URL, so that a host name decides.
fn is_rootfs(url: &ArtifactUrl) -> bool {
    ArtifactName::from_location(url.as_str()).is_ok_and(|name| name.as_str().contains("rootfs"))
}

fn warn_of_metal(values: &Values, scalar: &Scalar) {
    let message = format!(
        "`{}` is not a live rootfs, which releases from 4.6 on boot from: the images of the `ocp_*` keys are left out",
        scalar.path
    );
    values.push(
        Diagnostic::new(Code::V219, message).at(&values.at(scalar), "a metal image").help(
            "name the `live-rootfs` of the release; or remove these keys, and `okdboot.stream` says what is booted",
        ),
    );
}

/// helpernode fills the gaps from its defaults, which are of another release.
fn warn_of_parts(values: &Values, raw: &RawVars, overrides: &Overrides) {
    let given = [overrides.kernel.is_some(), overrides.initramfs.is_some(), overrides.rootfs.is_some()];
    let refused = [&raw.kernel, &raw.initramfs, &raw.bios]
        .iter()
        .any(|s| s.as_ref().is_some_and(|s| s.text.trim() != NOTHING));
    if !refused || given.iter().all(|g| *g) || given.iter().all(|g| !*g) {
        return;
    }
    let missing: Vec<&str> = ["ocp_install_kernel", "ocp_initramfs", "ocp_bios"]
        .into_iter()
        .zip(given)
        .filter_map(|(key, given)| (!given).then_some(key))
        .collect();
    let first = raw.kernel.as_ref().or(raw.initramfs.as_ref()).or(raw.bios.as_ref());
    let message = "kernel, initramfs and rootfs must be of one release, but only some are given";
    let mut diagnostic = Diagnostic::new(Code::V220, message);
    if let Some(scalar) = first {
        diagnostic = diagnostic.at(&values.at(scalar), "given");
    }
    // A stream has the others; but an initramfs that is named boots no rootfs of another build.
    if given == [true, true, false] {
        diagnostic.severity = Severity::Error;
    }
    values.push(diagnostic.help(format!("add {}, or remove the others", crate::text::List::and(&missing))));
}

/// The artifacts that vars.yaml names, each with its file name and the value that names it.
fn named<'a>(raw: &'a RawVars, overrides: &Overrides) -> Vec<(String, &'a Scalar)> {
    let rootfs = overrides.rootfs.as_ref();
    let pairs = [
        (overrides.kernel.as_ref(), &raw.kernel),
        (overrides.initramfs.as_ref(), &raw.initramfs),
        (rootfs, &raw.bios),
    ];
    let name = |(url, scalar): (Option<&ArtifactUrl>, &'a Option<Scalar>)| {
        let name = ArtifactName::from_location(url?.as_str()).ok()?;
        Some((name.to_string(), scalar.as_ref()?))
    };
    pairs.into_iter().filter_map(name).collect()
}

/// A kernel of another architecture does not start, and nothing on the way says so.
fn check_arch(values: &Values, raw: &RawVars, overrides: &Overrides, arch: Option<Arch>) {
    let Some(arch) = arch else { return };
    for (name, scalar) in named(raw, overrides) {
        let other = Arch::ALL.into_iter().find(|other| *other != arch && name.contains(other.as_str()));
        let Some(other) = other.filter(|_| !name.contains(arch.as_str())) else { continue };
        let message = format!("`{}` is of {other}, but the cluster is of {arch}", scalar.path);
        let help = match other {
            Arch::Ppc64le => {
                "set `ppc64le: true`, or name the artifacts of the right architecture".to_owned()
            }
            _ => format!("set `okdboot.arch: {other}`, or name the artifacts of {arch}"),
        };
        values.push(Diagnostic::new(Code::V222, message).at(&values.at(scalar), "").help(help));
    }
}

/// CoreOS names its files `<release>-live-<kind>`; a live initramfs refuses the rootfs of another build.
fn warn_of_releases(values: &Values, raw: &RawVars, overrides: &Overrides) {
    let named = named(raw, overrides);
    let release = |name: &str| name.split_once("-live").map(|(release, _)| release.to_owned());
    let mut releases = named.iter().filter_map(|(name, scalar)| Some((release(name)?, *scalar)));
    let Some((first, place)) = releases.next() else { return };
    let Some((other, scalar)) = releases.find(|(release, _)| *release != first) else { return };
    let message = format!("`{}` is of `{first}`, but `{}` is of `{other}`", place.path, scalar.path);
    values.push(
        Diagnostic::new(Code::V223, message)
            .at(&values.at(scalar), "another release")
            .also(&values.at(place), "the first")
            .help(
                "take kernel, initramfs and rootfs from one folder: the initramfs refuses any other rootfs",
            ),
    );
}
