//! A run that names the plan that was agreed to: it carries that one out, or copies nothing and says what changed.

use crate::scene::{By, Ran, Scene, here, ran};
use coldkeep_api::{CopyPlan, PlanDigest, StartRun};
use coldkeep_core::{Code, job::OnChange, run::RunState};
use coldkeep_sim::blobs::{Seed, generated};

impl Scene {
    async fn plan(&self) -> CopyPlan {
        self.engine.data(here()).plan_job("copy").await.unwrap()
    }

    async fn run_agreed(&self, digest: &PlanDigest) -> Ran {
        let request = StartRun {
            plan_digest: Some(digest.clone()),
            ..StartRun::default()
        };
        let run = self.engine.data(here()).start_job("copy", request).await.unwrap();
        self.engine.drain().await;
        ran(&self.engine, run.id).await
    }

    /// Runs what was agreed to before, and gives the words of the refusal.
    async fn refused(&self, digest: &PlanDigest) -> String {
        let before = self.target().names();
        let run = self.run_agreed(digest).await;
        let problem = run.problem.clone().expect("the run is refused");
        assert_eq!((run.state, problem.code), (RunState::Failed, Code::PlanChanged));
        assert_eq!(self.target().names(), before, "nothing is written");
        problem.what
    }
}

async fn ready() -> Scene {
    let scene = Scene::new(By::Key, false).await;
    scene.source().fill(generated("f/", 10, 100));
    scene.settle();
    scene.add_job(OnChange::Fail).await;
    scene
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_does_what_was_agreed_to() {
    let scene = ready().await;
    let agreed = scene.plan().await.digest;
    assert_eq!(
        scene.plan().await.digest,
        agreed,
        "nothing changed between two plans"
    );
    assert_eq!(agreed.0.len(), 64);
    let run = scene.run_agreed(&agreed).await;
    assert_eq!(
        (run.state, run.counts.items_copied),
        (RunState::Done, 10),
        "{run:#?}"
    );

    // Now the point holds everything: that is another plan.
    let told = scene.refused(&agreed).await;
    assert!(told.contains("blobs to copy: 0 instead of 10"), "{told}");
    let next = scene.plan().await.digest;
    assert_ne!(next, agreed);
    assert_eq!(scene.run_agreed(&next).await.state, RunState::Done);
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_else_would_be_copied_is_another_plan() {
    let scene = ready().await;
    let changes: [(&str, &dyn Fn()); 3] = [
        ("blobs to copy: 11 instead of 10", &|| {
            scene.source().put("new", "content", &Seed::default());
        }),
        ("bytes to copy: 1010 instead of 1007", &|| {
            scene.source().put("new", "ten  bytes", &Seed::default());
        }),
        ("other blobs, or blobs in another state", &|| {
            scene.source().put("new", "TEN  BYTES", &Seed::default());
        }),
    ];
    for (how, change) in changes {
        let agreed = scene.plan().await.digest;
        change();
        scene.settle();
        let told = scene.refused(&agreed).await;
        assert!(told.contains(how), "{told}");
        assert!(told.contains("nothing was copied"), "{told}");
    }

    // A digest of another server, or of nothing.
    for digest in ["0".repeat(64), String::new()] {
        let told = scene.refused(&PlanDigest(digest)).await;
        assert!(told.contains("11 of 11 blobs would be copied now"), "{told}");
    }
    assert!(scene.target().names().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_blob_that_is_gone_or_damaged_is_another_plan() {
    let scene = ready().await;
    let first = scene.plan().await.digest;
    scene.run_agreed(&first).await;
    let agreed = scene.plan().await.digest;
    let names = scene.source().names();
    scene.source().delete(&names[0]);
    scene.settle();
    let told = scene.refused(&agreed).await;
    assert!(told.contains("blobs deleted: 1 instead of 0"), "{told}");

    let agreed = scene.plan().await.digest;
    // All of them: one alone could be that of the blob that is gone.
    let names = scene.target().names();
    for name in names.iter().filter(|name| name.starts_with("b/")) {
        scene.target().delete(name);
    }
    let told = scene.refused(&agreed).await;
    assert!(told.contains("blobs to copy: 9 instead of 0"), "{told}");
}
