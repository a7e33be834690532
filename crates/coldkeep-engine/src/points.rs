//! Use cases of restore points. What is known of them is read from the targets, never from Coldkeep's database.

mod open;
mod verify;

pub(crate) use open::{OpenPoint, Opened};

use crate::{Engine, requests::FilesPage, target::Target};
use bytes::Bytes;
use coldkeep_azure::Meter;
use coldkeep_core::{
    Kind, Problem,
    content_hash::{Agreement, ContentHasher},
    id::PointId,
    point::{Entry, Point},
    repository::Repository,
};
use futures::{StreamExt, future::join_all, stream::BoxStream};
use std::{collections::HashSet, sync::Arc};

/// A page of files has at most so many.
const FILES_MAX: usize = 5000;

impl Engine {
    /// Read from the targets themselves, oldest first; of one repository or of all. Without a repository named,
    /// those that cannot be reached are left out.
    pub async fn list_points(&self, repository: Option<&str>) -> Result<Vec<Point>, Problem> {
        if let Some(key) = repository {
            let repository = self.show_repository(key).await?;
            return self.fetch_points(&repository).await;
        }
        let repositories = self.list_repositories().await?;
        let all = join_all(
            repositories
                .iter()
                .map(|repository| self.fetch_points(repository)),
        )
        .await;
        let mut points = Vec::new();
        let mut seen = HashSet::new();
        for (repository, found) in repositories.iter().zip(all) {
            match found {
                // Two repositories may be the same folder, opened by two credentials.
                Ok(found) => points.extend(found.into_iter().filter(|p| seen.insert(p.id))),
                Err(problem) => {
                    tracing::warn!(repository = %repository.name, "its points cannot be listed: {problem}");
                }
            }
        }
        points.sort_by_key(|p| (p.committed_at, p.sequence));
        Ok(points)
    }

    pub async fn show_point(&self, id: PointId) -> Result<Point, Problem> {
        Ok(self.open_point(id).await?.point())
    }

    /// Entries in name order, after `after`, at most `limit`.
    pub async fn list_files(
        &self,
        id: PointId,
        after: Option<&str>,
        limit: usize,
    ) -> Result<FilesPage, Problem> {
        let point = self.open_point(id).await?;
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
        id: PointId,
        name: &str,
    ) -> Result<BoxStream<'static, Result<Bytes, Problem>>, Problem> {
        let point = self.open_point(id).await?;
        let Some(entry) = point.find(name).await? else {
            return Err(Problem::not_found(
                format!("The restore point {id} has no `{name}`"),
                "`coldkeep point files` shows what it has; names are case-sensitive.",
            ));
        };
        if entry.size_bytes == 0 {
            return Ok(futures::stream::empty().boxed());
        }
        let body = point.target.fetch_data(&entry).await?;
        Ok(proven(body.stream, entry))
    }

    /// None of a folder that nobody has copied into.
    async fn fetch_points(&self, repository: &Repository) -> Result<Vec<Point>, Problem> {
        let target = Target::open(self, repository, Arc::<Meter>::default()).await?;
        if target.fetch_marker().await?.is_none() {
            return Ok(Vec::new());
        }
        Ok(target
            .fetch_commits()
            .await?
            .iter()
            .map(|commit| commit.point(&repository.name))
            .collect())
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
                Kind::Corrupt,
                format!(
                    "The content of `{}` is not what was recorded when it was copied",
                    entry.name
                ),
                "Verify the point with `coldkeep point verify --deep`, and take the blob from another point.",
            )),
        }
    })
    .boxed()
}

/// Nothing of that id anywhere; `unreachable` names where nobody could look.
fn no_such_point(id: PointId, unreachable: &[(String, Problem)]) -> Problem {
    if let Some((repository, problem)) = unreachable.first() {
        return problem.clone().context(format!(
            "The restore point {id} is in no repository that can be reached, and `{repository}` cannot"
        ));
    }
    Problem::new(
        Kind::NotFound,
        format!("There is no restore point {id}"),
        "`coldkeep point list` shows the points there are.",
    )
}
