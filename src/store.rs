//! An object store that speaks S3: which requests it is asked, and what it answers, without sending them.
//!
//! Every request is a URL that is signed in itself (Signature V4, "presigned"), so that whoever sends it
//! needs no credentials. An object says in its own metadata which sha256 it has: a later run knows by one
//! request that it is right.

mod answer;

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use md5::{Digest as _, Md5};
use rusty_s3::actions::{CreateMultipartUpload, ListParts};
use rusty_s3::{Bucket, Credentials, S3Action, UrlStyle};
use thiserror::Error;

use crate::model::digest::Sha256;

pub use answer::{UploadPart, error, part_list, upload_id, upload_of};

/// How long a signed request is good for. An image of gigabytes over a slow link is fetched again and again
/// from where it broke off, by the same URL.
const VALID: Duration = Duration::from_secs(6 * 3600);

/// The header that tells the sha256 of an object (`x-amz-meta-...`: metadata of its owner).
pub const SHA256: &str = "x-amz-meta-sha256";

/// The host of Amazon's own store, in a region.
const AMAZON: (&str, &str) = ("https://s3.", ".amazonaws.com");

/// Where objects are: `s3://BUCKET` or `s3://BUCKET/PREFIX`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StorePlace {
    /// The bucket.
    pub bucket: String,
    /// What comes before each name, with a closing slash; empty where nothing does.
    pub prefix: String,
}

/// Not such a place.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum PlaceError {
    /// Of another scheme, or none.
    #[error("`{}` does not begin with `s3://`", crate::text::escape(.0))]
    Scheme(String),
    /// Not the name of a bucket.
    #[error("`{}` is no name of a bucket: 3 to 63 of a-z, 0-9, `.` and `-`", crate::text::escape(.0))]
    Bucket(String),
    /// Not a prefix.
    #[error("`{}` is no prefix of names: letters, digits, `.`, `_`, `-` and `/`", crate::text::escape(.0))]
    Prefix(String),
    /// Not a URL that a store can have.
    #[error("`{}` is no URL of a store: it has to be https or http, with a host", crate::text::escape(.0))]
    Endpoint(String),
}

/// Who asks. Its secret is never shown.
#[derive(Clone)]
pub struct Login(Credentials);

/// A bucket that is reached.
#[derive(Clone, Debug)]
pub struct Store {
    bucket: Bucket,
    login: Login,
    place: StorePlace,
}

/// A request that is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreRequest {
    /// `GET`, `PUT` and the like.
    pub method: &'static str,
    /// Where to; its query holds the signature.
    pub url: String,
    /// What belongs to the signature.
    pub headers: Vec<(String, String)>,
}

impl Login {
    /// Takes the key, its secret, and the token that temporary ones come with.
    pub fn new(key: String, secret: String, token: Option<String>) -> Self {
        Self(match token {
            Some(token) => Credentials::new_with_token(key, secret, token),
            None => Credentials::new(key, secret),
        })
    }
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Login")
    }
}

impl FromStr for StorePlace {
    type Err = PlaceError;

    fn from_str(text: &str) -> Result<Self, PlaceError> {
        let rest = text.strip_prefix("s3://").ok_or_else(|| PlaceError::Scheme(text.to_owned()))?;
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let of_bucket = |it: char| it.is_ascii_lowercase() || it.is_ascii_digit() || ".-".contains(it);
        if !(3..=63).contains(&bucket.len()) || !bucket.chars().all(of_bucket) {
            return Err(PlaceError::Bucket(bucket.to_owned()));
        }
        let prefix = prefix.trim_end_matches('/');
        let of_prefix = |it: char| it.is_ascii_alphanumeric() || "._-".contains(it);
        let is_name = |name: &str| !matches!(name, "" | "." | "..") && name.chars().all(of_prefix);
        if !prefix.is_empty() && !prefix.split('/').all(is_name) {
            return Err(PlaceError::Prefix(prefix.to_owned()));
        }
        let prefix = if prefix.is_empty() { String::new() } else { format!("{prefix}/") };
        Ok(Self { bucket: bucket.to_owned(), prefix })
    }
}

impl fmt::Display for StorePlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "s3://{}/{}", self.bucket, self.prefix)
    }
}

impl Store {
    /// Names a bucket. Amazon's store is asked at the bucket's own host, every other one at a path of the
    /// endpoint, since few answer to names below their own.
    pub fn new(
        place: StorePlace,
        endpoint: Option<&str>,
        region: &str,
        login: Login,
    ) -> Result<Self, PlaceError> {
        let (style, endpoint) = match endpoint {
            Some(endpoint) => (UrlStyle::Path, endpoint.to_owned()),
            // A certificate of Amazon's stands for one label below its own name.
            None if place.bucket.contains('.') => (UrlStyle::Path, amazon(region)),
            None => (UrlStyle::VirtualHost, amazon(region)),
        };
        let refuse = || PlaceError::Endpoint(endpoint.clone());
        let url = endpoint.parse().map_err(|_| refuse())?;
        let bucket =
            Bucket::new(url, style, place.bucket.clone(), region.to_owned()).map_err(|_| refuse())?;
        Ok(Self { bucket, login, place })
    }

    /// Returns where it is.
    pub fn place(&self) -> &StorePlace {
        &self.place
    }

    /// Returns the URL under which whoever may read the bucket finds an object.
    pub fn url(&self, name: &str) -> String {
        self.bucket.object_url(&self.key(name)).into()
    }

    /// Returns the URL that stands for the permission to read an object.
    pub fn presigned(&self, name: &str) -> String {
        self.bucket.get_object(Some(&self.login.0), &self.key(name)).sign(VALID).into()
    }

    /// Asks what is known of an object.
    pub fn head(&self, name: &str) -> StoreRequest {
        signed(self.bucket.head_object(Some(&self.login.0), &self.key(name)), &[])
    }

    /// Puts an object whole.
    pub fn put(&self, name: &str, sha256: Sha256, body: &[u8]) -> StoreRequest {
        let headers = [("content-md5", md5_of(body)), (SHA256, sha256.to_string())];
        signed(self.bucket.put_object(Some(&self.login.0), &self.key(name)), &headers)
    }

    /// Asks which uploads in parts were begun and not ended.
    pub fn uploads(&self, name: &str) -> StoreRequest {
        let key = self.key(name);
        let mut action = self.bucket.list_objects_v2(Some(&self.login.0));
        action.query_mut().remove("list-type");
        action.query_mut().remove("encoding-type");
        action.query_mut().insert("prefix", key);
        action.query_mut().insert("uploads", "");
        signed(action, &[])
    }

    /// Begins an upload in parts.
    pub fn begin(&self, name: &str, sha256: Sha256) -> StoreRequest {
        let key = self.key(name);
        let action: CreateMultipartUpload = self.bucket.create_multipart_upload(Some(&self.login.0), &key);
        signed(action, &[(SHA256, sha256.to_string())])
    }

    /// Asks which parts have arrived, after the part with this number.
    pub fn parts(&self, name: &str, id: &str, after: u16) -> StoreRequest {
        let key = self.key(name);
        let mut action: ListParts = self.bucket.list_parts(Some(&self.login.0), &key, id);
        action.set_part_number_marker(after);
        signed(action, &[])
    }

    /// Puts a part, counted from 1.
    pub fn part(&self, name: &str, id: &str, number: u16, body: &[u8]) -> StoreRequest {
        let key = self.key(name);
        let action = self.bucket.upload_part(Some(&self.login.0), &key, number, id);
        signed(action, &[("content-md5", md5_of(body))])
    }

    /// Joins the parts; returns the request and its body.
    pub fn end(&self, name: &str, id: &str, parts: &[String]) -> (StoreRequest, String) {
        let key = self.key(name);
        let etags = parts.iter().map(String::as_str);
        let action = self.bucket.complete_multipart_upload(Some(&self.login.0), &key, id, etags);
        (signed(action.clone(), &[]), action.body())
    }

    /// Gives an upload in parts up.
    pub fn give_up(&self, name: &str, id: &str) -> StoreRequest {
        signed(self.bucket.abort_multipart_upload(Some(&self.login.0), &self.key(name), id), &[])
    }

    fn key(&self, name: &str) -> String {
        format!("{}{name}", self.place.prefix)
    }
}

fn amazon(region: &str) -> String {
    format!("{}{region}{}", AMAZON.0, AMAZON.1)
}

fn signed<'a, A: S3Action<'a>>(mut action: A, headers: &[(&'static str, String)]) -> StoreRequest {
    for (name, value) in headers {
        action.headers_mut().insert(*name, value.clone());
    }
    StoreRequest {
        method: A::METHOD.to_str(),
        url: action.sign(VALID).into(),
        headers: headers.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect(),
    }
}

/// The store refuses a body that arrived otherwise (RFC 1864).
fn md5_of(body: &[u8]) -> String {
    BASE64_STANDARD.encode(Md5::digest(body))
}

/// Returns what a store calls a body that arrived whole: its MD5, where it encrypts with no key of its own.
pub fn etag_of(body: &[u8]) -> String {
    Md5::digest(body).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store(place: &str, endpoint: Option<&str>) -> Store {
        let login = Login::new("key".to_owned(), "hush".to_owned(), None);
        Store::new(place.parse().unwrap(), endpoint, "eu-central-1", login).unwrap()
    }

    #[test]
    fn a_place_is_a_bucket_and_a_prefix() {
        let place = |text: &str| text.parse::<StorePlace>().map(|place| place.to_string());
        assert_eq!(place("s3://boot"), Ok("s3://boot/".to_owned()));
        assert_eq!(place("s3://boot/a/b/"), Ok("s3://boot/a/b/".to_owned()));
        for bad in ["boot", "http://boot", "s3://", "s3://Boot", "s3://b", "s3://boot/a//b", "s3://boot/../x"]
        {
            assert!(place(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn requests_are_signed_and_show_no_secret() {
        let amazon = store("s3://boot/coreos", None);
        assert_eq!(amazon.url("k"), "https://boot.s3.eu-central-1.amazonaws.com/coreos/k");
        let dotted = store("s3://boot.example.com", None);
        assert_eq!(dotted.url("k"), "https://s3.eu-central-1.amazonaws.com/boot.example.com/k");
        let own = store("s3://boot", Some("http://127.0.0.1:9000"));
        let put = own.put("k", Sha256::of(b""), b"x");
        assert!(put.method == "PUT" && put.url.starts_with("http://127.0.0.1:9000/boot/k?"), "{put:?}");
        assert!(put.url.contains("X-Amz-SignedHeaders=content-md5%3Bhost%3Bx-amz-meta-sha256"), "{put:?}");
        assert!(!format!("{own:?}{put:?}").contains("hush"));
        let login = Login::new("k".to_owned(), "s".to_owned(), None);
        assert!(Store::new("s3://boot".parse().unwrap(), Some("ftp://x"), "r", login).is_err());
    }
}
