//! A listing, page by page: the one place that follows markers, and that ends when they lead nowhere.

use coldkeep_core::Code;

use super::{Container, Include, ListPage};
use crate::{Error, loops::Loops};

/// What the service puts into a page at most
/// (<https://learn.microsoft.com/rest/api/storageservices/list-blobs#uri-parameters>).
pub(super) const PAGE_ENTRIES_MAX: u32 = 5000;
/// Where a page is too long, the number of entries asked for is divided by this ...
const SMALLER: u32 = 10;
/// ... but never falls below this: a page with this number of entries is never too long, for any content.
const PAGE_ENTRIES_MIN: u32 = 50;
/// Pages without an entry that may follow one another: a service that passes over what is deleted gives some.
const EMPTY_PAGES_MAX: u32 = 1000;

/// A listing that is being read.
#[derive(Debug)]
pub struct Pages {
    container: Container,
    prefix: String,
    include: Include,
    /// Entries of a page; none: as many as the service gives.
    at_most: Option<u32>,
    marker: Option<String>,
    state: State,
    empty: u32,
    markers: Loops,
    contents: Loops,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    New,
    Begun,
    Ended,
}

impl Container {
    /// The blobs whose names begin with `prefix`; nothing is asked for yet.
    pub fn list(&self, prefix: &str, include: Include) -> Pages {
        Pages {
            container: self.clone(),
            prefix: prefix.to_owned(),
            include,
            at_most: None,
            marker: None,
            state: State::New,
            empty: 0,
            markers: Loops::default(),
            contents: Loops::default(),
        }
    }
}

impl Pages {
    /// Limits the entries of each page.
    #[must_use]
    pub fn at_most(mut self, entries: u32) -> Self {
        self.at_most = Some(entries.clamp(1, PAGE_ENTRIES_MAX));
        self
    }

    /// Whose blobs they are.
    pub(super) fn container(&self) -> &Container {
        &self.container
    }

    pub fn include(&self) -> Include {
        self.include
    }

    /// Asks for something else; of use before the first page only.
    pub fn set_include(&mut self, include: Include) {
        self.include = include;
    }

    /// Whether there was a page.
    pub fn has_begun(&self) -> bool {
        self.state != State::New
    }

    /// The next page; none at the end. A page may be empty. After an error the same page can be asked for again.
    ///
    /// # Errors
    /// As [`Container::fetch_list_page`], and where pages repeat themselves or nothing comes in very many of them.
    pub async fn next(&mut self) -> Result<Option<ListPage>, Error> {
        if self.state == State::Ended {
            return Ok(None);
        }
        let page = self.fetch().await?;
        self.check_page(&page)?;
        self.marker.clone_from(&page.next_marker);
        self.state = if self.marker.is_some() {
            State::Begun
        } else {
            State::Ended
        };
        Ok(Some(page))
    }

    async fn fetch(&mut self) -> Result<ListPage, Error> {
        loop {
            let page = self
                .container
                .fetch_list_page(&self.prefix, self.marker.as_deref(), self.include, self.at_most)
                .await;
            let fewer = self.at_most.unwrap_or(PAGE_ENTRIES_MAX) / SMALLER;
            match page {
                Err(error) if error.is_too_long() && fewer >= PAGE_ENTRIES_MIN => {
                    tracing::debug!(
                        entries = fewer,
                        "a page of a listing is asked for with fewer entries"
                    );
                    self.at_most = Some(fewer);
                }
                page => return page,
            }
        }
    }

    /// That it leads on.
    fn check_page(&mut self, page: &ListPage) -> Result<(), Error> {
        let Some(marker) = &page.next_marker else {
            return Ok(());
        };
        let leads_back = Some(marker) == self.marker.as_ref() || self.markers.repeats(marker);
        let shown_before = match page.blobs.is_empty() {
            true => {
                self.empty += 1;
                false
            }
            false => {
                self.empty = 0;
                // A marker may be new and its page be one that was shown.
                let names = page.blobs.iter().map(|b| (&b.name, &b.version_id, &b.etag));
                self.contents.repeats(names.collect::<Vec<_>>())
            }
        };
        let what = if leads_back || shown_before {
            "its pages repeat themselves"
        } else if self.empty > EMPTY_PAGES_MAX {
            "its pages are empty and never end"
        } else {
            return Ok(());
        };
        Err(Error::without_answer(
            self.container.inner.service.name(),
            Code::ListingEndless,
            format!("the listing does not end: {what}"),
        ))
    }
}
