//! Whether a target's names are hierarchical, from the first source that shows it: the facts read with a sign-in, the
//! service, or an existing blob.

use super::Target;
use crate::ground::Ground;
use coldkeep_azure::{
    Error,
    blob::{Container, Include},
};
use coldkeep_core::{Code, Kind, Problem};

impl Target {
    /// None if nothing shows it yet.
    pub(super) async fn find_hierarchical(&self, ground: &Ground) -> Result<Option<bool>, Problem> {
        if let Some(repository) = ground.store.load_repository(self.repository_id).await?
            && let Some(facts) = ground.account_facts(&repository).await?
        {
            return Ok(Some(facts.hierarchical));
        }
        match fetch_hierarchical(&self.container, &self.prefix).await {
            Ok(known) => Ok(known),
            Err(e) if e.kind() == Kind::Denied => Ok(None),
            Err(e) => Err(e.problem(self.what("cannot be opened"))),
        }
    }

    /// Checks a new blob, if nothing showed it before.
    pub(super) async fn refuse_seen_hierarchical(&self, name: &str) -> Result<(), Problem> {
        let head = self.container.fetch_head(name, None).await;
        let head = head.map_err(|e| e.problem(self.what("cannot be read")))?;
        match head.and_then(|head| head.hierarchical) {
            Some(true) => Err(self.is_hierarchical()),
            _ => Ok(()),
        }
    }

    pub(super) fn is_hierarchical(&self) -> Problem {
        Problem::new(
            Code::NamespaceHierarchical,
            format!(
                "The storage account `{}` has a hierarchical namespace",
                self.container.account()
            ),
            "Choose an account without one for the target; this account can be a source.",
        )
    }
}

/// The service's answer: for the account, if the caller is allowed to ask, else from a blob below the prefix or anywhere in the
/// container. None if it shows nothing.
pub(crate) async fn fetch_hierarchical(container: &Container, prefix: &str) -> Result<Option<bool>, Error> {
    if let Some(known) = container.fetch_facts().await?.hns {
        return Ok(Some(known));
    }
    for prefix in [prefix, ""] {
        let page = container
            .fetch_list_page(prefix, None, Include::default(), Some(1))
            .await?;
        if let Some(blob) = page.blobs.first()
            && let Some(head) = container.fetch_head(&blob.name, None).await?
        {
            return Ok(head.hierarchical);
        }
        if prefix.is_empty() {
            break;
        }
    }
    Ok(None)
}
