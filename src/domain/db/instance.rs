//! `DATA/instance.json`: what this installation's server was started with. A command that is given
//! nothing but the data folder finds the same database, and speaks of the same address, whether or
//! not a server runs.

use std::{
    fmt, fs, io,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use super::cluster::files::write_private;

/// The file's name in the data folder.
const FILE: &str = "instance.json";

/// Why the record could not be read or written.
#[derive(Debug, thiserror::Error)]
#[error("could not {action} {}: {source}", path.display())]
pub struct InstanceError {
    action: &'static str,
    path: PathBuf,
    source: io::Error,
}

/// What a server was started with. A field that a newer version added is unknown to an older one,
/// and one that it lacks has a default: so either version may read what the other wrote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instance {
    /// The version of the program that wrote this.
    #[serde(default)]
    pub version: String,
    /// Where its database is.
    pub database: Database,
    /// The address under which the world sees it (`TENANTRY_PUBLIC_URL`).
    #[serde(default)]
    pub public_url: Option<String>,
    /// The domain of which each tenant has a subdomain (`TENANTRY_BASE_DOMAIN`).
    #[serde(default)]
    pub base_domain: Option<String>,
    /// Who may change plans (`TENANTRY_PLANS`).
    #[serde(default)]
    pub plans: Option<String>,
    /// Whether it was started for development (`serve --dev`).
    #[serde(default)]
    pub dev: bool,
    /// Whether tools may call this machine itself (`TENANTRY_ALLOW_LOOPBACK_TOOLS`).
    #[serde(default)]
    pub loopback_tools: bool,
}

/// Where the database is.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Database {
    /// A private cluster, started with whoever needs it.
    Embedded {
        /// PostgreSQL's own folder. Not in the data folder where PostgreSQL's user may not enter
        /// that: then a copy of the data folder is no backup.
        postgres_folder: PathBuf,
        /// The folder of its socket.
        socket_folder: PathBuf,
        /// Whether a power failure may cost the data.
        #[serde(default)]
        throwaway: bool,
    },
    /// A server that somebody else runs.
    External {
        /// Its `DATABASE_URL`, with the migrator's password.
        url: String,
    },
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Embedded { postgres_folder, .. } => write!(f, "Embedded({})", postgres_folder.display()),
            Self::External { .. } => f.write_str("External(…)"),
        }
    }
}

impl Instance {
    /// Reads the record of a data folder; `None` if no server ever started there.
    ///
    /// # Errors
    /// When it is there and cannot be read or understood.
    pub fn read(data_dir: &Path) -> Result<Option<Self>, InstanceError> {
        let path = data_dir.join(FILE);
        let parsed = match fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes).map(Some).map_err(io::Error::from),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        };
        parsed.map_err(|source| InstanceError { action: "read", path, source })
    }

    /// Writes the record (0600: it may hold a password) in one step.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&self, data_dir: &Path) -> Result<(), InstanceError> {
        let path = data_dir.join(FILE);
        serde_json::to_vec_pretty(self)
            .map_err(io::Error::from)
            .and_then(|bytes| write_private(&path, &bytes))
            .map_err(|source| InstanceError { action: "write", path, source })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_of_another_version_is_understood() {
        let text = r#"{"database": {"kind": "external", "url": "postgres://db"}, "invented_later": 1}"#;
        let instance: Instance = serde_json::from_str(text).expect("unknown and missing fields are no error");
        assert_eq!(instance.database, Database::External { url: "postgres://db".into() });
        assert!(!instance.dev);
    }

    #[test]
    fn a_password_is_not_printed() {
        let database = Database::External { url: "postgres://a:hush@db/tenantry".into() };
        assert!(!format!("{database:?}").contains("hush"));
    }
}
