//! Text that is parsed once, at the door, and is right from then on.
//!
//! A value of these types cannot break the bounds of the public contract, so no rule behind a door checks them again.
//! The messages name what would be right, because they stand beside the field in the interface too.

use std::fmt;

use serde::Serialize;
use unicode_normalization::UnicodeNormalization as _;

use crate::problem::FieldError;

/// Characters that make text look like other text: control characters, direction marks, overrides and isolates (U+061C
/// among them), zero-width marks that hide (U+200B, U+2060, U+FEFF), line and paragraph separators, the marks of
/// annotations (U+FFF9–U+FFFB) and the tags, which nobody sees (U+E0000–U+E007F). The joiners U+200C and U+200D stay:
/// Persian, Hindi and emoji need them.
fn is_deceptive(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{61c}'
                | '\u{200b}'
                | '\u{200e}'
                | '\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{2069}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

/// Trims, normalises to NFC, refuses deceptive characters and checks the length in characters.
fn line(field: &str, text: &str, longest: usize) -> Result<String, FieldError> {
    let text: String = text.trim().nfc().collect();
    let length = text.chars().count();
    if length == 0 {
        return Err(FieldError::new(field, "REQUIRED", format!("Enter 1 to {longest} characters.")));
    }
    if length > longest {
        return Err(FieldError::new(
            field,
            "TOO_LONG",
            format!("Use at most {longest} characters; this has {length}."),
        ));
    }
    if text.chars().any(is_deceptive) {
        return Err(FieldError::new(field, "CHARACTER_NOT_ALLOWED", "Remove control and text-direction characters."));
    }
    Ok(text)
}

macro_rules! text_type {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// The text itself.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str(&self.0)
            }
        }
    )*};
}

text_type! {
    /// What a person calls a thing: 1–100 characters in NFC, trimmed, none of them deceptive.
    Name;
    /// The part of an address that names an organization or tenant: 3–40 of `[a-z0-9-]`, no hyphen at an end or twice.
    Slug;
    /// An e-mail address in the form in which two are compared: trimmed, NFC, lower case, at most 254 bytes.
    Email;
    /// What a tool or an action is called in a dispatch: 1–64 characters, none of them deceptive.
    Label;
    /// A caller's own key for a request that must happen once: 1–255 visible ASCII characters.
    IdempotencyKey;
}

impl Name {
    /// Longest name, in characters.
    pub const LONGEST: usize = 100;

    /// Parses a name; `field` is what the error calls it.
    ///
    /// # Errors
    /// Empty, too long, or with deceptive characters.
    pub fn parse(field: &str, text: &str) -> Result<Self, FieldError> {
        line(field, text, Self::LONGEST).map(Self)
    }
}

impl Label {
    /// Longest label, in characters.
    pub const LONGEST: usize = 64;

    /// Parses a tool's or action's name; `field` is what the error calls it.
    ///
    /// # Errors
    /// Empty, too long, or with deceptive characters.
    pub fn parse(field: &str, text: &str) -> Result<Self, FieldError> {
        line(field, text, Self::LONGEST).map(Self)
    }
}

/// Slugs that would shadow a host of the installation itself.
const RESERVED_SLUGS: [&str; 12] =
    ["www", "api", "app", "admin", "mail", "static", "assets", "status", "docs", "help", "support", "root"];

impl Slug {
    /// Bounds of a slug, in characters.
    pub const SHORTEST: usize = 3;
    /// Bounds of a slug, in characters.
    pub const LONGEST: usize = 40;

    /// Parses a slug; `field` is what the error calls it. Nothing is corrected: a slug is an address.
    ///
    /// # Errors
    /// Any other form, or a name reserved for the installation's own hosts.
    pub fn parse(field: &str, text: &str) -> Result<Self, FieldError> {
        const FORM: &str =
            "Use 3 to 40 of a-z, 0-9 and hyphens, with no hyphen at the start, at the end or twice in a row.";
        let letters = text.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'));
        if text.is_empty() {
            return Err(FieldError::new(field, "REQUIRED", FORM));
        }
        if !letters || text.starts_with('-') || text.ends_with('-') || text.contains("--") {
            return Err(FieldError::new(field, "FORMAT", FORM));
        }
        if !(Self::SHORTEST..=Self::LONGEST).contains(&text.len()) {
            let code = if text.len() < Self::SHORTEST { "TOO_SHORT" } else { "TOO_LONG" };
            return Err(FieldError::new(field, code, FORM));
        }
        if RESERVED_SLUGS.contains(&text) {
            return Err(FieldError::new(field, "RESERVED", "This address is reserved. Choose another."));
        }
        Ok(Self(text.to_owned()))
    }

    /// The slug that a name suggests, with `tail` behind it where the name leaves too little or is taken. `tail` comes
    /// from the caller (a few characters of an id), since nothing here is random.
    #[must_use]
    pub fn suggest(name: &str, tail: Option<&str>) -> Self {
        let mut slug = String::new();
        for character in name.nfkd().flat_map(char::to_lowercase) {
            if character.is_ascii_alphanumeric() {
                slug.push(character);
            } else if matches!(character, ' ' | '-' | '_' | '.' | '/' | '&') && !slug.is_empty() && !slug.ends_with('-')
            {
                slug.push('-');
            }
        }
        let room = Self::LONGEST - tail.map_or(0, |tail| tail.len() + 1);
        slug.truncate(room);
        let stem = slug.trim_end_matches('-');
        let stem = if stem.len() < Self::SHORTEST && tail.is_none() { "workspace" } else { stem };
        match tail {
            Some(tail) if stem.is_empty() => Self(format!("workspace-{tail}")),
            Some(tail) => Self(format!("{stem}-{tail}")),
            None if RESERVED_SLUGS.contains(&stem) => Self(format!("{stem}-team")),
            None => Self(stem.to_owned()),
        }
    }
}

impl Email {
    /// Longest address, in bytes (RFC 5321, as corrected by erratum 1690).
    pub const LONGEST: usize = 254;

    /// Parses an address; `field` is what the error calls it. Only what cannot be an address is refused: whether one
    /// receives mail, only a mail can tell.
    ///
    /// # Errors
    /// Empty, too long, without one `@` between two parts, or with spaces or deceptive characters.
    pub fn parse(field: &str, text: &str) -> Result<Self, FieldError> {
        const FORM: &str = "Enter an e-mail address such as ada@example.com.";
        let text: String = text.trim().nfc().flat_map(char::to_lowercase).collect();
        if text.is_empty() {
            return Err(FieldError::new(field, "REQUIRED", FORM));
        }
        if text.len() > Self::LONGEST {
            return Err(FieldError::new(field, "TOO_LONG", "Use an e-mail address of at most 254 characters."));
        }
        let well_formed = text.split_once('@').is_some_and(|(local, host)| {
            !local.is_empty()
                && local.len() <= 64
                && !host.contains('@')
                && host.contains('.')
                && host.split('.').all(|label| {
                    !label.is_empty() && label.len() <= 63 && !label.starts_with('-') && !label.ends_with('-')
                })
                && host.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '.')
        });
        if !well_formed
            || text.chars().any(|c| c.is_whitespace() || is_deceptive(c) || matches!(c, '<' | '>' | ',' | ';' | '"'))
        {
            return Err(FieldError::new(field, "FORMAT", FORM));
        }
        Ok(Self(text))
    }
}

impl IdempotencyKey {
    /// Parses the header `Idempotency-Key`.
    ///
    /// # Errors
    /// Empty, over 255 characters, or with anything but visible ASCII.
    pub fn parse(text: &str) -> Result<Self, FieldError> {
        let visible = text.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ');
        if text.trim().is_empty() || text.len() > 255 || !visible {
            return Err(FieldError::new("Idempotency-Key", "FORMAT", "Use 1 to 255 visible ASCII characters."));
        }
        Ok(Self(text.to_owned()))
    }
}

/// A password as it was typed; never shown, never stored.
#[derive(Clone)]
pub struct Password(String);

impl fmt::Debug for Password {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Password(…)")
    }
}

impl Password {
    /// Bounds of a new password, in characters.
    pub const SHORTEST: usize = 10;
    /// Bounds of any password, in characters: longer ones would only buy work for the hash.
    pub const LONGEST: usize = 128;

    /// A password for a new account. Whether it is too common, the domain's list tells.
    ///
    /// # Errors
    /// Shorter than 10 or longer than 128 characters.
    pub fn choose(field: &str, text: &str) -> Result<Self, FieldError> {
        let length = text.chars().count();
        if length < Self::SHORTEST {
            let code = if length == 0 { "REQUIRED" } else { "TOO_SHORT" };
            return Err(FieldError::new(field, code, "Use at least 10 characters. A few words are easy to remember."));
        }
        if length > Self::LONGEST {
            return Err(FieldError::new(field, "TOO_LONG", "Use at most 128 characters."));
        }
        Ok(Self(text.to_owned()))
    }

    /// A password to be compared. Its form is judged no further than what keeps the comparison cheap.
    ///
    /// # Errors
    /// Empty, or longer than any password can be.
    pub fn offer(field: &str, text: &str) -> Result<Self, FieldError> {
        match text.chars().count() {
            0 => Err(FieldError::new(field, "REQUIRED", "Enter your password.")),
            1..=Self::LONGEST => Ok(Self(text.to_owned())),
            _ => Err(FieldError::new(field, "TOO_LONG", "A password has at most 128 characters.")),
        }
    }

    /// The secret text, normalised (NFC), so that two keyboards type one password.
    #[must_use]
    pub fn reveal(&self) -> String {
        self.0.nfc().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_trimmed_and_composed() {
        let name = Name::parse("name", "  Cafe\u{301} Noir ").map(|name| name.to_string());
        assert_eq!(name, Ok("Café Noir".to_owned()));
    }

    #[test]
    fn a_name_that_deceives_is_refused() {
        let marks = ['\u{61c}', '\u{200e}', '\u{202e}', '\u{2069}', '\u{fff9}', '\u{fffb}', '\u{e0000}', '\u{e007f}'];
        for mark in marks {
            let error = Name::parse("name", &format!("a{mark}b")).expect_err("refused");
            assert_eq!(error.code, "CHARACTER_NOT_ALLOWED", "{mark:?}");
        }
        for text in ["a\nb", "a\u{0}b", "\u{200b}", "   ", &"x".repeat(101)] {
            let error = Name::parse("name", text).expect_err(text);
            assert_eq!(error.field, "name");
        }
        assert!(Name::parse("name", &"é".repeat(100)).is_ok());
        assert!(Name::parse("name", "👩‍👩‍👧 مرحبا <b>bold</b>").is_ok());
    }

    #[test]
    fn a_slug_has_one_spelling() {
        for good in ["abc", "a-b", "acme-2", &"x".repeat(40)] {
            assert!(Slug::parse("slug", good).is_ok(), "{good}");
        }
        for bad in ["", "ab", "Abc", "-ab", "ab-", "a--b", "a b", "é23", "www", &"x".repeat(41)] {
            assert!(Slug::parse("slug", bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_suggested_slug_is_a_slug() {
        for name in ["My Company", "é", "日本", "", "API", "a", &"long name ".repeat(12), "--x--", "Ünïcode & Söhne"]
        {
            for tail in [None, Some("4k2j9")] {
                let slug = Slug::suggest(name, tail);
                assert!(Slug::parse("slug", slug.as_str()).is_ok(), "{name:?} {tail:?} → {slug}");
            }
        }
        assert_eq!(Slug::suggest("Ünïcode & Söhne", None).as_str(), "unicode-sohne");
    }

    #[test]
    fn an_address_is_compared_in_lower_case() {
        assert_eq!(Email::parse("email", " Ada@Example.COM ").map(|e| e.to_string()), Ok("ada@example.com".into()));
        for bad in [
            "",
            "ada",
            "@example.com",
            "ada@",
            "a b@example.com",
            "ada@example",
            "a@b@c.de",
            "a@-b.de",
            "a\u{202e}@b.de",
        ] {
            assert!(Email::parse("email", bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_password_is_never_shown() {
        let password = Password::choose("password", "correct horse").expect("long enough");
        assert_eq!(format!("{password:?}"), "Password(…)");
        assert!(Password::choose("password", "too short").is_err());
        assert!(Password::choose("password", &"x".repeat(129)).is_err());
    }
}
