//! Taking away a role that may be somebody else's, too.

use super::Arm;
use crate::Error;

impl Arm {
    /// Takes the custom role away unless somebody else than the principal `own` has it; false where somebody does.
    /// Asked for a role that is gone, it is as good as removed.
    ///
    /// # Errors
    /// `RoleDefinitionHasAssignments` where only `own` is seen to have it: assignments removed a moment ago count for
    /// some seconds.
    pub async fn delete_role_unless_assigned(&self, id: &str, own: &str) -> Result<bool, Error> {
        match self.delete_role_definition(id).await {
            Ok(_) => Ok(true),
            Err(error) if error.code() == Some("RoleDefinitionHasAssignments") => {
                let assigned = self.fetch_assignments_of_role(id).await?;
                match assigned.iter().any(|a| !a.principal_id.eq_ignore_ascii_case(own)) {
                    true => Ok(false),
                    false => Err(error),
                }
            }
            Err(error) => Err(error),
        }
    }
}
