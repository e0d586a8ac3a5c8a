//! The browser's module: compiled by cargo in a target folder of its own, taken apart where pages are fetched by themselves,
//! given its glue by wasm-bindgen, made smaller by wasm-opt where there is one.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, anyhow};
use wasm_bindgen_cli_support::Bindgen;
use wasm_encoder::reencode::{self, Reencode};

use crate::install::browser_target::{Route, TARGET};
use crate::process;
use crate::report;
use crate::workspace::Workspace;

/// The first version of wasm-opt that knows what rustc emits today.
const OLDEST_OPTIMIZER: u32 = 117;

/// Compiles the module; cargo decides whether there is anything to do.
pub fn compile(workspace: &Workspace, route: &Route) -> Result<Vec<u8>> {
    let settings = &workspace.settings;
    let folder = workspace.target.join("browser");
    let mut command = route.cargo(workspace);
    command
        .args(["rustc", "--package", "tenantry", "--lib", "--crate-type", "cdylib", "--no-default-features"])
        .args(["--features", &settings.lib_features.join(","), "--profile", &settings.lib_profile_release])
        .args(["--target", TARGET])
        .args(route.flags())
        .arg("--target-dir")
        .arg(&folder)
        // What refers to what: the module is taken apart by it.
        .args(["--", "-Clink-arg=--emit-relocs"]);
    process::run(&mut command).context("the browser's module does not compile")?;
    let module = compiled(workspace);
    fs::read(&module).with_context(|| format!("{} cannot be read", module.display()))
}

/// The script that fetches the module's parts.
pub const PARTS: &str = "parts.js";

/// By the name of a group of pages, the files that it needs besides what every page does.
type Parts = BTreeMap<String, Vec<String>>;

/// What a browser runs.
pub struct Bound {
    /// Where the files lie.
    pub folder: PathBuf,
    /// What is fetched with a page.
    pub parts: Parts,
}

/// Where the compiler leaves the module.
pub fn compiled(workspace: &Workspace) -> PathBuf {
    let profile = &workspace.settings.lib_profile_release;
    workspace.target.join("browser").join(TARGET).join(profile).join("tenantry.wasm")
}

/// Writes the module, its parts and their glue into a folder of their own.
pub fn bind(workspace: &Workspace, module: &[u8], optimizer: Option<&Optimizer>) -> Result<Bound> {
    let folder = workspace.target.join("browser/bindgen");
    if folder.exists() {
        fs::remove_dir_all(&folder).context("the last module cannot be removed")?;
    }
    let stem = &workspace.settings.output_name;
    let (main, parts) = take_apart(module, stem, &folder)?;
    let mut bindgen = Bindgen::new();
    bindgen.input_bytes(stem, main).web(true).map_err(unwind)?;
    // The glue then loads the module by itself, under the name that it will be given.
    bindgen.omit_default_module_path(false);
    // The parts find what they share by the linker's names.
    bindgen.keep_lld_exports(true);
    // Function names are two thirds of an unstripped module; browsers show a stack without them.
    bindgen.remove_name_section(true).remove_producers_section(true).typescript(false);
    bindgen.generate(&folder).map_err(unwind).context("wasm-bindgen cannot write the module's glue")?;
    if let Some(optimizer) = optimizer {
        optimizer.shrink(&folder.join(format!("{stem}_bg.wasm")));
    }
    Ok(Bound { folder, parts })
}

/// Writes the parts and their script into `folder`; returns what every page needs, and what else each group of pages does.
fn take_apart(module: &[u8], stem: &str, folder: &Path) -> Result<(Vec<u8>, Parts)> {
    let (main, glue, link) = (folder.join("whole.wasm"), format!("./{stem}.js"), format!("./{PARTS}"));
    let mut options = wasm_split_cli_support::Options::new(module);
    options.output_dir = folder;
    options.main_out_path = &main;
    options.main_module = &glue;
    options.link_name = &link;
    let split =
        wasm_split_cli_support::transform(options).map_err(unwind).context("the module cannot be taken apart")?;
    let content = fs::read(&main).context("the module's main part is not there")?;
    fs::remove_file(&main).context("the module's main part cannot be removed")?;
    for part in split.split_modules {
        let content = fs::read(&part).with_context(|| format!("{} cannot be read", part.display()))?;
        fs::write(&part, lighten(&content)?).with_context(|| format!("{} cannot be written", part.display()))?;
    }
    let with_ending = |files: Vec<String>| files.into_iter().map(|file| format!("{file}.wasm")).collect();
    Ok((content, split.prefetch_map.into_iter().map(|(pages, files)| (pages, with_ending(files))).collect()))
}

/// Without names, which are two thirds of it, and without the room that the linker leaves in each number for relocations.
fn lighten(part: &[u8]) -> Result<Vec<u8>> {
    struct Bare;

    impl Reencode for Bare {
        type Error = Infallible;

        fn parse_custom_section(
            &mut self,
            _: &mut wasm_encoder::Module,
            _: wasmparser::CustomSectionReader<'_>,
        ) -> Result<(), reencode::Error> {
            Ok(())
        }
    }

    let mut lighter = wasm_encoder::Module::new();
    Bare.parse_core_module(&mut lighter, wasmparser::Parser::new(0), part).map_err(unwind)?;
    Ok(lighter.finish())
}

/// wasm-bindgen's error may be of another `anyhow` than ours; its words are what counts.
fn unwind(error: impl std::fmt::Display) -> anyhow::Error {
    anyhow!("{error:#}")
}

/// Binaryen's wasm-opt, which gains one part in a hundred of the compressed size, so it is used where it is and never
/// installed.
pub struct Optimizer {
    program: PathBuf,
    version: String,
}

impl Optimizer {
    /// The first one that is new enough, on the path or among the browser tests' packages.
    pub fn find(workspace: &Workspace) -> Option<Self> {
        let path = env::var_os("PATH").unwrap_or_default();
        let packages = workspace.root.join("end2end/node_modules/.bin");
        env::split_paths(&path).chain([packages]).map(|folder| folder.join("wasm-opt")).find_map(|program| {
            let said = Command::new(&program).arg("--version").output().ok()?;
            let version = String::from_utf8(said.stdout).ok()?.trim().to_owned();
            (version_number(&version)? >= OLDEST_OPTIMIZER).then_some(Self { program, version })
        })
    }

    /// What the program says of itself.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Puts a smaller module in the place of this one; where that fails, the module stays as it is.
    fn shrink(&self, module: &Path) {
        let smaller = module.with_extension("smaller");
        let mut command = Command::new(&self.program);
        command.arg("-Oz").arg(module).arg("-o").arg(&smaller);
        if let Err(error) = process::run(&mut command).and_then(|()| Ok(fs::rename(&smaller, module)?)) {
            report::say(&format!("wasm-opt is left out: {error}"));
            let _absent = fs::remove_file(&smaller);
        }
    }
}

/// `wasm-opt version 117 (version_117)` → 117.
fn version_number(said: &str) -> Option<u32> {
    said.split_whitespace().find_map(|word| word.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_the_first_number() {
        assert_eq!(version_number("wasm-opt version 117 (version_117)"), Some(117));
        assert_eq!(version_number("wasm-opt"), None);
    }
}
