//! Structured bodies: content with a checksum after each segment.

use super::client::{Ask, Lab};

const PATH: &str = "/northsource/data/structured";
const KIND: &str = "XSM/1.0; properties=crc64";
/// CRC-64/NVME of `123456789`.
const CRC64: u64 = 0xAE8B_1486_0A79_9888;

/// `123456789` as one segment, put together by hand.
fn message(crc64: u64) -> Vec<u8> {
    let mut message = vec![1];
    message.extend(48_u64.to_le_bytes());
    message.extend([1, 0, 1, 0]);
    message.extend([1, 0]);
    message.extend(9_u64.to_le_bytes());
    message.extend(b"123456789");
    message.extend(crc64.to_le_bytes());
    message.extend(CRC64.to_le_bytes());
    message
}

fn upload(crc64: u64) -> Ask {
    Ask::blob(PATH, message(crc64))
        .header("x-ms-structured-body", KIND)
        .header("x-ms-structured-content-length", "9")
}

#[tokio::test]
async fn a_structured_body_is_unpacked_checked_and_packed_again() {
    let lab = Lab::start().await;
    lab.owner(upload(1)).await.expect_error(400, "Crc64Mismatch");
    let done = lab.owner(upload(CRC64)).await.expect(201);
    assert_eq!(done.header("x-ms-structured-body"), KIND);
    assert_eq!(lab.owner(Ask::get(PATH)).await.expect(200).text(), "123456789");
    let got = lab
        .owner(Ask::get(PATH).header("x-ms-structured-body", KIND))
        .await
        .expect(200);
    assert_eq!(got.header("x-ms-structured-content-length"), "9");
    assert_eq!(got.body, message(CRC64));
}

#[tokio::test]
async fn another_kind_of_structure_is_refused() {
    let lab = Lab::start().await;
    lab.owner(upload(CRC64)).await.expect(201);
    lab.owner(Ask::get(PATH).header("x-ms-structured-body", "XSM/2.0"))
        .await
        .expect_error(400, "InvalidHeaderValue");
}
