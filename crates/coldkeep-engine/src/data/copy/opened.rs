//! The repositories that a copy goes between, opened.

use crate::data::ledger::Target;
use coldkeep_azure::blob::Container;
use coldkeep_core::{endpoint::AccountAddress, format::Marker, point::SourceAddress, repository::Repository};

use super::observe::Source;

/// A repository, and its container as it was opened with the repository's access.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OpenedRepository<'a> {
    pub(crate) container: &'a Container,
    pub(crate) repository: &'a Repository,
}

impl<'a> OpenedRepository<'a> {
    pub(super) fn account_address(&self) -> AccountAddress<'a> {
        AccountAddress {
            cloud: &self.repository.cloud,
            account: self.container.account(),
            endpoint: self.container.endpoint(),
        }
    }
}

/// The source and the target of a job, opened.
#[derive(Debug)]
pub(super) struct SourceAndTarget {
    pub(super) source: Source,
    pub(super) source_repository: Repository,
    pub(super) target: Target,
    pub(super) target_repository: Repository,
    /// None: nothing was ever copied into the folder.
    pub(super) marker: Option<Marker>,
}

impl SourceAndTarget {
    pub(super) fn opened_source(&self) -> OpenedRepository<'_> {
        OpenedRepository {
            container: &self.source.container,
            repository: &self.source_repository,
        }
    }

    pub(super) fn source_address(&self) -> SourceAddress {
        let container = &self.source.container;
        SourceAddress {
            endpoint: container.endpoint().to_owned(),
            account: container.account().to_owned(),
            container: container.container().to_owned(),
            folder: self.source_repository.folder.clone(),
        }
    }
}
