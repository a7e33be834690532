//! A whole listing, read in ranges side by side where it is long. Its pages come in no order.
//!
//! It begins as any listing. When pages follow that show few groups of names and there is nothing else to do, the level of
//! these groups is read and the rest is cut into ranges by it ([`coldkeep_core::listing`]). A name that was already shown
//! is skipped when its range shows it again, so every name comes once, for every order in which the service
//! lists. If a level cannot be read or shows nothing, the listing continues as it began.

use coldkeep_core::{
    blob::ListedBlob,
    listing::{Part, is_promising},
};
use futures::{FutureExt, StreamExt, future::BoxFuture, stream::FuturesUnordered};
use std::{
    collections::{HashSet, VecDeque, hash_map::RandomState},
    fmt,
    hash::BuildHasher,
    sync::Arc,
};

use super::{Container, Include, ListPage, Pages};
use crate::Error;

/// Pages that are asked for at once: each takes some megabytes of memory.
const AT_ONCE: usize = 8;
/// The number of pages after which a range is cut first: a small container costs no more requests than it has pages.
const CUT_AFTER: u32 = 2;
/// The number of pages after which it is not cut any more: what was shown would have to be remembered for too long.
const CUT_UNTIL: u32 = 16;
/// Levels with a single group that are passed through in search of one with more.
const DESCENTS_MAX: usize = 16;
/// Entries of a page in search of one name.
const EXACT_ENTRIES: u32 = 100;

/// Names and versions that were shown, by their hashes.
type ShownNames = HashSet<u64>;

/// A listing that is being read.
pub struct Ranges {
    container: Container,
    waiting: VecDeque<Reading>,
    flights: FuturesUnordered<BoxFuture<'static, Landed>>,
    hasher: RandomState,
    include: Include,
    at_most: Option<u32>,
    begun: bool,
    /// Reading a level was refused once.
    whole: bool,
}

/// One range under way.
struct Reading {
    pages: Pages,
    part: Part,
    count: u32,
    shown: ShownNames,
    shown_before: Vec<Arc<ShownNames>>,
}

enum Landed {
    Page(Reading, Result<Option<ListPage>, Error>),
    /// The parts that it is cut into; none where it cannot be.
    Cut(Reading, Result<Vec<Part>, Error>),
}

impl Container {
    /// The blobs whose names begin with `prefix`, in no order; nothing is asked for yet. [`Container::list`] gives them in
    /// the service's.
    pub fn list_ranges(&self, prefix: &str, include: Include) -> Ranges {
        let mut ranges = Ranges {
            container: self.clone(),
            waiting: VecDeque::new(),
            flights: FuturesUnordered::new(),
            hasher: RandomState::new(),
            include,
            at_most: None,
            begun: false,
            whole: false,
        };
        let whole = ranges.reading(Part::Beginning(prefix.to_owned()), Vec::new());
        ranges.waiting.push_back(whole);
        ranges
    }
}

impl Ranges {
    /// Limits the entries of each page.
    #[must_use]
    pub fn at_most(mut self, entries: u32) -> Self {
        self.at_most = Some(entries);
        self.waiting = self
            .waiting
            .into_iter()
            .map(|reading| reading.at_most(entries))
            .collect();
        self
    }

    pub fn include(&self) -> Include {
        self.include
    }

    /// Asks for something else; of use before the first page only.
    pub fn set_include(&mut self, include: Include) {
        self.include = include;
        for reading in &mut self.waiting {
            reading.pages.set_include(include);
        }
    }

    /// Whether there was a page.
    pub fn has_begun(&self) -> bool {
        self.begun
    }

    /// The next page of any range; none at the end. A page may be empty. After an error of the first page it can be asked
    /// for again.
    ///
    /// # Errors
    /// As [`Pages::next`].
    pub async fn next(&mut self) -> Result<Option<ListPage>, Error> {
        loop {
            while self.flights.len() < AT_ONCE
                && let Some(reading) = self.waiting.pop_front()
            {
                self.flights.push(reading.page());
            }
            let Some(landed) = self.flights.next().await else {
                return Ok(None);
            };
            match landed {
                Landed::Page(reading, Err(error)) => {
                    self.waiting.push_front(reading);
                    return Err(error);
                }
                Landed::Page(_, Ok(None)) => {}
                Landed::Page(reading, Ok(Some(page))) => return Ok(Some(self.landed(reading, page))),
                Landed::Cut(reading, parts) => self.cut(reading, parts),
            }
        }
    }

    /// Takes what is new in a page, and has its range continue.
    fn landed(&mut self, mut reading: Reading, mut page: ListPage) -> ListPage {
        self.begun = true;
        reading.count += 1;
        let ends = page.next_marker.is_none();
        let names = page.blobs.iter().map(|blob| blob.name.as_str());
        let cuttable = !ends
            && !self.whole
            && (CUT_AFTER..=CUT_UNTIL).contains(&reading.count)
            && matches!(reading.part, Part::Beginning(_));
        let cut = cuttable
            && reading.count.is_power_of_two()
            && self.waiting.is_empty()
            && self.flights.len() < AT_ONCE / 2
            && is_promising(names, reading.beginning());
        let passed = reading.filter(&mut page, &self.hasher);
        if cut {
            self.flights.push(reading.cut(self.include.versions));
        } else if !ends && !passed {
            self.flights.push(reading.page());
        }
        page
    }

    /// Has the parts of a level take the place of a range, or the range continue.
    fn cut(&mut self, mut reading: Reading, parts: Result<Vec<Part>, Error>) {
        let parts = parts.unwrap_or_else(|error| {
            tracing::debug!(%error, "a listing is not cut into ranges");
            self.whole = true;
            Vec::new()
        });
        if parts.len() < 2 {
            self.flights.push(reading.page());
            return;
        }
        tracing::debug!(parts = parts.len(), "a listing is cut into ranges");
        let mut shown = std::mem::take(&mut reading.shown_before);
        shown.push(Arc::new(std::mem::take(&mut reading.shown)));
        for part in parts {
            let part = self.reading(part, shown.clone());
            self.waiting.push_back(part);
        }
    }

    fn reading(&self, part: Part, shown_before: Vec<Arc<ShownNames>>) -> Reading {
        let (prefix, entries) = match &part {
            Part::Beginning(beginning) => (beginning, self.at_most),
            Part::Exactly(name) => (name, Some(EXACT_ENTRIES)),
        };
        let reading = Reading {
            pages: self.container.list(prefix, self.include),
            part,
            count: 0,
            shown: ShownNames::new(),
            shown_before,
        };
        match entries {
            Some(entries) => reading.at_most(entries),
            None => reading,
        }
    }
}

impl Reading {
    fn at_most(self, entries: u32) -> Self {
        Self {
            pages: self.pages.at_most(entries),
            ..self
        }
    }

    fn beginning(&self) -> &str {
        match &self.part {
            Part::Beginning(text) | Part::Exactly(text) => text,
        }
    }

    fn page(mut self) -> BoxFuture<'static, Landed> {
        async move {
            let page = self.pages.next().await;
            Landed::Page(self, page)
        }
        .boxed()
    }

    /// Reads levels until one has several groups. Names beside a single group are parts, too.
    fn cut(self, versions: bool) -> BoxFuture<'static, Landed> {
        async move {
            let parts = self.parts(versions).await;
            Landed::Cut(self, parts)
        }
        .boxed()
    }

    async fn parts(&self, versions: bool) -> Result<Vec<Part>, Error> {
        let mut prefix = self.beginning().to_owned();
        let mut beside = Vec::new();
        for _ in 0..DESCENTS_MAX {
            let container = self.pages.container();
            let Some(level) = container.fetch_level(&prefix, versions).await? else {
                return Ok(Vec::new());
            };
            let Some(group) = level.only_group() else {
                let mut parts = level.parts(&prefix);
                if parts.len() >= 2 {
                    parts.extend(beside);
                }
                return Ok(parts);
            };
            beside.extend(level.beside(&prefix, group));
            prefix = group.to_owned();
        }
        Ok(Vec::new())
    }

    /// Leaves in a page what was not shown and belongs to the range; true: nothing of the range can follow.
    fn filter(&mut self, page: &mut ListPage, hasher: &RandomState) -> bool {
        let mut passed = false;
        if let Part::Exactly(exact) = &self.part {
            let all = page.blobs.len();
            page.blobs.retain(|blob| blob.name == *exact);
            // It is the shortest of all names that begin so, and such a name is listed first in every order there is.
            passed = page.blobs.len() < all;
        }
        if !self.shown_before.is_empty() {
            let before = &self.shown_before;
            page.blobs.retain(|blob| {
                let hash = hash_of(blob, hasher);
                !before.iter().any(|shown| shown.contains(&hash))
            });
        }
        if self.count <= CUT_UNTIL && page.next_marker.is_some() {
            self.shown
                .extend(page.blobs.iter().map(|blob| hash_of(blob, hasher)));
        } else {
            self.shown = ShownNames::new();
        }
        passed
    }
}

/// With a key of this listing: an attacker cannot choose names that share a hash.
fn hash_of(blob: &ListedBlob, hasher: &RandomState) -> u64 {
    hasher.hash_one((&blob.name, &blob.version_id))
}

impl fmt::Debug for Ranges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ranges")
            .field("container", &self.container)
            .field("waiting", &self.waiting.len())
            .field("flights", &self.flights.len())
            .finish_non_exhaustive()
    }
}
