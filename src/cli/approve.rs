//! `okdboot approve`: kubelets get their certificates where what they ask for fits vars.yaml.

pub(super) mod kubeconfig;
mod round;

use std::time::{Duration, Instant};

use serde::Serialize;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::args::{Approve, Cli};
use super::output::Voice;
use super::{opened, pick, runtime};
use crate::approve::DeclaredMachine;
use crate::approve::cluster::ApiServer;
use crate::model::cluster::Cluster as Inventory;
use crate::run::failure::{Exit, Failure};
use crate::text::{Count, List};
use round::ApprovalRound;

/// How long the API server is left alone where nothing comes, and after a failure that passes.
const PERIOD: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_secs(3);

/// What `okdboot approve` says.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Document<'a> {
    /// What became of each pending request of a kubelet, in the order in which it was said.
    requests: &'a [round::Member],
    /// With `--watch`: whether every machine has joined, where `--until-all` waited for that.
    #[serde(skip_serializing_if = "Option::is_none")]
    joined: Option<bool>,
}

/// Looks once, or until every machine has joined.
pub fn run(cli: &Cli, args: &Approve, output: &mut Voice) -> Result<Exit, Failure> {
    let workspace = opened::whole(cli, output)?;
    let clusters = workspace.clusters();
    let inventory = only(&clusters)?;
    let machines = machines(inventory, args)?;
    let runtime = runtime::here()?;
    runtime.block_on(async {
        let config = kubeconfig::read(args.kubeconfig.as_deref(), output.context()).await?;
        let now = output.context().now();
        let mut round = ApprovalRound::new(ApiServer::new(config)?, inventory, machines, args, now);
        if args.watch { watch(&mut round, args, output).await } else { once(&mut round, output).await }
    })
}

/// Returns the cluster of a run, which a kubeconfig is of.
pub(super) fn only<'a>(clusters: &[&'a Inventory]) -> Result<&'a Inventory, Failure> {
    let [cluster] = clusters else {
        let message = "a kubeconfig is of one cluster, and this run has several";
        return Err(Failure::new(Exit::Usage, message).help("name one with `-f`"));
    };
    if !cluster.is_openshift() {
        let message = format!("the machines of `{}` form no cluster: `okdboot.kind` is `live`", cluster.id);
        return Err(Failure::new(Exit::Usage, message).help("name the vars.yaml of a cluster with `-f`"));
    }
    Ok(cluster)
}

/// The machines that are named, without the bootstrap machine.
fn machines(inventory: &Inventory, args: &Approve) -> Result<Vec<DeclaredMachine>, Failure> {
    let named = [&args.nodes[..], &args.replaced].concat();
    pick::refuse_unknown(&[inventory], &named)?;
    let wanted = |name: &str| {
        inventory
            .nodes
            .iter()
            .any(|node| node.name.as_str() == name && pick::wanted(inventory, node, &args.nodes))
    };
    let machines: Vec<DeclaredMachine> =
        DeclaredMachine::all(inventory).into_iter().filter(|machine| wanted(machine.name.as_str())).collect();
    if machines.is_empty() {
        return Err(Failure::new(
            Exit::Usage,
            "none of them becomes a node: the bootstrap machine never does",
        ));
    }
    Ok(machines)
}

async fn once(round: &mut ApprovalRound<'_>, output: &mut Voice<'_>) -> Result<Exit, Failure> {
    let went = retried(round, output, false).await?;
    output.document(&Document { requests: round.members(), joined: None });
    Ok(if went.left == 0 { Exit::Done } else { Exit::Differs })
}

async fn watch(
    round: &mut ApprovalRound<'_>,
    args: &Approve,
    output: &mut Voice<'_>,
) -> Result<Exit, Failure> {
    let failed = |error: std::io::Error| Failure::of(Exit::Files, &error);
    let mut interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
    let end = Instant::now() + args.timeout.duration();
    let exit = loop {
        let went = retried(round, output, true).await?;
        if args.until_all && went.missing.is_empty() {
            output.say(&format!("{} joined", Count(round.machines(), "machine")));
            break Exit::Done;
        }
        if args.until_all && Instant::now() >= end {
            output.say(&format!("not joined in time: {}", List::and(&went.missing)));
            break Exit::Differs;
        }
        let most =
            if args.until_all { PERIOD.min(end.saturating_duration_since(Instant::now())) } else { PERIOD };
        if ends(round.wait(&went.version, most), (&mut interrupt, &mut terminate)).await {
            break Exit::Done;
        }
    };
    let joined = Some(exit == Exit::Done && args.until_all);
    output.document(&Document { requests: round.members(), joined });
    Ok(exit)
}

/// Waits, and says whether a person has enough of it.
async fn ends(wait: impl Future<Output = ()>, (interrupt, terminate): (&mut Signal, &mut Signal)) -> bool {
    tokio::select! {
        () = wait => false,
        _ = interrupt.recv() => true,
        _ = terminate.recv() => true,
    }
}

/// Looks once more where the failure passes: API servers start anew while a cluster is installed.
async fn retried(
    round: &mut ApprovalRound<'_>,
    output: &mut Voice<'_>,
    patient: bool,
) -> Result<round::RoundResult, Failure> {
    let mut said = false;
    loop {
        match round.look(output).await {
            Ok(went) => return Ok(went),
            Err(error) if patient && error.is_passing() => {
                if !said {
                    output.say(&format!("{error}; asked again until it answers"));
                    said = true;
                }
                tokio::time::sleep(PAUSE).await;
            }
            Err(error) => return Err(error.into()),
        }
    }
}
