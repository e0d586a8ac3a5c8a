//! Every relative link in the documents leads to a file.

use std::fs;
use std::path::{Component, Path, PathBuf};

use anyhow::{Context, Result};

use crate::tree;

/// The broken links of `README.md` and the documents, a sentence each.
pub fn broken(root: &Path) -> Result<Vec<String>> {
    let documents = tree::list(&root.join("src/docs"))?;
    let documents = documents.iter().filter(|path| path.ends_with(".md")).map(|path| format!("src/docs/{path}"));
    let mut broken = Vec::new();
    for document in documents.chain(["README.md".to_owned()]).filter(|document| root.join(document).exists()) {
        let text = fs::read_to_string(root.join(&document)).with_context(|| format!("{document} cannot be read"))?;
        for (line, target) in links(&text) {
            if !leads_somewhere(root, &document, &target) {
                broken.push(format!("{document}:{line}: the link to {target} leads nowhere"));
            }
        }
    }
    Ok(broken)
}

/// Relative links with the line on which they stand; what is set as code is no link.
fn links(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut code = false;
    for (index, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            code = !code;
        } else if !code {
            let prose: String = line.split('`').step_by(2).collect::<Vec<_>>().join("`");
            found.extend(targets(&prose).into_iter().map(|target| (index + 1, target)));
        }
    }
    found
}

fn targets(prose: &str) -> Vec<String> {
    prose
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split([')', ' ']).next())
        .map(|target| target.split('#').next().unwrap_or(target))
        .filter(|target| !target.is_empty() && !is_absolute(target))
        .map(str::to_owned)
        .collect()
}

/// Whether the target names a scheme, such as `https:` or `mailto:`.
fn is_absolute(target: &str) -> bool {
    target.split_once(':').is_some_and(|(scheme, _)| scheme.chars().all(|letter| letter.is_ascii_alphanumeric()))
}

/// A target is relative to its document, or to the root where it begins with `/`; it may not leave the tree.
fn leads_somewhere(root: &Path, document: &str, target: &str) -> bool {
    let base = match target.strip_prefix('/') {
        Some(_) => Path::new(""),
        None => Path::new(document).parent().unwrap_or(Path::new("")),
    };
    inside(&base.join(target.trim_start_matches('/'))).is_some_and(|path| root.join(path).exists())
}

/// The path without `.` and `..`, where it stays inside.
fn inside(path: &Path) -> Option<PathBuf> {
    let mut clean = PathBuf::new();
    for part in path.components() {
        match part {
            Component::Normal(name) => clean.push(name),
            Component::ParentDir if !clean.pop() => return None,
            _ => {}
        }
    }
    Some(clean)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_found_and_code_is_not() {
        let text = "See [a](docs/a.md#part \"title\"), [b](../b.md) and `[c](c.md)`.\n```\n[d](d.md)\n```\n[e](e.md)";
        let found = links(text);
        let expected = [(1, "docs/a.md"), (1, "../b.md"), (5, "e.md")];
        assert_eq!(found, expected.map(|(line, target)| (line, target.to_owned())));
    }

    #[test]
    fn other_sites_and_parts_of_the_same_page_are_left_alone() {
        assert!(links("[a](https://example.com/x) [b](mailto:me@example.com) [c](#part)").is_empty());
    }

    #[test]
    fn a_link_may_not_leave_the_tree() {
        assert_eq!(inside(Path::new("src/docs/../x.md")), Some(PathBuf::from("src/x.md")));
        assert_eq!(inside(Path::new("../x.md")), None);
    }

    #[test]
    fn a_link_is_relative_to_its_document() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        assert!(leads_somewhere(root, "check/README.md", "links.rs"));
        assert!(leads_somewhere(root, "check/README.md", "/check/links.rs"));
        assert!(leads_somewhere(root, "check/README.md", "../main.rs"));
        assert!(!leads_somewhere(root, "check/README.md", "main.rs"));
    }
}
