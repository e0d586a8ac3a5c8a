//! No file in the tree names a place that exists on one machine only.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result};

use crate::process;
use crate::tree;

/// Folders in which people and their tools work; written in two halves, so that this file is clean itself.
const PLACES: [&str; 2] = [concat!("/ro", "ot/"), concat!("/wo", "rk/")];

/// Where such a path stands, a sentence each. Files that are not text are left alone.
pub fn foreign(root: &Path) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for path in files(root)? {
        let content = fs::read(root.join(&path)).with_context(|| format!("{path} cannot be read"))?;
        let Ok(text) = String::from_utf8(content) else { continue };
        let lines = text.lines().enumerate().filter(|(_, line)| names_a_place(line));
        found.extend(lines.map(|(index, _)| format!("{path}:{}: names a path of one machine", index + 1)));
    }
    Ok(found)
}

/// The files of the tree: those that git knows, since a folder of one's own may lie in a checkout (cargo's, say); all of them
/// where there is no git, or it knows none of these.
fn files(root: &Path) -> Result<Vec<String>> {
    let mut git = Command::new("git");
    let known =
        process::output(git.args(["ls-files", "-z"]).current_dir(root).stderr(Stdio::null())).unwrap_or_default();
    // What was deleted is known until it is committed.
    let known: Vec<_> =
        known.split_terminator('\0').filter(|path| root.join(path).is_file()).map(str::to_owned).collect();
    if known.is_empty() { tree::list(root) } else { Ok(known) }
}

/// Whether an absolute path begins in `line`: `/a/b` does, `x/a/b` and `//host/a/b` do not.
fn names_a_place(line: &str) -> bool {
    PLACES.iter().any(|place| {
        line.match_indices(place).any(|(at, _)| {
            let before = line[..at].chars().next_back();
            before.is_none_or(|character| !character.is_alphanumeric() && !"./_-}".contains(character))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_git_does_not_know_is_not_of_the_tree() -> Result<()> {
        let folder = std::env::temp_dir().join(format!("tenantry-xtask-paths-{}", std::process::id()));
        fs::create_dir_all(folder.join("own"))?;
        fs::write(folder.join("known"), "text")?;
        fs::write(folder.join("own/unknown"), PLACES[0])?;
        assert_eq!(files(&folder)?, ["known", "own/unknown"], "without git all are");
        let git = |words: &[&str]| process::output(Command::new("git").args(words).current_dir(&folder));
        if git(&["init", "--quiet"]).is_ok() {
            git(&["add", "known"])?;
            assert_eq!(files(&folder)?, ["known"]);
            assert_eq!(foreign(&folder)?, Vec::<String>::new());
        }
        Ok(fs::remove_dir_all(folder)?)
    }

    #[test]
    fn only_absolute_paths_are_meant() {
        let place = PLACES[0];
        assert!(names_a_place(&format!("cd {place}x")));
        assert!(names_a_place(&format!("\"{place}x\"")));
        assert!(!names_a_place(&format!("https://example.com{place}x")));
        assert!(!names_a_place(&format!("..{place}x")));
    }
}
