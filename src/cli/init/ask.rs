//! The questions. Each answer is parsed by the type that it is for, and asked again until it fits.

use std::fmt::Display;
use std::io;
use std::net::Ipv4Addr;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use camino::Utf8Path;
use dialoguer::Input;
use dialoguer::console::Term;

use super::{Offers, machines, trial};
use crate::cli::output::Voice;
use crate::model::arch::Arch;
use crate::model::disk::InstallDisk;
use crate::model::outline::{ListedMachine, MOST_NODES, Outline};
use crate::model::settings::AddressingChoice;
use crate::run::failure::{Exit, Failure};
use crate::scaffold::{self, is_host};

/// A person at a terminal.
pub(super) struct Questions {
    interrupted: Arc<AtomicBool>,
    screen: Term,
}

/// What an answer takes, with the blanks around it, in columns.
const ROOM: usize = 20;

/// How an answer is judged; the fault is shown, and the question asked again.
type Judge<'a, T> = &'a dyn Fn(&str) -> Result<T, String>;

impl Questions {
    /// Takes Ctrl-C over: it ends the questions, after the terminal was put back in order.
    pub(super) fn begin() -> Result<Self, Failure> {
        let interrupted = Arc::new(AtomicBool::new(false));
        signal_hook::flag::register(signal_hook::consts::SIGINT, Arc::clone(&interrupted))
            .map_err(|error| Failure::of(Exit::Files, &error))?;
        Ok(Self { interrupted, screen: Term::stderr() })
    }

    /// Asks for everything that is not known. What was answered so far stays in `known` however it ends.
    pub(super) fn complete(
        &mut self,
        known: &mut Outline,
        offers: &Offers,
        output: &mut Voice,
    ) -> Result<(), Failure> {
        output.say("A few questions. Enter takes what stands in brackets; Ctrl-C writes nothing.");
        if known.cluster.is_none() {
            let set = |known: &mut Outline, name| known.cluster = Some(name);
            self.answer(known, "Cluster name", None, &parse, &set)?;
        }
        if known.domain.is_none() {
            let set = |known: &mut Outline, name| known.domain = Some(name);
            self.answer(known, "Base domain", None, &parse, &set)?;
        }
        self.network(known, offers, output)?;
        self.counts(known)?;
        self.machine(known)?;
        if known.machines.is_empty() {
            self.machines(known, output)?;
        }
        Ok(())
    }

    fn network(&mut self, known: &mut Outline, offers: &Offers, output: &mut Voice) -> Result<(), Failure> {
        if known.network.is_none() {
            for attached in &offers.networks {
                output.say(&format!(
                    "this machine is {} in {} on {}",
                    attached.address, attached.network, attached.interface
                ));
            }
            let offer = offers.networks.first().map(|attached| attached.network.to_string());
            let set = |known: &mut Outline, network| known.network = Some(network);
            self.answer(known, "Network of the nodes", offer, &network, &set)?;
        }
        let within = known.network;
        let offered = offers.fill(Outline { network: within, ..Outline::default() });
        let host = |text: &str| host(within, text);
        if known.helper.is_none() {
            let offer = offered.helper.map(|address| address.to_string());
            let set = |known: &mut Outline, helper| known.helper = Some(helper);
            self.answer(known, "Helper, which nodes fetch from", offer, &host, &set)?;
        }
        if known.gateway.is_none() {
            let offer = offered.gateway.map(|address| address.to_string());
            let set = |known: &mut Outline, gateway| known.gateway = Some(gateway);
            self.answer(known, "Default gateway", offer, &host, &set)?;
        }
        if known.forwarders.is_empty() {
            let servers: Vec<String> = offers.resolvers.iter().map(ToString::to_string).collect();
            let offer = Some(if servers.is_empty() { "-".to_owned() } else { servers.join(" ") });
            let set = |known: &mut Outline, servers| known.forwarders = servers;
            self.answer(known, "Name servers that know the world (- for none)", offer, &addresses, &set)?;
        }
        Ok(())
    }

    fn counts(&mut self, known: &mut Outline) -> Result<(), Failure> {
        if known.control_plane.is_none() {
            let set = |known: &mut Outline, count| known.control_plane = Some(count);
            let judge = |text: &str| count(text, 1);
            self.answer(known, "Control-plane nodes", Some("3".to_owned()), &judge, &set)?;
        }
        if known.workers.is_none() {
            let set = |known: &mut Outline, count| known.workers = Some(count);
            let judge = |text: &str| count(text, 0);
            self.answer(known, "Workers", Some("2".to_owned()), &judge, &set)?;
        }
        Ok(())
    }

    fn machine(&mut self, known: &mut Outline) -> Result<(), Failure> {
        if known.addressing.is_none() {
            let prompt = format!("Addresses, {}", AddressingChoice::WORDS.join(" or "));
            let offer = AddressingChoice::Dhcp.to_string();
            let set = |known: &mut Outline, choice| known.addressing = Some(choice);
            self.answer(known, &prompt, Some(offer), &parse, &set)?;
        }
        if known.addressing == Some(AddressingChoice::Static) && known.interface.is_none() {
            let set = |known: &mut Outline, name| known.interface = name;
            self.answer(known, "Interface of the nodes (- for any)", Some("-".to_owned()), &or_none, &set)?;
        }
        if known.disk.is_none() {
            let set = |known: &mut Outline, disk| known.disk = Some(disk);
            self.answer(known, "Install disk", Some(InstallDisk::assumed().to_string()), &parse, &set)?;
        }
        if known.arch.is_none() {
            let set = |known: &mut Outline, arch| known.arch = Some(arch);
            self.answer(known, "Architecture", Some(Arch::X86_64.to_string()), &parse, &set)?;
        }
        if known.stream.is_none() {
            let prompt = "Images, such as okd-4.20 or rhcos-4.20 (- to decide later)";
            let set = |known: &mut Outline, stream| known.stream = stream;
            self.answer(known, prompt, Some("-".to_owned()), &or_none, &set)?;
        }
        Ok(())
    }

    /// Asks for MAC addresses until every node has one, or the person has no more.
    fn machines(&mut self, known: &mut Outline, output: &mut Voice) -> Result<(), Failure> {
        let names = scaffold::names(scaffold::NodeCounts::of(known));
        output.say("MAC addresses: one, several, or a file of them or of DHCP leases;");
        output.say("- for those that are not known.");
        while let Some(name) = without_machine(&known.machines, &names) {
            let (prompt, before) = (format!("MAC address of {name}"), known.machines.len());
            let taken = known.machines.clone();
            let judge = |text: &str| listed(text, &taken);
            let set = |known: &mut Outline, more| known.machines.extend::<Vec<ListedMachine>>(more);
            self.answer(known, &prompt, None, &judge, &set)?;
            if known.machines.len() == before {
                break;
            }
        }
        Ok(())
    }

    /// Asks, and takes an answer that fits those before it.
    fn answer<T>(
        &mut self,
        known: &mut Outline,
        prompt: &str,
        offer: Option<String>,
        judge: Judge<T>,
        set: &dyn Fn(&mut Outline, T),
    ) -> Result<(), Failure> {
        let fitting = |text: &str| {
            let mut trial = known.clone();
            set(&mut trial, judge(text)?);
            trial::fits(&trial)?;
            judge(text)
        };
        let value = self.ask(prompt, offer, &fitting)?;
        set(known, value);
        Ok(())
    }

    /// After Ctrl-C: offers to keep what was answered. Whoever breaks this off, too, keeps nothing.
    pub(super) fn keeps(&mut self, path: &Utf8Path) -> bool {
        self.interrupted.store(false, Ordering::Relaxed);
        self.confirms(&format!("Keep the answers so far in {path}"), true).unwrap_or(false)
    }

    fn ask<T>(&mut self, prompt: &str, offer: Option<String>, judge: Judge<T>) -> Result<T, Failure> {
        let input = Input::new().with_prompt(self.prompt(prompt, offer.as_deref()));
        let input = if let Some(offer) = offer { input.default(offer) } else { input };
        self.judged(input, judge)
    }

    /// Returns the question, or a mark below it where the answer would not fit beside it: what runs into a
    /// second line would be drawn twice.
    fn prompt(&self, question: &str, offer: Option<&str>) -> String {
        let (_, columns) = self.screen.size();
        let taken = question.chars().count() + offer.map_or(0, |offer| offer.chars().count() + 3);
        if taken + ROOM <= columns.into() {
            return question.to_owned();
        }
        let _ = self.screen.write_line(&format!("{question}:"));
        ">".to_owned()
    }

    fn judged<'a, T>(&mut self, input: Input<'a, String>, judge: Judge<'a, T>) -> Result<T, Failure> {
        let input = input.validate_with(|text: &String| judge(text.trim()).map(|_| ()));
        let answer = self.ended(input.interact_text())?;
        judge(answer.trim()).map_err(|fault| Failure::new(Exit::Bug, fault))
    }

    /// Asks for a yes or a no. The whole answer is judged: a question that takes the first `y` for one
    /// would replace a file because of `not yet`.
    pub(super) fn confirms(&mut self, prompt: &str, offer: bool) -> Result<bool, Failure> {
        let choice = if offer { "Y/n" } else { "y/N" };
        let judge = |text: &str| match text.to_ascii_lowercase().as_str() {
            "" => Ok(offer),
            "y" | "yes" => Ok(true),
            "n" | "no" => Ok(false),
            _ => Err(format!("`{text}` is neither `y` nor `n`")),
        };
        self.judged(Input::new().with_prompt(format!("{prompt}? [{choice}]")).allow_empty(true), &judge)
    }

    fn ended<T>(&self, answer: dialoguer::Result<T>) -> Result<T, Failure> {
        let interrupted = self.interrupted.load(Ordering::Relaxed);
        match answer {
            Ok(answer) if !interrupted => Ok(answer),
            Err(dialoguer::Error::IO(error))
                if !interrupted && error.kind() != io::ErrorKind::Interrupted =>
            {
                Err(Failure::new(Exit::Files, format!("cannot ask: {error}")))
            }
            _ => {
                // Ctrl-C leaves the cursor behind what was typed.
                let _ = self.screen.write_line("");
                Err(Failure::new(Exit::Interrupted, "interrupted; nothing was written"))
            }
        }
    }
}

fn parse<T>(text: &str) -> Result<T, String>
where
    T: FromStr,
    T::Err: Display,
{
    text.parse().map_err(|error: T::Err| error.to_string())
}

/// `-` is none.
fn or_none<T>(text: &str) -> Result<Option<T>, String>
where
    T: FromStr,
    T::Err: Display,
{
    if text == "-" { Ok(None) } else { parse(text).map(Some) }
}

fn network(text: &str) -> Result<ipnet::Ipv4Net, String> {
    let network: Result<ipnet::Ipv4Net, _> = text.parse();
    let network = network.map_err(|_| format!("`{text}` is not a network; write it as 192.168.7.0/24"))?;
    Ok(network.trunc())
}

fn host(network: Option<ipnet::Ipv4Net>, text: &str) -> Result<Ipv4Addr, String> {
    let address: Ipv4Addr = text.parse().map_err(|_| format!("`{text}` is not an IPv4 address"))?;
    match network {
        Some(network) if !is_host(network, address) => {
            Err(format!("{address} is not the address of a host in {network}"))
        }
        _ => Ok(address),
    }
}

fn count(text: &str, least: u16) -> Result<u16, String> {
    let count = text.parse().ok().filter(|count| (least..=MOST_NODES).contains(count));
    count.ok_or_else(|| format!("`{text}` is not a number from {least} to {MOST_NODES}"))
}

fn addresses(text: &str) -> Result<Vec<Ipv4Addr>, String> {
    let words = text.split([' ', ',']).filter(|word| !word.is_empty() && *word != "-");
    words.map(|word| word.parse().map_err(|_| format!("`{word}` is not an IPv4 address"))).collect()
}

/// The first node that none of the machines is.
fn without_machine<'a>(machines: &[ListedMachine], names: &'a [String]) -> Option<&'a String> {
    let assigned = scaffold::assigned(machines, names);
    names.iter().zip(assigned).find(|(_, mac)| mac.is_none()).map(|(name, _)| name)
}

/// Machines of a line, or of the file that it names; `-` is none.
fn listed(text: &str, taken: &[ListedMachine]) -> Result<Vec<ListedMachine>, String> {
    if text == "-" {
        return Ok(Vec::new());
    }
    let path = Utf8Path::new(text);
    let found = if path.is_file() {
        machines(path).map_err(|failure| failure.causes.join(": "))?
    } else {
        scaffold::machines(text).map_err(|error| error.to_string())?
    };
    match found.iter().find(|machine| taken.iter().any(|other| other.mac == machine.mac)) {
        Some(twice) => Err(format!("{} was given before", twice.mac)),
        None => Ok(found),
    }
}
