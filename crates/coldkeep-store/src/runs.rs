//! Runs: what was done when, and which were cut short.

use crate::failure::Noun;
use crate::pool::{Store, Value, to_body};
use coldkeep_core::{
    Problem, Timestamp,
    id::RunId,
    run::{Phase, Run, RunState},
};

/// So many runs are listed, the newest.
pub const RUNS_LISTED_MAX: usize = 500;

impl Store {
    /// Adds or replaces a run.
    pub async fn save_run(&self, run: &Run) -> Result<(), Problem> {
        self.execute(
            "insert into run (id, job_id, state, started_at_ms, body) values ($1, $2, $3, $4, $5) \
             on conflict (id) do update set state = excluded.state, body = excluded.body",
            vec![
                (&run.id).into(),
                Value::Maybe(run.job_id.map(|id| id.to_string())),
                word(run.state).into(),
                Value::Int(run.started_at.as_millisecond()),
                to_body(run)?,
            ],
        )
        .await
        .map_err(|f| f.saving(Noun::Other("run"), &run.id.to_string()))?;
        Ok(())
    }

    pub async fn load_run(&self, id: RunId) -> Result<Option<Run>, Problem> {
        self.load_one("select body from run where id = $1", vec![(&id).into()])
            .await
    }

    /// Newest first, at most [`RUNS_LISTED_MAX`].
    pub async fn list_runs(&self) -> Result<Vec<Run>, Problem> {
        self.load_all(
            "select body from run order by started_at_ms desc, id desc limit $1",
            vec![Value::Int(i64::try_from(RUNS_LISTED_MAX).unwrap_or(i64::MAX))],
        )
        .await
    }

    /// False if there was none.
    pub async fn delete_run(&self, id: RunId) -> Result<bool, Problem> {
        Ok(self
            .execute("delete from run where id = $1", vec![(&id).into()])
            .await?
            > 0)
    }

    /// Marks the runs that a dead process left running as interrupted, and names them.
    ///
    /// To be called when a process opens its data folder, before it starts runs. The embedded database has one
    /// process at a time, so all running ones are dead. In a shared one a run is alive while its process extends its
    /// lease.
    pub async fn interrupt_runs(&self, now: Timestamp) -> Result<Vec<RunId>, Problem> {
        let dead: Vec<Run> = self
            .load_all(
                "select body from run where state = 'running' and not exists (select 1 from lease where \
                 lease.kind = 'run' and lease.key = run.id and lease.until_ms > $1) order by started_at_ms, id",
                vec![Value::Int(self.now_ms(now).await?)],
            )
            .await?;
        let mut interrupted = Vec::with_capacity(dead.len());
        for mut run in dead {
            run.state = RunState::Interrupted;
            run.phase = Phase::Ended;
            run.ended_at = Some(now);
            let changed = self
                .execute(
                    "update run set state = 'interrupted', body = $2 where id = $1 and state = 'running'",
                    vec![(&run.id).into(), to_body(&run)?],
                )
                .await?;
            if changed > 0 {
                interrupted.push(run.id);
            }
        }
        Ok(interrupted)
    }
}

fn word(state: RunState) -> &'static str {
    match state {
        RunState::Running => "running",
        RunState::Done => "done",
        RunState::DoneWithFailures => "done_with_failures",
        RunState::Failed => "failed",
        RunState::Interrupted => "interrupted",
    }
}
