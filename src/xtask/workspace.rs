//! Where things are: the repository's root, cargo's target folder and the site's settings.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::Deserialize;

/// The checkout that the command works on.
pub struct Workspace {
    /// The repository's root.
    pub root: PathBuf,
    /// Cargo's target folder, wherever it was put.
    pub target: PathBuf,
    /// What `Leptos.toml` says.
    pub settings: Settings,
}

/// The part of `Leptos.toml` that building needs. The server reads the same file for what it needs.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Settings {
    /// Stem of the browser module's files.
    pub output_name: String,
    /// Where the built site goes; `target` at its start stands for cargo's target folder.
    pub site_root: PathBuf,
    /// The folder of the files with a hash in their names, below the site's root.
    pub site_pkg_dir: String,
    /// What is copied as it is.
    pub assets_dir: PathBuf,
    /// The style sheets' folder.
    pub style_dir: PathBuf,
    /// Cargo's profile for the browser's module.
    pub lib_profile_release: String,
    /// Features of the root crate in the browser.
    pub lib_features: Vec<String>,
}

#[derive(Deserialize)]
struct LeptosToml {
    package: Package,
}

#[derive(Deserialize)]
struct Package {
    metadata: Metadata,
}

#[derive(Deserialize)]
struct Metadata {
    leptos: Settings,
}

impl Workspace {
    /// Finds the checkout from what cargo tells a program it runs, and the target folder from where this program lies.
    pub fn find() -> Result<Self> {
        let manifest = env::var_os("CARGO_MANIFEST_DIR").context("start it with `cargo xtask`")?;
        let root = Path::new(&manifest).ancestors().nth(2).context("this crate lies in src/xtask")?.to_owned();
        let executable = env::current_exe().context("this program's own path is unknown")?;
        let target = executable.ancestors().nth(2).context("this program lies in cargo's target folder")?.to_owned();
        let path = root.join("Leptos.toml");
        let text = fs::read_to_string(&path).with_context(|| format!("{} cannot be read", path.display()))?;
        let file: LeptosToml = toml::from_str(&text).context("Leptos.toml is not what it should be")?;
        Ok(Self { root, target, settings: file.package.metadata.leptos })
    }

    /// The server, as `cargo build` leaves it.
    pub fn server(&self) -> PathBuf {
        self.target.join("debug/tenantry")
    }

    /// The data folder of the throw-away cluster that tests use.
    pub fn test_data(&self) -> PathBuf {
        self.target.join("test-db")
    }

    /// Where the built site goes.
    pub fn site(&self) -> PathBuf {
        match self.settings.site_root.strip_prefix("target") {
            Ok(below) => self.target.join(below),
            Err(_) => self.root.join(&self.settings.site_root),
        }
    }
}
