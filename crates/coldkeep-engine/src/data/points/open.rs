//! A restore point found and opened, kept for a while: a restore to a folder asks for its files one by one.

use super::no_such_point;
use crate::{
    data::DataWing,
    data::ledger::{Commit, Target},
};
use coldkeep_azure::Meter;
use coldkeep_core::{
    Code, PointAddress, Problem, Timestamp, fix,
    id::PointId,
    point::{Entry, Point},
    problem::{Field, Verb},
    repository::Repository,
    target_finding::TargetFinding,
};
use futures::{StreamExt, stream::FuturesUnordered};
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// The number of points that are kept open ...
const OPEN_MAX: usize = 4;
/// ... for so long; credentials may change meanwhile.
const OPEN_S: i64 = 300;
/// A repository that is silent for so long is not asked for a point that another one has.
const OTHERS_TIMEOUT: Duration = Duration::from_secs(10);

/// The points kept open.
#[derive(Debug, Default)]
pub(crate) struct OpenPoints(Mutex<Vec<OpenedPoint>>);

/// Since when, as it was asked for, and what was found.
type OpenedPoint = (Timestamp, PointAddress, Arc<OpenPoint>);

/// A point, and its target.
#[derive(Debug)]
pub(crate) struct OpenPoint {
    pub target: Target,
    pub commit: Commit,
    pub repository: Repository,
    /// What is strange in the target.
    pub findings: Vec<TargetFinding>,
    /// The stretch of entries that was looked into last, in name order.
    recent: tokio::sync::Mutex<Vec<Entry>>,
}

impl OpenPoint {
    pub(crate) fn point(&self) -> Point {
        self.commit.point(&self.repository.name)
    }

    /// The entry of that name. Neighbours in name order are found without reading again.
    pub(super) async fn find_entry(&self, name: &str) -> Result<Option<Entry>, Problem> {
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

    /// The point's target, with another meter.
    pub(crate) async fn target_counted(&self, data: &DataWing, meter: Arc<Meter>) -> Result<Target, Problem> {
        Target::open(&data.ground, &self.repository, meter).await
    }
}

impl DataWing {
    /// The point in the repository that is named, or in whichever has it. Two different points of one id are refused.
    pub(crate) async fn open_point(
        &self,
        address: impl Into<PointAddress>,
    ) -> Result<Arc<OpenPoint>, Problem> {
        let address = address.into();
        let now = self.ground.config.clock.now();
        if let Some(open) = self.live.points.get(&address, now) {
            return Ok(open);
        }
        let open = match &address.repository {
            Some(key) => {
                let repository = self.show_repository(key).await?;
                let found = self.find_in(&repository, address.id).await?;
                found.ok_or_else(|| no_such_point_in(&repository.name, address.id))?
            }
            None => self.find_anywhere(address.id).await?,
        };
        let open = Arc::new(open);
        self.live.points.keep(now, address, open.clone());
        Ok(open)
    }

    /// Asks all targets at once. Once one has the point, the others are waited for a while only.
    async fn find_anywhere(&self, id: PointId) -> Result<OpenPoint, Problem> {
        let repositories = self.list_repositories().await?;
        let mut asking: FuturesUnordered<_> = repositories
            .iter()
            .map(|repository| async move { (repository, self.find_in(repository, id).await) })
            .collect();
        let mut unreachable = Vec::new();
        let mut point: Option<OpenPoint> = None;
        loop {
            let answer = match &point {
                None => asking.next().await,
                Some(_) => tokio::time::timeout(OTHERS_TIMEOUT, asking.next())
                    .await
                    .unwrap_or_default(),
            };
            let Some((repository, found)) = answer else { break };
            match (found, &point) {
                (Ok(None), _) => {}
                (Err(problem), _) => unreachable.push((repository.name.clone(), problem)),
                (Ok(Some(found)), None) => point = Some(found),
                // Two repositories may be the same folder, opened by two credentials.
                (Ok(Some(found)), Some(first)) if found.commit.sha256 == first.commit.sha256 => {
                    if found.repository.name < first.repository.name {
                        point = Some(found);
                    }
                }
                (Ok(Some(found)), Some(first)) => {
                    return Err(ambiguous(id, &first.repository.name, &found.repository.name));
                }
            }
        }
        point.ok_or_else(|| no_such_point(id, &unreachable))
    }

    async fn find_in(&self, repository: &Repository, id: PointId) -> Result<Option<OpenPoint>, Problem> {
        let (target, history) = self.fetch_history_in_time(repository).await?;
        let mut found = history
            .commits
            .into_iter()
            .filter(|commit| commit.record.point_id == id);
        let Some(commit) = found.next() else {
            return Ok(None);
        };
        if let Some(other) = found.next() {
            let (one, two) = (commit.record.sequence, other.record.sequence);
            return Err(Problem::new(
                Code::PointAmbiguous,
                format!(
                    "The records {one} and {two} in `{}` have the same id {id}",
                    repository.name
                ),
                "Coldkeep never writes such records: find out who has its writer key.",
            ));
        }
        Ok(Some(OpenPoint {
            target,
            commit,
            repository: repository.clone(),
            findings: history.findings,
            recent: tokio::sync::Mutex::default(),
        }))
    }
}

fn ambiguous(id: PointId, one: &str, two: &str) -> Problem {
    let (one, two) = if one < two { (one, two) } else { (two, one) };
    Problem::new(
        Code::PointAmbiguous,
        format!("The restore point {id} is in `{one}` and in `{two}`, with different records"),
        format!("Choose one of them: `{one}/{id}` or `{two}/{id}`."),
    )
}

fn no_such_point_in(repository: &str, id: PointId) -> Problem {
    Problem::new(
        Code::PointNotFound,
        format!("The restore point {id} does not exist in the repository `{repository}`"),
        fix![
            "To list its points and unexpected records: ",
            Verb::PointList.any().with(Field::Repository.set(repository)),
            "."
        ],
    )
}

impl OpenPoints {
    /// A repository is gone, and what was open through it.
    pub(crate) fn forget(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn get(&self, address: &PointAddress, now: Timestamp) -> Option<Arc<OpenPoint>> {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|(since, ..)| now.as_second() - since.as_second() < OPEN_S);
        open.iter()
            .find(|(_, asked, _)| asked == address)
            .map(|(_, _, point)| point.clone())
    }

    fn keep(&self, now: Timestamp, address: PointAddress, point: Arc<OpenPoint>) {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if open.len() >= OPEN_MAX {
            open.remove(0);
        }
        open.push((now, address, point));
    }
}
