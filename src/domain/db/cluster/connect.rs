//! How to connect to the cluster.

use std::path::Path;

use sqlx::{
    ConnectOptions,
    postgres::{PgConnectOptions, PgSslMode},
};

use super::place::PORT;
use crate::db::{roles, secret::InstallationSecret};

/// `invalid_password` in PostgreSQL's table of error codes.
const INVALID_PASSWORD: &str = "28P01";

/// A connection through the socket in a folder, as a role, to a database. The migrator acts as
/// the owner from its first statement on.
pub(super) fn options(sockets: &Path, secret: &InstallationSecret, role: &str, database: &str) -> PgConnectOptions {
    let options = PgConnectOptions::new_without_pgpass()
        .socket(sockets)
        .port(PORT)
        .ssl_mode(PgSslMode::Disable)
        .username(role)
        .password(&secret.password(role))
        .database(database)
        .application_name("tenantry");
    if role == roles::MIGRATOR {
        return options.options([("role", roles::OWNER)]);
    }
    if role == super::initdb::SUPERUSER {
        // The superuser prepares what may have been prepared before, and that is worth no note.
        return options.options([("client_min_messages", "warning")]).disable_statement_logging();
    }
    options
}

/// Whether PostgreSQL was there and did not accept the password.
pub(super) fn is_refused_password(error: &sqlx::Error) -> bool {
    error.as_database_error().and_then(|error| error.code()).is_some_and(|code| code == INVALID_PASSWORD)
}
