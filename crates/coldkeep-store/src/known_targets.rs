//! What is remembered of targets, one for each repository.

use crate::{
    documents::to_body,
    failure::Noun,
    pool::{Store, Value},
};
use coldkeep_core::{Problem, id::RepositoryId, known_target::KnownTarget};

impl Store {
    /// None: this target has not been read yet.
    pub async fn load_known_target(&self, repository: RepositoryId) -> Result<Option<KnownTarget>, Problem> {
        self.load_one(
            "select body from known_target where repository_id = $1",
            vec![(&repository).into()],
        )
        .await
    }

    /// Keeps what is known, if it is still at the revision that it was read with (0: nothing is stored yet). False if
    /// another process was faster.
    pub async fn save_known_target(
        &self,
        repository: RepositoryId,
        known: &KnownTarget,
    ) -> Result<bool, Problem> {
        let read_at = i64::try_from(known.revision)
            .map_err(|_| Problem::internal("The record of a known target has changed too often"))?;
        let next = KnownTarget {
            revision: known.revision + 1,
            ..known.clone()
        };
        let values = vec![
            (&repository).into(),
            to_body(&next)?,
            Value::Int(read_at + 1),
            Value::Int(read_at),
        ];
        let changed = self
            .execute(
                "insert into known_target (repository_id, body, revision) values ($1, $2, $3) \
                 on conflict (repository_id) do update set body = excluded.body, revision = excluded.revision \
                 where known_target.revision = $4",
                values,
            )
            .await
            .map_err(|f| f.saving(Noun::Other("known target"), &repository.to_string()))?;
        Ok(changed > 0)
    }
}
