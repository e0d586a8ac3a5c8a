//! The site: what a browser loads. Cargo compiles the module, wasm-bindgen writes its glue, the styles are joined, and
//! every file that a page names gets its content's hash into its name, so that browsers may keep it for ever.
//!
//! On disk a file lies where its address says, below the site's root; `manifest.json` is written last and says which
//! files count. A second run finds its inputs unchanged and leaves everything as it is.

mod collection;
mod compress;
mod fonts;
mod glue;
pub mod manifest;
pub mod module;
mod styles;

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::digest::Digest;
use crate::install::browser_target;
use crate::report;
use crate::site::collection::Collection;
use crate::site::manifest::Manifest;
use crate::tree;
use crate::workspace::Workspace;

/// Builds the site where something of it has changed, and says where it lies.
pub fn run(workspace: &Workspace) -> Result<PathBuf> {
    let route = browser_target::ensure(workspace)?;
    let module = report::step("browser module", || module::compile(workspace, &route))?;
    let site = workspace.site();
    let optimizer = module::Optimizer::find(workspace);
    let stamp = stamp(workspace, &module, optimizer.as_ref())?;
    let stamp_file = workspace.target.join("site.stamp");
    if Manifest::read(&site).is_some() && fs::read_to_string(&stamp_file).is_ok_and(|known| known == stamp) {
        report::say("the site is fresh");
        return Ok(site);
    }
    // Gone until the site is whole again: an interrupted build is begun anew.
    let _absent = fs::remove_file(&stamp_file);
    report::silent_step("site", || assemble(workspace, &module, optimizer.as_ref()))?;
    fs::write(&stamp_file, stamp).with_context(|| format!("{} cannot be written", stamp_file.display()))?;
    Ok(site)
}

fn assemble(workspace: &Workspace, module: &[u8], optimizer: Option<&module::Optimizer>) -> Result<()> {
    let settings = &workspace.settings;
    let mut collection = Collection::new(&settings.site_pkg_dir);
    let bound = module::bind(workspace, module, optimizer)?;
    glue::collect(&bound.folder, &settings.output_name, &mut collection)?;
    collection.parts = bound.parts;
    let public = tree::read(&workspace.root.join(&settings.assets_dir))?;
    let styles = styles::join(&tree::read(&workspace.root.join(&settings.style_dir))?)?;
    let styles = fonts::link(&styles, &public, &mut collection)?;
    collection.add_asset(&format!("{}.css", settings.output_name), styles.into_bytes())?;
    for (path, content) in public {
        collection.add_public(&path, content)?;
    }
    manifest::write(&workspace.site(), &workspace.target, collection)
}

/// A digest of everything the site is made of, this program among it.
fn stamp(workspace: &Workspace, module: &[u8], optimizer: Option<&module::Optimizer>) -> Result<String> {
    let mut digest = Digest::default();
    digest.add("module", module);
    digest.add("optimizer", optimizer.map_or("none", module::Optimizer::version).as_bytes());
    digest.add("settings", &fs::read(workspace.root.join("Leptos.toml"))?);
    for folder in [&workspace.settings.style_dir, &workspace.settings.assets_dir] {
        for (path, content) in tree::read(&workspace.root.join(folder))? {
            digest.add(&path, &content);
        }
    }
    for (path, content) in tree::read(&workspace.root.join("src/xtask/site"))? {
        digest.add(&path, &content);
    }
    Ok(digest.finish())
}
