//! PostgreSQL's settings. They stand on its command line, not in a file, so that the next start
//! always has what this version of the program means.

use super::{
    error::ClusterError,
    place::{PORT, Place},
};

/// What every cluster runs with.
const ALWAYS: [(&str, &str); 13] = [
    // A unix socket is the only door.
    ("listen_addresses", ""),
    ("unix_socket_permissions", "0700"),
    ("password_encryption", "scram-sha-256"),
    // A tenant with a schema of its own has dozens of tables, and a dump locks them all.
    ("max_locks_per_transaction", "1024"),
    ("max_connections", "200"),
    ("timezone", "UTC"),
    ("log_timezone", "UTC"),
    // Our queries are short; compiling one costs more than it can gain.
    ("jit", "off"),
    // A failed statement is our own affair and reported by the program. In PostgreSQL's log it
    // would only put customers' values into a file: log starts, crashes and refused connections.
    ("log_min_messages", "log"),
    ("log_min_error_statement", "panic"),
    ("log_error_verbosity", "terse"),
    ("log_checkpoints", "off"),
    ("log_line_prefix", "%m [%p] "),
];

/// For tests and demonstrations: nothing waits for the disk, and a power failure costs everything.
const THROWAWAY: [(&str, &str); 4] = [
    ("fsync", "off"),
    ("synchronous_commit", "off"),
    ("full_page_writes", "off"),
    // Test databases are small, and several clusters may run side by side.
    ("shared_buffers", "32MB"),
];

/// The arguments of `postgres` for a cluster.
pub(super) fn arguments(place: &Place, throwaway: bool) -> Result<Vec<String>, ClusterError> {
    let text =
        |path: &std::path::Path| path.to_str().map(str::to_owned).ok_or_else(|| ClusterError::NotText(path.to_owned()));
    let mut arguments = vec!["-D".to_owned(), text(&place.postgres)?];
    let mut set = |name: &str, value: &str| arguments.extend(["-c".to_owned(), format!("{name}={value}")]);
    // The setting is a list; quotes keep a comma in a folder's name from ending it.
    let sockets = text(&place.sockets)?.replace('"', r#""""#);
    set("unix_socket_directories", &format!("\"{sockets}\""));
    set("port", &PORT.to_string());
    let extra: &[_] = if throwaway { &THROWAWAY } else { &[] };
    for (name, value) in ALWAYS.iter().chain(extra) {
        set(name, value);
    }
    Ok(arguments)
}
