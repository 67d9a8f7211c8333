//! The head of an answer as it goes over the wire (RFC 9112).

use std::time::SystemTime;

use super::answer::{Answer, Validators};
use super::ask::{HttpRequest, RequestMethod};
use super::condition::{FileValidators, Portion, portion};

/// What is sent: a head, and a part of the body.
#[derive(Debug, PartialEq, Eq)]
pub struct ResponseShape {
    /// The head, with its empty line.
    pub head: Vec<u8>,
    /// The status code.
    pub status: u16,
    /// The first byte of the body that is sent.
    pub first: u64,
    /// How many are sent.
    pub length: u64,
}

/// Says how an answer to a request looks. Without a request, one could not be read.
pub fn shape(answer: &Answer, ask: Option<&HttpRequest>, keeps: bool, now: SystemTime) -> ResponseShape {
    let size = answer.body.size();
    let whole = size.unwrap_or(0);
    let portion = match (&answer.known, ask) {
        (Some(origin), Some(ask)) if answer.status == 200 => portion(ask, &known(origin, whole)),
        _ => Portion::Whole,
    };
    let (status, first, length) = match portion {
        Portion::Whole => (answer.status, 0, whole),
        Portion::Part(first, last) => (206, first, last - first + 1),
        Portion::Same => (304, 0, 0),
        Portion::Changed => (412, 0, 0),
        Portion::Outside => (416, 0, 0),
    };
    let mut head = format!("HTTP/1.1 {status} {}\r\n", reason(status));
    let mut field = |name: &str, value: &str| head.push_str(&format!("{name}: {value}\r\n"));
    field("Date", &httpdate::fmt_http_date(now));
    let has_body = matches!(portion, Portion::Whole | Portion::Part(..));
    if has_body {
        field("Content-Type", answer.kind);
    }
    if let Some(origin) = &answer.known {
        if has_body {
            field("Accept-Ranges", "bytes");
        }
        field("Last-Modified", &httpdate::fmt_http_date(origin.modified.min(now)));
        if let Some(tag) = &origin.tag {
            field("ETag", tag);
        }
    }
    match portion {
        Portion::Part(first, last) => field("Content-Range", &format!("bytes {first}-{last}/{whole}")),
        Portion::Outside => field("Content-Range", &format!("bytes */{whole}")),
        _ => {}
    }
    // A stream of events has no length: the end of the connection is its end.
    if size.is_some() && portion != Portion::Same {
        field("Content-Length", &length.to_string());
    }
    for (name, value) in &answer.fields {
        field(name, value);
    }
    field("Connection", if keeps { "keep-alive" } else { "close" });
    head.push_str("\r\n");
    let is_head = ask.is_some_and(|ask| ask.method == RequestMethod::Head);
    ResponseShape { head: head.into_bytes(), status, first, length: if is_head { 0 } else { length } }
}

fn known(origin: &Validators, size: u64) -> FileValidators<'_> {
    FileValidators { size, modified: origin.modified, tag: origin.tag.as_deref() }
}

/// Returns the reason phrase of a status code (RFC 9110, section 15).
fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        206 => "Partial Content",
        304 => "Not Modified",
        400 => "Bad Request",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        412 => "Precondition Failed",
        416 => "Range Not Satisfiable",
        431 => "Request Header Fields Too Large",
        503 => "Service Unavailable",
        505 => "HTTP Version Not Supported",
        _ => "Internal Server Error",
    }
}
