//! List Blobs: <https://learn.microsoft.com/rest/api/storageservices/list-blobs>. Names come in the service's order, unless the
//! world has another ([`crate::wire::NameOrder`]).
//!
//! A page is collected under the container's lock (a few thousand reference counts) and written after it is released.

use super::{
    listing::{ListingRequest, Position},
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
use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

/// List Blobs.
pub(super) fn list_blobs(ask: &Ask<'_>) -> Answer {
    let scope = scope(ask);
    scope.require(&ask.caller, LIST)?;
    let wanted = ListingRequest::of(ask)?;
    if wanted.includes("tags") {
        scope.require(&ask.caller, READ_TAGS)?;
    }
    let order = ask.world.name_order().in_account(ask.account.hns);
    let start = match wanted.marker {
        "" => Position {
            name: order.later(wanted.start_from, wanted.prefix).to_owned(),
            after: None,
        },
        marker => Position::parse(marker).ok_or_else(|| Refusal::invalid_query("marker"))?,
    };
    if wanted.includes("snapshots") && !wanted.delimiter.is_empty() {
        return Err(Refusal::invalid_query("include"));
    }
    let container = ask.container()?;
    let (entries, next) = Page::collect(&container.read(), &wanted, start, order, ask.now_tick());
    let own = ask.endpoint();
    let target = page::ListedContainer {
        service: &own,
        container: &container.name,
        now: ask.now_tick(),
    };
    Ok(Reply::xml(page::render(
        target,
        &wanted,
        &entries,
        next.as_ref().map(Position::marker).as_deref(),
    )))
}

/// A page that is followed by the first one, under a marker of this number.
pub(crate) async fn lead_back(
    response: http::Response<crate::Body>,
    number: u64,
) -> std::io::Result<http::Response<crate::Body>> {
    use http_body_util::BodyExt as _;
    let (mut head, body) = response.into_parts();
    let text = String::from_utf8_lossy(&body.collect().await?.to_bytes()).into_owned();
    // The part of a marker after the name counts at that name alone, and nothing has an empty one.
    let marker = Position {
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
    wanted: &'w ListingRequest<'w>,
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
        wanted: &'w ListingRequest<'w>,
        start: Position,
        order: NameOrder,
        now: Tick,
    ) -> (Vec<Entry>, Option<Position>) {
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

    /// Takes what fits, and returns where the rest begins.
    fn fill(&mut self, slots: &Slots, start: Position) -> Option<Position> {
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
                        return Some(Position {
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

    /// Fills the page in another order: everything with the prefix is sorted for each page, and a group comes where its own name
    /// belongs, once.
    fn fill_in_order(&mut self, slots: &Slots, start: Position, order: NameOrder) -> Option<Position> {
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
                    return Some(Position {
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

    /// The entry for the name itself: the blob, the deleted blob, or the one for a name with versions only.
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

    /// Takes what is behind a name, oldest first; the position to continue from if it does not all fit.
    fn take(&mut self, name: &Arc<str>, slot: &Slot, skip: Option<Tick>) -> Option<Position> {
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
                return Some(Position {
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
                return Some(Position {
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
}
