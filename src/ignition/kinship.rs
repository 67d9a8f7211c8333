//! Whether the Ignition files of a cluster belong together, to this cluster, and to their roles.

use std::collections::BTreeMap;

use url::{Host, Url};

use super::{IgnitionConfig, Inside, NEWEST_SPEC, Run, age};
use crate::diag::{Code, Diagnostic};
use crate::model::cluster::Cluster;
use crate::model::node::Role;
use crate::model::time::UnixTime;
use crate::text::escape;

/// Where the machine config server listens (OpenShift documentation, "Networking requirements").
const PORT: u16 = 22623;

/// What is asked of the files of one cluster.
#[derive(Debug)]
pub struct Family<'a> {
    /// The cluster that they should be of.
    pub cluster: &'a Cluster,
    /// The files.
    pub configs: &'a BTreeMap<Role, IgnitionConfig>,
    /// An `.openshift_install_state.json` beside them.
    pub state: Option<&'a str>,
    /// The moment of asking.
    pub now: UnixTime,
}

/// What came of it.
#[derive(Debug)]
pub struct Judged {
    /// Every finding with the role of the file that it is about.
    pub findings: Vec<(Role, Diagnostic)>,
    /// What the file by which a cluster bootstraps was made for, with its role.
    pub run: Option<(Role, Run)>,
}

impl Family<'_> {
    /// Judges the files.
    pub fn check(&self) -> Judged {
        let mut findings = Vec::new();
        let mut read = BTreeMap::new();
        for (role, config) in self.configs {
            findings.extend(self.spec(*role, config).map(|finding| (*role, finding)));
            match Inside::read(config.bytes()) {
                Ok(inside) => drop(read.insert(*role, inside)),
                Err(error) => findings.push((*role, self.unreadable(*role, error))),
            }
        }
        let bootstrap = read.get(&Role::Bootstrap);
        for (role, inside) in &read {
            findings.extend(self.one(*role, inside, bootstrap).map(|finding| (*role, finding)));
        }
        let is_told = |(role, _): &(Role, Inside)| matches!(role, Role::Bootstrap | Role::ControlPlane);
        let run = read.into_iter().find(is_told).map(|(role, inside)| (role, inside.run));
        Judged { findings, run }
    }

    fn shown(&self, role: Role) -> String {
        format!("`{role}.ign` of `{}`", self.cluster.id)
    }

    fn spec(&self, role: Role, config: &IgnitionConfig) -> Option<Diagnostic> {
        let message = format!("{} is written for specification {}", self.shown(role), config.spec());
        let help = format!("look whether the release reads it: Ignition itself knows {NEWEST_SPEC} at most");
        (config.spec() > NEWEST_SPEC).then(|| Diagnostic::new(Code::P021, message).help(help))
    }

    fn unreadable(&self, role: Role, error: super::InsideError) -> Diagnostic {
        Diagnostic::new(Code::P020, format!("{} cannot be looked into: {error}", self.shown(role)))
            .help("make it again with `openshift-install create ignition-configs`")
    }

    /// The first thing that is wrong with a file hides what follows from it.
    fn one(&self, role: Role, inside: &Inside, bootstrap: Option<&Inside>) -> Option<Diagnostic> {
        if let Some(finding) = self.other_role(role, inside) {
            return Some(finding);
        }
        if role == Role::Bootstrap || self.is_in_place(role, inside) {
            if let Some(finding) = self.other_cluster(role, inside) {
                return Some(finding);
            }
            return age::check(&self.shown(role), inside, self.now, self.state);
        }
        let foreign = inside.pointers.iter().find_map(|pointer| self.pointer(role, pointer));
        let hard = foreign.as_ref().is_some_and(|finding| finding.code == Code::P018);
        if hard { foreign } else { self.other_run(role, inside, bootstrap).or(foreign) }
    }

    /// A single node may be its own bootstrap.
    fn is_in_place(&self, role: Role, inside: &Inside) -> bool {
        role == Role::ControlPlane && inside.run.is_in_place && self.cluster.may_bootstrap_in_place()
    }

    /// A bootstrap config carries the authority of its run, a pointer config a URL and nothing else.
    fn other_role(&self, role: Role, inside: &Inside) -> Option<Diagnostic> {
        let is_bootstrap = inside.root_ca.is_some();
        let config =
            inside.pointers.iter().find_map(|pointer| Some(config_role(&parse(pointer)?)?.to_owned()));
        let is = match (role, is_bootstrap, config) {
            (Role::Bootstrap, false, Some(other)) => format!("the pointer of a {other}"),
            _ if self.is_in_place(role, inside) => return None,
            (Role::ControlPlane | Role::Arbiter | Role::Worker, true, _) => "a bootstrap config".to_owned(),
            _ => return None,
        };
        let message = format!("{} is {is}", self.shown(role));
        let help = format!("put the installer's `{role}.ign` there, then render again");
        Some(Diagnostic::new(Code::P018, message).help(help))
    }

    /// The install-config of a run names its cluster.
    fn other_cluster(&self, role: Role, inside: &Inside) -> Option<Diagnostic> {
        let (made, due) = (inside.run.cluster.as_ref()?, self.cluster.base().to_string());
        let message =
            format!("{} is made for the cluster `{}`, due is `{due}`", self.shown(role), escape(made));
        let help =
            "take the file of this cluster's installer run, or correct `dns.clusterid` and `dns.domain`";
        (!made.eq_ignore_ascii_case(&due)).then(|| Diagnostic::new(Code::P018, message).help(help))
    }

    fn other_run(&self, role: Role, inside: &Inside, bootstrap: Option<&Inside>) -> Option<Diagnostic> {
        let root = bootstrap?.root_ca.as_ref()?;
        if inside.authorities.is_empty() || inside.authorities.contains(root) {
            return None;
        }
        let message = format!(
            "{} trusts another authority than `bootstrap.ign` has: they are of two runs of the installer",
            self.shown(role)
        );
        let help = "take all Ignition files from one run of `openshift-install create ignition-configs`, then render again";
        Some(Diagnostic::new(Code::P017, message).help(help))
    }

    /// Only the URL of a machine config server says whose it is; any other is a person's own business.
    fn pointer(&self, role: Role, pointer: &str) -> Option<Diagnostic> {
        let url = parse(pointer)?;
        let named = config_role(&url)?;
        let due = format!("https://api-int.{}:{PORT}/config/{role}", self.cluster.base());
        let shown = crate::model::url::without_secrets(pointer);
        let message = format!("{} points at `{shown}`, due is `{due}`", self.shown(role));
        let is_due = url.scheme() == "https" && url.port() == Some(PORT) && named == role.as_str();
        match url.host()? {
            Host::Ipv4(_) | Host::Ipv6(_) if is_due => Some(by_address(&message)),
            Host::Domain(host) if is_due && host == format!("api-int.{}", self.cluster.base()) => None,
            _ => Some(Diagnostic::new(Code::P018, message).help(format!(
                "take the `{role}.ign` of this cluster's installer run, or correct `dns.clusterid` and `dns.domain`"
            ))),
        }
    }
}

fn by_address(message: &str) -> Diagnostic {
    Diagnostic::new(Code::P019, message)
        .help("make sure that the address is the load balancer's: platforms with virtual IPs write it so")
}

fn parse(pointer: &str) -> Option<Url> {
    Url::parse(pointer).ok()
}

/// The role in `/config/<role>`, the path of the machine config server; a pool may have any name.
fn config_role(url: &Url) -> Option<&str> {
    url.path().strip_prefix("/config/").filter(|role| !role.is_empty() && !role.contains('/'))
}
