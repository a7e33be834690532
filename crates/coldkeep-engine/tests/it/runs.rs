//! What is kept of runs: a row with counts, every failed item, and their reasons.

use crate::scene::{By, Scene, here};
use coldkeep_core::{
    Code, Kind,
    id::RunId,
    job::OnChange,
    run::{EXAMPLES_MAX, RunState},
};
use coldkeep_sim::blobs::Seed;

#[tokio::test(flavor = "multi_thread")]
async fn every_failed_item_is_kept_and_their_reasons_are_few() {
    let scene = Scene::new(By::ServiceAccount, false).await;
    let asleep = Seed {
        tier: Some("Archive".into()),
        ..Seed::default()
    };
    let name = |number: u64| format!("cold/{number:04}");
    for number in 1..=1500 {
        scene.source().put(&name(number), "asleep", &asleep);
    }
    scene.source().put("awake", "content", &Seed::default());
    scene.settle();
    scene.add_job(OnChange::Fail).await;
    let run = scene.run().await;
    assert_eq!(run.state, RunState::DoneWithFailures, "{:?}", run.problem);
    assert_eq!((run.counts.items_failed, run.counts.items_total), (1500, 1501));

    let data = scene.engine.data(here());
    let (mut items, mut after) = (Vec::new(), Some(0));
    while let Some(from) = after {
        let page = data.list_run_items(run.id, from, 400).await.unwrap();
        assert!(page.items.len() <= 400);
        (after, items) = (page.next, [items, page.items].concat());
    }
    for (item, number) in items.iter().zip(1..) {
        assert_eq!((item.sequence, &item.item.name), (number, &name(number)));
        assert_eq!(item.item.problem.kind, Kind::Unsupported);
    }
    assert_eq!(items.len(), 1500);

    let reasons = data.list_run_reasons(run.id).await.unwrap();
    assert_eq!(reasons.len(), 1, "{reasons:?}");
    let archived = &reasons[0];
    assert_eq!((archived.code, archived.count), (Code::BlobOffline, 1500));
    assert!(archived.what.contains("archived") && !archived.what.contains("cold/"));
    assert_eq!(archived.examples.len(), EXAMPLES_MAX);
    assert_eq!(archived.examples[0], name(1));
    assert_eq!(archived.problem, items[0].item.problem);

    let nobody = data.list_run_items(RunId::new(), 0, 10).await.unwrap_err();
    assert_eq!(nobody.kind, Kind::NotFound);
}

#[tokio::test(flavor = "multi_thread")]
async fn runs_are_listed_by_pages_the_newest_first() {
    let scene = Scene::new(By::ServiceAccount, false).await;
    scene.source().put("one", "content", &Seed::default());
    scene.settle();
    scene.add_job(OnChange::Fail).await;
    let mut made = Vec::new();
    for _ in 0..3 {
        made.push(scene.run().await.id);
    }
    made.reverse();
    let data = scene.engine.data(here());
    let first = data.list_runs(None, 2).await.unwrap();
    let next = first.next.clone().expect("there is one more");
    let second = data.list_runs(Some(next.parse().unwrap()), 2).await.unwrap();
    assert_eq!(second.next, None);
    let listed: Vec<_> = first.runs.iter().chain(&second.runs).map(|run| run.id).collect();
    assert_eq!(listed, made);
    assert!(first.runs.iter().all(|run| run.counts.items_done == 1));
    assert!(first.runs.iter().all(|run| run.started_by == Some(here())));
}
