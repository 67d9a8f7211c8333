//! What `certs` accepts.

use clap::Args;

use crate::pki::{San, SanError};

/// `okdboot certs`
#[derive(Debug, Args)]
pub struct Certs {
    /// A name or an address by which clients reach the server: DNS:NAME or IP:ADDRESS;
    /// several with commas, or repeat
    #[arg(long = "san", value_name = "SAN", value_delimiter = ',', required = true, value_parser = san)]
    pub sans: Vec<San>,
    /// How long the certificates of server and client last
    #[arg(long, value_name = "DAYS", default_value_t = 365, value_parser = clap::value_parser!(u32).range(1..=3650))]
    pub days: u32,
    /// Make new certificates even where those that are there are good
    #[arg(long)]
    pub renew: bool,
}

fn san(text: &str) -> Result<San, SanError> {
    text.parse()
}
