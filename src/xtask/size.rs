//! `cargo xtask size`: what a first visit fetches, beside what it may, and what fills it.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use wasmparser::{KnownCustom, Name, NameSectionReader, Parser, Payload};

use crate::report::say;
use crate::site::manifest::{Manifest, on_disk};
use crate::site::module::{PARTS, compiled};
use crate::workspace::Workspace;

/// What the WebAssembly and JavaScript of a first visit may weigh, compressed by brotli, in bytes.
const BUDGET: u64 = 350_000;

/// The groups of pages on which visits begin; the others are reached from them, when what is shared is there already.
const ENTRANCES: [&str; 2] = ["entry", "dashboard"];

/// How many lines of what fills the module are worth reading.
const LARGEST: usize = 20;

/// Prints the weights and what fills them.
///
/// # Errors
/// No site is built, or an entrance is over its budget.
pub fn run(workspace: &Workspace) -> Result<()> {
    let verdict = weigh(workspace);
    say("");
    say("what fills the module, before it is compressed:");
    let module = fs::read(compiled(workspace)).context("no module is built: `cargo xtask site` builds one")?;
    for (owner, bytes) in by_owner(&module)?.into_iter().take(LARGEST) {
        say(&format!("{:>8.1} kB  {owner}", bytes as f64 / 1000.0));
    }
    verdict
}

/// Prints what each group of pages weighs.
///
/// # Errors
/// No site is built, or an entrance is over its budget.
pub fn weigh(workspace: &Workspace) -> Result<()> {
    let site = workspace.site();
    let manifest = Manifest::read(&site).context("no site is built: `cargo xtask site` builds one")?;
    let weight = |name: &String| {
        let address = manifest.assets.get(name).with_context(|| format!("the site has no {name}"))?;
        let compressed = PathBuf::from(format!("{}.br", on_disk(&site, address).display()));
        Ok(compressed.metadata().with_context(|| format!("{} cannot be read", compressed.display()))?.len())
    };
    let sum = |names: &[String]| names.iter().map(weight).sum::<Result<u64>>();
    let stem = &workspace.settings.output_name;
    let shared = sum(&[format!("{stem}_bg.wasm"), format!("{stem}.js"), PARTS.to_owned()])?;
    say(&format!("{:>8.1} kB  what every page fetches", shared as f64 / 1000.0));
    let mut heaviest = shared;
    for (pages, names) in &manifest.parts {
        let own = sum(names)?;
        if ENTRANCES.contains(&pages.as_str()) {
            heaviest = heaviest.max(shared + own);
        }
        let files = names.len();
        say(&format!(
            "{:>8.1} kB  more for {pages}, in {files} file{}",
            own as f64 / 1000.0,
            if files == 1 { "" } else { "s" }
        ));
    }
    say(&format!("{:>8.1} kB  the heaviest first visit, of {} kB", heaviest as f64 / 1000.0, BUDGET / 1000));
    if heaviest > BUDGET {
        bail!(
            "a first visit fetches {} bytes more than it may: `cargo xtask size` says what fills them",
            heaviest - BUDGET
        );
    }
    Ok(())
}

/// The bytes of code by who owns it: the crate, and of our own crate the room; the largest first.
fn by_owner(module: &[u8]) -> Result<Vec<(String, u64)>> {
    let (mut imported, mut bodies, mut names) = (0, Vec::new(), BTreeMap::new());
    for payload in Parser::new(0).parse_all(module) {
        match payload? {
            Payload::ImportSection(imports) => imported = functions_of(imports)?,
            Payload::CodeSectionEntry(body) => bodies.push(body.range().end - body.range().start),
            Payload::CustomSection(section) => {
                if let KnownCustom::Name(section) = section.as_known() {
                    names = function_names(section)?;
                }
            }
            _ => {}
        }
    }
    let mut owners = BTreeMap::<String, u64>::new();
    for (index, bytes) in (imported..).zip(bodies) {
        *owners.entry(names.get(&index).map_or("without a name", |name| name).to_owned()).or_default() += bytes;
    }
    let mut owners: Vec<_> = owners.into_iter().collect();
    owners.sort_by_key(|(_, bytes)| std::cmp::Reverse(*bytes));
    Ok(owners)
}

fn functions_of(imports: wasmparser::ImportSectionReader<'_>) -> Result<u32> {
    let mut count = 0;
    for import in imports.into_imports() {
        count += u32::from(matches!(import?.ty, wasmparser::TypeRef::Func(_)));
    }
    Ok(count)
}

fn function_names(section: NameSectionReader<'_>) -> Result<BTreeMap<u32, String>> {
    let mut names = BTreeMap::new();
    for name in section {
        let Name::Function(functions) = name? else { continue };
        for function in functions {
            let function = function?;
            names.insert(function.index, owner(&format!("{:#}", rustc_demangle::demangle(function.name))));
        }
    }
    Ok(names)
}

/// Of `<tenantry::app::keys::page::KeysPage as T>::f` it is `tenantry::app::keys`, of `alloc::vec::f` `alloc`.
fn owner(function: &str) -> String {
    let mut words = function.trim_start_matches(['<', '&', '(', '[', '*']).split("::");
    let name = words.next().unwrap_or_default().split([' ', '<']).next().unwrap_or_default();
    if name != "tenantry" {
        return name.to_owned();
    }
    let rooms = words.take(2).map(|word| word.split([' ', '<', '>', ',']).next().unwrap_or_default());
    rooms.fold(name.to_owned(), |path, room| format!("{path}::{room}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_belongs_to_a_crate_and_ours_to_a_room() {
        assert_eq!(owner("<tenantry::app::keys::page::KeysPage as T>::f"), "tenantry::app::keys");
        assert_eq!(owner("tenantry::app::App"), "tenantry::app::App");
        assert_eq!(owner("<alloc::vec::Vec<T> as Drop>::drop"), "alloc");
        assert_eq!(owner("dlmalloc"), "dlmalloc");
    }
}
