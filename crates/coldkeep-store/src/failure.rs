//! The failures of a statement, and their texts.

use coldkeep_core::{Code, Problem, System};
use std::fmt;

/// Why a statement did not do what it was asked.
#[derive(Debug)]
pub(crate) enum Failure {
    /// A unique name (or thumbprint) is taken.
    Taken,
    /// Something refers to the row, or the row refers to something that is gone.
    Referenced,
    Other(Box<Problem>),
}

/// What a statement is about.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Noun {
    Certificate,
    Cloud,
    Job,
    Repository,
    ServiceAccount,
    /// Something that people do not name: its word.
    Other(&'static str),
}

impl Noun {
    /// The name is another one's already.
    fn taken(self) -> Code {
        match self {
            Noun::Certificate => Code::CertificateNameTaken,
            Noun::Cloud => Code::CloudNameTaken,
            Noun::Job => Code::JobNameTaken,
            Noun::Repository => Code::RepositoryNameTaken,
            Noun::ServiceAccount => Code::ServiceAccountNameTaken,
            Noun::Other(_) => Code::NameTaken,
        }
    }

    /// Something else refers to it.
    fn in_use(self) -> Code {
        match self {
            Noun::Certificate => Code::CertificateInUse,
            Noun::Repository => Code::RepositoryInUse,
            Noun::ServiceAccount => Code::ServiceAccountInUse,
            Noun::Cloud | Noun::Job | Noun::Other(_) => Code::StillInUse,
        }
    }
}

impl fmt::Display for Noun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Noun::Certificate => "certificate",
            Noun::Cloud => "cloud",
            Noun::Job => "job",
            Noun::Repository => "repository",
            Noun::ServiceAccount => "service account",
            Noun::Other(word) => word,
        })
    }
}

impl Failure {
    /// The problem of saving a thing of this noun under this name.
    pub(crate) fn saving(self, noun: Noun, name: &str) -> Problem {
        match self {
            Self::Taken => Problem::new(
                noun.taken(),
                format!("The {noun} `{name}` already exists"),
                "Choose another name, or use the one that exists.",
            )
            .in_system(database(None, None)),
            Self::Referenced => Problem::new(
                Code::ReferenceGone,
                format!("The {noun} `{name}` refers to something that no longer exists"),
                "Check what it refers to, and try again with existing objects.",
            )
            .in_system(database(None, None)),
            Self::Other(problem) => problem.context(format!("The {noun} `{name}` could not be saved")),
        }
    }

    /// The problem of deleting a thing of this noun; `users` names what may still use it.
    pub(crate) fn deleting(self, noun: Noun, key: &str, users: &str) -> Problem {
        match self {
            Self::Taken | Self::Referenced => Problem::new(
                noun.in_use(),
                format!("The {noun} `{key}` is still used by {users}"),
                format!("Remove {users} that use it first."),
            )
            .in_system(database(None, None)),
            Self::Other(problem) => problem.context(format!("The {noun} `{key}` could not be removed")),
        }
    }
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Other(problem) => *problem,
            Failure::Taken | Failure::Referenced => {
                Problem::internal("The database refused a statement that breaks one of its rules")
                    .in_system(database(None, None))
            }
        }
    }
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        match error.as_database_error() {
            Some(e) if e.is_unique_violation() => Self::Taken,
            Some(e) if e.is_foreign_key_violation() => Self::Referenced,
            _ => Self::Other(Box::new(problem(&error))),
        }
    }
}

/// A database error for a person. Addresses may hold a password and are never part of it.
pub(crate) fn problem(error: &sqlx::Error) -> Problem {
    let code = error
        .as_database_error()
        .and_then(|e| e.code())
        .map(|c| c.into_owned());
    let first_line = error.to_string().lines().next().unwrap_or_default().to_owned();
    let system = database(code, Some(first_line));
    let (meaning, what, next) = match error {
        sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::Tls(_) => (
            Code::DatabaseUnavailable,
            "The database cannot be reached",
            "Check that it is running, that its address is right and that this host is allowed to connect, \
             then try again.",
        ),
        sqlx::Error::Database(e) => of_code(e.code().as_deref(), e.message()),
        sqlx::Error::Configuration(_) => (
            Code::DatabaseAddressInvalid,
            "The database cannot be opened",
            "Correct its address: `postgres://USER@HOST/NAME`.",
        ),
        sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => (
            Code::DatabaseRecordUnreadable,
            "The content of the database cannot be read",
            "Restore an earlier copy of the database, or use the version that wrote it.",
        ),
        _ => (
            Code::InternalError,
            "The database reported an unexpected error",
            "This is a defect of Coldkeep; please report it with the command you ran.",
        ),
    };
    Problem::new(meaning, what, next).in_system(system)
}

/// SQLite's result codes (<https://sqlite.org/rescode.html>) and PostgreSQL's SQLSTATE classes.
fn of_code(code: Option<&str>, message: &str) -> (Code, &'static str, &'static str) {
    let primary = code
        .and_then(|c| c.parse::<u32>().ok())
        .filter(|c| *c < 10_000)
        .map(|c| c & 0xff);
    match (primary, code.unwrap_or_default()) {
        (Some(5 | 6), _) => (
            Code::DatabaseUnavailable,
            "The database is busy",
            "Another program has locked it; end that program and try again.",
        ),
        (Some(11 | 26), _) => (
            Code::DatabaseDamaged,
            "The database is damaged",
            "Restore a copy of it; the restore points themselves are stored in the targets and are not \
             affected.",
        ),
        (Some(8 | 14 | 23), _) => (
            Code::DatabasePermissionMissing,
            "The database cannot be opened or written",
            "Give this user permission to write in its folder.",
        ),
        (Some(13), _) => (
            Code::DiskFull,
            "The disk of the database is full",
            "Free some disk space and try again.",
        ),
        (_, state) if state.starts_with("28") => (
            Code::DatabaseLoginRefused,
            "The database does not accept the user",
            "Correct user and password in its address.",
        ),
        (_, "3D000") => (
            Code::DatabaseNotFound,
            "The database does not exist",
            "Create it with `createdb`, or correct the name.",
        ),
        (_, state) if state.starts_with("08") || state.starts_with("57") || state.starts_with("53") => (
            Code::DatabaseUnavailable,
            "The database cannot be used at the moment",
            "Wait until it is running again, then try again.",
        ),
        _ if message.contains("permission denied") => (
            Code::DatabasePermissionMissing,
            "The database refuses the user",
            "Grant the user of its address all permissions on its tables.",
        ),
        _ => (
            Code::InternalError,
            "The database reported an unexpected error",
            "This is a defect of Coldkeep; please report it with the command you ran.",
        ),
    }
}

fn database(code: Option<String>, message: Option<String>) -> System {
    System {
        name: "the database".into(),
        code,
        message,
        ..System::default()
    }
}
