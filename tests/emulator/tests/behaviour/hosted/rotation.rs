//! Tokens over time: they run out, are renewed once, and end together.

use notion_emulator::{HostedSettings, Rotation};
use serde_json::json;

use super::client::{Pair, World};

impl World {
    async fn renewed(&self, pair: &Pair) -> Pair {
        Pair { client_id: pair.client_id.clone(), body: self.renew(pair).await.ok() }
    }

    async fn pass(&self, seconds: i64) {
        self.control("clock", json!({ "advance_ms": seconds * 1000 })).await;
    }
}

#[tokio::test]
async fn an_access_token_works_as_long_as_it_says() {
    let world = World::start().await;
    world.hosted().set(HostedSettings { access_seconds: 90, ..HostedSettings::default() });
    world.control("clock", json!({ "advance_ms": 0 })).await;
    let pair = world.connect().await;
    assert_eq!(pair.body["expires_in"], 90);
    world.pass(89).await;
    assert_eq!(world.status(&pair).await, 200);
    world.pass(1).await;
    assert_eq!(world.status(&pair).await, 401);
    assert_eq!(world.status(&world.renewed(&pair).await).await, 200);
}

#[tokio::test]
async fn a_refresh_token_works_once_and_one_that_comes_again_ends_its_family() {
    let world = World::start().await;
    let first = world.connect().await;
    let second = world.renewed(&first).await;
    assert_eq!(second.body["workspace_id"], first.body["workspace_id"]);
    assert_eq!((world.status(&first).await, world.status(&second).await), (401, 200));
    let bystander = world.connect().await;
    world.renew(&first).await.denied(400, "invalid_grant");
    assert_eq!(world.status(&second).await, 401);
    world.renew(&second).await.denied(400, "invalid_grant");
    assert_eq!(world.status(&bystander).await, 200);
}

#[tokio::test]
async fn another_client_can_neither_use_nor_end_a_grant() {
    let world = World::start().await;
    let mine = world.connect().await;
    let theirs = world.connect().await;
    let mut stolen = world.renewal(&mine);
    stolen.insert("client_id", theirs.client_id.clone());
    world.form("/token", &stolen).await.denied(400, "invalid_grant");
    stolen.insert("token", mine.refresh().to_owned());
    assert_eq!(world.form("/revoke", &stolen).await.status, 200);
    assert_eq!(world.status(&mine).await, 200);
    world.renew(&mine).await.ok();
}

#[tokio::test]
async fn a_renewal_names_the_resource_that_was_agreed_to() {
    let world = World::start().await;
    let pair = world.connect().await;
    for (resource, error) in [("", "invalid_request"), ("https://example.com/mcp", "invalid_target")] {
        let mut form = world.renewal(&pair);
        form.insert("resource", resource.to_owned());
        world.form("/token", &form).await.denied(400, error);
    }
    world.renew(&pair).await.ok();
}

#[tokio::test]
async fn a_lenient_rotation_takes_the_token_before_the_newest() {
    let world = World::start().await;
    world.hosted().set(HostedSettings { rotation: Rotation::Lenient, ..HostedSettings::default() });
    let first = world.connect().await;
    // Its answer is lost: the client asks again with what it has.
    let lost = world.renewed(&first).await;
    let third = world.renewed(&first).await;
    assert_eq!((world.status(&lost).await, world.status(&third).await), (200, 200));
    let fourth = world.renewed(&third).await;
    world.renew(&first).await.denied(400, "invalid_grant");
    assert_eq!(world.status(&fourth).await, 401);
}

#[tokio::test]
async fn a_grant_ends_unused_for_thirty_days_or_after_half_a_year() {
    const DAY: i64 = 86_400;
    let world = World::start().await;
    world.control("clock", json!({ "advance_ms": 0 })).await;
    let mut used = world.connect().await;
    let unused = world.connect().await;
    world.pass(29 * DAY).await;
    used = world.renewed(&used).await;
    world.pass(DAY).await;
    world.renew(&unused).await.denied(400, "invalid_grant");
    for _ in 0..5 {
        used = world.renewed(&used).await;
        world.pass(29 * DAY).await;
    }
    used = world.renewed(&used).await;
    world.pass(5 * DAY).await;
    world.renew(&used).await.denied(400, "invalid_grant");
}

#[tokio::test]
async fn revoking_either_token_ends_both_and_one_that_nobody_knows_is_no_error() {
    let world = World::start().await;
    for kind in ["access_token", "refresh_token"] {
        let pair = world.connect().await;
        let mut form = world.renewal(&pair);
        form.insert("token", pair.body[kind].as_str().unwrap().to_owned());
        for _ in 0..2 {
            let answer = world.form("/revoke", &form).await;
            assert_eq!((answer.status, answer.text.as_str()), (200, ""));
        }
        assert_eq!(world.status(&pair).await, 401);
        world.renew(&pair).await.denied(400, "invalid_grant");
    }
}

#[tokio::test]
async fn a_test_can_expire_and_revoke() {
    let world = World::start().await;
    let pair = world.connect().await;
    assert_eq!(world.control("hosted/expire", json!({})).await["expired"], 1);
    assert_eq!(world.status(&pair).await, 401);
    let pair = world.renewed(&pair).await;
    assert_eq!(world.control("hosted/revoke", json!({})).await["revoked"], 1);
    assert_eq!(world.status(&pair).await, 401);
    world.renew(&pair).await.denied(400, "invalid_grant");
    assert_eq!((world.hosted().expire(), world.hosted().revoke()), (0, 0));
}

#[tokio::test]
async fn requests_for_tokens_say_what_came_when_and_what_was_left() {
    let world = World::start().await;
    world.control("clock", json!({ "now": "2026-05-01T10:00:00Z" })).await;
    let first = world.connect().await;
    world.pass(3540).await;
    world.renewed(&first).await;
    world.renew(&first).await.denied(400, "invalid_grant");
    let seen = world.hosted().token_requests();
    let told: Vec<_> = seen
        .iter()
        .map(|one| {
            (
                one.presented.as_deref().unwrap(),
                one.access_left_seconds,
                one.status.unwrap(),
                one.outcome.as_deref().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("code-1", None, 200, "issued access-1.1"),
            ("refresh-1.1", Some(60), 200, "issued access-1.2"),
            ("refresh-1.1", Some(3600), 400, "invalid_grant"),
        ]
    );
    assert_eq!(seen[1].at, "2026-05-01T10:59:00.000Z");
    let listed = world.get("/_emulator/hosted/tokens").await.ok();
    assert_eq!(listed[1]["grant_type"], "refresh_token");
}
