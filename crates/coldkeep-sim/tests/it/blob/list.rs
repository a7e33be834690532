//! Listings: order, paging, delimiters, what they include, and how fast they are.

use super::client::{Ask, Lab, SOURCE};
use bytes::Bytes;
use coldkeep_sim::blobs::{ContentHeaders, Seed, generated};

const LIST: &str = "/northsource/data?restype=container&comp=list";

/// All names, page by page.
async fn names(lab: &Lab, query: &str) -> (Vec<String>, usize) {
    let (mut names, mut marker) = (Vec::new(), String::new());
    for pages in 1..1000 {
        let page = lab
            .owner(Ask::get(format!("{LIST}{query}&marker={marker}")))
            .await
            .expect(200);
        names.extend(page.elements("Name").iter().map(|name| (*name).to_owned()));
        match page.elements("NextMarker").first() {
            Some(next) => marker = (*next).to_owned(),
            None => return (names, pages),
        }
    }
    panic!("the listing does not end");
}

#[tokio::test]
async fn pages_follow_each_other_in_the_order_of_code_units() {
    let lab = Lab::start().await;
    let place = lab.world().blobs_in(SOURCE, "data");
    let mut expected: Vec<String> = (0..50).map(|number| format!("p/{number}")).collect();
    expected.extend(["P", "a", "ä", "z", "\u{ffee}", "😀", "p", "p0"].map(str::to_owned));
    place.fill(
        expected
            .iter()
            .map(|name| (name.clone(), Bytes::from_static(b"x"))),
    );
    expected.sort_by_key(|name| name.encode_utf16().collect::<Vec<_>>());
    assert_eq!(names(&lab, "").await, (expected.clone(), 1));
    assert_eq!(names(&lab, "&maxresults=7").await, (expected, 9));
    assert_eq!(names(&lab, "&prefix=p%2F4&maxresults=3").await.0.len(), 11);
    assert_eq!(names(&lab, "&prefix=none").await.0.len(), 0);
    lab.owner(Ask::get(format!("{LIST}&maxresults=0")))
        .await
        .expect_error(400, "OutOfRangeQueryParameterValue");
    lab.owner(Ask::get(format!("{LIST}&marker=x")))
        .await
        .expect_error(400, "InvalidQueryParameterValue");
}

#[tokio::test]
async fn a_delimiter_folds_names_together() {
    let lab = Lab::start().await;
    let place = lab.world().blobs_in(SOURCE, "data");
    let blobs = ["a", "b/1", "b/2", "b/c/3", "b0", "d//e", "f/"];
    place.fill(blobs.iter().map(|name| ((*name).to_owned(), Bytes::new())));
    let page = lab
        .owner(Ask::get(format!("{LIST}&delimiter=%2F")))
        .await
        .expect(200);
    assert_eq!(page.elements("Name"), ["a", "b/", "b0", "d/", "f/"]);
    assert_eq!(page.elements("BlobPrefix").len(), 3);
    let inner = lab
        .owner(Ask::get(format!("{LIST}&delimiter=%2F&prefix=b%2F")))
        .await
        .expect(200);
    assert_eq!(inner.elements("Name"), ["b/1", "b/2", "b/c/"]);
    assert_eq!(
        names(&lab, "&delimiter=%2F&maxresults=1").await,
        (["a", "b/", "b0", "d/", "f/"].map(str::to_owned).to_vec(), 5)
    );
}

#[tokio::test]
async fn a_listing_shows_what_it_is_asked_to_include() {
    let lab = Lab::start().await;
    let place = lab.world().blobs_in(SOURCE, "data");
    let how = Seed {
        headers: ContentHeaders {
            content_type: Some("text/plain".to_owned()),
            ..ContentHeaders::default()
        },
        metadata: [("colour".to_owned(), "a<b".to_owned())].into(),
        tags: [("year".to_owned(), "2026".to_owned())].into(),
        tier: Some("Cool".to_owned()),
        ..Seed::default()
    };
    place.put("one", "hello", &how);
    lab.owner(Ask::put("/northsource/data/staged?comp=block&blockid=QUFB").body("x"))
        .await
        .expect(201);

    let plain = lab.owner(Ask::get(LIST)).await.expect(200);
    assert_eq!(plain.elements("Name"), ["one"]);
    for (element, value) in [
        ("Content-Length", "5"),
        ("Content-Type", "text/plain"),
        ("Content-MD5", "XUFAKrxLKna5cZ2REBfFkg=="),
        ("BlobType", "BlockBlob"),
        ("AccessTier", "Cool"),
        ("TagCount", "1"),
    ] {
        assert_eq!(plain.elements(element), [value], "{element}");
    }
    assert!(plain.elements("Metadata").is_empty() && plain.elements("TagSet").is_empty());
    assert!(!plain.header("date").is_empty());
    let etag = plain.elements("Etag")[0].to_owned();
    assert_eq!(
        lab.owner(Ask::head("/northsource/data/one")).await.header("etag"),
        format!("\"{etag}\"")
    );

    let full = lab
        .owner(Ask::get(format!("{LIST}&include=metadata,tags,uncommittedblobs")))
        .await
        .expect(200);
    assert_eq!(full.elements("Name"), ["one", "staged"]);
    assert_eq!(full.elements("Metadata"), ["<colour>a&lt;b</colour>"]);
    assert_eq!(
        full.elements("TagSet"),
        ["<Tag><Key>year</Key><Value>2026</Value></Tag>"]
    );
    for unknown in [
        format!("{LIST}&include=metadata,foo"),
        "/northsource?comp=list&include=foo".to_owned(),
    ] {
        lab.owner(Ask::get(unknown))
            .await
            .expect_error(400, "InvalidQueryParameterValue");
    }
}

#[tokio::test]
async fn two_hundred_thousand_blobs_are_listed_page_by_page() {
    let lab = Lab::start().await;
    assert_eq!(
        lab.world()
            .blobs_in(SOURCE, "data")
            .fill(generated("d/", 200_000, 16)),
        200_000
    );
    let (found, pages) = names(&lab, "&prefix=d%2F").await;
    assert_eq!((found.len(), pages), (200_000, 40));
    assert!(found.is_sorted());
}

/// <https://learn.microsoft.com/rest/api/storageservices/list-blobs#response-body>
#[tokio::test]
async fn names_of_metadata_from_before_2009_are_listed_as_invalid() {
    let lab = Lab::start().await;
    let old = Seed {
        metadata: [("good", "1"), ("not-good", "2")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into(),
        ..Seed::default()
    };
    lab.world().blobs_in(SOURCE, "data").put("old", "x", &old);
    let page = lab.owner(Ask::get(format!("{LIST}&include=metadata"))).await;
    assert_eq!(page.elements("x-ms-invalid-name"), ["not-good"]);
    assert_eq!(page.elements("good"), ["1"]);
}
