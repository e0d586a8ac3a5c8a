//! What holds of the interface as a whole: who may call each server function, and which way its imports point.

mod endpoints;
mod forms;
mod isolation;
mod jobs;
mod keys;
mod scene;
mod settings;
mod tools;
mod usage;
mod webhooks;
mod wizard;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use axum::http::Method;
use leptos::server_fn::axum::server_fn_paths;
use tenantry_http::{doors::Door, verify::Function};
use tenantry_kernel::Permission;

use super::ssr::functions;

#[test]
fn every_server_function_says_who_may_call_it() {
    let known: BTreeMap<String, Door> = functions().into_iter().map(|known| (known.path, known.door)).collect();
    let registered: BTreeMap<String, Method> =
        server_fn_paths().map(|(path, method)| (path.to_owned(), method)).collect();
    for (path, method) in &registered {
        assert!(
            known.contains_key(path),
            "{path} is a public endpoint: write into src/app/ssr/doors.rs who may call it"
        );
        assert_eq!(method, Method::POST, "{path} can be called by a link");
    }
    for path in known.keys() {
        assert!(registered.contains_key(path), "{path} is in src/app/ssr/doors.rs and nowhere else");
    }
}

/// The source says what the table says: the permit in the function is the permission in the table.
#[test]
fn every_server_function_asks_for_what_the_table_says() {
    let bodies = bodies();
    for Function { path, door, .. } in functions() {
        let endpoint = path.trim_start_matches("/api/rpc/");
        let body = bodies.get(endpoint).unwrap_or_else(|| panic!("{path} has no source"));
        match door {
            Door::Public => {}
            Door::Token => panic!("{path}: a server function is called by somebody"),
            Door::SignedIn | Door::Member => assert!(
                body.contains("server::visitor(") || body.contains("answer::step("),
                "{path} does not ask who calls"
            ),
            Door::Organization(Permission::UsageRead) if endpoint == "tenancy/home" => {
                assert!(body.contains("server::home("), "{path} does not ask for its permission");
            }
            Door::Organization(permission) => {
                assert!(
                    body.contains(&format!(".organization::<{permission:?}>()")),
                    "{path} does not ask for {permission}"
                );
            }
            Door::Tenant(_) if endpoint == "keys/revoke" => {
                assert!(body.contains(".tenant::<KeyRevoke>()"), "{path} does not ask for its permission");
            }
            Door::Tenant(permission) => {
                assert!(body.contains(&format!(".tenant::<{permission:?}>()")), "{path} does not ask for {permission}");
            }
        }
    }
}

/// Another window may have switched the session: what a page sends says in which tenant the page stands.
#[test]
fn every_form_and_call_that_acts_in_a_tenant_names_that_of_its_page() {
    let mut acting = Vec::new();
    let bodies = bodies();
    for Function { path, door, .. } in functions() {
        if door.has_place() {
            let body = bodies.get(path.trim_start_matches("/api/rpc/")).expect("a function has a source");
            assert!(body.contains("tenant: String"), "{path} does not take the page's tenant");
            assert!(body.contains("server::visitor(&tenant)"), "{path} does not act in the page's tenant");
            acting.push(type_of(body));
        }
    }
    assert!(acting.len() > 7, "the functions were not found: {acting:?}");
    assert!(words(&app().join("question.rs")).contains("<TenantField/>"), "a question names no tenant");
    for file in sources(&app()) {
        let words = words(&file);
        let whole = |call: &str| words.matches(call).count();
        for function in &acting {
            // A question brings the field with it, and so do the cards that are made of one.
            let forms = whole(&format!("Form::of::<{function}>()"));
            let fields: usize =
                ["<TenantField/>", "<Question", "<Deletion", "<SigningSecret"].map(whole).into_iter().sum();
            let by_hand = whole("\"tenant\", tenant.as_str()");
            assert!(forms <= fields + by_hand, "{}: a form of {function} names no tenant", file.display());
            let readings = whole(&format!("Reading::<{function}>::of(")) + whole(&format!("call::<{function}>("));
            let named =
                whole("tenant.moving()") + whole("tenant.still()") + whole("tenant.fields()") + whole("(\"tenant\", ");
            assert!(readings <= named, "{}: a call of {function} names no tenant", file.display());
            assert_eq!(whole(&format!("Reading::<{function}>::once()")), 0, "{}", file.display());
        }
    }
}

/// The type that the framework makes of a server function: its name in camel case.
fn type_of(body: &str) -> String {
    let name = body.split("pub async fn ").nth(1).and_then(|rest| rest.split('(').next()).unwrap_or_default();
    let capital = |word: &str| word[..1].to_uppercase() + &word[1..];
    name.split('_').map(capital).collect()
}

/// The text of every server function, by its endpoint.
fn bodies() -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for file in sources(&app()).iter().filter(|file| file.ends_with("api.rs")) {
        let text = fs::read_to_string(file).expect("a source");
        for part in text.split("#[server(prefix").skip(1) {
            let endpoint = part.split("endpoint = \"").nth(1).and_then(|rest| rest.split('"').next());
            let body = part.split("\n}\n").next().unwrap_or_default();
            found.insert(endpoint.expect("an endpoint of its own").to_owned(), body.to_owned());
        }
    }
    found
}

/// Folders that every slice may use.
const SHARED: [&str; 4] = ["context", "layout", "ui", "ssr"];

#[test]
fn a_slice_never_knows_another_slice() {
    let slices: Vec<String> = fs::read_dir(app())
        .expect("the interface")
        .filter_map(Result::ok)
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| !SHARED.contains(&name.as_str()))
        .collect();
    assert!(slices.len() > 5, "the slices were not found: {slices:?}");
    for slice in &slices {
        for file in sources(&app().join(slice)) {
            let words = words(&file);
            for other in slices.iter().filter(|other| *other != slice) {
                let reaches = words.contains(&format!("app::{other}"))
                    || words.contains(&format!("super::super::{other}"))
                    || imports_of_app(&words).any(|import| import == other);
                assert!(!reaches, "{} knows the slice {other}", file.display());
            }
        }
    }
}

/// What a file takes in a braced import of the interface: `use crate::app::{dispatch::…, form::…}`.
fn imports_of_app(words: &str) -> impl Iterator<Item = &str> {
    let braced = words.split("crate::app::{").skip(1).flat_map(|rest| {
        let mut depth = 0_usize;
        let end = rest.find(|letter| match letter {
            '{' => {
                depth += 1;
                false
            }
            '}' if depth == 0 => true,
            '}' => {
                depth -= 1;
                false
            }
            _ => false,
        });
        rest[..end.unwrap_or(rest.len())].split([',', '{', '}'])
    });
    braced.map(|import| import.trim().split("::").next().unwrap_or_default())
}

#[test]
fn the_design_system_knows_the_kernel_at_most() {
    for file in sources(&app().join("ui")) {
        let words = words(&file);
        let inner = words.replace("crate::app::ui", "");
        assert!(!inner.contains("crate::app"), "{} knows more of the interface", file.display());
        for room in ["tenantry_domain", "tenantry_http", "leptos_axum"] {
            assert!(!words.contains(room), "{} knows {room}", file.display());
        }
    }
}

/// What the browser runs knows the kernel and the framework: the server's rooms stand behind the feature `ssr`.
#[test]
fn the_servers_rooms_stand_in_bodies_that_only_the_server_compiles() {
    for file in sources(&app()) {
        let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let rooms = ["gallery", "metering/sheet", "ssr", "tests"].map(|room| app().join(room));
        let of_server = rooms.iter().any(|room| file.starts_with(room))
            || matches!(name.as_str(), "server.rs" | "tests.rs" | "error.rs");
        if of_server || name == "api.rs" {
            continue;
        }
        let words = words(&file);
        assert!(!words.contains("tenantry_domain") && !words.contains("tenantry_http"), "{}", file.display());
    }
}

fn app() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/app")
}

/// The code of a file, without its comments.
fn words(file: &Path) -> String {
    let text = fs::read_to_string(file).expect("a source");
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder").filter_map(Result::ok) {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    files
}
