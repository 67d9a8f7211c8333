//! What a run costs without disk and network: reading, planning, hashing. docs/performance.md has the
//! figures and says how the rest was measured.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::hint::black_box;
use std::time::Duration;

use camino::Utf8PathBuf;
use criterion::{BenchmarkId, Criterion, Throughput};
use okdboot::ignition::IgnitionConfig;
use okdboot::lock::{self, LockFile};
use okdboot::model::checkpoint::{Checkpoints, Walk};
use okdboot::model::cluster::Cluster;
use okdboot::model::pool::Pool;
use okdboot::model::role::Role;
use okdboot::plan::change::Scope;
use okdboot::plan::state::State;
use okdboot::plan::{self, ClusterInput, FileKind, Inputs, Plan, SharedFiles};
use okdboot::probe::hash::{self, HashJob};
use okdboot::template::Templates;
use okdboot::vars;
use sha2::Digest as _;

const SIZES: [usize; 3] = [100, 1_000, 10_000];
const LOCK: &str = include_str!("../example/okdboot.lock");
const IGNITION: [(Role, &str); 3] = [
    (Role::Bootstrap, include_str!("../example/ignition/bootstrap.ign")),
    (Role::ControlPlane, include_str!("../example/ignition/master.ign")),
    (Role::Worker, include_str!("../example/ignition/worker.ign")),
];
/// As much as is hashed at once; larger than the caches of a processor.
const HASHED: usize = 256 << 20;

const HEAD: &str = "\
disk: /dev/vda
helper: { name: helper, ipaddr: 10.0.0.2 }
dns: { domain: example.com, clusterid: demo }
dhcp: { router: 10.0.0.1, netmask: 255.255.0.0 }
okdboot: { stream: okd-4.20 }
bootstrap: { name: bootstrap, ipaddr: 10.0.0.10, macaddr: '52:54:00:00:00:10' }
masters:
  - { name: master0, ipaddr: 10.0.0.11, macaddr: '52:54:00:00:00:11' }
  - { name: master1, ipaddr: 10.0.0.12, macaddr: '52:54:00:00:00:12' }
  - { name: master2, ipaddr: 10.0.0.13, macaddr: '52:54:00:00:00:13' }
workers:
";

/// An inventory of so many nodes.
fn inventory(nodes: usize) -> String {
    let mut text = HEAD.to_owned();
    for at in 0..nodes - 4 {
        let [high, low] = u16::try_from(at + 256).expect("it fits").to_be_bytes();
        let entry = format!("name: worker{at}\n    ipaddr: 10.0.{high}.{low}");
        let mac = format!("52:54:00:01:{high:02x}:{low:02x}");
        writeln!(text, "  - {entry}\n    macaddr: \"{mac}\"").expect("text takes everything");
    }
    text
}

fn checked(text: &str) -> Cluster {
    let (checked, _) = vars::read("vars.yaml", text.as_bytes());
    checked.expect("the inventory is good").cluster
}

/// What a plan is made of besides the cluster.
struct Made {
    lock: LockFile,
    ignition: BTreeMap<Pool, IgnitionConfig>,
    templates: Templates,
    scope: Scope,
}

impl Made {
    fn new() -> Self {
        let parse = |(role, text): (Role, &str)| {
            (Pool::Role(role), IgnitionConfig::parse(text.as_bytes()).expect("the example is good"))
        };
        Self {
            lock: lock::parse(LOCK).expect("the example is good"),
            ignition: IGNITION.into_iter().map(parse).collect(),
            templates: Templates::embedded().expect("the templates are good"),
            scope: Scope::all(),
        }
    }

    fn plan(&self, cluster: &Cluster) -> Plan {
        let locked = self.lock.clusters.get(&cluster.id);
        let inputs = Inputs {
            clusters: vec![ClusterInput { cluster, locked, ignition: &self.ignition, secrets: None }],
            templates: &self.templates,
            kinds: &self.scope.kinds,
            artifacts: &BTreeSet::new(),
            state: &State::default(),
            standing: &SharedFiles::default(),
            root: "/srv/okdboot",
        };
        plan::build(&inputs).expect("the plan is possible")
    }
}

fn reading(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("read and check");
    for nodes in SIZES {
        let text = inventory(nodes);
        group.throughput(Throughput::Elements(nodes as u64));
        group.bench_with_input(BenchmarkId::from_parameter(nodes), &text, |bencher, text| {
            bencher.iter(|| checked(black_box(text)));
        });
    }
}

fn planning(criterion: &mut Criterion) {
    let made = Made::new();
    let mut group = criterion.benchmark_group("plan");
    for nodes in SIZES {
        let cluster = checked(&inventory(nodes));
        group.throughput(Throughput::Elements(nodes as u64));
        group.bench_with_input(BenchmarkId::from_parameter(nodes), &cluster, |bencher, cluster| {
            bencher.iter(|| made.plan(black_box(cluster)));
        });
    }
}

/// Everything around the boot for 200 machines: who does what, and the key under `okdboot.services`.
fn services(criterion: &mut Criterion) {
    let mut made = Made::new();
    made.scope = Scope::only(FileKind::all().filter(|kind| kind.is_service()));
    let mut group = criterion.benchmark_group("services of 200 nodes");
    for (name, daemons) in [
        ("dnsmasq", "dhcp: dnsmasq, dns: dnsmasq"),
        ("Kea and BIND", "dhcp: kea, dns: bind"),
        ("dhcpd and Unbound", "dhcp: dhcpd, dns: unbound"),
    ] {
        let own = format!("stream: okd-4.20, services: {{ {daemons} }}");
        let network = "netmask: 255.255.0.0, ipid: 10.0.0.0, netmaskid: 255.255.0.0";
        let text = inventory(200).replace("stream: okd-4.20", &own).replace("netmask: 255.255.0.0", network);
        let cluster = checked(&text);
        group.bench_with_input(BenchmarkId::from_parameter(name), &cluster, |bencher, cluster| {
            bencher.iter(|| made.plan(black_box(cluster)));
        });
    }
}

fn hashing(criterion: &mut Criterion) {
    let bytes = vec![0x5a; HASHED];
    let folder = tempfile::tempdir().expect("there is a folder for temporary files");
    let path = Utf8PathBuf::from_path_buf(folder.path().join("image")).expect("its path is UTF-8");
    std::fs::write(&path, &bytes).expect("it can be written");
    let mut walk = Walk::default();
    walk.update(&bytes);
    let plain = [HashJob { path: path.clone(), checkpoints: Checkpoints::default() }];
    let fetched = [HashJob { path, checkpoints: walk.finish().1 }];
    let mut group = criterion.benchmark_group("sha256");
    group.throughput(Throughput::Bytes(HASHED as u64));
    group.bench_function("sha2, in memory", |bencher| {
        bencher.iter(|| sha2::Sha256::digest(black_box(&bytes)));
    });
    group.bench_function("ring, in memory", |bencher| {
        bencher.iter(|| ring::digest::digest(&ring::digest::SHA256, black_box(&bytes)));
    });
    group.bench_function("a file, as verify does", |bencher| {
        bencher.iter(|| hash::sha256_of(black_box(&plain)));
    });
    group.bench_function("a file that fetch has seen", |bencher| {
        bencher.iter(|| hash::sha256_of(black_box(&fetched)));
    });
}

fn main() {
    let few = Criterion::default().sample_size(10).measurement_time(Duration::from_secs(3));
    let mut criterion = few.warm_up_time(Duration::from_secs(1)).configure_from_args();
    reading(&mut criterion);
    planning(&mut criterion);
    services(&mut criterion);
    hashing(&mut criterion);
    criterion.final_summary();
}
