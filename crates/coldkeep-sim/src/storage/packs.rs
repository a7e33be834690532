//! Packs: files that hold the bytes of blobs, each piece once, one behind the other. What is in one is never changed.

use super::{
    content::Piece,
    files::{at, create, private},
};
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, HashMap, hash_map::Entry},
    fs::{self, File},
    io::{self, BufWriter, Seek as _, SeekFrom, Write as _},
    os::unix::fs::FileExt as _,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

/// A pack of this size gets no more pieces.
const PACK_BYTES: u64 = 64 << 20;
/// How much of a pack is read at once.
const WINDOW_BYTES: usize = 256 << 10;
/// Below this, space that nothing needs any more is not worth rewriting everything.
const DEAD_BYTES: u64 = 1 << 20;

/// A pack's number, from 1, and how far into it. In JSON `[pack, offset]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct PackPlace(u32, u32);

/// Where a piece is held, if it is.
#[derive(Debug, Default)]
pub(crate) struct Kept(AtomicU64);

impl Kept {
    fn at(place: PackPlace) -> Self {
        let kept = Self::default();
        kept.set(Some(place));
        kept
    }

    fn place(&self) -> Option<PackPlace> {
        let bits = self.0.load(Ordering::Relaxed);
        let place = PackPlace(u32::try_from(bits >> 32).ok()?, bits as u32);
        (place.0 > 0).then_some(place)
    }

    fn set(&self, place: Option<PackPlace>) {
        let bits = place.map_or(0, |place| u64::from(place.0) << 32 | u64::from(place.1));
        self.0.store(bits, Ordering::Relaxed);
    }
}

/// The number of valid bytes of each pack. The bytes behind them are left over from a save that failed.
pub(crate) type Sizes = BTreeMap<u32, u64>;

/// Writes pieces.
#[derive(Debug)]
pub(crate) struct Packs {
    folder: PathBuf,
    /// As the last save left them.
    sizes: Sizes,
    /// The pack that is written to, and how far it reaches by now.
    open: Option<(u32, BufWriter<File>, u64)>,
    /// The next pack's number; those of failed saves are not used again.
    next: u32,
    /// A pack that may still get pieces.
    unfilled: Option<u32>,
    /// The packs that the save under way has written to, with their lengths before it; new ones have none.
    touched: Vec<(u32, Option<u64>)>,
}

impl Packs {
    pub(crate) fn new(folder: PathBuf, sizes: Sizes) -> Self {
        let last = sizes.last_key_value().map(|(number, size)| (*number, *size));
        Self {
            folder,
            open: None,
            next: last.map_or(1, |(number, _)| number + 1),
            unfilled: last
                .filter(|(_, size)| *size < PACK_BYTES)
                .map(|(number, _)| number),
            sizes,
            touched: vec![],
        }
    }

    /// Writes a piece unless a pack holds it already; returns its place.
    pub(crate) fn store(&mut self, piece: &Piece) -> io::Result<PackPlace> {
        if let Some(place) = piece.kept.place().filter(|place| self.holds(*place)) {
            return Ok(place);
        }
        if self.open.as_ref().is_some_and(|(.., size)| *size >= PACK_BYTES) {
            self.close()?;
        }
        let open = match self.open.take() {
            Some(open) => open,
            None => self.begin()?,
        };
        let (number, file, size) = self.open.insert(open);
        file.write_all(piece.bytes())?;
        // An open pack is shorter than `PACK_BYTES`.
        let place = PackPlace(*number, u32::try_from(*size).unwrap_or(u32::MAX));
        *size += piece.bytes().len() as u64;
        piece.kept.set(Some(place));
        Ok(place)
    }

    /// Opens a pack that is not full, to continue behind what counts of it, or begins a new one.
    fn begin(&mut self) -> io::Result<(u32, BufWriter<File>, u64)> {
        if let Some(number) = self.unfilled.take() {
            let size = self.sizes.get(&number).copied().unwrap_or_default();
            self.touched.push((number, Some(size)));
            let path = self.folder.join(name_of(number));
            let mut file = private().write(true).open(path)?;
            file.set_len(size)?;
            file.seek(SeekFrom::Start(size))?;
            return Ok((number, BufWriter::new(file), size));
        }
        let number = self.next;
        self.next += 1;
        self.touched.push((number, None));
        let file = create(&self.folder.join(name_of(number)))?;
        Ok((number, BufWriter::new(file), 0))
    }

    /// Whether a place counts: in what earlier saves left, or written by this one.
    fn holds(&self, place: PackPlace) -> bool {
        let written = self.open.as_ref().filter(|(number, ..)| *number == place.0);
        let size = written
            .map(|(.., size)| size)
            .or_else(|| self.sizes.get(&place.0));
        size.is_some_and(|size| u64::from(place.1) < *size)
    }

    fn close(&mut self) -> io::Result<()> {
        let Some((number, mut file, size)) = self.open.take() else {
            return Ok(());
        };
        file.flush()?;
        file.get_ref().sync_data()?;
        self.sizes.insert(number, size);
        self.unfilled = (size < PACK_BYTES).then_some(number);
        Ok(())
    }

    /// Ends a save: everything is on the disk then. Answers the packs that count.
    pub(crate) fn finish(&mut self) -> io::Result<&Sizes> {
        self.close()?;
        Ok(&self.sizes)
    }

    /// After a save that is in force.
    pub(crate) fn commit(&mut self) {
        self.touched.clear();
    }

    /// After a save that failed: nothing that it wrote counts, its space is given back, and nothing is ever written in the
    /// same places. `sizes` are those before it.
    pub(crate) fn give_up(&mut self, sizes: Sizes) {
        self.open = None;
        self.unfilled = None;
        self.sizes = sizes;
        for (number, before) in self.touched.drain(..) {
            let path = self.folder.join(name_of(number));
            // What cannot be taken back only takes space.
            let _ = match before {
                None => fs::remove_file(path),
                Some(size) => private()
                    .write(true)
                    .open(path)
                    .and_then(|file| file.set_len(size)),
            };
        }
    }

    pub(crate) fn sizes(&self) -> &Sizes {
        &self.sizes
    }
}

/// `000001.pack`
pub(crate) fn name_of(number: u32) -> String {
    format!("{number:06}.pack")
}

/// The part of a pack that was read last: pieces are mostly asked for in their order.
#[derive(Debug, Default)]
struct Window {
    pack: u32,
    start: usize,
    bytes: Vec<u8>,
}

impl Window {
    fn bytes(&self, PackPlace(pack, offset): PackPlace, length: usize) -> Option<&[u8]> {
        let from = (offset as usize).checked_sub(self.start)?;
        let found = self.bytes.get(from..from.checked_add(length)?);
        found.filter(|_| pack == self.pack)
    }

    /// Begins at that place, and reads as much of its length as there is.
    fn move_to(&mut self, PackPlace(pack, offset): PackPlace, file: &File) -> io::Result<()> {
        (self.pack, self.start) = (pack, offset as usize);
        self.bytes.resize(WINDOW_BYTES, 0);
        let mut filled = 0;
        while let Some(rest) = self.bytes.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            match file.read_at(rest, u64::from(offset) + filled as u64)? {
                0 => break,
                read => filled += read,
            }
        }
        self.bytes.truncate(filled);
        Ok(())
    }
}

/// Reads pieces. What several blobs share is read once, and shared again.
#[derive(Debug)]
pub(crate) struct PackReader {
    folder: PathBuf,
    sizes: Sizes,
    files: HashMap<u32, File>,
    window: Window,
    pieces: HashMap<PackPlace, Arc<Piece>>,
}

impl PackReader {
    pub(crate) fn new(folder: PathBuf, sizes: Sizes) -> Self {
        Self {
            folder,
            sizes,
            files: HashMap::new(),
            window: Window::default(),
            pieces: HashMap::new(),
        }
    }

    /// The piece of that length at that place.
    pub(crate) fn piece(&mut self, place: PackPlace, length: usize) -> io::Result<Arc<Piece>> {
        if let Some(piece) = self
            .pieces
            .get(&place)
            .filter(|piece| piece.bytes().len() == length)
        {
            return Ok(Arc::clone(piece));
        }
        let PackPlace(number, offset) = place;
        let path = self.folder.join(name_of(number));
        let size = self.sizes.get(&number).copied().unwrap_or_default();
        if u64::from(offset).saturating_add(length as u64) > size {
            return Err(at(
                &path,
                "a blob's bytes are named there, but it does not hold them",
            ));
        }
        let bytes = self.read(place, length).map_err(|e| at(&path, e))?;
        let piece = Piece::new(bytes, Kept::at(place));
        self.pieces.insert(place, Arc::clone(&piece));
        Ok(piece)
    }

    fn read(&mut self, place: PackPlace, length: usize) -> io::Result<Bytes> {
        let PackPlace(number, offset) = place;
        if let Some(bytes) = self.window.bytes(place, length) {
            return Ok(Bytes::copy_from_slice(bytes));
        }
        let file = match self.files.entry(number) {
            Entry::Occupied(open) => open.into_mut(),
            Entry::Vacant(free) => free.insert(File::open(self.folder.join(name_of(number)))?),
        };
        if length > WINDOW_BYTES {
            let mut bytes = vec![0; length];
            file.read_exact_at(&mut bytes, offset.into())?;
            return Ok(bytes.into());
        }
        self.window.move_to(place, file)?;
        let bytes = self.window.bytes(place, length);
        bytes
            .map(Bytes::copy_from_slice)
            .ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
    }

    /// What to continue writing with, and whether everything has to be rewritten, since most of what the packs hold
    /// is needed by nothing any more.
    pub(crate) fn finish(self) -> (Packs, bool) {
        let mut live: Sizes = BTreeMap::new();
        for (PackPlace(number, _), piece) in &self.pieces {
            *live.entry(*number).or_default() += piece.bytes().len() as u64;
        }
        let (held, needed): (u64, u64) = (self.sizes.values().sum(), live.values().sum());
        let dead = held.saturating_sub(needed);
        let rewrite = dead > needed && dead > DEAD_BYTES;
        let mut packs = Packs::new(self.folder, self.sizes);
        if rewrite {
            self.pieces.values().for_each(|piece| piece.kept.set(None));
            packs.give_up(Sizes::new());
        }
        packs.sizes.retain(|number, _| live.contains_key(number));
        packs.unfilled.take_if(|number| !packs.sizes.contains_key(number));
        (packs, rewrite)
    }
}

/// Deletes the packs that no longer count.
pub(crate) fn sweep(folder: &Path, sizes: &Sizes) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name();
        let number = name.to_str().and_then(|n| n.strip_suffix(".pack")?.parse().ok());
        if number.is_some_and(|number: u32| !sizes.contains_key(&number)) {
            fs::remove_file(folder.join(name))?;
        }
    }
    Ok(())
}
