//! Runs: what was done when, and which were cut short. A run is a row; its failed items are in `run_items.rs`.

use crate::{
    documents::{RunDocument, from_body, to_body},
    failure::Noun,
    pool::{Cells, Column, Store, Value},
};
use coldkeep_core::{
    Code, Problem, Timestamp,
    id::RunId,
    run::{Counter, Counts, Phase, Run, RunCursor, RunKind, RunState},
};
use serde::{Serialize, de::DeserializeOwned};
use std::sync::LazyLock;

/// A page of the list of runs has at most this many.
pub const RUNS_PAGE_MAX: usize = 500;

/// The columns that never change, ...
const FIXED: [&str; 6] = ["id", "kind", "job_id", "job_name", "started_by", "started_at_ms"];
/// ... those that do, beside the counters, ...
const CHANGING: [&str; 4] = ["state", "phase", "point_id", "ended_at_ms"];
/// ... and which of both are numbers.
const NUMBERS: [&str; 2] = ["started_at_ms", "ended_at_ms"];

/// All columns but `body`, in the order in which they are written and read.
fn columns() -> impl Iterator<Item = &'static str> {
    let counters = Counter::ALL.iter().map(|counter| counter.word());
    FIXED.into_iter().chain(CHANGING).chain(counters)
}

static SELECT: LazyLock<String> = LazyLock::new(|| {
    let columns: Vec<_> = columns().collect();
    format!("select {}, body from run", columns.join(", "))
});
static SELECT_ONE: LazyLock<String> = LazyLock::new(|| format!("{} where id = $1", *SELECT));
static SELECT_PAGE: LazyLock<String> = LazyLock::new(|| {
    format!(
        "{} where started_at_ms < $1 or (started_at_ms = $1 and id < $2) order by started_at_ms desc, id desc limit $3",
        *SELECT
    )
});
static SAVE: LazyLock<String> = LazyLock::new(|| {
    let columns: Vec<_> = columns().chain(["body"]).collect();
    let places: Vec<_> = (1..=columns.len()).map(|n| format!("${n}")).collect();
    let changing = columns.iter().skip(FIXED.len());
    let set: Vec<_> = changing.map(|name| format!("{name} = excluded.{name}")).collect();
    format!(
        "insert into run ({}) values ({}) on conflict (id) do update set {}",
        columns.join(", "),
        places.join(", "),
        set.join(", ")
    )
});
static SAVE_PROGRESS: LazyLock<String> = LazyLock::new(|| {
    let changing = columns().skip(FIXED.len()).enumerate();
    let set: Vec<_> = changing
        .map(|(at, name)| format!("{name} = ${}", at + 2))
        .collect();
    format!("update run set {} where id = $1", set.join(", "))
});

impl Store {
    /// Adds or replaces a run.
    pub async fn save_run(&self, run: &Run) -> Result<(), Problem> {
        let document = RunDocument {
            point: run.point.clone(),
            notes: run.notes.clone(),
            remarks: run.remarks.clone(),
            problem: run.problem.clone(),
        };
        let mut values = fixed(run)?;
        values.extend(changing(run)?);
        values.push(to_body(&document)?);
        self.execute(SAVE.as_str(), values)
            .await
            .map_err(|f| f.saving(Noun::Other("run"), &run.id.to_string()))?;
        Ok(())
    }

    /// Saves how far a run is: its columns, not its document.
    pub async fn save_run_progress(&self, run: &Run) -> Result<(), Problem> {
        let mut values = vec![(&run.id).into()];
        values.extend(changing(run)?);
        self.execute(SAVE_PROGRESS.as_str(), values)
            .await
            .map_err(|f| f.saving(Noun::Other("run"), &run.id.to_string()))?;
        Ok(())
    }

    pub async fn load_run(&self, id: RunId) -> Result<Option<Run>, Problem> {
        let runs = self.load_runs(SELECT_ONE.as_str(), vec![(&id).into()]).await?;
        Ok(runs.into_iter().next())
    }

    /// Newest first, behind `after` (none: from the newest), at most `limit` (and [`RUNS_PAGE_MAX`]).
    pub async fn list_runs(&self, after: Option<RunCursor>, limit: usize) -> Result<Vec<Run>, Problem> {
        let limit = i64::try_from(limit.min(RUNS_PAGE_MAX)).unwrap_or(i64::MAX);
        let (started_at_ms, id) = match after {
            Some(cursor) => (cursor.started_at_ms, cursor.id.to_string()),
            None => (i64::MAX, String::new()),
        };
        let values = vec![Value::Int(started_at_ms), Value::Text(id), Value::Int(limit)];
        self.load_runs(SELECT_PAGE.as_str(), values).await
    }

    /// False if there was none. Its failed items go with it.
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
        let dead = self
            .load_rows(
                "select id from run where state = 'running' and not exists (select 1 from lease where \
                 lease.kind = 'run' and lease.key = run.id and lease.until_ms > $1) order by started_at_ms, id",
                vec![Value::Int(self.now_ms(now).await?)],
                &[Column::Text],
            )
            .await?;
        let mut interrupted = Vec::with_capacity(dead.len());
        for mut row in dead {
            let id = row.text()?;
            let changed = self
                .execute(
                    "update run set state = 'interrupted', phase = 'ended', ended_at_ms = $2 \
                     where id = $1 and state = 'running'",
                    vec![(&id).into(), Value::Int(now.as_millisecond())],
                )
                .await?;
            if changed > 0 {
                interrupted.push(parse(&id)?);
            }
        }
        Ok(interrupted)
    }

    async fn load_runs(&self, sql: &'static str, values: Vec<Value>) -> Result<Vec<Run>, Problem> {
        let is_number =
            |name: &str| NUMBERS.contains(&name) || Counter::ALL.iter().any(|counter| counter.word() == name);
        let kind = |name: &str| {
            if is_number(name) {
                Column::Int
            } else {
                Column::Text
            }
        };
        let columns: Vec<_> = columns().map(kind).chain([Column::Text]).collect();
        let rows = self.load_rows(sql, values, &columns).await?;
        rows.into_iter().map(of_row).collect()
    }
}

fn fixed(run: &Run) -> Result<Vec<Value>, Problem> {
    let started_by = match run.started_by.as_ref().map(to_body).transpose()? {
        Some(body) => body,
        None => Value::Maybe(None),
    };
    Ok(vec![
        (&run.id).into(),
        Value::Text(word(&run.kind)?),
        Value::Maybe(run.job_id.map(|id| id.to_string())),
        Value::Maybe(run.job_name.clone()),
        started_by,
        Value::Int(run.started_at.as_millisecond()),
    ])
}

fn changing(run: &Run) -> Result<Vec<Value>, Problem> {
    let mut values = vec![
        Value::Text(word(&run.state)?),
        Value::Text(word(&run.phase)?),
        Value::Maybe(run.point_id.map(|id| id.to_string())),
        Value::MaybeInt(run.ended_at.map(|at| at.as_millisecond())),
    ];
    let counts = Counter::ALL.iter().map(|counter| run.counts.get(*counter));
    values.extend(counts.map(|count| Value::Int(i64::try_from(count).unwrap_or(i64::MAX))));
    Ok(values)
}

fn of_row(mut row: Cells) -> Result<Run, Problem> {
    let id = parse(&row.text()?)?;
    let kind = from_word::<RunKind>(row.text()?)?;
    let job_id = row.maybe_text().map(|id| parse(&id)).transpose()?;
    let job_name = row.maybe_text();
    let started_by = row.maybe_text().map(|body| from_body(&body)).transpose()?;
    let started_at = moment(row.int()?)?;
    let state = from_word::<RunState>(row.text()?)?;
    let phase = from_word::<Phase>(row.text()?)?;
    let point_id = row.maybe_text().map(|id| parse(&id)).transpose()?;
    let ended_at = row.maybe_int().map(moment).transpose()?;
    let mut counts = Counts::default();
    for counter in Counter::ALL {
        counts.set(*counter, u64::try_from(row.int()?).unwrap_or_default());
    }
    let RunDocument {
        point,
        notes,
        remarks,
        problem,
    } = from_body(&row.text()?)?;
    Ok(Run {
        id,
        kind,
        started_by,
        job_id,
        job_name,
        point_id,
        point,
        state,
        phase,
        started_at,
        ended_at,
        counts,
        notes,
        remarks,
        problem,
    })
}

/// A word out of few, as JSON spells it.
fn word(thing: &impl Serialize) -> Result<String, Problem> {
    match serde_json::to_value(thing) {
        Ok(serde_json::Value::String(word)) => Ok(word),
        _ => Err(Problem::internal("A run has a value that is not a word")),
    }
}

fn from_word<T: DeserializeOwned>(word: String) -> Result<T, Problem> {
    serde_json::from_value(word.into()).map_err(|e| corrupt(&e.to_string()))
}

fn parse<T: std::str::FromStr>(text: &str) -> Result<T, Problem> {
    text.parse()
        .map_err(|_| corrupt(&format!("`{text}` is not an id")))
}

fn moment(ms: i64) -> Result<Timestamp, Problem> {
    Timestamp::from_millisecond(ms).map_err(|e| corrupt(&e.to_string()))
}

fn corrupt(why: &str) -> Problem {
    Problem::new(
        Code::DatabaseRecordUnreadable,
        format!("A run in the database cannot be read ({why})"),
        "Use the version of Coldkeep that wrote it, or restore a copy of the database.",
    )
}
