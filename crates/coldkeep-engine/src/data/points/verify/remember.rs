//! What a verification finds is remembered in the database: each damaged blob as it is found, the outcome at the end.

use crate::data::DataWing;
use coldkeep_api::Verification;
use coldkeep_core::{
    Problem, Timestamp,
    id::{PointId, TargetId},
    verification::{Damage, VerificationSummary},
};

/// The memory of one verification.
pub(super) struct Memory<'a> {
    data: &'a DataWing,
    point_id: PointId,
    target_id: TargetId,
    began_at: Timestamp,
}

impl<'a> Memory<'a> {
    pub(super) fn new(data: &'a DataWing, point_id: PointId, target_id: TargetId) -> Self {
        Self {
            data,
            point_id,
            target_id,
            began_at: data.ground.config.clock.now(),
        }
    }

    pub(super) async fn add(&self, damage: Damage) -> Result<(), Problem> {
        let now = self.data.ground.config.clock.now();
        self.data
            .ground
            .store
            .save_damage(self.target_id, self.point_id, &damage, now)
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
