//! The steps that bring a database to this version's form.

use crate::failure::problem;
use coldkeep_core::{Code, Problem};
use sqlx::{
    SqlSafeStr,
    migrate::{MigrateError, Migration, MigrationType, Migrator},
};

/// Both databases have the same steps under the same numbers; a step that has been released is never edited.
macro_rules! steps {
    ($database:literal) => {
        steps!($database;
            1 "start" "0001_start.sql",
            2 "setting" "0002_setting.sql",
            3 "known target" "0003_known_target.sql",
            5 "verification" "0005_verification.sql",
            10 "documents and runs" "0010_documents_and_runs.sql",
            11 "lease" "0011_lease.sql",
            12 "person" "0012_person.sql",
        )
    };
    ($database:literal; $($number:literal $name:literal $file:literal,)*) => {
        Migrator::with_migrations(vec![$(
            step($number, $name, include_str!(concat!("../migrations/", $database, "/", $file))),
        )*])
    };
}

/// Of the embedded database.
pub(crate) fn sqlite() -> Migrator {
    steps!("sqlite")
}

/// Of the shared database.
#[cfg(feature = "postgres")]
pub(crate) fn postgres() -> Migrator {
    steps!("postgres")
}

fn step(number: i64, name: &'static str, sql: &'static str) -> Migration {
    Migration::new(
        number,
        name.into(),
        MigrationType::Simple,
        sql.into_sql_str(),
        false,
    )
}

/// Why a database cannot be brought to this version's form.
pub(crate) fn problem_of(error: MigrateError) -> Problem {
    match error {
        MigrateError::Execute(e) | MigrateError::ExecuteMigration(e, _) => {
            problem(&e).context("The database could not be migrated to this version")
        }
        MigrateError::VersionMissing(_) | MigrateError::VersionTooNew(..) => Problem::new(
            Code::FormatUnsupported,
            "The database was written by a newer version of Coldkeep",
            "Use that version, or another data folder.",
        ),
        other => Problem::internal(format!(
            "The database could not be migrated to this version ({other})"
        )),
    }
}
