//! The plan: a streaming merge, by name, of what was seen, the last point and what interrupted runs left.

use super::{
    damage::Damaged,
    leftovers::Leftovers,
    method::Copier,
    observe::{Observed, SORT_ITEMS},
};
use crate::{
    data::ledger::Entries,
    data::spool::{Sorted, Sorter},
};
use coldkeep_api::CopyPlan;
use coldkeep_core::{
    Problem,
    copy::{
        classify::{self, BLOCKS_BEYOND_BYTES, Shape},
        diff::{CopyStep, NameFacts, Rules, plan_step},
        digest::PlanHasher,
    },
    point::Entry,
};
use std::{collections::BTreeMap, path::Path};

/// The number of names that are planned in one go.
const YIELD_EVERY: u64 = 1024;

/// What a run will do, name by name, and in sum.
#[derive(Debug)]
pub(super) struct Plan {
    pub steps: Sorted<CopyStep>,
    pub totals: CopyPlan,
}

/// A sorted stream and its next item.
struct SortedStream<I, T> {
    rest: I,
    head: Option<T>,
}

impl<T, I: Iterator<Item = Result<T, Problem>>> SortedStream<I, T> {
    fn new(mut rest: I) -> Result<Self, Problem> {
        let head = rest.next().transpose()?;
        Ok(Self { rest, head })
    }

    /// The next item, if it has this name.
    fn take(&mut self, name: &str, name_of: fn(&T) -> &str) -> Result<Option<T>, Problem> {
        if self.head.as_ref().is_none_or(|item| name_of(item) != name) {
            return Ok(None);
        }
        let next = self.rest.next().transpose()?;
        Ok(std::mem::replace(&mut self.head, next))
    }
}

/// The last point's entries and the next of them.
struct BaseStream {
    entries: Option<Entries>,
    head: Option<Entry>,
}

impl BaseStream {
    async fn new(entries: Option<Entries>) -> Result<Self, Problem> {
        let mut base = Self { entries, head: None };
        base.advance().await?;
        Ok(base)
    }

    async fn advance(&mut self) -> Result<Option<Entry>, Problem> {
        let next = match &mut self.entries {
            Some(entries) => entries.next().await?,
            None => None,
        };
        Ok(std::mem::replace(&mut self.head, next))
    }

    async fn take(&mut self, name: &str) -> Result<Option<Entry>, Problem> {
        if self.head.as_ref().is_none_or(|entry| entry.name != name) {
            return Ok(None);
        }
        self.advance().await
    }
}

/// What a plan builds on.
pub(super) struct PlanBase<'a> {
    /// The list of the last point; none where there is no such point.
    pub entries: Option<Entries>,
    /// What is not in the target as it was recorded.
    pub damaged: &'a Sorted<Damaged>,
}

/// Merges and decides.
pub(super) async fn plan(
    observed: &Observed,
    base: PlanBase<'_>,
    leftovers: &Leftovers,
    rules: &Rules,
    mut sum: PlanTotals<'_>,
    spool: &Path,
) -> Result<Plan, Problem> {
    let mut before = SortedStream::new(observed.before.iter()?)?;
    let mut listed = SortedStream::new(observed.listed.iter()?)?;
    let mut done = SortedStream::new(leftovers.iter()?)?;
    let mut damaged = SortedStream::new(base.damaged.iter()?)?;
    let mut base = BaseStream::new(base.entries).await?;
    let mut steps = Sorter::new(spool, |step: &CopyStep| step.name().as_bytes(), SORT_ITEMS);
    for count in 1u64.. {
        // Reading spools never waits, so other tasks get their turn here.
        if count.is_multiple_of(YIELD_EVERY) {
            tokio::task::yield_now().await;
        }
        let heads = [
            before.head.as_ref().map(|g| g.name.as_str()),
            listed.head.as_ref().map(|b| b.name.as_str()),
            done.head.as_ref().map(|e| e.name.as_str()),
            base.head.as_ref().map(|e| e.name.as_str()),
            damaged.head.as_ref().map(|d| d.name.as_str()),
        ];
        // `str` compares by bytes, as the service and the spools do.
        let Some(name) = heads.into_iter().flatten().min().map(str::to_owned) else {
            break;
        };
        let mut known = NameFacts {
            base: base.take(&name).await?,
            name: name.clone(),
            ..NameFacts::default()
        };
        while let Some(glimpse) = before.take(&known.name, |g| &g.name)? {
            known.sightings.before = Some(glimpse);
        }
        while let Some(blob) = listed.take(&known.name, |b| &b.name)? {
            known.sightings.add(blob, rules.cut);
        }
        // Of several interrupted runs the last one's counts; they are spooled in that order.
        while let Some(entry) = done.take(&known.name, |e| &e.name)? {
            known.leftover = Some(entry);
        }
        while let Some(gone) = damaged.take(&known.name, |d| &d.name)? {
            known.damaged.push(gone.target_name);
        }
        let in_base = known.base.is_some();
        let was_damaged = !known.damaged.is_empty();
        let step = sum.fitting(plan_step(known, rules)).await?;
        if was_damaged && let Some(CopyStep::Copy { blob, .. }) = &step {
            sum.damaged(&blob.name);
        }
        match &step {
            Some(step) => sum.add(in_base, step),
            None if in_base => sum.add_gone(&name),
            None => {}
        }
        if let Some(step) = step {
            steps.push(step)?;
        }
    }
    Ok(Plan {
        steps: steps.finish()?,
        totals: sum.finish(),
    })
}

/// Totals, and reasons with how many and the first of each.
pub(super) struct PlanTotals<'a> {
    copier: &'a Copier,
    plan: CopyPlan,
    hasher: PlanHasher,
    reasons: BTreeMap<String, (u64, String)>,
    /// Whether large blobs go in blocks; known once there was one.
    blocks: bool,
}

impl<'a> PlanTotals<'a> {
    pub(super) fn new(copier: &'a Copier, hasher: PlanHasher) -> Self {
        let plan = CopyPlan {
            method: copier.method().words(),
            ..CopyPlan::default()
        };
        Self {
            copier,
            plan,
            hasher,
            reasons: BTreeMap::new(),
            blocks: false,
        }
    }

    /// The step, or a failing one in place of a copy that the rights at the target do not carry.
    async fn fitting(&mut self, step: Option<CopyStep>) -> Result<Option<CopyStep>, Problem> {
        let Some(CopyStep::Copy { blob, doubt }) = step else {
            return Ok(step);
        };
        if blob.size_bytes > BLOCKS_BEYOND_BYTES {
            self.blocks = self.copier.blocks_allowed().await?;
        }
        if classify::shape(blob.size_bytes, self.blocks) != Shape::TooLarge {
            return Ok(Some(CopyStep::Copy { blob, doubt }));
        }
        let too_large = self.plan.too_large.get_or_insert_default();
        too_large.add(&blob.name, blob.size_bytes);
        Ok(Some(CopyStep::Fail {
            problem: classify::too_large(&blob.name),
            reason: "it is too large for the permissions at the target".into(),
            name: blob.name,
        }))
    }

    fn damaged(&mut self, name: &str) {
        self.plan.items_damaged += 1;
        let reason = "was already copied, but its content in the target is missing or damaged: it is copied \
            again";
        self.reason(reason.to_owned(), name);
    }

    fn add_gone(&mut self, name: &str) {
        self.plan.items_gone += 1;
        self.hasher.add_gone(name);
    }

    fn add(&mut self, in_base: bool, step: &CopyStep) {
        let relay_reason = match step {
            CopyStep::Copy { blob, .. } => {
                let version_id = blob.version_id.as_deref();
                self.copier.relay_reason(&blob.name, version_id, blob.size_bytes)
            }
            _ => None,
        };
        self.hasher.add(step, relay_reason.is_some());
        let plan = &mut self.plan;
        match step {
            CopyStep::Keep { .. } => plan.items_unchanged += 1,
            CopyStep::Copy { blob, .. } => {
                plan.items_to_copy += 1;
                plan.bytes_to_copy += blob.size_bytes;
                plan.copy_requests += classify::copy_requests(blob.size_bytes, self.blocks);
                if let Some(reason) = relay_reason {
                    plan.items_to_relay += 1;
                    plan.bytes_to_relay += blob.size_bytes;
                    self.reason(reason.to_owned(), &blob.name);
                }
            }
            CopyStep::Fail { name, reason, .. } => {
                plan.items_not_copyable += 1;
                self.reason(format!("cannot be copied: {reason}"), name);
            }
            CopyStep::LeaveOut { name } => {
                plan.items_gone += u64::from(in_base);
                let reason = "was deleted around or after the snapshot time, before it could be \
                    copied: it will not be in the point";
                self.reason(reason.to_owned(), name);
                return;
            }
            CopyStep::Directory { name } => {
                self.reason(
                    "is a directory, which has no content of its own and is not copied".into(),
                    name,
                );
                return;
            }
        }
        self.plan.items_total += 1;
        self.plan.bytes_total += step.size_bytes();
    }

    /// The reasons are a handful of fixed texts, so this stays small.
    fn reason(&mut self, reason: String, name: &str) {
        self.reasons
            .entry(reason)
            .or_insert_with(|| (0, name.chars().take(80).collect()))
            .0 += 1;
    }

    fn finish(mut self) -> CopyPlan {
        let notes = self
            .reasons
            .into_iter()
            .map(|(reason, (count, first))| match count {
                1 => format!("`{first}` {reason}.").into(),
                _ => format!("{count} blobs, the first `{first}`: {reason}.").into(),
            });
        self.plan.notes.extend(notes);
        self.plan.digest = self.hasher.finish().into();
        self.plan
    }
}
