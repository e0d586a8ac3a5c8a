//! Who may know whom. Cargo holds the edges between crates once they are drawn; this holds the drawing, and what lies
//! within a crate. The sources are read as text, so the rules are few and coarse.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// Longest source file, in lines.
const LONGEST: usize = 400;

/// The crates of the house and what each may know of the others.
const EDGES: &[(&str, &[&str])] = &[
    ("kernel", &[]),
    ("domain", &["tenantry-kernel"]),
    ("http", &["tenantry-domain", "tenantry-kernel"]),
    ("cli", &["tenantry-domain", "tenantry-kernel"]),
    ("testkit", &["tenantry-domain", "tenantry-http", "tenantry-kernel"]),
    ("tests", &["tenantry-domain", "tenantry-http", "tenantry-kernel", "tenantry-testkit"]),
    ("bench", &["tenantry-domain", "tenantry-http", "tenantry-kernel", "tenantry-testkit"]),
    ("xtask", &[]),
];

/// What a crate must never come to need.
const STRANGERS: &[(&str, &[&str])] = &[
    ("kernel", &["tokio", "sqlx", "axum", "http", "hyper", "reqwest", "leptos", "tracing", "getrandom", "rand"]),
    ("domain", &["axum", "http", "hyper", "leptos", "tower", "tower-http", "utoipa"]),
    ("http", &["sqlx", "leptos", "argon2", "reqwest"]),
    ("cli", &["axum", "leptos", "sqlx", "reqwest"]),
    ("tests", &["leptos"]),
];

/// The slices: the same name in every room.
const SLICES: &[&str] = &[
    "access",
    "accounts",
    "audit",
    "billing",
    "branding",
    "dispatch",
    "keys",
    "live",
    "members",
    "metering",
    "onboarding",
    "ops",
    "security",
    "sso",
    "tenancy",
    "webhooks",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Every file below a folder with an extension, by its path from the root.
fn files(folder: &str, extension: &str) -> Vec<(String, String)> {
    fn walk(folder: &Path, extension: &str, found: &mut Vec<PathBuf>) {
        let Ok(entries) = fs::read_dir(folder) else { return };
        for path in entries.map(|entry| entry.expect("an entry").path()) {
            if path.is_dir() {
                walk(&path, extension, found);
            } else if path.extension().is_some_and(|own| own == extension) {
                found.push(path);
            }
        }
    }
    let (root, mut found) = (root(), Vec::new());
    walk(&root.join(folder), extension, &mut found);
    found.sort();
    let named = found.into_iter().map(|path| {
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        (path.strip_prefix(&root).expect("below the root").to_string_lossy().into_owned(), text)
    });
    named.collect()
}

/// The lines that are no comment.
fn code(text: &str) -> String {
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// The names under `[dependencies]` of a crate.
fn dependencies(krate: &str) -> BTreeSet<String> {
    let text = fs::read_to_string(root().join("src").join(krate).join("Cargo.toml")).expect("a crate has a manifest");
    let tables = text.split("\n[").filter(|table| {
        table.starts_with("dependencies]") || (krate == "tests" && table.starts_with("dev-dependencies]"))
    });
    let lines = tables.flat_map(|table| table.lines().skip(1)).filter(|line| !line.starts_with('#'));
    let name = |line: &str| line.split(['.', '=', ' ']).next().unwrap_or_default().to_owned();
    lines.map(name).filter(|name| !name.is_empty()).collect()
}

/// The first names behind a path such as `crate::app::`, in code: one of `use crate::app::error::X`, several of
/// `use crate::app::{error, ui::{Button, Card}}`.
fn names_behind(path: &str, code: &str) -> BTreeSet<String> {
    let word = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let mut names = BTreeSet::new();
    for after in code.split(path).skip(1) {
        let Some(list) = after.strip_prefix('{') else {
            names.insert(word(after));
            continue;
        };
        let (mut depth, mut at_start) = (1, true);
        for (index, letter) in list.char_indices() {
            match letter {
                '{' => depth += 1,
                '}' => depth -= 1,
                ',' if depth == 1 => at_start = true,
                _ if at_start && depth == 1 && !letter.is_whitespace() => {
                    names.insert(word(&list[index..]));
                    at_start = false;
                }
                _ => {}
            }
            if depth == 0 {
                break;
            }
        }
    }
    names
}

/// The slice that a file of a room belongs to.
fn slice_of<'a>(room: &str, path: &'a str) -> Option<&'a str> {
    let inside = path.strip_prefix(room)?;
    let name = inside.split('/').next()?.trim_end_matches(".rs");
    SLICES.contains(&name).then_some(name)
}

#[test]
fn crates_know_what_the_house_lets_them_know() {
    for (krate, allowed) in EDGES {
        let known = dependencies(krate).into_iter().filter(|name| name.starts_with("tenantry"));
        let too_much: Vec<String> = known.filter(|name| !allowed.contains(&name.as_str())).collect();
        assert!(too_much.is_empty(), "src/{krate} must not know {too_much:?}");
    }
    let folders = fs::read_dir(root().join("src")).expect("the sources");
    for folder in folders.map(|entry| entry.expect("an entry").path()).filter(|path| path.join("Cargo.toml").is_file())
    {
        let name = folder.file_name().expect("a name").to_string_lossy().into_owned();
        assert!(EDGES.iter().any(|(krate, _)| *krate == name), "src/{name} is a new room: say here what it may know");
    }
}

#[test]
fn crates_do_without_what_is_not_their_business() {
    for (krate, strangers) in STRANGERS {
        let needed = dependencies(krate);
        let found: Vec<&&str> = strangers.iter().filter(|stranger| needed.contains(**stranger)).collect();
        assert!(found.is_empty(), "src/{krate} must do without {found:?}");
    }
}

#[test]
fn the_design_system_knows_the_kernel_at_most() {
    for (path, text) in files("src/app/ui", "rs") {
        let code = code(&text);
        for stranger in ["tenantry_domain", "tenantry_http", "tenantry_cli", "leptos_axum", "leptos_router::hooks"] {
            assert!(!code.contains(stranger), "{path} knows {stranger}");
        }
        let beside: BTreeSet<String> =
            names_behind("crate::app::", &code).into_iter().filter(|name| name != "ui").collect();
        assert!(beside.is_empty(), "{path} knows {beside:?}");
    }
}

#[test]
fn a_slice_of_the_app_knows_no_other_slice() {
    let mut crossings = Vec::new();
    for (path, text) in files("src/app", "rs") {
        let Some(own) = slice_of("src/app/", &path) else { continue };
        let code = code(&text);
        let mut known = names_behind("crate::app::", &code);
        known.extend(names_behind("super::super::", &code));
        let others = known.into_iter().filter(|name| name != own && SLICES.contains(&name.as_str()));
        crossings.extend(others.map(|other| format!("{path} knows the slice {other}")));
    }
    assert!(crossings.is_empty(), "{}", crossings.join("\n"));
}

#[test]
fn queries_stand_in_files_of_queries_alone() {
    let asks = |code: &str| ["query!(", "query_as!(", "query_scalar!("].iter().any(|macro_| code.contains(macro_));
    let mut asking = 0;
    for (path, text) in files("src", "rs") {
        if path.starts_with("src/tests/") || !asks(&code(&text)) {
            continue;
        }
        let name = path.rsplit('/').next().unwrap_or_default();
        assert!(path.starts_with("src/domain/"), "{path} asks the database; only the domain does");
        assert!(name.starts_with("sql") || name == "history.rs", "{path} asks the database; put the query into sql.rs");
        asking += 1;
    }
    assert!(asking > 5, "the test finds no queries at all");
}

/// A module that is private to its slice cannot be used by another: the compiler holds the rest.
#[test]
fn a_slices_queries_are_its_own() {
    for (path, text) in files("src/domain", "rs") {
        for line in code(&text).lines().filter(|line| line.contains("mod sql")) {
            assert!(line.trim_start().starts_with("mod sql"), "{path} shows its queries to others: {line}");
        }
    }
}

/// Tenants' rows are reached through the transactions of `db/tx.rs`; the pool behind them begins them and nothing else.
#[test]
fn the_applications_pool_is_opened_in_one_place() {
    for (path, text) in files("src", "rs") {
        let opens = code(&text).contains("begin_with(") && !path.starts_with("src/tests/");
        assert!(!opens || path == "src/domain/db/mod.rs", "{path} begins a transaction of its own");
    }
}

/// An address that somebody else has chosen is called by one client, which judges it; a second one would not.
#[test]
fn there_is_one_way_out() {
    let mut ways = Vec::new();
    for (path, text) in files("src", "rs") {
        let is_ours = ["src/domain/", "src/http/", "src/app/", "src/cli/", "src/main.rs"];
        let code = code(&text);
        let makes = ["Client::builder(", "Client::new(", "ClientBuilder::", "reqwest::get("];
        if is_ours.iter().any(|room| path.starts_with(room)) && makes.iter().any(|make| code.contains(make)) {
            ways.push(path);
        }
    }
    assert_eq!(ways, ["src/domain/outbound/client.rs"]);
}

#[test]
fn a_file_is_a_noun_that_fits_its_place() {
    let mut wrong = Vec::new();
    for (folder, extension) in [("src", "rs"), ("style", "css"), ("migrations", "sql")] {
        for (path, text) in files(folder, extension) {
            let lines = text.lines().count();
            if lines > LONGEST {
                wrong.push(format!("{path} has {lines} lines"));
            }
            if extension == "rs" && !text.starts_with("//!") {
                wrong.push(format!("{path} does not say what it is"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn migrations_are_numbered_and_say_why() {
    for folder in ["migrations", "migrations/tenant"] {
        let own = files(folder, "sql")
            .into_iter()
            .filter(|(path, _)| path.matches('/').count() == folder.matches('/').count() + 1);
        for (number, (path, text)) in own.enumerate() {
            let name = path.rsplit('/').next().unwrap_or_default();
            assert!(name.starts_with(&format!("{:04}_", number + 1)), "{path} is out of its turn");
            assert!(text.starts_with("-- Why: "), "{path} does not say why");
        }
    }
}

#[test]
fn the_reader_of_paths_reads_paths() {
    let read = |code: &str| names_behind("crate::app::", code).into_iter().collect::<Vec<_>>();
    assert_eq!(read("use crate::app::error::AppError;"), ["error"]);
    assert_eq!(
        read("use crate::app::{\n    context::{tenant, pulse},\n    error,\n    ui::Button,\n};"),
        ["context", "error", "ui"]
    );
    assert_eq!(read("let x = crate::app::routes();"), ["routes"]);
}

/// The right of the platform operator needs the installation's secret, and no door that a request comes through has it.
#[test]
fn only_the_command_line_makes_an_operator() {
    let mut makers = Vec::new();
    for (path, text) in files("src", "rs") {
        if code(&text).contains("Operator::holding(") && !path.starts_with("src/tests/") {
            makers.push(path);
        }
    }
    assert_eq!(makers, ["src/cli/installation.rs", "src/testkit/operator.rs"]);
    let doors = files("src/http", "rs").into_iter().chain(files("src/app", "rs"));
    for (path, text) in doors.filter(|(path, _)| !path.starts_with("src/app/tests/")) {
        for word in ["InstallationSecret", "Operator::", "permit::Operating"] {
            assert!(!code(&text).contains(word), "{path} names {word}");
        }
    }
}
