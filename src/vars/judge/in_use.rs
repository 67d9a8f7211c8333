//! `okdboot.loaders`: in which ways machines boot, and what other settings have to do with it.

use super::super::raw::RawSettings;
use super::super::read::settings::SettingsDraft;
use super::super::read::value::Values;
use crate::diag::Code;
use crate::model::boot_loader::{BootLoader, InUse};
use crate::model::settings::{IgnitionUrl, IpxeChain};
use crate::text::List;

/// Compares the loaders in use with what asks for one of them.
pub(super) fn check(values: &Values, own: &SettingsDraft) -> InUse {
    let Some(loaders) = own.in_use.clone() else { return InUse::default() };
    let in_use = InUse::new(Some(loaders));
    needs_matchbox(values, own.raw, &in_use);
    in_use
}

/// What only matchbox serves is of no use where it is not in use.
fn needs_matchbox(values: &Values, own: &RawSettings, in_use: &InUse) {
    if in_use.has(BootLoader::Matchbox) {
        return;
    }
    let by_matchbox = [
        (&own.ipxe, IpxeChain::Matchbox.as_str()),
        (&own.ignition_url, IgnitionUrl::Matchbox.as_str()),
        (&own.ignition_url, IgnitionUrl::TwoPhase.as_str()),
    ];
    for (scalar, word) in by_matchbox {
        if let Some(scalar) = scalar.as_ref().filter(|scalar| scalar.text.trim() == word) {
            let message = format!("`{word}` needs matchbox, which is not among `okdboot.loaders`");
            values.refuse(Code::V115, scalar, message, "add `matchbox` to `okdboot.loaders`, or change this");
        }
    }
}

/// Returns the loaders in use that cannot fetch over https.
pub(super) fn without_https(in_use: &InUse) -> Option<String> {
    let all = BootLoader::WORDS.iter().filter_map(|word| word.parse::<BootLoader>().ok());
    let without: Vec<BootLoader> = all.filter(|it| in_use.has(*it) && !it.speaks_https()).collect();
    (!without.is_empty()).then(|| List::and(&without).to_string())
}
