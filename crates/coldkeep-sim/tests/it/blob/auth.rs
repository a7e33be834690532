//! Who is let in, and what for: tokens, keys, signatures.

use super::client::{Ask, Lab, SOURCE, STORAGE, VERSION, http_date, sign};
use super::signatures::account_sas;
use coldkeep_core::{Clock as _, SystemClock};
use coldkeep_sim::blobs::Seed;

pub const PATH: &str = "/northsource/data/a";

pub async fn seeded() -> Lab {
    let lab = Lab::start().await;
    lab.world()
        .blobs_in(SOURCE, "data")
        .put("a", "hello", &Seed::default());
    lab
}

#[tokio::test]
async fn strangers_are_told_whom_to_ask() {
    let lab = seeded().await;
    let anonymous = lab
        .send(Ask::get(PATH).header("x-ms-version", VERSION))
        .await
        .expect_error(401, "NoAuthenticationInformation");
    let challenge = anonymous.header("www-authenticate");
    let tenant = lab.world().storage_account(SOURCE).unwrap().tenant_id.clone();
    assert!(
        challenge.starts_with("Bearer authorization_uri=") && challenge.contains(&tenant),
        "{challenge}"
    );
    assert!(
        challenge.ends_with("resource_id=https://storage.azure.com"),
        "{challenge}"
    );
    assert!(
        anonymous
            .text()
            .contains("<Code>NoAuthenticationInformation</Code>")
    );

    let garbage = lab
        .send(Ask::get(PATH).token("x.y.z"))
        .await
        .expect_error(401, "InvalidAuthenticationInfo");
    assert!(!garbage.header("www-authenticate").is_empty());
    let wrong = Ask::get(PATH).key(SOURCE, "AAAA");
    lab.send(wrong).await.expect_error(403, "AuthenticationFailed");
    lab.world().set_allow_shared_key(SOURCE, false).unwrap();
    lab.owner(Ask::get(PATH))
        .await
        .expect_error(403, "KeyBasedAuthenticationNotPermitted");
    lab.send(Ask::get("/nowhere/data/a"))
        .await
        .expect_error(404, "ResourceNotFound");
}

/// The string is put together by hand as the page's example has it:
/// <https://learn.microsoft.com/rest/api/storageservices/authorize-with-shared-key#blob-queue-and-file-services-shared-key-lite-authorization>
#[tokio::test]
async fn the_short_form_of_a_keys_signature_is_accepted() {
    let lab = seeded().await;
    let key = lab.world().account_key(SOURCE).unwrap();
    let date = http_date(SystemClock.now());
    let signed = |text: &str| format!("SharedKeyLite {SOURCE}:{}", sign(&key, text));
    let version = "x-ms-version:2024-08-04";
    let put = |text: &str| {
        Ask::blob("/northsource/data/lite", "Hello World")
            .header("content-type", "text/plain; charset=UTF-8")
            .header("x-ms-date", date.clone())
            .header("x-ms-meta-m1", "v1")
            .header("x-ms-version", "2024-08-04")
            .header("authorization", signed(text))
    };
    let text = format!(
        "PUT\n\ntext/plain; charset=UTF-8\n\nx-ms-blob-type:BlockBlob\nx-ms-date:{date}\nx-ms-meta-m1:v1\n{version}\n\
         /northsource/northsource/data/lite"
    );
    lab.send(put(&text)).await.expect(201);
    lab.send(put(&text.replace("v1", "v2")))
        .await
        .expect_error(403, "AuthenticationFailed");
    // Of the parameters only `comp` is signed.
    let list = format!("GET\n\n\n{date}\n{version}\n/northsource/northsource/data?comp=list");
    let list = Ask::get("/northsource/data?restype=container&comp=list")
        .header("date", date.clone())
        .header("x-ms-version", "2024-08-04")
        .header("authorization", signed(&list));
    lab.send(list).await.expect(200);
}

/// <https://learn.microsoft.com/rest/api/storageservices/authorize-with-shared-key#specifying-the-date-header>
#[tokio::test]
async fn a_request_signed_with_a_key_says_when_and_that_is_about_now() {
    let lab = seeded().await;
    let key = lab.world().account_key(SOURCE).unwrap();
    let now = SystemClock.now();
    let at = |minutes| http_date(now + jiff::SignedDuration::from_mins(minutes));
    let signed = |header: &str, date: String| Ask::get(PATH).header(header, date).signed(SOURCE, &key);
    for (header, minutes) in [("x-ms-date", -14), ("x-ms-date", 14), ("date", -14)] {
        lab.send(signed(header, at(minutes))).await.expect(200);
    }
    for (header, minutes) in [("x-ms-date", -16), ("x-ms-date", 16), ("date", -16)] {
        lab.send(signed(header, at(minutes)))
            .await
            .expect_error(403, "AuthenticationFailed");
    }
    let old = lab.send(signed("x-ms-date", at(-16))).await;
    let detail = format!("Request date header too old: '{}'", at(-16));
    assert_eq!(old.elements("AuthenticationErrorDetail"), [detail]);
    for undated in [
        Ask::get(PATH).signed(SOURCE, &key),
        signed("x-ms-date", "yesterday".to_owned()),
    ] {
        lab.send(undated).await.expect_error(403, "AuthenticationFailed");
    }

    // The simulated time may be far away: it is the clocks of both machines that are compared.
    lab.world().advance_clock(30 * 86_400);
    lab.send(signed("x-ms-date", at(0))).await.expect(200);
    let skew = serde_json::json!({"skew_s": {"blob": -1200}});
    lab.control("/settings", &skew).await.expect(200);
    lab.send(signed("x-ms-date", at(0)))
        .await
        .expect_error(403, "AuthenticationFailed");
    lab.send(signed("x-ms-date", at(-20))).await.expect(200);
}

/// What was signed is said, so that a client's author can compare.
#[tokio::test]
async fn a_signature_that_does_not_fit_is_told_what_should_have_been_signed() {
    let lab = seeded().await;
    let told = lab.send(Ask::get(PATH).key(SOURCE, "AAAA")).await;
    let detail = told.elements("AuthenticationErrorDetail").concat();
    assert!(
        detail.starts_with("The MAC signature found in the HTTP request '")
            && detail.contains("Server used following string to sign: 'GET")
            && detail.ends_with("/northsource/northsource/data/a'."),
        "{detail}"
    );
}

#[tokio::test]
async fn a_token_is_good_for_storage_and_for_what_its_roles_say() {
    let lab = seeded().await;
    let reader = lab.token("Storage Blob Data Reader", &[&lab.data(SOURCE)]);
    assert_eq!(
        lab.send(Ask::get(PATH).token(&reader)).await.expect(200).text(),
        "hello"
    );
    lab.send(Ask::get("/northsource/data?restype=container&comp=list").token(&reader))
        .await
        .expect(200);
    lab.send(Ask::get("/northsource/data?restype=container").token(&reader))
        .await
        .expect(200);
    let mismatch = "AuthorizationPermissionMismatch";
    for refused in [
        Ask::blob(PATH, "x"),
        Ask::blob("/northsource/data/new", "x"),
        Ask::delete(PATH),
        Ask::put(format!("{PATH}?comp=tier")).header("x-ms-access-tier", "Cool"),
        Ask::get(format!("{PATH}?comp=tags")),
        Ask::get("/northsource/data?restype=container&comp=list&include=tags"),
        Ask::put("/northsource/more?restype=container"),
        Ask::get("/northsource/other/a"),
        Ask::get("/northtarget/data/a"),
    ] {
        lab.send(refused.token(&reader)).await.expect_error(403, mismatch);
    }

    let writer = lab.token("Storage Blob Data Contributor", &[&lab.data(SOURCE)]);
    lab.send(Ask::blob(PATH, "x").token(&writer)).await.expect(201);
    lab.send(Ask::blob(PATH, "x").header("x-ms-tags", "a=b").token(&writer))
        .await
        .expect_error(403, mismatch);
    let owner = lab.token("Storage Blob Data Owner", &[&lab.data(SOURCE)]);
    lab.send(Ask::blob(PATH, "x").header("x-ms-tags", "a=b").token(&owner))
        .await
        .expect(201);

    let tenant = lab.world().storage_account(SOURCE).unwrap().tenant_id.clone();
    let app = lab.world().register_app(&tenant, "other").unwrap();
    let principal = lab.world().principal(&app.app_id).unwrap();
    let elsewhere = lab
        .world()
        .token_for(&principal, "https://graph.microsoft.com")
        .unwrap();
    lab.send(Ask::get(PATH).token(&elsewhere))
        .await
        .expect_error(401, "InvalidAuthenticationInfo");
    let lasting = lab.world().token_for(&principal, STORAGE).unwrap();
    lab.world().advance_clock(2 * 86_400);
    lab.send(Ask::get(PATH).token(&lasting))
        .await
        .expect_error(401, "InvalidAuthenticationInfo");
}

/// Who may enter is not for signatures to say, nor for everybody who may write.
#[tokio::test]
async fn the_policies_of_a_container_are_for_keys_and_owners() {
    const ACL: &str = "/northsource/data?restype=container&comp=acl";
    let lab = seeded().await;
    let account = lab.world().storage_account(SOURCE).unwrap().resource_id.clone();
    let sas = account_sas(&lab, "racwdxl", "2022-11-02");
    let contributor = lab.token("Storage Blob Data Contributor", &[&account]);
    for ask in [Ask::get(ACL), Ask::put(ACL)] {
        for refused in [ask.clone().query(&sas), ask.clone().token(&contributor)] {
            lab.send(refused)
                .await
                .expect_error(403, "AuthorizationPermissionMismatch");
        }
        let owner = lab.token("Storage Blob Data Owner", &[&account]);
        lab.send(ask.clone().token(&owner)).await.expect(200);
        lab.owner(ask).await.expect(200);
    }
}
