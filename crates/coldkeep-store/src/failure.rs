//! What a statement can fail with, and how a person is told.

use coldkeep_core::{Kind, Problem, System};

/// Why a statement did not do what it was asked.
#[derive(Debug)]
pub(crate) enum Failure {
    /// A unique name (or thumbprint) is taken.
    Taken,
    /// Something refers to the row, or the row refers to something that is gone.
    Referenced,
    Other(Box<Problem>),
}

impl Failure {
    /// The problem of saving a thing of this noun under this name.
    pub(crate) fn saving(self, noun: &str, name: &str) -> Problem {
        match self {
            Self::Taken => Problem::conflict(
                format!("There is already a {noun} `{name}`"),
                "Choose another name, or use the one that exists.",
            )
            .in_system(database(None, None)),
            Self::Referenced => Problem::conflict(
                format!("The {noun} `{name}` refers to something that does not exist any more"),
                "List what it refers to, and try again with what exists.",
            )
            .in_system(database(None, None)),
            Self::Other(problem) => problem.context(format!("The {noun} `{name}` could not be saved")),
        }
    }

    /// The problem of deleting a thing of this noun; `users` says what may still use it.
    pub(crate) fn deleting(self, noun: &str, key: &str, users: &str) -> Problem {
        match self {
            Self::Taken | Self::Referenced => Problem::conflict(
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
    let (kind, what, next) = match error {
        sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::Tls(_) => (
            Kind::Unavailable,
            "The database cannot be reached",
            "See that it runs, that its address is right and that this host may connect, and try again.",
        ),
        sqlx::Error::Database(e) => of_code(e.code().as_deref(), e.message()),
        sqlx::Error::Configuration(_) => (
            Kind::Invalid,
            "The database cannot be opened",
            "Correct its address: `postgres://USER@HOST/NAME`.",
        ),
        sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => (
            Kind::Corrupt,
            "What is in the database cannot be read",
            "Go back to a copy of the database made before it was changed, or to the version that wrote it.",
        ),
        _ => (
            Kind::Internal,
            "The database did not do what Coldkeep asked of it",
            "This is a defect of Coldkeep; please report it with the command you ran.",
        ),
    };
    Problem::new(kind, what, next).in_system(system)
}

/// SQLite's result codes (<https://sqlite.org/rescode.html>) and PostgreSQL's SQLSTATE classes.
fn of_code(code: Option<&str>, message: &str) -> (Kind, &'static str, &'static str) {
    let primary = code
        .and_then(|c| c.parse::<u32>().ok())
        .filter(|c| *c < 10_000)
        .map(|c| c & 0xff);
    match (primary, code.unwrap_or_default()) {
        (Some(5 | 6), _) => (
            Kind::Unavailable,
            "The database is busy",
            "Another program holds it; end that one and try again.",
        ),
        (Some(11 | 26), _) => (
            Kind::Corrupt,
            "The database is damaged",
            "Go back to a copy of it; the restore points themselves lie in the targets and are not touched.",
        ),
        (Some(8 | 14 | 23), _) => (
            Kind::Denied,
            "The database cannot be opened or written",
            "Give this user the right to its folder.",
        ),
        (Some(13), _) => (
            Kind::Unavailable,
            "The disk of the database is full",
            "Make room and try again.",
        ),
        (_, state) if state.starts_with("28") => (
            Kind::Unauthenticated,
            "The database does not accept the user",
            "Correct user and password in its address.",
        ),
        (_, "3D000") => (
            Kind::NotFound,
            "The database does not exist",
            "Make it with `createdb`, or correct the name.",
        ),
        (_, state) if state.starts_with("08") || state.starts_with("57") || state.starts_with("53") => (
            Kind::Unavailable,
            "The database cannot be used at the moment",
            "Wait until it runs again and try again.",
        ),
        _ if message.contains("permission denied") => (
            Kind::Denied,
            "The database refuses the user",
            "Give the user of its address all rights to its tables.",
        ),
        _ => (
            Kind::Internal,
            "The database did not do what Coldkeep asked of it",
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
