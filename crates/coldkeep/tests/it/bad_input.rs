//! Bad input: one paragraph that says what, where and what next; exit code 1; nothing changed.

use crate::world::{SOURCE, TARGET, World, json, stderr};
use coldkeep_sim::blobs::Seed;
use serde_json::Value;

/// The paragraph a person reads: the problem's text must hold all of these.
fn says(stderr: &str, words: &[&str]) {
    for word in words {
        assert!(stderr.contains(word), "`{word}` is missing in: {stderr}");
    }
}

/// `service-account add` of an existing application.
fn add_existing<'a>(tenant: &'a str, application: &'a str, credential: &[&'a str]) -> Vec<&'a str> {
    let words = [
        "service-account",
        "add",
        "--name",
        "x",
        "--cloud",
        "sim",
        "--existing",
        "--tenant",
        tenant,
    ];
    [&words[..], &["--application", application], credential].concat()
}

/// Nothing was added to any noun, and nothing was written to the target.
async fn nothing_changed(world: &World, before: &[Value]) {
    assert_eq!(state(world).await, before);
}

async fn state(world: &World) -> Vec<Value> {
    let mut state = Vec::new();
    for noun in ["certificate", "service-account", "repository", "job", "run"] {
        state.push(world.ok(&[noun, "list"]).await);
    }
    state.push(world.place(TARGET, "target").names().into());
    state.push(world.place(SOURCE, "source").names().into());
    state
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tenant_that_does_not_exist() {
    let world = World::ready().await;
    let before = state(&world).await;
    let secret = world.write("other-secret", b"s3cr3t-value");
    let nobody = "11111111-2222-3333-4444-555555555555";
    let said = world
        .fails(1, &add_existing(nobody, nobody, &["--secret-file", &secret]))
        .await;
    says(&said, &["Entra", "AADSTS90002", "request id", "tenant"]);
    assert!(!said.contains("s3cr3t-value"), "the secret is shown: {said}");
    nothing_changed(&world, &before).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_secret_that_is_wrong() {
    let world = World::ready().await;
    let before = state(&world).await;
    let ready = world.ready_app();
    let secret = world.write("wrong-secret", b"not-the-secret");
    let add = add_existing(&ready.tenant_id, &ready.app_id, &["--secret-file", &secret]);
    let said = world.fails(1, &add).await;
    says(&said, &["AADSTS7000215", "request id"]);
    assert!(!said.contains("not-the-secret"), "the secret is shown: {said}");
    nothing_changed(&world, &before).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_container_that_does_not_exist() {
    let world = World::ready().await;
    let before = state(&world).await;
    let said = world
        .fails(
            1,
            &[
                "repository",
                "add",
                "nowhere",
                "--cloud",
                "sim",
                "--account",
                SOURCE,
                "--container",
                "no-such-container",
                "--service-account",
                "ready",
            ],
        )
        .await;
    says(
        &said,
        &["no-such-container", "404", "ContainerNotFound", "request id"],
    );
    nothing_changed(&world, &before).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_source_that_is_the_target() {
    let world = World::ready().await;
    world.add_repository("source-again", SOURCE, "source").await;
    let before = state(&world).await;
    for target in ["source", "source-again"] {
        let said = world
            .fails(1, &["job", "add", "x", "--source", "source", "--target", target])
            .await;
        says(&said, &["source", "target"]);
    }
    nothing_changed(&world, &before).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_target_that_belongs_to_something_else() {
    let world = World::ready().await;
    world
        .place(TARGET, "theirs")
        .put("precious.vhd", vec![1; 10], &Seed::default());
    world.add_repository("theirs", TARGET, "theirs").await;
    let before = state(&world).await;
    let said = world
        .fails(
            1,
            &["job", "add", "x", "--source", "source", "--target", "theirs"],
        )
        .await;
    says(&said, &["theirs", "precious.vhd"]);
    nothing_changed(&world, &before).await;
    assert_eq!(world.place(TARGET, "theirs").names(), ["precious.vhd"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_that_are_no_usable_pfx() {
    let world = World::ready().await;
    let keys = concat!(env!("CARGO_MANIFEST_DIR"), "/../coldkeep-keys/tests/fixtures");
    let wrong = world.write("wrong-password", b"wrong password");
    let right = world.write("password", b"swordfish");
    let no_pfx = world.write("no.pfx", b"this is not a PFX file");
    let missing = world.path("missing.pfx").to_string_lossy().into_owned();
    let expired = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/expired.pfx");
    let cases = [
        (no_pfx, &wrong, "not a PFX"),
        (missing, &wrong, "missing.pfx"),
        (format!("{keys}/ossl-default.pfx"), &wrong, "password"),
        (format!("{keys}/no-mismatch.pfx"), &right, "belong"),
        (format!("{keys}/no-ec.pfx"), &right, "RSA"),
        (expired.to_owned(), &right, "2021-01-01"),
    ];
    let before = state(&world).await;
    let ready = world.ready_app();
    for (file, password, words) in &cases {
        let import = [
            "certificate",
            "import",
            file,
            "--name",
            "x",
            "--password-file",
            password,
        ];
        says(&world.fails(1, &import).await, &[words, "hint: "]);
        let credential = ["--pfx", file, "--pfx-password-file", password];
        let add = add_existing(&ready.tenant_id, &ready.app_id, &credential);
        says(&world.fails(1, &add).await, &[words, "hint: "]);
    }
    // A good file, and everything else wrong: it is not even imported.
    let good = format!("{keys}/ossl-default.pfx");
    let nobody = "11111111-2222-3333-4444-555555555555";
    let credential = ["--pfx", &good, "--pfx-password-file", &right];
    says(
        &world.fails(1, &add_existing(nobody, nobody, &credential)).await,
        &["AADSTS90002"],
    );
    let unknown_key = add_existing(&ready.tenant_id, &ready.app_id, &credential);
    says(
        &world.fails(1, &unknown_key).await,
        &["AADSTS700027", "request id"],
    );
    nothing_changed(&world, &before).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_item_that_cannot_be_copied() {
    let world = World::ready().await;
    world.put("good", "content");
    let asleep = Seed {
        tier: Some("Archive".into()),
        ..Seed::default()
    };
    world.place(SOURCE, "source").put("asleep", "content", &asleep);
    let refused = world.run(&["job", "run", "copy"]).await;
    assert_eq!(refused.status.code(), Some(3), "{}", stderr(&refused));
    let run = json(&refused);
    assert_eq!(run["reasons"][0]["examples"][0], "asleep", "{run}");
    assert!(
        run["reasons"][0]["problem"].to_string().contains("rchive"),
        "the reason: {run}"
    );
    assert!(world.points().await.is_empty(), "no point is committed");

    let allowed = world.run(&["job", "run", "copy", "--allow-incomplete"]).await;
    assert_eq!(allowed.status.code(), Some(3), "{}", stderr(&allowed));
    let point = world.points().await.pop().expect("a point");
    assert_eq!(point["exactness"], "incomplete", "{point}");
    assert_eq!(point["item_count"], 1, "{point}");
    assert_eq!(point["doubts"][0]["name"], "asleep", "{point}");
}
