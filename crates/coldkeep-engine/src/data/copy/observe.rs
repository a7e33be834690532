//! Looking at the source: the plain looks before the cut and after the copy, and the full listing between them.

use crate::data::spool::{Sorted, Sorter};
use coldkeep_azure::{
    Error, RefusalClass,
    blob::{Container, Include, ListPage, Ranges},
};
use coldkeep_core::{
    Code, Fix, Problem, Timestamp,
    blob::ListedBlob,
    copy::{
        cut::{Cut, Glimpse},
        filter::Filter,
    },
};
use std::{path::PathBuf, time::Duration};

/// The number of names that arrive out of order and are sorted in memory at once.
pub(super) const SORT_ITEMS: usize = 4096;
/// Waiting for the service's clock to pass the cut gives up after this many looks at it.
const CLOCK_LOOKS_MAX: u32 = 50;

/// The source of a run, and where its listings are spooled.
#[derive(Debug)]
pub(super) struct Source {
    pub container: Container,
    /// Empty, or the folder with its slash.
    pub prefix: String,
    pub filter: Filter,
    pub spool: PathBuf,
}

/// What was seen before anything is copied.
#[derive(Debug)]
pub(super) struct Observed {
    pub cut: Cut,
    pub before: Sorted<Glimpse>,
    /// Every blob, and every version where there are any, by name.
    pub listed: Sorted<ListedBlob>,
    pub tags_read: bool,
    pub notes: Vec<Fix>,
}

/// A plain listing.
#[derive(Debug)]
pub(super) struct NameListing {
    pub glimpses: Sorted<Glimpse>,
    /// The service's clock at its beginning and at its end.
    began_at: Timestamp,
    ended_at: Timestamp,
    newest: Option<Timestamp>,
}

impl Source {
    /// The first look, the cut, and the full listing.
    pub async fn observe(&self) -> Result<Observed, Problem> {
        let look = self.glance().await?;
        let (cut, wait) = Cut::after(look.began_at, look.ended_at, look.newest);
        if wait {
            self.wait_for(cut.at).await?;
        }
        let mut sorter = Sorter::new(&self.spool, listed_key, SORT_ITEMS);
        let mut lister = self.lister(Include {
            metadata: true,
            tags: true,
            versions: true,
        });
        while let Some(page) = lister.next_page(self).await? {
            for blob in page.blobs.into_iter().filter(|blob| self.takes(&blob.name)) {
                sorter.push(blob)?;
            }
        }
        let (tags_read, notes) = (lister.pages.include().tags, lister.notes);
        Ok(Observed {
            cut,
            before: look.glimpses,
            listed: sorter.finish()?,
            tags_read,
            notes,
        })
    }

    /// A listing of names and ETags.
    pub async fn glance(&self) -> Result<NameListing, Problem> {
        let mut sorter = Sorter::new(&self.spool, glimpse_key, SORT_ITEMS);
        let mut lister = self.lister(Include::default());
        let mut times: Option<(Timestamp, Timestamp)> = None;
        let mut newest = None;
        while let Some(page) = lister.next_page(self).await? {
            // Pages come side by side, in no order.
            let (began, ended) = times.unwrap_or((page.service_time, page.service_time));
            times = Some((began.min(page.service_time), ended.max(page.service_time)));
            for ListedBlob {
                name,
                etag,
                last_modified,
                ..
            } in page.blobs
            {
                if self.takes(&name) {
                    newest = newest.max(Some(last_modified));
                    sorter.push(Glimpse {
                        name,
                        etag,
                        last_modified,
                    })?;
                }
            }
        }
        let (began_at, ended_at) =
            times.ok_or_else(|| Problem::internal("A listing ended before its first page"))?;
        Ok(NameListing {
            glimpses: sorter.finish()?,
            began_at,
            ended_at,
            newest,
        })
    }

    /// Whether it can be listed at all.
    pub async fn check_listable(&self) -> Result<(), Problem> {
        let listed = self
            .container
            .fetch_list_page(&self.prefix, None, Include::default(), Some(1))
            .await;
        listed.map(|_| ()).map_err(|e| self.cannot(&e))
    }

    fn lister(&self, include: Include) -> Lister {
        Lister {
            pages: self.container.list_ranges(&self.prefix, include),
            notes: Vec::new(),
        }
    }

    fn takes(&self, name: &str) -> bool {
        name.strip_prefix(&self.prefix)
            .is_some_and(|relative| self.filter.takes(relative))
    }

    /// Until the service's clock, which shows whole seconds, has reached the cut.
    async fn wait_for(&self, at: Timestamp) -> Result<(), Problem> {
        // The answer that showed the second before came within that second: one second later it is over.
        let mut pause = Duration::from_secs(1);
        for _ in 0..CLOCK_LOOKS_MAX {
            tokio::time::sleep(pause).await;
            let facts = self.container.fetch_facts().await.map_err(|e| self.cannot(&e))?;
            if facts.service_time >= at {
                return Ok(());
            }
            pause = Duration::from_millis(200);
        }
        Err(Problem::new(
            Code::ClockStandsStill,
            format!(
                "The clock of the source's storage account `{}` does not advance",
                self.container.account()
            ),
            "Run the job again.",
        ))
    }

    fn cannot(&self, error: &Error) -> Problem {
        error.problem(format!(
            "The source container `{}` of account `{}` cannot be listed",
            self.container.container(),
            self.container.account()
        ))
    }
}

/// Pages of one listing. What the service refuses to include is left out, before the first page.
struct Lister {
    pages: Ranges,
    notes: Vec<Fix>,
}

impl Lister {
    async fn next_page(&mut self, source: &Source) -> Result<Option<ListPage>, Problem> {
        loop {
            let error = match self.pages.next().await {
                Ok(page) => return Ok(page),
                Err(error) => error,
            };
            let refused = matches!(
                error.class(),
                Some(
                    RefusalClass::Request
                        | RefusalClass::Rights
                        | RefusalClass::State
                        | RefusalClass::NotOffered
                )
            );
            // A container that is not there is not found any better without its tags.
            if self.pages.has_begun() || !refused {
                return Err(source.cannot(&error));
            }
            let code = error.code().unwrap_or("no code").to_owned();
            let mut include = self.pages.include();
            if include.tags {
                include.tags = false;
                let note = format!("The source does not return index tags ({code}); the point has none.");
                self.notes.push(note.into());
            } else if include.versions {
                include.versions = false;
                let note = format!("The source does not return versions ({code}).");
                self.notes.push(note.into());
            } else {
                return Err(source.cannot(&error));
            }
            self.pages.set_include(include);
        }
    }
}

fn listed_key(blob: &ListedBlob) -> &[u8] {
    blob.name.as_bytes()
}

fn glimpse_key(glimpse: &Glimpse) -> &[u8] {
    glimpse.name.as_bytes()
}
