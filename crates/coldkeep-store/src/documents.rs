//! What is kept whole, as a JSON document in a `body` column: `{"v":1,"body":…}`. Each noun has a version of its own. One that
//! is newer is refused as that; samples of every version (`tests/documents/`) must continue parsing.
//!
//! A member may be added without a new version if it may be missing. Every other change of a document is a new version, and
//! [`from_body`] then reads the earlier ones as well.

use crate::pool::Value;
use coldkeep_core::{
    Caller, Code, Fix, Problem, System,
    certificate::Certificate,
    cloud::Cloud,
    copy::remarks::Remark,
    job::Job,
    known_target::KnownTarget,
    repository::Repository,
    run::{FailureReason, RunPoint},
    service_account::ServiceAccount,
    verification::{Damage, VerificationSummary},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// A thing that is kept as a document.
pub(crate) trait Document {
    /// What it is called when it cannot be read.
    const NOUN: &'static str;
    /// The version that is written, and the newest that is read.
    const VERSION: u32 = 1;
}

macro_rules! documents {
    ($($thing:ty, $noun:literal;)*) => {$(
        impl Document for $thing {
            const NOUN: &'static str = $noun;
        }
    )*};
}

documents! {
    Cloud, "cloud";
    Certificate, "certificate";
    ServiceAccount, "service account";
    Repository, "repository";
    Job, "job";
    RunDocument, "run";
    Caller, "caller";
    Problem, "failed item";
    FailureReason, "reason of failed items";
    KnownTarget, "known target";
    Damage, "damaged blob";
    VerificationSummary, "verification";
}

/// What a run's row has no column for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RunDocument {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub point: Option<RunPoint>,
    #[serde(default)]
    pub notes: Vec<Fix>,
    #[serde(default)]
    pub remarks: Vec<Remark>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<Problem>,
}

/// A setting, for every name.
#[derive(Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Setting<T>(pub T);

impl<T> Document for Setting<T> {
    const NOUN: &'static str = "setting";
}

#[derive(Serialize)]
struct Written<'a, T> {
    v: u32,
    body: &'a T,
}

#[derive(Deserialize)]
struct Version {
    v: u32,
}

#[derive(Deserialize)]
struct Stored<T> {
    body: T,
}

/// A thing as the text of its `body` column.
pub(crate) fn to_body<T: Document + Serialize>(thing: &T) -> Result<Value, Problem> {
    let document = Written {
        v: T::VERSION,
        body: thing,
    };
    serde_json::to_string(&document)
        .map(Value::Text)
        .map_err(|e| Problem::internal(format!("A {} cannot be written to the database ({e})", T::NOUN)))
}

/// The thing of a `body` column.
pub(crate) fn from_body<T: Document + DeserializeOwned>(body: &str) -> Result<T, Problem> {
    let Version { v } = serde_json::from_str(body).map_err(|e| unreadable::<T>(&e))?;
    if v > T::VERSION {
        return Err(in_database(Problem::new(
            Code::FormatUnsupported,
            format!(
                "A {} in the database was written by a newer Coldkeep (its document has version {v}, and this one reads {})",
                T::NOUN,
                T::VERSION
            ),
            "Use the version of Coldkeep that wrote it, or a newer one.",
        )));
    }
    let stored: Stored<T> = serde_json::from_str(body).map_err(|e| unreadable::<T>(&e))?;
    Ok(stored.body)
}

fn unreadable<T: Document>(e: &serde_json::Error) -> Problem {
    in_database(Problem::new(
        Code::DatabaseRecordUnreadable,
        format!("A {} in the database cannot be read ({e})", T::NOUN),
        "Use the version of Coldkeep that wrote it, or restore a copy of the database.",
    ))
}

fn in_database(problem: Problem) -> Problem {
    problem.in_system(System {
        name: "the database".into(),
        ..System::default()
    })
}

#[cfg(test)]
mod tests;
