//! Typed ids: in public a TypeID (a prefix and a UUIDv7 in base32), in the database a UUID.
//!
//! The prefix makes an id of one kind useless where another kind is asked for, in a program's types and in a person's
//! clipboard alike. Source of the form: the TypeID specification, version 0.3.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use uuid::Uuid;

/// Crockford's alphabet in lower case: no `i`, `l`, `o`, `u`.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// Characters of a suffix: 128 bits in groups of five, the first group holding only three.
const SUFFIX_LENGTH: usize = 26;

/// The text is not an id of the kind that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an id of the form {prefix}_…")]
pub struct ParseIdError {
    /// The prefix that was expected.
    pub prefix: &'static str,
}

/// Writes the 26 characters of a UUID.
fn encode(uuid: Uuid, out: &mut fmt::Formatter<'_>) -> fmt::Result {
    let value = uuid.as_u128();
    let mut text = [0_u8; SUFFIX_LENGTH];
    for (index, slot) in text.iter_mut().enumerate() {
        let shift = 5 * (SUFFIX_LENGTH - 1 - index);
        *slot = ALPHABET[(value >> shift) as usize & 31];
    }
    out.write_str(str::from_utf8(&text).map_err(|_| fmt::Error)?)
}

/// Reads 26 characters back; `None` for any other text, capital letters and a value over 128 bits included, so that an
/// id has exactly one spelling.
fn decode(suffix: &str) -> Option<Uuid> {
    if suffix.len() != SUFFIX_LENGTH || suffix.as_bytes()[0] > b'7' {
        return None;
    }
    let mut value = 0_u128;
    for byte in suffix.bytes() {
        let digit = ALPHABET.iter().position(|letter| *letter == byte)?;
        value = value << 5 | digit as u128;
    }
    Some(Uuid::from_u128(value))
}

macro_rules! typed_id {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            /// The prefix of the public form, without its underscore.
            pub const PREFIX: &'static str = $prefix;

            /// The UUID that the database holds.
            #[must_use]
            pub const fn uuid(self) -> Uuid {
                self.0
            }

            /// Reads the 26 characters without their prefix, where what stands around them says what they are.
            #[must_use]
            pub fn from_suffix(suffix: &str) -> Option<Self> {
                decode(suffix).map(Self)
            }
        }

        impl From<Uuid> for $name {
            fn from(uuid: Uuid) -> Self {
                Self(uuid)
            }
        }

        impl From<$name> for Uuid {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str(concat!($prefix, "_"))?;
                encode(self.0, out)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, out)
            }
        }

        impl FromStr for $name {
            type Err = ParseIdError;

            fn from_str(text: &str) -> Result<Self, ParseIdError> {
                text.strip_prefix(concat!($prefix, "_"))
                    .and_then(decode)
                    .map(Self)
                    .ok_or(ParseIdError { prefix: $prefix })
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
            }
        }

        #[cfg(feature = "openapi")]
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                utoipa::openapi::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::schema::Type::String)
                    .pattern(Some(concat!("^", $prefix, "_[0-7][0-9a-hjkmnp-tv-z]{25}$")))
                    .examples([concat!($prefix, "_01h2xcejqtf2nbrexx3vqjhp41")])
                    .into()
            }
        }

        #[cfg(feature = "openapi")]
        impl utoipa::ToSchema for $name {}
    )*};
}

typed_id! {
    /// A person, in any number of organizations.
    UserId = "usr";
    /// A signed-in device.
    SessionId = "ses";
    /// Who belongs together and who pays.
    OrganizationId = "org";
    /// Where data lives, isolated from every other tenant.
    TenantId = "ten";
    /// A person in an organization.
    MemberId = "mem";
    /// Something that can be dispatched.
    ToolId = "tool";
    /// One run of a tool for a tenant.
    JobId = "job";
    /// A credential of a program.
    KeyId = "key";
    /// A webhook by which services elsewhere tell a tenant what has happened.
    InboundId = "inb";
    /// What came by one of them.
    ReceiptId = "rcp";
    /// Where an organization's own systems are told what happens.
    EndpointId = "end";
    /// Something that has happened, as endpoints are told it: the id of the message, the same at every attempt.
    EventId = "evt";
    /// An event on its way to one endpoint.
    DeliveryId = "dlv";
    /// What access tokens are signed with: their `kid`.
    SigningKeyId = "sig";
    /// Refresh tokens that came one from the other.
    TokenFamilyId = "fam";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_back_what_it_wrote() {
        let id = OrganizationId::from(Uuid::from_u128(0x0188_bac7_4afa_78aa_bc3b_bd1e_ef28_d881));
        assert_eq!(id.to_string(), "org_01h2xcejqtf2nbrexx3vqjhp41");
        assert_eq!("org_01h2xcejqtf2nbrexx3vqjhp41".parse(), Ok(id));
    }

    #[test]
    fn the_extremes_have_the_specified_spelling() {
        assert_eq!(UserId::from(Uuid::nil()).to_string(), "usr_00000000000000000000000000");
        assert_eq!(UserId::from(Uuid::max()).to_string(), "usr_7zzzzzzzzzzzzzzzzzzzzzzzzz");
    }

    #[test]
    fn another_spelling_is_no_id() {
        for text in [
            "",
            "org_",
            "ten_01h2xcejqtf2nbrexx3vqjhp41",
            "org_01h2xcejqtf2nbrexx3vqjhp4",
            "org_01H2XCEJQTF2NBREXX3VQJHP41",
            "org_81h2xcejqtf2nbrexx3vqjhp41",
            "org_01h2xcejqtf2nbrexx3vqjhpé",
            "01h2xcejqtf2nbrexx3vqjhp41",
        ] {
            assert!(text.parse::<OrganizationId>().is_err(), "{text}");
        }
    }
}
