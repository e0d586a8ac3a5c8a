//! What `Leptos.toml` says about the site. The file is compiled in: the server and the site it was built with agree.

use serde::Deserialize;

use super::SiteError;

const LEPTOS_TOML: &str = include_str!("../../../Leptos.toml");

/// The settings that the server needs; the site's build reads the others.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct SiteSettings {
    /// Stem of the browser module's files.
    pub output_name: String,
    /// Where the built site goes; `target` at its start stands for cargo's target folder.
    pub site_root: String,
    /// Addresses of what has a hash in its name begin with this.
    pub site_pkg_dir: String,
}

#[derive(Deserialize)]
struct File {
    package: Package,
}

#[derive(Deserialize)]
struct Package {
    metadata: Metadata,
}

#[derive(Deserialize)]
struct Metadata {
    leptos: SiteSettings,
}

impl SiteSettings {
    /// Reads the settings.
    ///
    /// # Errors
    /// Where the file lacks one.
    pub fn load() -> Result<Self, SiteError> {
        let file: File = toml::from_str(LEPTOS_TOML).map_err(SiteError::Settings)?;
        Ok(file.package.metadata.leptos)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_has_every_setting() -> Result<(), SiteError> {
        let settings = SiteSettings::load()?;
        assert_eq!(settings.output_name, "tenantry");
        assert_eq!(settings.site_root, "target/site");
        assert_eq!(settings.site_pkg_dir, "assets");
        Ok(())
    }
}
