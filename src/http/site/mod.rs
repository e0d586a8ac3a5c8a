//! The site's files: what a browser loads besides pages. `cargo xtask site` builds them; here they are found once, when the
//! server starts, kept in memory in every encoding, and answered from there.

mod answer;
mod encoding;
mod file;
mod settings;
#[cfg_attr(feature = "embed-site", path = "embedded.rs")]
#[cfg_attr(not(feature = "embed-site"), path = "folder.rs")]
mod source;
#[cfg(all(test, not(feature = "embed-site")))]
mod tests;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::Router;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use axum::routing::get;
use serde::Deserialize;

pub use self::settings::SiteSettings;

use self::file::{Lifetime, SiteFile};
use self::source::Source;

/// The file that says which of the others count; it is written last.
const MANIFEST: &str = "manifest.json";

/// Why there is no site.
#[derive(Debug, thiserror::Error)]
pub enum SiteError {
    /// No folder above the executable holds a built site.
    #[error("no site was found above {}; `cargo xtask site` builds one", .0.display())]
    Missing(PathBuf),
    /// A file of the site cannot be read.
    #[error("{path} of the site cannot be read")]
    Unreadable {
        /// The file, as the site calls it.
        path: String,
        /// What the system says.
        #[source]
        source: std::io::Error,
    },
    /// The list of files is not what it should be.
    #[error("the site's manifest is not what it should be")]
    Manifest(#[source] serde_json::Error),
    /// The settings that were compiled in are not what they should be.
    #[error("Leptos.toml is not what it should be")]
    Settings(#[source] toml::de::Error),
}

/// All files of the site, in memory.
#[derive(Debug, Default)]
pub struct Site {
    version: String,
    /// The addresses' folder of what has a hash in its name.
    folder: String,
    /// Logical name → address, of what has a hash in its name.
    assets: BTreeMap<String, String>,
    /// By the name of a group of pages, the addresses of what a browser fetches for it alone.
    parts: BTreeMap<String, Vec<String>>,
    /// Address → file.
    files: BTreeMap<String, SiteFile>,
}

/// What `cargo xtask site` writes last.
#[derive(Deserialize)]
struct Manifest {
    version: String,
    folder: String,
    assets: BTreeMap<String, String>,
    #[serde(default)]
    parts: BTreeMap<String, Vec<String>>,
    public: Vec<String>,
}

impl Site {
    /// Loads the site: from inside the executable where it was built so, else from the nearest folder above `executable`
    /// that holds one. The working directory plays no part.
    ///
    /// # Errors
    /// Where no site is found, or one that is not whole. A server can still answer programs with [`Site::empty`].
    pub fn load(executable: &Path) -> Result<Self, SiteError> {
        let source = Source::open(executable)?;
        let manifest = source.read(MANIFEST)?.ok_or_else(|| missing(MANIFEST))?;
        let Manifest { version, folder, assets, parts, public } =
            serde_json::from_slice(&manifest).map_err(SiteError::Manifest)?;
        let hashed = assets.values().map(|address| (address, Lifetime::Forever));
        let public = public.iter().map(|address| (address, Lifetime::Hour));
        let files = hashed.chain(public).map(|(address, lifetime)| {
            let path = address.trim_start_matches('/');
            let identity = source.read(path)?.ok_or_else(|| missing(path))?;
            let brotli = source.read(&format!("{path}.br"))?;
            let gzip = source.read(&format!("{path}.gz"))?;
            Ok((address.clone(), SiteFile::new(address, lifetime, identity, gzip, brotli)))
        });
        let files = files.collect::<Result<_, SiteError>>()?;
        let address = |name: String| assets.get(&name).cloned().ok_or_else(|| missing(&name));
        let parts = parts
            .into_iter()
            .map(|(group, names)| Ok((group, names.into_iter().map(address).collect::<Result<_, _>>()?)));
        let parts = parts.collect::<Result<_, SiteError>>()?;
        Ok(Self { version, folder, assets, parts, files })
    }

    /// No files at all: pages then come without style and script.
    pub fn empty() -> Self {
        Self::default()
    }

    /// The address of a file with a hash in its name: `tenantry.css` → `/assets/tenantry.0123456789abcdef.css`.
    pub fn asset(&self, logical: &str) -> Option<&str> {
        self.assets.get(logical).map(String::as_str)
    }

    /// The addresses of what a browser fetches for a group of pages alone.
    pub fn parts(&self, group: &str) -> &[String] {
        self.parts.get(group).map(Vec::as_slice).unwrap_or_default()
    }

    /// A digest over all files; empty where there are none.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Whether there are no files.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// Answers GET and HEAD for one address; 404 where nothing lies there.
    pub fn serve(&self, path: &str, headers: &HeaderMap) -> Response {
        match self.files.get(path) {
            Some(file) => answer::file(file, headers),
            None => answer::nothing(),
        }
    }

    /// A route for every file, and 404 for the rest of the hashed files' folder: an old page asks there for files of an
    /// older release, and must not be answered with a page.
    pub fn router<S: Clone + Send + Sync + 'static>(self: Arc<Self>) -> Router<S> {
        let public =
            self.files.iter().filter(|(_, file)| file.lifetime() == Lifetime::Hour).map(|(address, _)| address);
        let folder = (!self.folder.is_empty()).then(|| format!("/{}/{{*path}}", self.folder));
        let addresses: Vec<String> = public.cloned().chain(folder).collect();
        addresses.into_iter().fold(Router::new(), |router, address| {
            let site = Arc::clone(&self);
            router.route(&address, get(async move |uri: Uri, headers: HeaderMap| site.serve(uri.path(), &headers)))
        })
    }
}

fn missing(path: &str) -> SiteError {
    SiteError::Unreadable { path: path.to_owned(), source: std::io::ErrorKind::NotFound.into() }
}
