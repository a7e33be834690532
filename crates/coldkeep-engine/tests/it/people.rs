//! People and sessions against a writer of the database.

use crate::scene::open_engine;
use argon2::{Algorithm, Argon2, Block, Params, Version};
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

    // A hash of a password of her own, by the same parameters but without the key.
    let mut hash = [0; 32];
    let params = Params::new(19 * 1024, 2, 1, Some(32)).unwrap();
    let mut memory = vec![Block::default(); params.block_count()];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into_with_memory(b"eve's own password", &[7; 16], &mut hash, &mut memory)
        .unwrap();
    let [salt, hash] = [&[7; 16][..], &hash[..]].map(|bytes| data_encoding::BASE64_NOPAD.encode(bytes));
    let hash = format!("$argon2id$v=19$m=19456,t=2,p=1${salt}${hash}");
    let eve = Person {
        id: PersonId::new(),
        name: "eve".into(),
        role: PersonRole::Administrator,
        created_at: SystemClock.now(),
    };
    store.create_person(&eve, &hash).await.unwrap();
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
    assert_eq!(known.map(|person| person.id), Some(session.person.id));
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
    assert_eq!(known.map(|person| person.id), Some(session.person.id));
    setup.sign_in_person("ANN ", PASSWORD.into()).await.unwrap();
}
