//! Everything in the vault's envelopes, whatever it belongs to: for sealing it anew under another master key.

use crate::pool::{Store, Value};
use coldkeep_core::Problem;

/// Which column an envelope is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SealedPlace {
    /// A certificate's private key; by the certificate's id.
    CertificateKey,
    /// A secret; by its owner.
    Secret,
}

/// One envelope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    pub place: SealedPlace,
    /// The id or the owner.
    pub key: String,
    pub sealed: Vec<u8>,
}

impl Store {
    /// Every envelope there is. Certificates whose key is elsewhere have none.
    pub async fn list_sealed(&self) -> Result<Vec<Sealed>, Problem> {
        let mut all = Vec::new();
        for (place, sql) in [
            (
                SealedPlace::CertificateKey,
                "select id, sealed_key from certificate order by id",
            ),
            (
                SealedPlace::Secret,
                "select owner, sealed from secret order by owner",
            ),
        ] {
            let rows = self.load_pairs(sql).await?.into_iter();
            all.extend(
                rows.filter(|(_, sealed)| !sealed.is_empty())
                    .map(|(key, sealed)| Sealed { place, key, sealed }),
            );
        }
        Ok(all)
    }

    /// Puts `anew` where `old` was. False if something else is there by now.
    pub async fn replace_sealed(&self, old: &Sealed, anew: &[u8]) -> Result<bool, Problem> {
        let sql = match old.place {
            SealedPlace::CertificateKey => {
                "update certificate set sealed_key = $1 where id = $2 and sealed_key = $3"
            }
            SealedPlace::Secret => "update secret set sealed = $1 where owner = $2 and sealed = $3",
        };
        let values = vec![
            Value::Bytes(anew.to_vec()),
            (&old.key).into(),
            Value::Bytes(old.sealed.clone()),
        ];
        Ok(self.execute(sql, values).await? > 0)
    }

    /// What was written before will outlast a loss of power. (SQLite here promises that only for what has reached the
    /// database from its log; PostgreSQL always does.)
    pub async fn make_lasting(&self) -> Result<(), Problem> {
        if !self.is_shared() {
            self.execute("pragma wal_checkpoint(truncate)", vec![]).await?;
        }
        Ok(())
    }
}
