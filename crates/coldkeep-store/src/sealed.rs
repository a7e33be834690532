//! Everything that is sealed with the master key, of all owners: for sealing it with another master key.

use crate::pool::{Store, Value};
use coldkeep_core::{Code, Problem, SecretOwner};

/// One sealed secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    pub owner: SecretOwner,
    pub sealed: Vec<u8>,
}

impl Store {
    /// Every sealed secret there is. Certificates whose key is elsewhere have none.
    ///
    /// # Errors
    /// `Corrupt` if a row has an owner that this version does not know.
    pub async fn list_sealed(&self) -> Result<Vec<Sealed>, Problem> {
        let keys = self
            .load_pairs("select id, sealed_key from certificate order by id")
            .await?;
        let keys = keys
            .into_iter()
            .map(|(id, sealed)| (format!("certificate/{id}"), sealed));
        let secrets = self
            .load_pairs("select owner, sealed from secret order by owner")
            .await?;
        keys.chain(secrets)
            .filter(|(_, sealed)| !sealed.is_empty())
            .map(|(owner, sealed)| {
                let owner = owner.parse().map_err(|_| unknown(&owner))?;
                Ok(Sealed { owner, sealed })
            })
            .collect()
    }

    /// Replaces `old` with `new`. False if the stored value is not `old` any more.
    pub async fn replace_sealed(&self, old: &Sealed, new: &[u8]) -> Result<bool, Problem> {
        let (sql, key) = match &old.owner {
            SecretOwner::Certificate(id) => (
                "update certificate set sealed_key = $1 where id = $2 and sealed_key = $3",
                id.to_string(),
            ),
            owner => (
                "update secret set sealed = $1 where owner = $2 and sealed = $3",
                owner.to_string(),
            ),
        };
        let values = vec![
            Value::Bytes(new.to_vec()),
            (&key).into(),
            Value::Bytes(old.sealed.clone()),
        ];
        Ok(self.execute(sql, values).await? > 0)
    }

    /// Flushes what was written before, so that it survives a loss of power. (SQLite here promises that only for
    /// what has reached the
    /// database from its log; PostgreSQL always does.)
    pub async fn make_lasting(&self) -> Result<(), Problem> {
        if !self.is_shared() {
            self.execute("pragma wal_checkpoint(truncate)", vec![]).await?;
        }
        Ok(())
    }
}

fn unknown(owner: &str) -> Problem {
    Problem::new(
        Code::SecretDamaged,
        format!("The database holds a secret of `{owner}`, which this version of Coldkeep does not know"),
        "Use the version of Coldkeep that wrote it.",
    )
}
