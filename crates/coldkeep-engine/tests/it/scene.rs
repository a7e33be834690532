//! A simulator, an engine of its own data folder, two repositories and a job between them.

use crate::tenant::existing;
use coldkeep_api::{NewAccess, NewCredential, NewJob, NewRepository, StartRun};
use coldkeep_core::{
    Caller, Problem, SystemClock,
    cloud::Cloud,
    id::{PointId, RunId},
    job::{Job, OnChange},
    point::Entry,
    repository::Repository,
    run::{FailedItem, Run},
};
use coldkeep_engine::{Config, Engine};
use coldkeep_sim::{Options, Sim, blobs::ContainerHandle};
use coldkeep_store::Store;
use std::{path::Path, sync::Arc, time::Duration};
use tempfile::TempDir;

pub const CLOUD: &str = "sim";
pub const SOURCE: (&str, &str) = ("northsource", "backups");
pub const TARGET: (&str, &str) = ("northtarget", "copies");

/// Who the tests call as.
pub fn here() -> Caller {
    Caller::system_user(1000)
}

/// Who opens the repositories.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    ServiceAccount,
    Key,
}

pub struct Scene {
    pub sim: Sim,
    pub engine: Arc<Engine>,
    pub dir: TempDir,
}

/// An engine over a data folder.
pub async fn open_engine(dir: &Path) -> Arc<Engine> {
    let config = Config {
        data_dir: dir.to_owned(),
        database_url: None,
        master_key_file: None,
        clock: Arc::new(SystemClock),
    };
    Engine::open(config).await.unwrap()
}

impl Scene {
    /// Two empty containers and the repositories `source` and `target`.
    pub async fn new(by: By, versions: bool) -> Self {
        Self::with(Options::default(), by, versions).await
    }

    /// The same in a world of these options.
    pub async fn with(options: Options, by: By, versions: bool) -> Self {
        let sim = Sim::start(options).await.unwrap();
        sim.world().set_versioning(SOURCE.0, versions).unwrap();
        let dir = tempfile::tempdir().unwrap();
        let engine = open_engine(dir.path()).await;
        let scene = Self {
            dir,
            ..Self::over(sim, engine).await
        };
        if by == By::ServiceAccount {
            scene.add_service_account().await;
        }
        scene.add_repository("source", SOURCE, by).await;
        scene.add_repository("target", TARGET, by).await;
        scene
    }

    /// An engine that is open already, and knows of a simulator and its empty containers from now on.
    pub async fn over(sim: Sim, engine: Arc<Engine>) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let scene = Self { sim, engine, dir };
        // The containers are there once somebody looked at them.
        scene.source();
        scene.target();
        scene.add_cloud().await;
        scene
    }

    pub fn source(&self) -> ContainerHandle<'_> {
        self.sim.world().blobs_in(SOURCE.0, SOURCE.1)
    }

    pub fn target(&self) -> ContainerHandle<'_> {
        self.sim.world().blobs_in(TARGET.0, TARGET.1)
    }

    /// Lets some seconds pass at the services, so that what was written is older than the running second.
    pub fn settle(&self) {
        self.sim.world().advance_clock(3);
    }

    async fn add_cloud(&self) {
        let blob = self.sim.endpoints().blob;
        self.add_cloud_named(CLOUD, blob).await;
    }

    /// The simulator under another name and another spelling of its addresses.
    pub async fn add_cloud_named(&self, name: &str, blob_endpoint: String) {
        let at = self.sim.endpoints();
        let public = Cloud::builtin().remove(0);
        let cloud = Cloud {
            name: name.into(),
            active_directory: at.login,
            graph: at.graph,
            resource_manager: at.resource_manager,
            blob_endpoint,
            builtin: false,
            ..public
        };
        self.engine.setup(here()).add_cloud(cloud).await.unwrap();
    }

    async fn add_service_account(&self) {
        let app = self.sim.world().ready_app().unwrap();
        let secret = NewCredential::Secret {
            secret: app.secret.as_str().into(),
        };
        let request = existing("copier", &app.tenant_id, &app.app_id, secret);
        self.engine
            .identity(here())
            .add_service_account(request)
            .await
            .unwrap();
    }

    /// The database, to be changed by hand.
    pub async fn store(&self) -> Store {
        Store::open_sqlite(&self.dir.path().join("coldkeep.db"))
            .await
            .unwrap()
    }

    pub async fn add_repository(&self, name: &str, (account, container): (&str, &str), by: By) {
        let access = match by {
            By::ServiceAccount => NewAccess::ServiceAccount {
                service_account: "copier".into(),
            },
            By::Key => {
                let key = self.sim.world().account_key(account).unwrap();
                NewAccess::AccountKey { key: key.into() }
            }
        };
        let request = NewRepository {
            name: name.into(),
            cloud: CLOUD.into(),
            account: account.into(),
            endpoint: None,
            container: container.into(),
            folder: None,
            tier: None,
            access,
        };
        self.engine.data(here()).add_repository(request).await.unwrap();
    }

    /// A folder of a container, opened by the account's key, in this cloud and under this endpoint.
    pub async fn add_folder(
        &self,
        name: &str,
        (account, container, folder): (&str, &str, &str),
        (cloud, endpoint): (&str, Option<String>),
    ) -> Result<Repository, Problem> {
        self.sim.world().blobs_in(account, container);
        let key = self.sim.world().account_key(account).unwrap();
        let request = NewRepository {
            name: name.into(),
            cloud: cloud.into(),
            account: account.into(),
            endpoint,
            container: container.into(),
            folder: Some(folder.into()),
            tier: None,
            access: NewAccess::AccountKey { key: key.into() },
        };
        self.engine.data(here()).add_repository(request).await
    }

    /// The job `copy` from `source` to `target`.
    pub async fn add_job(&self, on_change: OnChange) -> Job {
        self.engine
            .data(here())
            .add_job(NewJob {
                on_change,
                ..new_job()
            })
            .await
            .unwrap()
    }

    /// Runs the job `copy` to its end.
    pub async fn run(&self) -> Ran {
        run(&self.engine, None).await
    }

    /// Every entry of a point.
    pub async fn entries(&self, point: PointId) -> Vec<Entry> {
        let page = self
            .engine
            .data(here())
            .list_files(point, None, 5000)
            .await
            .unwrap();
        assert!(page.next.is_none());
        page.entries
    }

    /// What a point holds: names and contents.
    pub async fn contents(&self, point: PointId) -> Vec<(String, String)> {
        let target = self.target();
        let content = |entry: Entry| {
            let bytes = target
                .get(entry.target_name.as_str())
                .expect("the target holds every entry")
                .content;
            (entry.name, String::from_utf8_lossy(&bytes).into_owned())
        };
        self.entries(point).await.into_iter().map(content).collect()
    }

    /// Requests that made the service copy, and succeeded.
    pub fn copies(&self) -> usize {
        let log = self.sim.world().log().entries();
        log.iter()
            .filter(|e| e.copy_source.is_some() && e.status == Some(201))
            .count()
    }
}

pub fn new_job() -> NewJob {
    NewJob {
        name: "copy".into(),
        source: "source".into(),
        target: "target".into(),
        include: vec![],
        exclude: vec![],
        on_change: OnChange::Fail,
        allow_incomplete: false,
        max_requests_per_second: None,
    }
}

/// A run with the first of its failed items.
#[derive(Debug, Clone)]
pub struct Ran {
    run: Run,
    pub failed_items: Vec<FailedItem>,
}

impl std::ops::Deref for Ran {
    type Target = Run;

    fn deref(&self) -> &Run {
        &self.run
    }
}

/// The run as it is now.
pub async fn ran(engine: &Engine, id: RunId) -> Ran {
    let data = engine.data(here());
    let run = data.show_run(id).await.unwrap();
    let page = data.list_run_items(id, 0, 1000).await.unwrap();
    Ran {
        run,
        failed_items: page.items.into_iter().map(|found| found.item).collect(),
    }
}

/// Runs the job `copy` of an engine to its end.
pub async fn run(engine: &Arc<Engine>, allow_incomplete: Option<bool>) -> Ran {
    let run = engine
        .data(here())
        .start_job(
            "copy",
            StartRun {
                allow_incomplete,
                ..StartRun::default()
            },
        )
        .await
        .unwrap();
    tokio::time::timeout(Duration::from_secs(120), engine.drain())
        .await
        .expect("a run ends");
    ran(engine, run.id).await
}
