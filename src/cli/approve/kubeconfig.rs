//! The kubeconfig: the one that is named, else where kubectl looks.

use camino::{Utf8Path, Utf8PathBuf};
use kube::Config;
use kube::config::{KubeConfigOptions, Kubeconfig};

use crate::cli::context::Context;
use crate::run::failure::{Exit, Failure};
use crate::text::cause_chain;

/// How long an answer may take.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(30);

/// Reads it, and what it refers to.
pub(in crate::cli) async fn read(named: Option<&Utf8Path>, context: &Context) -> Result<Config, Failure> {
    let paths = paths(named, context)?;
    let mut all: Option<Kubeconfig> = None;
    for path in &paths {
        let refuse = |error: &dyn std::error::Error| {
            Failure::new(Exit::Files, format!("cannot read `{path}`: {}", reason(error)))
                .help("name the kubeconfig with `--kubeconfig FILE`: the installer writes it into `auth/kubeconfig`")
        };
        let one = Kubeconfig::read_from(path).map_err(|error| refuse(&error))?;
        all = Some(match all {
            Some(before) => before.merge(one).map_err(|error| refuse(&error))?,
            None => one,
        });
    }
    let refuse = |error: &dyn std::error::Error| {
        Failure::new(Exit::Invalid, format!("cannot use the kubeconfig: {}", cause_chain(error)))
    };
    let config = Config::from_custom_kubeconfig(all.unwrap_or_default(), &KubeConfigOptions::default()).await;
    let mut config = config.map_err(|error| refuse(&error))?;
    // A watch is quiet for as long as nothing happens; everything else answers at once.
    config.connect_timeout = Some(PATIENCE);
    Ok(config)
}

/// The last cause: the others name the file again.
fn reason(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.last().unwrap_or(error).to_string()
}

fn paths(named: Option<&Utf8Path>, context: &Context) -> Result<Vec<Utf8PathBuf>, Failure> {
    if let Some(path) = named {
        return Ok(vec![path.to_owned()]);
    }
    let of_list =
        |list: &str| list.split(':').filter(|path| !path.is_empty()).map(Utf8PathBuf::from).collect();
    let listed: Vec<Utf8PathBuf> = context.env("KUBECONFIG").map(of_list).unwrap_or_default();
    if !listed.is_empty() {
        return Ok(listed);
    }
    let usual = context.env("HOME").map(|home| Utf8Path::new(home).join(".kube/config"));
    usual.map(|path| vec![path]).ok_or_else(|| {
        Failure::new(Exit::Usage, "nothing says which cluster it is").help("name it with `--kubeconfig FILE`")
    })
}
