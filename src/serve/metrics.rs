//! Numbers for Prometheus. No label holds a path or a MAC address that a stranger chose: such labels
//! never end.

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};

use super::row::Row;
use super::watch::WatchView;

/// The content type of the text.
pub const KIND: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

type MetricLabels = Vec<(&'static str, String)>;

/// Writes the text (`OpenMetrics` 1.0).
pub fn text(view: &WatchView) -> String {
    let mut registry = Registry::with_prefix("okdboot");
    machines(&mut registry, view);
    server(&mut registry, view);
    let mut text = String::new();
    // Writing into a string cannot fail.
    let _ = encode(&mut text, &registry);
    text
}

fn machines(registry: &mut Registry, view: &WatchView) {
    let (stage, since) = (Family::<MetricLabels, Gauge>::default(), Family::<MetricLabels, Gauge>::default());
    let (boots, sent) =
        (Family::<MetricLabels, Counter>::default(), Family::<MetricLabels, Counter>::default());
    for row in &view.rows {
        stage.get_or_create(&labels(row)).set(i64::try_from(row.stage.rank()).unwrap_or_default());
        let age = view.now.duration_since(row.since).unwrap_or_default().as_secs();
        since.get_or_create(&labels(row)).set(i64::try_from(age).unwrap_or_default());
        boots.get_or_create(&labels(row)).inc_by(row.boots);
        sent.get_or_create(&labels(row)).inc_by(row.bytes);
    }
    let order = "How far a machine is: 0 never seen, 1 dhcp, 2 loader, 3 boots from its disk, 4 config, 5 kernel, 6 initramfs, 7 live, 8 rootfs, 9 ignition, 10 installed, 11 rebooted";
    registry.register("machine_stage", order, stage);
    registry.register_with_unit("machine_stage_since", "Time since it got so far", Unit::Seconds, since);
    registry.register("machine_boots", "How often it began to boot", boots);
    registry.register_with_unit("machine_sent", "What was sent to it", Unit::Bytes, sent);
}

fn labels(row: &Row) -> MetricLabels {
    let machine = &row.machine;
    let role = machine.role.map(|role| role.to_string()).unwrap_or_default();
    vec![
        ("cluster", machine.cluster.clone().unwrap_or_default()),
        ("machine", machine.name.clone()),
        ("role", role),
    ]
}

fn server(registry: &mut Registry, view: &WatchView) {
    let requests = Family::<MetricLabels, Counter>::default();
    for (status, count) in &view.totals.requests {
        requests.get_or_create(&vec![("code", status.to_string())]).inc_by(*count);
    }
    let reloads = Family::<MetricLabels, Counter>::default();
    let (served, kept) = view.totals.reloads;
    for (result, count) in [("served", served), ("refused", kept)] {
        reloads.get_or_create(&vec![("result", result.to_owned())]).inc_by(count);
    }
    let (sent, transfers, unknown) =
        (Counter::<u64>::default(), Gauge::<i64>::default(), Gauge::<i64>::default());
    sent.inc_by(view.totals.bytes);
    transfers.set(i64::try_from(view.transfers).unwrap_or_default());
    unknown.set(i64::try_from(view.strangers.len()).unwrap_or_default());
    registry.register("requests", "Requests by status code", requests);
    registry.register_with_unit("sent", "What was sent", Unit::Bytes, sent);
    registry.register("transfers", "Files under way", transfers);
    registry.register("unknown_machines", "MAC addresses that asked and are no machine's", unknown);
    registry.register("tree_reloads", "How often the tree was read anew", reloads);
}
