//! The style sheets, joined into one file in the order of the cascade.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};

/// The layers in the order in which they may override each other; what is not named here follows by name.
const ORDER: [&str; 5] = ["tokens", "base", "layout", "components", "pages"];

/// Joins style sheets, given by their path inside the styles' folder. A folder `components/` ranks as `components.css`
/// does.
pub fn join(sheets: &BTreeMap<String, Vec<u8>>) -> Result<String> {
    let mut ordered: Vec<_> = sheets.iter().filter(|(path, _)| path.ends_with(".css")).collect();
    ordered.sort_by_key(|(path, _)| (rank(path), *path));
    if ordered.is_empty() {
        bail!("there is no style sheet");
    }
    let mut joined = String::new();
    for (path, content) in ordered {
        let text = std::str::from_utf8(content).with_context(|| format!("the style sheet {path} is not text"))?;
        joined.push_str(&without_comments(text).with_context(|| format!("the style sheet {path}"))?);
    }
    Ok(joined)
}

fn rank(path: &str) -> usize {
    let layer = path.split(['/', '.']).next().unwrap_or(path);
    ORDER.iter().position(|name| *name == layer).unwrap_or(ORDER.len())
}

/// The sheet without comments, indentation and blank lines: what is safe to drop without knowing CSS. Strings are left
/// alone.
fn without_comments(sheet: &str) -> Result<String> {
    let mut kept = String::with_capacity(sheet.len());
    let mut rest = sheet;
    while let Some(at) = rest.find(['/', '"', '\'']) {
        kept.push_str(&rest[..at]);
        rest = &rest[at..];
        let taken = if let Some(comment) = rest.strip_prefix("/*") {
            let end = comment.find("*/").context("has a comment without an end")?;
            // A space: `a/**/b` are two words.
            kept.push(' ');
            end + 4
        } else {
            let length =
                if rest.starts_with('/') { 1 } else { string_length(rest).context("has a string without an end")? };
            kept.push_str(&rest[..length]);
            length
        };
        rest = &rest[taken..];
    }
    kept.push_str(rest);
    let lines = kept.lines().map(str::trim).filter(|line| !line.is_empty());
    Ok(lines.flat_map(|line| [line, "\n"]).collect())
}

/// Bytes of the string that `text` begins with, both quotes included.
fn string_length(text: &str) -> Option<usize> {
    let quote = text.chars().next()?;
    let mut escaped = false;
    text.char_indices().skip(1).find_map(|(at, character)| {
        let ends = character == quote && !escaped;
        escaped = character == '\\' && !escaped;
        ends.then_some(at + 1)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sheets(files: &[(&str, &str)]) -> BTreeMap<String, Vec<u8>> {
        files.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect()
    }

    #[test]
    fn layers_are_joined_in_the_order_of_the_cascade() -> Result<()> {
        let files =
            [("zebra.css", "z{}"), ("pages.css", "p{}"), ("components/card.css", "k{}"), ("components.css", "c{}")];
        let more = [("tokens.css", "t{}"), ("base.css", "b{}"), ("layout.css", "l{}"), ("README.md", "no")];
        let joined = join(&sheets(&[&files[..], &more[..]].concat()))?;
        assert_eq!(joined, "t{}\nb{}\nl{}\nc{}\nk{}\np{}\nz{}\n");
        Ok(())
    }

    #[test]
    fn comments_go_and_strings_stay() -> Result<()> {
        let sheet =
            "/* a\n b */\n  a::after { content: \"/* \\\" */\"; }\n\n  b { background: url(/x.svg) } /* \"it's */\n";
        let kept = without_comments(sheet)?;
        assert_eq!(kept, "a::after { content: \"/* \\\" */\"; }\nb { background: url(/x.svg) }\n");
        Ok(())
    }

    #[test]
    fn a_comment_without_an_end_is_an_error() {
        assert!(without_comments("a { } /* b").is_err());
        assert!(without_comments("a { content: 'b }").is_err());
    }

    #[test]
    fn no_style_sheet_is_an_error() {
        assert!(join(&BTreeMap::new()).is_err());
    }
}
