//! Backup copy jobs.

use crate::{
    documents::to_body,
    failure::Noun,
    pool::{Store, Value},
};
use coldkeep_core::{Problem, id::JobId, job::Job};

impl Store {
    /// Adds or replaces a job. Fails with a conflict if another one has its name, or a repository is gone.
    pub async fn save_job(&self, job: &Job) -> Result<(), Problem> {
        self.execute(
            "insert into job (id, name, source_id, target_id, created_at_ms, body) values ($1, $2, $3, $4, $5, $6) \
             on conflict (id) do update set name = excluded.name, source_id = excluded.source_id, \
             target_id = excluded.target_id, body = excluded.body",
            vec![
                (&job.id).into(),
                (&job.name).into(),
                (&job.source_id).into(),
                (&job.target_id).into(),
                Value::Int(job.created_at.as_millisecond()),
                to_body(job)?,
            ],
        )
        .await
        .map_err(|f| f.saving(Noun::Job, &job.name))?;
        Ok(())
    }

    pub async fn load_job(&self, id: JobId) -> Result<Option<Job>, Problem> {
        self.load_one("select body from job where id = $1", vec![(&id).into()])
            .await
    }

    pub async fn load_job_by_name(&self, name: &str) -> Result<Option<Job>, Problem> {
        self.load_one("select body from job where name = $1", vec![name.into()])
            .await
    }

    /// `key`: id or name.
    pub async fn find_job(&self, key: &str) -> Result<Option<Job>, Problem> {
        self.find::<JobId, _>(
            "select body from job where id = $1 or name = $2 order by case when id = $1 then 0 else 1 end limit 1",
            key,
        )
        .await
    }

    /// By name.
    pub async fn list_jobs(&self) -> Result<Vec<Job>, Problem> {
        self.load_all("select body from job order by name", vec![]).await
    }

    /// False if there was none. Its runs stay in the list of runs.
    pub async fn delete_job(&self, id: JobId) -> Result<bool, Problem> {
        let deleted = self
            .execute("delete from job where id = $1", vec![(&id).into()])
            .await;
        Ok(deleted.map_err(|f| f.deleting(Noun::Job, &id.to_string(), "runs"))? > 0)
    }
}
