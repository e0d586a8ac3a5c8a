//! The files of a site while it is being made: what each is called by the product, and where browsers find it.

use std::collections::BTreeMap;

use anyhow::{Result, bail};

use crate::digest;

/// All files of a site.
pub struct Collection {
    /// The addresses' folder of what has a hash in its name.
    pub folder: String,
    /// Address → content.
    pub files: BTreeMap<String, Vec<u8>>,
    /// Logical name → address, of what has a hash in its name.
    pub assets: BTreeMap<String, String>,
    /// By the name of a group of pages, the logical names of what a browser fetches for it alone.
    pub parts: BTreeMap<String, Vec<String>>,
}

impl Collection {
    /// An empty site whose hashed files have addresses below `/folder/`.
    pub fn new(folder: &str) -> Self {
        let (files, assets, parts) = Default::default();
        Self { folder: folder.to_owned(), files, assets, parts }
    }

    /// Adds a file under a name with its hash, and returns the address.
    pub fn add_asset(&mut self, logical: &str, content: Vec<u8>) -> Result<String> {
        let address = self.address(&digest::hashed(logical, &content));
        self.add_at(logical, address.clone(), content)?;
        Ok(address)
    }

    /// Adds a file under a name with these digits: a hash of more than itself.
    pub fn add_asset_named(&mut self, logical: &str, digits: &str, content: Vec<u8>) -> Result<()> {
        self.add_at(logical, self.address(&digest::named(logical, digits)), content)
    }

    fn address(&self, name: &str) -> String {
        format!("/{}/{name}", self.folder)
    }

    fn add_at(&mut self, logical: &str, address: String, content: Vec<u8>) -> Result<()> {
        if self.assets.insert(logical.to_owned(), address.clone()).is_some_and(|known| known != address) {
            bail!("two different files are called {logical}");
        }
        self.files.insert(address, content);
        Ok(())
    }

    /// Adds a file that keeps its name, below the root.
    pub fn add_public(&mut self, path: &str, content: Vec<u8>) -> Result<()> {
        if path == "manifest.json" || path.starts_with(&format!("{}/", self.folder)) {
            bail!("the public file {path} stands where a file of the site belongs");
        }
        if !path.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte)) {
            bail!("the public file {path} has a name that an address would have to escape");
        }
        self.files.insert(format!("/{path}"), content);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_file_may_not_hide_one_of_the_site() {
        let mut collection = Collection::new("assets");
        assert!(collection.add_public("favicon.svg", Vec::new()).is_ok());
        assert!(collection.add_public("assets/x.js", Vec::new()).is_err());
        assert!(collection.add_public("manifest.json", Vec::new()).is_err());
        assert!(collection.add_public("my icon.svg", Vec::new()).is_err());
    }

    #[test]
    fn one_name_means_one_content() {
        let mut collection = Collection::new("assets");
        assert!(collection.add_asset("a.js", b"1".to_vec()).is_ok());
        assert!(collection.add_asset("a.js", b"1".to_vec()).is_ok());
        assert!(collection.add_asset("a.js", b"2".to_vec()).is_err());
    }
}
