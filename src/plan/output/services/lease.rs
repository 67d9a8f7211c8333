//! What every DHCP server needs to be told, and what none can be.

use super::view::View;
use crate::diag::{Code, Diagnostic};

/// What ends a value in the file of a DHCP server.
const ENDS_A_VALUE: [char; 4] = [',', ';', '(', ')'];

/// Says why a cluster's machines cannot be given addresses: nothing tells the network, or the URL that they
/// boot from would end a value.
pub(super) fn refused(view: &View) -> Option<Diagnostic> {
    unknown_network(view).or_else(|| impossible_url(view))
}

fn unknown_network(view: &View) -> Option<Diagnostic> {
    if !view.context.network.net.is_empty() {
        return None;
    }
    let message = format!("no DHCP is rendered for `{}`: its network is not known", view.cluster.id);
    let help = "add `dhcp.ipid` and `dhcp.netmaskid`, or set `okdboot.services.dhcp: none` if another server does it";
    Some(Diagnostic::new(Code::R030, message).help(help))
}

fn impossible_url(view: &View) -> Option<Diagnostic> {
    let url = &view.context.url;
    let found = url.chars().find(|c| ENDS_A_VALUE.contains(c))?;
    let message = format!("no DHCP server can be told of `{url}`: `{found}` ends a value in its file");
    let help = "serve the files below another path, or set `okdboot.services.dhcp: none`";
    Some(Diagnostic::new(Code::R032, message).help(help))
}
