//! Who asks a store, and where it is: what people have set for Amazon's own tools is taken.

use camino::Utf8PathBuf;

use crate::cli::args::Reach;
use crate::cli::context::Context;
use crate::run::failure::{Exit, Failure};
use crate::store::{Login, Store, StorePlace};

/// The region where none is named; stores of other makers ignore it.
const REGION: &str = "us-east-1";

/// Names the store.
pub(in crate::cli) fn store(place: &StorePlace, reach: &Reach, context: &Context) -> Result<Store, Failure> {
    let of = |names: &[&str]| names.iter().find_map(|name| env(context, name));
    let endpoint = reach.endpoint.clone().or_else(|| of(&["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"]));
    let region = reach.region.clone().or_else(|| of(&["AWS_REGION", "AWS_DEFAULT_REGION"]));
    let region = region.unwrap_or_else(|| REGION.to_owned());
    let store = Store::new(place.clone(), endpoint.as_deref(), &region, login(context)?);
    store.map_err(|error| Failure::new(Exit::Usage, format!("`--endpoint`: {error}")))
}

/// What is set, and not empty.
fn env(context: &Context, name: &str) -> Option<String> {
    context.env(name).filter(|it| !it.is_empty()).map(str::to_owned)
}

fn login(context: &Context) -> Result<Login, Failure> {
    let of = |name: &str| env(context, name);
    if let (Some(key), Some(secret)) = (of("AWS_ACCESS_KEY_ID"), of("AWS_SECRET_ACCESS_KEY")) {
        return Ok(Login::new(key, secret, of("AWS_SESSION_TOKEN")));
    }
    let named = of("AWS_SHARED_CREDENTIALS_FILE").map(Utf8PathBuf::from);
    let file = named.or_else(|| Some(Utf8PathBuf::from(of("HOME")?).join(".aws/credentials")));
    let profile = of("AWS_PROFILE").unwrap_or_else(|| "default".to_owned());
    let text = file.as_ref().and_then(|file| std::fs::read_to_string(file).ok()).unwrap_or_default();
    of_profile(&text, &profile).ok_or_else(|| {
        let file = file.map_or_else(|| "~/.aws/credentials".to_owned(), Utf8PathBuf::into_string);
        Failure::new(Exit::Usage, "nothing says who asks the store").help(format!(
            "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or write the profile `{profile}` into {file}"
        ))
    })
}

/// Reads a profile of the file that Amazon's tools share.
fn of_profile(text: &str, profile: &str) -> Option<Login> {
    let head = format!("[{profile}]");
    let lines = text.lines().map(str::trim).skip_while(|line| *line != head).skip(1);
    let own: Vec<(&str, &str)> = lines
        .take_while(|line| !line.starts_with('['))
        .filter_map(|line| line.split_once('='))
        .map(|(name, value)| (name.trim(), value.trim()))
        .collect();
    let of = |name: &str| own.iter().find(|(own, _)| *own == name).map(|(_, value)| (*value).to_owned());
    Some(Login::new(of("aws_access_key_id")?, of("aws_secret_access_key")?, of("aws_session_token")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_is_read_and_no_other() {
        let text =
            "[default]\naws_access_key_id = a\naws_secret_access_key=b\n\n[lab]\naws_access_key_id = c\n";
        assert!(of_profile(text, "default").is_some());
        assert!(of_profile(text, "lab").is_none() && of_profile(text, "no").is_none());
    }
}
