//! Whether the Ignition files of a cluster belong together, to this cluster, and to their roles.

use std::collections::BTreeMap;

use url::{Host, Url};

use super::{IgnitionConfig, Inside, NEWEST_SPEC, Run, age};
use crate::diag::{Code, Diagnostic};
use crate::model::cluster::Cluster;
use crate::model::pool::Pool;
use crate::model::role::Role;
use crate::model::time::UnixTime;
use crate::text::escape;

/// Where the machine config server listens (OpenShift documentation, "Networking requirements").
const PORT: u16 = 22623;

/// What is asked of the files of one cluster.
#[derive(Debug)]
pub struct IgnitionFamily<'a> {
    /// The cluster that they should be of.
    pub cluster: &'a Cluster,
    /// The files.
    pub configs: &'a BTreeMap<Pool, IgnitionConfig>,
    /// An `.openshift_install_state.json` beside them.
    pub state: Option<&'a str>,
    /// The moment of asking.
    pub now: UnixTime,
}

/// What came of it.
#[derive(Debug)]
pub struct Judged {
    /// Every finding with the pool whose file it is about.
    pub findings: Vec<(Pool, Diagnostic)>,
    /// What the file by which a cluster bootstraps was made for, with its pool.
    pub run: Option<(Pool, Run)>,
}

impl IgnitionFamily<'_> {
    /// Judges the files.
    pub fn check(&self) -> Judged {
        let mut findings = Vec::new();
        let mut read = BTreeMap::new();
        for (pool, config) in self.configs {
            findings.extend(self.spec(pool, config).map(|finding| (pool.clone(), finding)));
            match Inside::read(config.bytes()) {
                Ok(inside) => drop(read.insert(pool, inside)),
                Err(error) => findings.push((pool.clone(), self.unreadable(pool, error))),
            }
        }
        // What machines of no cluster run is a person's own business.
        if !self.cluster.is_openshift() {
            return Judged { findings, run: None };
        }
        let bootstrap = read.get(&Pool::Role(Role::Bootstrap));
        for (pool, inside) in &read {
            findings.extend(self.one(pool, inside, bootstrap).map(|finding| ((*pool).clone(), finding)));
        }
        let is_told =
            |(pool, _): &(&Pool, Inside)| matches!(pool, Pool::Role(Role::Bootstrap | Role::ControlPlane));
        let run = read.into_iter().find(is_told).map(|(pool, inside)| (pool.clone(), inside.run));
        Judged { findings, run }
    }

    fn shown(&self, pool: &Pool) -> String {
        format!("`{pool}.ign` of `{}`", self.cluster.id)
    }

    fn spec(&self, pool: &Pool, config: &IgnitionConfig) -> Option<Diagnostic> {
        let message = format!("{} is written for specification {}", self.shown(pool), config.spec());
        let help = format!("look whether the release reads it: Ignition itself knows {NEWEST_SPEC} at most");
        (config.spec() > NEWEST_SPEC).then(|| Diagnostic::new(Code::P021, message).help(help))
    }

    fn unreadable(&self, pool: &Pool, error: super::InsideError) -> Diagnostic {
        Diagnostic::new(Code::P020, format!("{} cannot be looked into: {error}", self.shown(pool)))
            .help("make it again with `openshift-install create ignition-configs`")
    }

    /// The first thing that is wrong with a file hides what follows from it.
    fn one(&self, pool: &Pool, inside: &Inside, bootstrap: Option<&Inside>) -> Option<Diagnostic> {
        if let Some(finding) = self.other_role(pool, inside) {
            return Some(finding);
        }
        if *pool == Pool::Role(Role::Bootstrap) || self.is_in_place(pool, inside) {
            if let Some(finding) = self.other_cluster(pool, inside) {
                return Some(finding);
            }
            return age::check(&self.shown(pool), inside, self.now, self.state);
        }
        let foreign = inside.pointers.iter().find_map(|pointer| self.pointer(pool, pointer));
        let hard = foreign.as_ref().is_some_and(|finding| finding.code == Code::P018);
        if hard { foreign } else { self.other_run(pool, inside, bootstrap).or(foreign) }
    }

    /// A single node may be its own bootstrap.
    fn is_in_place(&self, pool: &Pool, inside: &Inside) -> bool {
        *pool == Pool::Role(Role::ControlPlane)
            && inside.run.is_in_place
            && self.cluster.may_bootstrap_in_place()
    }

    /// A bootstrap config carries the authority of its run, a pointer config a URL and nothing else.
    fn other_role(&self, pool: &Pool, inside: &Inside) -> Option<Diagnostic> {
        let is_bootstrap = inside.root_ca.is_some();
        let config =
            inside.pointers.iter().find_map(|pointer| Some(config_pool(&parse(pointer)?)?.to_owned()));
        let is = match (pool, is_bootstrap, config) {
            (Pool::Role(Role::Bootstrap), false, Some(other)) => format!("the pointer of a {other}"),
            _ if self.is_in_place(pool, inside) => return None,
            (Pool::Role(Role::Bootstrap), ..) | (_, false, _) => return None,
            _ => "a bootstrap config".to_owned(),
        };
        let message = format!("{} is {is}", self.shown(pool));
        let help = format!("put the installer's `{pool}.ign` there, then render again");
        Some(Diagnostic::new(Code::P018, message).help(help))
    }

    /// The install-config of a run names its cluster.
    fn other_cluster(&self, pool: &Pool, inside: &Inside) -> Option<Diagnostic> {
        let (made, due) = (inside.run.cluster.as_ref()?, self.cluster.base().to_string());
        let message =
            format!("{} is made for the cluster `{}`, due is `{due}`", self.shown(pool), escape(made));
        let help =
            "take the file of this cluster's installer run, or correct `dns.clusterid` and `dns.domain`";
        (!made.eq_ignore_ascii_case(&due)).then(|| Diagnostic::new(Code::P018, message).help(help))
    }

    fn other_run(&self, pool: &Pool, inside: &Inside, bootstrap: Option<&Inside>) -> Option<Diagnostic> {
        let root = bootstrap?.root_ca.as_ref()?;
        if inside.authorities.is_empty() || inside.authorities.contains(root) {
            return None;
        }
        let message = format!(
            "{} trusts another authority than `bootstrap.ign` has: they are of two runs of the installer",
            self.shown(pool)
        );
        let help = "take all Ignition files from one run of `openshift-install create ignition-configs`, then render again";
        Some(Diagnostic::new(Code::P017, message).help(help))
    }

    /// Only the URL of a machine config server says whose it is; any other is a person's own business.
    fn pointer(&self, pool: &Pool, pointer: &str) -> Option<Diagnostic> {
        let url = parse(pointer)?;
        let named = config_pool(&url)?;
        let due = format!("https://api-int.{}:{PORT}/config/{pool}", self.cluster.base());
        let shown = crate::model::url::without_secrets(pointer);
        let message = format!("{} points at `{shown}`, due is `{due}`", self.shown(pool));
        let is_server = url.scheme() == "https" && url.port() == Some(PORT);
        let is_config = self.may_point_at(pool, named);
        match url.host()? {
            Host::Ipv4(_) | Host::Ipv6(_) if is_server && is_config => Some(by_address(&message)),
            Host::Domain(host) if is_server && host == format!("api-int.{}", self.cluster.base()) => {
                (!is_config).then(|| other_pool(pool, named, message))
            }
            _ => Some(Diagnostic::new(Code::P018, message).help(format!(
                "take the `{pool}.ign` of this cluster's installer run, or correct `dns.clusterid` and `dns.domain`"
            ))),
        }
    }

    /// The server gives the config of a pool by its name. Machines of a pool that people made may join by
    /// that of their role, and be labelled later.
    fn may_point_at(&self, pool: &Pool, named: &str) -> bool {
        let by_role = || self.cluster.of_pool(pool).all(|node| node.role.as_str() == named);
        named == pool.as_str() || (pool.custom().is_some() && by_role())
    }
}

/// The cluster is right, and the config is another.
fn other_pool(pool: &Pool, named: &str, message: String) -> Diagnostic {
    let is_custom = named.parse::<Role>().is_err();
    let help = match pool {
        Pool::Role(_) if is_custom => format!(
            "put the installer's `{pool}.ign` there; machines of the pool `{named}` get a file of their own: call it `{named}.ign`, and write `pool: {named}` at each of them"
        ),
        Pool::Role(_) => format!("put the installer's `{pool}.ign` there, then render again"),
        Pool::Custom(_) => {
            format!("let it point at `/config/{pool}`, or at the config of the machines' role")
        }
    };
    Diagnostic::new(Code::P018, message).help(help)
}

fn by_address(message: &str) -> Diagnostic {
    Diagnostic::new(Code::P019, message)
        .help("make sure that the address is the load balancer's: platforms with virtual IPs write it so")
}

fn parse(pointer: &str) -> Option<Url> {
    Url::parse(pointer).ok()
}

/// The pool in `/config/<pool>`, the path of the machine config server.
fn config_pool(url: &Url) -> Option<&str> {
    url.path().strip_prefix("/config/").filter(|pool| !pool.is_empty() && !pool.contains('/'))
}
