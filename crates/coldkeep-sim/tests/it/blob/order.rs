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
