//! The site inside the executable. `cargo xtask build` says where the list of files lies that the site's build has left.

use std::path::Path;

use bytes::Bytes;

use super::SiteError;

/// Path → bytes, sorted by path.
static FILES: &[(&str, &[u8])] =
    include!(env!("TENANTRY_SITE", "the site is put into the executable by `cargo xtask build`"));

/// Where the site's files are read from.
pub(super) struct Source;

impl Source {
    /// Always there; the executable's place plays no part. Fails as the site in a folder does, which is never.
    pub(super) fn open(_executable: &Path) -> Result<Self, SiteError> {
        Ok(Self)
    }

    /// A file of the site; `None` where there is none.
    pub(super) fn read(&self, path: &str) -> Result<Option<Bytes>, SiteError> {
        let index = FILES.binary_search_by_key(&path, |(name, _)| name).ok();
        Ok(index.and_then(|index| FILES.get(index)).map(|(_, content)| Bytes::from_static(content)))
    }
}
