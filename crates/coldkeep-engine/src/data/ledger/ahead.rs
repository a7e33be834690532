//! Data blobs of a large target, listed in ranges side by side and handed on in name order. Their names are ours, so what
//! they begin with is known: two hexadecimal digits, each pair as often as any other.

use super::Target;
use coldkeep_azure::{
    Error,
    blob::{Include, ListPage, Pages},
};
use std::collections::VecDeque;
use tokio::task::JoinHandle;

/// The number of names on a page.
const PAGE_NAMES: u64 = 5000;
/// Pages that are read ahead, all ranges together: each takes some megabytes of memory.
const PAGES_AHEAD: u64 = 8;
/// Pages of one range that are read ahead.
const RANGE_PAGES_MAX: u64 = 4;

/// What is still to come of a listing.
#[derive(Debug)]
pub(super) struct RangesAhead {
    target: Target,
    include: Include,
    /// What all names in ranges begin with: the folder of data.
    folder: String,
    next: u16,
    ranges_ahead: usize,
    range_pages: u64,
    reading: VecDeque<AbortOnDrop>,
    /// Of the range that is handed on: what was read ahead, and what comes after that.
    pages: VecDeque<ListPage>,
    rest: Option<Pages>,
}

type Read = Result<(VecDeque<ListPage>, Option<Pages>), Error>;

/// A range that is being read; it ends with this value.
#[derive(Debug)]
struct AbortOnDrop(JoinHandle<Read>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl RangesAhead {
    /// The rest of a listing in which `count` names came so far, `last` at the end; the range of that one comes again as a
    /// whole. None where the names are not ours.
    pub(super) fn after(target: &Target, last: &str, count: u64, include: Include) -> Option<Self> {
        let folder = format!("{}b/", target.prefix);
        let begun = range_of(last, &folder)?;
        // As if the range that was begun were read half.
        let per_range = count * 2 / (u64::from(begun) * 2 + 1);
        let range_pages = per_range.div_ceil(PAGE_NAMES).clamp(1, RANGE_PAGES_MAX);
        Some(Self {
            target: target.clone(),
            include,
            folder,
            next: begun,
            ranges_ahead: usize::try_from(PAGES_AHEAD / range_pages).unwrap_or(1),
            range_pages,
            reading: VecDeque::new(),
            pages: VecDeque::new(),
            rest: None,
        })
    }

    /// Whether one of the ranges has such names.
    pub(super) fn has(&self, name: &str) -> bool {
        range_of(name, &self.folder).is_some()
    }

    /// The next page; none at the end.
    pub(super) async fn next(&mut self) -> Result<Option<ListPage>, Error> {
        loop {
            self.read_ahead();
            if let Some(page) = self.pages.pop_front() {
                return Ok(Some(page));
            }
            if let Some(rest) = &mut self.rest {
                match rest.next().await? {
                    Some(page) => return Ok(Some(page)),
                    None => self.rest = None,
                }
                continue;
            }
            let Some(mut task) = self.reading.pop_front() else {
                return Ok(None);
            };
            match (&mut task.0).await {
                Ok(read) => (self.pages, self.rest) = read?,
                Err(broken) => match broken.try_into_panic() {
                    Ok(panic) => std::panic::resume_unwind(panic),
                    // The program ends.
                    Err(_) => std::future::pending().await,
                },
            }
        }
    }

    fn read_ahead(&mut self) {
        while self.reading.len() < self.ranges_ahead && self.next <= 0xff {
            let prefix = format!("{}{:02x}/", self.folder, self.next);
            self.next += 1;
            let mut pages = self.target.container.list(&prefix, self.include);
            let range_pages = self.range_pages;
            self.reading.push_back(AbortOnDrop(tokio::spawn(async move {
                let mut read = VecDeque::new();
                while let Some(page) = pages.next().await? {
                    read.push_back(page);
                    if read.len() as u64 >= range_pages {
                        return Ok((read, Some(pages)));
                    }
                }
                Ok((read, None))
            })));
        }
    }
}

/// The number of the range that has this name.
fn range_of(name: &str, folder: &str) -> Option<u16> {
    let (digits, _) = name.strip_prefix(folder)?.split_once('/')?;
    let ours = digits.len() == 2 && digits.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    ours.then(|| u16::from_str_radix(digits, 16).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_ours_have_a_range() {
        assert_eq!(range_of("copies/b/0f/abc", "copies/b/"), Some(15));
        for other in [
            "b/0F/abc",
            "b/0f",
            "b/f/abc",
            "b/0ff/abc",
            "c/0f/abc",
            "b/zz/abc",
            "b/+1/abc",
        ] {
            assert_eq!(range_of(other, "b/"), None, "{other}");
        }
    }
}
