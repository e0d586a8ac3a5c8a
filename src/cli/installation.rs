//! An installation, opened: its secret, its database (embedded or elsewhere), brought up to date and checked.

use std::{
    io,
    path::{Path, PathBuf},
};

use tenantry_domain::{
    Services, Settings,
    access::Operator,
    db::{
        Connections, Db, DbError,
        cluster::{AttachOptions, Cluster, ClusterError},
        instance::{Database, Instance, InstanceError},
        migrate::{self, MigrationError},
        roles::DatabaseName,
        secret::{InstallationSecret, Origin, SecretError},
    },
    services::Entropy,
};
use url::Url;

use crate::Given;

/// Why an installation cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum InstallationError {
    /// Its secret.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// Its embedded cluster.
    #[error(transparent)]
    Cluster(#[from] ClusterError),
    /// Its database.
    #[error(transparent)]
    Database(#[from] DbError),
    /// Its schema.
    #[error(transparent)]
    Migration(#[from] MigrationError),
    /// The note of what its server was started with.
    #[error(transparent)]
    Instance(#[from] InstanceError),
    /// No server was ever started here, so there is nothing to command.
    #[error("{} is no installation: no server was ever started there", .0.display())]
    Nowhere(PathBuf),
    /// This program's own file.
    #[error("this program's own file cannot be found: {0}")]
    Executable(#[from] io::Error),
}

/// An installation that is open.
#[derive(Debug)]
pub struct Installation {
    cluster: Option<Cluster>,
    connections: Connections,
    operator: Operator,
    /// What commands read to find the database.
    instance: Instance,
}

impl Installation {
    /// Opens an installation and brings its database up to date.
    ///
    /// # Errors
    /// Whatever keeps it from being safe to use.
    pub async fn open(
        data_dir: &Path,
        secret: Option<&str>,
        database_url: Option<&str>,
    ) -> Result<Self, InstallationError> {
        let (secret, origin) = InstallationSecret::load(data_dir, secret, || Entropy.bytes())?;
        if origin == Origin::Created {
            tracing::warn!(
                file = %data_dir.join("secret").display(),
                "A secret was made for this installation. Keep a copy of it: without it the stored secrets are lost."
            );
        }
        let (cluster, connections, database) = match database_url {
            Some(url) => (None, Connections::elsewhere(url, &secret)?, Database::External { url: url.to_owned() }),
            None => {
                let keeper_executable = std::env::current_exe()?;
                let options = AttachOptions { keeper_executable, throwaway: false, secret: &secret };
                let cluster = Cluster::attach(data_dir, options).await?;
                cluster.prepare(&DatabaseName::tenantry()).await?;
                let connections = Connections::embedded(&cluster);
                let database = Database::Embedded {
                    postgres_folder: cluster.postgres_folder().to_owned(),
                    socket_folder: cluster.socket_folder().to_owned(),
                    throwaway: false,
                };
                (Some(cluster), connections, database)
            }
        };
        migrate::run(&connections.migrator).await?;
        let instance = Instance {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            database,
            public_url: None,
            base_domain: None,
            plans: None,
            dev: false,
            loopback_tools: false,
        };
        Ok(Self { cluster, connections, operator: Operator::holding(&secret), instance })
    }

    /// Opens the installation of a folder as its server was started, whether or not it runs now.
    ///
    /// # Errors
    /// [`InstallationError::Nowhere`]; whatever keeps it from being safe to use.
    pub async fn of(data_dir: &Path, given: &Given) -> Result<Self, InstallationError> {
        let noted = Instance::read(data_dir)?.ok_or_else(|| InstallationError::Nowhere(data_dir.to_owned()))?;
        let url = match &noted.database {
            Database::External { url } => Some(url.as_str()),
            Database::Embedded { .. } => None,
        };
        let secret = given.get("TENANTRY_SECRET");
        let opened = Self::open(data_dir, secret.as_deref(), url).await?;
        Ok(Self { instance: noted, ..opened })
    }

    /// Who holds the installation's secret may act in every organization.
    #[must_use]
    pub const fn operator(&self) -> &Operator {
        &self.operator
    }

    /// The address under which people reach it, as its server was told.
    #[must_use]
    pub fn public_url(&self) -> Option<&str> {
        self.instance.public_url.as_deref()
    }

    /// The address under which people reach the server that was last started in a folder.
    ///
    /// # Errors
    /// When the folder's note cannot be read.
    pub fn noted_url(data_dir: &Path) -> Result<Option<Url>, InstallationError> {
        let noted = Instance::read(data_dir)?.and_then(|instance| instance.public_url);
        Ok(noted.and_then(|url| url.parse().ok()))
    }

    /// Whether tools may call this machine itself, as its server was told.
    #[must_use]
    pub const fn loopback_tools(&self) -> bool {
        self.instance.loopback_tools
    }

    /// Services over its database.
    #[must_use]
    pub fn services(&self, settings: Settings) -> Services {
        Services::new(Db::new(&self.connections), settings)
    }

    /// Notes what a server was started with, for the commands that come later.
    ///
    /// # Errors
    /// When the note cannot be written.
    pub fn note(&self, data_dir: &Path, settings: &Settings, dev: bool) -> Result<(), InstallationError> {
        let instance = Instance {
            public_url: Some(settings.public_url.to_string()),
            base_domain: settings.base_domain.clone(),
            plans: Some(format!("{:?}", settings.plans).to_lowercase()),
            dev,
            loopback_tools: settings.loopback_tools,
            ..self.instance.clone()
        };
        Ok(instance.write(data_dir)?)
    }

    /// Lets go of the database in order; close the services' connections before.
    pub async fn close(self) {
        if let Some(cluster) = self.cluster {
            cluster.leave().await;
        }
    }
}
