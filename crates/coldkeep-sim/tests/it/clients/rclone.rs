//! rclone: copies and checks between accounts, with a key and with a certificate.

use super::{Stage, finish, identity, tool};
use std::process::Output;

/// rclone with a remote for each account, `northsource:` and `northtarget:`.
struct Rclone {
    stage: Stage,
    settings: Vec<(String, String)>,
}

const ACCOUNTS: [&str; 2] = ["northsource", "northtarget"];

impl Rclone {
    async fn with(credential: impl Fn(&Stage, &str) -> Vec<(&'static str, String)>) -> Self {
        let stage = Stage::https().await;
        let mut settings = vec![
            // By certificate, it asks Microsoft's public host whether the authority exists, and cannot be told not to.
            ("HTTPS_PROXY".to_owned(), stage.proxy()),
            ("RCLONE_CONFIG".to_owned(), "/dev/null".to_owned()),
        ];
        for account in ACCOUNTS {
            let own = [("type", "azureblob".to_owned()), ("account", account.to_owned())];
            for (name, value) in own.into_iter().chain(credential(&stage, account)) {
                let variable = format!("RCLONE_CONFIG_{account}_{name}").to_uppercase();
                settings.push((variable, value));
            }
        }
        Self { stage, settings }
    }

    /// With the accounts' keys.
    async fn with_keys() -> Self {
        Self::with(|stage, account| {
            let endpoint = stage.sim.endpoints().blob.replace("{account}", account);
            vec![
                ("key", stage.sim.world().account_key(account).unwrap()),
                ("endpoint", endpoint),
            ]
        })
        .await
    }

    /// Signed in by certificate.
    async fn with_certificate() -> Self {
        let rclone = Self::with(|stage, _| {
            let app = stage.sim.world().ready_app().unwrap();
            let file = stage.dir().join("client.pem");
            // No endpoint: Azure's own, where the proxy leads to the simulator. At an address by IP it takes the first
            // number for the account when it signs for a copy's source.
            vec![
                ("tenant", app.tenant_id),
                ("client_id", app.app_id),
                ("client_certificate_path", file.to_string_lossy().into_owned()),
            ]
        })
        .await;
        rclone.stage.app_with_certificate("client.pem");
        rclone
    }

    async fn run(&self, arguments: &[&str]) -> Output {
        let mut command = self.stage.command(tool("rclone/bin/rclone"));
        command
            .args(arguments)
            .args(["--retries=1", "--low-level-retries=1"])
            .envs(self.settings.iter().cloned());
        finish(command).await
    }

    async fn must(&self, arguments: &[&str]) {
        let output = self.run(arguments).await;
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }

    /// Copies of the service's own making that the log shows.
    fn server_side_copies(&self) -> usize {
        let entries = self.stage.sim.world().log().entries();
        entries
            .iter()
            .filter(|entry| entry.copy_source.is_some() && matches!(entry.status, Some(201 | 202)))
            .count()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rclone_copies_and_checks_with_keys() {
    let rclone = Rclone::with_keys().await;
    let blobs = rclone.stage.seed();
    rclone
        .must(&["copy", "northsource:backups", "northtarget:copies"])
        .await;
    rclone.stage.assert_holds("northtarget", "copies", &blobs);
    assert!(rclone.server_side_copies() >= blobs.len());
    rclone
        .must(&["check", "--download", "northsource:backups", "northtarget:copies"])
        .await;
    rclone
        .must(&["check", "northsource:backups", "northtarget:copies"])
        .await;

    let frozen = [
        "copy",
        "northsource:backups",
        "northtarget:frozen",
        "--azureblob-access-tier=Archive",
    ];
    rclone.must(&frozen).await;
    rclone.stage.assert_holds("northtarget", "frozen", &blobs);
    rclone.stage.assert_tier("northtarget", "frozen", "Archive");
}

#[tokio::test(flavor = "multi_thread")]
async fn rclone_copies_and_checks_with_a_certificate() {
    let rclone = Rclone::with_certificate().await;
    let blobs = rclone.stage.seed();
    rclone
        .must(&["copy", "northsource:backups", "northtarget:copies"])
        .await;
    rclone.stage.assert_holds("northtarget", "copies", &blobs);
    assert!(rclone.server_side_copies() >= blobs.len());
    rclone
        .must(&["check", "--download", "northsource:backups", "northtarget:copies"])
        .await;

    // A blob that differs is noticed.
    let place = rclone.stage.sim.world().blobs_in("northtarget", "copies");
    place.put("empty", "no longer", &coldkeep_sim::blobs::Seed::default());
    let told = rclone
        .run(&["check", "--download", "northsource:backups", "northtarget:copies"])
        .await;
    assert!(!told.status.success());
    let told = String::from_utf8_lossy(&told.stderr);
    assert!(told.contains("1 differences found"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn rclone_is_told_what_it_may_not() {
    let rclone = Rclone::with_certificate().await;
    rclone.stage.seed();
    // The certificate is replaced by one that Entra has never seen.
    rclone.stage.write("client.pem", &identity::certificate().1);
    let output = rclone
        .run(&["copy", "northsource:backups", "northtarget:copies"])
        .await;
    assert!(!output.status.success());
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(told.contains("AADSTS700027"), "{told}");
    assert!(
        !rclone
            .stage
            .sim
            .world()
            .blobs
            .container_exists("northtarget", "copies")
    );
}
