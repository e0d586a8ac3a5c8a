//! Cargo as a child of cargo: without the variables that the outer one left, so that a build from here and the same build
//! typed by hand agree on every fingerprint.

use std::env;
use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::process::Command;

use crate::workspace::Workspace;

/// Variables that belong to the outer cargo's package, or that would change every crate's flags: server and browser must
/// be compiled with the same ones, which stand in `.cargo/config.toml`.
const FOREIGN: [&str; 12] = [
    "CARGO_BIN_NAME",
    "CARGO_BUILD_RUSTFLAGS",
    "CARGO_CRATE_NAME",
    "CARGO_ENCODED_RUSTFLAGS",
    "CARGO_MANIFEST_DIR",
    "CARGO_MANIFEST_LINKS",
    "CARGO_MANIFEST_PATH",
    "CARGO_PRIMARY_PACKAGE",
    "DATABASE_URL",
    "OUT_DIR",
    "RUSTFLAGS",
    "RUST_RECURSION_COUNT",
];

/// What rustup's proxy and the outer cargo decided about the toolchain; a system's own cargo must not see it.
const TOOLCHAIN: [&str; 7] = [
    "CARGO",
    "RUSTC",
    "RUSTC_WORKSPACE_WRAPPER",
    "RUSTC_WRAPPER",
    "RUSTDOC",
    "RUSTUP_TOOLCHAIN",
    "RUSTUP_TOOLCHAIN_SOURCE",
];

/// The cargo that runs this program, at the repository's root.
pub fn cargo(workspace: &Workspace) -> Command {
    let program = env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
    let mut command = Command::new(program);
    cleaned(&mut command, &workspace.target).current_dir(&workspace.root);
    command
}

/// Another cargo than the one that runs this program, at the repository's root.
pub fn system_cargo(workspace: &Workspace, program: &Path) -> Command {
    let mut command = Command::new(program);
    cleaned(&mut command, &workspace.target).current_dir(&workspace.root);
    for name in TOOLCHAIN {
        command.env_remove(name);
    }
    command
}

fn cleaned<'command>(command: &'command mut Command, target: &Path) -> &'command mut Command {
    for name in FOREIGN {
        command.env_remove(name);
    }
    for (name, _) in env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("CARGO_PKG_")) {
        command.env_remove(name);
    }
    match env::var_os("LD_LIBRARY_PATH").map(|paths| without_toolchain(&paths, target)) {
        Some(paths) if !paths.is_empty() => command.env("LD_LIBRARY_PATH", paths),
        _ => command.env_remove("LD_LIBRARY_PATH"),
    }
}

/// `cargo run` adds its toolchain's and its own libraries to the loader's path; another rustc must not find them there.
fn without_toolchain(paths: &OsStr, target: &Path) -> OsString {
    let kept = env::split_paths(paths)
        .filter(|path| !path.starts_with(target) && !path.components().any(|part| part.as_os_str() == "toolchains"));
    env::join_paths(kept).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_outer_toolchain_leaves_the_loader_path() {
        let paths = "/build/target/debug/deps:/home/me/.rustup/toolchains/stable/lib:/opt/lib";
        let kept = without_toolchain(OsStr::new(paths), Path::new("/build/target"));
        assert_eq!(kept, OsStr::new("/opt/lib"));
    }
}
