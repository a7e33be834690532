//! How much the service takes: by version, by block, by name.

use super::client::{Ask, Lab};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;

const PATH: &str = "/northsource/data/large";
const MIB: usize = 1 << 20;

fn zeros(size_bytes: usize) -> Bytes {
    vec![0; size_bytes].into()
}

#[tokio::test]
async fn older_versions_take_smaller_blocks_and_blobs() {
    let lab = Lab::start().await;
    let block = |version: &str, size_bytes: usize| {
        Ask::put(format!("{PATH}?comp=block&blockid=QUFB"))
            .header("x-ms-version", version)
            .body(zeros(size_bytes))
    };
    lab.owner(block("2015-12-11", 4 * MIB)).await.expect(201);
    lab.owner(block("2015-12-11", 4 * MIB + 1))
        .await
        .expect_error(413, "RequestBodyTooLarge");
    lab.owner(block("2016-05-31", 4 * MIB + 1)).await.expect(201);
    let blob = |version: &str| Ask::blob(PATH, zeros(64 * MIB + 1)).header("x-ms-version", version);
    lab.owner(blob("2015-12-11"))
        .await
        .expect_error(413, "RequestBodyTooLarge");
    lab.owner(blob("2019-07-07")).await.expect(201);
}

#[tokio::test]
async fn a_block_list_ends_at_fifty_thousand() {
    let lab = Lab::start().await;
    lab.owner(Ask::put(format!("{PATH}?comp=block&blockid=QUFB")).body("x"))
        .await
        .expect(201);
    let list = |count: usize| {
        let blocks = "<Latest>QUFB</Latest>".repeat(count);
        Ask::put(format!("{PATH}?comp=blocklist")).body(format!("<BlockList>{blocks}</BlockList>"))
    };
    lab.owner(list(50_001))
        .await
        .expect_error(400, "BlockListTooLong");
    lab.owner(list(50_000)).await.expect(201);
    let head = lab.owner(Ask::head(PATH)).await.expect(200);
    assert_eq!(head.header("content-length"), "50000");
}

#[tokio::test]
async fn block_ids_are_64_bytes_at_most() {
    let lab = Lab::start().await;
    let block = |id: &[u8]| {
        let id = BASE64_STANDARD.encode(id).replace('=', "%3D").replace('+', "%2B");
        Ask::put(format!("{PATH}?comp=block&blockid={id}")).body("x")
    };
    lab.owner(block(&[7; 64])).await.expect(201);
    lab.owner(block(&[7; 65]))
        .await
        .expect_error(400, "InvalidQueryParameterValue");
}

#[tokio::test]
async fn cold_came_with_a_version() {
    let lab = Lab::start().await;
    let cold = |version: &str| {
        Ask::blob(PATH, "x")
            .header("x-ms-access-tier", "Cold")
            .header("x-ms-version", version)
    };
    lab.owner(cold("2020-10-02"))
        .await
        .expect_error(400, "InvalidHeaderValue");
    lab.owner(cold("2021-12-02")).await.expect(201);
}
