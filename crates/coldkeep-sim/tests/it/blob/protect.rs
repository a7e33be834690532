//! Containers whose blobs are protected as a whole, and by version with a default.

use super::client::{Ask, Lab, SOURCE};
use coldkeep_sim::container_rules::{ContainerRules, ImmutabilityPolicy, LegalHold};

const PATH: &str = "/northsource/data/kept";
const DAY_S: i64 = 24 * 3600;

fn days(days: u32, locked: bool) -> ImmutabilityPolicy {
    ImmutabilityPolicy {
        days,
        locked,
        append_writes: false,
        all_append_writes: false,
        etag: "1".to_owned(),
        extended: 0,
        history: vec![],
    }
}

async fn lab(rules: ContainerRules) -> Lab {
    let lab = Lab::start().await;
    lab.owner(Ask::blob(PATH, "kept")).await.expect(201);
    set(&lab, rules);
    lab
}

fn set(lab: &Lab, rules: ContainerRules) {
    let now = lab.world().now();
    lab.world()
        .blobs
        .change_container(SOURCE, "data", now, |there, _| *there = rules)
        .unwrap();
}

#[tokio::test]
async fn a_containers_retention_forbids_every_change_until_it_is_over() {
    let lab = lab(ContainerRules {
        immutability: Some(days(1, false)),
        ..ContainerRules::default()
    })
    .await;
    for ask in [
        Ask::blob(PATH, "other"),
        Ask::put(format!("{PATH}?comp=metadata")),
        Ask::put(format!("{PATH}?comp=properties")),
        Ask::put(format!("{PATH}?comp=snapshot")),
        Ask::delete(PATH),
    ] {
        lab.owner(ask).await.expect_error(409, "BlobImmutableDueToPolicy");
    }
    // Reading, tiers and new blobs stay possible.
    lab.owner(Ask::get(PATH)).await.expect(200);
    lab.owner(Ask::put(format!("{PATH}?comp=tier")).header("x-ms-access-tier", "Cool"))
        .await
        .expect(200);
    lab.owner(Ask::blob("/northsource/data/new", "x"))
        .await
        .expect(201);
    lab.world().advance_clock(DAY_S + 1);
    // What is old enough can be deleted, but never changed.
    lab.owner(Ask::blob(PATH, "other"))
        .await
        .expect_error(409, "BlobImmutableDueToPolicy");
    lab.owner(Ask::delete(PATH)).await.expect(202);
}

#[tokio::test]
async fn a_containers_legal_hold_has_no_end() {
    let hold = LegalHold {
        tag: "case42".to_owned(),
        since: "2026-01-01T00:00:00Z".parse().unwrap(),
        by: "somebody".to_owned(),
        tenant_id: "tenant".to_owned(),
    };
    let lab = lab(ContainerRules {
        legal_holds: vec![hold],
        ..ContainerRules::default()
    })
    .await;
    lab.world().advance_clock(1000 * DAY_S);
    lab.owner(Ask::delete(PATH))
        .await
        .expect_error(409, "BlobImmutableDueToLegalHold");
    let head = lab
        .owner(Ask::head("/northsource/data?restype=container"))
        .await
        .expect(200);
    assert_eq!(head.header("x-ms-has-legal-hold"), "true");
    lab.owner(Ask::delete("/northsource/data?restype=container"))
        .await
        .expect_error(409, "ContainerHasLegalHold");
    set(&lab, ContainerRules::default());
    lab.owner(Ask::delete(PATH)).await.expect(202);
}

#[tokio::test]
async fn append_blobs_may_grow_where_the_policy_says_so() {
    let path = "/northsource/data/log";
    let lab = Lab::start().await;
    lab.owner(Ask::put(path).header("x-ms-blob-type", "AppendBlob"))
        .await
        .expect(201);
    let append = || Ask::put(format!("{path}?comp=appendblock")).body("x");
    let rules = |append_writes| ContainerRules {
        immutability: Some(ImmutabilityPolicy {
            append_writes,
            ..days(1, true)
        }),
        ..ContainerRules::default()
    };
    set(&lab, rules(false));
    lab.owner(append())
        .await
        .expect_error(409, "BlobImmutableDueToPolicy");
    set(&lab, rules(true));
    lab.owner(append()).await.expect(201);
    lab.owner(Ask::delete(path))
        .await
        .expect_error(409, "BlobImmutableDueToPolicy");
}

#[tokio::test]
async fn by_version_a_containers_policy_is_what_new_blobs_start_with() {
    let lab = lab(ContainerRules {
        version_level: true,
        immutability: Some(days(2, true)),
        ..ContainerRules::default()
    })
    .await;
    lab.world().set_versioning(SOURCE, true).unwrap();
    lab.owner(Ask::blob("/northsource/data/new", "1"))
        .await
        .expect(201);
    let head = lab.owner(Ask::head("/northsource/data/new")).await.expect(200);
    assert_eq!(head.header("x-ms-immutability-policy-mode"), "locked");
    let first = head.header("x-ms-version-id").replace(':', "%3A");
    // Overwriting leaves the old version, which cannot be deleted.
    lab.owner(Ask::blob("/northsource/data/new", "2"))
        .await
        .expect(201);
    let version = format!("/northsource/data/new?versionid={first}");
    lab.owner(Ask::delete(&version))
        .await
        .expect_error(409, "BlobImmutableDueToPolicy");
    lab.world().advance_clock(2 * DAY_S + 1);
    lab.owner(Ask::delete(&version)).await.expect(202);
    // What was there before the policy has none.
    let old = lab.owner(Ask::head(PATH)).await.expect(200);
    assert_eq!(old.header("x-ms-immutability-policy-mode"), "");
}

#[tokio::test]
async fn protection_is_set_by_who_has_the_right_to() {
    let lab = lab(ContainerRules {
        version_level: true,
        ..ContainerRules::default()
    })
    .await;
    lab.world().set_versioning(SOURCE, true).unwrap();
    let hold = |token: &str| {
        Ask::put(format!("{PATH}?comp=legalhold"))
            .header("x-ms-legal-hold", "true")
            .token(token)
    };
    let writer = lab.token("Storage Blob Data Contributor", &[&lab.data(SOURCE)]);
    lab.send(hold(&writer))
        .await
        .expect_error(403, "AuthorizationPermissionMismatch");
    let owner = lab.token("Storage Blob Data Owner", &[&lab.data(SOURCE)]);
    lab.send(hold(&owner)).await.expect(200);
    lab.owner(Ask::delete(PATH))
        .await
        .expect_error(409, "BlobImmutableDueToLegalHold");
}

/// The clients that Microsoft generates have these headers for every way of making a blob but this one.
#[tokio::test]
async fn a_blob_from_a_url_is_not_protected_by_the_same_request() {
    let lab = Lab::start().await;
    lab.owner(Ask::blob(PATH, "x")).await.expect(201);
    lab.world().set_versioning(SOURCE, true).unwrap();
    lab.world().set_version_level_immutability(SOURCE, true).unwrap();
    let sas = lab
        .world()
        .container_sas(SOURCE, "data", "sp=r&se=2090-01-01T00:00:00Z")
        .unwrap();
    let copy = || {
        Ask::put("/northsource/data/copy")
            .header("x-ms-blob-type", "BlockBlob")
            .header("x-ms-copy-source", format!("{}?{sas}", lab.url(PATH)))
    };
    lab.owner(copy().header("x-ms-legal-hold", "true"))
        .await
        .expect_error(400, "UnsupportedHeader");
    lab.owner(copy()).await.expect(201);
}
