//! The failed items of runs, all of them, and the same grouped by reason.

use crate::{
    documents::{from_body, to_body},
    failure::Noun,
    pool::{Column, Store, Value},
};
use coldkeep_core::{
    Problem,
    id::RunId,
    run::{FailedItem, FailureReason, RunItem},
};

/// A page of failed items has at most this many.
pub const RUN_ITEMS_PAGE_MAX: usize = 5000;

impl Store {
    /// Adds failed items to a run, all or none; the first of them has the number `first`.
    pub async fn save_run_items(&self, run: RunId, first: u64, items: &[FailedItem]) -> Result<(), Problem> {
        let row = |(sequence, item): (u64, &FailedItem)| {
            Ok(vec![
                (&run).into(),
                number(sequence),
                (&item.name).into(),
                item.problem.code.word().into(),
                to_body(&item.problem)?,
            ])
        };
        let rows: Result<_, Problem> = (first..).zip(items).map(row).collect();
        self.execute_all(
            // Saved again after an answer that was lost: it is there.
            "insert into run_item (run_id, sequence, name, code, body) values ($1, $2, $3, $4, $5) \
             on conflict (run_id, sequence) do nothing",
            rows?,
        )
        .await
        .map_err(|f| f.saving(Noun::Other("list of failed items of run"), &run.to_string()))
    }

    /// The failed items of a run behind the number `after`, at most `limit` (and [`RUN_ITEMS_PAGE_MAX`]).
    pub async fn list_run_items(
        &self,
        run: RunId,
        after: u64,
        limit: usize,
    ) -> Result<Vec<RunItem>, Problem> {
        let limit = limit.min(RUN_ITEMS_PAGE_MAX) as u64;
        let rows = self
            .load_rows(
                "select sequence, name, body from run_item where run_id = $1 and sequence > $2 order by sequence limit $3",
                vec![(&run).into(), number(after), number(limit)],
                &[Column::Int, Column::Text, Column::Text],
            )
            .await?;
        let item = |mut row: crate::pool::Cells| {
            Ok(RunItem {
                sequence: u64::try_from(row.int()?).unwrap_or_default(),
                item: FailedItem {
                    name: row.text()?,
                    problem: from_body(&row.text()?)?,
                },
            })
        };
        rows.into_iter().map(item).collect()
    }

    /// Replaces reasons of a run, each by its place among them; all or none.
    pub async fn save_run_reasons(
        &self,
        run: RunId,
        reasons: &[(usize, FailureReason)],
    ) -> Result<(), Problem> {
        let row = |(place, reason): &(usize, FailureReason)| {
            Ok(vec![(&run).into(), number(*place as u64), to_body(reason)?])
        };
        let rows: Result<_, Problem> = reasons.iter().map(row).collect();
        self.execute_all(
            "insert into run_reason (run_id, place, body) values ($1, $2, $3) \
             on conflict (run_id, place) do update set body = excluded.body",
            rows?,
        )
        .await
        .map_err(|f| f.saving(Noun::Other("reasons of run"), &run.to_string()))
    }

    /// The reasons of a run, in the order in which they were seen.
    pub async fn list_run_reasons(&self, run: RunId) -> Result<Vec<FailureReason>, Problem> {
        self.load_all(
            "select body from run_reason where run_id = $1 order by place",
            vec![(&run).into()],
        )
        .await
    }
}

fn number(value: u64) -> Value {
    Value::Int(i64::try_from(value).unwrap_or(i64::MAX))
}
