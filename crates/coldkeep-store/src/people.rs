//! People and the hashes of their passwords.

use crate::{
    failure::Noun,
    pool::{Cells, Column, Store, Value},
};
use coldkeep_core::{
    Code, Problem, Timestamp,
    id::PersonId,
    person::{Person, PersonRole},
};

/// The setting that says that there was a first administrator: kept when people are deleted.
const SET_UP: &str = "set_up";

const COLUMNS: [Column; 5] = [
    Column::Text,
    Column::Text,
    Column::Text,
    Column::Int,
    Column::Text,
];

impl Store {
    /// Whether the first administrator was created, at any time.
    pub async fn is_set_up(&self) -> Result<bool, Problem> {
        Ok(self.load_setting::<bool>(SET_UP).await?.unwrap_or(false))
    }

    /// Creates the first administrator. False: another request was first, now or earlier, and nothing was changed.
    pub async fn create_first_person(&self, person: &Person, password_hash: &str) -> Result<bool, Problem> {
        if self.is_set_up().await? {
            return Ok(false);
        }
        // The person first: a mark without a person would let no one in. The mark decides between two requests at the same
        // moment.
        self.create_person(person, password_hash).await?;
        if self.save_first_setting(SET_UP, &true).await? {
            return Ok(true);
        }
        self.delete_person(person.id).await?;
        Ok(false)
    }

    /// Creates a person.
    ///
    /// # Errors
    /// A conflict where the name, in any case, is taken.
    pub async fn create_person(&self, person: &Person, password_hash: &str) -> Result<(), Problem> {
        self.execute(
            "insert into person (id, name, name_key, role, password_hash, created_ms) values ($1, $2, $3, $4, $5, $6)",
            vec![
                (&person.id).into(),
                (&person.name).into(),
                (&person.name.to_lowercase()).into(),
                (&person.role).into(),
                password_hash.into(),
                Value::Int(person.created_at.as_millisecond()),
            ],
        )
        .await
        .map_err(|f| f.saving(Noun::Other("person"), &person.name))?;
        Ok(())
    }

    /// Deletes a person with all sessions. False: there is none.
    pub async fn delete_person(&self, id: PersonId) -> Result<bool, Problem> {
        // SQLite and PostgreSQL both delete the sessions, which refer to the person.
        let deleted = self
            .execute("delete from person where id = $1", vec![(&id).into()])
            .await?;
        Ok(deleted > 0)
    }

    /// A person and the hash of the password, by the name in any case.
    pub async fn load_person_by_name(&self, name: &str) -> Result<Option<(Person, String)>, Problem> {
        let rows = self
            .load_rows(
                "select id, name, role, created_ms, password_hash from person where name_key = $1",
                vec![(&name.to_lowercase()).into()],
                &COLUMNS,
            )
            .await?;
        rows.into_iter().next().map(with_hash).transpose()
    }

    /// All people, by name.
    pub async fn list_people(&self) -> Result<Vec<Person>, Problem> {
        let rows = self
            .load_rows(
                "select id, name, role, created_ms from person order by name_key",
                vec![],
                &COLUMNS[..4],
            )
            .await?;
        rows.into_iter().map(|mut cells| person(&mut cells)).collect()
    }

    /// Keeps a session of a person under the hash of its secret.
    pub async fn save_session(&self, key: &str, person: PersonId, now: Timestamp) -> Result<(), Problem> {
        let now_ms = now.as_millisecond();
        self.execute(
            "insert into person_session (key, person_id, created_ms, used_ms) values ($1, $2, $3, $4)",
            vec![
                key.into(),
                (&person).into(),
                Value::Int(now_ms),
                Value::Int(now_ms),
            ],
        )
        .await
        .map_err(|f| f.saving(Noun::Other("session"), "of a person"))?;
        Ok(())
    }

    /// Whose session it is, if it was created after the one moment and used after the other; notes that it is used now.
    pub async fn use_session(
        &self,
        key: &str,
        created_after: Timestamp,
        used_after: Timestamp,
        now: Timestamp,
    ) -> Result<Option<Person>, Problem> {
        let rows = self
            .load_rows(
                "select p.id, p.name, p.role, p.created_ms from person p join person_session s on s.person_id = p.id \
                 where s.key = $1 and s.created_ms > $2 and s.used_ms > $3",
                vec![
                    key.into(),
                    Value::Int(created_after.as_millisecond()),
                    Value::Int(used_after.as_millisecond()),
                ],
                &COLUMNS[..4],
            )
            .await?;
        let found = rows
            .into_iter()
            .next()
            .map(|mut cells| person(&mut cells))
            .transpose()?;
        if found.is_some() {
            // Once a minute is enough, and saves a write for every request.
            self.execute(
                "update person_session set used_ms = $2 where key = $1 and used_ms < $3",
                vec![
                    key.into(),
                    Value::Int(now.as_millisecond()),
                    Value::Int(now.as_millisecond() - 60_000),
                ],
            )
            .await?;
        }
        Ok(found)
    }

    /// Ends a session. Nothing happens if there is none.
    pub async fn delete_session(&self, key: &str) -> Result<(), Problem> {
        self.execute("delete from person_session where key = $1", vec![key.into()])
            .await?;
        Ok(())
    }

    /// Deletes the sessions that were created before the one moment or used last before the other.
    pub async fn delete_old_sessions(
        &self,
        created_before: Timestamp,
        used_before: Timestamp,
    ) -> Result<(), Problem> {
        self.execute(
            "delete from person_session where created_ms <= $1 or used_ms <= $2",
            vec![
                Value::Int(created_before.as_millisecond()),
                Value::Int(used_before.as_millisecond()),
            ],
        )
        .await?;
        Ok(())
    }
}

fn with_hash(mut cells: Cells) -> Result<(Person, String), Problem> {
    let person = person(&mut cells)?;
    Ok((person, cells.text()?))
}

fn person(cells: &mut Cells) -> Result<Person, Problem> {
    let damaged = || {
        Problem::new(
            Code::DatabaseDamaged,
            "A row of the table `person` cannot be read",
            "Restore a copy of the database.",
        )
    };
    Ok(Person {
        id: cells.text()?.parse().map_err(|_| damaged())?,
        name: cells.text()?,
        role: match cells.text()?.as_str() {
            "viewer" => PersonRole::Viewer,
            "operator" => PersonRole::Operator,
            "administrator" => PersonRole::Administrator,
            _ => return Err(damaged()),
        },
        created_at: Timestamp::from_millisecond(cells.int()?).map_err(|_| damaged())?,
    })
}
