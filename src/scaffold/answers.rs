//! What is known as a file of answers, for `okdboot init --answers FILE`.

use serde_yaml::{Mapping, Value};

use crate::model::outline::Outline;

/// Returns the text of the file: the keys in the order of the questions, and no more than is known.
pub fn answers(outline: &Outline) -> String {
    let mut answers = Mapping::new();
    let mut add = |key: &str, value: Option<String>| {
        answers.extend(value.map(|value| (Value::from(key), Value::from(value))));
    };
    add("cluster", outline.cluster.as_ref().map(ToString::to_string));
    add("domain", outline.domain.as_ref().map(ToString::to_string));
    add("network", outline.network.as_ref().map(ToString::to_string));
    add("helper", outline.helper.as_ref().map(ToString::to_string));
    add("helper_name", outline.helper_name.as_ref().map(ToString::to_string));
    add("gateway", outline.gateway.as_ref().map(ToString::to_string));
    add("control_plane", outline.control_plane.as_ref().map(ToString::to_string));
    add("arbiters", outline.arbiters.as_ref().map(ToString::to_string));
    add("workers", outline.workers.as_ref().map(ToString::to_string));
    add("addressing", outline.addressing.as_ref().map(ToString::to_string));
    add("interface", outline.interface.as_ref().map(ToString::to_string));
    add("disk", outline.disk.as_ref().map(ToString::to_string));
    add("arch", outline.arch.as_ref().map(ToString::to_string));
    add("stream", outline.stream.as_ref().map(ToString::to_string));
    let forwarders: Vec<String> = outline.forwarders.iter().map(ToString::to_string).collect();
    let macs: Vec<String> = outline.machines.iter().map(|machine| machine.mac.to_string()).collect();
    for (key, list) in [("forwarders", forwarders), ("macs", macs)] {
        if !list.is_empty() {
            answers.insert(Value::from(key), Value::from(list));
        }
    }
    // Strings and lists of them only: serialising cannot fail.
    serde_yaml::to_string(&answers).unwrap_or_default()
}
