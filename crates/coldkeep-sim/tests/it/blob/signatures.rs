//! Shared access signatures: of services, of accounts, and delegated by somebody with a token.

use super::auth::{PATH, seeded};
use super::client::{Ask, Lab, SOURCE, TARGET, sign};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

/// A query out of its parameters, those without a value left out.
fn query(parameters: &[(&str, &str)]) -> String {
    let pairs = parameters.iter().filter(|(_, value)| !value.is_empty());
    let pairs: Vec<_> = pairs
        .map(|(name, value)| format!("{name}={}", utf8_percent_encode(value, NON_ALPHANUMERIC)))
        .collect();
    pairs.join("&")
}

fn moments(lab: &Lab) -> (String, String) {
    let now = lab.world().now();
    let at = |minutes| format!("{:.0}", now + jiff::SignedDuration::from_mins(minutes));
    (at(-15), at(60))
}

/// A user delegation signature of version `sv` over `sr` (a container or a blob of it).
async fn delegated(lab: &Lab, token: &str, sv: &str, (sr, resource): (&str, &str), sp: &str) -> String {
    let (start, expiry) = moments(lab);
    let info =
        format!("<?xml version=\"1.0\"?><KeyInfo><Start>{start}</Start><Expiry>{expiry}</Expiry></KeyInfo>");
    let ask = Ask::new("POST", "/northsource/?restype=service&comp=userdelegationkey")
        .body(info)
        .token(token);
    let key = lab
        .send(ask.header("x-ms-version", "2025-11-05"))
        .await
        .expect(200);
    let field = |name: &str| key.elements(name)[0].to_owned();
    let (skoid, sktid, skt, ske) = (
        field("SignedOid"),
        field("SignedTid"),
        field("SignedStart"),
        field("SignedExpiry"),
    );
    let (sks, skv) = (field("SignedService"), field("SignedVersion"));
    let mut text = vec![
        sp, &start, &expiry, resource, &skoid, &sktid, &skt, &ske, &sks, &skv,
    ];
    let (people, tenants, scope, headers) = (["", "", ""], ["", ""], [""], ["", ""]);
    if sv >= "2020-02-10" {
        text.extend(people);
    }
    if sv >= "2025-07-05" {
        text.extend(tenants);
    }
    text.extend(["", "", sv, sr, ""]);
    if sv >= "2020-12-06" {
        text.extend(scope);
    }
    if sv >= "2026-04-06" {
        text.extend(headers);
    }
    text.extend(["", "", "", "", ""]);
    let sig = sign(&field("Value"), &text.join("\n"));
    query(&[
        ("sv", sv),
        ("sr", sr),
        ("sp", sp),
        ("st", &start),
        ("se", &expiry),
        ("skoid", &skoid),
        ("sktid", &sktid),
        ("skt", &skt),
        ("ske", &ske),
        ("sks", &sks),
        ("skv", &skv),
        ("sig", &sig),
    ])
}

#[tokio::test]
async fn a_delegated_signature_of_every_version_opens_what_its_signer_may() {
    let lab = seeded().await;
    let account = lab.world().storage_account(SOURCE).unwrap().resource_id.clone();
    let signer = lab.token("Storage Blob Data Reader", &[&account]);
    let container = ("c", "/blob/northsource/data");
    for sv in [
        "2018-11-09",
        "2020-02-10",
        "2020-12-06",
        "2025-05-05",
        "2025-07-05",
        "2026-04-06",
        "2026-10-06",
    ] {
        let sas = delegated(&lab, &signer, sv, container, "r").await;
        assert_eq!(
            lab.send(Ask::get(format!("{PATH}?{sas}")))
                .await
                .expect(200)
                .text(),
            "hello",
            "{sv}"
        );
    }
    let sas = delegated(
        &lab,
        &signer,
        "2020-12-06",
        ("b", "/blob/northsource/data/a"),
        "r",
    )
    .await;
    lab.send(Ask::get(format!("{PATH}?{sas}"))).await.expect(200);
    lab.send(Ask::get(format!("/northsource/data/b?{sas}")))
        .await
        .expect_error(403, "AuthenticationFailed");

    // A signature is worth no more than its signer's roles, and no more than its letters.
    let sas = delegated(&lab, &signer, "2020-12-06", container, "rw").await;
    lab.send(Ask::blob(format!("{PATH}?{sas}"), "x"))
        .await
        .expect_error(403, "AuthorizationPermissionMismatch");
    let list = format!("/northsource/data?restype=container&comp=list&{sas}");
    lab.send(Ask::get(list))
        .await
        .expect_error(403, "AuthorizationPermissionMismatch");
    lab.send(Ask::get(format!("{PATH}?{}", sas.replace("sp=rw", "sp=rwd"))))
        .await
        .expect_error(403, "AuthenticationFailed");

    // It opens the source of a copy, too, and dies with its time.
    let copy = Ask::put("/northtarget/data/copy")
        .header("x-ms-blob-type", "BlockBlob")
        .header("x-ms-copy-source", lab.url(&format!("{PATH}?{sas}")));
    lab.owner(copy.clone()).await.expect(201);
    lab.world().advance_clock(3700);
    let late = lab.owner(copy).await.expect_error(403, "CannotVerifyCopySource");
    assert_eq!(late.header("x-ms-copy-source-error-code"), "AuthenticationFailed");
}

#[tokio::test]
async fn delegation_keys_are_for_tokens_with_the_right_at_the_account() {
    let lab = seeded().await;
    let (start, expiry) = moments(&lab);
    let ask = |expiry: &str| {
        Ask::new("POST", "/northsource/?restype=service&comp=userdelegationkey").body(format!(
            "<KeyInfo><Start>{start}</Start><Expiry>{expiry}</Expiry></KeyInfo>"
        ))
    };
    lab.owner(ask(&expiry))
        .await
        .expect_error(403, "AuthenticationFailed");
    let below = lab.token("Storage Blob Data Reader", &[&lab.data(SOURCE)]);
    lab.send(ask(&expiry).token(&below))
        .await
        .expect_error(403, "AuthorizationPermissionMismatch");
    let account = lab.world().storage_account(SOURCE).unwrap().resource_id.clone();
    let delegator = lab.token("Storage Blob Delegator", &[&account]);
    lab.send(ask(&expiry).token(&delegator)).await.expect(200);
    let far = format!(
        "{:.0}",
        lab.world().now() + jiff::SignedDuration::from_hours(24 * 8)
    );
    lab.send(ask(&far).token(&delegator))
        .await
        .expect_error(400, "InvalidXmlNodeValue");
}

/// A service's signature made with an account key.
pub fn service_sas(lab: &Lab, sp: &str, (sr, resource): (&str, &str)) -> String {
    service_sas_of(lab, "2021-12-02", sp, (sr, resource))
}

/// Before 2018-11-09 neither the kind of resource nor a snapshot's time was signed.
fn service_sas_of(lab: &Lab, sv: &str, sp: &str, (sr, resource): (&str, &str)) -> String {
    let (start, expiry) = moments(lab);
    let key = lab.world().account_key(SOURCE).unwrap();
    let mut text = vec![sp, &start, &expiry, resource, "", "", "", sv];
    if sv >= "2018-11-09" {
        text.extend([sr, ""]);
    }
    if sv >= "2020-12-06" {
        text.push("");
    }
    text.extend([""; 5]);
    let sig = sign(&key, &text.join("\n"));
    query(&[
        ("sv", sv),
        ("sr", sr),
        ("sp", sp),
        ("st", &start),
        ("se", &expiry),
        ("sig", &sig),
    ])
}

/// <https://learn.microsoft.com/rest/api/storageservices/create-service-sas#construct-the-signature-string>
#[tokio::test]
async fn a_service_signature_of_every_version_opens_its_container() {
    let lab = seeded().await;
    let container = ("c", "/blob/northsource/data");
    for sv in [
        "2015-04-05",
        "2018-03-28",
        "2018-11-09",
        "2020-12-06",
        "2025-11-05",
    ] {
        let sas = service_sas_of(&lab, sv, "r", container);
        let told = lab.send(Ask::get(format!("{PATH}?{sas}"))).await;
        assert_eq!(told.expect(200).text(), "hello", "{sv}");
    }
}

#[tokio::test]
async fn a_service_signature_does_what_its_letters_say() {
    let lab = seeded().await;
    let all = ("c", "/blob/northsource/data");
    let read = service_sas(&lab, "rl", all);
    assert_eq!(
        lab.send(Ask::get(format!("{PATH}?{read}")))
            .await
            .expect(200)
            .text(),
        "hello"
    );
    lab.send(Ask::get(format!(
        "/northsource/data?restype=container&comp=list&{read}"
    )))
    .await
    .expect(200);
    lab.send(Ask::get(format!("/northsource/data?restype=container&{read}")))
        .await
        .expect(403);
    lab.send(Ask::delete(format!("{PATH}?{read}")))
        .await
        .expect_error(403, "AuthorizationPermissionMismatch");
    lab.send(Ask::get(format!("{PATH}?{}x", read)))
        .await
        .expect_error(403, "AuthenticationFailed");

    let create = service_sas(&lab, "c", all);
    lab.send(Ask::blob(format!("/northsource/data/new?{create}"), "x"))
        .await
        .expect(201);
    lab.send(Ask::blob(format!("{PATH}?{create}"), "x"))
        .await
        .expect_error(403, "UnauthorizedBlobOverwrite");
    let only_new = Ask::blob(format!("{PATH}?{create}"), "x").header("if-none-match", "*");
    lab.send(only_new)
        .await
        .expect_error(403, "UnauthorizedBlobOverwrite");
    let tagged = Ask::blob(format!("/northsource/data/tagged?{create}"), "x").header("x-ms-tags", "a=b");
    lab.send(tagged)
        .await
        .expect_error(403, "AuthorizationPermissionMismatch");

    for senseless in ["lr", "rr", "rq", " "] {
        let sas = service_sas(&lab, senseless, all);
        lab.send(Ask::get(format!("{PATH}?{sas}")))
            .await
            .expect_error(403, "AuthenticationFailed");
    }

    let one = service_sas(&lab, "r", ("b", "/blob/northsource/data/a"));
    lab.send(Ask::get(format!("{PATH}?{one}"))).await.expect(200);
    lab.send(Ask::get(format!("/northsource/data/new?{one}")))
        .await
        .expect_error(403, "AuthenticationFailed");
}

pub fn account_sas(lab: &Lab, sp: &str, sv: &str) -> String {
    let (start, expiry) = moments(lab);
    let key = lab.world().account_key(SOURCE).unwrap();
    let text = [SOURCE, sp, "b", "sco", &start, &expiry, "", "", sv, "", ""].join("\n");
    query(&[
        ("sv", sv),
        ("ss", "b"),
        ("srt", "sco"),
        ("sp", sp),
        ("st", &start),
        ("se", &expiry),
        ("sig", &sign(&key, &text)),
    ])
}

#[tokio::test]
async fn an_account_signature_opens_its_account() {
    let lab = seeded().await;
    let sas = account_sas(&lab, "lr", "2022-11-02");
    lab.send(Ask::get(format!("{PATH}?{sas}"))).await.expect(200);
    lab.send(Ask::get(format!("/northsource?comp=list&{sas}")))
        .await
        .expect(200);
    lab.send(Ask::get(format!("/{TARGET}/data/a?{sas}")))
        .await
        .expect_error(403, "AuthenticationFailed");
}

#[tokio::test]
async fn a_signature_has_a_version_that_there_is() {
    let lab = seeded().await;
    for sv in ["2099-01-01", "yesterday", ""] {
        let sas = account_sas(&lab, "r", sv);
        lab.send(Ask::get(format!("{PATH}?{sas}")))
            .await
            .expect_error(403, "AuthenticationFailed");
    }
}

/// <https://learn.microsoft.com/rest/api/storageservices/sas-error-codes>
#[tokio::test]
async fn a_signature_out_of_its_time_is_told_its_times() {
    let lab = seeded().await;
    for (terms, told) in [
        (
            "sp=r&st=2020-01-01T00:00:00Z&se=2020-01-02T00:00:00Z",
            "Signature not valid in the specified time frame: Start [Wed, 01 Jan 2020 00:00:00 GMT] - Expiry [Thu, 02 Jan \
             2020 00:00:00 GMT] - Current [",
        ),
        (
            "sp=r&se=2020-01-02T00:00:00Z",
            "Signed expiry time [Thu, 02 Jan 2020 00:00:00 GMT] has to be after signed start time [",
        ),
    ] {
        let sas = lab.world().container_sas("northsource", "data", terms).unwrap();
        let refused = lab.send(Ask::get(format!("{PATH}?{sas}"))).await;
        let detail = refused.elements("AuthenticationErrorDetail").concat();
        assert!(detail.starts_with(told), "{detail}");
        refused.expect_error(403, "AuthenticationFailed");
    }
    let good = lab
        .world()
        .container_sas("northsource", "data", "sp=r&se=2999-01-02T00:00:00Z")
        .unwrap();
    lab.send(Ask::get(format!("{PATH}?{good}"))).await.expect(200);
}
