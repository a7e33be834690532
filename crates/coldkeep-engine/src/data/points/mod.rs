//! Use cases of restore points. What is known of them is read from the targets, never from Coldkeep's database.

mod open;
mod verify;

pub(crate) use open::{OpenPoint, OpenPoints};

use crate::{
    data::DataWing,
    data::ledger::{History, Target},
};
use bytes::Bytes;
use coldkeep_api::{FilesPage, PointList, RepositoryProblem};
use coldkeep_azure::Meter;
use coldkeep_core::{
    Code, PointAddress, Problem,
    content_hash::{Agreement, ContentHasher},
    fix,
    hash::Sha256Digest,
    id::PointId,
    point::{Entry, Point},
    problem::{Field, Verb},
    repository::Repository,
    target_finding::{Anomaly, TargetFinding},
};
use futures::{StreamExt, future::join_all, stream::BoxStream};
use std::{collections::HashMap, sync::Arc, time::Duration};

/// A page of files has at most this many.
const FILES_MAX: usize = 5000;

/// A repository without an answer after this time is reported, and the others are shown without it.
const REPOSITORY_TIMEOUT: Duration = Duration::from_secs(60);

/// What one repository has.
struct FoundPoints {
    /// Each with the hash of its record.
    points: Vec<(Point, Sha256Digest)>,
    findings: Vec<TargetFinding>,
}

impl DataWing {
    /// Read from the targets themselves, oldest first; of one repository or of all. With a repository named, it fails if
    /// that one cannot be read; else the answer names those that cannot.
    pub async fn list_points(&self, repository: Option<&str>) -> Result<PointList, Problem> {
        if let Some(key) = repository {
            let repository = self.show_repository(key).await?;
            let found = self.fetch_points(&repository).await?;
            let mut points: Vec<Point> = found.points.into_iter().map(|(point, _)| point).collect();
            self.add_verifications(&mut points).await?;
            return Ok(PointList {
                points,
                problems: vec![],
                findings: found.findings,
            });
        }
        let repositories = self.list_repositories().await?;
        let all = join_all(repositories.iter().map(|r| self.fetch_points(r))).await;
        let mut list = PointList::default();
        let mut seen: HashMap<PointId, (String, Sha256Digest)> = HashMap::new();
        for (repository, found) in repositories.iter().zip(all) {
            let found = match found {
                Ok(found) => found,
                Err(problem) => {
                    let repository = repository.name.clone();
                    list.problems.push(RepositoryProblem { repository, problem });
                    continue;
                }
            };
            list.findings.extend(found.findings);
            for (point, sha256) in found.points {
                match seen.get(&point.id) {
                    // Two repositories may be the same folder, opened by two credentials.
                    Some((_, other)) if *other == sha256 => continue,
                    Some((other, _)) => {
                        let strange = Anomaly::SamePointId(other.clone());
                        let told = strange.into_finding(&repository.name, &point.id.to_string());
                        list.findings.push(told);
                    }
                    None => drop(seen.insert(point.id, (repository.name.clone(), sha256))),
                }
                list.points.push(point);
            }
        }
        list.points.sort_by_key(|p| (p.committed_at, p.sequence));
        self.add_verifications(&mut list.points).await?;
        Ok(list)
    }

    /// What this installation remembers of them.
    async fn add_verifications(&self, points: &mut [Point]) -> Result<(), Problem> {
        for point in points {
            point.verification = self.ground.store.load_verification(point.id).await?;
        }
        Ok(())
    }

    pub async fn show_point(&self, point: impl Into<PointAddress>) -> Result<Point, Problem> {
        let mut point = self.open_point(point).await?.point();
        self.add_verifications(std::slice::from_mut(&mut point)).await?;
        Ok(point)
    }

    /// Entries in name order, after `after`, at most `limit`.
    pub async fn list_files(
        &self,
        point: impl Into<PointAddress>,
        after: Option<&str>,
        limit: usize,
    ) -> Result<FilesPage, Problem> {
        let point = self.open_point(point).await?;
        let limit = limit.clamp(1, FILES_MAX);
        let mut rows = point.target.entries_after(&point.commit, after);
        let mut entries: Vec<Entry> = Vec::new();
        while let Some(entry) = rows.next().await? {
            if entries.len() == limit {
                let next = entries.last().map(|e| e.name.clone());
                return Ok(FilesPage { entries, next });
            }
            entries.push(entry);
        }
        Ok(FilesPage { entries, next: None })
    }

    /// The content of one blob of the point. It ends with an error where it is not what was recorded when it was copied.
    pub async fn open_file(
        &self,
        point: impl Into<PointAddress>,
        name: &str,
    ) -> Result<BoxStream<'static, Result<Bytes, Problem>>, Problem> {
        let point = self.open_point(point).await?;
        let id = point.commit.record.point_id;
        let Some(entry) = point.find_entry(name).await? else {
            return Err(Problem::new(
                Code::BlobNotInPoint,
                format!("The restore point {id} has no `{name}`"),
                fix![
                    "Names are case-sensitive. To list its files: ",
                    Verb::PointFiles.of(id.to_string()),
                    "."
                ],
            ));
        };
        if entry.size_bytes == 0 {
            return Ok(futures::stream::empty().boxed());
        }
        let body = point.target.fetch_data(&entry).await?;
        Ok(proven(body.stream, entry))
    }

    /// None for a folder that was never copied into.
    async fn fetch_points(&self, repository: &Repository) -> Result<FoundPoints, Problem> {
        let (_, history) = self.fetch_history_in_time(repository).await?;
        let points = history.commits.iter();
        Ok(FoundPoints {
            points: points
                .map(|commit| (commit.point(&repository.name), commit.sha256))
                .collect(),
            findings: history.findings,
        })
    }

    /// One repository that hangs must not be in the way of the others.
    pub(crate) async fn fetch_history_in_time(
        &self,
        repository: &Repository,
    ) -> Result<(Target, History), Problem> {
        let fetched = tokio::time::timeout(REPOSITORY_TIMEOUT, async {
            let target = Target::open(&self.ground, repository, Arc::<Meter>::default()).await?;
            let history = target.fetch_history(&self.ground).await?;
            Ok((target, history))
        });
        fetched.await.unwrap_or_else(|_| {
            Err(Problem::new(
                Code::RepositorySlow,
                format!(
                    "The repository `{}` has not responded within {} seconds",
                    repository.name,
                    REPOSITORY_TIMEOUT.as_secs()
                ),
                fix![
                    "To list what can be reached: ",
                    Verb::RepositoryCheck.of(&repository.name),
                    "."
                ],
            ))
        })
    }
}

/// The content as it comes, and at its end an error unless every recorded hash is its own.
fn proven(
    stream: BoxStream<'static, Result<Bytes, coldkeep_azure::Error>>,
    entry: Entry,
) -> BoxStream<'static, Result<Bytes, Problem>> {
    let start = (stream, Some((ContentHasher::default(), entry)));
    futures::stream::try_unfold(start, |(mut stream, proof)| async move {
        let Some((mut hasher, entry)) = proof else {
            return Ok(None);
        };
        let piece = stream.next().await.transpose();
        match piece.map_err(|e| e.problem(format!("`{}` broke off", entry.name)))? {
            Some(piece) => {
                hasher.update(&piece);
                Ok(Some((piece, (stream, Some((hasher, entry))))))
            }
            None if hasher.size_bytes() == entry.size_bytes
                && entry.hashes().agreement(&hasher.finish()) == Agreement::Same =>
            {
                Ok(None)
            }
            None => Err(Problem::new(
                Code::ContentDamaged,
                format!(
                    "The content of `{}` differs from what was recorded when it was copied",
                    entry.name
                ),
                fix![
                    "Restore the blob from another point. To check what else is damaged: ",
                    Verb::PointVerify.any().with(Field::Deep),
                    "."
                ],
            )),
        }
    })
    .boxed()
}

/// No point has that id; `unreachable` names the repositories that could not be read.
fn no_such_point(id: PointId, unreachable: &[(String, Problem)]) -> Problem {
    if let Some((repository, problem)) = unreachable.first() {
        return problem.clone().context(format!(
            "The restore point {id} is in none of the repositories that can be reached, and `{repository}` \
             cannot be reached"
        ));
    }
    Problem::new(
        Code::PointNotFound,
        format!("The restore point {id} does not exist"),
        fix!["To list them: ", Verb::PointList.any(), "."],
    )
}
