use std::collections::BTreeSet;

use super::*;
use crate::model::settings::Overrides;
use crate::model::stream_ref::StreamRef;
use crate::stream::Metadata;

const OLD: &str = include_str!("../../testdata/streams/two-arches.json");
const NEW: &str = include_str!("../../testdata/streams/two-arches-newer.json");

fn metadata(source: &str, text: &str) -> Metadata {
    Metadata::parse(&source.parse().unwrap(), text).unwrap()
}

/// Owns what [`Needs`] borrows.
struct OwnedNeeds {
    arches: Vec<Arch>,
    overrides: Overrides,
    sha256: BTreeMap<ArtifactName, Sha256>,
    stream: Option<StreamRef>,
    text: Option<Sha256>,
}

impl OwnedNeeds {
    fn of(arches: &[Arch]) -> Self {
        let (overrides, sha256) = (Overrides::default(), BTreeMap::new());
        Self { arches: arches.to_vec(), overrides, sha256, stream: None, text: None }
    }

    fn overriding() -> Self {
        let url = |name: &str| Some(format!("https://mirror.example.com/{name}").parse().unwrap());
        let overrides =
            Overrides { kernel: url("k"), initramfs: url("i"), rootfs: url("r"), ..Overrides::default() };
        Self { overrides, ..Self::of(&[Arch::X86_64]) }
    }

    fn stream(mut self, source: &str) -> Self {
        self.stream = Some(source.parse().unwrap());
        self
    }

    fn needs(&self) -> Needs<'_> {
        Needs {
            arches: self.arches.iter().copied().collect::<BTreeSet<_>>(),
            own: Arch::X86_64,
            programs: Arch::X86_64,
            overrides: &self.overrides,
            sha256: &self.sha256,
            stream: self.stream.as_ref(),
            asked: StreamUser::ByOption,
            text: self.text,
        }
    }
}

fn id() -> Label {
    "ocp4".parse().unwrap()
}

fn lock_of(cluster: LockedCluster) -> LockFile {
    LockFile { clusters: BTreeMap::from([(id(), cluster)]) }
}

#[test]
fn a_stream_gives_every_artifact_of_the_arches_in_use() {
    let wish = OwnedNeeds::of(&[Arch::X86_64]);
    let locked = resolve(Some(&metadata("./s.json", OLD)), &wish.needs()).unwrap();
    assert_eq!(locked.arches.keys().collect::<Vec<_>>(), [&Arch::X86_64]);
    let arch = &locked.arches[&Arch::X86_64];
    assert_eq!(arch.release.as_deref(), Some("1.2.20260102-1"));
    assert_eq!(arch.artifacts.len(), 6);
    assert!(arch.artifacts.values().all(|it| it.digest.unwrap().origin == DigestOrigin::File));
    let missing = resolve(Some(&metadata("-", OLD)), &OwnedNeeds::of(&[Arch::S390x]).needs()).unwrap_err();
    assert!(missing.to_string().contains("has nothing for `s390x`"), "{missing}");
}

#[test]
fn what_vars_names_wins_and_is_not_mixed_with_another_build() {
    let mut wish = OwnedNeeds::overriding();
    wish.overrides.rootfs = None;
    wish.sha256.insert("k".parse().unwrap(), Sha256::of(b"k"));
    let locked = resolve(Some(&metadata("-", OLD)), &wish.needs()).unwrap();
    let digest = locked.artifact(Arch::X86_64, ArtifactKind::Kernel).unwrap().digest.unwrap();
    assert_eq!(digest, LockedDigest { sha256: Sha256::of(b"k"), origin: DigestOrigin::Vars });
    assert_eq!(locked.artifact(Arch::X86_64, ArtifactKind::Initramfs).unwrap().digest, None);
    assert_eq!(locked.artifact(Arch::X86_64, ArtifactKind::Rootfs), None);
    assert!(locked.artifact(Arch::X86_64, ArtifactKind::Iso).is_some());
    assert_eq!(locked.arches[&Arch::X86_64].release, None);
}

#[test]
fn a_stream_is_needed_unless_vars_names_what_boots() {
    let locked = resolve(None, &OwnedNeeds::overriding().needs()).unwrap();
    assert_eq!(locked.stream, None);
    assert_eq!(locked.arches[&Arch::X86_64].artifacts.len(), 3);

    let mut two = OwnedNeeds::overriding();
    two.arches.push(Arch::Aarch64);
    let error = |wish: &OwnedNeeds| resolve(None, &wish.needs()).unwrap_err().to_string();
    assert!(error(&two).starts_with("nothing says what `aarch64` machines boot"));
    let mut half = OwnedNeeds::overriding();
    half.overrides.kernel = None;
    assert_eq!(
        error(&half),
        "`ocp_initramfs` is given, but not `ocp_install_kernel`, and no stream is named that could have it"
    );
}

#[test]
fn json_is_stable_and_round_trips() {
    let mut wish = OwnedNeeds::overriding();
    wish.arches.push(Arch::Aarch64);
    let locked = lock_of(resolve(Some(&metadata("rhcos-4.20", OLD)), &wish.needs()).unwrap());
    let text = to_json(&locked).unwrap();
    assert!(text.starts_with("{\n  \"format-version\": 1,\n  \"clusters\": {\n    \"ocp4\": {\n"), "{text}");
    assert!(text.ends_with("}\n"));
    assert_eq!(parse(&text).unwrap(), locked);
    assert_eq!(to_json(&parse(&text).unwrap()).unwrap(), text);
}

#[test]
fn credentials_do_not_reach_the_lock() {
    let source = "https://user:secret@example.com/s.json?token=secret";
    let wish = OwnedNeeds::of(&[Arch::X86_64]).stream(source);
    let locked = resolve(Some(&metadata(source, OLD)), &wish.needs()).unwrap();
    assert_eq!(locked.covers(&wish.needs()), Ok(()));
    assert!(!to_json(&lock_of(locked)).unwrap().contains("secret"));
}

#[test]
fn reading_is_strict_and_names_the_key() {
    let asked = OwnedNeeds::of(&[Arch::X86_64]);
    let good = to_json(&lock_of(resolve(Some(&metadata("-", OLD)), &asked.needs()).unwrap())).unwrap();
    let said = |text: &str| parse(text).unwrap_err().to_string();
    let with = |from: &str, to: &str| said(&good.replacen(from, to, 1));
    assert!(with("\"format-version\": 1", "\"format-version\": 2").starts_with("`format-version` is 2"));
    assert_eq!(with("\"arches\"", "\"archs\""), "`clusters.ocp4.arches` is missing");
    assert_eq!(
        with("\"release\"", "\"relaese\""),
        "`clusters.ocp4.arches.x86_64.relaese` is not a key of the lock"
    );
    assert_eq!(
        with("\"x86_64\"", "\"riscv64\""),
        "`clusters.ocp4.arches.riscv64`: `riscv64` is not an architecture that CoreOS is built for"
    );
    assert_eq!(
        with("\"origin\": \"installer\"", "\"origin\": \"http\""),
        "`clusters.ocp4.stream.origin`: `http` is not a way to learn a digest"
    );
    assert_eq!(with("\"name\": \"demo-1\"", "\"name\": 1"), "`clusters.ocp4.stream.name` should be a string");
    assert!(with("\"source\"", "\"name\": \"x\", \"source\"").contains("`name` stands twice"));
    assert!(with("https://images.example.com", "https://u:p@images.example.com").contains("credentials"));
    assert_eq!(said("[]"), "`the lock` should be an object");
    assert_eq!(said("{}"), "`format-version` is missing");
    assert!(said("").starts_with("not a lock: "));
    assert!(said(&good[..good.len() / 2]).starts_with("not a lock: "));
}

#[test]
fn an_entry_fits_until_something_is_asked_for_that_it_lacks() {
    let locked =
        resolve(Some(&metadata("rhcos-4.20", OLD)), &OwnedNeeds::of(&[Arch::X86_64]).needs()).unwrap();
    let stale = |wish: &OwnedNeeds| locked.covers(&wish.needs()).map_err(|stale| stale.to_string());
    let x86 = || OwnedNeeds::of(&[Arch::X86_64]);
    assert_eq!(stale(&x86()), Ok(()));
    assert_eq!(stale(&x86().stream("rhcos-4.20")), Ok(()));
    assert_eq!(
        stale(&x86().stream("rhcos-4.21")),
        Err("the lock has stream `rhcos-4.20`, asked for is `rhcos-4.21`".to_owned())
    );
    let same_text = OwnedNeeds { text: Some(Sha256::of(OLD.as_bytes())), ..x86().stream("-") };
    assert_eq!(stale(&same_text), Ok(()));
    let other_text = OwnedNeeds { text: Some(Sha256::of(NEW.as_bytes())), ..x86().stream("rhcos-4.20") };
    assert_eq!(stale(&other_text), Err("the metadata in `rhcos-4.20` is not the locked one".to_owned()));
    assert_eq!(
        stale(&OwnedNeeds::of(&[Arch::Aarch64])),
        Err("the lock has nothing for `aarch64`".to_owned())
    );
    assert_eq!(
        stale(&OwnedNeeds::overriding()),
        Err("vars.yaml names another kernel for `x86_64` than the lock".to_owned())
    );
}

#[test]
fn overrides_are_held_against_the_lock() {
    let mut wish = OwnedNeeds::overriding();
    let mut locked = resolve(None, &wish.needs()).unwrap();
    let learnt = LockedDigest { sha256: Sha256::of(b"k"), origin: DigestOrigin::FirstUse };
    locked.learn(&"k".parse().unwrap(), learnt);
    assert_eq!(locked.covers(&wish.needs()), Ok(()));
    wish.sha256.insert("k".parse().unwrap(), Sha256::of(b"other"));
    let kind = ArtifactKind::Kernel;
    assert_eq!(locked.covers(&wish.needs()), Err(Stale::Digest { arch: Arch::X86_64, kind }));
    assert_eq!(
        locked.covers(&OwnedNeeds::of(&[Arch::X86_64]).needs()),
        Err(Stale::Dropped { arch: Arch::X86_64, kind })
    );

    let mut again = resolve(None, &OwnedNeeds::overriding().needs()).unwrap();
    again.keep_learnt(&locked);
    assert_eq!(again, locked);
}

/// A program as the list of a channel has it.
fn found(kind: ArtifactKind, version: &str) -> crate::stream::program::Program {
    let name = if kind == ArtifactKind::Client { "client" } else { "install" };
    let list = format!("{}  openshift-{name}-linux-{version}.tar.gz\n", Sha256::of(version.as_bytes()));
    crate::stream::program::find(&list, kind, "4.20".parse().unwrap(), Arch::X86_64).unwrap()
}

#[test]
fn programs_are_looked_for_once_and_stay_with_their_stream() {
    let both: BTreeSet<_> = ArtifactKind::PROGRAMS.into_iter().chain([ArtifactKind::Iso]).collect();
    let wish = OwnedNeeds::of(&[Arch::Aarch64, Arch::X86_64]).stream("rhcos-4.20");
    let fresh = resolve(Some(&metadata("rhcos-4.20", OLD)), &wish.needs()).unwrap();
    let missing = |locked: &LockedCluster, wish: &OwnedNeeds, pinned| {
        locked.missing_programs(&both, &wish.needs(), pinned)
    };
    assert_eq!(fresh.openshift(), "4.20".parse().ok());
    assert_eq!(missing(&fresh, &wish, Pinned::Stay), ArtifactKind::PROGRAMS);
    assert_eq!(fresh.missing_programs(&BTreeSet::new(), &wish.needs(), Pinned::Stay), []);

    let mut locked = fresh.clone();
    for kind in ArtifactKind::PROGRAMS {
        locked.pin_program(&wish.needs(), kind, found(kind, "4.20.5"));
    }
    assert_eq!(missing(&locked, &wish, Pinned::Stay), []);
    assert_eq!(missing(&locked, &wish, Pinned::Move), ArtifactKind::PROGRAMS);
    assert!(locked.artifact(Arch::X86_64, ArtifactKind::Client).is_some());
    assert_eq!(locked.artifact(Arch::Aarch64, ArtifactKind::Client), None, "only for the helper");
    assert_eq!(locked.covers(&wish.needs()), Ok(()), "vars.yaml need not name them");

    // Resolved again from the same stream they stay; from another one they do not belong.
    let mut again = resolve(Some(&metadata("rhcos-4.20", NEW)), &wish.needs()).unwrap();
    again.keep_learnt(&locked);
    assert_eq!(missing(&again, &wish, Pinned::Stay), []);
    let mut other = resolve(Some(&metadata("rhcos-4.21", NEW)), &wish.needs()).unwrap();
    other.keep_learnt(&locked);
    assert_eq!(missing(&other, &wish, Pinned::Stay), ArtifactKind::PROGRAMS);

    // What vars.yaml names is not looked for.
    let mut named = OwnedNeeds::of(&[Arch::X86_64]).stream("rhcos-4.20");
    named.overrides.client = Some("https://mirror.example.com/oc.tar.gz".parse().unwrap());
    assert_eq!(missing(&fresh, &named, Pinned::Move), [ArtifactKind::Installer]);
    let file = resolve(Some(&metadata("-", OLD)), &OwnedNeeds::of(&[Arch::X86_64]).needs()).unwrap();
    assert_eq!(file.openshift(), None);
}

#[test]
fn changes_are_told_as_cargo_tells_them() {
    let both = OwnedNeeds::of(&[Arch::Aarch64, Arch::X86_64]);
    let old = resolve(Some(&metadata("-", OLD)), &both.needs()).unwrap();
    let new = resolve(Some(&metadata("-", NEW)), &both.needs()).unwrap();
    assert_eq!(changes(&id(), Some(&old), &new), ["ocp4 x86_64: 1.2.20260102-1 -> 1.3.20260201-0"]);
    assert!(changes(&id(), Some(&old), &old).is_empty());
    assert_eq!(
        changes(&id(), None, &new),
        ["ocp4 aarch64: 1.2.20260101-0 (new)", "ocp4 x86_64: 1.3.20260201-0 (new)"]
    );
    let one = resolve(Some(&metadata("-", OLD)), &OwnedNeeds::of(&[Arch::X86_64]).needs()).unwrap();
    assert_eq!(changes(&id(), Some(&old), &one), ["ocp4 aarch64: 1.2.20260101-0 (no longer in use)"]);
    let mut wish = OwnedNeeds::overriding();
    let before = resolve(None, &wish.needs()).unwrap();
    wish.overrides.kernel = Some("https://mirror.example.com/k2".parse().unwrap());
    let after = resolve(None, &wish.needs()).unwrap();
    assert_eq!(changes(&id(), Some(&before), &after), ["ocp4 x86_64: kernel k -> k2"]);
}

#[test]
fn an_absent_lock_is_empty_and_an_unreadable_one_is_not() {
    assert_eq!(load(Path::new("/proc/no-such-lock")).unwrap(), LockFile::default());
    assert_eq!(load(Path::new("/")).unwrap_err().fault(), Fault::FileSystem);
}

/// The folder of real streams; absent where the project stands alone.
fn shared() -> Option<std::path::PathBuf> {
    let folder = std::env::var_os("OKDBOOT_SHARED").map_or_else(
        || std::path::PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared")),
        std::path::PathBuf::from,
    );
    folder.is_dir().then_some(folder)
}

#[test]
fn the_image_and_the_reason_are_told_from_what_is_locked() {
    let Some(folder) = shared() else { return };
    for (source, file, said) in [
        ("stable", "fcos-stable.json", "Fedora CoreOS (Fedora 44): `stable` is a stream of Fedora CoreOS"),
        (
            "okd-4.12",
            "okd-4.12-fcos.json",
            "Fedora CoreOS (Fedora 37): OKD 4.12 boots Fedora CoreOS media; SCOS media come with 4.19",
        ),
        (
            "okd-4.20",
            "okd-4.20-scos.json",
            "SCOS (CentOS Stream 10): OKD 4.20 boots SCOS media, as every release from 4.19 on",
        ),
        ("rhcos-4.16", "rhcos-4.16.json", "RHCOS (RHEL 9.4): OpenShift 4.16 boots RHCOS"),
        ("rhcos-4.20", "rhcos-4.20.json", "RHCOS (RHEL 9.6): OpenShift 4.20 boots RHCOS"),
        (
            "rhcos-4.22",
            "rhcos-4.22-coreos-rhel-9.json",
            "RHCOS (RHEL 9.8): OpenShift 4.22 boots RHCOS, and openshift-install takes rhel-9 where nobody \
             chooses; `rhcos-4.22/rhel-10` is the other",
        ),
        (
            "rhcos-4.22/rhel-9",
            "rhcos-4.22-coreos-rhel-9.json",
            "RHCOS (RHEL 9.8): OpenShift 4.22 boots RHCOS of rhel-9 or rhel-10, and rhel-9 was asked for",
        ),
        ("-", "rhcos-4.8-stream.json", "RHCOS (RHEL 8.4): the stream metadata in `-` has it"),
    ] {
        let text = std::fs::read_to_string(folder.join("streams").join(file)).unwrap();
        let wish = OwnedNeeds::of(&[Arch::X86_64]);
        let locked = resolve(Some(&metadata(source, &text)), &wish.needs()).unwrap();
        assert_eq!(locked.image().to_string(), said);
        let json = to_json(&lock_of(locked.clone())).unwrap();
        assert!(json.contains(&format!("\"why\": \"{}\"", locked.image().why)), "{json}");
        assert_eq!(parse(&json).unwrap(), lock_of(locked));
    }
}

#[test]
fn artifacts_that_vars_names_tell_their_image_by_their_names_only() {
    let locked = resolve(None, &OwnedNeeds::overriding().needs()).unwrap();
    assert_eq!(locked.image().to_string(), "vars.yaml names artifacts itself (`ocp_*`)");
    let mut wish = OwnedNeeds::overriding();
    wish.overrides.kernel = Some("https://h/rhcos-live-kernel-x86_64".parse().unwrap());
    let image = resolve(None, &wish.needs()).unwrap().image();
    assert_eq!((image.os, image.base), (Some(Os::Rhcos), None));
}

/// The network boots one system and the ISO is another: the first is what a cluster boots.
#[test]
fn files_of_two_systems_are_seen_and_programs_are_none() {
    let mut wish = OwnedNeeds::overriding().stream("rhcos-4.20");
    let named = |name: &str| Some(format!("https://h/fcos-41-live-{name}").parse().unwrap());
    let overrides = &mut wish.overrides;
    (overrides.kernel, overrides.initramfs, overrides.rootfs) =
        (named("kernel-x86_64"), named("initramfs.x86_64.img"), named("rootfs.x86_64.img"));
    let Some(folder) = shared() else { return };
    let text = std::fs::read_to_string(folder.join("streams/rhcos-4.20.json")).unwrap();
    let metadata = metadata("rhcos-4.20", &text);
    let locked = resolve(Some(&metadata), &wish.needs()).unwrap();
    let image = locked.image();
    assert_eq!((image.os, image.base), (Some(Os::Fcos), None));
    let mixed = locked.mixed().unwrap();
    assert_eq!(mixed.keys().copied().collect::<Vec<_>>(), [Os::Fcos, Os::Rhcos]);
    assert!(mixed[&Os::Rhcos].contains(&ArtifactKind::Iso));

    let mut programs = OwnedNeeds::of(&[Arch::X86_64]).stream("rhcos-4.20");
    programs.overrides.client = Some("https://h/oc.tar.gz".parse().unwrap());
    let locked = resolve(Some(&metadata), &programs.needs()).unwrap();
    assert_eq!(locked.image().to_string(), "RHCOS (RHEL 9.6): OpenShift 4.20 boots RHCOS");
    assert_eq!(locked.mixed(), None);
}
