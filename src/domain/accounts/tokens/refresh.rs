//! The text of a refresh token: its family and generation, signed with the installation's secret. No table holds it, so a copy
//! of the tables opens nothing, and one that was made up costs no query.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use tenantry_kernel::TokenFamilyId;
use uuid::Uuid;

use super::sql::Family;
use crate::Keyring;

const PREFIX: &str = "trt_";
const PURPOSE: &str = "accounts/refresh";

/// Bytes of a family and a generation.
const NAME: usize = 16 + 8;

/// Which token it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RefreshToken {
    pub family: TokenFamilyId,
    pub generation: i64,
}

impl RefreshToken {
    /// The newest of a family.
    pub const fn of(family: &Family) -> Self {
        Self { family: family.id, generation: family.generation }
    }

    fn name(self) -> Vec<u8> {
        let family = Uuid::from(self.family);
        [family.as_bytes().as_slice(), &self.generation.to_be_bytes()].concat()
    }

    /// `trt_` and base64url of family, generation and HMAC-SHA256.
    pub fn text(self, keyring: &Keyring) -> String {
        let name = self.name();
        let signature = keyring.sign(PURPOSE, &name);
        format!("{PREFIX}{}", BASE64_URL_SAFE_NO_PAD.encode([name, signature].concat()))
    }

    /// The token of a text; `None` for what the installation has not made.
    pub fn read(keyring: &Keyring, text: &str) -> Option<Self> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text.strip_prefix(PREFIX)?).ok()?;
        let (name, signature) = bytes.split_first_chunk::<NAME>()?;
        if !keyring.verify(PURPOSE, name, signature) {
            return None;
        }
        let (family, generation) = name.split_first_chunk::<16>()?;
        let generation = i64::from_be_bytes(generation.try_into().ok()?);
        Some(Self { family: Uuid::from_bytes(*family).into(), generation })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::secret::InstallationSecret;

    fn keyring(text: &str) -> Keyring {
        Keyring::of(&InstallationSecret::from_text(&text.repeat(32)).expect("long enough"))
    }

    #[test]
    fn a_token_reads_back_under_its_own_installations_secret_alone() {
        let token = RefreshToken { family: Uuid::from_u128(7).into(), generation: 3 };
        let text = token.text(&keyring("a"));
        assert_eq!(RefreshToken::read(&keyring("a"), &text), Some(token));
        assert_eq!(RefreshToken::read(&keyring("b"), &text), None);
    }

    #[test]
    fn what_was_made_up_or_changed_is_none() {
        let text = RefreshToken { family: Uuid::from_u128(7).into(), generation: 3 }.text(&keyring("a"));
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(&text[PREFIX.len()..]).expect("base64");
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            for wrong in [&changed[..], &bytes[..at]] {
                let wrong = format!("{PREFIX}{}", BASE64_URL_SAFE_NO_PAD.encode(wrong));
                assert_eq!(RefreshToken::read(&keyring("a"), &wrong), None, "byte {at}");
            }
        }
        for wrong in ["", "trt_", "x", &text[PREFIX.len()..], &format!("{text}AAAA")] {
            assert_eq!(RefreshToken::read(&keyring("a"), wrong), None, "{wrong}");
        }
    }
}
