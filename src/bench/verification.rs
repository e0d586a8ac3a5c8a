//! What it takes to verify isolation, as an operator does it: the built program beside a running server.

use std::process::Command;

use serde_json::Value;
use tenantry_testkit::Binary;

use crate::figures::Row;

/// Seconds in which all of it is to be tried, on two cores.
const PROMISED: f64 = 45.0;

/// Measures it. The program is the one that the tests use, which is not optimised.
pub fn measure() -> Row {
    let folder = Binary::new_folder();
    let server = Binary::serve(&folder);
    let mut verify = Command::new(Binary::program());
    verify.args(["verify", "isolation", "--json", "--data-dir"]).arg(&folder).env("TENANTRY_LOG", "error");
    let output = verify.output().expect("the program runs");
    let report: Value = serde_json::from_slice(&output.stdout).expect("a report");
    assert!(server.stop(), "it ends in order");
    std::fs::remove_dir_all(&folder).expect("its folder can be removed");
    let (tried, leaks, seconds) = (&report["tried"], &report["leaks"], report["seconds"].as_f64().unwrap_or(f64::NAN));
    Row {
        what: "verify isolation, the program as it is tested",
        measured: format!("{seconds:.1} s"),
        reference: format!("{tried} attacks, {leaks} leaks"),
        target: "< 45 s",
        reached: seconds < PROMISED && *leaks == 0,
    }
}
