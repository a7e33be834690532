//! Leases: what only one process can do at a time. Each taking raises the lease's epoch, so that a holder that lost it
//! differs from the current one.

use crate::{
    failure::Noun,
    pool::{Store, Value},
};
use coldkeep_core::{Problem, Timestamp, lease::LeaseKind};
use std::time::Duration;

/// A taken lease: what it is about, its holder, and the epoch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    pub kind: LeaseKind,
    pub key: String,
    /// Random for each taking.
    pub holder: String,
    /// Grows with every taking of this lease, also after it was given back.
    pub epoch: i64,
}

impl Store {
    /// Takes a lease that is free, or whose holder did not extend it in time. None: another holder has it.
    ///
    /// `now` counts in the embedded database only; a shared one uses its own clock, which is the same for all processes.
    pub async fn take_lease(
        &self,
        kind: LeaseKind,
        key: &str,
        holder: &str,
        now: Timestamp,
        lasts: Duration,
    ) -> Result<Option<Lease>, Problem> {
        let now_ms = self.now_ms(now).await?;
        let changed = self
            .execute(
                "insert into lease (kind, key, holder, epoch, until_ms) values ($1, $2, $3, 1, $4) \
                 on conflict (kind, key) do update set holder = excluded.holder, epoch = lease.epoch + 1, \
                 until_ms = excluded.until_ms where lease.until_ms <= $5",
                vec![
                    kind.word().into(),
                    key.into(),
                    holder.into(),
                    Value::Int(until(now_ms, lasts)),
                    Value::Int(now_ms),
                ],
            )
            .await
            .map_err(|f| f.saving(Noun::Other("lease"), key))?;
        if changed == 0 {
            return Ok(None);
        }
        let now_held = self.load_lease(kind, key).await?;
        Ok(now_held.filter(|lease| lease.holder == holder))
    }

    /// Extends a lease. False: it was lost to another holder, and what it protected must stop.
    ///
    /// An expired lease is still extended if no other holder took it meanwhile.
    pub async fn extend_lease(
        &self,
        lease: &Lease,
        now: Timestamp,
        lasts: Duration,
    ) -> Result<bool, Problem> {
        let now_ms = self.now_ms(now).await?;
        let changed = self
            .execute(
                "update lease set until_ms = $4 where kind = $1 and key = $2 and holder = $3 and epoch = $5",
                vec![
                    lease.kind.word().into(),
                    (&lease.key).into(),
                    (&lease.holder).into(),
                    Value::Int(until(now_ms, lasts)),
                    Value::Int(lease.epoch),
                ],
            )
            .await
            .map_err(|f| f.saving(Noun::Other("lease"), &lease.key))?;
        Ok(changed > 0)
    }

    /// Releases a lease. Changes nothing if another holder has it now.
    pub async fn release_lease(&self, lease: &Lease) -> Result<(), Problem> {
        self.execute(
            "update lease set until_ms = 0 where kind = $1 and key = $2 and holder = $3 and epoch = $4",
            vec![
                lease.kind.word().into(),
                (&lease.key).into(),
                (&lease.holder).into(),
                Value::Int(lease.epoch),
            ],
        )
        .await?;
        Ok(())
    }

    /// Whether the lease is held at the moment.
    pub async fn is_leased(&self, kind: LeaseKind, key: &str, now: Timestamp) -> Result<bool, Problem> {
        let now_ms = self.now_ms(now).await?;
        let found = self
            .load_int(
                "select epoch from lease where kind = $1 and key = $2 and until_ms > $3",
                vec![kind.word().into(), key.into(), Value::Int(now_ms)],
            )
            .await?;
        Ok(found.is_some())
    }

    /// Deletes the leases of runs and sign-ins that were given back, or that ran out longer than `after` ago. Answers how
    /// many. Other leases stay: their epochs grow for ever.
    pub async fn delete_old_leases(&self, now: Timestamp, after: Duration) -> Result<u64, Problem> {
        let now_ms = self.now_ms(now).await?;
        let deleted = self
            .execute(
                "delete from lease where kind in ('run', 'sign_in') and until_ms < $1",
                vec![Value::Int(now_ms - millis(after))],
            )
            .await?;
        Ok(deleted)
    }

    /// Ends every lease in the embedded database: it has one process at a time, so anyone who had one is dead.
    /// In a shared database they end by themselves.
    pub async fn end_leases_of_dead(&self) -> Result<(), Problem> {
        if !self.is_shared() {
            self.execute("update lease set until_ms = 0", vec![]).await?;
        }
        Ok(())
    }

    async fn load_lease(&self, kind: LeaseKind, key: &str) -> Result<Option<Lease>, Problem> {
        let row = self
            .load_text_and_int(
                "select holder, epoch from lease where kind = $1 and key = $2",
                vec![kind.word().into(), key.into()],
            )
            .await?;
        Ok(row.map(|(holder, epoch)| Lease {
            kind,
            key: key.to_owned(),
            holder,
            epoch,
        }))
    }

    /// The time that leases are measured by, in milliseconds since 1970.
    pub(crate) async fn now_ms(&self, now: Timestamp) -> Result<i64, Problem> {
        if !self.is_shared() {
            return Ok(now.as_millisecond());
        }
        let asked = self
            .load_int(
                "select cast(extract(epoch from clock_timestamp()) * 1000 as bigint)",
                vec![],
            )
            .await?;
        asked.ok_or_else(|| Problem::internal("The database returned no time"))
    }
}

fn until(now_ms: i64, lasts: Duration) -> i64 {
    now_ms.saturating_add(millis(lasts))
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
