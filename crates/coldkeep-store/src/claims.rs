//! One job, one run at a time: claims, fenced by the run's id and an end.

use crate::failure::Noun;
use crate::pool::{Store, Value};
use coldkeep_core::{
    Problem, Timestamp,
    id::{JobId, RunId},
};

impl Store {
    /// Claims a job for a run until `lease_until`, or extends the claim the run has.
    ///
    /// False if another run holds it and its lease has not ended by `now`; a run that gets false after it once got
    /// true has lost the job and must stop.
    pub async fn claim_job(
        &self,
        job_id: JobId,
        run_id: RunId,
        now: Timestamp,
        lease_until: Timestamp,
    ) -> Result<bool, Problem> {
        let changed = self
            .execute(
                "insert into job_claim (job_id, run_id, lease_until_ms) values ($1, $2, $3) \
                 on conflict (job_id) do update set run_id = excluded.run_id, lease_until_ms = excluded.lease_until_ms \
                 where job_claim.run_id = excluded.run_id or job_claim.lease_until_ms < $4",
                vec![
                    (&job_id).into(),
                    (&run_id).into(),
                    Value::Int(lease_until.as_millisecond()),
                    Value::Int(now.as_millisecond()),
                ],
            )
            .await
            .map_err(|f| f.saving(Noun::Other("claim of job"), &job_id.to_string()))?;
        Ok(changed > 0)
    }

    /// Gives the job back. Changes nothing if another run has it by now.
    pub async fn release_job(&self, job_id: JobId, run_id: RunId) -> Result<(), Problem> {
        self.execute(
            "delete from job_claim where job_id = $1 and run_id = $2",
            vec![(&job_id).into(), (&run_id).into()],
        )
        .await?;
        Ok(())
    }
}
