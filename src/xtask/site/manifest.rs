//! Writing the site: the files, then the manifest that makes them count, then what no longer counts goes.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::site::collection::Collection;
use crate::site::compress;
use crate::tree;

const MANIFEST: &str = "manifest.json";

/// What the server reads first.
#[derive(Serialize, Deserialize)]
pub struct Manifest {
    /// A digest over all files.
    version: String,
    /// The addresses' folder of what has a hash in its name.
    folder: String,
    /// Logical name → address, of what has a hash in its name.
    pub assets: BTreeMap<String, String>,
    /// By the name of a group of pages, the logical names of what a browser fetches for it alone.
    pub parts: BTreeMap<String, Vec<String>>,
    /// Addresses of what keeps its name.
    public: Vec<String>,
}

impl Manifest {
    /// The one of a site, if all of its files are there.
    pub fn read(site: &Path) -> Option<Self> {
        let manifest: Self = serde_json::from_slice(&fs::read(site.join(MANIFEST)).ok()?).ok()?;
        let mut addresses = manifest.assets.values().chain(&manifest.public);
        addresses.all(|address| on_disk(site, address).exists()).then_some(manifest)
    }
}

/// Writes the collection to `site`, and beside it, in `target`, the list that puts it into an executable.
pub fn write(site: &Path, target: &Path, collection: Collection) -> Result<()> {
    let Collection { folder, files, assets, parts } = collection;
    let hashed: BTreeSet<String> = assets.values().cloned().collect();
    let written = thread::scope(|scope| {
        // A thread a file: brotli's best takes seconds for the module alone.
        let all: Vec<_> = files
            .iter()
            .map(|(address, content)| scope.spawn(|| write_file(site, address, content, hashed.contains(address))))
            .collect();
        all.into_iter()
            .map(|one| one.join().unwrap_or_else(|_| anyhow::bail!("a file could not be compressed")))
            .collect::<Result<Vec<_>>>()
    })?;
    let mut kept: BTreeSet<String> = written.into_iter().flatten().collect();
    let public = files.keys().filter(|address| !hashed.contains(*address)).cloned().collect();
    let manifest = Manifest { version: version(&files), folder, assets, parts, public };
    replace(&site.join(MANIFEST), &serde_json::to_vec_pretty(&manifest)?)?;
    kept.insert(MANIFEST.to_owned());
    remove_others(site, &kept)?;
    replace(&target.join("site.rs"), embedded(site, &kept).as_bytes())
}

fn version(files: &BTreeMap<String, Vec<u8>>) -> String {
    let mut digest = Digest::default();
    for (address, content) in files {
        digest.add(address, content);
    }
    digest.finish()
}

/// Writes a file and its compressed forms, where they are smaller, and returns their paths below the site.
fn write_file(site: &Path, address: &str, content: &[u8], hashed: bool) -> Result<Vec<String>> {
    let path = on_disk(site, address);
    let below = address.trim_start_matches('/').to_owned();
    // The name says the content: what lies there from the last build is right.
    if !(hashed && path.exists()) {
        replace(&path, content)?;
    }
    let mut written = vec![below.clone()];
    for (extension, compressed) in compress::FORMS {
        let form = PathBuf::from(format!("{}.{extension}", path.display()));
        if !(hashed && form.exists()) {
            let compressed = compressed(content)?;
            if compressed.len() >= content.len() {
                continue;
            }
            replace(&form, &compressed)?;
        }
        written.push(format!("{below}.{extension}"));
    }
    Ok(written)
}

/// Writes beside and renames: a server that starts meanwhile reads the old file or the new one.
fn replace(path: &Path, content: &[u8]) -> Result<()> {
    let folder = path.parent().context("a file lies in a folder")?;
    fs::create_dir_all(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    let unfinished = PathBuf::from(format!("{}.unfinished", path.display()));
    fs::write(&unfinished, content).with_context(|| format!("{} cannot be written", unfinished.display()))?;
    fs::rename(&unfinished, path).with_context(|| format!("{} cannot be written", path.display()))
}

fn remove_others(site: &Path, kept: &BTreeSet<String>) -> Result<()> {
    for path in tree::list(site)?.into_iter().filter(|path| !kept.contains(path)) {
        fs::remove_file(site.join(&path)).with_context(|| format!("{path} cannot be removed from the site"))?;
    }
    Ok(())
}

/// A Rust expression that holds every file of the site: path below it → bytes.
fn embedded(site: &Path, paths: &BTreeSet<String>) -> String {
    let mut list = String::from("// Written by `cargo xtask site`.\n&[\n");
    for path in paths {
        let file = site.join(path);
        // Writing to a string cannot fail.
        let _infallible = writeln!(list, "    ({path:?}, include_bytes!({file:?})),");
    }
    list.push_str("]\n");
    list
}

/// Where the file of an address lies.
pub fn on_disk(site: &Path, address: &str) -> PathBuf {
    site.join(address.trim_start_matches('/'))
}
