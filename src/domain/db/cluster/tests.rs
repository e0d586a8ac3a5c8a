//! What can be tested without a process. The rest walks about in the package of tests, with the
//! real program.

use std::path::{Path, PathBuf};

use super::{
    files,
    idle::Idle,
    place::socket_folder,
    programs::{newest_first, parse_version},
    status::{State, Status, is_zombie},
    user,
};

/// A folder of its own for a test, removed with it.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("tenantry-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).expect("the system's folder for such things can be written to");
        Self(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[test]
fn a_database_without_anyone_stops_after_ten_seconds() {
    let mut idle = Idle::default();
    let looks = (1..).find(|_| idle.look(false, false)).expect("it stops at some time");
    assert_eq!(looks, 101, "ten looks a second, and one to begin with");
}

#[test]
fn whoever_comes_back_in_time_starts_the_wait_anew() {
    let mut idle = Idle::default();
    assert!((0..100).all(|_| !idle.look(false, false)));
    assert!(!idle.look(true, false));
    assert!((0..100).all(|_| !idle.look(false, false)));
}

#[test]
fn the_last_to_leave_in_order_stops_it_at_once_and_the_first_does_not() {
    let mut idle = Idle::default();
    assert!(!idle.look(true, true));
    assert!(idle.look(false, true));
}

#[test]
fn the_status_of_a_running_postgresql_is_understood() {
    let text = "4711\n/data/postgres\n1750000000\n5432\n/data/run\n\n  5432001    196610\nready   \n";
    let status = Status::parse(text).expect("this is what PostgreSQL writes");
    assert_eq!(status.process.as_raw_nonzero().get(), 4711);
    assert_eq!(status.sockets.as_deref(), Some(Path::new("/data/run")));
    assert_eq!(status.state, State::Ready);
}

#[test]
fn a_postgresql_that_just_begins_has_not_said_everything() {
    let status = Status::parse("4711\n/data/postgres\n1750000000\n5432\n").expect("a number is enough");
    assert_eq!((status.sockets, status.state), (None, State::Starting));
    assert_eq!(Status::parse(""), None);
    assert_eq!(Status::parse("no number\n"), None);
}

#[test]
fn a_process_that_has_ended_is_known_whatever_its_name() {
    assert!(is_zombie("4711 (postgres) Z 1 4711 4711 0 -1"));
    assert!(is_zombie("4711 (odd) S name) Z 1"));
    assert!(!is_zombie("4711 (Z) S 1 4711"));
}

#[test]
fn versions_are_read_as_the_distributions_write_them() {
    assert_eq!(parse_version("postgres (PostgreSQL) 15.18 (Debian 15.18-1.pgdg120+1)\n"), Some(15));
    assert_eq!(parse_version("postgres (PostgreSQL) 18beta1"), Some(18));
    assert_eq!(parse_version("postgres (EnterpriseDB) 15.1"), None);
}

#[test]
fn the_newest_version_comes_first_by_number_and_not_by_letter() {
    let scratch = Scratch::new("versions");
    for name in ["9", "15", "17", "common"] {
        std::fs::create_dir(scratch.0.join(name)).expect("a scratch folder");
    }
    let names: Vec<_> =
        newest_first(&scratch.0, "").into_iter().filter_map(|path| Some(path.file_name()?.to_owned())).collect();
    assert_eq!(names, ["17", "15", "9"]);
}

#[test]
fn postgresql_runs_as_its_own_user_before_any_other() {
    let passwd = "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534::/:/bin/false\nbroken\npostgres:x:101:104:PostgreSQL:/var/lib/postgresql:/bin/bash\n";
    let account = user::choose(passwd).expect("there is one");
    assert_eq!((account.name.as_str(), account.uid, account.gid), ("postgres", 101, 104));
}

#[test]
fn postgresql_never_runs_as_root_by_another_name() {
    assert_eq!(user::choose("root:x:0:0::/root:/bin/sh\npostgres:x:0:0::/:/bin/sh\n"), None);
}

#[test]
fn a_socket_moves_out_of_a_folder_that_is_too_deep() {
    let shallow = Path::new("/srv/tenantry");
    assert_eq!(socket_folder(shallow), shallow.join("run"));
    let deep = Path::new("/srv").join("d".repeat(90));
    let elsewhere = socket_folder(&deep);
    assert!(!elsewhere.starts_with("/srv"), "{}", elsewhere.display());
    assert_eq!(elsewhere, socket_folder(&deep), "the same folder has the same socket");
}

#[test]
fn a_file_is_replaced_whole_and_private() {
    use std::os::unix::fs::PermissionsExt;

    let scratch = Scratch::new("files");
    let path = scratch.0.join("record");
    for content in ["first", "second"] {
        files::write_private(&path, content.as_bytes()).expect("a scratch file");
    }
    assert_eq!(std::fs::read_to_string(&path).expect("it was written"), "second");
    let mode = std::fs::metadata(&path).expect("it was written").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(std::fs::read_dir(&scratch.0).expect("a scratch folder").count(), 1, "nothing is left beside it");
}
