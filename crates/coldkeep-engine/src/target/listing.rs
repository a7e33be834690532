//! The target's data blobs as a cursor in name order, to be merged with a list sorted the same way.

use super::Target;
use coldkeep_azure::blob::{Include, Pages};
use coldkeep_core::{Problem, blob::ListedBlob};

/// Reads `FOLDER/b/` page by page.
#[derive(Debug)]
pub(crate) struct Listing {
    target: Target,
    pages: Pages,
    page: std::iter::Peekable<std::vec::IntoIter<ListedBlob>>,
    /// What was asked for last: the blobs of a pack ask for the same name again.
    here: There,
}

/// What the target has under one name.
#[derive(Debug, Clone, Default)]
pub(crate) struct There {
    name: String,
    /// Oldest first.
    versions: Vec<ListedBlob>,
}

impl There {
    /// What the bare name shows.
    pub(crate) fn current(&self) -> Option<&ListedBlob> {
        self.versions.iter().find(|blob| blob.current)
    }

    /// That version, current or not; without one named, what the bare name shows.
    pub(crate) fn version(&self, version_id: Option<&str>) -> Option<&ListedBlob> {
        match version_id {
            None => self.current(),
            Some(_) => self
                .versions
                .iter()
                .find(|blob| blob.version_id.as_deref() == version_id),
        }
    }
}

impl Target {
    /// All data blobs in name order. `versions`: with those that are not current any more, and with the version ids of
    /// all (the service need not tell them otherwise).
    pub(crate) fn data_blobs(&self, versions: bool) -> Listing {
        self.blobs_under("b/", versions)
    }

    /// All blobs of a folder of the target, in name order.
    pub(super) fn blobs_under(&self, folder: &str, versions: bool) -> Listing {
        let include = Include {
            versions,
            ..Include::default()
        };
        Listing {
            target: self.clone(),
            pages: self.container.list(&format!("{}{folder}", self.prefix), include),
            page: Vec::new().into_iter().peekable(),
            here: There::default(),
        }
    }
}

impl Listing {
    /// What is there under a name. Names are asked for in ascending order.
    pub(crate) async fn seek(&mut self, name: &str) -> Result<&There, Problem> {
        if self.here.name == name {
            return Ok(&self.here);
        }
        self.here = There {
            name: name.to_owned(),
            versions: Vec::new(),
        };
        loop {
            while let Some(blob) = self.page.next_if(|blob| blob.name.as_str() <= name) {
                if blob.name == name {
                    self.here.versions.push(blob);
                }
            }
            if self.page.peek().is_some() || !self.fetch_page().await? {
                return Ok(&self.here);
            }
        }
    }

    /// The next blob or version; none at the end. Not to be mixed with [`seek`](Self::seek).
    pub(super) async fn next(&mut self) -> Result<Option<ListedBlob>, Problem> {
        loop {
            if let Some(blob) = self.page.next() {
                return Ok(Some(blob));
            }
            if !self.fetch_page().await? {
                return Ok(None);
            }
        }
    }

    /// False at the end.
    async fn fetch_page(&mut self) -> Result<bool, Problem> {
        let page = self.pages.next().await;
        let page = page.map_err(|e| e.problem(self.target.what("cannot be listed")))?;
        let more = page.is_some();
        self.page = page.unwrap_or_default().blobs.into_iter().peekable();
        Ok(more)
    }
}
