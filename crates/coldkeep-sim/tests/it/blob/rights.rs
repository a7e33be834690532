//! What each operation needs, and that this is judged before anything else is told
//! (<https://learn.microsoft.com/rest/api/storageservices/authorize-with-azure-active-directory>).

use super::client::{Ask, Lab, SOURCE, TARGET};
use super::signatures::service_sas;
use coldkeep_sim::blobs::Seed;

const READ: &str = "containers/blobs/read";
const ADD: &str = "containers/blobs/add/action";
const WRITE: &str = "containers/blobs/write";
const THERE: &str = "/northtarget/data/there";
const NEW: &str = "/northtarget/data/new";
const MISMATCH: &str = "AuthorizationPermissionMismatch";
/// That of other bytes than any test sends.
const WRONG_MD5: &str = "XUFAKrxLKna5cZ2REBfFkg==";

async fn lab() -> Lab {
    let lab = Lab::start().await;
    for (account, name) in [(SOURCE, "from"), (TARGET, "there"), (TARGET, "leased")] {
        let place = lab.world().blobs_in(account, "data");
        place.put(name, "hello", &Seed::default());
    }
    let lease = Ask::put("/northtarget/data/leased?comp=lease")
        .header("x-ms-lease-action", "acquire")
        .header("x-ms-lease-duration", "-1");
    lab.owner(lease).await.expect(201);
    lab
}

fn creator(lab: &Lab) -> String {
    lab.token_for(&[READ, ADD], &lab.data(TARGET), None)
}

/// A request with the source and what opens it.
fn from_source(lab: &Lab, ask: Ask) -> Ask {
    let reader = lab.token("Storage Blob Data Reader", &[&lab.data(SOURCE)]);
    ask.header("x-ms-copy-source", lab.url("/northsource/data/from"))
        .header("x-ms-copy-source-authorization", format!("Bearer {reader}"))
}

fn block(name: &str) -> Ask {
    Ask::put(format!("{name}?comp=block&blockid=QUFB"))
}

fn list(name: &str) -> Ask {
    Ask::put(format!("{name}?comp=blocklist")).body("<BlockList></BlockList>")
}

#[tokio::test]
async fn who_may_only_create_makes_whole_blobs_and_none_of_blocks() {
    let lab = lab().await;
    let token = creator(&lab);
    let from_url = |name: &str| Ask::put(format!("{NEW}-{name}"));
    lab.send(Ask::blob(NEW, "x").token(&token)).await.expect(201);
    let put = from_source(&lab, from_url("put").header("x-ms-blob-type", "BlockBlob"));
    lab.send(put.token(&token)).await.expect(201);
    let sync = from_source(&lab, from_url("sync").header("x-ms-requires-sync", "true"));
    lab.send(sync.token(&token)).await.expect(202);
    let copy = from_url("copy").header("x-ms-copy-source", lab.url(THERE));
    lab.send(copy.token(&token)).await.expect(202);

    for (what, ask) in [
        ("Put Block", block(NEW).body("x")),
        (
            "Put Block of a name that is free",
            block("/northtarget/data/free").body("x"),
        ),
        ("Put Block From URL", from_source(&lab, block(NEW))),
        ("Put Block List", list("/northtarget/data/free")),
    ] {
        let told = lab.send(ask.token(&token)).await;
        assert_eq!(told.outcome(), (403, MISMATCH), "{what}");
    }
    let writer = lab.token_for(&[WRITE], &lab.data(TARGET), None);
    for ask in [
        block(NEW).body("x"),
        list(NEW),
        Ask::blob(NEW, "x"),
        Ask::blob("/northtarget/data/other", "x"),
    ] {
        lab.send(ask.token(&writer)).await.expect(201);
    }
}

/// <https://github.com/Azure/azure-storage-node/issues/485>
#[tokio::test]
async fn a_signature_that_may_only_create_has_no_blocks_either() {
    let lab = lab().await;
    let at = |path: &str, sas: &str| format!("/northsource/data/{path}{sas}");
    let all = ("c", "/blob/northsource/data");
    let create = service_sas(&lab, "c", all);
    let write = service_sas(&lab, "w", all);
    lab.send(Ask::blob(at("new?", &create), "x")).await.expect(201);
    for (sas, expected) in [(&create, (403, MISMATCH)), (&write, (201, ""))] {
        let sent = lab
            .send(Ask::put(at("blocks?comp=block&blockid=QUFB&", sas)).body("x"))
            .await;
        assert_eq!(sent.outcome(), expected);
        let body = "<BlockList><Latest>QUFB</Latest></BlockList>";
        let sent = lab
            .send(Ask::put(at("blocks?comp=blocklist&", sas)).body(body))
            .await;
        assert_eq!(sent.outcome(), expected);
    }
}

#[tokio::test]
async fn creating_over_what_is_there_is_refused_for_the_right_whatever_the_conditions() {
    let lab = lab().await;
    let token = creator(&lab);
    let unread = |ask: Ask| ask.header("x-ms-copy-source", lab.url("/northsource/data/none"));
    for name in [THERE, "/northtarget/data/leased"] {
        for (what, ask) in [
            ("no condition", Ask::blob(name, "x")),
            ("only if new", Ask::blob(name, "x").header("if-none-match", "*")),
            ("an ETag", Ask::blob(name, "x").header("if-match", "\"0x1\"")),
            (
                "two conditions",
                Ask::blob(name, "x")
                    .header("if-match", "*")
                    .header("if-none-match", "*"),
            ),
            (
                "a wrong hash",
                Ask::blob(name, "x").header("content-md5", WRONG_MD5),
            ),
            (
                "a wrong lease",
                Ask::blob(name, "x").header("x-ms-lease-id", "11111111-2222-3333-4444-555555555555"),
            ),
            (
                "a wrong tier",
                Ask::blob(name, "x").header("x-ms-access-tier", "Lukewarm"),
            ),
            (
                "from a URL",
                unread(Ask::put(name).header("x-ms-blob-type", "BlockBlob")),
            ),
            (
                "by a copy at once",
                unread(Ask::put(name).header("x-ms-requires-sync", "true")),
            ),
            ("by a copy", unread(Ask::put(name))),
        ] {
            let told = lab.send(ask.token(&token)).await;
            assert_eq!(
                told.outcome(),
                (403, "UnauthorizedBlobOverwrite"),
                "{name}: {what}"
            );
        }
    }
    // Who may overwrite is told of the lease first, then of the condition.
    let writer = lab.token_for(&[WRITE], &lab.data(TARGET), None);
    let only_new = |name: &str| Ask::blob(name, "x").header("if-none-match", "*").token(&writer);
    lab.send(only_new("/northtarget/data/leased"))
        .await
        .expect_error(412, "LeaseIdMissing");
    lab.send(only_new(THERE))
        .await
        .expect_error(409, "BlobAlreadyExists");
}

#[tokio::test]
async fn a_wrong_hash_tells_who_may_create_from_who_may_not_and_makes_nothing() {
    let lab = lab().await;
    let probe = |name: &str| Ask::blob(name, "x").header("content-md5", WRONG_MD5);
    let reader = lab.token_for(&[READ], &lab.data(TARGET), None);
    lab.send(probe(NEW).token(&reader))
        .await
        .expect_error(403, MISMATCH);
    for actions in [&[ADD][..], &[WRITE], &[READ, ADD]] {
        let token = lab.token_for(actions, &lab.data(TARGET), None);
        lab.send(probe(NEW).token(&token))
            .await
            .expect_error(400, "Md5Mismatch");
        let tagged = probe(NEW).header("x-ms-tags", "a=b");
        lab.send(tagged.token(&token)).await.expect_error(403, MISMATCH);
    }
    let blocks = block(NEW).body("x").header("content-md5", WRONG_MD5);
    lab.send(blocks.token(&creator(&lab)))
        .await
        .expect_error(403, MISMATCH);
    lab.owner(Ask::head(NEW)).await.expect(404);
}

/// Nobody learns by a condition, by a lease or by what is missing what they have no right to ask.
#[tokio::test]
async fn rights_are_judged_before_existence_and_conditions() {
    let lab = lab().await;
    let nothing = lab.token_for(&["containers/blobs/filter/action"], &lab.data(TARGET), None);
    let at = |name: &str, query: &str| format!("/northtarget/data/{name}{query}");
    for name in ["there", "leased", "none"] {
        for ask in [
            Ask::get(at(name, "")),
            Ask::head(at(name, "")),
            Ask::get(at(name, "?comp=blocklist")),
            Ask::get(at(name, "?comp=tags")),
            Ask::delete(at(name, "")),
            Ask::delete(at(name, "?versionid=2026-01-01T00:00:00.0000000Z")),
            Ask::blob(at(name, ""), "x"),
            block(&at(name, "")).body("x"),
            list(&at(name, "")),
            Ask::put(at(name, "?comp=metadata")),
            Ask::put(at(name, "?comp=properties")),
            Ask::put(at(name, "?comp=tier")).header("x-ms-access-tier", "Cool"),
            Ask::put(at(name, "?comp=snapshot")),
            Ask::put(at(name, "?comp=undelete")),
            Ask::put(at(name, "?comp=lease")).header("x-ms-lease-action", "acquire"),
            Ask::put(at(name, "?comp=copy&copyid=1")).header("x-ms-copy-action", "abort"),
            Ask::put(at(name, "?comp=legalhold")).header("x-ms-legal-hold", "true"),
            Ask::put(at(name, "?comp=tags")),
        ] {
            let sent = ask.header("if-match", "\"0x1\"").token(&nothing);
            let text = sent.as_text();
            let told = lab.send(sent).await;
            assert_eq!(told.outcome(), (403, MISMATCH), "{text}");
        }
    }
}

#[tokio::test]
async fn what_concerns_the_whole_account_has_rights_of_its_own() {
    let lab = lab().await;
    let account = lab.world().storage_account(TARGET).unwrap().resource_id.clone();
    let info = || Ask::get("/northtarget/?restype=account&comp=properties");
    let owner = lab.token("Storage Blob Data Owner", &[&account]);
    lab.send(info().token(&owner)).await.expect_error(403, MISMATCH);
    let informed = lab.token_for(&["getInfo/action"], &account, None);
    let told = lab.send(info().token(&informed)).await.expect(200);
    assert_eq!(told.header("x-ms-is-hns-enabled"), "false");
    lab.owner(info()).await.expect(200);
    // The right is the account's, whatever is addressed.
    let below = lab.token_for(&["getInfo/action"], &lab.data(TARGET), None);
    for path in ["/northtarget/", "/northtarget/data/", "/northtarget/data/there"] {
        let ask = Ask::get(format!("{path}?restype=account&comp=properties"));
        lab.send(ask.token(&below)).await.expect_error(403, MISMATCH);
    }

    let batch = |token: &str| {
        let part = Ask::delete("/northtarget/data/there").token(&owner).as_text();
        let text = format!("--b\r\nContent-Type: application/http\r\n\r\n{part}\r\n--b--\r\n");
        Ask::new("POST", "/northtarget/data?restype=container&comp=batch")
            .header("content-type", "multipart/mixed; boundary=b")
            .body(text)
            .token(token)
    };
    let deleter = lab.token_for(&["containers/blobs/delete"], &account, None);
    lab.send(batch(&deleter)).await.expect_error(403, MISMATCH);
    let batcher = lab.token_for(&["containers/write"], &lab.data(TARGET), None);
    let told = lab.send(batch(&batcher)).await.expect(202);
    assert!(told.text().contains("HTTP/1.1 202"), "{}", told.text());
}

#[tokio::test]
async fn undeleting_and_holding_need_more_than_writing_and_locking() {
    let lab = lab().await;
    lab.world().set_blob_soft_delete(TARGET, Some(7)).unwrap();
    lab.owner(Ask::delete(THERE)).await.expect(202);
    let undelete = || Ask::put(format!("{THERE}?comp=undelete"));
    let writer = lab.token_for(&[WRITE, "containers/blobs/delete"], &lab.data(TARGET), None);
    lab.send(undelete().token(&writer))
        .await
        .expect_error(403, MISMATCH);
    let holder = lab.token_for(&["containers/write"], &lab.data(TARGET), None);
    lab.send(undelete().token(&holder)).await.expect(200);

    lab.world().set_versioning(TARGET, true).unwrap();
    lab.world().set_version_level_immutability(TARGET, true).unwrap();
    let hold = || Ask::put(format!("{THERE}?comp=legalhold")).header("x-ms-legal-hold", "true");
    let lock = "containers/blobs/immutableStorage/runAsSuperUser/action";
    for actions in [&[lock][..], &["containers/write"], &[WRITE]] {
        let token = lab.token_for(actions, &lab.data(TARGET), None);
        lab.send(hold().token(&token)).await.expect_error(403, MISMATCH);
    }
    let both = lab.token_for(&[lock, "containers/write"], &lab.data(TARGET), None);
    lab.send(hold().token(&both)).await.expect(200);
}

/// <https://github.com/Azure/azure-sdk-for-python/pull/36227>
#[tokio::test]
async fn a_source_is_opened_on_its_own_within_one_account_too() {
    let lab = lab().await;
    let owner = lab.token("Storage Blob Data Owner", &[&lab.data(TARGET)]);
    let source = |ask: Ask| ask.header("x-ms-copy-source", lab.url(THERE));
    let put = Ask::put(NEW).header("x-ms-blob-type", "BlockBlob");
    for ask in [
        put,
        Ask::put(NEW).header("x-ms-requires-sync", "true"),
        block(NEW),
    ] {
        for sent in [source(ask.clone()).token(&owner), source(ask.clone())] {
            let told = if sent.as_text().contains("authorization") {
                lab.send(sent).await
            } else {
                lab.owner(sent).await
            };
            told.expect_error(401, "CannotVerifyCopySource");
        }
        let opened = source(ask).header("x-ms-copy-source-authorization", format!("Bearer {owner}"));
        let told = lab.send(opened.token(&owner)).await;
        assert!(told.status.is_success(), "{told:?}");
    }
    lab.send(source(Ask::put(NEW)).token(&owner)).await.expect(202);
    let told = source(Ask::put(NEW)).header("x-ms-copy-source-authorization", format!("Bearer {owner}"));
    lab.send(told.token(&owner))
        .await
        .expect_error(400, "UnsupportedHeader");
}

/// <https://learn.microsoft.com/azure/storage/common/security-restrict-copy-operations>
#[tokio::test]
async fn an_account_may_take_copies_from_its_own_tenant_only() {
    let lab = lab().await;
    let token = creator(&lab);
    let copy = |name: &str| {
        let ask = Ask::put(format!("{NEW}-{name}")).header("x-ms-blob-type", "BlockBlob");
        from_source(&lab, ask).token(&token)
    };
    let scope = async |scope: &str| {
        let change = serde_json::json!({"allowed_copy_scope": scope});
        lab.control("/accounts/northtarget", &change).await
    };
    scope("AAD").await.expect(200);
    lab.send(copy("a")).await.expect(201);
    let far = Ask::put(NEW)
        .header("x-ms-blob-type", "BlockBlob")
        .header("x-ms-copy-source", "https://example.org/file");
    lab.send(far.token(&token))
        .await
        .expect_error(403, "AuthorizationFailure");
    scope("PrivateLink").await.expect(200);
    let told = lab
        .send(copy("b"))
        .await
        .expect_error(403, "AuthorizationFailure");
    assert!(
        told.text()
            .contains("This request is not authorized to perform this operation.")
    );
    lab.send(Ask::blob(NEW, "x").token(&token)).await.expect(201);
    scope("").await.expect(200);
    lab.send(copy("b")).await.expect(201);
    scope("Everywhere").await.expect(400);
}
