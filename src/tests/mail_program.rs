//! Mail and the built program: read in development and at the command line, and sent by a server that is killed.

use std::{
    path::Path,
    process::{Command, Output},
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tenantry_testkit::{Binary, Client, TestDatabase, TestMailServer};

use crate::program::Folder;

const FORGOT: &str = "/api/v1/auth/password/forgot";

fn run(folder: &Path, line: &[&str]) -> Output {
    let mut command = Command::new(Binary::program());
    command.args(line).arg("--data-dir").arg(folder);
    command.env_remove("DATABASE_URL").env_remove("TENANTRY_SECRET").env("TENANTRY_LOG", "error");
    command.output().expect("the program runs")
}

/// What a command answers as JSON.
#[track_caller]
fn answer(folder: &Path, line: &[&str]) -> Value {
    let output = run(folder, &[line, &["--json"]].concat());
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{line:?}: {said}");
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{line:?}: {error}: {said}"))
}

async fn person(client: &Client, email: &str) {
    let body = json!({"name": "Ada <Lovelace>", "email": email, "password": "correct horse battery"});
    client.post("/api/v1/auth/sign-up", &body).await.expect(201);
}

fn token(mail: &Value) -> String {
    let link = mail["links"][0].as_str().expect("a link");
    link.split_once("token=").expect("with a token").1.to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_development_and_at_the_command_line_mails_are_read() {
    let folder = Folder::new();
    let server = Binary::serve_with(folder.as_ref(), &["--dev"]);
    let client = server.client();
    for email in ["ada@example.com", "eve@example.com"] {
        person(client, email).await;
        client.post(FORGOT, &json!({"email": email})).await.expect(202);
    }
    let all = client.get("/dev/mail").await.expect(200).json();
    let to: Vec<&Value> = all["data"].as_array().expect("a list").iter().map(|mail| &mail["to"]).collect();
    assert_eq!(to, ["eve@example.com", "ada@example.com"], "newest first");
    let own = client.get("/dev/mail?to=ada@example.com").await.expect(200);
    assert_eq!((own.header("cache-control"), own.header("referrer-policy")), (Some("no-store"), Some("no-referrer")));
    let own = own.at("/data");
    assert_eq!(own.as_array().map(Vec::len), Some(1));
    for member in ["to", "subject", "text", "html", "links", "at"] {
        assert!(!own[0][member].is_null(), "{member}");
    }
    let page = client.get("/dev/mail").header("accept", "text/html").await.expect(200);
    assert!(page.header("content-type").expect("a type").starts_with("text/html"));
    assert!(page.text().contains("Reset your password") && !page.text().contains("Ada <Lovelace>"), "{}", page.text());

    // The same at the command line, beside the server and without it.
    let list = ["mail", "list", "--to", "ada@example.com"];
    assert_eq!(answer(folder.as_ref(), &list)["data"], own);
    let body = json!({"token": token(&own[0]), "password": "another horse staple"});
    client.post("/api/v1/auth/password/reset", &body).await.expect(204);
    assert!(server.stop());
    let later = answer(folder.as_ref(), &list);
    assert_eq!(later["data"][0]["subject"], "Your password was changed");
    let text = String::from_utf8(run(folder.as_ref(), &list).stdout).expect("text");
    assert!(text.contains("Subject: Reset your password") && text.contains(&token(&own[0])), "{text}");
    assert_eq!(answer(folder.as_ref(), &["mail", "list", "--to", "nobody@example.com"]), json!({"data": []}));

    // A server that is not for development has no such page; where addresses must be proven, the operator's word opens one.
    let server = Binary::serve_with(folder.as_ref(), &["--require-verified-email"]);
    let client = server.client();
    client.get("/dev/mail").await.refused(404, "NOT_FOUND");
    let wish = json!({"name": "Zoe", "email": "zoe@example.com", "password": "correct horse battery"});
    client.post("/api/v1/auth/sign-up", &wish).await.expect(202);
    let verified = answer(folder.as_ref(), &["user", "verify", "zoe@example.com"]);
    assert_eq!(verified["user"]["email"], "zoe@example.com");
    let body = json!({"email": "zoe@example.com", "password": "correct horse battery"});
    client.post("/api/v1/auth/sign-in", &body).await.expect(200);
    assert_eq!(run(folder.as_ref(), &["user", "verify", "nobody@example.com"]).status.code(), Some(3));
    assert_eq!(run(folder.as_ref(), &["user", "verify", "nobody"]).status.code(), Some(2));
    assert!(server.stop());
}

/// Waits until the only mail has come to a state.
async fn reaches(database: &TestDatabase, state: &str) -> i32 {
    let started = Instant::now();
    loop {
        let found: String = database.truth("select max(state) from platform.mails").await;
        if found == state {
            return database.truth("select max(attempts) from platform.mails").await;
        }
        assert!(started.elapsed() < Duration::from_secs(30), "the mail is {found}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_killed_before_it_notes_a_mail_sends_it_once_more_and_no_more() {
    let (database, smtp) = (TestDatabase::new().await, TestMailServer::start());
    let (folder, url) = (Folder::new(), smtp.url());
    let start = || Binary::serve_over_with(folder.as_ref(), &database.address(), &["--smtp-url", &url]);
    let server = start();
    person(server.client(), "slow@example.com").await;
    server.client().post(FORGOT, &json!({"email": "slow@example.com"})).await.expect(202);
    smtp.expect("slow@example.com", 1).await;
    server.kill();
    smtp.let_go();
    assert_eq!(database.truth::<String>("select state from platform.mails").await, "waiting");
    let servers = [start(), start()];
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    assert_eq!(smtp.taken().len(), 1, "its lease has not ended");
    database.change("update platform.mails set due_at = app.now()").await;
    let taken = smtp.expect("slow@example.com", 2).await;
    assert_eq!(reaches(&database, "sent").await, 2);
    let id = |mail: &Value| {
        let headers = mail["headers"].as_array().expect("headers").iter();
        headers.clone().find(|header| header[0] == "Message-ID").map(|header| header[1].clone())
    };
    assert_eq!(id(&taken[0]), id(&taken[1]), "who gets it twice can tell");
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    assert_eq!(smtp.taken().len(), 2);
    drop(servers);
}

#[test]
fn a_mail_server_that_would_get_the_password_in_the_clear_is_a_misuse() {
    let folder = Folder::new();
    let line = ["serve", "--listen", "127.0.0.1:0", "--smtp-url", "smtp://ada:hush@mail.example.com"];
    let output = run(folder.as_ref(), &line);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("smtps://") && !said.contains("hush"), "{said}");
}
