//! Reading the records that are listed, until every one that a trusted key signed is known.

use super::{
    Target,
    judge::{JudgedRecord, Trusted, judge, signed_for},
    records::{ListedRecord, RawRecord, ReadRecord, RecordNames},
};
use coldkeep_core::{Problem, WriterPublicKey, format::Previous, id::TargetId, target_finding::Anomaly};
use futures::{StreamExt, stream};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};
use tokio::sync::Semaphore;

/// The number of records that are read at once, ...
const IN_FLIGHT: usize = 16;
/// ... and the number of MiB that they have together.
const MIB_IN_FLIGHT: usize = 48;
const MIB: u64 = 1024 * 1024;

impl Target {
    /// The target and the key of the first record that one of these keys has signed.
    pub(crate) async fn find_signed_by(
        &self,
        keys: &[WriterPublicKey],
    ) -> Result<Option<(TargetId, WriterPublicKey)>, Problem> {
        let names = self.list_records().await?;
        for (sequence, listed) in &names.records {
            if let ReadRecord::Whole(raw) = self.read_record(*sequence, listed).await?
                && let Some(found) = signed_for(&raw, *sequence, keys)
            {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }
}

/// What is known while records are read.
pub(super) struct Reading<'a> {
    target: &'a Target,
    target_id: TargetId,
    keys: BTreeSet<WriterPublicKey>,
    pub admitted: BTreeSet<WriterPublicKey>,
    pub trusted: BTreeMap<u64, Trusted>,
    pub strange: BTreeMap<u64, Anomaly>,
    denied: Option<Problem>,
}

impl<'a> Reading<'a> {
    /// `keys`: trusted from the beginning.
    pub(super) fn new(target: &'a Target, target_id: TargetId, keys: BTreeSet<WriterPublicKey>) -> Self {
        Self {
            target,
            target_id,
            keys,
            admitted: BTreeSet::new(),
            trusted: BTreeMap::new(),
            strange: BTreeMap::new(),
            denied: None,
        }
    }

    /// Reads all records; again those whose key turns out to be trusted, as often as one does.
    pub(super) async fn read_all(&mut self, names: &RecordNames) -> Result<(), Problem> {
        let mut pending: Vec<u64> = names.records.keys().copied().collect();
        let mut untrusted: BTreeMap<u64, WriterPublicKey> = BTreeMap::new();
        while !pending.is_empty() {
            untrusted.extend(self.read_some(names, &pending).await?);
            let by_now = untrusted.iter().filter(|(_, key)| self.keys.contains(key));
            pending = by_now.map(|(sequence, _)| *sequence).collect();
            untrusted.retain(|_, key| !self.keys.contains(key));
        }
        let strange = untrusted.into_iter();
        self.strange
            .extend(strange.map(|(sequence, key)| (sequence, Anomaly::KeyNotTrusted(key))));
        match self.denied.take() {
            // Not a stray: this reader may read none.
            Some(denied) if self.trusted.is_empty() => Err(denied),
            _ => Ok(()),
        }
    }

    /// Answers with those that keys signed which are not trusted so far.
    async fn read_some(
        &mut self,
        names: &RecordNames,
        pending: &[u64],
    ) -> Result<Vec<(u64, WriterPublicKey)>, Problem> {
        let room = Arc::new(Semaphore::new(MIB_IN_FLIGHT));
        let listed: Vec<(u64, ListedRecord)> = pending
            .iter()
            .filter_map(|n| Some((*n, names.records.get(n)?.clone())))
            .collect();
        let target = self.target.clone();
        let mut reads = stream::iter(listed)
            .map(move |(sequence, listed)| {
                let (room, target) = (room.clone(), target.clone());
                async move {
                    let mib = (listed.size_bytes / MIB + 1).min(MIB_IN_FLIGHT as u64) as u32;
                    let room = room.acquire_many_owned(mib).await;
                    let read = target.read_record(sequence, &listed).await?;
                    Ok::<_, Problem>((sequence, listed, read, room))
                }
            })
            .buffer_unordered(IN_FLIGHT);
        let mut untrusted = Vec::new();
        while let Some(read) = reads.next().await {
            // The room is given back once the bytes are dropped.
            let (sequence, listed, read, _room) = read?;
            match read {
                ReadRecord::Gone => {}
                ReadRecord::Strange(strange) => drop(self.strange.insert(sequence, strange)),
                ReadRecord::Denied(problem) => {
                    let why = "reading it is not allowed".to_owned();
                    self.strange.insert(sequence, Anomaly::Stray(why));
                    self.denied = Some(problem);
                }
                ReadRecord::Whole(raw) => {
                    if let Some(key) = self.judge_record(sequence, &raw, Some(&listed)) {
                        untrusted.push((sequence, key));
                    }
                }
            }
        }
        Ok(untrusted)
    }

    /// Answers with the key, if that is not trusted so far.
    fn judge_record(
        &mut self,
        sequence: u64,
        raw: &RawRecord,
        listed: Option<&ListedRecord>,
    ) -> Option<WriterPublicKey> {
        match judge(raw, sequence, self.target_id, &self.keys) {
            JudgedRecord::Untrusted(key) => return Some(key),
            JudgedRecord::Strange(strange) => drop(self.strange.insert(sequence, strange)),
            JudgedRecord::Trusted(mut trusted) => {
                if let Some(listed) = listed {
                    self.target.keep_record(sequence, listed, raw);
                }
                if let Some(key) = trusted.link.admits {
                    self.keys.insert(key);
                    self.admitted.insert(key);
                }
                match trusted.strange.take() {
                    Some(strange) => drop(self.strange.insert(sequence, strange)),
                    None => drop(self.strange.remove(&sequence)),
                }
                self.trusted.insert(sequence, *trusted);
            }
        }
        None
    }

    /// Where the account keeps versions, a record that was overwritten or deleted is still there: anyone who names it names
    /// its version.
    pub(super) async fn find_versions(&mut self, seen: &[Previous]) -> Result<(), Problem> {
        for named in seen {
            self.find_version(named).await?;
        }
        let mut before = Some(u64::MAX);
        while let Some(end) = before
            && let Some((sequence, trusted)) = self.trusted.range(..=end).next_back()
        {
            before = sequence.checked_sub(1);
            if let Some(named) = trusted.link.previous.clone() {
                self.find_version(&named).await?;
            }
        }
        Ok(())
    }

    async fn find_version(&mut self, named: &Previous) -> Result<(), Problem> {
        let Some(version_id) = named.version_id.as_deref() else {
            return Ok(());
        };
        if self.trusted.contains_key(&named.sequence) {
            return Ok(());
        }
        let read = self.target.fetch_record(named.sequence, Some(version_id)).await?;
        if let ReadRecord::Whole(raw) = read
            && raw.sha256 == named.sha256
            && self.judge_record(named.sequence, &raw, None).is_none()
            && self.trusted.contains_key(&named.sequence)
        {
            self.strange.insert(named.sequence, Anomaly::RecordReplaced);
        }
        Ok(())
    }
}
