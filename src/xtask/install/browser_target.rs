//! The target `wasm32-unknown-unknown`, by one of two routes. Where rustup can fetch it, any cargo will do. Where it
//! cannot, Debian's own compiler builds the standard library from the source that its packages bring.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::cargo;
use crate::install::{apt, on_path};
use crate::process;
use crate::report;
use crate::workspace::Workspace;

/// The browser, in rustc's words.
pub const TARGET: &str = "wasm32-unknown-unknown";

/// How long rustup may try to fetch the target: 20 MB, or no answer at all.
const FETCH_LIMIT: Duration = Duration::from_secs(90);
/// The oldest Rust that compiles this workspace: `rust-version` in `Cargo.toml`.
const OLDEST_RUST: &str = env!("CARGO_PKG_RUST_VERSION");
/// Debian's packages: the compiler, cargo, the standard library's source with what it depends on, the linker.
const PACKAGES: [&str; 4] = ["rustc-web", "cargo-web", "rust-web-src", "lld-19"];
const SYSTEM_CARGO: &str = "/usr/bin/cargo";
const SYSTEM_RUSTC: &str = "/usr/bin/rustc";
const LINKERS: [&str; 5] = ["wasm-ld-19", "wasm-ld-21", "wasm-ld-20", "wasm-ld-18", "wasm-ld"];

/// How the browser's module is compiled on this machine.
pub enum Route {
    /// The toolchain in use has the target.
    Ordinary,
    /// The system's compiler builds the standard library as well.
    BuildStd {
        /// LLVM's linker for WebAssembly.
        linker: PathBuf,
    },
}

impl Route {
    /// A cargo that can compile for the target.
    pub fn cargo(&self, workspace: &Workspace) -> Command {
        match self {
            Self::Ordinary => cargo::cargo(workspace),
            Self::BuildStd { linker } => {
                let mut command = cargo::system_cargo(workspace, Path::new(SYSTEM_CARGO));
                command
                    .env("RUSTC", SYSTEM_RUSTC)
                    .env("RUSTC_BOOTSTRAP", "1")
                    .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker);
                command
            }
        }
    }

    /// What cargo must be told besides.
    pub fn flags(&self) -> &'static [&'static str] {
        match self {
            Self::Ordinary => &[],
            Self::BuildStd { .. } => &["-Zbuild-std=std,panic_abort"],
        }
    }
}

/// Finds a route, and makes one where there is none.
pub fn ensure(workspace: &Workspace) -> Result<Route> {
    if let Some(route) = find(workspace) {
        return Ok(route);
    }
    if on_path(&["rustup"]).is_some() {
        report::say("the browser's module needs the target wasm32-unknown-unknown: asking rustup for it");
        let added = report::silent_step("rustup target add", || {
            let mut command = Command::new("rustup");
            // Adding a target must not turn into installing a toolchain.
            command.args(["target", "add", TARGET]).env("RUSTUP_AUTO_INSTALL", "0");
            Ok(process::succeeds(&mut command, FETCH_LIMIT))
        })?;
        if let Some(route) = find(workspace).filter(|_| added) {
            return Ok(route);
        }
        report::say("rustup cannot fetch it; Debian's compiler can build it");
    }
    apt(&PACKAGES, "the browser's module needs a compiler for WebAssembly")?;
    find(workspace).context("the packages are installed, and yet no compiler for WebAssembly is found")
}

fn find(workspace: &Workspace) -> Option<Route> {
    if ordinary(workspace).unwrap_or(false) {
        return Some(Route::Ordinary);
    }
    build_std().ok()
}

/// Whether the toolchain in use brings the target's standard library, by rustup or as its distribution packs it.
fn ordinary(workspace: &Workspace) -> Result<bool> {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let mut command = Command::new(rustc);
    command.args(["--print", "target-libdir", "--target", TARGET]).current_dir(&workspace.root);
    let folder = PathBuf::from(process::output(&mut command)?.trim());
    let mut files = folder.read_dir()?.filter_map(Result::ok);
    Ok(files.any(|file| file.file_name().to_string_lossy().starts_with("libstd-")))
}

fn build_std() -> Result<Route> {
    let said = process::output(Command::new(SYSTEM_RUSTC).arg("--version"))?;
    if !new_enough(&said) {
        bail!("the system's compiler is too old: {}", said.trim());
    }
    let root = process::output(Command::new(SYSTEM_RUSTC).args(["--print", "sysroot"]))?;
    let source = Path::new(root.trim()).join("lib/rustlib/src/rust/library/std/Cargo.toml");
    let linker = on_path(&LINKERS).context("there is no linker for WebAssembly")?;
    if !source.exists() || !Path::new(SYSTEM_CARGO).exists() {
        bail!("the standard library's source or cargo is missing");
    }
    Ok(Route::BuildStd { linker })
}

/// `rustc 1.96.0 (…)` is new enough, `rustc 1.63.0 (…)` is not.
fn new_enough(said: &str) -> bool {
    let version = said.split_whitespace().nth(1).unwrap_or_default();
    minor(version).is_some_and(|minor_version| Some(minor_version) >= minor(OLDEST_RUST))
}

/// `1.96.0` → 96.
fn minor(version: &str) -> Option<u32> {
    version.strip_prefix("1.")?.split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_compiler_is_refused() {
        assert!(new_enough("rustc 1.96.0 (30a34c682 2026-05-25) (built from a source tarball)"));
        assert!(!new_enough("rustc 1.63.0 (4b91a6ea7 2022-08-08)"));
        assert!(!new_enough("unknown"));
    }
}
