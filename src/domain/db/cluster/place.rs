//! Where a cluster lies: PostgreSQL's folder and the folder of its socket. Normally both are in
//! the data folder; two limits of the system can drive them out of it. The user that PostgreSQL
//! runs as must be able to enter every parent, and a socket's path is short.

use std::{
    fs, io,
    os::unix::{
        ffi::OsStrExt,
        fs::{MetadataExt, symlink},
    },
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};

use super::{
    error::{At, ClusterError},
    files,
    folder::DataFolder,
    user::{self, RunAs},
};

/// The longest path of a socket, in bytes: what `sockaddr_un` has room for, less its closing zero.
const LONGEST_SOCKET: usize = if cfg!(target_os = "macos") { 103 } else { 107 };
/// PostgreSQL names its socket after the port, though it opens none.
pub(super) const PORT: u16 = 5432;
/// Where a system service's data belongs.
const STATE_FOLDER: &str = if cfg!(target_os = "macos") { "/var/db/tenantry" } else { "/var/lib/tenantry" };

/// Where a cluster lies, and as whom it runs.
#[derive(Debug, Clone)]
pub(super) struct Place {
    /// PostgreSQL's own folder, without links; absent until the cluster is made.
    pub(super) postgres: PathBuf,
    /// The folder of the socket.
    pub(super) sockets: PathBuf,
    pub(super) run_as: RunAs,
}

impl Place {
    /// Finds the cluster of a data folder, or chooses a place for it.
    pub(super) async fn find_or_choose(folder: &DataFolder) -> Result<Self, ClusterError> {
        let name = folder.postgres();
        let (postgres, run_as) = match (fs::canonicalize(&name), fs::read_link(&name)) {
            (Ok(postgres), _) => {
                let run_as = RunAs::owner_of(&postgres)?;
                (postgres, run_as)
            }
            (Err(_), Ok(target)) => return Err(ClusterError::Lost { link: name, target }),
            (Err(error), Err(_)) if error.kind() == io::ErrorKind::NotFound => {
                let run_as = RunAs::choose()?;
                (choose_home(folder, &run_as).await?.join("postgres"), run_as)
            }
            (Err(error), Err(_)) => return Err(error).at("find", &name),
        };
        let home = postgres.parent().unwrap_or(Path::new("/")).to_owned();
        if !run_as.may_enter(&home).await? {
            let user = run_as.name().unwrap_or("of this process").to_owned();
            return Err(ClusterError::Closed { user, folder: home });
        }
        let sockets = socket_folder(&home);
        make_private(&sockets, &run_as)?;
        Ok(Self { postgres, sockets, run_as })
    }

    /// Whether there is a cluster yet.
    pub(super) fn is_made(&self) -> bool {
        self.postgres.exists()
    }

    /// Makes a cluster that lies elsewhere known to the data folder.
    pub(super) fn link_from(&self, folder: &DataFolder) -> Result<(), ClusterError> {
        let name = folder.postgres();
        if self.postgres == name {
            return Ok(());
        }
        symlink(&self.postgres, &name).at("link", &name)?;
        files::sync_folder_of(&name).at("link", &name)
    }

    /// Removes the folder of the socket, if it had to be made elsewhere.
    pub(super) fn tidy(&self) {
        if self.sockets.parent() != self.postgres.parent() {
            // Where that fails it is empty, and used again the next time.
            let _ = fs::remove_dir(&self.sockets);
        }
    }

    /// PostgreSQL's major version that made the data; `None` if there are none.
    pub(super) fn version(&self) -> Option<u32> {
        fs::read_to_string(self.postgres.join("PG_VERSION")).ok()?.trim().parse().ok()
    }
}

/// The data folder, or one of the system's where PostgreSQL's user may not enter it: the home of
/// root, say, or a folder that its owner closed. Nobody's folder is opened to others for this.
async fn choose_home(folder: &DataFolder, run_as: &RunAs) -> Result<PathBuf, ClusterError> {
    if run_as.may_enter(folder.path()).await? {
        return Ok(folder.path().to_owned());
    }
    let state = Path::new(STATE_FOLDER);
    files::create_folder(state, 0o711).at("create", state)?;
    // A data folder that was deleted and made again must not meet the data of its former life.
    let name = short_hash(folder.path());
    let home = (1_u32..)
        .map(|count| state.join(if count == 1 { name.clone() } else { format!("{name}-{count}") }))
        .find(|home| !home.exists())
        .unwrap_or_else(|| state.join(&name));
    files::create_folder(&home, 0o711).at("create", &home)?;
    tracing::warn!(
        data.folder = %folder.path().display(),
        postgres.folder = %home.display(),
        "The user {} may not enter the data folder, so the database lies elsewhere; a copy of the data folder does not contain it.",
        run_as.name().unwrap_or("of this process"),
    );
    Ok(home)
}

/// Beside PostgreSQL's folder if the socket's path is short enough there, else under the system's
/// folder for such things.
pub(super) fn socket_folder(home: &Path) -> PathBuf {
    let beside = home.join("run");
    if fits(&beside) {
        return beside;
    }
    let name = format!("tenantry-{}", short_hash(home));
    let own = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
    let system = if user::is_root() { Some(PathBuf::from("/run")) } else { own };
    system
        .filter(|folder| folder.is_dir())
        .map(|folder| folder.join(&name))
        .filter(|folder| fits(folder))
        .unwrap_or_else(|| Path::new("/tmp").join(&name))
}

fn fits(folder: &Path) -> bool {
    folder.join(format!(".s.PGSQL.{PORT}")).as_os_str().len() <= LONGEST_SOCKET
}

/// Makes a folder that only PostgreSQL's user (and root) may enter. One that exists must be just
/// that: anyone may have made it, if it is in `/tmp`.
fn make_private(folder: &Path, run_as: &RunAs) -> Result<(), ClusterError> {
    if !folder.exists() {
        files::create_folder(folder, 0o700).at("create", folder)?;
        run_as.give(folder).at("give away", folder)?;
    }
    let found = fs::symlink_metadata(folder).at("read", folder)?;
    let private = found.is_dir() && found.mode() & 0o077 == 0 && found.uid() == run_as.uid();
    private.then_some(()).ok_or_else(|| ClusterError::Occupied(folder.to_owned()))
}

/// 16 hexadecimal digits that stand for a path.
fn short_hash(path: &Path) -> String {
    let digest = Sha256::digest(path.as_os_str().as_bytes());
    digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}
