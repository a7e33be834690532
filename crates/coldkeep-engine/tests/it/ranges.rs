//! Listings in ranges: every name comes exactly once, whatever names are like, in whatever order they are listed.

use coldkeep_azure::{
    Azure,
    blob::{BlobAuth, Container, Include},
};
use coldkeep_core::{SecretString, SystemClock, cloud::Cloud, job::OnChange};
use coldkeep_sim::{
    NameOrder, Options, Sim,
    blobs::{Seed, generated},
    world::faults::{Action, Fault},
};
use std::{collections::BTreeMap, sync::Arc};

use crate::scene::{By, Scene};

const ACCOUNT: &str = "northsource";

fn container(sim: &Sim, name: &str) -> Container {
    let at = sim.endpoints();
    let cloud = Cloud {
        name: "Simulated".into(),
        active_directory: at.login,
        graph: at.graph,
        resource_manager: at.resource_manager,
        blob_endpoint: at.blob,
        builtin: false,
        ..Cloud::builtin().remove(0)
    };
    let azure = Azure::new(cloud, &coldkeep_azure::Network::default(), Arc::new(SystemClock)).unwrap();
    let key = SecretString::from(sim.world().account_key(ACCOUNT).unwrap());
    Container::new(&azure, ACCOUNT, None, name, BlobAuth::Key(key)).unwrap()
}

/// Names with how often each came.
async fn listed(
    container: &Container,
    prefix: &str,
    include: Include,
) -> BTreeMap<(String, Option<String>), u32> {
    let mut ranges = container.list_ranges(prefix, include).at_most(20);
    let mut names = BTreeMap::new();
    while let Some(page) = ranges.next().await.unwrap() {
        for blob in page.blobs {
            *names.entry((blob.name, blob.version_id)).or_default() += 1;
        }
    }
    names
}

async fn plain(
    container: &Container,
    prefix: &str,
    include: Include,
) -> BTreeMap<(String, Option<String>), u32> {
    let mut pages = container.list(prefix, include);
    let mut names = BTreeMap::new();
    while let Some(page) = pages.next().await.unwrap() {
        for blob in page.blobs {
            *names.entry((blob.name, blob.version_id)).or_default() += 1;
        }
    }
    names
}

/// The same numbers every time.
struct Chance(u64);

impl Chance {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }

    /// A folder of folders with a few names, or one with many.
    fn names(&mut self, count: u64) -> Vec<String> {
        let pieces = [
            "a",
            "A",
            "b",
            "mail",
            "1",
            "10",
            "ä",
            "\u{10ffff}",
            "\u{ff01}",
            "-",
            "x y",
            "%41",
            "+",
            ".",
        ];
        let mut names = Vec::new();
        while (names.len() as u64) < count {
            let mut folder = String::new();
            for _ in 0..self.below(5) {
                folder.push_str(pieces[self.below(pieces.len() as u64 - 1) as usize]);
                folder.push_str(if self.below(9) == 0 { "//" } else { "/" });
            }
            if self.below(12) == 0 {
                folder.insert(0, '/');
            }
            let many = if self.below(3) == 0 { 120 } else { 4 };
            for n in 0..=self.below(many) {
                names.push(format!(
                    "{folder}{}{n}",
                    pieces[self.below(pieces.len() as u64 - 1) as usize]
                ));
            }
        }
        names
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_name_comes_once_in_every_order() {
    let sim = Sim::start(Options::default()).await.unwrap();
    for (round, order) in ["bytes", "case-insensitive", "slash-first", "bytes"]
        .iter()
        .enumerate()
    {
        let name = format!("box-{round}");
        let place = sim.world().blobs_in(ACCOUNT, &name);
        let names = Chance(round as u64 + 1).names(1200);
        place.fill(names.into_iter().map(|name| (name, "x".into())));
        sim.world().set_name_order(NameOrder::of(order).unwrap());
        let container = container(&sim, &name);
        for prefix in ["", "a", "mail/", "1", "/"] {
            let include = Include {
                metadata: true,
                ..Include::default()
            };
            let all = plain(&container, prefix, include).await;
            assert_eq!(
                listed(&container, prefix, include).await,
                all,
                "{order} `{prefix}`"
            );
            if prefix.is_empty() {
                assert_eq!(all.len() as u64, place.totals().0);
            }
        }
    }
    let delimited = sim.world().log().entries();
    assert!(
        delimited.iter().any(|entry| entry.path.contains("delimiter=")),
        "no listing was cut"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn every_version_comes_once_and_what_has_versions_only() {
    let sim = Sim::start(Options::default()).await.unwrap();
    sim.world().set_versioning(ACCOUNT, true).unwrap();
    let place = sim.world().blobs_in(ACCOUNT, "versions");
    let mut chance = Chance(99);
    for name in chance.names(400) {
        for n in 0..=chance.below(3) {
            place.put(&name, format!("{n}"), &Seed::default());
        }
        if chance.below(4) == 0 {
            place.delete(&name);
        }
    }
    let container = container(&sim, "versions");
    let include = Include {
        metadata: true,
        tags: true,
        versions: true,
    };
    let all = plain(&container, "", include).await;
    assert!(all.len() > 500);
    assert_eq!(listed(&container, "", include).await, all);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_small_container_costs_no_request_more_and_folders_are_read_side_by_side() {
    let sim = Sim::start(Options::default()).await.unwrap();
    let small = sim.world().blobs_in(ACCOUNT, "small");
    small.fill((0..30).map(|n| (format!("f{}/{n}", n % 7), "x".into())));
    let asked = || sim.world().log().count();
    let before = asked();
    listed(&container(&sim, "small"), "", Include::default()).await;
    assert_eq!(asked() - before, 2, "two pages of twenty");

    let large = sim.world().blobs_in(ACCOUNT, "large");
    large.fill((0..2000).map(|n| (format!("m365/box-{:02}/{n:05}", n % 20), "x".into())));
    let before = asked();
    let all = listed(&container(&sim, "large"), "", Include::default()).await;
    assert_eq!(all.len(), 2000);
    let cost = asked() - before;
    assert!(
        (100..=150).contains(&cost),
        "{cost} requests where a plain listing takes 100"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn where_levels_cannot_be_read_the_listing_goes_on() {
    let sim = Sim::start(Options::default()).await.unwrap();
    let place = sim.world().blobs_in(ACCOUNT, "box");
    place.fill((0..1000).map(|n| (format!("f{}/{n:04}", n / 100), "x".into())));
    let action = Action::Status {
        status: 400,
        code: Some("InvalidQueryParameterValue".into()),
        retry_after_s: None,
    };
    sim.world()
        .faults()
        .add(Fault::new(action).path_contains("delimiter="));
    let all = listed(&container(&sim, "box"), "", Include::default()).await;
    assert_eq!(all.len(), 1000);
    assert!(all.values().all(|times| *times == 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_target_is_looked_through_in_ranges_and_nothing_is_taken_for_missing() {
    let scene = Scene::new(By::Key, false).await;
    scene.source().fill(generated("m365/", 300, 10));
    scene.settle();
    scene.add_job(OnChange::Fail).await;
    let first = scene.run().await;
    assert_eq!(first.counts.items_copied, 300, "{:?}", first.problem);
    // What other points left there.
    let others = (0..24_000).map(|n| (format!("b/{:02x}/{n:032}", n % 256), "x".into()));
    scene.target().fill(others);
    let second = scene.run().await;
    assert_eq!(
        (second.counts.items_unchanged, second.counts.items_copied),
        (300, 0)
    );
    let log = scene.sim.world().log().entries();
    let ranges = log.iter().filter(|entry| entry.path.contains("prefix=b%2Fff%2F"));
    assert!(ranges.count() > 0, "no range was read ahead");
    let entries = scene.entries(second.point_id.unwrap()).await;
    for entry in [&entries[7], &entries[200]] {
        assert!(scene.target().delete(entry.target_name.as_str()));
    }
    let third = scene.run().await;
    assert_eq!(
        (third.counts.items_unchanged, third.counts.items_copied),
        (298, 2)
    );
}
