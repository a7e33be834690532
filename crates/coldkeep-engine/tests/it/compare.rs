//! `check` by somebody who signs in: what is in Entra and Azure, beside what Coldkeep believes to be there.

use crate::scene::here;
use crate::{
    azure_view::send,
    north::renewal,
    tenant::{ADMIN, Scene, existing, grant, granting, new_certificate},
};
use coldkeep_api::{
    AbandonRenewal, Check, CheckServiceAccount, EditServiceAccount, NewCredential, RemoveServiceAccount,
    RenewServiceAccount,
};
use coldkeep_core::{
    Code, Timestamp,
    id::SignInId,
    moment::end_words,
    permission::PermissionSet,
    problem::{Field, Verb},
    service_account::{Proof, ProofOutcome},
};
use coldkeep_sim::world::faults::{Action, Fault};
use serde_json::{Value, json};

impl Scene {
    async fn checked(&self, sign_in_id: Option<SignInId>) -> Check {
        let how = CheckServiceAccount { sign_in_id };
        self.engine
            .identity(here())
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
    let other = granting(
        existing("other", &account.tenant_id, &account.application_id, theirs),
        sign_in_id,
        vec![],
    );
    scene
        .engine
        .identity(here())
        .add_service_account(other)
        .await
        .unwrap();
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
        ["permissions beyond the grants"],
        "another account's key is known"
    );
    let here_alone = RemoveServiceAccount::default();
    scene
        .engine
        .identity(here())
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
        own.fix[0].fields().any(|field| field == Field::BySignIn),
        "{own:?}"
    );
    let granted = finding(&found, "copy-source granted at");
    assert_eq!(granted.outcome, ProofOutcome::Missing);
    let again = Verb::ServiceAccountEdit
        .of("north")
        .with(Field::GrantOn.set(format!("copy-source={}", scene.source())));
    assert!(
        granted.fix[0].actions().any(|action| *action == again),
        "{granted:?}"
    );

    let again = EditServiceAccount {
        grants: vec![grant(PermissionSet::CopySource, scene.source())],
        sign_in_id,
        ..EditServiceAccount::default()
    };
    let renewal = RenewServiceAccount {
        sign_in_id,
        ..renewal(0)
    };
    scene
        .engine
        .identity(here())
        .renew_service_account("north", renewal)
        .await
        .unwrap();
    scene
        .engine
        .identity(here())
        .edit_service_account("north", again)
        .await
        .unwrap();
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
    assert_eq!(told.code, Some(Code::ApplicationDisabled), "{told:?}");
    switch(true).await;
    let found = scene.checked(sign_in_id).await;
    assert!(found.ok, "{:#?}", found.findings);
}

#[tokio::test]
async fn a_secrets_end_is_learned_where_entra_tells_which_secret_it_is() {
    let scene = Scene::new().await;
    let identity = scene.engine.identity(here());
    let app = scene
        .sim
        .world()
        .register_app(ADMIN.split('@').nth(1).unwrap(), "theirs")
        .unwrap();
    let secret = NewCredential::Secret {
        secret: app.secret.as_str().into(),
    };
    let add = existing("north", &app.tenant_id, &app.app_id, secret);
    identity.add_service_account(add).await.unwrap();
    assert_eq!(scene.account().await.credential.expires_at(), None);
    let sign_in_id = Some(scene.sign_in(ADMIN).await);
    let found = scene.checked(sign_in_id).await;
    let told = finding(&found, "when the secret expires");
    let end = scene.account().await.credential.expires_at().unwrap();
    assert_eq!((told.outcome, &told.detail), (ProofOutcome::Ok, &end_words(end)));

    let path = |verb: &str| format!("applications(appId='{}'){verb}", app.app_id);
    scene
        .sim
        .world()
        .add_secret(&app.object_id, "theirs", Timestamp::MAX)
        .unwrap();
    let found = scene.checked(sign_in_id).await;
    assert_eq!(
        finding(&found, "when the secret expires").outcome,
        ProofOutcome::Ok
    );
    let foreign = finding(&found, "secret ");
    assert_eq!(foreign.code, Some(Code::ForeignSecret));
    assert!(foreign.detail.contains("`theirs`, never expires"), "{foreign:?}");
    assert!(!found.ok);
    // A foreign secret that never ends is in nobody's way.
    let renewal = || RenewServiceAccount {
        sign_in_id,
        ..RenewServiceAccount::default()
    };
    identity.renew_service_account("north", renewal()).await.unwrap();
    let faults = scene.sim.world().faults();
    faults.add(
        Fault::new(Action::Status {
            status: 500,
            code: None,
            retry_after_s: None,
        })
        .service("login"),
    );
    identity
        .renew_service_account("north", renewal())
        .await
        .unwrap_err();
    faults.clear();
    let how = AbandonRenewal { sign_in_id };
    identity.abandon_renewal("north", how).await.unwrap();

    let there = scene
        .graph("GET", &path("?$select=passwordCredentials"), Value::Null)
        .await;
    for secret in there["passwordCredentials"].as_array().unwrap() {
        let gone = json!({"keyId": secret["keyId"]});
        scene.graph("POST", &path("/removePassword"), gone).await;
    }
    let found = scene.checked(sign_in_id).await;
    assert_eq!(
        finding(&found, "when the secret expires").outcome,
        ProofOutcome::Missing
    );
    assert!(!found.ok);
}

#[tokio::test]
async fn everything_else_that_opens_the_application_is_named_with_a_code() {
    let scene = Scene::new().await;
    let sign_in_id = Some(scene.with_account().await);
    let account = scene.account().await;
    let app = format!("applications/{}", account.application_object_id.clone().unwrap());
    let principal = format!("servicePrincipals/{}", account.principal_id.clone().unwrap());
    assert!(scene.checked(sign_in_id).await.ok);
    let theirs = scene
        .engine
        .identity(here())
        .generate_certificate(new_certificate(Some("theirs"), 30))
        .await
        .unwrap();
    let key = json!({"keyCredentials": [{"type": "AsymmetricX509Cert", "usage": "Verify",
        "key": theirs.der_base64, "displayName": "CN=theirs"}]});
    let issuer = json!({"name": "github", "issuer": "https://token.actions.githubusercontent.com",
        "subject": "repo:them/theirs:ref:refs/heads/main", "audiences": ["api://AzureADTokenExchange"]});
    let secret = |end: &str| json!({"passwordCredential": {"endDateTime": end}});
    scene
        .graph(
            "POST",
            &format!("{app}/addPassword"),
            secret("2990-12-31T23:59:59Z"),
        )
        .await;
    scene
        .graph(
            "POST",
            &format!("{principal}/addPassword"),
            secret("2990-12-31T00:00:00Z"),
        )
        .await;
    scene.graph("PATCH", &principal, key).await;
    scene
        .graph("POST", &format!("{app}/federatedIdentityCredentials"), issuer)
        .await;
    let found = scene.checked(sign_in_id).await;
    assert!(!found.ok);
    let codes: Vec<Code> = found.findings.iter().filter_map(|f| f.code).collect();
    assert_eq!(
        codes,
        [
            Code::ForeignSecret,
            Code::ForeignSecretOfPrincipal,
            Code::ForeignCertificateOfPrincipal,
            Code::FederatedCredential,
        ],
        "{:#?}",
        found.findings
    );
    let federated = finding(&found, "federated credential `github`");
    assert!(federated.detail.contains("repo:them/theirs"), "{federated:?}");
}

#[tokio::test]
async fn a_role_that_somebody_edited_is_named_with_what_it_gives_more_or_less() {
    let scene = Scene::new().await;
    let sign_in_id = Some(scene.with_account().await);
    let role = scene.account().await.grants[0].role_definition_id.clone();
    let world = scene.sim.world();
    let arm = &world.endpoints().resource_manager;
    let admin = world.principal(ADMIN).unwrap();
    let token = world.token_for(&admin, arm).unwrap();
    let url = format!("{arm}{role}?api-version=2022-04-01");
    let blobs = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs";
    for (data_actions, code, words) in [
        (
            vec![
                format!("{blobs}/read"),
                format!("{blobs}/tags/read"),
                format!("{blobs}/delete"),
            ],
            Code::RoleGivesMore,
            "it also grants Microsoft.Storage/storageAccounts/blobServices/containers/blobs/delete",
        ),
        (
            vec![format!("{blobs}/read")],
            Code::RoleGivesLess,
            "it no longer grants Microsoft.Storage/storageAccounts/blobServices/containers/blobs/tags/read",
        ),
    ] {
        let mut there = send("GET", &url, &token, None).await;
        there["properties"]["permissions"][0]["dataActions"] = json!(data_actions);
        send("PUT", &url, &token, Some(&there)).await;
        let found = scene.checked(sign_in_id).await;
        assert!(!found.ok);
        let told = finding(&found, "role of copy-source");
        assert_eq!(told.code, Some(code));
        assert!(told.detail.contains(words), "{told:?}");
    }
}

#[tokio::test]
async fn what_another_account_of_the_application_has_is_known() {
    let scene = Scene::new().await;
    let sign_in_id = Some(scene.with_account().await);
    let account = scene.account().await;
    let theirs = scene.certificate("theirs").await;
    let other = granting(
        existing("other", &account.tenant_id, &account.application_id, theirs),
        sign_in_id,
        vec![grant(PermissionSet::CopyTarget, scene.source())],
    );
    scene
        .engine
        .identity(here())
        .add_service_account(other)
        .await
        .unwrap();
    let found = scene.checked(sign_in_id).await;
    assert!(found.ok, "{:#?}", found.findings);
}
