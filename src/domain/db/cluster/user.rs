//! As whom PostgreSQL runs. It refuses to run as root, so there the keeper borrows an unprivileged
//! user; anybody else runs it as themselves.

use std::{
    ffi::OsStr,
    fs, io,
    os::unix::fs::{MetadataExt, lchown},
    path::Path,
    process::Stdio,
};

use tokio::process::Command;

use super::error::{At, ClusterError};

const PASSWD: &str = "/etc/passwd";

/// Users that root may run PostgreSQL as, best first: PostgreSQL's own (Linux, macOS), one made
/// for the purpose, and the one that owns nothing.
const CANDIDATES: [&str; 4] = ["postgres", "_postgres", "tenantry", "nobody"];

/// Whether this process runs as root.
pub(super) fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// An unprivileged user of the system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Account {
    pub(super) name: String,
    pub(super) uid: u32,
    pub(super) gid: u32,
}

/// As whom PostgreSQL's programs run: another user, or (`None`) who we are.
#[derive(Debug, Clone)]
pub(super) struct RunAs(Option<Account>);

impl RunAs {
    /// For a cluster that is yet to be made.
    pub(super) fn choose() -> Result<Self, ClusterError> {
        if !is_root() {
            return Ok(Self(None));
        }
        let path = Path::new(PASSWD);
        let passwd = fs::read_to_string(path).at("read", path)?;
        let account = choose(&passwd).ok_or(ClusterError::NoAccount)?;
        if account.name == "nobody" {
            tracing::warn!("PostgreSQL runs as `nobody`; `useradd --system tenantry` gives it a user of its own");
        }
        Ok(Self(Some(account)))
    }

    /// For a cluster that exists: whoever owns it goes on running it.
    pub(super) fn owner_of(folder: &Path) -> Result<Self, ClusterError> {
        if !is_root() {
            return Ok(Self(None));
        }
        let owner = fs::metadata(folder).at("read", folder)?;
        if owner.uid() == 0 {
            return Self::choose();
        }
        let path = Path::new(PASSWD);
        let passwd = fs::read_to_string(path).at("read", path)?;
        let name = accounts(&passwd)
            .find(|account| account.uid == owner.uid())
            .map_or_else(|| owner.uid().to_string(), |account| account.name);
        Ok(Self(Some(Account { name, uid: owner.uid(), gid: owner.gid() })))
    }

    /// The user's name, where it is not who we are.
    pub(super) fn name(&self) -> Option<&str> {
        self.0.as_ref().map(|account| account.name.as_str())
    }

    /// The number of the user that what is made here belongs to.
    pub(super) fn uid(&self) -> u32 {
        self.0.as_ref().map_or_else(|| rustix::process::geteuid().as_raw(), |account| account.uid)
    }

    /// Gives a folder to that user.
    pub(super) fn give(&self, path: &Path) -> io::Result<()> {
        self.0.as_ref().map_or(Ok(()), |account| lchown(path, Some(account.uid), Some(account.gid)))
    }

    /// A program to run as that user: in `/`, which everyone may enter, and with nothing of our
    /// environment but the path, because `PGDATA`, `PGPORT`, `LC_ALL` and their like would speak
    /// against what we say ourselves, and our secrets are none of PostgreSQL's business.
    pub(super) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command.current_dir("/").env_clear().stdin(Stdio::null());
        if let Some(path) = std::env::var_os("PATH") {
            command.env("PATH", path);
        }
        if let Some(account) = &self.0 {
            command.uid(account.uid).gid(account.gid);
        }
        command
    }

    /// Whether that user may enter a folder, found by doing it: the bits of every parent, access
    /// lists and mount options all have a say.
    pub(super) async fn may_enter(&self, folder: &Path) -> Result<bool, ClusterError> {
        let status = self
            .command("/bin/sh")
            .args(["-c", r#"cd -- "$1""#, "sh"])
            .arg(folder)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .await
            .map_err(|source| ClusterError::Program { program: "/bin/sh".into(), source })?;
        Ok(status.success())
    }
}

pub(super) fn choose(passwd: &str) -> Option<Account> {
    CANDIDATES.iter().find_map(|name| accounts(passwd).find(|account| account.name == *name))
}

/// The lines `name:password:uid:gid:…` of a passwd file, root's and broken ones left out.
fn accounts(passwd: &str) -> impl Iterator<Item = Account> {
    passwd.lines().filter_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?.to_owned();
        let uid = fields.nth(1)?.parse().ok()?;
        let gid = fields.next()?.parse().ok()?;
        (uid != 0).then_some(Account { name, uid, gid })
    })
}
