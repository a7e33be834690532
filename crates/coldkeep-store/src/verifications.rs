//! What verifications found: the last outcome of each point, and the damaged blobs of each target.

use crate::{
    documents::to_body,
    failure::Noun,
    pool::{Store, Value},
};
use coldkeep_core::{
    Problem, Timestamp,
    id::{PointId, TargetId},
    verification::{Damage, VerificationSummary},
};

/// The number of damaged blobs that are read at once.
pub const DAMAGES_PAGE: usize = 1000;

impl Store {
    /// Replaces the point's earlier outcome.
    pub async fn save_verification(&self, summary: &VerificationSummary) -> Result<(), Problem> {
        self.execute(
            "insert into verification (point_id, body) values ($1, $2) \
             on conflict (point_id) do update set body = excluded.body",
            vec![(&summary.point_id).into(), to_body(summary)?],
        )
        .await
        .map_err(|f| {
            f.saving(
                Noun::Other("verification of point"),
                &summary.point_id.to_string(),
            )
        })?;
        Ok(())
    }

    /// None if the point was never verified here.
    pub async fn load_verification(&self, point_id: PointId) -> Result<Option<VerificationSummary>, Problem> {
        self.load_one(
            "select body from verification where point_id = $1",
            vec![(&point_id).into()],
        )
        .await
    }

    /// Remembers a damaged blob of a target (by the id in the target's marker), found in a point.
    pub async fn save_damage(
        &self,
        target_id: TargetId,
        point_id: PointId,
        damage: &Damage,
        found_at: Timestamp,
    ) -> Result<(), Problem> {
        self.execute(
            "insert into damage (target_id, target_name, version_id, point_id, found_at_ms, body) \
             values ($1, $2, $3, $4, $5, $6) \
             on conflict (target_id, target_name, version_id) do update set \
             point_id = excluded.point_id, found_at_ms = excluded.found_at_ms, body = excluded.body",
            vec![
                (&target_id).into(),
                damage.target_name.as_str().into(),
                damage.target_version_id.as_deref().unwrap_or_default().into(),
                (&point_id).into(),
                Value::Int(found_at.as_millisecond()),
                to_body(damage)?,
            ],
        )
        .await
        .map_err(|f| f.saving(Noun::Other("damage of"), &damage.target_name))?;
        Ok(())
    }

    /// Damaged blobs of a target that come after this name and version, by both; at most [`DAMAGES_PAGE`].
    pub async fn list_damages(
        &self,
        target_id: TargetId,
        name: &str,
        version_id: &str,
    ) -> Result<Vec<Damage>, Problem> {
        self.load_all(
            "select body from damage where target_id = $1 and (target_name, version_id) > ($2, $3) \
             order by target_name, version_id limit $4",
            vec![
                (&target_id).into(),
                name.into(),
                version_id.into(),
                Value::Int(i64::try_from(DAMAGES_PAGE).unwrap_or(i64::MAX)),
            ],
        )
        .await
    }

    /// Forgets what verifications of the point found before this moment, when a later one looked at all of it.
    pub async fn delete_damages_before(&self, point_id: PointId, before: Timestamp) -> Result<(), Problem> {
        self.execute(
            "delete from damage where point_id = $1 and found_at_ms < $2",
            vec![(&point_id).into(), Value::Int(before.as_millisecond())],
        )
        .await?;
        Ok(())
    }
}
