//! Opening either database, and the few ways in which every statement of this crate is sent.

use crate::documents::{Document, from_body};
use crate::failure::{Failure, problem};
use crate::migrations;
use coldkeep_core::{Code, Problem, System, fix, problem::Field};
use serde::de::DeserializeOwned;
#[cfg(feature = "postgres")]
use sqlx::postgres::PgPool;
use sqlx::{
    Row,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous},
};
use std::{path::Path, str::FromStr, time::Duration};

/// How long a statement waits for another one that holds the database.
const BUSY_TIMEOUT: Duration = Duration::from_secs(15);

/// Coldkeep's database. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Store {
    pool: Pool,
}

#[derive(Debug, Clone)]
enum Pool {
    Sqlite(SqlitePool),
    #[cfg(feature = "postgres")]
    Postgres(PgPool),
}

/// A parameter of a statement.
#[derive(Debug, Clone)]
pub(crate) enum Value {
    Text(String),
    /// Text or null.
    Maybe(Option<String>),
    Int(i64),
    /// A number or null.
    MaybeInt(Option<i64>),
    Bytes(Vec<u8>),
}

/// What a column of a query's answer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Column {
    /// Text or null.
    Text,
    /// A number or null.
    Int,
}

/// A row of a query's answer: its columns one after the other.
#[derive(Debug)]
pub(crate) struct Cells(std::vec::IntoIter<Value>);

impl Cells {
    /// The next column; none where it is null.
    pub(crate) fn maybe_text(&mut self) -> Option<String> {
        match self.0.next() {
            Some(Value::Maybe(text)) => text,
            _ => None,
        }
    }

    /// The next column.
    pub(crate) fn text(&mut self) -> Result<String, Problem> {
        self.maybe_text().ok_or_else(no_value)
    }

    /// The next column; none where it is null.
    pub(crate) fn maybe_int(&mut self) -> Option<i64> {
        match self.0.next() {
            Some(Value::MaybeInt(number)) => number,
            _ => None,
        }
    }

    /// The next column.
    pub(crate) fn int(&mut self) -> Result<i64, Problem> {
        self.maybe_int().ok_or_else(no_value)
    }
}

fn no_value() -> Problem {
    Problem::new(
        Code::DatabaseDamaged,
        "A row in the database lacks a required value",
        "Restore a copy of the database.",
    )
}

impl<T: ToString + ?Sized> From<&T> for Value {
    fn from(value: &T) -> Self {
        Self::Text(value.to_string())
    }
}

/// `sqlx::query` with all parameters bound; a macro, because the two databases have two types.
macro_rules! bound {
    ($sql:expr, $values:expr) => {{
        let mut query = sqlx::query($sql);
        for value in $values {
            query = match value {
                Value::Text(v) => query.bind(v),
                Value::Maybe(v) => query.bind(v),
                Value::Int(v) => query.bind(v),
                Value::MaybeInt(v) => query.bind(v),
                Value::Bytes(v) => query.bind(v),
            };
        }
        query
    }};
}

/// One expression for the pool of either database; a macro, because the pools have two types.
macro_rules! on_either {
    ($store:expr, $pool:ident => $answer:expr) => {
        match &$store.pool {
            Pool::Sqlite($pool) => $answer,
            #[cfg(feature = "postgres")]
            Pool::Postgres($pool) => $answer,
        }
    };
}

/// The cells of one row; a macro, because the two databases have two types.
macro_rules! cells {
    ($row:expr, $columns:expr) => {{
        let read = |(at, column): (usize, &Column)| {
            Ok(match column {
                Column::Text => Value::Maybe($row.try_get(at)?),
                Column::Int => Value::MaybeInt($row.try_get(at)?),
            })
        };
        let values: Result<Vec<Value>, sqlx::Error> = $columns.iter().enumerate().map(read).collect();
        values.map(|values| Cells(values.into_iter()))
    }};
}

/// Sends one statement several times, in one transaction; a macro, because the two databases have two types.
macro_rules! all_or_none {
    ($pool:expr, $sql:expr, $rows:expr) => {{
        let mut transaction = $pool.begin().await?;
        for values in $rows {
            bound!($sql, values).execute(&mut *transaction).await?;
        }
        transaction.commit().await?;
    }};
}

impl Store {
    /// Opens (and on first use creates, readable only by its owner) the embedded database.
    pub async fn open_sqlite(path: &Path) -> Result<Store, Problem> {
        make_private_file(path)?;
        let options = SqliteConnectOptions::new()
            .filename(path)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal)
            .foreign_keys(true)
            .busy_timeout(BUSY_TIMEOUT);
        let pool = SqlitePoolOptions::new()
            .max_connections(4)
            .connect_with(options)
            .await
            .map_err(|e| problem(&e))?;
        migrations::sqlite()
            .run(&pool)
            .await
            .map_err(migrations::problem_of)?;
        Ok(Store {
            pool: Pool::Sqlite(pool),
        })
    }

    /// Opens the database at `sqlite:PATH` or `postgres://…`.
    ///
    /// Fails with `Kind::Invalid` for any other address, and never repeats the address: it may hold a password.
    pub async fn open(url: &str) -> Result<Store, Problem> {
        if let Some(path) = url.strip_prefix("sqlite:") {
            return Self::open_sqlite(Path::new(path.strip_prefix("//").unwrap_or(path))).await;
        }
        if !(url.starts_with("postgres://") || url.starts_with("postgresql://")) {
            return Err(Problem::new(
                Code::DatabaseAddressInvalid,
                "The database's address is neither `sqlite:` nor `postgres://`",
                "Write it as `postgres://USER@HOST/NAME` or `sqlite:PATH`.",
            ));
        }
        Self::open_postgres(url).await
    }

    #[cfg(feature = "postgres")]
    async fn open_postgres(url: &str) -> Result<Store, Problem> {
        use sqlx::{
            Connection,
            postgres::{PgConnectOptions, PgConnection, PgPoolOptions},
        };
        let options: PgConnectOptions = url.parse().map_err(|e| problem(&e))?;
        // A pool continues trying an address that refuses; anyone who mistyped it wants to know now.
        let first = PgConnection::connect_with(&options)
            .await
            .map_err(|e| problem(&e))?;
        first.close().await.map_err(|e| problem(&e))?;
        let pool = PgPoolOptions::new()
            .max_connections(8)
            .acquire_timeout(BUSY_TIMEOUT)
            .connect_with(options)
            .await
            .map_err(|e| problem(&e))?;
        migrations::postgres()
            .run(&pool)
            .await
            .map_err(migrations::problem_of)?;
        Ok(Store {
            pool: Pool::Postgres(pool),
        })
    }

    #[cfg(not(feature = "postgres"))]
    async fn open_postgres(_url: &str) -> Result<Store, Problem> {
        Err(Problem::new(
            Code::BuildWithoutFeature,
            "This build of Coldkeep does not support PostgreSQL",
            "Use a build with the feature `postgres`, or SQLite: `sqlite:PATH`.",
        ))
    }

    /// Whether several processes may have it open at the same time.
    pub(crate) fn is_shared(&self) -> bool {
        !matches!(self.pool, Pool::Sqlite(_))
    }

    /// Ends all connections; what was written stays.
    pub async fn close(&self) {
        on_either!(self, pool => pool.close().await);
    }

    /// Sends a statement; answers how many rows it changed.
    pub(crate) async fn execute(&self, sql: &'static str, values: Vec<Value>) -> Result<u64, Failure> {
        Ok(on_either!(self, pool => bound!(sql, values).execute(pool).await?.rows_affected()))
    }

    /// Sends a statement once for each of these, all or none.
    pub(crate) async fn execute_all(&self, sql: &'static str, rows: Vec<Vec<Value>>) -> Result<(), Failure> {
        on_either!(self, pool => all_or_none!(pool, sql, rows));
        Ok(())
    }

    /// The rows that a query selects.
    pub(crate) async fn load_rows(
        &self,
        sql: &'static str,
        values: Vec<Value>,
        columns: &[Column],
    ) -> Result<Vec<Cells>, Problem> {
        on_either!(self, pool => {
            let rows = bound!(sql, values).fetch_all(pool).await;
            rows.and_then(|rows| rows.iter().map(|row| cells!(row, columns)).collect())
        })
        .map_err(|e| problem(&e))
    }

    /// The things whose `body` a query selects (its first column).
    pub(crate) async fn load_all<T: Document + DeserializeOwned>(
        &self,
        sql: &'static str,
        values: Vec<Value>,
    ) -> Result<Vec<T>, Problem> {
        let bodies: Vec<String> = on_either!(self, pool => {
            let rows = bound!(sql, values).fetch_all(pool).await;
            rows.and_then(|rows| rows.iter().map(|row| row.try_get(0)).collect())
        })
        .map_err(|e| problem(&e))?;
        bodies.iter().map(|body| from_body(body)).collect()
    }

    /// The one thing whose `body` a query selects, if there is one.
    pub(crate) async fn load_one<T: Document + DeserializeOwned>(
        &self,
        sql: &'static str,
        values: Vec<Value>,
    ) -> Result<Option<T>, Problem> {
        Ok(self.load_all(sql, values).await?.into_iter().next())
    }

    /// The object with the given id or name: the query takes the id as `$1` and the name as `$2`, and puts the one with
    /// the id first. An id may be spelled in every way that is read as one.
    pub(crate) async fn find<Id, T>(&self, sql: &'static str, key: &str) -> Result<Option<T>, Problem>
    where
        Id: FromStr + ToString,
        T: Document + DeserializeOwned,
    {
        let id = key
            .parse::<Id>()
            .map_or_else(|_| key.to_owned(), |id| id.to_string());
        self.load_one(sql, vec![Value::Text(id), key.into()]).await
    }

    /// A text and octets of each row that a query selects (its first two columns).
    pub(crate) async fn load_pairs(&self, sql: &'static str) -> Result<Vec<(String, Vec<u8>)>, Problem> {
        on_either!(self, pool => {
            let rows = sqlx::query(sql).fetch_all(pool).await;
            rows.and_then(|rows| {
                rows.iter()
                    .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
                    .collect()
            })
        })
        .map_err(|e| problem(&e))
    }

    /// The whole number that a query selects (its first column), if there is a row.
    pub(crate) async fn load_int(
        &self,
        sql: &'static str,
        values: Vec<Value>,
    ) -> Result<Option<i64>, Problem> {
        on_either!(self, pool => {
            let row = bound!(sql, values).fetch_optional(pool).await;
            row.and_then(|row| row.map(|row| row.try_get(0)).transpose())
        })
        .map_err(|e| problem(&e))
    }

    /// The text and the whole number that a query selects (its first two columns), if there is a row.
    pub(crate) async fn load_text_and_int(
        &self,
        sql: &'static str,
        values: Vec<Value>,
    ) -> Result<Option<(String, i64)>, Problem> {
        on_either!(self, pool => {
            let row = bound!(sql, values).fetch_optional(pool).await;
            row.and_then(|row| row.map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).transpose())
        })
        .map_err(|e| problem(&e))
    }

    /// The octets that a query selects (its first column), if there is a row.
    pub(crate) async fn load_bytes(
        &self,
        sql: &'static str,
        values: Vec<Value>,
    ) -> Result<Option<Vec<u8>>, Problem> {
        on_either!(self, pool => {
            let row = bound!(sql, values).fetch_optional(pool).await;
            row.and_then(|row| row.map(|row| row.try_get(0)).transpose())
        })
        .map_err(|e| problem(&e))
    }
}

/// SQLite creates its files readable by all; the file is created first, and the ones beside it take its mode.
fn make_private_file(path: &Path) -> Result<(), Problem> {
    use std::os::unix::fs::OpenOptionsExt;
    std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .mode(0o600)
        .open(path)
        .map(drop)
        .map_err(|e| {
            Problem::new(
                Code::DatabasePermissionMissing,
                format!("The database `{}` cannot be opened ({e})", path.display()),
                fix![
                    "Give this user the permission to write there, or choose another folder (",
                    Field::DataDir,
                    ")."
                ],
            )
            .in_system(System {
                name: "the data folder".into(),
                ..System::default()
            })
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use coldkeep_core::Kind;

    #[tokio::test]
    async fn an_address_of_something_else_is_refused_without_repeating_it() {
        let problem = Store::open("mysql://root:hunter2@localhost/x").await.unwrap_err();
        assert_eq!(problem.kind, Kind::Invalid);
        assert!(!problem.to_string().contains("hunter2"));
    }
}
