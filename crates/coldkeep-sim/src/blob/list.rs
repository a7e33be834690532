//! List Blobs: <https://learn.microsoft.com/rest/api/storageservices/list-blobs>. Names come in the service's order, unless the
//! world has another ([`crate::wire::NameOrder`]).
//!
//! A page is collected under the container's lock (a few thousand reference counts) and written after it is released.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

use super::{
    need::{LIST, READ_TAGS},
    page::{self, Entry, Role},
    reply::{Answer, Refusal, Reply},
    request::Ask,
    rights::scope,
};
use crate::{
    storage::{
        lease::lease_status,
        moment::Tick,
        record::{Blob, Presence},
        slot::Slot,
        slots::Slots,
    },
    wire::NameOrder,
};

const PAGE_MAX: usize = 5000;

/// What can be included; `permissions` says something in a hierarchical namespace only.
const INCLUDED: [&str; 11] = [
    "snapshots",
    "metadata",
    "uncommittedblobs",
    "copy",
    "deleted",
    "tags",
    "versions",
    "deletedwithversions",
    "immutabilitypolicy",
    "legalhold",
    "permissions",
];

/// The words of `include`, which must be some of these.
pub(super) fn include<'q>(ask: &'q Ask<'_>, known: &[&str]) -> Result<Vec<&'q str>, Refusal> {
    let words = ask
        .query
        .get("include")
        .unwrap_or_default()
        .split(',')
        .map(str::trim);
    let words: Vec<_> = words.filter(|word| !word.is_empty()).collect();
    let is_known = |word: &&str| known.iter().any(|one| one.eq_ignore_ascii_case(word));
    if words.iter().all(is_known) {
        Ok(words)
    } else {
        Err(Refusal::invalid_query("include"))
    }
}

/// What a listing asks for.
#[derive(Debug)]
pub(super) struct Wanted<'q> {
    pub(super) prefix: &'q str,
    pub(super) delimiter: &'q str,
    pub(super) marker: &'q str,
    /// As the query had it; the page is never longer than [`PAGE_MAX`].
    pub(super) max_results: Option<usize>,
    start_from: &'q str,
    include: Vec<&'q str>,
}

impl<'q> Wanted<'q> {
    fn of(ask: &'q Ask<'_>) -> Result<Self, Refusal> {
        let value = |name: &str| ask.query.get(name).unwrap_or_default();
        let max_results = match ask.query.some("maxresults").map(str::parse::<usize>) {
            None => None,
            Some(Ok(0)) => {
                return Err(Refusal::bad_request(
                    "OutOfRangeQueryParameterValue",
                    "One of the query parameters specified in the request URI is outside the permissible range.",
                ));
            }
            Some(number) => Some(number.map_err(|_| Refusal::invalid_query("maxresults"))?),
        };
        Ok(Self {
            prefix: value("prefix"),
            delimiter: value("delimiter"),
            marker: value("marker"),
            max_results,
            // Microsoft's clients have it since version 2026-02-06, but others rely on it with older ones, and the service
            // does not mind: https://github.com/apache/arrow-rs-object-store/pull/623
            start_from: value("startFrom"),
            include: include(ask, &INCLUDED)?,
        })
    }

    pub(super) fn includes(&self, what: &str) -> bool {
        self.include.iter().any(|one| one.eq_ignore_ascii_case(what))
    }

    fn page_length(&self) -> usize {
        self.max_results.unwrap_or(PAGE_MAX).min(PAGE_MAX)
    }
}

/// List Blobs.
pub(super) fn list_blobs(ask: &Ask<'_>) -> Answer {
    let scope = scope(ask);
    scope.require(&ask.caller, LIST)?;
    let wanted = Wanted::of(ask)?;
    if wanted.includes("tags") {
        scope.require(&ask.caller, READ_TAGS)?;
    }
    let order = ask.world.name_order().in_account(ask.account.hns);
    let start = match wanted.marker {
        "" => Place {
            name: order.later(wanted.start_from, wanted.prefix).to_owned(),
            after: None,
        },
        marker => Place::parse(marker).ok_or_else(|| Refusal::invalid_query("marker"))?,
    };
    if wanted.includes("snapshots") && !wanted.delimiter.is_empty() {
        return Err(Refusal::invalid_query("include"));
    }
    let container = ask.container()?;
    let (entries, next) = Page::collect(&container.read(), &wanted, (start, order), ask.now_tick());
    let own = ask.endpoint();
    let target = page::Target {
        service: &own,
        container: &container.name,
        now: ask.now_tick(),
    };
    Ok(Reply::xml(page::render(
        target,
        &wanted,
        &entries,
        next.as_ref().map(Place::marker).as_deref(),
    )))
}

/// Where a listing goes on: at a name, after a version or snapshot of it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Place {
    name: String,
    after: Option<Tick>,
}

impl Place {
    fn marker(&self) -> String {
        let after = self.after.map_or(0, Tick::to_bits);
        format!(
            "2!{}",
            BASE64_URL_SAFE_NO_PAD.encode(format!("{after:x}:{}", self.name))
        )
    }

    fn parse(marker: &str) -> Option<Self> {
        let text = String::from_utf8(BASE64_URL_SAFE_NO_PAD.decode(marker.strip_prefix("2!")?).ok()?).ok()?;
        let (after, name) = text.split_once(':')?;
        let after = u64::from_str_radix(after, 16).ok()?;
        Some(Self {
            name: name.to_owned(),
            after: (after > 0).then(|| Tick::from_bits(after)),
        })
    }
}

/// A page that says that it is followed by the first one, under a marker of this number.
pub(crate) async fn lead_back(
    response: http::Response<crate::Body>,
    number: u64,
) -> std::io::Result<http::Response<crate::Body>> {
    use http_body_util::BodyExt as _;
    let (mut head, body) = response.into_parts();
    let text = String::from_utf8_lossy(&body.collect().await?.to_bytes()).into_owned();
    // What a marker says after the name begins counts at that name alone, and nothing has an empty one.
    let marker = Place {
        name: String::new(),
        after: Some(Tick::from_bits(number + 1)),
    };
    let end = text
        .find("<NextMarker")
        .or_else(|| text.find("</EnumerationResults>"));
    let text = match end {
        Some(end) => {
            let marker = marker.marker();
            format!(
                "{}<NextMarker>{marker}</NextMarker></EnumerationResults>",
                &text[..end]
            )
        }
        None => text,
    };
    head.headers.remove(http::header::CONTENT_LENGTH);
    Ok(http::Response::from_parts(head, crate::wire::body_of(text)))
}

/// A page being collected.
struct Page<'w> {
    wanted: &'w Wanted<'w>,
    now: Tick,
    length: usize,
    versions: bool,
    snapshots: bool,
    deleted: bool,
    /// Whether a name that has only versions left is shown as such.
    versions_only: bool,
    uncommitted: bool,
    entries: Vec<Entry>,
}

impl<'w> Page<'w> {
    fn collect(
        slots: &Slots,
        wanted: &'w Wanted<'w>,
        (start, order): (Place, NameOrder),
        now: Tick,
    ) -> (Vec<Entry>, Option<Place>) {
        let mut page = Page {
            wanted,
            now,
            length: wanted.page_length(),
            versions: wanted.includes("versions"),
            snapshots: wanted.includes("snapshots"),
            deleted: wanted.includes("deleted"),
            versions_only: wanted.includes("deletedwithversions"),
            uncommitted: wanted.includes("uncommittedblobs"),
            entries: Vec::new(),
        };
        let next = match order {
            NameOrder::Bytes => page.fill(slots, start),
            NameOrder::Utf16 if !slots.has_beyond() => page.fill(slots, start),
            order => page.fill_in_order(slots, start, order),
        };
        (page.entries, next)
    }

    /// Takes what fits, and says where the rest begins.
    fn fill(&mut self, slots: &Slots, start: Place) -> Option<Place> {
        let mut from = start.name.clone();
        let mut after = start.after;
        'groups: loop {
            for (name, slot) in slots.range::<str, _>((Bound::Included(from.as_str()), Bound::Unbounded)) {
                if !name.starts_with(self.wanted.prefix) {
                    // Before the prefix only when a caller starts there; after it, nothing matches any more.
                    if **name < *self.wanted.prefix {
                        continue;
                    }
                    return None;
                }
                if let Some(group) = self.group(name) {
                    if !self.shows(slot) {
                        continue;
                    }
                    if self.entries.len() >= self.length {
                        return Some(Place {
                            name: name.to_string(),
                            after: None,
                        });
                    }
                    let beyond = successor(group);
                    self.entries.push(Entry::Prefix(group.to_owned()));
                    from = beyond?;
                    continue 'groups;
                }
                let skip = after.take().filter(|_| **name == *start.name);
                if let Some(place) = self.take(name, slot, skip) {
                    return Some(place);
                }
            }
            return None;
        }
    }

    /// The same in another order: everything with the prefix is sorted for each page, and a group comes where its own name
    /// belongs, once.
    fn fill_in_order(&mut self, slots: &Slots, start: Place, order: NameOrder) -> Option<Place> {
        let with_prefix = slots
            .iter()
            .filter(|(name, _)| name.starts_with(self.wanted.prefix));
        let mut lines = BTreeMap::new();
        for (name, slot) in with_prefix.filter(|(_, slot)| self.shows(slot)) {
            let group = self.group(name);
            let line = group.unwrap_or(name);
            lines.insert(order.key(line), (line, group.is_none().then_some((name, slot))));
        }
        let mut after = start.after;
        for (line, single) in lines.range(order.key(&start.name)..).map(|(_, value)| value) {
            let Some((name, slot)) = single else {
                if self.entries.len() >= self.length {
                    return Some(Place {
                        name: (*line).to_owned(),
                        after: None,
                    });
                }
                self.entries.push(Entry::Prefix((*line).to_owned()));
                continue;
            };
            let skip = after.take().filter(|_| **line == *start.name);
            if let Some(place) = self.take(name, slot, skip) {
                return Some(place);
            }
        }
        None
    }

    /// The part of a name up to and including the delimiter after the prefix.
    fn group<'n>(&self, name: &'n str) -> Option<&'n str> {
        if self.wanted.delimiter.is_empty() {
            return None;
        }
        let rest = &name[self.wanted.prefix.len()..];
        let at = rest.find(self.wanted.delimiter)?;
        Some(&name[..self.wanted.prefix.len() + at + self.wanted.delimiter.len()])
    }

    fn shows(&self, slot: &Slot) -> bool {
        slot.current.is_some()
            || self.base(slot).is_some()
            || slot.history().into_iter().any(|blob| self.shows_kept(blob))
            || (self.uncommitted && slot.staged(self.now).is_some())
    }

    /// Whether the listing asks for a previous version or snapshot.
    fn shows_kept(&self, blob: &Blob) -> bool {
        let wanted = if blob.rare().snapshot.is_some() {
            self.snapshots
        } else {
            self.versions
        };
        wanted
            && match blob.state(self.now) {
                Presence::There => true,
                Presence::Deleted => self.deleted,
                Presence::Lost => false,
            }
    }

    /// What stands for the name itself: the blob, the deleted blob, or what says that there are only versions.
    fn base<'s>(&self, slot: &'s Slot) -> Option<(&'s Arc<Blob>, Role)> {
        if let Some(current) = &slot.current {
            return Some((current, Role::Current));
        }
        if let Some(gone) = &slot.gone {
            let kept = self.deleted && gone.state(self.now) == Presence::Deleted;
            return kept.then_some((gone, Role::Deleted));
        }
        let newest = slot.previous.last().filter(|_| self.versions_only)?;
        (newest.state(self.now) != Presence::Lost).then_some((newest, Role::OnlyVersions))
    }

    /// Takes what is behind a name, oldest first; the place to go on if it does not all fit.
    fn take(&mut self, name: &Arc<str>, slot: &Slot, skip: Option<Tick>) -> Option<Place> {
        let mut last = skip;
        let lease = lease_status(slot.lease.as_deref(), self.now);
        // Most names have nothing but a blob.
        let history = if self.versions || self.snapshots {
            slot.history()
        } else {
            Vec::new()
        };
        let kept = history
            .into_iter()
            .filter(|blob| self.shows_kept(blob) && skip.is_none_or(|skip| blob.moment() > Some(skip)))
            .map(|blob| (blob, Role::Kept));
        let found: Vec<_> = kept.chain(self.base(slot)).collect();
        for (blob, role) in found {
            if self.entries.len() >= self.length {
                return Some(Place {
                    name: name.to_string(),
                    after: last,
                });
            }
            last = blob.moment();
            self.entries.push(Entry::Blob {
                name: Arc::clone(name),
                blob: Arc::clone(blob),
                role,
                lease: (role == Role::Current).then_some(lease),
            });
        }
        if self.uncommitted && slot.current.is_none() && slot.staged(self.now).is_some() {
            if self.entries.len() >= self.length {
                return Some(Place {
                    name: name.to_string(),
                    after: last,
                });
            }
            self.entries.push(Entry::Uncommitted(Arc::clone(name)));
        }
        None
    }
}

/// The smallest string greater than everything that begins with `text`. UTF-8 sorts like its code points.
fn successor(text: &str) -> Option<String> {
    let mut text = text.to_owned();
    while let Some(last) = text.pop() {
        let next = match last {
            '\u{d7ff}' => Some('\u{e000}'),
            other => char::from_u32(u32::from(other) + 1),
        };
        if let Some(next) = next {
            text.push(next);
            return Some(text);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_successor_lies_behind_everything_with_the_prefix() {
        assert_eq!(successor("a/").as_deref(), Some("a0"));
        assert_eq!(successor("a\u{d7ff}").as_deref(), Some("a\u{e000}"));
        assert_eq!(successor("a\u{10ffff}").as_deref(), Some("b"));
        assert_eq!(successor(""), None);
    }

    #[test]
    fn a_marker_holds_any_place() {
        let place = Place {
            name: "a:b/\0ä".to_owned(),
            after: Some(Tick::from_bits(77)),
        };
        assert_eq!(Place::parse(&place.marker()), Some(place));
        assert_eq!(Place::parse("nonsense"), None);
    }
}
