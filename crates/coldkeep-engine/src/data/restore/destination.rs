//! Where a restore into a container may write: nothing goes into a Coldkeep target, or out of the folder that was named.

use crate::{
    data::DataWing,
    data::ledger::{TargetsBelow, find_target_around, find_targets_below},
    data::points::OpenPoint,
};
use coldkeep_azure::blob::{Container, Include};
use coldkeep_core::{
    Code, Kind, Problem,
    endpoint::AccountAddress,
    repository::{Repository, check_restore_place},
    restore_names::RestoredNames,
};

/// A place that was looked at.
#[derive(Debug)]
pub(super) struct Destination {
    /// Its part of the names; the source's is not known here.
    pub names: RestoredNames,
    /// What could not be looked at.
    pub note: Option<String>,
}

impl DataWing {
    /// Refuses a place that cannot be opened, that nothing can be restored into, or that overlaps a target: one of this
    /// installation's, by its address, or any, by its marker.
    pub(super) async fn check_destination(
        &self,
        destination: &Container,
        to: &Repository,
        point: &OpenPoint,
    ) -> Result<Destination, Problem> {
        check_restore_place(&to.container)?;
        self.refuse_known_targets(to, &point.repository).await?;
        let prefix = to.prefix();
        let page = destination
            .fetch_list_page(&prefix, None, Include::default(), Some(1))
            .await;
        page.map_err(|e| e.problem(cannot(to)))?;
        if let Some(around) = find_target_around(destination, &prefix).await? {
            return Err(Problem::new(
                Code::RestoreDestinationInTarget,
                format!(
                    "{}: it is in a Coldkeep target, because its container `{}` has the marker \
                     `{around}coldkeep.json`",
                    cannot(to),
                    to.container
                ),
                NEXT,
            ));
        }
        let TargetsBelow { prefixes, names_seen } = find_targets_below(destination, &prefix).await?;
        let hierarchical = match destination.fetch_facts().await {
            Ok(facts) => facts.hns == Some(true),
            Err(e) if e.kind() == Kind::Denied => false,
            Err(e) => return Err(e.problem(cannot(to))),
        };
        Ok(Destination {
            names: RestoredNames {
                to_prefix: prefix,
                hierarchical,
                kept_out: prefixes,
                ..RestoredNames::default()
            },
            note: names_seen.map(|count| {
                format!(
                    "The destination holds many blobs: only its first {count} names were searched for a \
                     Coldkeep target."
                )
            }),
        })
    }

    /// The targets of all jobs, and the point's own target.
    async fn refuse_known_targets(&self, to: &Repository, of_point: &Repository) -> Result<(), Problem> {
        let jobs = self.ground.store.list_jobs().await?;
        let repositories = self.list_repositories().await?;
        let is_target = |r: &Repository| r.id == of_point.id || jobs.iter().any(|job| job.target_id == r.id);
        let to_endpoint = self.endpoint_of(to).await;
        for target in repositories.iter().filter(|r| is_target(r)) {
            let endpoint = self.endpoint_of(target).await;
            let same = account_of(to, &to_endpoint).is_same_as(&account_of(target, &endpoint));
            if to.overlaps(target, same) {
                return Err(Problem::new(
                    Code::RestoreDestinationInTarget,
                    format!("{}: it overlaps the target `{}`", cannot(to), target.name),
                    NEXT,
                ));
            }
        }
        Ok(())
    }

    /// If it is not known (its cloud was removed), cloud and account decide.
    async fn endpoint_of(&self, repository: &Repository) -> String {
        match &repository.endpoint {
            Some(endpoint) => endpoint.clone(),
            None => match self.ground.azure(&repository.cloud).await {
                Ok(azure) => azure.cloud().blob_endpoint_of(&repository.account),
                Err(_) => format!("{}/{}", repository.cloud, repository.account),
            },
        }
    }
}

const NEXT: &str = "Restore into another container or folder.";

fn cannot(to: &Repository) -> String {
    match to.folder.as_str() {
        "" => format!("The repository `{}` cannot be restored into", to.name),
        folder => format!("The folder `{folder}` of `{}` cannot be restored into", to.name),
    }
}

fn account_of<'a>(repository: &'a Repository, endpoint: &'a str) -> AccountAddress<'a> {
    AccountAddress {
        cloud: &repository.cloud,
        account: &repository.account,
        endpoint,
    }
}
