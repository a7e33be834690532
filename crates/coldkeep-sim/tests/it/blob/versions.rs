//! Accounts that keep versions.

use super::client::{Ask, Lab, SOURCE};

#[tokio::test]
async fn every_write_makes_a_version_and_old_ones_can_be_read() {
    let lab = Lab::start().await;
    lab.world().set_versioning(SOURCE, true).unwrap();
    let path = "/northsource/data/v";
    let mut ids = Vec::new();
    for body in ["1", "2", "3"] {
        ids.push(
            lab.owner(Ask::blob(path, body))
                .await
                .expect(201)
                .header("x-ms-version-id")
                .to_owned(),
        );
    }
    assert!(
        ids.is_sorted() && ids[0].len() == "2026-11-22T22:29:37.1234567Z".len(),
        "{ids:?}"
    );
    let at = |id: &str| format!("{path}?versionid={}", id.replace(':', "%3A"));
    assert_eq!(lab.owner(Ask::get(at(&ids[0]))).await.expect(200).text(), "1");
    let head = lab.owner(Ask::head(path)).await.expect(200);
    assert_eq!(
        (
            head.header("x-ms-version-id"),
            head.header("x-ms-is-current-version")
        ),
        (ids[2].as_str(), "true")
    );

    let meta = lab
        .owner(Ask::put(format!("{path}?comp=metadata")).header("x-ms-meta-a", "b"))
        .await
        .expect(200);
    ids.push(meta.header("x-ms-version-id").to_owned());
    lab.owner(Ask::delete(at(&ids[3])))
        .await
        .expect_error(403, "OperationNotAllowedOnRootBlob");
    lab.owner(Ask::delete(path)).await.expect(202);
    lab.owner(Ask::get(path)).await.expect_error(404, "BlobNotFound");
    assert_eq!(
        lab.owner(Ask::get(at(&ids[3])))
            .await
            .expect(200)
            .header("x-ms-meta-a"),
        "b"
    );

    let plain = lab
        .owner(Ask::get("/northsource/data?restype=container&comp=list"))
        .await
        .expect(200);
    assert!(plain.elements("Name").is_empty());
    let list = Ask::get("/northsource/data?restype=container&comp=list&include=versions,metadata");
    let all = lab.owner(list.clone()).await.expect(200);
    assert_eq!(all.elements("VersionId"), ids);
    assert!(all.elements("IsCurrentVersion").is_empty());

    lab.owner(Ask::delete(at(&ids[1]))).await.expect(202);
    lab.owner(Ask::get(at(&ids[1])))
        .await
        .expect_error(404, "BlobNotFound");
    assert_eq!(lab.owner(list).await.expect(200).elements("VersionId").len(), 3);
}

#[tokio::test]
async fn listing_versions_pages_within_a_name() {
    let lab = Lab::start().await;
    lab.world().set_versioning(SOURCE, true).unwrap();
    for name in ["a", "b"] {
        for body in ["1", "2", "3"] {
            lab.owner(Ask::blob(format!("/northsource/data/{name}"), body))
                .await
                .expect(201);
        }
    }
    lab.owner(Ask::delete("/northsource/data/a")).await.expect(202);
    let base = "/northsource/data?restype=container&comp=list&include=versions";
    let all = lab.owner(Ask::get(base)).await.expect(200);
    let all: Vec<_> = all
        .elements("VersionId")
        .iter()
        .map(|id| (*id).to_owned())
        .collect();
    assert_eq!(all.len(), 6);
    let (mut paged, mut marker) = (Vec::new(), String::new());
    for _ in 0..6 {
        let page = lab
            .owner(Ask::get(format!("{base}&maxresults=2&marker={marker}")))
            .await
            .expect(200);
        paged.extend(page.elements("VersionId").iter().map(|id| (*id).to_owned()));
        match page.elements("NextMarker").first() {
            Some(next) => marker = (*next).to_owned(),
            None => break,
        }
    }
    assert_eq!(paged, all);
}

#[tokio::test]
async fn a_version_can_be_copied_back() {
    let lab = Lab::start().await;
    lab.world().set_versioning(SOURCE, true).unwrap();
    let path = "/northsource/data/v";
    let old = lab
        .owner(Ask::blob(path, "old"))
        .await
        .expect(201)
        .header("x-ms-version-id")
        .to_owned();
    lab.owner(Ask::blob(path, "new")).await.expect(201);
    let source = lab.url(&format!("{path}?versionid={old}"));
    let copy = Ask::put(path).header("x-ms-copy-source", source);
    let copied = lab.owner(copy).await.expect(202);
    assert_eq!(copied.header("x-ms-copy-status"), "success");
    assert_eq!(lab.owner(Ask::get(path)).await.expect(200).text(), "old");
}
