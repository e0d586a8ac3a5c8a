//! What judges the code beside the compiler: rustup's smallest installation comes without it.

use std::process::Command;
use std::time::Duration;

use anyhow::{Result, bail};

use crate::cargo::cargo;
use crate::install::{apt, on_path};
use crate::process;
use crate::workspace::Workspace;

/// Each by the name of cargo's command, of rustup's component and of Debian's package.
const COMPONENTS: [(&str, &str, &str); 2] = [("fmt", "rustfmt", "rustfmt"), ("clippy", "clippy", "rust-clippy")];

/// A look at a component that should answer at once, on a busy machine.
const LOOK_LIMIT: Duration = Duration::from_secs(30);

/// Makes sure that the code can be formatted and judged by the toolchain in use.
pub fn ensure(workspace: &Workspace) -> Result<()> {
    for (verb, component, package) in COMPONENTS {
        if is_there(workspace, verb) {
            continue;
        }
        if on_path(&["rustup"]).is_some() {
            let mut command = Command::new("rustup");
            command.args(["component", "add", component]).current_dir(&workspace.root);
            process::run_silently(&format!("rustup component add {component}"), &mut command)?;
        } else {
            apt(&[package], &format!("the check of the code needs `cargo {verb}`"))?;
        }
        if !is_there(workspace, verb) {
            bail!("{component} is installed, and yet `cargo {verb}` does not run");
        }
    }
    Ok(())
}

fn is_there(workspace: &Workspace, verb: &str) -> bool {
    process::succeeds(cargo(workspace).args([verb, "--version"]), LOOK_LIMIT)
}
