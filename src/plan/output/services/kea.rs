//! Kea: reservations for both families, and what to boot, as JSON.
//!
//! Each reservation and class says in `user-context` whose it is: what stands there of clusters that are
//! not in this run is kept.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::lease;
use super::view::{HostView, LoaderView, View, networks};
use super::{Made, Run, file};
use crate::diag::{Code, Diagnostic};
use crate::model::daemon::DhcpServer;
use crate::plan::output::make::Service;
use crate::plan::output::shared_files::Keeps;
use crate::plan::{ContentOrigin, FileKind};
use crate::template::TemplateError;

/// The file of IPv4.
const DHCP4: &str = "services/kea/kea-dhcp4.conf";
/// The file of IPv6.
const DHCP6: &str = "services/kea/kea-dhcp6.conf";

/// Where `user-context` says whose an entry is.
const OWNER: &str = "okdboot-cluster";
const INTERFACE: &str = "okdboot-interface";
const LEASE: &str = "okdboot-lease";

/// What one cluster adds to a file: its network, its classes and its reservations.
#[derive(Default)]
struct Part {
    subnets: Vec<Value>,
    classes: Vec<Value>,
}

/// Its place in the list.
pub(in crate::plan::output) const OUTPUT: Service =
    Service { files, keeps: &[Keeps::File(DHCP4), Keeps::File(DHCP6)] };

/// Plans `kea-dhcp4.conf` and `kea-dhcp6.conf` (Kea Administrator Reference Manual, 8 and 9). What is used
/// is there from Kea 2.2 on, and in 3.0.
#[expect(clippy::unnecessary_wraps, reason = "outputs made from templates can fail")]
fn files(run: &Run) -> Result<Made, TemplateError> {
    let mut made = Made::default();
    let (mut four, mut six) = (Part::default(), Part::default());
    for view in run.views.iter().filter(|view| view.is_addressed_by(DhcpServer::Kea)) {
        if view.reserved().next().is_some() {
            if let Some(diagnostic) = lease::refused(view) {
                made.say(diagnostic);
            } else {
                made.report.extend(one_at_a_time(view).into_iter().collect());
                four.take4(view);
            }
        }
        six.take6(view);
    }
    for (path, part, name) in [(DHCP4, four, "Dhcp4"), (DHCP6, six, "Dhcp6")] {
        document(run, (path, name), part, &mut made);
    }
    Ok(made)
}

impl Part {
    fn take4(&mut self, view: &View) {
        let context = &view.context;
        let reservations: Vec<Value> =
            view.reserved().flat_map(|host| of_each(host, &reservation4(view, host))).collect();
        let Some(id) = context.network.id.parse::<std::net::Ipv4Addr>().ok().map(std::net::Ipv4Addr::to_bits)
        else {
            return;
        };
        self.subnets.push(json!({
            "id": id.max(1),
            "subnet": context.network.net,
            "reservations-in-subnet": true,
            "reservations-out-of-pool": true,
            "reservations": reservations,
        }));
        // Reservations put machines into it; a class has to be known before others ask for it.
        self.classes
            .push(json!({"user-context": owner(view), "name": format!("okdboot-{}", view.cluster.id)}));
        self.classes.extend(context.loaders.iter().map(|loader| class(view, loader)));
        self.classes.extend(ipxe(view));
    }

    fn take6(&mut self, view: &View) {
        let hosts: Vec<&HostView> =
            view.context.hosts.iter().filter(|host| host.is_dhcp6 && !host.mac.is_empty()).collect();
        for net in networks(view.cluster) {
            let ipnet::IpNet::V6(net6) = net else { continue };
            let inside =
                |host: &&&HostView| host.ipv6.parse().is_ok_and(|at: std::net::Ipv6Addr| net6.contains(&at));
            let reservations: Vec<Value> = hosts
                .iter()
                .filter(inside)
                .flat_map(|host| of_each(host, &reservation6(view, host)))
                .collect();
            if !reservations.is_empty() {
                self.subnets.push(json!({
                    "id": number(&net.to_string()),
                    "subnet": net.to_string(),
                    "reservations-in-subnet": true,
                    "reservations-out-of-pool": true,
                    "reservations": reservations,
                }));
            }
        }
    }
}

/// A number of its own for a network, the same in every run (FNV-1a, 31 bits, never 0).
fn number(text: &str) -> u32 {
    let hash =
        text.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    (hash & 0x7fff_ffff).max(1)
}

/// Whose an entry is, and what the whole daemon has to know of that cluster.
fn owner(view: &View) -> Value {
    json!({
        OWNER: view.cluster.id.to_string(),
        INTERFACE: view.context.interface,
        LEASE: view.context.network.lease,
    })
}

fn reservation4(view: &View, host: &HostView) -> Value {
    let context = &view.context;
    let mut options = vec![
        json!({"name": "domain-name-servers", "data": context.name_servers.join(", ")}),
        json!({"name": "domain-name", "data": context.base}),
        json!({"name": "domain-search", "data": context.base}),
    ];
    if !context.network.router.is_empty() {
        options.push(json!({"name": "routers", "data": context.network.router}));
    }
    if context.time == "chrony" {
        options.push(json!({"name": "ntp-servers", "data": context.helper.address}));
    }
    if host.arch == "ppc64le" {
        let file = format!("pxelinux.cfg/01-{}", host.hexhyp);
        options
            .push(json!({"code": 209, "space": "dhcp4", "csv-format": false, "data": format!("'{file}'")}));
    }
    let mut reservation = json!({
        "user-context": owner(view),
        "hw-address": host.mac,
        "ip-address": host.ipv4,
        "hostname": host.fqdn,
        "client-classes": [format!("okdboot-{}", view.cluster.id)],
        "option-data": options,
    });
    if host.arch == "ppc64le" {
        // Their firmware says no architecture that a class could ask for.
        reservation["next-server"] = json!(context.helper.address);
        reservation["boot-file-name"] = json!("boot/grub2/powerpc-ieee1275/core.elf");
    }
    reservation
}

fn reservation6(view: &View, host: &HostView) -> Value {
    let servers: Vec<&str> =
        view.context.name_servers.iter().map(String::as_str).filter(|at| at.contains(':')).collect();
    let mut options = vec![json!({"name": "domain-search", "data": view.context.base})];
    if !servers.is_empty() {
        options.push(json!({"name": "dns-servers", "data": servers.join(", ")}));
    }
    json!({
        "user-context": owner(view),
        "hw-address": host.mac,
        "ip-addresses": [host.ipv6],
        "hostname": host.fqdn,
        "option-data": options,
    })
}

/// The same for each interface that the machine may boot from.
fn of_each(host: &HostView, first: &Value) -> Vec<Value> {
    let of = |mac: &String| {
        let mut reservation = first.clone();
        reservation["hw-address"] = json!(mac);
        reservation
    };
    host.macs.iter().map(of).collect()
}

/// Kea keeps an address for the interface that has the lease, whatever reservations say: seen with 2.2.
fn one_at_a_time(view: &View) -> Option<Diagnostic> {
    let host = view.reserved().find(|host| host.macs.len() > 1)?;
    let message = format!(
        "Kea gives `{}` its address by another interface only once the lease of the first has ended",
        host.name
    );
    let help = "set `okdboot.services.lease` to a short time such as `10m`, or take `dhcp: dnsmasq`, which has no such rule";
    Some(Diagnostic::new(Code::R039, message).help(help))
}

/// Firmware of a machine of the cluster that asks for its first file. `KNOWN` makes Kea look at the class
/// once the reservation, and so the cluster, is known.
fn class(view: &View, loader: &LoaderView) -> Value {
    let id = &view.cluster.id;
    let types: Vec<String> =
        loader.types.iter().map(|kind| format!("option[93].hex == 0x{kind:04x}")).collect();
    let test = format!(
        "member('KNOWN') and member('okdboot-{id}') and not (option[77].hex == 'iPXE') and ({})",
        types.join(" or ")
    );
    let mut class = json!({
        "user-context": owner(view),
        "name": format!("okdboot-{id}-{}", loader.firmware),
        "test": test,
        "next-server": view.context.helper.address,
        "boot-file-name": if loader.url.is_empty() { &loader.file } else { &loader.url },
    });
    if !loader.url.is_empty() {
        class["option-data"] =
            json!([{"name": "vendor-class-identifier", "data": "HTTPClient", "always-send": true}]);
    }
    class
}

/// iPXE of a machine of the cluster: the name of its script holds a variable that iPXE fills in.
fn ipxe(view: &View) -> Option<Value> {
    let (context, id) = (&view.context, &view.cluster.id);
    let host = view.context.hosts.iter().find(|host| !host.script.is_empty())?;
    let script = host.script.replace(&host.hexhyp, "${mac:hexhyp}");
    Some(json!({
        "user-context": owner(view),
        "name": format!("okdboot-{id}-ipxe"),
        "test": format!("member('KNOWN') and member('okdboot-{id}') and option[77].hex == 'iPXE'"),
        "next-server": context.helper.address,
        "boot-file-name": script,
    }))
}

/// Makes a file of what this run and other clusters have in it.
fn document(run: &Run, (path, name): (&str, &str), own: Part, made: &mut Made) {
    let standing: Value = serde_json::from_str(run.standing.text(path)).unwrap_or_default();
    let subnets_key = if name == "Dhcp4" { "subnet4" } else { "subnet6" };
    let subnets = merged(run, &standing[name][subnets_key], own.subnets);
    if subnets.is_empty() {
        made.dropped.extend(path.parse().ok());
        return;
    }
    let mut classes: Vec<Value> =
        list(&standing[name]["client-classes"]).filter(|it| is_kept(run, it)).cloned().collect();
    classes.extend(own.classes);
    classes.sort_by_key(|class| class["name"].as_str().unwrap_or_default().to_owned());
    let mut body = Map::new();
    body.insert("interfaces-config".to_owned(), json!({"interfaces": interfaces(&subnets)}));
    body.insert("lease-database".to_owned(), json!({"type": "memfile", "persist": true}));
    body.insert("host-reservation-identifiers".to_owned(), json!(["hw-address"]));
    body.insert("valid-lifetime".to_owned(), json!(lease_of(&subnets)));
    if name == "Dhcp4" {
        body.insert("authoritative".to_owned(), json!(true));
    }
    if shares_addresses(&subnets) {
        body.insert("ip-reservations-unique".to_owned(), json!(false));
    }
    if !classes.is_empty() {
        body.insert("client-classes".to_owned(), Value::from(classes));
    }
    body.insert(subnets_key.to_owned(), Value::from(subnets));
    let Ok(text) = serde_json::to_string_pretty(&json!({ name: body })) else { return };
    made.push(file(path, (None, FileKind::Kea), format!("{text}\n"), ContentOrigin::Generated));
}

/// Returns what the reservations of every cluster say, by a key of `user-context`.
fn said<'a>(subnets: &'a [Value], key: &'a str) -> impl Iterator<Item = &'a Value> {
    subnets.iter().flat_map(|subnet| list(&subnet["reservations"])).map(move |it| &it["user-context"][key])
}

/// Says whether a machine has an address by several interfaces: Kea refuses that unless it is told so.
fn shares_addresses(subnets: &[Value]) -> bool {
    let mut seen = BTreeSet::new();
    let reservations = subnets.iter().flat_map(|subnet| list(&subnet["reservations"]));
    let address = |it: &Value| format!("{}{}", it["ip-address"], it["ip-addresses"]);
    reservations.map(address).any(|address| !seen.insert(address))
}

/// Where the daemon listens: on every interface unless all clusters name theirs.
fn interfaces(subnets: &[Value]) -> BTreeSet<&str> {
    let names: BTreeSet<&str> = said(subnets, INTERFACE).filter_map(Value::as_str).collect();
    if names.contains("") { BTreeSet::from(["*"]) } else { names }
}

/// The shortest lease that a cluster wants, in seconds.
fn lease_of(subnets: &[Value]) -> u64 {
    said(subnets, LEASE).filter_map(Value::as_u64).min().unwrap_or_else(|| u32::MAX.into())
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn is_kept(run: &Run, entry: &Value) -> bool {
    entry["user-context"][OWNER].as_str().is_some_and(|id| run.ids.iter().all(|own| own.as_str() != id))
}

/// Puts the reservations of one network together: Kea refuses a network that stands there twice.
fn merged(run: &Run, standing: &Value, own: Vec<Value>) -> Vec<Value> {
    let mut subnets: Vec<Value> = Vec::new();
    let others = list(standing).cloned().map(|subnet| (subnet, false));
    for (subnet, is_own) in others.chain(own.into_iter().map(|subnet| (subnet, true))) {
        let kept = list(&subnet["reservations"]).filter(|it| is_own || is_kept(run, it)).cloned();
        let kept: Vec<Value> = kept.collect();
        if kept.is_empty() {
            continue;
        }
        match subnets.iter_mut().find(|it| it["subnet"] == subnet["subnet"]) {
            Some(first) => {
                if let Some(reservations) = first["reservations"].as_array_mut() {
                    reservations.extend(kept);
                }
            }
            None => subnets.push(Value::Object(with(&subnet, "reservations", kept))),
        }
    }
    for subnet in &mut subnets {
        if let Some(list) = subnet["reservations"].as_array_mut() {
            list.sort_by_key(|entry| ["hostname", "hw-address"].map(|key| entry[key].to_string()));
            list.dedup();
        }
    }
    subnets.sort_by_key(|subnet| subnet["id"].as_u64());
    subnets
}

fn with(entry: &Value, key: &str, list: Vec<Value>) -> Map<String, Value> {
    let mut map = entry.as_object().cloned().unwrap_or_default();
    map.insert(key.to_owned(), Value::from(list));
    map
}
