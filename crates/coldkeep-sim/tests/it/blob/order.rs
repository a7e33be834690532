//! The order of listed names, and where a listing starts.

use super::client::{Ask, Lab, SOURCE};
use coldkeep_sim::{NameOrder, Options};

const NAMES: [&str; 7] = ["B", "a-b", "a/b", "a/c/d", "A/x", "c", "Ä"];

async fn lab(order: NameOrder) -> Lab {
    let lab = Lab::start_with(Options {
        name_order: order,
        ..Options::default()
    })
    .await;
    lab.world()
        .blobs_in(SOURCE, "data")
        .fill(NAMES.map(|name| (name.to_owned(), "x".into())));
    lab
}

/// All names of a listing in pages of two.
async fn listed(lab: &Lab, query: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut marker = String::new();
    loop {
        let path = format!("/northsource/data?restype=container&comp=list&maxresults=2{query}{marker}");
        let told = lab
            .owner(Ask::get(path).header("x-ms-version", "2026-02-06"))
            .await
            .expect(200);
        names.extend(told.elements("Name").into_iter().map(str::to_owned));
        match told.elements("NextMarker").first() {
            Some(next) => marker = format!("&marker={next}"),
            None => return names,
        }
    }
}

#[tokio::test]
async fn names_come_in_the_order_that_the_world_has() {
    let orders = [
        (
            NameOrder::Utf16,
            ["A/x", "B", "a-b", "a/b", "a/c/d", "c", "Ä"],
            ["A/", "B", "a-b", "a/", "c", "Ä"],
        ),
        (
            NameOrder::Bytes,
            ["A/x", "B", "a-b", "a/b", "a/c/d", "c", "Ä"],
            ["A/", "B", "a-b", "a/", "c", "Ä"],
        ),
        (
            NameOrder::CaseInsensitive,
            ["a-b", "a/b", "a/c/d", "A/x", "B", "c", "Ä"],
            ["a-b", "A/", "a/", "B", "c", "Ä"],
        ),
        (
            NameOrder::SlashFirst,
            ["A/x", "B", "a/b", "a/c/d", "a-b", "c", "Ä"],
            ["A/", "B", "a/", "a-b", "c", "Ä"],
        ),
    ];
    for (order, expected, groups) in orders {
        let lab = lab(order).await;
        assert_eq!(listed(&lab, "").await, expected, "{order:?}");
        assert_eq!(listed(&lab, "&prefix=a/").await, ["a/b", "a/c/d"], "{order:?}");
        assert_eq!(listed(&lab, "&delimiter=/").await, groups, "{order:?}");
    }
}

#[tokio::test]
async fn a_listing_starts_at_a_name_or_behind_it() {
    let lab = lab(NameOrder::Bytes).await;
    assert_eq!(listed(&lab, "&startFrom=a/b").await, ["a/b", "a/c/d", "c", "Ä"]);
    assert_eq!(
        listed(&lab, "&startFrom=a%20").await,
        ["a-b", "a/b", "a/c/d", "c", "Ä"]
    );
    assert_eq!(listed(&lab, "&startFrom=a&prefix=B").await, Vec::<String>::new());
}

/// <https://github.com/blobfile/blobfile/pull/238>
#[tokio::test]
async fn the_service_sorts_by_code_units_and_not_by_bytes() {
    let names = [
        "a",
        "\u{fb01}/1",
        "\u{fb01}/2",
        "\u{1f600}",
        "\u{1f600}/x",
        "\u{ff01}",
        "z\u{e000}",
        "z\u{10000}",
    ];
    let by_units = [
        "a",
        "z\u{10000}",
        "z\u{e000}",
        "\u{1f600}",
        "\u{1f600}/x",
        "\u{fb01}/1",
        "\u{fb01}/2",
        "\u{ff01}",
    ];
    let lab = Lab::start().await;
    let place = lab.world().blobs_in(SOURCE, "data");
    place.fill(names.map(|name| (name.to_owned(), "x".into())));
    assert_eq!(listed(&lab, "").await, by_units);
    assert_eq!(
        listed(&lab, "&delimiter=/").await,
        [
            "a",
            "z\u{10000}",
            "z\u{e000}",
            "\u{1f600}",
            "\u{1f600}/",
            "\u{fb01}/",
            "\u{ff01}"
        ]
    );
    let from = percent_encoding::utf8_percent_encode("\u{1f600}/", percent_encoding::NON_ALPHANUMERIC);
    assert_eq!(listed(&lab, &format!("&startFrom={from}")).await, by_units[4..]);
    lab.world().set_name_order(NameOrder::Bytes);
    let mut by_bytes = names;
    by_bytes.sort_unstable();
    assert_eq!(listed(&lab, "").await, by_bytes);
}

/// <https://github.com/Azure/azure-sdk-for-go/issues/24210>
#[tokio::test]
async fn an_account_with_directories_lists_folder_by_folder() {
    let mut options = Options::default();
    options.tenants[0].subscriptions[0].accounts[0].hns = true;
    let lab = Lab::start_with(options).await;
    let place = lab.world().blobs_in(SOURCE, "data");
    place.fill(["A-B", "A/1", "A", "A.x"].map(|name| (name.to_owned(), "x".into())));
    assert_eq!(listed(&lab, "").await, ["A", "A/1", "A-B", "A.x"]);
}
