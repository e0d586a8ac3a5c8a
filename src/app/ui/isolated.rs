//! A name inside a plain text, where there is no element to keep its direction apart from the sentence's.

/// The name between the signs that isolate it (Unicode Standard Annex 9, FSI and PDI): what `<bdi>` does where a text has no
/// elements.
#[must_use]
pub fn isolated(name: &str) -> String {
    format!("\u{2068}{name}\u{2069}")
}
