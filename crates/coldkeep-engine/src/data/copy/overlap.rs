//! Refuses a job whose source and target are one place, or lie in each other: a target within its source would be copied
//! into itself at every run, and the other way round be overgrown.

use crate::data::ledger::{Target, fetch_marker_id, find_target_around};
use coldkeep_azure::blob::Container;
use coldkeep_core::{
    Code, Problem,
    endpoint::AccountAddress,
    repository::{Repository, enclosing_prefixes},
};

/// By their addresses, in any spelling.
pub(super) fn refuse_overlap(
    (source, source_repository): (&Container, &Repository),
    (target, target_repository): (&Container, &Repository),
) -> Result<(), Problem> {
    let same_account =
        account_of(source, source_repository).is_same_as(&account_of(target, target_repository));
    if !source_repository.overlaps(target_repository, same_account) {
        return Ok(());
    }
    let what = if source_repository.prefix() == target_repository.prefix() {
        format!(
            "Source and target are the same place: container `{}` of account `{}`",
            source.container(),
            source.account()
        )
    } else {
        format!(
            "Source and target overlap in container `{}` of account `{}`: one is inside the other",
            source.container(),
            source.account()
        )
    };
    Err(Problem::new(Code::SourceOverlapsTarget, what, NEXT))
}

/// By their content: a custom domain shows in no address. A source that holds another target is copied like any.
pub(super) async fn refuse_same_target(
    (source, source_repository): (&Container, &Repository),
    target: &Target,
) -> Result<(), Problem> {
    // A container has one name, independent of its account's names.
    if source.container() != target.container().container() {
        return Ok(());
    }
    let Some(id) = fetch_marker_id(target.container(), target.prefix()).await? else {
        return Ok(());
    };
    let source_prefix = source_repository.prefix();
    let within = Some(target.prefix()).filter(|prefix| prefix.starts_with(&source_prefix));
    for prefix in within.into_iter().chain(enclosing_prefixes(&source_prefix)) {
        if fetch_marker_id(source, prefix).await? == Some(id) {
            return Err(Problem::new(
                Code::SourceOverlapsTarget,
                format!(
                    "Source and target overlap: the target's own marker is `{prefix}coldkeep.json` in container `{}` of \
                     the source `{}`",
                    source.container(),
                    source_repository.name
                ),
                NEXT,
            ));
        }
    }
    Ok(())
}

/// A new target must not lie in another one.
pub(super) async fn refuse_nested_target(target: &Target) -> Result<(), Problem> {
    match find_target_around(target.container(), target.prefix()).await? {
        None => Ok(()),
        Some(around) => Err(Problem::new(
            Code::TargetNested,
            format!(
                "The folder `{}` of container `{}` is inside another Coldkeep target \
                 (`{around}coldkeep.json`)",
                target.prefix(),
                target.container().container()
            ),
            NEXT,
        )),
    }
}

const NEXT: &str = "Choose another container or folder for the target, preferably in another account.";

fn account_of<'a>(container: &'a Container, repository: &'a Repository) -> AccountAddress<'a> {
    AccountAddress {
        cloud: &repository.cloud,
        account: container.account(),
        endpoint: container.endpoint(),
    }
}
