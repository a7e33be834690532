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
            "The {} container `{}` of the storage account `{}` is gone or disabled",
            end.word(),
            container.container(),
            container.account()
        ));
        CopyFailure::Other(problem.with_fix(
            "Bring the container or the account back (the portal keeps deleted ones for some days where soft delete is \
             on); then start again.",
        ))
    }
}
