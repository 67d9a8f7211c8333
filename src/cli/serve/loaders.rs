//! The loaders that are given away: those of vars.yaml, then those of the distribution.

use super::super::args::Serve;
use super::super::args::serve::DhcpMode as Mode;
use super::super::output::Voice;
use crate::model::loaders::{Named, Slot};
use crate::run::failure::{Exit, Failure};
use crate::serve::loader::LOADERS;
use crate::serve::loader::own::{MissingLoader, Own};

/// Opens what vars.yaml names.
pub(super) fn open(args: &Serve, named: &[Named]) -> Result<Own, Failure> {
    refuse_two(named)?;
    refuse_grub_of_proxy(args, named)?;
    Own::open(named).map_err(|missing| unreadable(&missing))
}

/// One rack has one DHCP server, which knows no clusters.
fn refuse_two(named: &[Named]) -> Result<(), Failure> {
    let mut slots = Slot::ALL.into_iter().map(|slot| named.iter().filter(move |it| it.slot == slot));
    let Some((one, other)) = slots.find_map(|mut paths| Some((paths.next()?, paths.next()?))) else {
        return Ok(());
    };
    let slot = one.slot;
    let message = format!("clusters name two loaders for `{slot}`: `{}` and `{}`", one.path, other.path);
    Err(Failure::new(Exit::Usage, message)
        .help(format!("set `okdboot.serve.loaders.{slot}` to the same file in each vars.yaml")))
}

/// GRUB asks the server that gave the address, whatever a proxy says (rhboot/grub2, pull requests 82 and 87).
fn refuse_grub_of_proxy(args: &Serve, named: &[Named]) -> Result<(), Failure> {
    let grub = named.iter().find(|named| named.leads_to_grub());
    let Some(grub) = grub.filter(|_| args.giving.dhcp == Mode::Proxy) else { return Ok(()) };
    let message = format!("`{}` cannot be given by `--dhcp proxy`: GRUB asks the DHCP server", grub.path);
    Err(Failure::new(Exit::Usage, message).help(
        "use `--dhcp full`, or have the DHCP server name this host as `next-server`; see docs/serve.md",
    ))
}

fn unreadable(missing: &[MissingLoader]) -> Failure {
    let mut failure = Failure::new(Exit::Files, "loaders of `okdboot.serve.loaders` cannot be given away");
    let cause = |it: &MissingLoader| format!("{}: `{}`: {}", it.named.slot, it.named.path, it.reason);
    failure.causes.extend(missing.iter().map(cause));
    let second = missing.iter().find(|it| it.named.slot.first().is_some());
    failure.help(match second {
        Some(it) => format!(
            "shim starts GRUB of its own vendor: put it beside the shim, or name it with `okdboot.serve.loaders.{}`",
            it.named.slot
        ),
        None => "mend the path in vars.yaml, or take it out: loaders of the distribution are found".to_owned(),
    })
}

/// Says which loaders this machine has. Which of them a rack needs is its firmware's matter.
pub(super) fn say(own: &Own, output: &mut Voice) {
    for Named { slot, path } in own.iter() {
        output.say(&format!("loader {slot}: {path}"));
    }
    for loader in LOADERS {
        let line = match loader.place() {
            Some(place) => format!("loader {}: {}", loader.name, place.display()),
            None => format!("loader {}: not on this machine; it comes with {}", loader.name, loader.package),
        };
        output.say(&line);
    }
}
