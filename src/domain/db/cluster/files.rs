//! Files of the data folder: private, whole or absent, and readable by whoever owns the folder,
//! even where root made them.

use std::{
    fs::{self, DirBuilder, File, OpenOptions, Permissions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt, fchown, lchown},
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

use super::user;

/// Makes the data folder if there is none, and returns its absolute name without links.
///
/// It is closed to others (0700). Where root makes it, others may pass through it but not look
/// (0711), because the database in it runs as another user. A folder that exists stays as it is.
///
/// # Errors
/// What the file system says.
pub fn create_data_folder(path: &Path) -> io::Result<PathBuf> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    create_folder(path, if user::is_root() { 0o711 } else { 0o700 })?;
    path.canonicalize()
}

/// Makes a folder with just this mode, whatever the umask; one that exists stays as it is.
pub(super) fn create_folder(path: &Path, mode: u32) -> io::Result<()> {
    match DirBuilder::new().mode(mode).create(path) {
        Ok(()) => {
            fs::set_permissions(path, Permissions::from_mode(mode))?;
            owner_to_share_with(path)?.map_or(Ok(()), |(uid, gid)| lchown(path, Some(uid), Some(gid)))
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
        Err(error) => Err(error),
    }
}

/// Opens a file that only its owner may read, for reading and appending; makes it if need be.
pub(super) fn open_private(path: &Path) -> io::Result<File> {
    let options = || {
        let mut options = OpenOptions::new();
        options.read(true).append(true).mode(0o600);
        options
    };
    match options().create_new(true).open(path) {
        Ok(file) => share(&file, path).map(|()| file),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => options().open(path),
        Err(error) => Err(error),
    }
}

/// Replaces a file, which only its owner may read, in one step: a reader sees the old content or
/// the new, also after a power failure.
pub(crate) fn write_private(path: &Path, content: &[u8]) -> io::Result<()> {
    static WRITES: AtomicU64 = AtomicU64::new(0);

    let mut name = path.file_name().unwrap_or_default().to_owned();
    let count = WRITES.fetch_add(1, Ordering::Relaxed);
    name.push(format!(".{}-{count}.new", std::process::id()));
    let fresh = path.with_file_name(name);

    let write = || {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&fresh)?;
        file.write_all(content)?;
        file.sync_all()?;
        share(&file, path)?;
        fs::rename(&fresh, path)?;
        sync_folder_of(path)
    };
    write().inspect_err(|_| {
        // What is left of a failed attempt is of no use, and its own failure tells nothing more.
        let _ = fs::remove_file(&fresh);
    })
}

/// Removes a file; that there is none is just as well.
pub(super) fn remove_if_present(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Makes the names in a path's folder durable.
pub(super) fn sync_folder_of(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}

/// Gives a new file to the owner of its folder. By its handle, not its name: whoever owns the
/// folder could put a link to something else there meanwhile.
fn share(file: &File, path: &Path) -> io::Result<()> {
    owner_to_share_with(path)?.map_or(Ok(()), |(uid, gid)| fchown(file, Some(uid), Some(gid)))
}

/// Root may run a command on another user's data folder; that user's own commands must go on
/// working afterwards, so what root makes in somebody's folder belongs to them.
fn owner_to_share_with(path: &Path) -> io::Result<Option<(u32, u32)>> {
    let Some(folder) = path.parent().filter(|_| user::is_root()) else {
        return Ok(None);
    };
    let owner = fs::metadata(folder)?;
    Ok((owner.uid() != 0).then_some((owner.uid(), owner.gid())))
}
