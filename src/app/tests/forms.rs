//! Forms without a script that are refused, whatever their slice.

use std::time::Instant;

use super::scene::Scene;

#[tokio::test(flavor = "multi_thread")]
async fn nobody_has_refused_forms_kept_without_end() {
    let scene = Scene::of("accounts").await;
    let (began, mut kept) = (Instant::now(), 0);
    let refused = loop {
        let reply = scene.tries_nowhere(&scene.served, "sign-in", &[("email", "nobody"), ("password", "")]).await;
        if reply.status != 303 {
            break reply.refused(429, "RATE_LIMITED");
        }
        kept += 1;
        assert!(kept <= 1_000, "1,000 forms were kept for one address");
    };
    let given_back = i64::try_from(began.elapsed().as_secs()).expect("seconds") + 1;
    assert!((100..=100 + given_back).contains(&kept), "{kept}, {given_back} given back");
    assert_eq!(refused.at("/policy"), "address");
    assert_eq!(scene.database.truth::<i64>("select count(*) from platform.flashes").await, kept);
    // What is let in is no form that is kept.
    let fields = [("email", scene.owner.email.as_str()), ("password", scene.owner.password.as_str())];
    let reply = scene.posts_nowhere(&scene.served, "sign-in", &fields).await;
    assert_eq!((reply.status, reply.header("location")), (303, Some("/dashboard")));
}
