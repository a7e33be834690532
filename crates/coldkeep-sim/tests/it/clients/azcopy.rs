//! Microsoft's AzCopy: uploads, copies that the service makes, synchronisation, Archive, and what it is told when it may not.

use super::{Stage, finish, identity, tool};
use coldkeep_sim::world::RegisteredApp;
use std::process::Output;

/// AzCopy and the simulator it works on.
struct AzCopy {
    stage: Stage,
    environment: Vec<(&'static str, String)>,
}

impl AzCopy {
    async fn start() -> Self {
        Self {
            stage: Stage::https().await,
            environment: vec![],
        }
    }

    /// Signed in by certificate as this application.
    ///
    /// AzCopy asks Microsoft's public host whether an authority exists, and that cannot be switched off: the proxy leads
    /// there, so that it needs to be told of no other authority.
    async fn sign_in(&mut self, app: &RegisteredApp) {
        let certificate = self.stage.dir().join("client.pem");
        self.environment = vec![
            ("AZCOPY_AUTO_LOGIN_TYPE", "SPN".to_owned()),
            ("AZCOPY_SPA_APPLICATION_ID", app.app_id.clone()),
            ("AZCOPY_SPA_CERT_PATH", certificate.to_string_lossy().into_owned()),
            ("AZCOPY_TENANT_ID", app.tenant_id.clone()),
            ("HTTPS_PROXY", self.stage.proxy()),
        ];
    }

    /// A container's address, without a signature.
    fn url(&self, account: &str, container: &str) -> String {
        let base = self.stage.sim.endpoints().blob.replace("{account}", account);
        format!("{base}/{container}")
    }

    /// A container's address with the account's signature.
    fn signed(&self, account: &str, container: &str) -> String {
        format!("{}?{}", self.url(account, container), self.stage.sas(account))
    }

    async fn run(&self, arguments: &[&str]) -> Output {
        let mut command = self.stage.command(tool(
            "azcopy/node_modules/@azure-tools/azcopy-linux/dist/bin/azcopy_linux_amd64",
        ));
        let blob = self.stage.sim.endpoints().blob;
        let host = blob.trim_start_matches("https://").trim_end_matches("/{account}");
        command
            .args(arguments)
            .args(["--recursive", "--skip-version-check"])
            .arg(format!("--trusted-microsoft-suffixes={host}"))
            .env("AZCOPY_LOG_LOCATION", self.stage.dir().join("azcopy-log"))
            .env("AZCOPY_JOB_PLAN_LOCATION", self.stage.dir().join("azcopy-plan"))
            .envs(self.environment.iter().cloned());
        finish(command).await
    }

    async fn must(&self, arguments: &[&str]) {
        let output = self.run(arguments).await;
        let told = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{told}");
    }

    async fn refused(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments).await;
        assert!(!output.status.success());
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Makes empty containers.
    fn containers(&self, account: &str, names: &[&str]) {
        let world = self.stage.sim.world();
        for name in names {
            world.blobs.create_container(account, name, world.now());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn azcopy_uploads_a_tree_and_keeps_it_in_step() {
    let az = AzCopy::start().await;
    az.containers("northsource", &["tree"]);
    let tree = az.stage.dir().join("tree");
    std::fs::create_dir_all(tree.join("deep er/ä")).unwrap();
    for (name, text) in [
        ("one.txt", "one"),
        ("deep er/two.txt", "two"),
        ("deep er/ä/empty", ""),
    ] {
        std::fs::write(tree.join(name), text).unwrap();
    }
    let (from, to) = (tree.to_str().unwrap(), az.signed("northsource", "tree"));
    az.must(&[
        "copy",
        from,
        &to,
        "--from-to=LocalBlob",
        "--as-subdir=false",
        "--put-md5",
    ])
    .await;
    let names = ["deep er/two.txt", "deep er/ä/empty", "one.txt"];
    let place = || az.stage.sim.world().blobs_in("northsource", "tree");
    assert_eq!(place().names(), names);
    assert_eq!(place().get("deep er/two.txt").unwrap().content, "two");
    assert!(place().get("one.txt").unwrap().content_md5.is_some());

    std::fs::remove_file(tree.join("one.txt")).unwrap();
    std::fs::write(tree.join("deep er/two.txt"), "changed").unwrap();
    az.must(&[
        "sync",
        from,
        &to,
        "--from-to=LocalBlob",
        "--delete-destination=true",
        "--compare-hash=MD5",
    ])
    .await;
    assert_eq!(place().names(), names[..2]);
    assert_eq!(place().get("deep er/two.txt").unwrap().content, "changed");
}

#[tokio::test(flavor = "multi_thread")]
async fn azcopy_has_the_service_copy_by_signature_and_into_archive() {
    let az = AzCopy::start().await;
    let blobs = az.stage.seed();
    az.containers("northtarget", &["copies", "frozen"]);
    let from = az.signed("northsource", "backups");
    for (container, tier) in [("copies", None), ("frozen", Some("--block-blob-tier=Archive"))] {
        let to = az.signed("northtarget", container);
        let mut arguments = vec!["copy", &from, &to, "--from-to=BlobBlob", "--as-subdir=false"];
        arguments.extend(tier);
        arguments.push("--s2s-preserve-access-tier=false");
        az.must(&arguments).await;
        az.stage.assert_holds("northtarget", container, &blobs);
        let tier = if tier.is_some() { "Archive" } else { "Hot" };
        az.stage.assert_tier("northtarget", container, tier);
    }
    // The service moves the bytes: none go through the client.
    let copied = az.stage.sim.world().log().entries();
    assert!(
        copied
            .iter()
            .filter(|e| e.copy_source.is_some() && e.status == Some(201))
            .count()
            >= 2 * blobs.len()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn azcopy_signs_in_by_certificate() {
    let mut az = AzCopy::start().await;
    let blobs = az.stage.seed();
    az.containers("northtarget", &["copies", "synced"]);
    let app = az.stage.app_with_certificate("client.pem");
    az.sign_in(&app).await;
    let from = az.url("northsource", "backups");
    let to = az.url("northtarget", "copies");
    az.must(&["copy", &from, &to, "--from-to=BlobBlob", "--as-subdir=false"])
        .await;
    az.stage.assert_holds("northtarget", "copies", &blobs);
    az.must(&[
        "sync",
        &from,
        &az.url("northtarget", "synced"),
        "--from-to=BlobBlob",
    ])
    .await;
    az.stage.assert_holds("northtarget", "synced", &blobs);
    let entries = az.stage.sim.world().log().entries();
    let copies = entries.iter().filter(|e| e.copy_source.is_some());
    assert!(copies.clone().count() >= 2 * blobs.len());
    assert!(
        copies
            .clone()
            .all(|e| e.principal.as_deref() == Some(&*app.app_id)),
        "{entries:#?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn azcopy_is_told_what_it_may_not() {
    let mut az = AzCopy::start().await;
    az.stage.seed();
    az.containers("northtarget", &["copies"]);
    let (from, to) = (az.url("northsource", "backups"), az.url("northtarget", "copies"));
    let copy = ["copy", &from, &to, "--from-to=BlobBlob", "--as-subdir=false"];

    let signed = [
        &*az.signed("northsource", "backups"),
        &*az.signed("northtarget", "copies"),
    ];
    // Cutting the end off could leave half of a percent escape, which is another refusal.
    let forged = signed.map(|url| url.replace("sig=", "sig=AAAA"));
    let told = az
        .refused(&["copy", &forged[0], &forged[1], "--from-to=BlobBlob"])
        .await;
    assert!(told.contains("AuthenticationFailed"), "{told}");

    // Entra has never seen this certificate.
    az.stage.write("client.pem", &identity::certificate().1);
    let app = az.stage.sim.world().ready_app().unwrap();
    az.sign_in(&app).await;
    let told = az.refused(&copy).await;
    assert!(told.contains("AADSTS700027"), "{told}");

    // Known, but without a role.
    let stranger = az
        .stage
        .sim
        .world()
        .register_app(&app.tenant_id, "stranger")
        .unwrap();
    az.stage.certify(&stranger, "client.pem");
    az.sign_in(&stranger).await;
    let told = az.refused(&copy).await;
    assert!(told.contains("AuthorizationPermissionMismatch"), "{told}");
    assert!(
        az.stage
            .sim
            .world()
            .blobs_in("northtarget", "copies")
            .names()
            .is_empty()
    );
}
