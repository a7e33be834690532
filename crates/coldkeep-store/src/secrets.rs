//! Sealed secrets of service accounts and repositories, by owner: `service-account/ID`, `repository/ID`,
//! `writer/TARGET-ID`.

use crate::pool::{Store, Value};
use coldkeep_core::Problem;

impl Store {
    /// Keeps a secret in its envelope, replacing the owner's earlier one.
    pub async fn save_secret(&self, owner: &str, sealed: &[u8]) -> Result<(), Problem> {
        self.execute(
            "insert into secret (owner, sealed) values ($1, $2) on conflict (owner) do update set sealed = excluded.sealed",
            vec![owner.into(), Value::Bytes(sealed.to_vec())],
        )
        .await
        .map_err(|f| f.saving("secret", owner))?;
        Ok(())
    }

    /// The same, unless the owner has one already. False: it has, and keeps that.
    pub async fn save_first_secret(&self, owner: &str, sealed: &[u8]) -> Result<bool, Problem> {
        let saved = self
            .execute(
                "insert into secret (owner, sealed) values ($1, $2) on conflict (owner) do nothing",
                vec![owner.into(), Value::Bytes(sealed.to_vec())],
            )
            .await;
        Ok(saved.map_err(|f| f.saving("secret", owner))? > 0)
    }

    pub async fn load_secret(&self, owner: &str) -> Result<Option<Vec<u8>>, Problem> {
        self.load_bytes("select sealed from secret where owner = $1", vec![owner.into()])
            .await
    }

    /// False if there was none.
    pub async fn delete_secret(&self, owner: &str) -> Result<bool, Problem> {
        Ok(self
            .execute("delete from secret where owner = $1", vec![owner.into()])
            .await?
            > 0)
    }
}
