//! What a verification finds is remembered in the database: each damaged blob as it is found, the outcome at the end.

use crate::data::DataWing;
use coldkeep_api::Verification;
use coldkeep_core::{
    Problem, Timestamp,
    id::PointId,
    verification::{Damage, VerificationSummary},
};

/// The memory of one verification.
pub(super) struct Memory<'a> {
    data: &'a DataWing,
    point_id: PointId,
    target_id: String,
    prefix: String,
    began_at: Timestamp,
}

impl<'a> Memory<'a> {
    pub(super) fn new(data: &'a DataWing, point_id: PointId, target_id: uuid::Uuid, prefix: &str) -> Self {
        Self {
            data,
            point_id,
            target_id: target_id.to_string(),
            prefix: prefix.to_owned(),
            began_at: data.ground.config.clock.now(),
        }
    }

    /// `damage` names the blob within the container.
    pub(super) async fn add(&self, mut damage: Damage) -> Result<(), Problem> {
        if let Some(within) = damage.target_name.strip_prefix(&self.prefix) {
            damage.target_name = within.to_owned();
        }
        let now = self.data.ground.config.clock.now();
        self.data
            .ground
            .store
            .save_damage(&self.target_id, self.point_id, &damage, now)
            .await
    }

    /// A verification that read everything knows what is not damaged any more.
    pub(super) async fn finish(self, verification: &Verification) -> Result<(), Problem> {
        let store = &self.data.ground.store;
        if verification.deep && verification.items_unchecked == 0 {
            store.delete_damages_before(self.point_id, self.began_at).await?;
        }
        let summary = VerificationSummary {
            point_id: self.point_id,
            verified_at: self.data.ground.config.clock.now(),
            deep: verification.deep,
            ok: verification.ok,
            damaged_count: verification.items_damaged,
            unchecked_count: verification.items_unchecked,
        };
        store.save_verification(&summary).await
    }
}
