//! Content types: the same on every host.

/// Plain text.
pub const TEXT: &str = "text/plain; charset=utf-8";

/// JSON, and Ignition configs.
pub const JSON: &str = "application/json";

/// Returns the content type of a file by the end of its name.
pub fn of(name: &str) -> &'static str {
    let end = name.rsplit_once('.').map_or("", |(_, end)| end).to_ascii_lowercase();
    match end.as_str() {
        "ign" | "json" => JSON,
        "ipxe" | "cfg" | "txt" | "conf" | "yaml" | "asc" => TEXT,
        "html" => "text/html; charset=utf-8",
        "xz" => "application/x-xz",
        "gz" => "application/gzip",
        "zst" => "application/zstd",
        "sig" => "application/pgp-signature",
        _ => "application/octet-stream",
    }
}
