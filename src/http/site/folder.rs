//! The site in a folder: where it is looked for, and how it is read.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use bytes::Bytes;

use super::{MANIFEST, SiteError, SiteSettings};

/// Where the site's files are read from.
pub(super) struct Source {
    folder: PathBuf,
}

impl Source {
    /// The nearest built site above the executable: `target/debug/tenantry` finds `target/site`, and so does a program
    /// that is installed beside its site.
    pub(super) fn open(executable: &Path) -> Result<Self, SiteError> {
        let settings = SiteSettings::load()?;
        let name = settings.site_root.strip_prefix("target/").unwrap_or(&settings.site_root);
        let mut folders = executable.ancestors().skip(1).map(|folder| folder.join(name));
        let found = folders.find(|folder| folder.join(MANIFEST).is_file());
        found.map(|folder| Self { folder }).ok_or_else(|| SiteError::Missing(executable.to_owned()))
    }

    /// A file of the site; `None` where there is none.
    pub(super) fn read(&self, path: &str) -> Result<Option<Bytes>, SiteError> {
        match fs::read(self.folder.join(path)) {
            Ok(content) => Ok(Some(Bytes::from(content))),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(source) => Err(SiteError::Unreadable { path: path.to_owned(), source }),
        }
    }
}
