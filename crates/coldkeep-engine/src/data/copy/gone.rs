//! The failure of a copy whose source or target is gone as a whole.

use super::{method::Copier, order::CopyFailure};
use coldkeep_azure::Error;
use coldkeep_core::copy::gone::End;

impl Copier {
    /// Names the container: the service names only the request.
    pub(super) fn gone(&self, end: End, error: &Error) -> CopyFailure {
        let container = match end {
            End::Source => &self.source,
            End::Target => &self.target,
        };
        let problem = error.problem(format!(
            "The {} container `{}` of the storage account `{}` no longer exists or is disabled",
            end.word(),
            container.container(),
            container.account()
        ));
        CopyFailure::Other(problem.with_fix(
            "Restore the container or the account (with soft delete, Azure keeps them for some days); then \
             start again.",
        ))
    }
}
