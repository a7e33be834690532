//! Whether blobs can be written in blocks at the target. The permission to create is not enough, so it is tried
//! once, by a request
//! that takes no effect, and only where a blob needs to know.

use super::{method::Copier, order::CopyFailure};
use crate::data::DataWing;
use coldkeep_azure::{RefusalClass, blob::Probed};
use coldkeep_core::{
    Kind, Problem,
    copy::classify::{self, BLOCKS_BEYOND_BYTES, Shape},
    permission::{GrantRequest, PermissionSet},
    problem::{Action, Field, Verb},
    repository::{Access, Repository},
    resource::{ResourceId, ResourceKind},
};

impl DataWing {
    /// The edit of its service account that allows blocks at a target; none where no service account opens it.
    pub(super) async fn grant_of_blocks(&self, target: &Repository) -> Result<Option<Action>, Problem> {
        let Access::ServiceAccount { service_account_id } = target.access else {
            return Ok(None);
        };
        let Some(account) = self.ground.store.load_service_account(service_account_id).await? else {
            return Ok(None);
        };
        let is_target = |scope: &ResourceId| {
            let place = ResourceKind::Container {
                account: target.account.clone(),
                container: target.container.clone(),
            };
            scope.parse().is_ok_and(|kind| kind == place)
        };
        let mut scopes = account.grants.iter().map(|grant| &grant.scope);
        let scope = scopes.find(|scope| is_target(scope)).cloned();
        let request = GrantRequest {
            permission_set: PermissionSet::CopyLarge,
            scope: scope.unwrap_or_else(|| ResourceId("CONTAINER-ID".into())),
            folder: Some(target.folder.clone()).filter(|folder| !folder.is_empty()),
        };
        let edit = Verb::ServiceAccountEdit.of(account.name);
        Ok(Some(edit.with(Field::GrantOn.set(request))))
    }
}

impl Copier {
    /// Whether the target takes blocks from anyone who opens it.
    pub(super) async fn blocks_allowed(&self) -> Result<bool, Problem> {
        let allowed = self.blocks.get_or_try_init(|| async {
            let name = format!(
                "{}coldkeep-probe-{}",
                self.options.probe_prefix,
                uuid::Uuid::now_v7()
            );
            match self.target.probe_blocks(&name).await {
                Ok(Probed::Allowed | Probed::Made) => Ok(true),
                Err(error) if error.class() == Some(RefusalClass::Rights) && error.kind() == Kind::Denied => {
                    Ok(false)
                }
                Err(error) => {
                    Err(error.problem("Coldkeep cannot determine whether the target accepts blocks"))
                }
            }
        });
        allowed.await.copied()
    }

    /// With which requests a blob of this length is created.
    pub(super) async fn shape(&self, size_bytes: u64) -> Result<Shape, Problem> {
        let blocks = size_bytes > BLOCKS_BEYOND_BYTES && self.blocks_allowed().await?;
        Ok(classify::shape(size_bytes, blocks))
    }

    /// With which requests a blob to be copied is created; refuses one that is too large for all of them.
    pub(super) async fn shape_of(&self, name: &str, size_bytes: u64) -> Result<Shape, CopyFailure> {
        match self.shape(size_bytes).await.map_err(CopyFailure::Other)? {
            Shape::TooLarge => Err(CopyFailure::Other(classify::too_large(name))),
            shape => Ok(shape),
        }
    }
}
