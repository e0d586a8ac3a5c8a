//! Digests: of a file, in its name; of many, to know whether anything has changed.

use sha2::{Digest as _, Sha256};

/// Hexadecimal digits of SHA-256 in a name: 64 bits tell all files of all releases apart.
const DIGITS: usize = 16;

/// The digits that stand for `content` in a name.
pub fn digits(content: &[u8]) -> String {
    let mut all = hex(&Sha256::digest(content));
    all.truncate(DIGITS);
    all
}

/// `fonts/inter.woff2` with its content's digits: `inter.0123456789abcdef.woff2`.
pub fn hashed(path: &str, content: &[u8]) -> String {
    named(path, &digits(content))
}

/// The same with these digits.
pub fn named(path: &str, digits: &str) -> String {
    let name = path.rsplit('/').next().unwrap_or(path);
    match name.rsplit_once('.') {
        Some((stem, extension)) => format!("{stem}.{digits}.{extension}"),
        None => format!("{name}.{digits}"),
    }
}

/// A digest over named parts.
#[derive(Default)]
pub struct Digest(Sha256);

impl Digest {
    /// Adds a part; lengths stand between, so that no two lists of parts read alike.
    pub fn add(&mut self, name: &str, content: &[u8]) {
        for part in [name.as_bytes(), content] {
            self.0.update((part.len() as u64).to_le_bytes());
            self.0.update(part);
        }
    }

    /// The digest, in hexadecimal digits.
    pub fn finish(self) -> String {
        hex(&self.0.finalize())
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_carries_sixteen_digits_of_its_content() {
        assert_eq!(hashed("tenantry.js", b""), "tenantry.e3b0c44298fc1c14.js");
        assert_eq!(hashed("fonts/inter.woff2", b""), "inter.e3b0c44298fc1c14.woff2");
        assert_eq!(hashed("LICENSE", b""), "LICENSE.e3b0c44298fc1c14");
    }

    #[test]
    fn a_digest_tells_where_a_part_ends() {
        let digest = |parts: &[(&str, &[u8])]| {
            let mut digest = Digest::default();
            parts.iter().for_each(|(name, content)| digest.add(name, content));
            digest.finish()
        };
        assert_ne!(digest(&[("a", b"bc")]), digest(&[("ab", b"c")]));
        assert_eq!(digest(&[("a", b"bc")]), digest(&[("a", b"bc")]));
    }
}
