//! One contract suite, run on SQLite and on PostgreSQL: no query is written that only one of them takes.

mod contract;
mod samples;

use coldkeep_store::{Store, testing::Cluster};
use std::os::unix::fs::PermissionsExt;

#[tokio::test]
async fn sqlite_keeps_the_contract() {
    let dir = tempfile::tempdir().unwrap();
    for case in contract::CASES {
        let store = Store::open_sqlite(&dir.path().join(format!("{}.db", case.name)))
            .await
            .unwrap();
        (case.run)(store.clone()).await;
        store.close().await;
    }
}

/// One test for all cases: the cluster is started once, each case has a database of its own.
#[tokio::test]
async fn postgres_keeps_the_contract() {
    let cluster = Cluster::start();
    for case in contract::CASES {
        let store = Store::open(&cluster.make_database(case.name)).await.unwrap();
        (case.run)(store.clone()).await;
        store.close().await;
    }
}

#[tokio::test]
async fn the_database_is_readable_by_its_owner_alone_and_opens_again() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("coldkeep.db");
    let store = Store::open_sqlite(&path).await.unwrap();
    store.save_cloud(&samples::cloud("sim")).await.unwrap();
    for entry in std::fs::read_dir(dir.path()).unwrap() {
        let entry = entry.unwrap();
        assert_eq!(
            entry.metadata().unwrap().permissions().mode() & 0o777,
            0o600,
            "{:?}",
            entry.file_name()
        );
    }
    store.close().await;
    let again = Store::open(&format!("sqlite:{}", path.display())).await.unwrap();
    assert_eq!(
        again.load_cloud("sim").await.unwrap(),
        Some(samples::cloud("sim"))
    );
}

#[tokio::test]
async fn a_file_that_is_no_database_is_named_as_such() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("coldkeep.db");
    std::fs::write(
        &path,
        "this is not a database, it is a sentence, and it goes on for a while".repeat(10),
    )
    .unwrap();
    let problem = Store::open_sqlite(&path).await.unwrap_err();
    assert_eq!(problem.kind, coldkeep_core::Kind::Corrupt, "{problem}");
    assert!(problem.to_string().contains("database"), "{problem}");
}

#[tokio::test]
async fn a_database_that_cannot_be_reached_says_so_without_its_password() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let problem = Store::open(&format!(
        "postgres://u:hunter2@127.0.0.1:{port}/x?sslmode=disable"
    ))
    .await
    .unwrap_err();
    assert_eq!(problem.kind, coldkeep_core::Kind::Unavailable, "{problem}");
    assert!(!problem.to_string().contains("hunter2"), "{problem}");
}
