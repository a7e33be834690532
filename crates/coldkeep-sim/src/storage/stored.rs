//! Containers as the simulator's folder holds them: a line of JSON about the container, then one for each name.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::Hash;
use std::io::{self, BufRead, Write};
use std::ops::Range;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{
    container_state::ContainerFacts,
    content::{Content, Segment},
    lease::Lease,
    moment::Tick,
    packs::{PackPlace, PackReader, Packs},
    record::{Blob, BlobType, Block, ContentHeaders, CopyState, Metadata, Rare, Tags},
    slot::{Slot, Staged},
    slots::Slots,
    tier::Tiering,
};

/// Writes a container at one moment.
pub(crate) fn write<'a>(
    out: &mut impl Write,
    packs: &mut Packs,
    facts: &ContainerFacts,
    slots: impl Iterator<Item = (&'a Arc<str>, &'a Slot)>,
) -> io::Result<()> {
    line(out, facts)?;
    for (name, slot) in slots {
        line(out, &StoredSlot::of(name, slot, packs)?)?;
    }
    Ok(())
}

fn line(out: &mut impl Write, value: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *out, value)?;
    out.write_all(b"\n")
}

/// Reads what [`write`](fn@write) wrote. Errors name the line.
pub(crate) fn read(input: impl BufRead, from: &mut Reader) -> io::Result<(ContainerFacts, Slots)> {
    let mut lines = input.lines().zip(1..);
    let (first, _) = lines
        .next()
        .ok_or_else(|| io::Error::new(io::ErrorKind::UnexpectedEof, "it is empty"))?;
    let facts = serde_json::from_str(&first?).map_err(|e| wrong(1, e))?;
    let mut slots = Slots::new();
    for (text, number) in lines {
        let stored: StoredSlot = serde_json::from_str(&text?).map_err(|e| wrong(number, e))?;
        let name = Arc::from(&*stored.name);
        slots.insert(name, stored.into_slot(from)?);
    }
    Ok((facts, slots))
}

fn wrong(line: usize, why: serde_json::Error) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("line {line}: {why}"))
}

/// The parts of blobs while they are read: bytes, and what many of them share.
#[derive(Debug)]
pub(crate) struct Reader {
    pub(crate) packs: PackReader,
    headers: Shared<ContentHeaders>,
    names_and_values: Shared<BTreeMap<String, String>>,
    /// Those of one whole piece.
    contents: HashMap<PackPlace, Arc<Content>>,
}

impl Reader {
    pub(crate) fn new(packs: PackReader) -> Self {
        Self {
            packs,
            headers: Shared(HashSet::new()),
            names_and_values: Shared(HashSet::new()),
            contents: HashMap::new(),
        }
    }
}

#[derive(Debug)]
struct Shared<T>(HashSet<Arc<T>>);

impl<T: Eq + Hash> Shared<T> {
    fn one(&mut self, value: Arc<T>) -> Arc<T> {
        if let Some(known) = self.0.get(&value) {
            return Arc::clone(known);
        }
        self.0.insert(Arc::clone(&value));
        value
    }
}

#[derive(Serialize, Deserialize)]
struct StoredSlot {
    name: Box<str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    current: Option<StoredBlob>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    previous: Vec<StoredBlob>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    snapshots: Vec<StoredBlob>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    gone: Option<StoredBlob>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    staged: Option<BTreeMap<String, StoredContent>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    staged_key: Option<Box<str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    staged_last: Option<Tick>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    lease: Option<Box<Lease>>,
}

#[derive(Serialize, Deserialize)]
struct StoredBlob {
    kind: BlobType,
    content: StoredContent,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    md5: Option<[u8; 16]>,
    headers: Arc<ContentHeaders>,
    #[serde(default, skip_serializing_if = "is_empty")]
    metadata: Metadata,
    #[serde(default, skip_serializing_if = "is_empty")]
    tags: Tags,
    tiering: Tiering,
    created: Tick,
    modified: Tick,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    version: Option<Tick>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    blocks: Option<Vec<(Box<str>, StoredContent)>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    copy: Option<Arc<CopyState>>,
    #[serde(default)]
    sequence: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rare: Option<Box<Rare>>,
}

fn is_empty(map: &Arc<BTreeMap<String, String>>) -> bool {
    map.is_empty()
}

impl StoredSlot {
    fn of(name: &str, slot: &Slot, packs: &mut Packs) -> io::Result<Self> {
        let mut one = |blob: &Arc<Blob>| StoredBlob::of(blob, packs);
        Ok(Self {
            name: name.into(),
            current: slot.current.as_ref().map(&mut one).transpose()?,
            previous: slot.previous.iter().map(&mut one).collect::<io::Result<_>>()?,
            snapshots: slot.snapshots.iter().map(&mut one).collect::<io::Result<_>>()?,
            gone: slot.gone.as_ref().map(&mut one).transpose()?,
            staged: slot
                .staged
                .as_ref()
                .map(|staged| {
                    let stored = staged
                        .blocks
                        .iter()
                        .map(|(id, content)| Ok((id.clone(), StoredContent::of(content, packs)?)));
                    stored.collect::<io::Result<_>>()
                })
                .transpose()?,
            staged_key: slot.staged.as_ref().and_then(|staged| staged.key_sha256.clone()),
            staged_last: slot.staged.as_ref().map(|staged| staged.last),
            lease: slot.lease.clone(),
        })
    }

    fn into_slot(self, from: &mut Reader) -> io::Result<Slot> {
        let staged = self.staged.map(|blocks| {
            let read = blocks
                .into_iter()
                .map(|(id, content)| Ok((id, content.read(from)?)));
            read.collect::<io::Result<_>>()
        });
        let staged = staged.transpose()?.map(|blocks| {
            Box::new(Staged {
                blocks,
                key_sha256: self.staged_key,
                last: self.staged_last.unwrap_or_default(),
            })
        });
        let mut one = |blob: StoredBlob| blob.into_blob(from).map(Arc::new);
        Ok(Slot {
            current: self.current.map(&mut one).transpose()?,
            previous: self
                .previous
                .into_iter()
                .map(&mut one)
                .collect::<io::Result<_>>()?,
            snapshots: self
                .snapshots
                .into_iter()
                .map(&mut one)
                .collect::<io::Result<_>>()?,
            gone: self.gone.map(&mut one).transpose()?,
            staged,
            lease: self.lease,
        })
    }
}

impl StoredBlob {
    fn of(blob: &Blob, packs: &mut Packs) -> io::Result<Self> {
        let Blob {
            kind,
            content,
            md5,
            headers,
            metadata,
            tags,
            tiering,
            created,
            modified,
            version,
            blocks,
            copy,
            sequence,
            rare,
        } = blob;
        let blocks = blocks.as_ref().map(|blocks| {
            let stored = blocks
                .iter()
                .map(|block| Ok((block.id.clone(), StoredContent::of(&block.content, packs)?)));
            stored.collect::<io::Result<_>>()
        });
        Ok(Self {
            kind: *kind,
            blocks: blocks.transpose()?,
            content: StoredContent::of(content, packs)?,
            md5: *md5,
            headers: Arc::clone(headers),
            metadata: Arc::clone(metadata),
            tags: Arc::clone(tags),
            tiering: *tiering,
            created: *created,
            modified: *modified,
            version: *version,
            copy: copy.clone(),
            sequence: *sequence,
            rare: rare.clone(),
        })
    }

    fn into_blob(self, from: &mut Reader) -> io::Result<Blob> {
        let blocks = self.blocks.map(|blocks| {
            let read = blocks.into_iter().map(|(id, content)| {
                let content = content.read(from)?;
                Ok(Block { id, content })
            });
            read.collect::<io::Result<_>>().map(Arc::new)
        });
        Ok(Blob {
            kind: self.kind,
            blocks: blocks.transpose()?,
            content: self.content.read(from)?,
            md5: self.md5,
            headers: from.headers.one(self.headers),
            metadata: from.names_and_values.one(self.metadata),
            tags: from.names_and_values.one(self.tags),
            tiering: self.tiering,
            created: self.created,
            modified: self.modified,
            version: self.version,
            copy: self.copy,
            sequence: self.sequence,
            rare: self.rare,
        })
    }
}

/// Bytes, by the ranges of their pieces.
#[derive(Serialize, Deserialize)]
struct StoredContent(Vec<Stretch>);

/// A piece's place and length, and which part of it; none: all of it.
#[derive(Serialize, Deserialize)]
struct Stretch(PackPlace, usize, #[serde(default)] Option<Range<usize>>);

impl StoredContent {
    fn of(content: &Content, packs: &mut Packs) -> io::Result<Self> {
        let stretches = content.segments().iter().map(|Segment { piece, range }| {
            let length = piece.bytes().len();
            let part = (range.len() < length).then(|| range.clone());
            Ok(Stretch(packs.store(piece)?, length, part))
        });
        Ok(Self(stretches.collect::<io::Result<_>>()?))
    }

    fn read(self, from: &mut Reader) -> io::Result<Arc<Content>> {
        let whole = match self.0.as_slice() {
            [] => return Ok(Arc::default()),
            [Stretch(place, _, None)] => Some(*place),
            _ => None,
        };
        if let Some(known) = whole.and_then(|place| from.contents.get(&place)) {
            return Ok(Arc::clone(known));
        }
        let segments = self.0.into_iter().map(|Stretch(place, length, part)| {
            let piece = from.packs.piece(place, length)?;
            let range = part.unwrap_or(0..length);
            if range.start > range.end || range.end > length {
                return Err(io::Error::new(
                    io::ErrorKind::InvalidData,
                    format!("a part {range:?} of a piece of {length} bytes"),
                ));
            }
            Ok(Segment { piece, range })
        });
        let content = Content::of_segments(segments.collect::<io::Result<_>>()?);
        if let Some(place) = whole {
            from.contents.insert(place, Arc::clone(&content));
        }
        Ok(content)
    }
}
