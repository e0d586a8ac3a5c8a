//! The usage page: what one meter has counted, drawn on the server, for who may see it.

use axum::http::Method;
use serde_json::{Value, json};
use tenantry_kernel::{Role, quota::Every};
use tenantry_testkit::{Client, TestOperator, hard_on_events};

use super::scene::Scene;

/// Sends events of a meter, each of a tool.
async fn sent(client: &Client, meter: &str, tools: &[&str]) {
    let event = |(id, tool): (usize, &&str)| {
        json!({"specversion": "1.0", "id": format!("{meter}-{id}"), "source": "/tests", "type": meter, "tool": tool,
               "data": {"value": "1.5"}})
    };
    let events: Value = tools.iter().enumerate().map(event).collect();
    let call = client.call(Method::POST, "/api/v1/usage/events");
    call.body("application/cloudevents-batch+json", events.to_string()).await.expect(202);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_without_a_script_shows_the_chart_its_parts_and_its_figures() {
    let scene = Scene::of("usage").await;
    sent(&scene.owner, "images", &["resize", "resize", "crop"]).await;
    let page =
        scene.page_at(&scene.owner, "/usage?meter=images&group_by=tool&step=hour&days=1", None).await.expect(200);
    let text = page.text();
    for part in
        ["<svg", r#"role="img""#, "<title id=\"usage-title\">images, ", "4.5 in all", "resize", "crop", "<table"]
    {
        assert!(text.contains(part), "{part} in {text}");
    }
    assert!(text.contains("66 %") && text.contains("of=tool%3Aresize"), "a part leads to itself: {text}");
    assert!(text.contains(r#"<option value="images" selected"#), "the form shows what was asked: {text}");
    assert!(text.contains("format=csv"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_part_is_shown_alone_and_lies_as_a_file() {
    let scene = Scene::of("usage").await;
    sent(&scene.owner, "images", &["resize", "resize", "crop"]).await;
    let fields = [("meter", "images"), ("of", "tool:resize"), ("group_by", "member")];
    let sheet = scene.calls(&scene.owner, "read", &fields).await.expect(200);
    assert_eq!((sheet.text_at("/total"), sheet.text_at("/alone")), ("3 in all".to_owned(), "tool resize".to_owned()));
    assert!(sheet.text_at("/parts").contains("Ada"), "people have names: {}", sheet.text());
    assert!(!sheet.text_at("/whole").contains("of="), "{}", sheet.text_at("/whole"));
    let hers = format!("member:{}", scene.owner.id);
    let alone = scene.calls(&scene.owner, "read", &[("meter", "images"), ("of", &hers)]).await.expect(200);
    assert_eq!(alone.text_at("/alone"), "member Ada");
    let eve = scene.served.sign_up("Eve").await;
    let another = format!("member:{}", eve.id);
    let alone = scene.calls(&scene.owner, "read", &[("meter", "images"), ("of", &another)]).await.expect(200);
    assert_eq!(alone.text_at("/alone"), format!("member {}", eve.id), "nobody learns a stranger's name");
    let file = scene.owner.get(&sheet.text_at("/file")).await.expect(200);
    assert_eq!(file.header("content-type"), Some("text/csv; charset=utf-8; header=present"));
    assert_eq!(file.header("content-disposition"), Some("attachment; filename=\"usage-images.csv\""));
    let lines: Vec<String> = file.text().lines().map(str::to_owned).collect();
    assert_eq!((lines.len(), lines[0].as_str()), (2, "start,group,value"));
    assert!(lines[1].ends_with(&format!(",{},3", scene.owner.id)), "{lines:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_a_tool_is_called_stays_text() {
    let scene = Scene::of("usage").await;
    sent(&scene.owner, "images", &["<script>alert(1)</script>", "=1+1", "\"><img src=x>"]).await;
    let fields = [("meter", "images"), ("group_by", "tool")];
    let sheet = scene.calls(&scene.owner, "read", &fields).await.expect(200);
    for part in ["/chart", "/parts", "/table"] {
        let markup = sheet.text_at(part);
        assert!(markup.contains("&lt;script&gt;"), "{markup}");
        assert!(!markup.contains("<script") && !markup.contains("<img"), "{markup}");
    }
    let file = scene.owner.get(&sheet.text_at("/file")).await.expect(200).text();
    assert!(file.contains(",'=1+1,"), "no formula: {file}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_not_used_says_what_to_do_first() {
    let scene = Scene::of("usage").await;
    let page = scene.page(&scene.owner, None).await.expect(200).text();
    assert!(page.contains("Nothing was used in this time") && page.contains(r#"href="/dispatch""#), "{page}");
    let sheet = scene.calls(&scene.owner, "read", &[("meter", "never.sent")]).await.expect(200);
    assert_eq!(sheet.text_at("/chart"), "");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_shown_is_said_beside_the_form() {
    let scene = Scene::of("usage").await;
    for (name, wrong) in
        [("step", "year"), ("from", "soon"), ("to", "2026-02-30"), ("group_by", "colour"), ("of", "echo")]
    {
        let sheet = scene.calls(&scene.owner, "read", &[(name, wrong)]).await.expect(200);
        assert_eq!(sheet.at("/faults").as_array().map(Vec::len), Some(1), "{name}: {}", sheet.text());
    }
    let page = scene.page_at(&scene.owner, "/usage?step=hour&days=365", None).await.expect(200).text();
    assert!(page.contains("This cannot be shown") && page.contains("ask for at most 1000"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_read_usage_sees_it_and_keys_have_names_for_who_may_see_keys() {
    let scene = Scene::of("usage").await;
    let (_, secret) = scene.owner.key(&["usage"]).await;
    sent(&scene.served.with_key(&secret), "images", &["crop"]).await;
    let fields = [("meter", "images"), ("group_by", "key")];
    let viewer = scene.member(Role::Viewer).await;
    let parts = scene.calls(&viewer, "read", &fields).await.expect(200).text_at("/parts");
    assert!(parts.contains("key_"), "{parts}");
    let named = scene.calls(&scene.owner, "read", &fields).await.expect(200).text_at("/parts");
    assert!(!named.contains(">key_"), "{named}");
    let stranger = scene.served.sign_up("Eve").await;
    stranger.create_organization("Elsewhere", "pro").await;
    scene.calls(&stranger, "read", &fields).await.refused(404, "NOT_FOUND");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_on_the_meter_is_said() {
    let scene = Scene::of("usage").await;
    let operator = TestOperator::over(&scene.database.services);
    operator.set_of_events(scene.acme.id, hard_on_events("images", Every::Month, 10)).await.expect("set");
    sent(&scene.owner, "images", &["crop", "crop"]).await;
    let sheet = scene.calls(&scene.owner, "read", &[("meter", "images")]).await.expect(200);
    let said = sheet.text_at("/limit");
    assert!(said.starts_with("3 of the limit of 10 a month are used; what passes it is refused."), "{said}");
    let other = scene.calls(&scene.owner, "read", &[("meter", "dispatches")]).await.expect(200);
    assert_eq!(other.at("/limit"), Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_of_the_workspace_that_its_page_shows() {
    let scene = Scene::of("usage").await;
    sent(&scene.owner, "images", &["crop"]).await;
    let file = scene.calls(&scene.owner, "read", &[("meter", "images")]).await.expect(200).text_at("/file");
    let other = scene.owner.create_organization("Other", "pro").await;
    let to = json!({"organization": other.id});
    scene.owner.call(Method::PUT, "/api/tenant/organizations/current").json(&to).await.expect(200);
    assert!(scene.owner.get(&file).await.expect(200).text().contains("1.5"), "another window has switched");
    // Two names that differ name nothing, and who is not there finds nothing.
    let torn = scene.owner.call(Method::GET, &file).header("x-tenant", &other.tenant.to_string());
    torn.await.refused(404, "NOT_FOUND");
    let eve = scene.served.sign_up("Eve").await;
    eve.create_organization("Elsewhere", "pro").await;
    let unknown = file.replace(&scene.acme.tenant.to_string(), "ten_01h2xcejqtf2nbrexx3vqjhp41");
    let (theirs, nobodys) = (eve.get(&file).await, eve.get(&unknown).await);
    theirs.refused(404, "NOT_FOUND");
    nobodys.refused(404, "NOT_FOUND");
}
