//! Rendered files on a real file system: what is written, what is refused, what is left alone.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::sync::{Arc, Weak};

use camino::Utf8PathBuf;
use okdboot::apply::error::ApplyError;
use okdboot::apply::files::{Summary, apply};
use okdboot::apply::recover;
use okdboot::disk::account::Accounts;
use okdboot::disk::{DiskError, DiskTree, Replaced, Root, replace};
use okdboot::model::name::Label;
use okdboot::model::path::RelPath;
use okdboot::plan::change::{Change, ChangeKind, Changes, Force, Scope, compare};
use okdboot::plan::manifest::Manifest;
use okdboot::plan::{FileKind, FileMode, Owner, Parts, PartsOf, Plan, PlannedFile, Sensitivity};

const GROUP: &str = "matchbox/groups/lab-worker0.json";
const PXE: &str = "tftpboot/pxelinux.cfg/01-52-54-00-00-00-01";
const IGN: &str = "matchbox/assets/ignition/lab/worker.ign";

fn label(name: &str) -> Label {
    name.parse().unwrap()
}

fn file(path: &str, cluster: &str, kind: FileKind, text: &str) -> PlannedFile {
    let secret = kind == FileKind::Ignition;
    PlannedFile {
        mode: if secret { FileMode::Ignition } else { FileMode::Config },
        sensitivity: if secret { Sensitivity::Secret } else { Sensitivity::Public },
        ..PlannedFile::new(path.parse().unwrap(), Owner::of(&label(cluster), kind), text.as_bytes())
    }
}

fn plan(cluster: &str, mut files: Vec<PlannedFile>) -> Plan {
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Plan { clusters: vec![label(cluster)], files, ..Plan::default() }
}

fn lab() -> Plan {
    plan(
        "lab",
        vec![
            file(GROUP, "lab", FileKind::Matchbox, "{}\n"),
            file(PXE, "lab", FileKind::Pxelinux, "DEFAULT install\n"),
            file(IGN, "lab", FileKind::Ignition, "{\"ignition\":{}}"),
        ],
    )
}

fn scope() -> Scope {
    Scope { ignition: [label("lab")].into(), ..Scope::all() }
}

fn forced() -> Scope {
    Scope { force: Force::Yes, ..scope() }
}

/// A folder with an output root in it, and what a command does to that.
struct Place {
    dir: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap() }
    }

    fn at(&self, path: &str) -> Utf8PathBuf {
        Utf8PathBuf::from_path_buf(self.dir.path().join(path)).unwrap()
    }

    fn out(&self, path: &str) -> Utf8PathBuf {
        self.at("out").join(path)
    }

    fn render(&self, plan: &Plan, scope: &Scope) -> Result<Summary, ApplyError> {
        let root = Root::create(&self.at("out"))?;
        let (lock, _) = recover::lock(&root)?;
        let manifest = Manifest::load(&root, &plan.clusters).unwrap();
        let mut changes = compare(&plan.expected(), &root, &manifest, scope);
        changes.name_owners(&root, &plan.clusters).unwrap();
        apply(&changes, plan, &plan.clusters, (&lock, scope.group), &[])
    }

    fn compare(&self, plan: &Plan, scope: &Scope) -> Changes {
        let tree = DiskTree::open(&self.at("out")).unwrap();
        compare(&plan.expected(), &tree, &Manifest::load(&tree, &plan.clusters).unwrap(), scope)
    }

    /// Renders and returns the message of the failure.
    fn refused(&self, plan: &Plan, scope: &Scope) -> String {
        let error = self.render(plan, scope).unwrap_err().to_string();
        error.replace(self.at("").as_str(), "")
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.out(path)).unwrap()
    }

    fn mode(&self, path: &str) -> u32 {
        fs::symlink_metadata(self.out(path)).unwrap().mode() & 0o7777
    }

    /// Returns inode and times of everything below the root, the lock excepted.
    fn stamps(&self) -> BTreeMap<Utf8PathBuf, (u64, i64, i64)> {
        let mut stamps = BTreeMap::new();
        let mut open = vec![self.at("out")];
        while let Some(folder) = open.pop() {
            for entry in folder.read_dir_utf8().unwrap() {
                let path = entry.unwrap().into_path();
                let meta = fs::symlink_metadata(&path).unwrap();
                if meta.is_dir() {
                    open.push(path.clone());
                }
                if path.file_name() != Some("lock") {
                    stamps.insert(path, (meta.ino(), meta.mtime_nsec(), meta.ctime_nsec()));
                }
            }
        }
        stamps
    }
}

fn kinds(changes: &Changes) -> Vec<(&str, &str)> {
    changes.list.iter().map(|Change { path, kind, .. }| (path.as_str(), kind.as_str())).collect()
}

#[test]
fn rendering_twice_touches_nothing() {
    let place = Place::new();
    let first = place.render(&lab(), &scope()).unwrap();
    assert_eq!((first.created, first.unchanged), (3, 0));
    let stamps = place.stamps();
    let second = place.render(&lab(), &scope()).unwrap();
    assert_eq!((second.created, second.unchanged), (0, 3));
    assert_eq!(place.stamps(), stamps);
    assert!(place.compare(&lab(), &scope()).is_clean());
}

#[test]
fn what_is_on_the_disk_leaves_the_memory() {
    let (place, plan) = (Place::new(), lab());
    let root = Root::create(&place.at("out")).unwrap();
    let (lock, _) = recover::lock(&root).unwrap();
    let changes = compare(&plan.expected(), &root, &Manifest::default(), &scope());
    let one_by_one = OneByOne::new(&plan);
    apply(&changes, &one_by_one, &plan.clusters, (&lock, None), &[]).unwrap();
    assert_eq!(one_by_one.last.borrow().strong_count(), 0);
    for file in &plan.files {
        assert_eq!(place.read(file.path.as_str()).as_bytes(), &*file.contents);
    }
}

#[test]
fn only_clusters_that_change_are_asked_for_their_files() {
    let place = Place::new();
    let edge = file("edge", "edge", FileKind::Grub, "text");
    let mut both = lab();
    both.clusters.push(label("edge"));
    both.files.push(edge.clone());
    both.files.sort_by(|one, other| one.path.cmp(&other.path));
    place.render(&both, &scope()).unwrap();
    fs::remove_file(place.out("edge")).unwrap();
    let root = Root::create(&place.at("out")).unwrap();
    let (lock, _) = recover::lock(&root).unwrap();
    let manifest = Manifest::load(&root, &both.clusters).unwrap();
    let changes = compare(&both.expected(), &root, &manifest, &scope());
    let one_by_one = OneByOne::new(&both);
    apply(&changes, &one_by_one, &both.clusters, (&lock, None), &[]).unwrap();
    assert_eq!(one_by_one.asked.take(), [edge.path]);
    assert_eq!(place.read("edge"), "text");
}

/// Gives out each file by itself, with contents that nobody else has.
struct OneByOne<'p> {
    plan: &'p Plan,
    asked: RefCell<Vec<RelPath>>,
    /// The contents that were given out last.
    last: RefCell<Weak<[u8]>>,
}

impl<'p> OneByOne<'p> {
    fn new(plan: &'p Plan) -> Self {
        Self { plan, asked: RefCell::default(), last: RefCell::new(Weak::<[u8; 0]>::new()) }
    }

    fn give(&self, file: &PlannedFile) -> PlannedFile {
        assert_eq!(self.last.borrow().strong_count(), 0, "the contents before those of {} stay", file.path);
        let contents: Arc<[u8]> = file.contents.to_vec().into();
        *self.last.borrow_mut() = Arc::downgrade(&contents);
        self.asked.borrow_mut().push(file.path.clone());
        PlannedFile { contents, ..file.clone() }
    }
}

impl Parts for OneByOne<'_> {
    fn parts<'a>(&'a self, is_wanted: &'a dyn Fn(&Label) -> bool) -> PartsOf<'a> {
        let is_wanted = move |file: &&PlannedFile| file.owner.cluster.as_ref().is_some_and(is_wanted);
        Box::new(self.plan.files.iter().filter(is_wanted).map(|file| Ok(vec![self.give(file)].into())))
    }
}

#[test]
fn reading_makes_nothing() {
    let place = Place::new();
    let changes = place.compare(&lab(), &scope());
    assert_eq!(changes.counts().create, 3);
    assert!(!place.at("out").exists());
}

#[test]
fn modes_are_as_planned() {
    let place = Place::new();
    place.render(&lab(), &scope()).unwrap();
    check_modes(&place);
    fs::set_permissions(place.out(PXE), fs::Permissions::from_mode(0o600)).unwrap();
    assert_eq!(place.compare(&lab(), &scope()).counts().chmod, 1);
    assert_eq!(place.render(&lab(), &scope()).unwrap().chmod, 1);
    check_modes(&place);
}

fn check_modes(place: &Place) {
    assert_eq!((place.mode(GROUP), place.mode(PXE), place.mode(IGN)), (0o644, 0o644, 0o640));
    for folder in ["", "matchbox", "matchbox/assets/ignition/lab", "tftpboot/pxelinux.cfg", ".okdboot"] {
        assert_eq!(place.mode(folder), 0o755, "{folder}");
    }
    assert_eq!((place.mode(".okdboot/manifest/lab.json"), place.mode(".okdboot/lock")), (0o644, 0o600));
}

/// The umask belongs to the whole process, so this runs in one of its own.
#[test]
fn modes_do_not_depend_on_the_umask() {
    let mut child = std::process::Command::new(std::env::current_exe().unwrap());
    let output = child.args(["disk::under_a_tight_umask", "--exact", "--ignored"]).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
}

#[test]
#[ignore = "changes the umask of the process; run by `modes_do_not_depend_on_the_umask`"]
fn under_a_tight_umask() {
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
    let place = Place::new();
    place.render(&lab(), &scope()).unwrap();
    check_modes(&place);
    replace(&place.at("okdboot.lock"), b"{}\n", 0o644).unwrap();
    assert_eq!(fs::metadata(place.at("okdboot.lock")).unwrap().mode() & 0o7777, 0o644);
}

#[test]
fn nothing_is_written_through_a_symlink() {
    let place = Place::new();
    fs::create_dir(place.at("elsewhere")).unwrap();
    fs::write(place.at("elsewhere/victim"), "precious").unwrap();

    place.render(&lab(), &scope()).unwrap();
    fs::remove_file(place.out(PXE)).unwrap();
    symlink(place.at("elsewhere/victim"), place.out(PXE)).unwrap();
    let expected = format!("cannot write the plan: `out/{PXE}` cannot be written, `{PXE}` is a symlink");
    assert_eq!(place.refused(&lab(), &scope()), expected);
    assert_eq!(place.refused(&lab(), &forced()), expected);
    fs::remove_file(place.out(PXE)).unwrap();

    fs::remove_dir(place.out("tftpboot/pxelinux.cfg")).unwrap();
    symlink(place.at("elsewhere"), place.out("tftpboot/pxelinux.cfg")).unwrap();
    let expected =
        format!("cannot write the plan: `out/{PXE}` cannot be written, `tftpboot/pxelinux.cfg` is a symlink");
    assert_eq!(place.refused(&lab(), &forced()), expected);

    let names: Vec<_> = fs::read_dir(place.at("elsewhere")).unwrap().collect();
    assert_eq!(names.len(), 1);
    assert_eq!(fs::read_to_string(place.at("elsewhere/victim")).unwrap(), "precious");
}

#[test]
fn an_orphan_behind_a_symlink_is_not_removed() {
    let place = Place::new();
    place.render(&lab(), &scope()).unwrap();
    fs::rename(place.out("tftpboot"), place.at("moved")).unwrap();
    symlink(place.at("moved"), place.out("tftpboot")).unwrap();
    let rest = plan("lab", lab().files.into_iter().filter(|file| file.path.as_str() != PXE).collect());
    assert!(place.refused(&rest, &scope()).ends_with("`tftpboot` is a symlink"));
    assert_eq!(place.render(&rest, &forced()).unwrap().kept, 1);
    assert!(place.at("moved/pxelinux.cfg/01-52-54-00-00-00-01").exists());
    assert!(place.compare(&rest, &scope()).is_clean());
}

#[test]
fn a_root_that_is_no_folder_of_its_own_is_refused() {
    let place = Place::new();
    fs::create_dir(place.at("real")).unwrap();
    symlink(place.at("real"), place.at("out")).unwrap();
    assert_eq!(place.refused(&lab(), &scope()), "cannot use output folder `out`: it is a symlink");
    for spelling in ["out/", "out/."] {
        let refused = Root::create(&place.at(spelling)).map(|_| ()).unwrap_err();
        assert!(matches!(refused, DiskError::RootKind { .. }), "{refused}");
        assert!(DiskTree::open(&place.at(spelling)).is_err());
    }
    fs::remove_file(place.at("out")).unwrap();
    fs::write(place.at("out"), "").unwrap();
    assert_eq!(place.refused(&lab(), &scope()), "cannot use output folder `out`: it is a file");
    assert!(fs::read_dir(place.at("real")).unwrap().next().is_none());
}

#[test]
fn a_root_that_everybody_can_write_to_is_refused() {
    let place = Place::new();
    fs::create_dir(place.at("out")).unwrap();
    fs::set_permissions(place.at("out"), fs::Permissions::from_mode(0o777)).unwrap();
    let message = "cannot write to output folder `out`: everybody can write to it and it is not sticky";
    assert_eq!(place.refused(&lab(), &scope()), message);
    fs::set_permissions(place.at("out"), fs::Permissions::from_mode(0o1777)).unwrap();
    place.render(&lab(), &scope()).unwrap();
}

#[test]
fn a_root_of_another_user_is_refused() {
    let place = Place::new();
    let out = if rustix::process::geteuid().is_root() {
        fs::create_dir(place.at("out")).unwrap();
        std::os::unix::fs::chown(place.at("out"), Some(54_321), None).unwrap();
        place.at("out")
    } else {
        "/usr".into()
    };
    let refused = Root::create(&out).map(|_| ()).unwrap_err();
    assert!(matches!(refused, DiskError::RootOwner { .. }), "{refused}");
    assert!(DiskTree::open(&out).is_ok());
}

#[test]
fn a_folder_in_the_way_is_refused() {
    let place = Place::new();
    fs::create_dir_all(place.out(PXE)).unwrap();
    let message = format!("cannot write the plan: `out/{PXE}` cannot be written, `{PXE}` is a folder");
    assert_eq!(place.refused(&lab(), &forced()), message);
    assert!(!place.out(GROUP).exists());
}

#[test]
fn a_file_in_place_of_a_folder_is_refused() {
    let place = Place::new();
    fs::create_dir(place.at("out")).unwrap();
    fs::write(place.out("tftpboot"), "").unwrap();
    let message = format!("cannot write the plan: `out/{PXE}` cannot be written, `tftpboot` is a file");
    assert_eq!(place.refused(&lab(), &scope()), message);
}

#[test]
fn a_pipe_in_the_way_does_not_hold_the_run() {
    let place = Place::new();
    fs::create_dir_all(place.out("tftpboot/pxelinux.cfg")).unwrap();
    let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
    rustix::fs::mknodat(rustix::fs::CWD, place.out(PXE).as_str(), rustix::fs::FileType::Fifo, mode, 0)
        .unwrap();
    assert!(place.refused(&lab(), &forced()).ends_with("is a named pipe"));
}

#[test]
fn a_file_edited_by_hand_is_refused_and_replaced_by_force() {
    let place = Place::new();
    place.render(&lab(), &scope()).unwrap();
    fs::write(place.out(PXE), "mine\n").unwrap();
    fs::write(place.out(GROUP), "mine\n").unwrap();
    let message =
        format!("cannot write the plan: `out/{GROUP}` was edited since okdboot wrote it (and 1 file more)");
    assert_eq!(place.refused(&lab(), &scope()), message);
    assert_eq!(place.read(PXE), "mine\n");
    assert_eq!(place.render(&lab(), &forced()).unwrap().updated, 2);
    assert_eq!(place.read(PXE), "DEFAULT install\n");
}

#[test]
fn orphans_go_by_cluster_and_kind() {
    let place = Place::new();
    let prod = plan("prod", vec![file("commands/prod.txt", "prod", FileKind::Commands, "x\n")]);
    place.render(&lab(), &scope()).unwrap();
    place.render(&prod, &Scope::all()).unwrap();
    let none = plan("lab", Vec::new());

    let only = place.compare(&none, &Scope::only([FileKind::Pxelinux]));
    assert_eq!(kinds(&only), [(PXE, "remove")]);
    assert_eq!(kinds(&place.compare(&none, &Scope::all())), [(GROUP, "remove"), (PXE, "remove")]);

    assert_eq!(place.render(&none, &Scope::only([FileKind::Pxelinux])).unwrap().removed, 1);
    assert!(!place.out(PXE).exists() && place.out(GROUP).exists());
    assert_eq!(place.render(&none, &scope()).unwrap().removed, 2);
    assert!(!place.out(IGN).exists());
    assert_eq!(place.read("commands/prod.txt"), "x\n");
    assert!(place.compare(&prod, &Scope::all()).is_clean());
}

#[test]
fn a_manifest_that_points_outside_is_refused() {
    let place = Place::new();
    place.render(&lab(), &scope()).unwrap();
    fs::write(place.at("victim"), "").unwrap();
    let text = place.read(".okdboot/manifest/lab.json").replace(PXE, "../victim");
    fs::write(place.out(".okdboot/manifest/lab.json"), text).unwrap();
    let error = Manifest::load_all(&DiskTree::open(&place.at("out")).unwrap()).unwrap_err();
    let message = error.to_string().replace(place.at("").as_str(), "");
    let expected = "manifest `out/.okdboot/manifest/lab.json` has an invalid entry `../victim`: \
                    the path is not inside the output tree";
    assert_eq!(message, expected);
    assert!(place.at("victim").exists());
}

#[test]
fn a_second_writer_is_refused_and_a_reader_is_not() {
    let place = Place::new();
    let root = Root::create(&place.at("out")).unwrap();
    let lock = root.lock().unwrap();
    let pid = std::process::id();
    let message = format!("cannot lock `out/.okdboot/lock`: locked by another run (pid {pid})");
    assert_eq!(place.refused(&lab(), &scope()), message);
    assert_eq!(place.compare(&lab(), &scope()).counts().create, 3);
    drop(lock);
    place.render(&lab(), &scope()).unwrap();
}

#[test]
fn what_a_killed_run_left_is_removed() {
    let place = Place::new();
    place.render(&lab(), &scope()).unwrap();
    let stale = place.out("tftpboot/pxelinux.cfg/.okdboot-1-1.part");
    let others = place.out("tftpboot/pxelinux.cfg/notes.part");
    fs::write(&stale, "half").unwrap();
    fs::write(&others, "whole").unwrap();
    // It said where it was going to write, before it wrote.
    fs::write(place.out(".okdboot/folders"), "tftpboot/pxelinux.cfg\n").unwrap();
    place.render(&lab(), &scope()).unwrap();
    assert!(!stale.exists() && others.exists());
}

#[test]
fn owners_stay_and_folders_pass_their_group_on() {
    if !rustix::process::geteuid().is_root() {
        eprintln!("not root: owners are not tried");
        return;
    }
    let place = Place::new();
    place.render(&lab(), &scope()).unwrap();
    std::os::unix::fs::chown(place.out(PXE), Some(12), Some(34)).unwrap();
    std::os::unix::fs::chown(place.out(""), None, Some(56)).unwrap();
    let mut next = lab();
    next.files[2].contents = b"DEFAULT local\n".as_slice().into();
    next.files.insert(0, file("commands/lab.txt", "lab", FileKind::Commands, "x\n"));
    place.render(&next, &scope()).unwrap();
    let of = |path: &str| fs::metadata(place.out(path)).map(|meta| (meta.uid(), meta.gid())).unwrap();
    assert_eq!(place.read(PXE), "DEFAULT local\n");
    assert_eq!((of(PXE), of("commands"), of("commands/lab.txt")), ((12, 34), (0, 56), (0, 56)));
}

#[test]
fn a_group_is_given_to_ignition_files() {
    if !rustix::process::geteuid().is_root() {
        eprintln!("not root: groups are not tried");
        return;
    }
    let place = Place::new();
    place.render(&lab(), &scope()).unwrap();
    let grouped = Scope { group: Some(48), ..scope() };
    let changes = place.compare(&lab(), &grouped);
    let change = changes.list.iter().find(|change| change.path.as_str() == IGN).unwrap();
    assert!(matches!(change.kind, ChangeKind::Regroup { to: 48, .. }));
    assert_eq!(place.render(&lab(), &grouped).unwrap().chmod, 1);
    let gid = |path: &str| fs::metadata(place.out(path)).unwrap().gid();
    assert_eq!((gid(IGN), place.mode(IGN)), (48, 0o640));
    assert_ne!(gid(PXE), 48);
    assert!(place.compare(&lab(), &grouped).is_clean());
}

#[test]
fn an_ignition_file_that_only_we_can_read_is_told() {
    let place = Place::new();
    place.render(&lab(), &scope()).unwrap();
    let meta = fs::metadata(place.out(IGN)).unwrap();
    let (user, group) = (meta.uid(), meta.gid());
    let passwd = format!("me:x:{user}:{group}::/:/bin/sh\n");
    let private = |members: &str| {
        let accounts = Accounts::parse(&passwd, &format!("mine:x:{group}:{members}\n"));
        let root = Root::create(&place.at("out")).unwrap();
        root.private_files([&IGN.parse().unwrap()], &accounts)
    };
    assert_eq!(private("")[0].group, format!("`mine` ({group})"));
    assert!(private("matchbox").is_empty());
}

#[test]
fn one_file_is_replaced_whole_or_left_alone() {
    let place = Place::new();
    let path = place.at("okdboot.lock");
    assert_eq!(replace(&path, b"one", 0o644).unwrap(), Replaced::Written);
    assert_eq!(replace(&path, b"one", 0o644).unwrap(), Replaced::Same);
    assert_eq!(replace(&path, b"two", 0o644).unwrap(), Replaced::Written);
    assert_eq!(fs::read_to_string(&path).unwrap(), "two");
    fs::rename(&path, place.at("real")).unwrap();
    symlink("real", &path).unwrap();
    let error = replace(&path, b"three", 0o644).unwrap_err();
    assert!(matches!(error, DiskError::Obstacle { .. }), "{error}");
    assert_eq!(fs::read_to_string(place.at("real")).unwrap(), "two");
    assert_eq!(fs::read_dir(place.at("")).unwrap().count(), 2);
}

#[test]
fn a_place_that_cannot_be_written_is_named() {
    let place = Place::new();
    fs::write(place.at("file"), "").unwrap();
    let error = Root::create(&place.at("file/out")).map(|_| ()).unwrap_err().to_string();
    let message = error.replace(place.at("").as_str(), "");
    assert_eq!(message, "cannot create folder `file/out`: Not a directory (os error 20)");
}
