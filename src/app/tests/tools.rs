//! The calls of the tools pages and of a job's page, as forms with and without a script send them, in every role.

use serde_json::{Value, json};
use tenantry_kernel::Role;

use super::scene::{Scene, secret_in, with};

const WISH: [(&str, &str); 4] =
    [("name", "crm"), ("url", "https://example.com/jobs"), ("feature", "listing-auto"), ("timeout_seconds", "90")];

#[tokio::test(flavor = "multi_thread")]
async fn a_script_gets_a_secret_and_a_list_without_it() {
    let scene = Scene::of("tools").await;
    let made = scene.calls(&scene.owner, "create", &WISH).await.expect(200);
    let secret = made.text_at("/secret");
    assert!(secret.starts_with("whsec_") && made.text_at("/example").contains(&secret), "{}", made.text());
    let shelf = scene.calls(&scene.owner, "list", &[]).await.expect(200);
    let names: Vec<Value> =
        shelf.at("/tools").as_array().expect("tools").iter().map(|tool| tool["name"].clone()).collect();
    assert_eq!(names, ["crm", "echo", "http-request"]);
    assert_eq!((shelf.at("/tools/0/timeout_seconds"), shelf.at("/tools/0/plan")), (json!(90), json!("Pro")));
    assert!(shelf.at("/features").as_array().is_some_and(|features| features.len() == 3), "{}", shelf.text());
    let sheet = scene.calls(&scene.owner, "tool", &[("tool", &made.text_at("/id"))]).await.expect(200);
    assert_eq!(sheet.at("/tool"), shelf.at("/tools/0"));
    assert!(!shelf.text().contains("whsec_") && !sheet.text().contains("whsec_"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_without_a_script_is_shown_the_secret_once_and_in_no_address() {
    let scene = Scene::of("tools").await;
    let left = scene.posts(&scene.owner, "create", &WISH).await;
    assert_eq!(left.header("location"), Some("/tools"));
    let page = scene.page(&scene.owner, Some(&left)).await.expect(200);
    assert_eq!(page.header("cache-control"), Some("private, no-store"));
    let first = secret_in(&page.text()).expect("it is shown");
    assert!(
        secret_in(&scene.page(&scene.owner, Some(&left)).await.expect(200).text()).is_none(),
        "it was shown before"
    );

    let id = scene.calls(&scene.owner, "list", &[]).await.text_at("/tools/0/id");
    let left = scene.posts(&scene.owner, "rotate", &[("tool", &id)]).await;
    let own = format!("/tools/{id}");
    assert_eq!(left.header("location"), Some(own.as_str()));
    let second = secret_in(&scene.page_at(&scene.owner, &own, Some(&left)).await.expect(200).text());
    assert!(second.is_some_and(|second| second != first));

    let left = scene.posts(&scene.owner, "remove", &[("tool", &id)]).await;
    assert_eq!(left.header("location"), Some("/tools"));
    scene.page_at(&scene.owner, &own, None).await.expect(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_that_is_sent_twice_makes_one_tool_and_one_secret() {
    let scene = Scene::of("tools").await;
    let wish = with(&WISH, &[("once", "a form's key")]);
    let first = scene.calls(&scene.owner, "create", &wish).await.expect(200);
    let repeat = scene.calls(&scene.owner, "create", &wish).await.expect(200);
    assert_eq!((repeat.at("/id"), repeat.at("/secret")), (first.at("/id"), Value::Null));
    // Changed and sent again it means another one.
    let other = with(&wish[1..], &[("name", "erp")]);
    assert_ne!(scene.calls(&scene.owner, "create", &other).await.expect(200).at("/id"), first.at("/id"));
    let id = first.text_at("/id");
    let turn = [("tool", id.as_str()), ("once", "a dialog's key")];
    let new = scene.calls(&scene.owner, "rotate", &turn).await.expect(200).text_at("/secret");
    assert_ne!(new, first.text_at("/secret"));
    assert_eq!(scene.calls(&scene.owner, "rotate", &turn).await.expect(200).at("/secret"), Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_viewer_sees_every_tool_and_changes_none() {
    let scene = Scene::of("tools").await;
    let (viewer, operator) = (scene.member(Role::Viewer).await, scene.member(Role::Operator).await);
    let id = scene.calls(&operator, "create", &WISH).await.expect(200).text_at("/id");
    scene.calls(&viewer, "list", &[]).await.expect(200);
    scene.calls(&viewer, "tool", &[("tool", &id)]).await.expect(200);
    // Whatever the fields hold, who may not is told so first.
    for (verb, fields) in [
        ("create", &WISH[..]),
        ("create", &[("timeout_seconds", "soon")]),
        ("change", &[("tool", "no id"), ("url", "no address")]),
        ("rotate", &[("tool", id.as_str())]),
        ("remove", &[("tool", id.as_str())]),
    ] {
        scene.calls(&viewer, verb, fields).await.refused(403, "FORBIDDEN");
    }
    for path in ["/tools", &format!("/tools/{id}")] {
        let page = scene.page_at(&viewer, path, None).await.expect(200).text();
        assert!(page.contains("Your role here is viewer. Managing tools needs operator"), "{path}");
        assert!(page.contains("Dispatching needs operator"), "{path}");
    }
    assert!(!scene.page(&operator, None).await.expect(200).text().contains("Your role here is"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_named_by_its_field() {
    let scene = Scene::of("tools").await;
    let wrong = |fields: &'static [(&str, &str)]| scene.calls(&scene.owner, "create", fields);
    assert_eq!(wrong(&[]).await.expect(422).fields(), ["name", "url"]);
    let all = &[("name", " "), ("url", "ftp://example.com"), ("feature", "A B"), ("timeout_seconds", "soon")];
    assert_eq!(wrong(all).await.expect(422).fields(), ["name", "url", "feature", "timeout_seconds"]);
    let id = scene.calls(&scene.owner, "create", &WISH).await.expect(200).text_at("/id");
    let taken = wrong(&[("name", "echo"), ("url", "https://example.com")]).await.refused(409, "NAME_TAKEN");
    assert_eq!(taken.fields(), ["name"]);
    let elsewhere = [("tool", id.as_str()), ("elsewhere", "true"), ("feature", "")];
    for (fields, named) in [
        ([("name", "echo"), ("url", "https://example.com"), ("timeout_seconds", "90")], Some("name")),
        ([("name", "crm"), ("url", ""), ("timeout_seconds", "90")], Some("url")),
        ([("name", ""), ("url", "https://example.com"), ("timeout_seconds", "90")], Some("name")),
        ([("name", "crm"), ("url", "https://example.com"), ("timeout_seconds", "86401")], Some("timeout_seconds")),
        ([("name", "crm"), ("url", " https://example.com/other "), ("timeout_seconds", "7")], None),
    ] {
        let reply = scene.calls(&scene.owner, "change", &with(&elsewhere, &fields)).await;
        let wrong = if reply.status == 200 { Vec::new() } else { reply.fields() };
        assert_eq!(wrong, named.into_iter().collect::<Vec<_>>(), "{fields:?}");
    }
    let tool = scene.calls(&scene.owner, "tool", &[("tool", &id)]).await.at("/tool");
    assert_eq!((&tool["url"], &tool["feature"]), (&json!("https://example.com/other"), &Value::Null));
    assert_eq!((&tool["name"], &tool["timeout_seconds"]), (&json!("crm"), &json!(7)));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_plan_lacks_for_a_tool_is_said_where_it_is_listed() {
    let scene = Scene::of("tools").await;
    scene.calls(&scene.owner, "create", &WISH).await.expect(200);
    assert!(!scene.page(&scene.owner, None).await.text().contains("needs Pro"));
    scene.calls_at(&scene.owner, "billing/change-plan", &[("plan", "free")]).await.expect(200);
    let page = scene.page(&scene.owner, None).await.text();
    assert!(
        page.contains("needs Pro") && page.contains("crm needs listing-auto, which the Free plan does not include.")
    );
    assert!(scene.page_at(&scene.owner, "/dispatch?tool=crm", None).await.text().contains("crm (needs listing-auto)"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_built_in_keeps_its_name_and_stays() {
    let scene = Scene::of("tools").await;
    let echo = scene.calls(&scene.owner, "list", &[]).await.text_at("/tools/0/id");
    let renamed = [
        ("tool", echo.as_str()),
        ("elsewhere", "true"),
        ("name", "eco"),
        ("url", "https://example.com"),
        ("timeout_seconds", "5"),
    ];
    scene.calls(&scene.owner, "change", &renamed).await.refused(409, "CONFLICT");
    scene.calls(&scene.owner, "rotate", &[("tool", &echo)]).await.refused(409, "CONFLICT");
    scene.calls(&scene.owner, "remove", &[("tool", &echo)]).await.refused(409, "CONFLICT");
    scene.calls(&scene.owner, "change", &[("tool", &echo), ("timeout_seconds", "5")]).await.expect(200);
    let page = scene.page_at(&scene.owner, &format!("/tools/{echo}"), None).await.expect(200).text();
    assert!(page.contains("5 seconds") && !page.contains("Delete the tool") && !page.contains("Rotate the secret"));
}

#[tokio::test(flavor = "multi_thread")]
async fn another_organizations_tool_is_as_if_there_were_none() {
    let scene = Scene::of("tools").await;
    let theirs = scene.served.sign_up("Grace").await;
    theirs.create_organization("Globex", "pro").await;
    let body = json!({"name": "secret-plans", "kind": "webhook", "url": "https://example.com"});
    let theirs = theirs.post("/api/v1/tools", &body).await.expect(201).text_at("/tool/id");
    for verb in ["tool", "change", "rotate", "remove"] {
        let found = scene.calls(&scene.owner, verb, &[("tool", &theirs)]).await;
        let never = scene.calls(&scene.owner, verb, &[("tool", "tool_01h2xcejqtf2nbrexx3vqjhp41")]).await;
        assert_eq!(found.expect(404).indistinguishable(), never.expect(404).indistinguishable(), "{verb}");
    }
    let page = scene.page_at(&scene.owner, &format!("/tools/{theirs}"), None).await.expect(404);
    assert!(!page.text().contains("secret-plans"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspended_workspace_keeps_its_tools_to_itself() {
    let scene = Scene::of("tools").await;
    scene.database.change("update directory.tenants set status = 'suspended'").await;
    for (verb, fields) in
        [("list", &[][..]), ("create", &WISH), ("tool", &[("tool", "tool_01h2xcejqtf2nbrexx3vqjhp41")])]
    {
        scene.calls(&scene.owner, verb, fields).await.refused(403, "TENANT_SUSPENDED");
    }
    assert!(scene.page(&scene.owner, None).await.text().contains("This workspace is suspended"));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_tool_can_be_chosen_for_a_dispatch() {
    let scene = Scene::of("tools").await;
    for number in 0..101 {
        let name = format!("tool {number:03}");
        scene.calls(&scene.owner, "create", &[("name", &name), ("url", "https://example.com")]).await.expect(200);
    }
    let bench = scene.calls_at(&scene.owner, "dispatch/workbench", &[]).await.expect(200);
    assert_eq!(bench.at("/tools").as_array().map(Vec::len), Some(103));
    let shelf = scene.calls(&scene.owner, "list", &[]).await.expect(200);
    assert_eq!((shelf.at("/tools").as_array().map(Vec::len), shelf.at("/more")), (Some(50), json!(true)));
    let shelf = scene.calls(&scene.owner, "list", &[("rows", "110")]).await.expect(200);
    assert_eq!((shelf.at("/tools").as_array().map(Vec::len), shelf.at("/more")), (Some(103), json!(false)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_is_dispatched_again_once_for_a_form_that_is_sent_twice() {
    let scene = Scene::of("dispatch").await;
    let first = [("tool", "echo"), ("action", "greet"), ("payload", "{\"message\": \"Hello\"}")];
    let job = scene.calls(&scene.owner, "run", &first).await.expect(200).text_at("/id");
    let sheet = scene.calls(&scene.owner, "job", &[("job", &job)]).await.expect(200);
    assert_eq!((sheet.at("/timeline"), sheet.at("/head/api_calls")), (json!([]), json!(0)));
    let (payload, once) = (sheet.text_at("/payload"), sheet.text_at("/once"));
    let again = [("tool", "echo"), ("action", "greet"), ("payload", &payload), ("when_full", "queue"), ("once", &once)];
    let left = scene.posts(&scene.owner, "run", &again).await;
    let to = left.header("location").expect("it leads to the job").to_owned();
    assert!(to.starts_with("/jobs/job_") && !to.ends_with(&job), "{to}");
    assert_eq!(scene.posts(&scene.owner, "run", &again).await.header("location"), Some(to.as_str()));
    let used: i64 = scene.database.truth("select count(*) from org.jobs").await;
    assert_eq!(used, 2);
}
