//! The master key changed, and the change cut short before each of its steps.

use super::*;
use crate::{Config, ground::sealed::Binding};
use coldkeep_core::{
    Code, ExposeSecret, SecretOwner, SystemClock,
    certificate::{Certificate, NewCertificate},
};
use coldkeep_keys::{Generate, describe, generate};
use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};
use tempfile::TempDir;

fn bound(owner: &str) -> Binding {
    Binding::of(SecretOwner::Cloud(owner.into()), "https://north.example")
}

async fn open(folder: &Path, master_key_file: Option<&Path>) -> Result<Arc<Ground>, Problem> {
    let data_dir = folder.join("data");
    std::fs::create_dir_all(&data_dir).unwrap();
    Ground::open(Config {
        data_dir,
        database_url: None,
        master_key_file: master_key_file.map(Into::into),
        clock: Arc::new(SystemClock),
    })
    .await
    .map(Arc::new)
}

/// Two secrets and a certificate with its key.
async fn filled() -> (TempDir, Arc<Ground>, Certificate) {
    let folder = tempfile::tempdir().unwrap();
    let ground = open(folder.path(), None).await.unwrap();
    for owner in ["repository/1", "service-account/2"] {
        ground
            .save_sealed(&bound(owner), Some(&format!("hush of {owner}").into()))
            .await
            .unwrap();
    }
    let now = ground.config.clock.now();
    let material = generate(&Generate {
        certificate: NewCertificate {
            name: Some("nightly".into()),
            subject: None,
            key_bits: 2048,
            valid_days: 30,
        },
        now,
    })
    .unwrap();
    let certificate = describe(&material, "nightly", "generated", now).unwrap();
    let sealed = material.seal(&ground.vault, certificate.id).unwrap();
    ground
        .store
        .save_certificate(&certificate, &sealed)
        .await
        .unwrap();
    (folder, ground, certificate)
}

async fn assert_all_open(ground: &Ground, certificate: &Certificate) {
    for owner in ["repository/1", "service-account/2"] {
        let secret = ground.load_sealed(&bound(owner)).await.unwrap();
        assert_eq!(secret.expose_secret(), format!("hush of {owner}"));
    }
    let signer = ground.load_signer(certificate.id).await.unwrap();
    assert_eq!(
        coldkeep_core::signer::AssertionSigner::thumbprint_sha1(&*signer).len(),
        20
    );
}

/// Stops before the step of this number.
fn stop_at(number: usize) -> impl Fn(&'static str) -> Result<(), Problem> + Sync {
    let steps = AtomicUsize::new(0);
    move |_| match steps.fetch_add(1, Ordering::SeqCst) == number {
        true => Err(Problem::new(Code::RunStopped, "cut short", "continue")),
        false => Ok(()),
    }
}

async fn cut_short_before_every_step(moved: bool) {
    let mut cuts = 0;
    loop {
        let (folder, ground, certificate) = filled().await;
        let before = ground.master_key();
        let to = folder.path().join("elsewhere.key");
        let request = Rekey {
            to_file: moved.then(|| to.display().to_string()),
        };
        let done = ground.rekey_with(request.clone(), &stop_at(cuts)).await;
        // In the process that was cut short everything still opens,
        assert_all_open(&ground, &certificate).await;
        ground
            .save_sealed(&bound("repository/1"), Some(&"hush of repository/1".into()))
            .await
            .unwrap();
        ground.store.close().await;
        drop(ground);
        // and in the next one.
        let ground = open(folder.path(), None).await.unwrap();
        assert_all_open(&ground, &certificate).await;
        let begun = done.is_ok() || cuts >= 2;
        if !begun {
            // Without the note nothing had begun; the next attempt begins again.
            assert_eq!(ground.master_key().id, before.id);
            ground.rekey(Rekey::default()).await.unwrap();
        }
        assert_all_open(&ground, &certificate).await;
        let sealed = ground.store.list_sealed().await.unwrap();
        assert!(
            sealed.iter().all(|s| ground.vault.is_current(&s.sealed)),
            "cut {cuts}"
        );
        assert_ne!(ground.master_key().id, before.id, "cut {cuts}");
        if begun {
            assert_eq!(ground.master_key().in_data_folder, !moved, "cut {cuts}");
            let left: Vec<_> = std::fs::read_dir(folder.path().join("data"))
                .unwrap()
                .map(|e| e.unwrap().file_name().into_string().unwrap())
                .filter(|name| !name.starts_with("coldkeep.db"))
                .collect();
            assert_eq!(
                left,
                [if moved { "master-key-file" } else { "master.key" }],
                "cut {cuts}"
            );
        }
        if done.is_ok() {
            break;
        }
        cuts += 1;
    }
    // Two before the note, the setting that names the key, three secrets, and the end.
    assert_eq!(cuts, if moved { 10 } else { 9 });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_key_in_the_old_ones_place_cut_short_before_every_step() {
    cut_short_before_every_step(false).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_key_elsewhere_cut_short_before_every_step() {
    cut_short_before_every_step(true).await;
}

#[tokio::test]
async fn a_database_without_its_master_key_is_of_no_use() {
    let (folder, ground, _) = filled().await;
    ground.store.close().await;
    let copy = tempfile::tempdir().unwrap();
    std::fs::create_dir(copy.path().join("data")).unwrap();
    let database = copy.path().join("data/coldkeep.db");
    std::fs::copy(folder.path().join("data/coldkeep.db"), &database).unwrap();
    for words in [&b"hush of"[..], b"PRIVATE", &[0x30, 0x82, 0x04][..]] {
        let content = std::fs::read(&database).unwrap();
        assert!(
            !content.windows(words.len()).any(|w| w == words),
            "{words:?} is stored unencrypted"
        );
    }
    let refused = open(copy.path(), None).await.unwrap_err();
    assert!(
        refused.code == Code::MasterKeyMissing && refused.what.contains("3 secrets"),
        "{refused}"
    );
    assert!(
        !copy.path().join("data/master.key").exists(),
        "no new key is made"
    );

    let other = copy.path().join("other.key");
    coldkeep_keys::ensure_key_file(&other).unwrap();
    let refused = open(copy.path(), Some(&other)).await.unwrap_err();
    assert_eq!(refused.code, Code::MasterKeyWrong, "{refused}");
    let right = folder.path().join("data/master.key");
    let ground = open(copy.path(), Some(&right)).await.unwrap();
    assert!(!ground.master_key().in_data_folder);
    // Given once, known from then on.
    ground.store.close().await;
    drop(ground);
    assert_eq!(
        open(copy.path(), None).await.unwrap().master_key().file,
        right.display().to_string()
    );
}
