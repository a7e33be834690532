//! `check` by somebody who signs in: what is in Entra and Azure, beside what Coldkeep believes to be there.

use crate::{
    azure_view::send,
    north::wish,
    tenant::{ADMIN, Scene, existing, grant},
};
use coldkeep_core::{
    SecretString,
    id::SignInId,
    permission::PermissionSet,
    service_account::{Proof, ProofOutcome},
};
use coldkeep_engine::requests::{
    Check, CheckServiceAccount, CredentialWish, EditServiceAccount, NewServiceAccount, RemoveServiceAccount,
    Renew,
};
use serde_json::{Value, json};

impl Scene {
    async fn checked(&self, sign_in_id: Option<SignInId>) -> Check {
        let how = CheckServiceAccount { sign_in_id };
        self.engine
            .check_service_account_with("north", how)
            .await
            .unwrap()
    }

    /// Changes something in the directory as an administrator would, by other means than Coldkeep.
    async fn graph(&self, method: &str, path: &str, body: Value) -> Value {
        let world = self.sim.world();
        let graph = &world.endpoints().graph;
        let admin = world.principal(ADMIN).unwrap();
        let token = world.token_for(&admin, graph).unwrap();
        send(method, &format!("{graph}/v1.0/{path}"), &token, Some(&body)).await
    }
}

fn finding<'a>(check: &'a Check, what: &str) -> &'a Proof {
    let found = check.findings.iter().find(|f| f.what.starts_with(what));
    found.unwrap_or_else(|| panic!("{what}: {:#?}", check.findings))
}

#[tokio::test]
async fn a_check_by_somebody_who_signs_in_names_what_coldkeep_does_not_know() {
    let scene = Scene::new().await;
    let sign_in_id = Some(scene.with_account().await);
    let well = scene.checked(sign_in_id).await;
    assert!(well.ok, "{:#?}", well.findings);

    let account = scene.account().await;
    let principal = account.principal_id.clone().unwrap();
    let world = scene.sim.world();
    world
        .grant(&principal, "Storage Blob Data Owner", &scene.source().0)
        .unwrap();
    let theirs = scene.certificate("theirs").await;
    let other = NewServiceAccount {
        grant: true,
        sign_in_id,
        ..existing("other", &account.tenant_id, &account.application_id, theirs)
    };
    scene.engine.add_service_account(other).await.unwrap();
    let found = scene.checked(sign_in_id).await;
    let failed = |check: &Check| -> Vec<String> {
        let failed = check
            .findings
            .iter()
            .filter(|f| f.outcome == ProofOutcome::Failed);
        failed.map(|f| f.what.clone()).collect()
    };
    assert_eq!(
        failed(&found),
        ["rights beyond the grants"],
        "another account's key is known"
    );
    let here_alone = RemoveServiceAccount::default();
    scene
        .engine
        .remove_service_account("other", here_alone)
        .await
        .unwrap();
    let found = scene.checked(sign_in_id).await;
    let what = failed(&found);
    assert!(what.len() == 2 && what[0].starts_with("certificate "), "{what:?}");
    assert!(!found.ok);
}

#[tokio::test]
async fn what_somebody_took_away_is_named_and_the_fix_that_is_named_mends_it() {
    let scene = Scene::new().await;
    let sign_in_id = Some(scene.with_account().await);
    let before = scene.view().await;
    let account = scene.account().await;
    let object_id = account.application_object_id.clone().unwrap();
    scene
        .sim
        .world()
        .revoke(&account.grants[0].assignment_id)
        .unwrap();
    let no_keys = json!({"keyCredentials": []});
    scene
        .graph("PATCH", &format!("applications/{object_id}"), no_keys)
        .await;

    let found = scene.checked(sign_in_id).await;
    assert!(!found.ok);
    let own = finding(&found, "own certificate in Entra");
    assert_eq!(own.outcome, ProofOutcome::Missing);
    assert!(
        own.detail.contains("service-account renew --by-sign-in"),
        "{own:?}"
    );
    let granted = finding(&found, "copy-source granted at");
    assert_eq!(granted.outcome, ProofOutcome::Missing);
    let fix = format!("edit north --grant-on copy-source={}", scene.source());
    assert!(granted.detail.contains(&fix), "{granted:?}");

    let again = EditServiceAccount {
        grants: vec![grant(PermissionSet::CopySource, scene.source())],
        sign_in_id,
        ..EditServiceAccount::default()
    };
    let renewal = Renew {
        sign_in_id,
        ..wish(0)
    };
    scene
        .engine
        .renew_service_account("north", renewal)
        .await
        .unwrap();
    scene.engine.edit_service_account("north", again).await.unwrap();
    let mended = scene.checked(sign_in_id).await;
    assert!(mended.ok, "{:#?}", mended.findings);
    assert_eq!(scene.view().await.keys, before.keys);
}

#[tokio::test]
async fn a_disabled_application_is_told_from_a_wrong_key() {
    let scene = Scene::new().await;
    let sign_in_id = Some(scene.with_account().await);
    let principal = scene.account().await.principal_id.unwrap();
    let switch = async |on: bool| {
        let path = format!("servicePrincipals/{principal}");
        scene.graph("PATCH", &path, json!({"accountEnabled": on})).await
    };
    switch(false).await;
    let found = scene.checked(sign_in_id).await;
    assert!(!found.ok);
    let told = finding(&found, "application may sign in");
    assert_eq!(told.outcome, ProofOutcome::Failed);
    assert!(told.detail.contains("It is disabled"), "{told:?}");
    switch(true).await;
    let found = scene.checked(sign_in_id).await;
    assert!(found.ok, "{:#?}", found.findings);
}

#[tokio::test]
async fn a_secrets_end_is_learned_where_entra_tells_which_secret_it_is() {
    let scene = Scene::new().await;
    let app = scene
        .sim
        .world()
        .register_app(ADMIN.split('@').nth(1).unwrap(), "theirs")
        .unwrap();
    let secret = CredentialWish::Secret {
        secret: SecretString::from(app.secret.clone()),
    };
    let add = existing("north", &app.tenant_id, &app.app_id, secret);
    scene.engine.add_service_account(add).await.unwrap();
    assert_eq!(scene.account().await.credential.expires_at(), None);
    let sign_in_id = Some(scene.sign_in(ADMIN).await);
    let found = scene.checked(sign_in_id).await;
    let told = finding(&found, "when the secret ends");
    let end = scene.account().await.credential.expires_at().unwrap();
    assert_eq!((told.outcome, &told.detail), (ProofOutcome::Ok, &end.to_string()));

    let path = |verb: &str| format!("applications(appId='{}'){verb}", app.app_id);
    scene.graph("POST", &path("/addPassword"), json!({})).await;
    let found = scene.checked(sign_in_id).await;
    assert_eq!(
        finding(&found, "when the secret ends").outcome,
        ProofOutcome::Unknown
    );

    let there = scene
        .graph("GET", &path("?$select=passwordCredentials"), Value::Null)
        .await;
    for secret in there["passwordCredentials"].as_array().unwrap() {
        let gone = json!({"keyId": secret["keyId"]});
        scene.graph("POST", &path("/removePassword"), gone).await;
    }
    let found = scene.checked(sign_in_id).await;
    assert_eq!(
        finding(&found, "when the secret ends").outcome,
        ProofOutcome::Missing
    );
    assert!(!found.ok);
}
