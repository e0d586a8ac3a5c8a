//! Files that are generated and committed: each can be made anew into an empty folder and compared. Adding one is adding a
//! line to the list.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::check::queries;
use crate::report::say;
use crate::tree;
use crate::workspace::Workspace;

/// A folder of generated files.
pub struct Generated {
    /// What it is, for people.
    pub what: &'static str,
    /// The folder, from the root.
    pub folder: &'static str,
    /// The command that writes it.
    pub command: &'static str,
    /// Whether its sources are those of the last time that it was found fresh.
    pub known_fresh: fn(&Workspace) -> Result<bool>,
    /// Remembers the sources of what was just found fresh.
    pub remember: fn(&Workspace) -> Result<()>,
    /// Makes it anew in an empty folder.
    pub make: fn(&Workspace, &Path) -> Result<()>,
}

const ALL: [Generated; 1] = [queries::GENERATED];

/// Complains where a committed file is not what would be made now.
pub fn check(workspace: &Workspace) -> Result<()> {
    for generated in &ALL {
        if (generated.known_fresh)(workspace)? {
            continue;
        }
        let folder = empty_folder(workspace, generated)?;
        (generated.make)(workspace, &folder)?;
        let differences = differences(&tree::read(&workspace.root.join(generated.folder))?, &tree::read(&folder)?);
        differences.iter().for_each(|difference| say(&format!("{}/{difference}", generated.folder)));
        if !differences.is_empty() {
            bail!("{} are stale; `{}` writes them", generated.what, generated.command);
        }
        (generated.remember)(workspace)?;
    }
    Ok(())
}

/// Writes every generated folder that is not known to be fresh.
pub fn write(workspace: &Workspace) -> Result<()> {
    for generated in &ALL {
        if !(generated.known_fresh)(workspace)? {
            write_one(workspace, generated)?;
        }
    }
    Ok(())
}

/// Makes one generated folder and writes it.
pub fn write_one(workspace: &Workspace, generated: &Generated) -> Result<()> {
    let folder = empty_folder(workspace, generated)?;
    (generated.make)(workspace, &folder)?;
    put(workspace, generated, &folder)
}

/// Replaces what is committed by what lies in `folder`.
pub fn put(workspace: &Workspace, generated: &Generated, folder: &Path) -> Result<()> {
    let made = tree::read(folder)?;
    let committed = workspace.root.join(generated.folder);
    for stale in tree::list(&committed)?.iter().filter(|path| !made.contains_key(*path)) {
        fs::remove_file(committed.join(stale)).with_context(|| format!("{stale} cannot be removed"))?;
    }
    fs::create_dir_all(&committed)?;
    for (path, content) in &made {
        fs::write(committed.join(path), content).with_context(|| format!("{path} cannot be written"))?;
    }
    (generated.remember)(workspace)
}

/// Where a generated folder is made before it is compared or written.
pub fn empty_folder(workspace: &Workspace, generated: &Generated) -> Result<PathBuf> {
    let folder = workspace.target.join("generated").join(generated.folder.trim_start_matches('.'));
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    Ok(folder)
}

fn differences(committed: &BTreeMap<String, Vec<u8>>, made: &BTreeMap<String, Vec<u8>>) -> Vec<String> {
    let missing = made.keys().filter(|path| !committed.contains_key(*path)).map(|path| format!("{path} is missing"));
    let others = committed.iter().filter_map(|(path, content)| match made.get(path) {
        None => Some(format!("{path} belongs to nothing any more")),
        Some(fresh) if fresh != content => Some(format!("{path} has changed")),
        Some(_) => None,
    });
    missing.chain(others).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_difference_is_told() {
        let files = |list: &[(&str, &str)]| {
            list.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect::<BTreeMap<_, _>>()
        };
        let committed = files(&[("a", "1"), ("b", "1"), ("c", "1")]);
        let made = files(&[("a", "1"), ("b", "2"), ("d", "1")]);
        let told = differences(&committed, &made);
        assert_eq!(told, ["d is missing", "b has changed", "c belongs to nothing any more"]);
        assert!(differences(&committed, &committed).is_empty());
    }
}
