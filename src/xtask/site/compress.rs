//! Compressed forms, made once here instead of at every answer.

use std::io::{Cursor, Write};

use anyhow::{Context, Result};
use brotli::enc::BrotliEncoderParams;
use flate2::Compression;
use flate2::write::GzEncoder;

/// Brotli's best quality and window: a build may take the time that a request may not.
const BROTLI_QUALITY: i32 = 11;
const BROTLI_WINDOW: i32 = 22;

/// Makes a compressed form of a file's content.
type Compressor = fn(&[u8]) -> Result<Vec<u8>>;

/// The file name extension of each compressed form, with what makes it.
pub const FORMS: [(&str, Compressor); 2] = [("br", brotli), ("gz", gzip)];

fn brotli(content: &[u8]) -> Result<Vec<u8>> {
    let parameters = BrotliEncoderParams {
        quality: BROTLI_QUALITY,
        lgwin: BROTLI_WINDOW,
        size_hint: content.len(),
        ..BrotliEncoderParams::default()
    };
    let mut compressed = Vec::new();
    brotli::BrotliCompress(&mut Cursor::new(content), &mut compressed, &parameters).context("brotli failed")?;
    Ok(compressed)
}

/// No name and no time go into the header, so equal contents stay equal.
fn gzip(content: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(content)?;
    encoder.finish().context("gzip failed")
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn both_forms_give_the_content_back() -> Result<()> {
        let content = b"tenant, tenant, tenant and tenantry ".repeat(50);
        let mut from_gzip = Vec::new();
        flate2::read::GzDecoder::new(&gzip(&content)?[..]).read_to_end(&mut from_gzip)?;
        assert_eq!(from_gzip, content);
        let mut from_brotli = Vec::new();
        brotli::BrotliDecompress(&mut &brotli(&content)?[..], &mut from_brotli)?;
        assert_eq!(from_brotli, content);
        Ok(())
    }
}
