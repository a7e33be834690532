//! Refuses a job whose source and target are one place, or lie in each other: a target within its source would be copied
//! into itself at every run, and the other way round be overgrown.

use super::opened::OpenedRepository;
use crate::data::ledger::{Target, fetch_marker_id, find_target_around};
use coldkeep_core::{Code, Problem, repository::enclosing_prefixes};

/// By their addresses, in any spelling.
pub(super) fn refuse_overlap(
    source: OpenedRepository<'_>,
    target: OpenedRepository<'_>,
) -> Result<(), Problem> {
    let same_account = source.account_address().is_same_as(&target.account_address());
    if !source.repository.overlaps(target.repository, same_account) {
        return Ok(());
    }
    let container = source.container;
    let what = if source.repository.prefix() == target.repository.prefix() {
        format!(
            "Source and target are the same place: container `{}` of account `{}`",
            container.container(),
            container.account()
        )
    } else {
        format!(
            "Source and target overlap in container `{}` of account `{}`: one is inside the other",
            container.container(),
            container.account()
        )
    };
    Err(Problem::new(Code::SourceOverlapsTarget, what, NEXT))
}

/// By their content: a custom domain shows in no address. A source that holds another target is copied like any.
pub(super) async fn refuse_same_target(source: OpenedRepository<'_>, target: &Target) -> Result<(), Problem> {
    // A container has one name, independent of its account's names.
    if source.container.container() != target.container().container() {
        return Ok(());
    }
    let Some(id) = fetch_marker_id(target.container(), target.prefix()).await? else {
        return Ok(());
    };
    let source_prefix = source.repository.prefix();
    let within = Some(target.prefix()).filter(|prefix| prefix.starts_with(&source_prefix));
    for prefix in within.into_iter().chain(enclosing_prefixes(&source_prefix)) {
        if fetch_marker_id(source.container, prefix).await? == Some(id) {
            return Err(Problem::new(
                Code::SourceOverlapsTarget,
                format!(
                    "Source and target overlap: the target's own marker is `{prefix}coldkeep.json` in container `{}` of \
                     the source `{}`",
                    source.container.container(),
                    source.repository.name
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
