//! The threat model names tests; here every name must be a test's.

use std::{
    fs,
    path::{Path, PathBuf},
};

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for path in fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn every_test_that_the_threat_model_names_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let text = fs::read_to_string(root.join("src/docs/threat-model.md")).expect("it is written");
    let mut files = Vec::new();
    sources(&root.join("src"), &mut files);
    let code: String = files.iter().map(|file| fs::read_to_string(file).expect("a source")).collect();
    let rows: Vec<&str> = text.lines().filter(|line| line.starts_with("| ") && line.contains(" `")).collect();
    let mut named = 0;
    for row in rows {
        let proof = row.trim_end_matches(" |").rsplit(" | ").next().unwrap_or_default();
        for test in proof.split('`').skip(1).step_by(2) {
            let is_test = code.contains(&format!("fn {test}()"));
            assert!(is_test, "the threat model names {test}, and no test is called so");
            named += 1;
        }
    }
    assert!(named > 20, "the names were not found");
}
