//! A restore point found and opened, kept for a while: a restore to a folder asks for its files one by one.

use super::no_such_point;
use crate::{
    Engine,
    target::{Commit, Target},
};
use coldkeep_azure::Meter;
use coldkeep_core::{
    Problem, Timestamp,
    id::PointId,
    point::{Entry, Point},
    repository::Repository,
};
use std::sync::{Arc, Mutex, PoisonError};

/// So many points are kept open ...
const OPEN_MAX: usize = 4;
/// ... for so long; credentials may change meanwhile.
const OPEN_S: i64 = 300;

/// The points kept open.
#[derive(Debug, Default)]
pub(crate) struct Opened(Mutex<Vec<(Timestamp, Arc<OpenPoint>)>>);

/// A point, and the target it lies in.
#[derive(Debug)]
pub(crate) struct OpenPoint {
    pub target: Target,
    pub commit: Commit,
    pub repository: Repository,
    /// The stretch of entries that was looked into last, in name order.
    recent: tokio::sync::Mutex<Vec<Entry>>,
}

impl OpenPoint {
    pub(crate) fn point(&self) -> Point {
        self.commit.point(&self.repository.name)
    }

    /// The entry of that name. Neighbours in name order are found without reading again.
    pub(super) async fn find(&self, name: &str) -> Result<Option<Entry>, Problem> {
        let mut recent = self.recent.lock().await;
        let covers = |entries: &[Entry]| {
            entries.first().is_some_and(|e| e.name.as_str() <= name)
                && entries.last().is_some_and(|e| e.name.as_str() >= name)
        };
        if !covers(&recent) {
            *recent = self.target.entries_around(&self.commit, name).await?;
        }
        let found = recent.binary_search_by(|e| e.name.as_str().cmp(name));
        Ok(found.ok().map(|i| recent[i].clone()))
    }

    /// The same point, its requests counted elsewhere.
    pub(crate) async fn target_counted(&self, engine: &Engine, meter: Arc<Meter>) -> Result<Target, Problem> {
        Target::open(engine, &self.repository, meter).await
    }
}

impl Engine {
    /// Looks through all targets for a point.
    pub(crate) async fn open_point(&self, id: PointId) -> Result<Arc<OpenPoint>, Problem> {
        let now = self.config.clock.now();
        if let Some(open) = self.points.get(id, now) {
            return Ok(open);
        }
        let mut unreachable = Vec::new();
        for repository in self.list_repositories().await? {
            match self.find_in(&repository, id).await {
                Ok(Some(open)) => {
                    let open = Arc::new(open);
                    self.points.keep(now, open.clone());
                    return Ok(open);
                }
                Ok(None) => {}
                Err(problem) => unreachable.push((repository.name, problem)),
            }
        }
        Err(no_such_point(id, &unreachable))
    }

    async fn find_in(&self, repository: &Repository, id: PointId) -> Result<Option<OpenPoint>, Problem> {
        let target = Target::open(self, repository, Arc::<Meter>::default()).await?;
        if target.fetch_marker().await?.is_none() {
            return Ok(None);
        }
        let commits = target.fetch_commits().await?;
        let found = commits.into_iter().find(|commit| commit.record.point_id == id);
        Ok(found.map(|commit| OpenPoint {
            target,
            commit,
            repository: repository.clone(),
            recent: tokio::sync::Mutex::default(),
        }))
    }
}

impl Opened {
    /// A repository is gone, and what was open through it.
    pub(crate) fn forget(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn get(&self, id: PointId, now: Timestamp) -> Option<Arc<OpenPoint>> {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|(since, _)| now.as_second() - since.as_second() < OPEN_S);
        open.iter()
            .find(|(_, point)| point.commit.record.point_id == id)
            .map(|(_, point)| point.clone())
    }

    fn keep(&self, now: Timestamp, point: Arc<OpenPoint>) {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if open.len() >= OPEN_MAX {
            open.remove(0);
        }
        open.push((now, point));
    }
}
