//! Whether an answer fits: the file that it would give is scaffolded and checked as vars.yaml is, so that no
//! rule stands twice. What is not answered yet is whatever contradicts nothing.

use crate::diag::{Report, Severity};
use crate::model::outline::Outline;
use crate::scaffold::Scaffold;
use crate::vars;

/// The file's name in reports, whose places are not shown: it does not exist.
const NAME: &str = "answers";

/// Refuses answers that contradict one another, in the words of `check`.
pub(super) fn fits(answers: &Outline) -> Result<(), String> {
    let Ok(scaffold) = Scaffold::of(&completed(answers.clone())) else { return Ok(()) };
    let scaffold = scaffold.map_err(|error| error.to_string())?;
    let (_, report) = vars::read(NAME, scaffold.to_yaml().as_bytes());
    match faults(&report).first() {
        Some(fault) => Err(fault.clone()),
        None => Ok(()),
    }
}

/// Returns every error of a report without its place: message, and what to do.
pub(super) fn faults(report: &Report) -> Vec<String> {
    let errors = report.diagnostics().iter().filter(|it| it.severity == Severity::Error);
    errors.map(|error| [std::slice::from_ref(&error.message), &error.help].concat().join("; ")).collect()
}

/// Adds what fits everything: a name that is nobody's, one control-plane node, the hosts of the network.
fn completed(answers: Outline) -> Outline {
    let network = answers.network.or_else(|| "192.0.2.0/24".parse().ok());
    // Whatever host is not the other one's.
    let hosts = |network: ipnet::Ipv4Net| network.hosts().take(4).collect::<Vec<_>>();
    let free = network.map(hosts).unwrap_or_default();
    let mut free = free.into_iter().filter(|host| ![answers.helper, answers.gateway].contains(&Some(*host)));
    let gateway = answers.gateway.or_else(|| free.next());
    let helper = answers.helper.or_else(|| free.next());
    answers.or(Outline {
        cluster: "a".parse().ok(),
        domain: "example.com".parse().ok(),
        network,
        helper,
        gateway,
        control_plane: Some(1),
        workers: Some(0),
        ..Outline::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_judged_together_and_what_is_open_contradicts_nothing() {
        let mut answers = Outline::default();
        assert_eq!(fits(&answers), Ok(()));
        answers.control_plane = Some(2);
        let fault = fits(&answers).unwrap_err();
        assert!(fault.starts_with("2 control-plane machines cannot be installed"), "{fault}");
        answers.control_plane = Some(3);
        answers.network = "192.168.7.0/30".parse().ok();
        assert!(fits(&answers).is_err(), "no room for three");
        answers.network = "192.168.7.0/24".parse().ok();
        answers.gateway = "192.168.7.1".parse().ok();
        assert_eq!(fits(&answers), Ok(()));
        answers.gateway = "10.0.0.1".parse().ok();
        assert!(fits(&answers).is_err(), "a gateway of another network");
    }
}
