//! `chronyconfig`: time servers, with options that chronyd knows. One that it does not know stops it, on the
//! helper and on every machine.

use std::net::IpAddr;

use super::super::raw::RawVars;
use super::super::section::Scalar;
use super::value::Values;
use crate::diag::Code;
use crate::model::name::Domain;
use crate::model::service::TimeSource;
use crate::text::did_you_mean;

/// Options of `server` that stand alone (chrony.conf(5); `ipv4` and `ipv6` from chrony 4.6 on).
const FLAGS: &[&str] = &[
    "auto_offline",
    "burst",
    "copy",
    "iburst",
    "ipv4",
    "ipv6",
    "noselect",
    "nts",
    "offline",
    "prefer",
    "require",
    "trust",
    "xleave",
];
/// Options that a number follows.
const NUMBERS: &[&str] = &[
    "asymmetry",
    "certset",
    "extfield",
    "filter",
    "key",
    "maxdelay",
    "maxdelaydevratio",
    "maxdelayquant",
    "maxdelayratio",
    "maxpoll",
    "maxsamples",
    "mindelay",
    "minpoll",
    "minsamples",
    "minstratum",
    "ntsport",
    "offset",
    "polltarget",
    "port",
    "presend",
    "version",
];

/// Returns the servers of the file.
pub fn servers(values: &Values, raw: &RawVars) -> Vec<TimeSource> {
    let server = |(at, options): &(Option<Scalar>, Option<Scalar>)| {
        let options = options.as_ref().map(|at| self::options(values, at)).unwrap_or_default();
        Some(TimeSource { name: name(values, at.as_ref()?)?, options })
    };
    raw.chrony.servers.iter().filter_map(server).collect()
}

/// An address or a name. One that is no such thing would be asked for at every boot of every node.
fn name(values: &Values, at: &Scalar) -> Option<String> {
    let text = at.text.trim();
    if text.parse::<IpAddr>().is_err() {
        values.parse::<Domain>(Code::V109, at, "write the address or the name of a time server")?;
    }
    Some(text.to_owned())
}

fn options(values: &Values, at: &Scalar) -> String {
    let mut words = at.text.split_whitespace();
    let mut kept = Vec::new();
    while let Some(word) = words.next() {
        kept.push(word);
        if NUMBERS.contains(&word) {
            let Some(number) = words.next().filter(|number| is_number(number)) else {
                let help = format!("write it with its number, such as `{word} 4`");
                values.refuse(Code::V242, at, format!("chrony's option `{word}` has no number"), &help);
                return String::new();
            };
            kept.push(number);
        } else if !FLAGS.contains(&word) {
            unknown(values, at, word);
            return String::new();
        }
    }
    kept.join(" ")
}

fn is_number(word: &str) -> bool {
    word.parse::<f64>().is_ok_and(f64::is_finite) || u32::from_str_radix(word, 16).is_ok()
}

fn unknown(values: &Values, at: &Scalar, word: &str) {
    let help = match did_you_mean(word, FLAGS.iter().chain(NUMBERS).copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "write options of a server as chrony.conf(5) has them, such as `iburst`".to_owned(),
    };
    let message = format!("chrony knows no option `{}`", crate::text::escape(word));
    values.refuse(Code::V242, at, message, &help);
}
