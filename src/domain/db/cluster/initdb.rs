//! Making a cluster. It is made beside its place and moved there when it is whole, so that a crash
//! in the middle leaves no half of one behind.

use std::{fs, path::Path, process::Output};

use super::{
    error::{At, ClusterError},
    files,
    place::Place,
    programs::Programs,
};

/// The superuser's name. Its password comes from the installation's secret.
pub(super) const SUPERUSER: &str = "postgres";

/// Locales to try. Both compare text by its bytes, which no upgrade of the system changes (an
/// index sorted by another version's rules is a corrupt index); the first also knows letters
/// beyond ASCII, but not every system has it.
const LOCALES: [&str; 2] = ["C.UTF-8", "C"];

/// Makes the cluster of a place.
pub(super) async fn make(
    place: &Place,
    programs: &Programs,
    password: &str,
    throwaway: bool,
) -> Result<(), ClusterError> {
    let home = place.postgres.parent().unwrap_or(Path::new("/"));
    // The number keeps it apart from one that an interrupted predecessor may still write to.
    let fresh = home.join(format!("postgres.new-{}", std::process::id()));
    let password_file = place.sockets.join("password");

    files::write_private(&password_file, password.as_bytes()).at("write", &password_file)?;
    let made = run_until_one_works(place, programs, &fresh, &password_file, throwaway).await;
    files::remove_if_present(&password_file).at("remove", &password_file)?;
    made?;

    fs::rename(&fresh, &place.postgres).at("move", &fresh)?;
    files::sync_folder_of(&place.postgres).at("move", &place.postgres)
}

async fn run_until_one_works(
    place: &Place,
    programs: &Programs,
    fresh: &Path,
    password_file: &Path,
    throwaway: bool,
) -> Result<(), ClusterError> {
    let mut complaint = String::new();
    for locale in LOCALES {
        files::create_folder(fresh, 0o700).at("create", fresh)?;
        place.run_as.give(fresh).at("give away", fresh)?;
        let output = run(place, programs, locale, fresh, password_file, throwaway).await?;
        if output.status.success() {
            return Ok(());
        }
        complaint = String::from_utf8_lossy(&output.stderr).trim_end().to_owned();
        fs::remove_dir_all(fresh).at("remove", fresh)?;
    }
    Err(ClusterError::Initdb(complaint))
}

async fn run(
    place: &Place,
    programs: &Programs,
    locale: &str,
    fresh: &Path,
    password_file: &Path,
    throwaway: bool,
) -> Result<Output, ClusterError> {
    let mut command = place.run_as.command(programs.initdb());
    command
        .args(["--username", SUPERUSER, "--auth", "scram-sha-256", "--encoding", "UTF8"])
        .args(["--lc-collate", "C", "--locale", locale])
        .arg("--pgdata")
        .arg(fresh)
        .arg("--pwfile")
        .arg(password_file);
    if throwaway {
        command.arg("--no-sync");
    }
    command
        .output()
        .await
        .map_err(|source| ClusterError::Program { program: programs.initdb().display().to_string(), source })
}

/// Removes what interrupted attempts left. One whose keeper was killed may still be at work; it
/// fails for want of its files, and what it leaves is swept up the next time.
pub(super) fn sweep(place: &Place) {
    let home = place.postgres.parent().unwrap_or(Path::new("/"));
    let children = fs::read_dir(home).into_iter().flatten().flatten();
    for child in children.filter(|child| child.file_name().as_encoded_bytes().starts_with(b"postgres.new-")) {
        if let Err(error) = fs::remove_dir_all(child.path()) {
            tracing::debug!(folder = %child.path().display(), %error, "What is left of an attempt was not removed.");
        }
    }
}
