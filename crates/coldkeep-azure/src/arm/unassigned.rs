//! Deletes a role that other principals may have, too.

use super::Arm;
use crate::Error;

impl Arm {
    /// Deletes the custom role unless a principal other than `own` has it; false if one does.
    /// A role that does not exist counts as deleted.
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
