//! One file of the site, in every encoding.

use bytes::Bytes;
use sha2::{Digest, Sha256};

use super::encoding::Encoding;

/// How long a browser may keep a file without asking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lifetime {
    /// The name says the content: other content has another name.
    Forever,
    /// The name stays when the content changes.
    Hour,
}

/// A file and what is said about it.
#[derive(Debug)]
pub(super) struct SiteFile {
    lifetime: Lifetime,
    content_type: &'static str,
    digest: String,
    identity: Bytes,
    gzip: Option<Bytes>,
    brotli: Option<Bytes>,
}

impl SiteFile {
    pub(super) fn new(
        address: &str,
        lifetime: Lifetime,
        identity: Bytes,
        gzip: Option<Bytes>,
        brotli: Option<Bytes>,
    ) -> Self {
        // 64 bits are enough to tell the versions of one file apart.
        let digest = Sha256::digest(&identity).iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        Self { lifetime, content_type: content_type(address), digest, identity, gzip, brotli }
    }

    pub(super) fn lifetime(&self) -> Lifetime {
        self.lifetime
    }

    pub(super) fn content_type(&self) -> &'static str {
        self.content_type
    }

    /// The file in one encoding, where it has that form.
    pub(super) fn form(&self, encoding: Encoding) -> Option<&Bytes> {
        match encoding {
            Encoding::Brotli => self.brotli.as_ref(),
            Encoding::Gzip => self.gzip.as_ref(),
            Encoding::Identity => Some(&self.identity),
        }
    }

    /// The validator of one form: each has other bytes, so each has its own.
    pub(super) fn etag(&self, encoding: Encoding) -> String {
        match encoding.name() {
            Some(name) => format!("\"{}-{name}\"", self.digest),
            None => format!("\"{}\"", self.digest),
        }
    }
}

/// By the address' extension; what is unknown is bytes, and browsers are told not to guess.
fn content_type(address: &str) -> &'static str {
    let extension =
        address.rsplit('/').next().and_then(|name| name.rsplit_once('.')).map_or("", |(_, extension)| extension);
    match extension {
        "css" => "text/css; charset=utf-8",
        "html" => "text/html; charset=utf-8",
        "ico" => "image/x-icon",
        "jpg" | "jpeg" => "image/jpeg",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "json" => "application/json",
        "png" => "image/png",
        "svg" => "image/svg+xml",
        "txt" => "text/plain; charset=utf-8",
        "wasm" => "application/wasm",
        "webmanifest" => "application/manifest+json",
        "webp" => "image/webp",
        "woff2" => "font/woff2",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_extension_says_the_type() {
        assert_eq!(content_type("/assets/tenantry.0123.js"), "text/javascript; charset=utf-8");
        assert_eq!(content_type("/assets/tenantry_bg.0123.wasm"), "application/wasm");
        assert_eq!(content_type("/favicon.svg"), "image/svg+xml");
        assert_eq!(content_type("/v1.2/LICENSE"), "application/octet-stream");
    }

    #[test]
    fn each_form_has_its_own_validator() {
        let file = SiteFile::new("/a.txt", Lifetime::Hour, Bytes::from_static(b""), None, None);
        assert_eq!(file.etag(Encoding::Identity), "\"e3b0c44298fc1c14\"");
        assert_eq!(file.etag(Encoding::Brotli), "\"e3b0c44298fc1c14-br\"");
    }
}
