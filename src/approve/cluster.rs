//! The API server: what is pending, which nodes are there, and the one thing that is written.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::StreamExt as _;
use k8s_openapi::api::certificates::v1::{
    CertificateSigningRequest, CertificateSigningRequestCondition, CertificateSigningRequestStatus,
};
use k8s_openapi::api::core::v1::Node;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use k8s_openapi::jiff::Timestamp;
use kube::api::{ListParams, PostParams, WatchParams};
use kube::{Api, Client, Config};
use thiserror::Error;

use super::request::{CertificateRequest, CertificateSubject, Round};
use super::verdict::node_of;
use crate::model::fault::{Fault, Faulty};
use crate::model::time::UnixTime;
use crate::pki;
use crate::text::cause_chain;

/// How many objects an answer has.
const PAGE: u32 = 500;

/// What labels that name the role of a node begin with.
const ROLE: &str = "node-role.kubernetes.io/";

/// Who approved, for people who look at it later.
const REASON: &str = "OkdbootApprove";

/// An API server.
pub struct ApiServer {
    client: Client,
}

/// A node of the cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Joined {
    /// Its name.
    pub name: String,
    /// Whether its kubelet says that it is ready.
    pub is_ready: bool,
    /// What it is to the cluster (`node-role.kubernetes.io/...`), sorted.
    pub roles: Vec<String>,
    /// The version of its kubelet.
    pub version: String,
}

/// A request with what is sent back to approve it.
pub struct Pending {
    /// What is judged.
    pub request: CertificateRequest,
    object: CertificateSigningRequest,
}

/// What approving came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Approval {
    /// It is approved.
    Approved,
    /// Somebody has changed or removed it meanwhile: it has to be judged again.
    Changed,
}

/// Why the API server was of no help.
#[derive(Debug, Error)]
pub enum ApproveError {
    /// What the kubeconfig says cannot be used.
    #[error("cannot use the kubeconfig: {0}")]
    Config(String),
    /// The server says no.
    #[error("the API server refuses to {what}: {message} ({code})")]
    Refused {
        /// What was asked.
        what: &'static str,
        /// The status.
        code: u16,
        /// What it says.
        message: String,
    },
    /// No answer.
    #[error("cannot {what}: {why}")]
    Away {
        /// What was asked.
        what: &'static str,
        /// The causes.
        why: String,
        /// Whether TLS has refused, so that waiting is of no use.
        is_final: bool,
    },
}

impl ApproveError {
    fn of(what: &'static str, error: kube::Error) -> Self {
        match error {
            kube::Error::Api(status) => {
                Self::Refused { what, code: status.code, message: status.message.clone() }
            }
            other => Self::Away { what, why: cause_chain(&other), is_final: pki::is_refused(&other) },
        }
    }

    /// Says whether the same may succeed a moment later: a server that starts again, or has too much to do.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Config(_) => false,
            Self::Refused { code, .. } => matches!(code, 408 | 410 | 429 | 500..=599),
            Self::Away { is_final, .. } => !is_final,
        }
    }
}

impl Faulty for ApproveError {
    fn fault(&self) -> Fault {
        if matches!(self, Self::Config(_)) { Fault::Input } else { Fault::Network }
    }

    fn help(&self) -> Option<&'static str> {
        match self {
            Self::Refused { code: 401, .. } => {
                Some("the credentials of the kubeconfig have ended, or are of another cluster")
            }
            Self::Refused { code: 403, .. } => Some(
                "the user needs: list certificatesigningrequests and nodes, update certificatesigningrequests/approval, approve signers kubernetes.io/kube-apiserver-client-kubelet and kubernetes.io/kubelet-serving",
            ),
            Self::Away { is_final: true, .. } => Some(
                "the kubeconfig is of another cluster, or of an earlier installation of it: take the one that the installer has written into `auth/`",
            ),
            Self::Away { .. } => Some("`--watch` waits until the API server answers"),
            _ => None,
        }
    }
}

impl ApiServer {
    /// Makes a client; no server is asked yet.
    pub fn new(config: Config) -> Result<Self, ApproveError> {
        // An error says that one is installed already, which is just as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::try_from(config).map_err(|error| ApproveError::Config(cause_chain(&error)))?;
        Ok(Self { client })
    }

    /// Returns the requests of kubelets.
    pub async fn requests(&self) -> Result<Requests, ApproveError> {
        let api: Api<CertificateSigningRequest> = Api::all(self.client.clone());
        let mut found = Requests::default();
        let mut params = ListParams::default().limit(PAGE);
        loop {
            let page = api.list(&params).await;
            let page = page.map_err(|error| ApproveError::of("list certificate requests", error))?;
            let next = page.metadata.continue_.clone().filter(|token| !token.is_empty());
            found.version = page.metadata.resource_version.clone().unwrap_or_default();
            page.items.into_iter().for_each(|object| found.add(object));
            let Some(token) = next else { return Ok(found) };
            params = params.continue_token(&token);
        }
    }

    /// Returns the nodes.
    pub async fn nodes(&self) -> Result<Vec<Joined>, ApproveError> {
        let api: Api<Node> = Api::all(self.client.clone());
        let (mut all, mut params) = (Vec::new(), ListParams::default().limit(PAGE));
        loop {
            let page = api.list(&params).await.map_err(|error| ApproveError::of("list nodes", error))?;
            let next = page.metadata.continue_.clone().filter(|token| !token.is_empty());
            all.extend(page.items.iter().filter_map(joined));
            let Some(token) = next else { return Ok(all) };
            params = params.continue_token(&token);
        }
    }

    /// Approves what was judged: the server refuses it if anything of it has changed since.
    pub async fn approve(&self, pending: &Pending, now: UnixTime) -> Result<Approval, ApproveError> {
        let api: Api<CertificateSigningRequest> = Api::all(self.client.clone());
        let mut object = pending.object.clone();
        let status = object.status.get_or_insert_with(CertificateSigningRequestStatus::default);
        status.conditions.get_or_insert_with(Vec::new).push(CertificateSigningRequestCondition {
            type_: "Approved".to_owned(),
            status: "True".to_owned(),
            reason: Some(REASON.to_owned()),
            message: Some("the request fits its machine in vars.yaml".to_owned()),
            last_update_time: Timestamp::from_second(now.0).ok().map(Time),
            last_transition_time: None,
        });
        let params = PostParams { dry_run: false, field_manager: Some("okdboot".to_owned()) };
        match api.replace_subresource("approval", &pending.request.name, &params, &object).await {
            Ok(_) => Ok(Approval::Approved),
            Err(kube::Error::Api(status)) if matches!(status.code, 404 | 409) => Ok(Approval::Changed),
            Err(error) => Err(ApproveError::of("approve a certificate request", error)),
        }
    }

    /// Waits until a request comes or changes after a version of the list, at most so long. A watch that
    /// breaks off is no fault: what comes next is a look at all of them.
    pub async fn wait(&self, version: &str, most: Duration) {
        let api: Api<CertificateSigningRequest> = Api::all(self.client.clone());
        let seconds = u32::try_from(most.as_secs()).unwrap_or(u32::MAX).clamp(1, 290);
        let params = WatchParams::default().timeout(seconds);
        if let Ok(stream) = api.watch(&params, version).await {
            let mut stream = std::pin::pin!(stream);
            let _ = stream.next().await;
        }
    }
}

/// The requests of kubelets.
#[derive(Default)]
pub struct Requests {
    /// Those that nobody has answered.
    pub pending: Vec<Pending>,
    /// Those that were approved.
    pub approved: Vec<CertificateRequest>,
    /// The names of nodes whose serving certificate was approved.
    pub served: BTreeSet<String>,
    /// The version of the list, to wait for what comes after.
    pub version: String,
}

impl Requests {
    fn add(&mut self, object: CertificateSigningRequest) {
        let Some(round) = Round::of(&object.spec.signer_name) else { return };
        match standing(&object) {
            RequestStanding::Pending => {
                self.pending.push(Pending { request: request_of(&object, round), object });
            }
            RequestStanding::Approved => {
                let request = request_of(&object, round);
                let name = node_of(&request.user).filter(|_| round == Round::Serving);
                self.served.extend(name.map(str::to_owned));
                self.approved.push(request);
            }
            RequestStanding::Ended => {}
        }
    }
}

enum RequestStanding {
    Pending,
    Approved,
    Ended,
}

fn standing(object: &CertificateSigningRequest) -> RequestStanding {
    let conditions =
        object.status.as_ref().and_then(|status| status.conditions.as_deref()).unwrap_or_default();
    let is = |kind: &str| conditions.iter().any(|condition| condition.type_ == kind);
    match () {
        () if is("Denied") || is("Failed") => RequestStanding::Ended,
        () if is("Approved") => RequestStanding::Approved,
        () => RequestStanding::Pending,
    }
}

fn request_of(object: &CertificateSigningRequest, round: Round) -> CertificateRequest {
    let spec = &object.spec;
    let made = object.metadata.creation_timestamp.as_ref().map(|time| UnixTime(time.0.as_second()));
    CertificateRequest {
        name: object.metadata.name.clone().unwrap_or_default(),
        round,
        user: spec.username.clone().unwrap_or_default(),
        groups: spec.groups.iter().flatten().cloned().collect(),
        usages: spec.usages.iter().flatten().cloned().collect(),
        made,
        subject: CertificateSubject::parse(&spec.request.0),
    }
}

fn joined(node: &Node) -> Option<Joined> {
    let conditions = node.status.as_ref().and_then(|status| status.conditions.as_deref()).unwrap_or_default();
    let is_ready = conditions.iter().any(|it| it.type_ == "Ready" && it.status == "True");
    let labels = node.metadata.labels.iter().flat_map(|labels| labels.keys());
    let roles = labels.filter_map(|label| label.strip_prefix(ROLE).map(str::to_owned)).collect();
    let info = node.status.as_ref().and_then(|status| status.node_info.as_ref());
    let version = info.map(|info| info.kubelet_version.clone()).unwrap_or_default();
    Some(Joined { name: node.metadata.name.clone()?, is_ready, roles, version })
}
