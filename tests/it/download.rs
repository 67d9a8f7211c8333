//! Artifacts from a scripted server: the right bytes, or a clear error and the old file; never a wrong
//! file under the final name, and never a temp file left.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use camino::Utf8Path;
use okdboot::apply::download::cache::Cache;
use okdboot::apply::download::{
    ArtifactStanding, DownloadError, FetchOutcome, Fetched, Options, Retry, Wanted, download, inspect,
};
use okdboot::apply::progress::{Activity, Progress, Silent};
use okdboot::disk::{DiskTree, Root};
use okdboot::http::{Client, HttpError, HttpSettings};
use okdboot::model::artifact::ArtifactName;
use okdboot::model::digest::Sha256;
use okdboot::model::fault::{Fault, Faulty as _};
use okdboot::model::origin::{DigestOrigin, LockedDigest};
use rustls::pki_types::pem::PemObject as _;
use tempfile::TempDir;

use crate::server::{Answer, Ending, Length, Server};

pub(crate) const ASSET: &str = "matchbox/assets/kernel";
const BOOT: &str = "tftpboot/kernel";

/// More than a buffer, and no round number.
pub(crate) fn body() -> Vec<u8> {
    (0..700_001_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect()
}

/// An output root with a client for it.
pub(crate) struct Room {
    folder: TempDir,
    pub(crate) client: Client,
    pub(crate) options: Options,
    pub(crate) cache: Option<Cache>,
}

impl Room {
    pub(crate) fn new() -> Self {
        Self::with(None)
    }

    fn with(ca_cert: Option<PathBuf>) -> Self {
        let (connect_timeout, stall_timeout) = (Duration::from_secs(5), Duration::from_millis(1500));
        let settings = HttpSettings { connect_timeout, stall_timeout, ca_cert, ..HttpSettings::default() };
        let client = Client::new(settings).unwrap();
        let retry = Retry { times: 0, ..quick() };
        let options = Options { retry, ..Options::default() };
        Self { folder: tempfile::tempdir().unwrap(), client, options, cache: None }
    }

    pub(crate) fn root(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn path(&self, below: &str) -> PathBuf {
        self.root().join(below)
    }

    /// Puts a file or whatever `put` makes at a place.
    fn place(&self, below: &str, put: impl FnOnce(&Path)) {
        let path = self.path(below);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        put(&path);
    }

    pub(crate) fn bring(&self, wanted: &Wanted) -> Result<Fetched, DownloadError> {
        self.bring_all(std::slice::from_ref(wanted))?.pop().unwrap()
    }

    pub(crate) fn bring_all(
        &self,
        wanted: &[Wanted],
    ) -> Result<Vec<Result<Fetched, DownloadError>>, DownloadError> {
        self.bring_to(self.root(), wanted, &Silent)
    }

    /// Brings artifacts below a root, under its lock.
    fn bring_to(
        &self,
        root: &Path,
        wanted: &[Wanted],
        progress: &dyn Progress,
    ) -> Result<Vec<Result<Fetched, DownloadError>>, DownloadError> {
        let root = Root::create(Utf8Path::from_path(root).unwrap())?;
        download(&self.client, &root.lock()?, wanted, self.cache.as_ref(), &self.options, progress)
    }

    /// Returns how an artifact stands, and the size of its file.
    fn inspect(&self, wanted: &Wanted) -> (ArtifactStanding, Option<u64>) {
        let tree = DiskTree::open(Utf8Path::from_path(self.root()).unwrap()).unwrap();
        let found = inspect(&tree, std::slice::from_ref(wanted)).unwrap();
        (found[0].standing, found[0].bytes)
    }

    /// Opens a cache below the root.
    pub(crate) fn open_cache(&self) -> Result<Cache, DownloadError> {
        Cache::open(Utf8Path::from_path(&self.path("cache")).unwrap())
    }

    /// Asserts that a download fails, that a file which was there before is untouched, and that no temp
    /// file is left.
    pub(crate) fn refuses(&self, wanted: &Wanted, fault: Fault) -> DownloadError {
        let before = fs::read(self.path(ASSET)).ok();
        let error = self.bring(wanted).unwrap_err();
        assert_eq!(error.fault(), fault, "{error}");
        assert_eq!(fs::read(self.path(ASSET)).ok(), before);
        assert_eq!(self.temp_files(), Vec::<PathBuf>::new());
        error
    }

    pub(crate) fn temp_files(&self) -> Vec<PathBuf> {
        let folders = [self.path("matchbox/assets"), self.path("tftpboot")];
        let entries = folders.iter().filter_map(|folder| fs::read_dir(folder).ok()).flatten();
        let paths = entries.map(|entry| entry.unwrap().path());
        paths.filter(|path| path.extension().is_some_and(|extension| extension == "part")).collect()
    }
}

/// Delays that a test does not feel.
pub(crate) fn quick() -> Retry {
    let sleep = Arc::new(|_| {});
    Retry { times: 3, sleep, ..Retry::default() }
}

pub(crate) fn wanted(url: &str, digest: Option<&[u8]>) -> Wanted {
    Wanted {
        name: "kernel".parse().unwrap(),
        location: url.parse().unwrap(),
        digest: digest.map(|bytes| LockedDigest { sha256: Sha256::of(bytes), origin: DigestOrigin::Https }),
        path: ASSET.parse().unwrap(),
        copies: Vec::new(),
        signature: None,
        signed_by: None,
    }
}

fn serving(answer: impl Fn() -> Answer + Send + Sync + 'static) -> Server {
    Server::start(move |_, _| answer())
}

#[test]
fn the_right_bytes_arrive_readable_and_in_every_place() {
    let (room, server) = (Room::new(), serving(|| Answer::ok(body())));
    let wanted =
        Wanted { copies: vec![BOOT.parse().unwrap()], ..wanted(&server.url("/kernel"), Some(&body())) };
    assert_eq!(room.inspect(&wanted), (ArtifactStanding::Absent, None));
    let fetched = room.bring(&wanted).unwrap();
    assert_eq!((fetched.outcome, fetched.bytes, fetched.is_learnt), (FetchOutcome::Fetched, 700_001, false));
    for place in [ASSET, BOOT] {
        assert_eq!(fs::read(room.path(place)).unwrap(), body(), "{place}");
        assert_eq!(fs::metadata(room.path(place)).unwrap().permissions().mode() & 0o7777, 0o644);
    }
    assert_eq!(fs::metadata(room.path("matchbox/assets")).unwrap().permissions().mode() & 0o7777, 0o755);
    assert_eq!(fs::metadata(room.path(ASSET)).unwrap().nlink(), 1);
    assert_eq!(room.inspect(&wanted), (ArtifactStanding::Present, Some(700_001)));
    let request = &server.requests()[0];
    assert_eq!((request.method.as_str(), request.path.as_str()), ("GET", "/kernel"));
    assert_eq!(request.header("accept-encoding"), Some("identity"));
    assert!(request.header("user-agent").unwrap().starts_with("okdboot/"));
    assert!(room.temp_files().is_empty());
}

#[test]
fn a_good_file_is_not_fetched_again_and_one_with_a_flipped_byte_is() {
    let (room, server) = (Room::new(), serving(|| Answer::ok(body())));
    let wanted =
        Wanted { copies: vec![BOOT.parse().unwrap()], ..wanted(&server.url("/kernel"), Some(&body())) };
    room.bring(&wanted).unwrap();
    let copy = fs::metadata(room.path(BOOT)).unwrap().ino();
    assert_eq!(room.bring(&wanted).unwrap().outcome, FetchOutcome::Present);
    assert_eq!(server.count(), 1);
    assert_eq!(fs::metadata(room.path(BOOT)).unwrap().ino(), copy);

    let mut flipped = body();
    flipped[350_000] ^= 1;
    fs::write(room.path(ASSET), &flipped).unwrap();
    assert_eq!(room.inspect(&wanted), (ArtifactStanding::Differs, Some(700_001)));
    assert_eq!(room.bring(&wanted).unwrap().outcome, FetchOutcome::Fetched);
    assert_eq!(server.count(), 2);
    assert_eq!(fs::read(room.path(ASSET)).unwrap(), body());

    fs::write(room.path(BOOT), &flipped).unwrap();
    assert_eq!(room.bring(&wanted).unwrap().outcome, FetchOutcome::Present);
    assert_eq!(fs::read(room.path(BOOT)).unwrap(), body());
    fs::remove_file(room.path(BOOT)).unwrap();
    assert_eq!(room.bring(&wanted).unwrap().outcome, FetchOutcome::Present);
    assert_eq!(fs::read(room.path(BOOT)).unwrap(), body());
    assert_eq!(server.count(), 2);
}

#[test]
fn a_wrong_digest_keeps_the_old_file_and_names_the_cause() {
    for (answer, cause) in [
        (Answer::ok("other bytes"), "was replaced since"),
        (Answer::ok("<!DOCTYPE html><html>log in</html>"), "sent a web page"),
        (Answer::ok(""), "empty file"),
        (Answer::ok("x").header("Content-Encoding", "gzip"), "changed the encoding"),
        (Answer::ok("x").length(Length::Untold), "may have been cut"),
        (Answer::ok(body()).length(Length::Lie(1000)), "was replaced since"),
    ] {
        let (room, server) = (Room::new(), serving(move || answer.clone()));
        room.place(ASSET, |path| fs::write(path, "old").unwrap());
        let error = room.refuses(&wanted(&server.url("/kernel"), Some(&body())), Fault::Digest).to_string();
        assert!(error.contains(cause), "{error}");
        assert!(error.contains(&Sha256::of(&body()).to_string()), "{error}");
        assert!(error.contains(&server.url("/kernel")), "{error}");
    }
}

#[test]
fn a_body_that_breaks_off_or_stalls_is_a_network_fault() {
    let cut = |at| Answer::ok(body()).ending(Ending::CutAfter(at));
    let answers = [
        cut(0),
        cut(1),
        cut(350_000),
        cut(700_000),
        cut(350_000).length(Length::Chunked),
        Answer::ok(body()).length(Length::Lie(800_000)),
        Answer::ok(body()).ending(Ending::StallAfter(0)),
        Answer::ok(body()).ending(Ending::StallAfter(350_000)),
    ];
    for answer in answers {
        let shown = format!("{:?}", answer.clone().ending(Ending::Whole)).len();
        let (room, server) = (Room::new(), serving(move || answer.clone()));
        room.place(ASSET, |path| fs::write(path, "old").unwrap());
        let error = room.refuses(&wanted(&server.url("/kernel"), Some(&body())), Fault::Network);
        assert!(error.to_string().contains("broke off"), "{error} {shown}");
    }
}

#[test]
fn bodies_of_untold_length_are_judged_by_their_digest() {
    for length in [Length::Chunked, Length::Untold] {
        let (room, server) = (Room::new(), serving(move || Answer::ok(body()).length(length)));
        room.bring(&wanted(&server.url("/kernel"), Some(&body()))).unwrap();
        assert_eq!(fs::read(room.path(ASSET)).unwrap(), body());
    }
}

#[test]
fn statuses_other_than_200_are_errors_whatever_the_body() {
    for status in [204, 206, 304, 403, 404, 416, 429, 500, 503] {
        let body = if matches!(status, 204 | 304) { Vec::new() } else { body() };
        let (room, server) = (Room::new(), serving(move || Answer::new(status, body.clone())));
        let error = room.refuses(&wanted(&server.url("/kernel"), Some(&[1])), Fault::Network);
        assert!(error.to_string().contains(&status.to_string()), "{error}");
    }
}

#[test]
fn the_next_run_after_a_failure_succeeds() {
    let server = Server::start(|before, _| match before {
        0 => Answer::new(503, "busy"),
        1 => Answer::ok(body()).ending(Ending::CutAfter(10)),
        _ => Answer::ok(body()),
    });
    let (room, wanted) = (Room::new(), wanted(&server.url("/kernel"), Some(&body())));
    room.refuses(&wanted, Fault::Network);
    room.refuses(&wanted, Fault::Network);
    room.place("matchbox/assets/.okdboot-1-0.part", |path| fs::write(path, "from a killed run").unwrap());
    room.bring(&wanted).unwrap();
    assert!(room.temp_files().is_empty());
}

#[test]
fn redirects_are_followed_and_named_but_not_for_ever() {
    let server = Server::start(|_, request| match request.path.as_str() {
        "/kernel" => Answer::redirect("/moved/other-name"),
        "/moved/other-name" => Answer::ok(body()),
        "/file" => Answer::redirect("file:///etc/passwd"),
        "/nowhere" => Answer::new(302, ""),
        _ => Answer::redirect("/loop"),
    });
    let room = Room::new();
    let fetched = room.bring(&wanted(&server.url("/kernel"), Some(&body()))).unwrap();
    assert_eq!(fetched.redirected_to, ["127.0.0.1"]);
    assert_eq!(fs::read(room.path(ASSET)).unwrap(), body());

    let before = server.count();
    let error = room.refuses(&wanted(&server.url("/loop"), Some(&[1])), Fault::Network);
    assert!(matches!(error, DownloadError::Http(HttpError::Redirects { .. })), "{error}");
    assert_eq!(server.count() - before, 6);
    for path in ["/file", "/nowhere"] {
        let error = room.refuses(&wanted(&server.url(path), Some(&[1])), Fault::Network);
        assert!(matches!(error, DownloadError::Http(HttpError::BadRedirect { .. })), "{error}");
    }
}

#[test]
fn plain_http_without_a_digest_is_refused_unasked() {
    let (room, server) = (Room::new(), serving(|| Answer::ok(body())));
    let error = room.refuses(&wanted(&server.url("/kernel"), None), Fault::Input);
    assert!(error.to_string().contains("`kernel` under `okdboot.sha256`"), "{error}");
    assert_eq!(server.count(), 0);
}

#[test]
fn a_file_larger_than_the_cap_is_refused() {
    for length in [Length::True, Length::Chunked] {
        let (mut room, server) = (Room::new(), serving(move || Answer::ok(body()).length(length)));
        room.options.cap = 700_000;
        let error = room.refuses(&wanted(&server.url("/kernel"), Some(&body())), Fault::Input);
        assert!(matches!(error, DownloadError::TooLarge { cap: 700_000, .. }), "{error}");
    }
}

#[test]
fn what_is_not_a_regular_file_is_not_replaced() {
    let server = serving(|| Answer::ok(body()));
    let wanted = wanted(&server.url("/kernel"), Some(&body()));
    let room = Room::new();
    fs::write(room.path("elsewhere"), "precious").unwrap();
    room.place(ASSET, |path| symlink(room.path("elsewhere"), path).unwrap());
    let error = room.refuses(&wanted, Fault::FileSystem);
    assert!(error.to_string().contains("is a symbolic link"), "{error}");
    assert_eq!(fs::read(room.path("elsewhere")).unwrap(), b"precious");

    let room = Room::new();
    room.place(ASSET, |path| fs::create_dir(path).unwrap());
    let error = room.refuses(&wanted, Fault::FileSystem);
    assert!(error.to_string().contains("is a folder"), "{error}");

    let room = Room::new();
    fs::create_dir(room.path("elsewhere")).unwrap();
    symlink(room.path("elsewhere"), room.path("matchbox")).unwrap();
    let error = room.refuses(&wanted, Fault::FileSystem);
    assert!(matches!(error, DownloadError::NotAFolder { .. }), "{error}");
    assert_eq!(fs::read_dir(room.path("elsewhere")).unwrap().count(), 0);
    assert_eq!(server.count(), 0);
}

#[test]
fn an_output_root_that_cannot_be_written_is_a_file_system_fault() {
    let (room, server) = (Room::new(), serving(|| Answer::ok(body())));
    let wanted = wanted(&server.url("/kernel"), Some(&body()));
    fs::write(room.path("file"), "").unwrap();
    for root in [room.path("file"), room.path("file/below"), PathBuf::from("/proc/okdboot")] {
        let list = std::slice::from_ref(&wanted);
        let result = room.bring_to(&root, list, &Silent);
        let error = result.and_then(|mut done| done.pop().unwrap()).unwrap_err();
        assert_eq!(error.fault(), Fault::FileSystem, "{error}");
        assert!(error.to_string().contains(root.to_str().unwrap()), "{error}");
    }
    assert_eq!(server.count(), 0);
}

#[test]
fn a_file_that_is_replaced_keeps_its_owner_and_group() {
    let (room, server) = (Room::new(), serving(|| Answer::ok(body())));
    room.place(ASSET, |path| fs::write(path, "old").unwrap());
    let path = room.path(ASSET);
    if std::os::unix::fs::chown(&path, Some(12), Some(34)).is_err() {
        println!("only root can give files away; not tried");
        return;
    }
    room.bring(&wanted(&server.url("/kernel"), Some(&body()))).unwrap();
    let found = fs::metadata(path).unwrap();
    assert_eq!((found.uid(), found.gid(), found.mode() & 0o7777), (12, 34, 0o644));
}

#[test]
fn a_mirror_has_the_same_names_elsewhere_and_keeps_its_credentials() {
    let server = serving(|| Answer::ok(body()));
    let mut room = Room::new();
    let mirror = server.url("/boot/").replace("http://", "http://user:secret@");
    room.options.mirrors = vec![mirror.parse().unwrap()];
    let fetched = room.bring(&wanted("https://images.example.com/x/kernel", Some(&body()))).unwrap();
    assert_eq!(fetched.url, server.url("/boot/kernel"));
    let request = &server.requests()[0];
    assert_eq!(request.path, "/boot/kernel");
    assert!(request.header("authorization").unwrap().starts_with("Basic "));
    let error = room.refuses(&wanted("https://images.example.com/x/kernel", Some(&[1])), Fault::Digest);
    assert!(error.to_string().contains("mirror has another build"), "{error}");
    assert!(!format!("{error} {error:?}").contains("secret"), "{error}");
    let error = room.refuses(&wanted("https://images.example.com/x/kernel", None), Fault::Input);
    assert!(!format!("{error} {error:?}").contains("secret"), "{error}");
}

/// A copy of mirror.openshift.com has other names: the digest decides whether it is the same file.
#[test]
fn a_mirror_may_have_the_published_names() {
    let server = Server::start(|_, request| match request.path.as_str() {
        "/4.20/rhcos-live-kernel.x86_64" => Answer::ok(body()),
        _ => Answer::new(404, ""),
    });
    let mut room = Room::new();
    room.options.mirrors = vec![server.url("/4.20").parse().unwrap()];
    let location = "https://images.example.com/x/rhcos-9.6.20260112-0-live-kernel.x86_64";
    let fetched = room.bring(&wanted(location, Some(&body()))).unwrap();
    assert_eq!(fetched.url, server.url("/4.20/rhcos-live-kernel.x86_64"));
    // Another build under that name is refused, and without a digest nothing tells it apart.
    let mut room = Room::new();
    room.options.mirrors = vec![server.url("/4.20").parse().unwrap()];
    room.refuses(&wanted(location, Some(&[1])), Fault::Digest);
    room.refuses(&wanted(location, None), Fault::Input);
}

#[test]
fn several_files_come_at_once_and_one_failure_stops_no_other() {
    let server = Server::start(|_, request| match request.path.as_str() {
        "/f3" => Answer::new(404, "<html>"),
        path => Answer::ok(path.repeat(1000)),
    });
    let room = Room::new();
    let files: Vec<Wanted> = (0..8)
        .map(|i| {
            let name: ArtifactName = format!("f{i}").parse().unwrap();
            let bytes = format!("/f{i}").repeat(1000);
            let wanted = wanted(&server.url(&format!("/{name}")), Some(bytes.as_bytes()));
            Wanted { path: format!("matchbox/assets/{name}").parse().unwrap(), name, ..wanted }
        })
        .collect();
    let results = room.bring_all(&files).unwrap();
    assert_eq!(results.len(), 8);
    for (i, result) in results.iter().enumerate() {
        match result {
            Ok(fetched) => assert_eq!(fetched.name, files[i].name),
            Err(error) => assert!(i == 3 && error.to_string().contains("404"), "{i}: {error}"),
        }
    }
    assert_eq!(fs::read_dir(room.path("matchbox/assets")).unwrap().count(), 7);
}

#[test]
fn two_files_for_one_place_are_refused_before_anything_is_done() {
    let room = Room::new();
    let [one, other] = [b"one", b"two"].map(|bytes| wanted("https://images.example.com/kernel", Some(bytes)));
    let error = room.bring_all(&[one, other]).unwrap_err();
    assert!(matches!(error, DownloadError::Clash { .. }), "{error}");
}

#[test]
fn local_files_are_pinned_on_first_use() {
    let room = Room::new();
    let source = room.path("kernel");
    fs::write(&source, body()).unwrap();
    let url = format!("file://{}", source.display());
    let fetched = room.bring(&wanted(&url, None)).unwrap();
    let digest = LockedDigest { sha256: Sha256::of(&body()), origin: DigestOrigin::FirstUse };
    assert_eq!((fetched.digest, fetched.is_learnt), (digest, true));
    assert_eq!(room.inspect(&wanted(&url, None)), (ArtifactStanding::Unknown, Some(700_001)));
    fs::remove_file(&source).unwrap();
    room.refuses(&wanted(&url, None), Fault::FileSystem);
}

pub fn testdata(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/tls").join(name)
}

pub fn tls() -> Arc<rustls::ServerConfig> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let certificate = rustls::pki_types::CertificateDer::from_pem_file(testdata("server.pem")).unwrap();
    let key = rustls::pki_types::PrivateKeyDer::from_pem_file(testdata("server.key")).unwrap();
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    Arc::new(config)
}

fn https_room() -> Room {
    Room::with(Some(testdata("ca.pem")))
}

#[test]
fn over_https_a_sums_file_beside_the_artifact_is_believed() {
    let sums = format!("{}  other\n{}  kernel\n", Sha256::of(b"o"), Sha256::of(&body()));
    let server = Server::start_tls(tls(), move |_, request| match request.path.as_str() {
        "/a/sha256sum.txt" => Answer::ok(sums.clone()),
        "/a/kernel" => Answer::ok(body()),
        _ => Answer::new(404, ""),
    });
    let (room, wanted) = (https_room(), wanted(&server.url("/a/kernel"), None));
    let fetched = room.bring(&wanted).unwrap();
    let digest = LockedDigest { sha256: Sha256::of(&body()), origin: DigestOrigin::Sums };
    assert_eq!((fetched.digest, fetched.is_learnt), (digest, true));
    assert_eq!(room.bring(&wanted).unwrap().outcome, FetchOutcome::Present);
}

#[test]
fn over_https_first_use_is_pinned_unless_the_answer_looks_wrong() {
    let server = Server::start_tls(tls(), |_, request| match request.path.as_str() {
        "/kernel" => Answer::ok(body()),
        "/chunked/kernel" => Answer::ok(body()).length(Length::Chunked),
        "/page/kernel" => Answer::ok("<html>"),
        "/empty/kernel" => Answer::ok(""),
        "/coded/kernel" => Answer::ok("x").header("Content-Encoding", "gzip"),
        "/untold/kernel" => Answer::ok("x").length(Length::Untold),
        "/down/sha256sum.txt" => Answer::new(503, ""),
        _ => Answer::new(404, ""),
    });
    let room = https_room();
    for path in ["/kernel", "/chunked/kernel"] {
        let fetched = room.bring(&wanted(&server.url(path), None)).unwrap();
        assert_eq!(fetched.digest.origin, DigestOrigin::FirstUse);
    }
    for path in ["/page/kernel", "/empty/kernel", "/coded/kernel", "/untold/kernel", "/down/kernel"] {
        room.refuses(&wanted(&server.url(path), None), Fault::Network);
    }
}

#[test]
fn a_certificate_that_nothing_vouches_for_is_refused() {
    let server = Server::start_tls(tls(), |_, _| Answer::ok(body()));
    let error = Room::new().refuses(&wanted(&server.url("/kernel"), Some(&body())), Fault::Network);
    assert!(error.to_string().contains("certificate"), "{error}");
}

#[test]
fn https_is_never_given_up_for_http() {
    let plain = serving(|| Answer::ok(body()));
    let target = plain.url("/kernel");
    let server = Server::start_tls(tls(), move |_, _| Answer::redirect(&target));
    let error = https_room().refuses(&wanted(&server.url("/kernel"), Some(&body())), Fault::Network);
    assert!(matches!(error, DownloadError::Http(HttpError::Downgrade { .. })), "{error}");
    assert_eq!(plain.count(), 0);
}

/// Writes down what it is told.
#[derive(Default)]
struct Recorder {
    events: Mutex<Vec<String>>,
    bytes: Mutex<u64>,
}

impl Progress for Recorder {
    fn started(&self, file: &ArtifactName, activity: Activity, size: Option<u64>) {
        self.events.lock().unwrap().push(format!("{activity:?} {file} {size:?}"));
    }

    fn advanced(&self, _file: &ArtifactName, bytes: u64) {
        *self.bytes.lock().unwrap() += bytes;
    }

    fn finished(&self, _file: &ArtifactName) {
        self.events.lock().unwrap().push("finished".to_owned());
    }

    fn line(&self, text: &str) {
        self.events.lock().unwrap().push(text.to_owned());
    }
}

#[test]
fn progress_tells_what_is_done() {
    let (room, server) = (Room::new(), serving(|| Answer::ok(body())));
    let wanted =
        Wanted { copies: vec![BOOT.parse().unwrap()], ..wanted(&server.url("/kernel"), Some(&body())) };
    let recorder = Recorder::default();
    let list = std::slice::from_ref(&wanted);
    room.bring_to(room.root(), list, &recorder).unwrap().pop().unwrap().unwrap();
    assert_eq!(
        *recorder.events.lock().unwrap(),
        ["Fetching kernel Some(700001)", "finished", "Copying kernel Some(700001)", "finished"]
    );
    assert_eq!(*recorder.bytes.lock().unwrap(), 700_001);
}
