//! The text of a key: `tnt_{live|test}_{id}_{secret}{check}`.
//!
//! The check finds a slip of the pen without a look-up, and lets secret scanners recognise the form. What makes a key hard
//! to guess is the secret: 30 characters of 62, which is 178 bits.

use sha2::{Digest as _, Sha256};
use tenantry_kernel::{KeyId, key::Environment};

use crate::services::Entropy;

const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Characters of the secret, and of the check behind it.
const SECRET: usize = 30;
const CHECK: usize = 6;

/// Characters of an id without its prefix.
const ID: usize = 26;

/// A text that has the form of a key. Whether there is such a key is another question.
#[derive(Clone, Copy)]
pub struct KeyText<'a> {
    id: KeyId,
    text: &'a str,
}

impl std::fmt::Debug for KeyText<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "KeyText({}, …)", self.id)
    }
}

impl<'a> KeyText<'a> {
    /// Reads a text; `None` for any other form and for a check that does not fit.
    #[must_use]
    pub fn parse(text: &'a str) -> Option<Self> {
        let rest = text.strip_prefix("tnt_live_").or_else(|| text.strip_prefix("tnt_test_"))?;
        let (id, tail) = rest.split_at_checked(ID)?;
        let secret = tail.strip_prefix('_')?;
        let digits = secret.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if !digits || secret.len() != SECRET + CHECK {
            return None;
        }
        let (body, check) = text.split_at(text.len() - CHECK);
        (check.as_bytes() == check_of(body)).then_some(())?;
        Some(Self { id: KeyId::from_suffix(id)?, text })
    }

    /// The key's id.
    #[must_use]
    pub const fn id(&self) -> KeyId {
        self.id
    }

    /// What the database knows it by. With 178 random bits a plain hash cannot be turned around.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.text.as_bytes()).into()
    }

    /// Everything before the secret.
    #[must_use]
    pub fn prefix(&self) -> &'a str {
        &self.text[..self.text.len() - SECRET - CHECK]
    }

    /// The last four characters.
    #[must_use]
    pub fn last4(&self) -> &'a str {
        &self.text[self.text.len() - 4..]
    }
}

/// Makes the text of a new key.
#[must_use]
pub fn generate(id: KeyId, environment: Environment, entropy: Entropy) -> String {
    let id = id.to_string();
    let mut text = format!("tnt_{}_{}_", environment.as_str(), &id[id.len() - ID..]);
    let whole = text.len() + SECRET;
    while text.len() < whole {
        // A byte from the last, incomplete round of 62 would make the first digits more likely than the others.
        let fair = entropy.bytes::<48>().into_iter().filter(|byte| *byte < 248);
        let room = whole - text.len();
        text.extend(fair.take(room).map(|byte| char::from(DIGITS[usize::from(byte % 62)])));
    }
    let check = check_of(&text);
    text.extend(check.map(char::from));
    text
}

/// CRC-32 (IEEE 802.3) in base 62, left-padded with zeros.
fn check_of(text: &str) -> [u8; CHECK] {
    let mut rest = crc32fast::hash(text.as_bytes());
    let mut check = [b'0'; CHECK];
    for digit in check.iter_mut().rev() {
        *digit = DIGITS[(rest % 62) as usize];
        rest /= 62;
    }
    check
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn some() -> String {
        generate(Uuid::from_u128(0x0188_bac7_4afa_78aa_bc3b_bd1e_ef28_d881).into(), Environment::Live, Entropy)
    }

    #[test]
    fn a_key_reads_back_what_it_was_made_of() {
        let text = some();
        let key = KeyText::parse(&text).expect("a key");
        assert_eq!(key.id().to_string(), "key_01h2xcejqtf2nbrexx3vqjhp41");
        assert_eq!(key.prefix(), "tnt_live_01h2xcejqtf2nbrexx3vqjhp41_");
        assert_eq!(text.len(), key.prefix().len() + 36);
        assert!(text.ends_with(key.last4()));
        assert!(!format!("{key:?}").contains(key.last4()));
        assert_ne!(some(), some());
    }

    #[test]
    fn every_single_slip_is_found_without_a_look_up() {
        let text = some();
        for place in 0..text.len() {
            for other in ["0", "z", "_", "é", ""] {
                let slipped = format!("{}{other}{}", &text[..place], &text[place + 1..]);
                assert!(slipped == text || KeyText::parse(&slipped).is_none(), "{slipped}");
            }
        }
        for text in ["", "tnt_live_", "tnt_live_é", &format!("{text}0"), &text.replace("live", "prod")] {
            assert!(KeyText::parse(text).is_none(), "{text}");
        }
    }

    /// The check value of CRC-32 (IEEE) for "123456789" is published as 0xCBF43926.
    #[test]
    fn the_check_is_the_specified_one() {
        let expected = 0xCBF4_3926_u32;
        let value = check_of("123456789").iter().fold(0_u64, |value, byte| {
            value * 62 + DIGITS.iter().position(|digit| digit == byte).expect("a digit") as u64
        });
        assert_eq!(value, u64::from(expected));
        assert_eq!(check_of(""), *b"000000");
    }
}
