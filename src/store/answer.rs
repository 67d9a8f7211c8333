//! What a store answers in XML.

use instant_xml::FromXml;
use rusty_s3::actions::{CreateMultipartUpload, ListParts};

/// The namespace of its answers (Amazon S3 API Reference).
const NAMESPACE: &str = "http://s3.amazonaws.com/doc/2006-03-01/";

#[derive(FromXml)]
#[xml(rename = "ListMultipartUploadsResult", ns(NAMESPACE))]
struct Uploads {
    uploads: Vec<Upload>,
}

#[derive(FromXml)]
#[xml(rename = "Upload", ns(NAMESPACE))]
struct Upload {
    #[xml(rename = "Key")]
    key: String,
    #[xml(rename = "UploadId")]
    id: String,
}

#[derive(FromXml)]
#[xml(rename = "Error")]
struct Refusal {
    #[xml(rename = "Code")]
    code: String,
    #[xml(rename = "Message")]
    message: Option<String>,
}

/// A part that has arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UploadPart {
    /// Which, counted from 1.
    pub number: u16,
    /// What the store calls it, without quotes.
    pub etag: String,
    /// Its size in bytes.
    pub size: u64,
}

/// Returns the upload that was begun for an object, the last that is listed.
pub fn upload_of(text: &str, key: &str) -> Option<String> {
    let uploads: Uploads = instant_xml::from_str(text).ok()?;
    uploads.uploads.into_iter().rfind(|upload| upload.key == key).map(|upload| upload.id)
}

/// Returns the id of an upload that was begun right now.
pub fn upload_id(text: &str) -> Option<String> {
    CreateMultipartUpload::parse_response(text).ok().map(|found| found.upload_id().to_owned())
}

/// Returns the parts that have arrived, and after which number further ones are listed.
pub fn part_list(text: &str) -> Option<(Vec<UploadPart>, Option<u16>)> {
    let found = ListParts::parse_response(text).ok()?;
    let part = |part: rusty_s3::actions::PartsContent| UploadPart {
        number: part.number,
        etag: part.etag.trim_matches('"').to_owned(),
        size: part.size,
    };
    Some((found.parts.into_iter().map(part).collect(), found.next_part_number_marker))
}

/// Returns what a refusal says: its code, and its sentence.
pub fn error(text: &str) -> Option<String> {
    let Refusal { code, message } = instant_xml::from_str(text).ok()?;
    let message = message.filter(|message| !message.is_empty());
    Some(message.map_or(code.clone(), |message| format!("{code}: {message}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_read() {
        let one = |key: &str, id: &str| format!("<Upload><Key>{key}</Key><UploadId>{id}</UploadId></Upload>");
        let text = format!(
            "<ListMultipartUploadsResult xmlns=\"{NAMESPACE}\"><Bucket>b</Bucket>{}{}{}</ListMultipartUploadsResult>",
            one("k", "1"),
            one("k", "2"),
            one("k2", "3")
        );
        assert_eq!(upload_of(&text, "k"), Some("2".to_owned()));
        assert_eq!(upload_of(&text, "other"), None);
        let refused =
            "<?xml version=\"1.0\"?><Error><Code>NoSuchBucket</Code><Message>gone</Message><X>1</X></Error>";
        assert_eq!(error(refused), Some("NoSuchBucket: gone".to_owned()));
        assert_eq!(error("<html>"), None);
    }
}
