//! One matchbox, as a tree of what it keeps.

use std::collections::BTreeMap;

use tokio::task::JoinSet;
use tonic::client::Grpc;
use tonic::codegen::http::uri::PathAndQuery;
use tonic::transport::Channel;
use tonic::{Code, Request, Response, Status};
use tonic_prost::ProstCodec;

use super::error::PushError;
use super::place::{MOST_BYTES, MatchboxResource};
use super::tls::{self, Credentials, Endpoint};
use super::wire::{
    Config, EmptyResponse, KeyRequest, NamedConfig, OneGroup, OneProfile, WireGroup, WireProfile,
};
use crate::model::path::RelPath;
use crate::plan::FileMode;
use crate::plan::tree::{Found, Standing};

/// How many questions are on their way at once.
const AT_ONCE: usize = 32;

/// A connection.
#[derive(Clone)]
pub struct MatchboxServer {
    endpoint: Endpoint,
    channel: Channel,
}

impl MatchboxServer {
    /// Connects.
    pub async fn open(endpoint: &Endpoint, credentials: &Credentials) -> Result<Self, PushError> {
        let channel = tls::open(endpoint, credentials).await?;
        Ok(Self { endpoint: endpoint.clone(), channel })
    }

    /// Returns where it is.
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// Returns what stands at some paths, as `plan` would have it.
    pub async fn read(
        &self,
        paths: impl IntoIterator<Item = RelPath>,
    ) -> Result<BTreeMap<RelPath, Standing>, PushError> {
        let (mut found, mut asked) = (BTreeMap::new(), JoinSet::new());
        let mut paths = paths.into_iter();
        loop {
            while asked.len() < AT_ONCE {
                let Some(path) = paths.next() else { break };
                let server = self.clone();
                asked.spawn(async move { (server.look(&path).await, path) });
            }
            let Some(answer) = asked.join_next().await else { return Ok(found) };
            // A task that panics is a fault of okdboot, and is no answer.
            let (standing, path) = answer.map_err(|error| self.failed("answer", &error.to_string()))?;
            found.insert(path, standing?);
        }
    }

    async fn look(&self, path: &RelPath) -> Result<Standing, PushError> {
        let Some(place) = MatchboxResource::of(path) else { return Ok(Standing::Absent) };
        let bytes = match place {
            MatchboxResource::Group(key) => {
                self.call("/rpcpb.Groups/GroupGet", KeyRequest { key }).await.map(group_of)
            }
            MatchboxResource::Profile(key) => {
                self.call("/rpcpb.Profiles/ProfileGet", KeyRequest { key }).await.map(profile_of)
            }
            MatchboxResource::Ignition(key) => {
                self.call("/rpcpb.Ignition/IgnitionGet", KeyRequest { key }).await.map(config_of)
            }
            MatchboxResource::Generic(key) => {
                self.call("/rpcpb.Generic/GenericGet", KeyRequest { key }).await.map(config_of)
            }
        };
        match bytes {
            Ok(bytes) => Ok(Standing::File(Found { bytes, mode: mode(path).bits(), group: 0 })),
            Err(status) if is_absent(&status) => Ok(Standing::Absent),
            // The server is there, and what it has is none of what it reads.
            Err(status) if status.code() == Code::Unknown => {
                Ok(Standing::Unreadable(status.message().to_owned()))
            }
            Err(status) => Err(tls::of_call(&self.endpoint, format!("tell of `{path}`"), &status)),
        }
    }

    /// Puts what was planned at a path.
    pub async fn put(&self, path: &RelPath, bytes: &[u8]) -> Result<(), PushError> {
        let broken = || self.failed(&format!("get `{path}`"), "it is none of what matchbox keeps");
        let config = |name: String| NamedConfig { name, config: bytes.to_vec() };
        let done: Result<EmptyResponse, Status> = match MatchboxResource::of(path).ok_or_else(broken)? {
            MatchboxResource::Group(_) => {
                let group = Some(WireGroup::parse(bytes).ok_or_else(broken)?);
                self.call("/rpcpb.Groups/GroupPut", OneGroup { group }).await
            }
            MatchboxResource::Profile(_) => {
                let profile = Some(WireProfile::parse(bytes).ok_or_else(broken)?);
                self.call("/rpcpb.Profiles/ProfilePut", OneProfile { profile }).await
            }
            MatchboxResource::Ignition(name) => self.call("/rpcpb.Ignition/IgnitionPut", config(name)).await,
            MatchboxResource::Generic(name) => self.call("/rpcpb.Generic/GenericPut", config(name)).await,
        };
        let refused = |status: Status| tls::of_call(&self.endpoint, format!("take `{path}`"), &status);
        done.map(|_| ()).map_err(refused)
    }

    /// Takes away what stands at a path; what is gone already is no fault.
    pub async fn delete(&self, path: &RelPath) -> Result<(), PushError> {
        let Some(place) = MatchboxResource::of(path) else { return Ok(()) };
        let done: Result<EmptyResponse, Status> = match place {
            MatchboxResource::Group(key) => self.call("/rpcpb.Groups/GroupDelete", KeyRequest { key }).await,
            MatchboxResource::Profile(key) => {
                self.call("/rpcpb.Profiles/ProfileDelete", KeyRequest { key }).await
            }
            MatchboxResource::Ignition(key) => {
                self.call("/rpcpb.Ignition/IgnitionDelete", KeyRequest { key }).await
            }
            MatchboxResource::Generic(key) => {
                self.call("/rpcpb.Generic/GenericDelete", KeyRequest { key }).await
            }
        };
        match done {
            Ok(_) => Ok(()),
            Err(status) if is_absent(&status) => Ok(()),
            Err(status) => Err(tls::of_call(&self.endpoint, format!("remove `{path}`"), &status)),
        }
    }

    async fn call<Q, A>(&self, method: &'static str, question: Q) -> Result<A, Status>
    where
        Q: prost::Message + 'static,
        A: prost::Message + Default + 'static,
    {
        let mut client = Grpc::new(self.channel.clone()).max_decoding_message_size(MOST_BYTES + 1024);
        client.ready().await.map_err(|error| Status::from_error(error.into()))?;
        let codec = ProstCodec::<Q, A>::default();
        let answer = client.unary(Request::new(question), PathAndQuery::from_static(method), codec);
        answer.await.map(Response::into_inner)
    }

    fn failed(&self, what: &str, reason: &str) -> PushError {
        let endpoint = self.endpoint.to_string();
        PushError::Call { endpoint, what: what.to_owned(), reason: reason.to_owned() }
    }
}

fn group_of(answer: OneGroup) -> Vec<u8> {
    answer.group.unwrap_or_default().to_json()
}

fn profile_of(answer: OneProfile) -> Vec<u8> {
    answer.profile.unwrap_or_default().to_json()
}

fn config_of(answer: Config) -> Vec<u8> {
    answer.config
}

/// Every fault of its store has the code `Unknown`; that of a file that is not there has the system's words.
fn is_absent(status: &Status) -> bool {
    status.code() == Code::NotFound
        || (status.code() == Code::Unknown && status.message().contains("no such file or directory"))
}

/// A server keeps no modes: what stands there has the one that was planned.
fn mode(path: &RelPath) -> FileMode {
    match MatchboxResource::of(path) {
        Some(MatchboxResource::Ignition(_)) => FileMode::Ignition,
        _ => FileMode::Config,
    }
}
