//! The effective values of a node, each with what says it.

use super::network::{self, list};
use super::target::ExplainTarget;
use crate::cli::args::Explain;
use crate::model::channel::{Channel, Ipl, LunScan};
use crate::model::disk::Paths;
use crate::model::installed::{Installed, InstalledConsoles};
use crate::plan::state::State;
use crate::run::states;
use crate::vars::{Origin, Value};

/// A value with its origin.
pub(super) struct ValueRow {
    pub(super) name: &'static str,
    pub(super) value: String,
    pub(super) source: ValueSource,
}

/// What says a value.
pub(super) enum ValueSource {
    /// Keys of vars.yaml.
    File(Vec<Origin>),
    /// An option of the command line.
    Flag(&'static str),
    /// `arm` or `disarm`, in a file beside vars.yaml.
    State(String),
    /// Nothing: it is okdboot's default.
    Default,
}

/// Lists the values of a node that it has.
pub(super) fn rows(found: &ExplainTarget, state: &State, args: &Explain) -> Vec<ValueRow> {
    let mut rows: Vec<ValueRow> = values(found)
        .into_iter()
        .map(|(value, text)| {
            let origins = found.checked().origins(found.node, value);
            let source = if origins.is_empty() { ValueSource::Default } else { ValueSource::File(origins) };
            ValueRow { name: value.as_str(), value: text, source }
        })
        .collect();
    let mode = state.mode(&found.cluster().id, found.node);
    for row in rows.iter_mut().filter(|row| row.name == Value::Mode.as_str()) {
        // What was armed or disarmed comes before vars.yaml.
        if mode != found.node.mode {
            row.value = mode.to_string();
            row.source = ValueSource::State(states::path(found.cluster()).into_string());
        }
    }
    if let Some(stream) = &args.stream.stream {
        rows.retain(|row| row.name != Value::Stream.as_str());
        rows.push(ValueRow {
            name: Value::Stream.as_str(),
            value: stream.clone(),
            source: ValueSource::Flag("--stream"),
        });
    }
    rows
}

fn values(found: &ExplainTarget) -> Vec<(Value, String)> {
    let (node, settings) = (found.node, &found.cluster().settings);
    let mut values = vec![(Value::Name, node.name.to_string()), (Value::Address, node.address.to_string())];
    values.extend(list(Value::Mac, &node.boot_macs().collect::<Vec<_>>()));
    values.extend([
        (Value::Arch, node.arch.to_string()),
        (Value::Disk, node.disk.to_string()),
        (Value::Mode, node.mode.to_string()),
    ]);
    values.extend(node.fqdn.as_ref().map(|fqdn| (Value::Fqdn, fqdn.to_string())));
    values.extend(node.pool.custom().map(|pool| (Value::Ignition, format!("{pool}.ign"))));
    values.extend(network::values(&node.network, node.address.is_ipv6()));
    values.extend(list(Value::Console, &node.live_consoles()));
    values.extend(list(Value::Kargs, &node.kargs));
    values.extend(channel(&node.channel));
    values.extend(installed(&node.installed));
    values.extend([
        (Value::Url, settings.url.to_string()),
        (Value::IgnitionBase, settings.ignition_base.to_string()),
        (Value::IgnitionUrl, settings.ignition_url.to_string()),
        (Value::Pxelinux, settings.pxelinux.to_string()),
        (Value::Grub, settings.grub.to_string()),
    ]);
    values.extend(settings.stream.as_ref().map(|stream| (Value::Stream, stream.to_string())));
    values
}

/// What an s390x machine is told of its devices.
fn channel(channel: &Channel) -> Vec<(Value, String)> {
    let scan = channel.lun_scan.map(|scan| (Value::LunScan, (scan == LunScan::All).to_string()));
    let secure = (channel.ipl == Ipl::Secure).then(|| (Value::SecureIpl, true.to_string()));
    let lists = [
        list(Value::Znet, &channel.znet),
        list(Value::Dasd, &channel.dasd),
        list(Value::Zfcp, &channel.zfcp),
        scan,
        secure,
    ];
    lists.into_iter().flatten().collect()
}

/// What is said of the installed system; nothing where it follows the live boot and the image.
fn installed(installed: &Installed) -> Vec<(Value, String)> {
    let consoles = match &installed.consoles {
        InstalledConsoles::AsLive => None,
        InstalledConsoles::Own(none) if none.is_empty() => Some((Value::InstalledConsole, "none".to_owned())),
        InstalledConsoles::Own(consoles) => list(Value::InstalledConsole, consoles),
    };
    let multipath = (installed.paths == Paths::Multi).then(|| (Value::Multipath, "true".to_owned()));
    let lists = [
        list(Value::InstalledKargs, &installed.append),
        list(Value::InstalledKargsDelete, &installed.delete),
        multipath,
        list(Value::SavePartlabel, &installed.save_labels),
        list(Value::SavePartindex, &installed.save_indexes),
        list(Value::PreInstall, &installed.before),
        list(Value::PostInstall, &installed.after),
    ];
    consoles.into_iter().chain(lists.into_iter().flatten()).collect()
}

impl ValueRow {
    /// Returns what a person reads behind the value.
    pub(super) fn origin(&self) -> String {
        match &self.source {
            ValueSource::File(origins) => {
                let place = |origin: &Origin| format!("{} ({})", origin.place, origin.key);
                origins.iter().map(place).collect::<Vec<_>>().join(", ")
            }
            ValueSource::Flag(flag) => (*flag).to_owned(),
            ValueSource::State(file) => file.clone(),
            ValueSource::Default => "default".to_owned(),
        }
    }
}
