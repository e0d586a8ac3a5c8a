//! Jobs on the dashboard and on their own page, as the server renders them, and the calls behind them.

use serde_json::json;
use tenantry_kernel::Role;
use tenantry_testkit::Reply;

use super::scene::Scene;

/// Dispatches so often. Nobody works in a scene, so what becomes of the jobs is written by the test.
async fn dispatched(scene: &Scene, often: usize) {
    for number in 0..often {
        let action = format!("say {number}");
        let fields = [("tool", "echo"), ("action", action.as_str()), ("payload", "{}"), ("when_full", "queue")];
        scene.calls(&scene.owner, "run", &fields).await.expect(200);
    }
}

/// What the jobs of a list are asked to do, in its order.
fn actions(list: &Reply) -> Vec<String> {
    let table = list.text_at("/table");
    let links = table.split("<a href=\"/jobs/").skip(1).filter_map(|link| link.split(['>', '<']).nth(1));
    links.map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_runs_waits_and_has_failed_is_counted_and_listed_by_status() {
    let scene = Scene::of("dispatch").await;
    dispatched(&scene, 9).await;
    scene.database.change("update org.jobs set status = 'failed', finished_at = now() where action = 'say 1'").await;
    scene.database.change("update org.jobs set status = 'running', started_at = now() where action = 'say 2'").await;
    let slot = "insert into org.slots (organization_id, slot, job_id)
                select organization_id, 1, job_id from org.jobs where status = 'running'";
    scene.database.change(slot).await;
    let counts = scene.calls(&scene.owner, "counts", &[]).await.expect(200).text_at("").replace("<!>", "");
    for said in ["1<span class=\"vh\"> running", "7<span class=\"vh\"> waiting", "1<span class=\"vh\"> failed"] {
        assert!(counts.contains(said), "{said} in {counts}");
    }

    let all = scene.calls(&scene.owner, "recent", &[]).await.expect(200);
    assert_eq!(actions(&all).len(), 8);
    assert_eq!((actions(&all)[0].as_str(), all.at("/more")), ("say 8", json!(true)));
    let more = scene.calls(&scene.owner, "recent", &[("rows", "33")]).await.expect(200);
    assert_eq!((actions(&more).len(), more.at("/more")), (9, json!(false)));
    for (status, rows, found, others) in [
        ("failed", "", vec!["say 1"], false),
        ("running", "", vec!["say 2"], false),
        ("queued", "2", vec!["say 8", "say 7"], true),
        ("canceled", "", vec![], false),
        ("no such status", "1", vec!["say 8"], true),
    ] {
        let reply = scene.calls(&scene.owner, "recent", &[("status", status), ("rows", rows)]).await.expect(200);
        assert_eq!(
            (actions(&reply), reply.at("/more")),
            (found.into_iter().map(str::to_owned).collect(), json!(others)),
            "{status}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_dashboard_shows_them_by_links_alone() {
    let scene = Scene::of("dispatch").await;
    dispatched(&scene, 9).await;
    let page = scene.page_at(&scene.owner, "/dashboard", None).await.expect(200).text();
    for link in ["/dashboard?status=failed", "/dashboard?status=queued", "/dashboard?rows=33"] {
        assert!(page.contains(&format!("href=\"{}\"", link.replace('&', "&amp;"))), "{link} in {page}");
    }
    assert!(page.contains("waiting jobs") && page.contains("say 8") && !page.contains("say 0"), "{page}");
    let page = scene.page_at(&scene.owner, "/dashboard?rows=33", None).await.expect(200).text();
    assert!(page.contains("say 0") && !page.contains("Show more"), "{page}");
    let page = scene.page_at(&scene.owner, "/dashboard?status=failed", None).await.expect(200).text();
    assert!(page.contains("No job has failed") && !page.contains("say 8"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_counts_or_lists_what_is_another_organizations() {
    let scene = Scene::of("dispatch").await;
    dispatched(&scene, 2).await;
    let viewer = scene.member(Role::Viewer).await;
    assert!(
        scene
            .calls(&viewer, "counts", &[])
            .await
            .expect(200)
            .text_at("")
            .replace("<!>", "")
            .contains("2<span class=\"vh\"> waiting")
    );
    let stranger = scene.served.sign_up("Eve").await;
    stranger.create_organization("Globex", "pro").await;
    for verb in ["counts", "recent"] {
        scene.calls(&stranger, verb, &[("status", "queued")]).await.expect(404);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_of_a_job_is_called_as_the_job_and_tells_its_end() {
    let scene = Scene::of("dispatch").await;
    dispatched(&scene, 1).await;
    let table = scene.calls(&scene.owner, "recent", &[]).await.text_at("/table");
    let address = table.split('"').find(|part| part.starts_with("/jobs/")).expect("a link");
    let page = scene.page_at(&scene.owner, address, None).await.expect(200).text();
    assert!(page.contains("<title>echo · say 0 · Tenantry</title>"), "{page}");
    assert!(page.contains(r#"<span role="status"><span data-tone="neutral" class="badge">"#), "{page}");
}
