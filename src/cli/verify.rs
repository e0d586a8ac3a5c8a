//! `tenantry verify`: what the installation promises, tried. This room finds the cluster and makes the scratch database; the
//! composition root, which knows every door, tries them there.

use std::{fmt::Write as _, io, path::Path};

use clap::Subcommand;
use tenantry_domain::{
    db::{
        Connections, DbError,
        cluster::{AttachOptions, Cluster, ClusterError},
        instance::{Database, Instance, InstanceError},
        secret::{InstallationSecret, SecretError},
    },
    ops::verify::{Ground, Report, Scratch, ScratchError},
    services::Entropy,
};

use crate::{Given, output};

/// What can be verified.
#[derive(Clone, Copy, Debug, Subcommand)]
pub enum VerifyCommand {
    /// Attack the database, the API, the server functions and the pages with another organization's things. It works on a
    /// database of its own, which is dropped afterwards; customers' rows are never touched.
    Isolation,
}

/// Why nothing was verified.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// The installation's secret.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// The note of what its server was started with.
    #[error(transparent)]
    Instance(#[from] InstanceError),
    /// Its embedded cluster.
    #[error(transparent)]
    Cluster(#[from] ClusterError),
    /// Its database.
    #[error(transparent)]
    Db(#[from] DbError),
    /// The database to try things on.
    #[error(transparent)]
    Scratch(#[from] ScratchError),
    /// The surroundings of the process.
    #[error("{0}")]
    Process(#[from] io::Error),
}

/// The scratch database, and the cluster that runs while it is there.
#[derive(Debug)]
pub struct Field {
    scratch: Scratch,
    cluster: Option<Cluster>,
}

impl Field {
    /// Makes a scratch database in the cluster of a data folder, whether or not a server runs on it.
    ///
    /// # Errors
    /// When the cluster cannot be reached, or no database be made in it.
    pub async fn open(data_dir: &Path, given: &Given) -> Result<Self, VerifyError> {
        let secret = given.get("TENANTRY_SECRET");
        let (secret, _) = InstallationSecret::load(data_dir, secret.as_deref(), || Entropy.bytes())?;
        let noted = Instance::read(data_dir)?.map(|instance| instance.database);
        if let Some(url) = address(noted, given.get("DATABASE_URL")) {
            let connections = Connections::elsewhere(&url, &secret)?;
            return Ok(Self { scratch: Scratch::elsewhere(&connections).await?, cluster: None });
        }
        let keeper_executable = std::env::current_exe()?;
        let options = AttachOptions { keeper_executable, throwaway: false, secret: &secret };
        let cluster = Cluster::attach(data_dir, options).await?;
        match Scratch::embedded(&cluster).await {
            Ok(scratch) => Ok(Self { scratch, cluster: Some(cluster) }),
            Err(error) => {
                cluster.leave().await;
                Err(error.into())
            }
        }
    }

    /// Where attacks are tried.
    #[must_use]
    pub const fn ground(&self) -> &Ground {
        &self.scratch.ground
    }

    /// Drops the database and lets go of the cluster; close the pools before.
    ///
    /// # Errors
    /// When the database is left behind; the next run sweeps it.
    pub async fn close(self) -> Result<(), VerifyError> {
        let dropped = self.scratch.drop().await;
        if let Some(cluster) = self.cluster {
            cluster.leave().await;
        }
        Ok(dropped?)
    }
}

/// Where somebody else's PostgreSQL is: what the server noted counts, and only where none ever ran the environment.
fn address(noted: Option<Database>, given: Option<String>) -> Option<String> {
    match noted {
        Some(Database::External { url }) => Some(url),
        Some(Database::Embedded { .. }) => None,
        None => given,
    }
}

/// Prints the report.
///
/// # Errors
/// When standard output is closed.
pub fn print(json: bool, report: &Report) -> io::Result<()> {
    output::print(json, report, || text(report))
}

fn text(report: &Report) -> String {
    let mut text = String::new();
    // Writing into a text cannot fail.
    for group in &report.groups {
        let _ = writeln!(text, "{:>6} tried  {:>4} through  {}", group.tried, group.leaks, group.name);
    }
    for finding in &report.findings {
        let _ = writeln!(text, "LEAK at {}: {}: {}", finding.place, finding.attack, finding.outcome);
    }
    for sentence in &report.untried {
        let _ = writeln!(text, "not tried: {sentence}");
    }
    let _ = write!(text, "{} attacks, {} got through, in {:.1} s.", report.tried, report.leaks, report.seconds);
    text
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use clap::Parser as _;
    use tenantry_domain::ops::verify::Tally;

    use super::*;
    use crate::Cli;

    #[test]
    fn json_may_be_asked_for_before_and_after_the_noun() {
        for line in
            ["tenantry --json verify isolation", "tenantry verify --json isolation", "tenantry verify isolation --json"]
        {
            assert!(Cli::try_parse_from(line.split(' ')).expect("a right line").json, "{line}");
        }
    }

    #[test]
    fn a_report_says_what_was_tried_and_where_something_got_through() {
        let mut tally = Tally::default();
        tally.begin("reading another's rows");
        tally.tried("org.jobs", "reading without a tenant", Some("done to 2 rows instead of none".into()));
        tally.untried("Large objects: nobody can.");
        assert_eq!(
            text(&tally.report(Duration::from_millis(1240))),
            "     1 tried     1 through  reading another's rows\n\
             LEAK at org.jobs: reading without a tenant: done to 2 rows instead of none\n\
             not tried: Large objects: nobody can.\n\
             1 attacks, 1 got through, in 1.2 s."
        );
    }

    #[test]
    fn what_a_server_noted_counts_more_than_the_environment() {
        let elsewhere = Database::External { url: "postgres://noted".into() };
        let given = || Some("postgres://given".to_owned());
        assert_eq!(address(Some(elsewhere), given()).as_deref(), Some("postgres://noted"));
        assert_eq!(address(None, given()), given());
        let own = Database::Embedded { postgres_folder: "/a".into(), socket_folder: "/b".into(), throwaway: false };
        assert_eq!(address(Some(own), given()), None);
    }
}
