//! Files of records, one JSON text a line, without a name: they vanish with the process, also when it is killed.

use serde::{Serialize, de::DeserializeOwned};
use std::{
    fs::File,
    io::{self, BufRead, BufReader, BufWriter, Read, Write},
    marker::PhantomData,
    os::unix::fs::FileExt,
    path::Path,
    sync::Arc,
};

const BUFFER_BYTES: usize = 32 * 1024;

/// A finished file.
#[derive(Debug)]
pub(super) struct SpoolFile(File);

/// A file being written.
#[derive(Debug)]
pub(super) struct Writer(BufWriter<File>);

impl Writer {
    pub(super) fn create(dir: &Path) -> io::Result<Self> {
        std::fs::create_dir_all(dir)?;
        Ok(Self(BufWriter::with_capacity(
            BUFFER_BYTES,
            tempfile::tempfile_in(dir)?,
        )))
    }

    pub(super) fn write<T: Serialize>(&mut self, item: &T) -> io::Result<()> {
        serde_json::to_writer(&mut self.0, item)?;
        self.0.write_all(b"\n")
    }

    pub(super) fn finish(self) -> io::Result<SpoolFile> {
        Ok(SpoolFile(
            self.0.into_inner().map_err(io::IntoInnerError::into_error)?,
        ))
    }
}

/// Reads by position, so that several readers share one file.
#[derive(Debug)]
struct Cursor {
    file: Arc<SpoolFile>,
    at: u64,
}

impl Read for Cursor {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.file.0.read_at(buffer, self.at)?;
        self.at += n as u64;
        Ok(n)
    }
}

/// The records of a file, in the order in which they were written.
#[derive(Debug)]
pub(super) struct Records<T> {
    reader: BufReader<Cursor>,
    line: Vec<u8>,
    item: PhantomData<fn() -> T>,
}

impl<T> Records<T> {
    pub(super) fn new(file: Arc<SpoolFile>) -> Self {
        let reader = BufReader::with_capacity(BUFFER_BYTES, Cursor { file, at: 0 });
        Self {
            reader,
            line: Vec::new(),
            item: PhantomData,
        }
    }
}

impl<T: DeserializeOwned> Iterator for Records<T> {
    type Item = io::Result<T>;
    fn next(&mut self) -> Option<Self::Item> {
        self.line.clear();
        match self.reader.read_until(b'\n', &mut self.line) {
            Ok(0) => None,
            Ok(_) => Some(serde_json::from_slice(&self.line).map_err(io::Error::from)),
            Err(e) => Some(Err(e)),
        }
    }
}
