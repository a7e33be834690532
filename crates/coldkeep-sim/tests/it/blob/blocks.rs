//! Block by block.

use super::client::{Ask, Lab};

const PATH: &str = "/northsource/data/b";

fn block(id: &str, body: &'static str) -> Ask {
    Ask::put(format!("{PATH}?comp=block&blockid={}", id.replace('=', "%3D"))).body(body)
}

fn commit(list: &str) -> Ask {
    Ask::put(format!("{PATH}?comp=blocklist"))
        .body(format!("<?xml version=\"1.0\"?><BlockList>{list}</BlockList>"))
}

#[tokio::test]
async fn a_list_of_blocks_becomes_a_blob() {
    let lab = Lab::start().await;
    lab.owner(block("MDAx", "one")).await.expect(201);
    let reply = lab.owner(block("MDAy", "two")).await.expect(201);
    assert!(!reply.header("x-ms-content-crc64").is_empty());
    lab.owner(Ask::head(PATH)).await.expect(404);
    let staged = lab
        .owner(Ask::get(format!("{PATH}?comp=blocklist&blocklisttype=all")))
        .await
        .expect(200);
    assert_eq!(
        (staged.elements("Name"), staged.elements("Size")),
        (vec!["MDAx", "MDAy"], vec!["3", "3"])
    );

    let list = commit("<Latest>MDAy</Latest><Uncommitted>MDAx</Uncommitted><Latest>MDAy</Latest>")
        .header("x-ms-blob-content-type", "text/x")
        .header("x-ms-meta-a", "b")
        .header("x-ms-access-tier", "Cold");
    lab.owner(list).await.expect(201);
    let got = lab.owner(Ask::get(PATH)).await.expect(200);
    assert_eq!(
        (
            got.text(),
            got.header("content-type"),
            got.header("x-ms-access-tier")
        ),
        ("twoonetwo", "text/x", "Cold")
    );
    assert_eq!(
        got.header("content-md5"),
        "",
        "nobody computes the MD5 of a block list's blob"
    );

    lab.owner(block("MDAz", "three")).await.expect(201);
    lab.owner(commit("<Committed>MDAx</Committed><Latest>MDAz</Latest>"))
        .await
        .expect(201);
    assert_eq!(lab.owner(Ask::get(PATH)).await.expect(200).text(), "onethree");
    let blocks = lab
        .owner(Ask::get(format!("{PATH}?comp=blocklist")))
        .await
        .expect(200);
    assert_eq!(blocks.elements("Name"), ["MDAx", "MDAz"]);
    let part = lab
        .owner(Ask::get(PATH).header("range", "bytes=2-4"))
        .await
        .expect(206);
    assert_eq!(part.text(), "eth");
}

#[tokio::test]
async fn wrong_lists_and_ids_are_refused() {
    let lab = Lab::start().await;
    lab.owner(block("MDAx", "one")).await.expect(201);
    lab.owner(block("MDAxMQ==", "x"))
        .await
        .expect_error(400, "InvalidBlobOrBlock");
    lab.owner(block("*", "x"))
        .await
        .expect_error(400, "InvalidQueryParameterValue");
    lab.owner(block("MDAy", "")).await.expect(400);
    lab.owner(commit("<Latest>MDA5</Latest>"))
        .await
        .expect_error(400, "InvalidBlockList");
    lab.owner(commit("<Committed>MDAx</Committed>"))
        .await
        .expect_error(400, "InvalidBlockList");
    lab.owner(commit("<Latest>MDAx"))
        .await
        .expect_error(400, "InvalidXmlDocument");
    lab.owner(commit("<Latest>MDAx</Latest>").header("if-match", "*"))
        .await
        .expect_error(412, "ConditionNotMet");
    lab.owner(commit("<Latest>MDAx</Latest>").header("if-none-match", "*"))
        .await
        .expect(201);
    lab.owner(block("MDAx", "one")).await.expect(201);
    lab.owner(commit("<Latest>MDAx</Latest>").header("if-none-match", "*"))
        .await
        .expect_error(409, "BlobAlreadyExists");
    let list = "<Latest>MDAx</Latest>".repeat(50_001);
    lab.owner(commit(&list))
        .await
        .expect_error(400, "BlockListTooLong");
}

/// <https://learn.microsoft.com/rest/api/storageservices/put-block#remarks>
#[tokio::test]
async fn staged_blocks_are_gone_a_week_after_the_last_of_them_came() {
    const DAY_S: i64 = 86_400;
    let lab = Lab::start().await;
    let staged = || Ask::get(format!("{PATH}?comp=blocklist&blocklisttype=all"));
    let listed = || Ask::get("/northsource/data?restype=container&comp=list&include=uncommittedblobs");
    lab.owner(block("MDAx", "one")).await.expect(201);
    lab.world().advance_clock(6 * DAY_S);
    lab.owner(block("MDAy", "two")).await.expect(201);
    lab.world().advance_clock(7 * DAY_S - 60);
    assert_eq!(lab.owner(staged()).await.expect(200).elements("Size"), ["3", "3"]);
    assert_eq!(lab.owner(listed()).await.expect(200).elements("Name").len(), 1);

    lab.world().advance_clock(60);
    lab.owner(staged()).await.expect_error(404, "BlobNotFound");
    assert!(lab.owner(listed()).await.expect(200).elements("Name").is_empty());
    lab.owner(commit("<Latest>MDAy</Latest>"))
        .await
        .expect_error(400, "InvalidBlockList");
    // Ids of another length are welcome again.
    lab.owner(block("MDAwMw==", "x")).await.expect(201);
    assert_eq!(lab.owner(staged()).await.expect(200).elements("Size"), ["1"]);
}
