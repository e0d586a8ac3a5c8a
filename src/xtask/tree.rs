//! Reading folders: files by their path below the folder, in one order on every machine.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

/// Folders that hold what tools make, not what people write.
const MADE: [&str; 6] = [".git", "node_modules", "playwright-report", "target", "tenantry-data", "test-results"];

/// Every file below `folder` with its content. A folder that is not there is empty.
pub fn read(folder: &Path) -> Result<BTreeMap<String, Vec<u8>>> {
    list(folder)?
        .into_iter()
        .map(|path| {
            let content = fs::read(folder.join(&path)).with_context(|| format!("{path} cannot be read"))?;
            Ok((path, content))
        })
        .collect()
}

/// The path of every file below `folder`, with `/` between its parts, sorted. A folder that is not there is empty.
pub fn list(folder: &Path) -> Result<Vec<String>> {
    let mut paths = Vec::new();
    if folder.exists() {
        walk(folder, "", &mut paths)?;
    }
    paths.sort();
    Ok(paths)
}

fn walk(folder: &Path, prefix: &str, paths: &mut Vec<String>) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| format!("{} cannot be read", folder.display()))? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = format!("{prefix}{name}");
        let kind = entry.file_type()?;
        if kind.is_dir() && !MADE.contains(&name.as_str()) && !name.starts_with("target-") {
            walk(&entry.path(), &format!("{path}/"), paths)?;
        } else if kind.is_file() {
            paths.push(path);
        }
    }
    Ok(())
}
