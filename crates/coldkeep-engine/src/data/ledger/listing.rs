//! The target's data blobs as a cursor in name order, to be merged with a list sorted the same way.

use super::{Target, ahead::RangesAhead};
use coldkeep_azure::{
    Error,
    blob::{Include, ListPage, Pages},
};
use coldkeep_core::{DataName, Problem, blob::ListedBlob};

/// The number of pages after which the rest of the data blobs is read in ranges ahead.
const AHEAD_AFTER: u32 = 4;

/// Reads `FOLDER/b/` page by page.
#[derive(Debug)]
pub(crate) struct Listing {
    target: Target,
    include: Include,
    pages: PageSource,
    /// Pages and names so far, and the last of these.
    count: (u32, u64),
    last: String,
    page: std::iter::Peekable<std::vec::IntoIter<ListedBlob>>,
    /// What was asked for last: the blobs of a pack ask for the same name again.
    here: ListedVersions,
}

/// How the names come.
#[derive(Debug)]
enum PageSource {
    /// One page after the other; `ahead`: until that is worth less than ranges.
    Pages {
        pages: Box<Pages>,
        ahead: bool,
    },
    Ranges(Box<RangesAhead>),
}

/// What the target has under one name.
#[derive(Debug, Clone, Default)]
pub(crate) struct ListedVersions {
    name: String,
    /// Oldest first.
    versions: Vec<ListedBlob>,
}

impl ListedVersions {
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
        let mut listing = self.blobs_under("b/", versions);
        if let PageSource::Pages { ahead, .. } = &mut listing.pages {
            *ahead = true;
        }
        listing
    }

    /// All blobs of a folder of the target, in name order.
    pub(super) fn blobs_under(&self, folder: &str, versions: bool) -> Listing {
        let include = Include {
            versions,
            ..Include::default()
        };
        Listing {
            target: self.clone(),
            include,
            pages: PageSource::Pages {
                pages: Box::new(self.container.list(&format!("{}{folder}", self.prefix), include)),
                ahead: false,
            },
            count: (0, 0),
            last: String::new(),
            page: Vec::new().into_iter().peekable(),
            here: ListedVersions::default(),
        }
    }
}

impl Listing {
    /// What is there under a name. Names are asked for in ascending order.
    pub(crate) async fn seek(&mut self, name: &DataName) -> Result<&ListedVersions, Problem> {
        let name = self.target.blob_name(name);
        let name = name.as_str();
        if self.here.name == name {
            return Ok(&self.here);
        }
        self.here = ListedVersions {
            name: name.to_owned(),
            versions: Vec::new(),
        };
        if let PageSource::Ranges(ahead) = &self.pages
            && !ahead.has(name)
        {
            self.here.versions = self.look_up(name).await?;
            return Ok(&self.here);
        }
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

    /// A name that no Coldkeep gave, and that no range has.
    async fn look_up(&self, name: &str) -> Result<Vec<ListedBlob>, Problem> {
        let mut found = Vec::new();
        let mut pages = self.target.container.list(name, self.include).at_most(100);
        while let Some(page) = pages.next().await.map_err(|e| self.cannot(&e))? {
            let all = page.blobs.len();
            found.extend(page.blobs.into_iter().filter(|blob| blob.name == name));
            if found.len() < all {
                break;
            }
        }
        Ok(found)
    }

    /// False at the end.
    async fn fetch_page(&mut self) -> Result<bool, Problem> {
        if let PageSource::Pages { ahead: true, .. } = self.pages
            && self.count.0 == AHEAD_AFTER
            && let Some(ahead) = RangesAhead::after(&self.target, &self.last, self.count.1, self.include)
        {
            self.pages = PageSource::Ranges(Box::new(ahead));
        }
        let page = match &mut self.pages {
            PageSource::Pages { pages, .. } => pages.next().await,
            PageSource::Ranges(ahead) => ahead.next().await,
        };
        let page: Option<ListPage> = page.map_err(|e| self.cannot(&e))?;
        let more = page.is_some();
        let blobs = page.unwrap_or_default().blobs;
        self.count = (self.count.0 + 1, self.count.1 + blobs.len() as u64);
        if let Some(last) = blobs.last() {
            self.last.clone_from(&last.name);
        }
        self.page = blobs.into_iter().peekable();
        Ok(more)
    }

    fn cannot(&self, error: &Error) -> Problem {
        error.problem(self.target.what("cannot be listed"))
    }
}
