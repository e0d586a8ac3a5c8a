//! The browser's module: compiled by cargo in a target folder of its own, given its glue by wasm-bindgen, made smaller by
//! wasm-opt where there is one.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, anyhow};
use wasm_bindgen_cli_support::Bindgen;

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
        .arg(&folder);
    process::run(&mut command).context("the browser's module does not compile")?;
    let module = folder.join(TARGET).join(&settings.lib_profile_release).join("tenantry.wasm");
    fs::read(&module).with_context(|| format!("{} cannot be read", module.display()))
}

/// Writes the module and its glue into a folder of their own, and returns it.
pub fn bind(workspace: &Workspace, module: &[u8], optimizer: Option<&Optimizer>) -> Result<PathBuf> {
    let folder = workspace.target.join("browser/bindgen");
    if folder.exists() {
        fs::remove_dir_all(&folder).context("the last module cannot be removed")?;
    }
    let stem = &workspace.settings.output_name;
    let mut bindgen = Bindgen::new();
    bindgen.input_bytes(stem, module.to_vec()).web(true).map_err(unwind)?;
    // The glue then loads the module by itself, under the name that it will be given.
    bindgen.omit_default_module_path(false);
    // Function names are two thirds of an unstripped module; browsers show a stack without them.
    bindgen.remove_name_section(true).remove_producers_section(true).typescript(false);
    bindgen.generate(&folder).map_err(unwind).context("wasm-bindgen cannot write the module's glue")?;
    if let Some(optimizer) = optimizer {
        optimizer.shrink(&folder.join(format!("{stem}_bg.wasm")));
    }
    Ok(folder)
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
