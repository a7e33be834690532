//! Sealed secrets, by owner.

use crate::failure::Noun;
use crate::pool::{Store, Value};
use coldkeep_core::{Problem, SecretOwner};

impl Store {
    /// Keeps a secret in its envelope, replacing the owner's earlier one.
    pub async fn save_secret(&self, owner: &SecretOwner, sealed: &[u8]) -> Result<(), Problem> {
        self.execute(
            "insert into secret (owner, sealed) values ($1, $2) on conflict (owner) do update set sealed = excluded.sealed",
            vec![owner.into(), Value::Bytes(sealed.to_vec())],
        )
        .await
        .map_err(|f| f.saving(Noun::Other("secret"), &owner.to_string()))?;
        Ok(())
    }

    /// Keeps a secret unless the owner has one. False: it has one, which stays.
    pub async fn save_first_secret(&self, owner: &SecretOwner, sealed: &[u8]) -> Result<bool, Problem> {
        let saved = self
            .execute(
                "insert into secret (owner, sealed) values ($1, $2) on conflict (owner) do nothing",
                vec![owner.into(), Value::Bytes(sealed.to_vec())],
            )
            .await;
        Ok(saved.map_err(|f| f.saving(Noun::Other("secret"), &owner.to_string()))? > 0)
    }

    pub async fn load_secret(&self, owner: &SecretOwner) -> Result<Option<Vec<u8>>, Problem> {
        self.load_bytes("select sealed from secret where owner = $1", vec![owner.into()])
            .await
    }

    /// False if there was none.
    pub async fn delete_secret(&self, owner: &SecretOwner) -> Result<bool, Problem> {
        Ok(self
            .execute("delete from secret where owner = $1", vec![owner.into()])
            .await?
            > 0)
    }
}
