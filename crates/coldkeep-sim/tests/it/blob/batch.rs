//! Blob Batch: every part is judged by itself.

use super::client::{Ask, Lab, SOURCE, Told, VERSION};

const MIXED: &str = "multipart/mixed; boundary=batch_x";

/// The parts as one body, each as an owner of the account signs it.
fn body(lab: &Lab, parts: &[Ask]) -> String {
    let key = lab.world().account_key(SOURCE).unwrap();
    let mut text = String::new();
    for (at, part) in parts.iter().enumerate() {
        text.push_str(&format!(
            "--batch_x\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\nContent-ID: {at}\r\n\r\n"
        ));
        text.push_str(&part.clone().key(SOURCE, &key).as_text());
        text.push_str("\r\n");
    }
    text + "--batch_x--\r\n"
}

/// Sends a batch, and returns the status of every part.
async fn send(lab: &Lab, path: &str, parts: &[Ask]) -> (Told, Vec<u16>) {
    let ask = Ask::new("POST", path)
        .header("content-type", MIXED)
        .body(body(lab, parts));
    let told = lab.owner(ask).await;
    let lines = told
        .text()
        .lines()
        .filter_map(|line| line.strip_prefix("HTTP/1.1 "));
    let states = lines.map(|line| line[..3].parse().unwrap()).collect();
    (told, states)
}

fn seeded(lab: &Lab) {
    let place = lab.world().blobs_in(SOURCE, "data");
    place.fill((0..5).map(|n| (format!("b {n}"), "text".into())));
}

#[tokio::test]
async fn deletes_many_and_says_which_it_could_not() {
    let lab = Lab::start().await;
    seeded(&lab);
    let parts = [
        Ask::delete("/northsource/data/b%200"),
        Ask::delete("/northsource/data/missing"),
        // Without the account, as Microsoft's library for Python writes it.
        Ask::delete("/data/b%201"),
    ];
    let (told, states) = send(&lab, "/northsource?comp=batch", &parts).await;
    assert_eq!((told.status.as_u16(), states), (202, vec![202, 404, 202]));
    assert!(
        told.header("content-type")
            .starts_with("multipart/mixed; boundary=batchresponse_")
    );
    assert!(
        told.text()
            .contains("Content-ID: 1\r\n\r\nHTTP/1.1 404 Not Found"),
        "{}",
        told.text()
    );
    assert!(told.text().contains("<Code>BlobNotFound</Code>"));
    assert_eq!(
        lab.world().blobs_in(SOURCE, "data").names(),
        ["b 2", "b 3", "b 4"]
    );
}

#[tokio::test]
async fn changes_the_tier_of_many_within_a_container() {
    let lab = Lab::start().await;
    seeded(&lab);
    let tier = |path: &str| Ask::put(path).header("x-ms-access-tier", "Archive");
    let parts = [
        "/northsource/data/b%200?comp=tier",
        "/northsource/data/b%201?comp=tier",
    ]
    .map(tier);
    let path = "/northsource/data?restype=container&comp=batch";
    let (_, states) = send(&lab, path, &parts).await;
    assert_eq!(states, [200, 200]);
    assert_eq!(
        lab.world().blobs_in(SOURCE, "data").get("b 1").unwrap().tier,
        "Archive"
    );

    for other in [
        "/northsource/other/b",
        "/northsource/data/../other/b",
        "/northsource/data/%2E%2E/other/b",
    ] {
        let (told, _) = send(&lab, path, &[Ask::delete(other)]).await;
        told.expect_error(400, "InvalidInput");
    }
}

#[tokio::test]
async fn refuses_what_is_no_batch() {
    let lab = Lab::start().await;
    seeded(&lab);
    let path = "/northsource?comp=batch";
    let mixed = [
        Ask::delete("/northsource/data/b%200"),
        Ask::put("/northsource/data/b%201?comp=tier"),
    ];
    let (told, _) = send(&lab, path, &mixed).await;
    told.expect_error(400, "AllBatchSubRequestsShouldBeSameApi");
    let (told, _) = send(&lab, path, &[Ask::get("/northsource/data/b%200")]).await;
    told.expect_error(400, "InvalidInput");
    let (told, _) = send(&lab, path, &[]).await;
    told.expect_error(400, "InvalidInput");
    let many = vec![Ask::delete("/northsource/data/b%200"); 257];
    let (told, _) = send(&lab, path, &many).await;
    told.expect_error(400, "ExceedsMaxBatchRequestCount");
    let ask = Ask::new("POST", path)
        .header("content-type", "text/plain")
        .body("x");
    lab.owner(ask).await.expect_error(400, "InvalidHeaderValue");
    assert_eq!(lab.world().blobs_in(SOURCE, "data").names().len(), 5);
}

#[tokio::test]
async fn a_part_without_proof_of_its_own_is_refused_by_itself() {
    let lab = Lab::start().await;
    seeded(&lab);
    let text = "--batch_x\r\nContent-Type: application/http\r\nContent-ID: 0\r\n\r\n\
                DELETE /northsource/data/b%200 HTTP/1.1\r\n\r\n--batch_x--\r\n";
    let ask = Ask::new("POST", "/northsource?comp=batch")
        .header("content-type", MIXED)
        .header("x-ms-version", VERSION)
        .body(text);
    let told = lab.owner(ask).await.expect(202);
    assert!(
        told.text().contains("HTTP/1.1 401 Unauthorized"),
        "{}",
        told.text()
    );
    assert_eq!(lab.world().blobs_in(SOURCE, "data").names().len(), 5);
}
