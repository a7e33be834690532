//! People and sessions against a writer of the database.

use crate::scene::open_engine;
use argon2::{
    Argon2,
    password_hash::{PasswordHasher, SaltString},
};
use coldkeep_api::Rekey;
use coldkeep_core::{
    Caller, Clock, Code, ExposeSecret, SystemClock,
    hash::Sha256Digest,
    id::PersonId,
    person::{Person, PersonRole},
};
use coldkeep_store::Store;

const PASSWORD: &str = "correct horse battery";

#[tokio::test]
async fn who_writes_into_the_database_adds_no_person_and_no_session() {
    let dir = tempfile::tempdir().unwrap();
    let engine = open_engine(dir.path()).await;
    let setup = engine.setup(Caller::visitor());
    let session = setup.set_up("ann", PASSWORD.into()).await.unwrap();
    let store = Store::open_sqlite(&dir.path().join("coldkeep.db")).await.unwrap();

    let salt = SaltString::encode_b64(&[7; 16]).unwrap();
    let hash = Argon2::default()
        .hash_password(b"eve's own password", &salt)
        .unwrap();
    let eve = Person {
        id: PersonId::new(),
        name: "eve".into(),
        role: PersonRole::Administrator,
        created_at: SystemClock.now(),
    };
    store.create_person(&eve, &hash.to_string()).await.unwrap();
    let refused = setup
        .sign_in_person("eve", "eve's own password".into())
        .await
        .unwrap_err();
    assert_eq!(refused.code, Code::SignInRefused, "{refused}");

    let secret = "ab".repeat(32);
    let key = Sha256Digest::of(secret.as_bytes()).to_string();
    store.save_session(&key, eve.id, SystemClock.now()).await.unwrap();
    assert_eq!(setup.person_of_session(&secret).await.unwrap(), None);
    let known = setup
        .person_of_session(session.secret.expose_secret())
        .await
        .unwrap();
    assert_eq!(known, Some(session.person));
}

#[tokio::test]
async fn passwords_and_sessions_survive_another_master_key() {
    let dir = tempfile::tempdir().unwrap();
    let engine = open_engine(dir.path()).await;
    let setup = engine.setup(Caller::visitor());
    let session = setup.set_up("ann", PASSWORD.into()).await.unwrap();
    setup.rekey(Rekey::default()).await.unwrap();
    let known = setup
        .person_of_session(session.secret.expose_secret())
        .await
        .unwrap();
    assert_eq!(known, Some(session.person));
    setup.sign_in_person("ANN ", PASSWORD.into()).await.unwrap();
}
