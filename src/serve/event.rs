//! What happened, as people and programs are told.

use std::net::IpAddr;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::Serialize;

use super::stage::Stage;
use crate::model::moment::Moment;
use crate::model::time::UnixTime;

/// What a row of the watch is known by: it outlives a tree that is read anew.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RowKey {
    /// The cluster's id; absent where nothing tells it.
    pub cluster: Option<String>,
    /// The machine's name.
    pub name: String,
}

/// How much an event matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// All is well.
    Info,
    /// Somebody should know.
    Warning,
    /// A machine will not come up by itself.
    Error,
}

/// Something that happened.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Event {
    /// The number of the event, from 1 on.
    #[cfg_attr(test, schemars(range(min = 1)))]
    pub id: u64,
    /// When it happened, in UTC (RFC 3339).
    #[cfg_attr(test, schemars(extend("format" = "date-time")))]
    pub time: String,
    /// The cluster of the machine.
    #[cfg_attr(test, schemars(with = "Option<crate::model::name::Label>"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cluster: Option<String>,
    /// The machine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub machine: Option<String>,
    /// The IP address that asked.
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<IpAddr>,
    /// How far the machine is since then.
    #[cfg_attr(test, schemars(with = "Option<super::stage::Stage>"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stage: Option<&'static str>,
    /// How much it matters.
    pub level: Level,
    /// The same in words.
    pub message: String,
}

/// What is said of an event before it has a number and a time.
#[derive(Clone, Debug)]
pub struct NewEvent {
    pub(super) key: Option<RowKey>,
    pub(super) address: Option<IpAddr>,
    pub(super) stage: Option<Stage>,
    pub(super) level: Level,
    pub(super) message: String,
}

impl NewEvent {
    /// Something about the server itself.
    pub fn of_server(level: Level, message: impl Into<String>) -> Self {
        Self { key: None, address: None, stage: None, level, message: message.into() }
    }

    /// Something about one machine.
    pub fn of_machine(key: RowKey, level: Level, message: impl Into<String>) -> Self {
        Self { key: Some(key), ..Self::of_server(level, message) }
    }

    pub(super) fn told(self, id: u64, now: SystemTime) -> Event {
        let (cluster, machine) = self.key.map_or((None, None), |key| (key.cluster, Some(key.name)));
        Event {
            id,
            time: moment(now),
            cluster,
            machine,
            address: self.address,
            stage: self.stage.map(Stage::as_str),
            level: self.level,
            message: self.message,
        }
    }
}

/// A time as files and programs have it: `2030-01-31T18:00:00Z`.
pub fn moment(time: SystemTime) -> String {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    Moment(UnixTime(i64::try_from(since.as_secs()).unwrap_or(i64::MAX))).to_string()
}
