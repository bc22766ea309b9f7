//! An index file that is written: data as it comes, records at the end.

use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use twox_hash::XxHash3_64;
use zerocopy::{Immutable, IntoBytes};

use super::file::{IndexFile, Key, check_of};
use super::layout::{
    BLOCKS, BlockRecord, CountsRecord, DATA, ENTRIES, End, EntryRecord, FILES, FileRecord,
    HAS_LOCAL, LISTED, LOCAL, MAGIC, POINTS, PointRecord, RANDOM, Run, Section, Span, StampRecord,
    TEXTS, VERSION, WHOLE,
};
use super::signature::Signature;
use crate::error::{Error, Location, Result};
use crate::sink::output::{BUFFER, Output};
use crate::source::AccessPoint;
use crate::table::TextPart;

/// What to do if an index cannot be written.
const HINT: &str = "--index-dir DIR writes indexes elsewhere";

/// A block that goes into an index.
#[derive(Debug, Clone)]
pub(super) struct BlockDraft {
    pub(super) part: TextPart,
    pub(super) counts: CountsRecord,
    pub(super) texts: [u32; 7],
    pub(super) signature: Vec<u8>,
}

/// What is known of an entry once it was read.
#[derive(Debug, Clone, Default)]
pub(super) struct EntryDraft {
    /// The hash of its names.
    pub(super) name: u64,
    pub(super) stored: u64,
    /// With what it was recognised by.
    pub(super) format: String,
    /// Its file was listed as its entries.
    pub(super) is_listed: bool,
    /// A hash of the zone of times without one.
    pub(super) zone: u32,
    /// It was read to its end without an error.
    pub(super) is_whole: bool,
    /// Blocks in its middle can be read.
    pub(super) is_random: bool,
    pub(super) points: Vec<AccessPoint>,
    /// Its blocks, as they are written.
    pub(super) blocks: Vec<BlockRecord>,
}

/// Writes an index file, which appears whole or not at all.
pub(super) struct Writer {
    output: Output,
    out: BufWriter<Box<dyn Write + Send>>,
    /// Bytes of data so far.
    data: u64,
    texts: Vec<u8>,
    files: Vec<FileRecord>,
    entries: Vec<EntryRecord>,
    blocks: Vec<BlockRecord>,
    points: Vec<PointRecord>,
}

impl Writer {
    /// Begins a file.
    ///
    /// # Errors
    /// The output's.
    pub(super) fn create(path: &Path) -> Result<Self> {
        // A folder of indexes is made when it is needed.
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            let location = || Location::bundle(folder.to_string_lossy());
            fs::create_dir_all(folder)
                .map_err(|e| Error::io("cannot make the folder", location(), e).with_hint(HINT))?;
        }
        let output = Output::create(path).map_err(|e| e.with_hint(HINT))?;
        let mut out = BufWriter::with_capacity(BUFFER, output.writer()?);
        // At once: what is left by a process that is killed shows what it is.
        out.write_all(&MAGIC).and_then(|()| out.flush()).map_err(|e| output.error(e))?;
        Ok(Self {
            output,
            out,
            data: 0,
            texts: Vec::new(),
            files: Vec::new(),
            entries: Vec::new(),
            blocks: Vec::new(),
            points: Vec::new(),
        })
    }

    /// Writes the data of a block.
    pub(super) fn block(&mut self, block: &BlockDraft) -> io::Result<BlockRecord> {
        let signature = self.signature(&block.signature)?;
        let part = &block.part;
        Ok(BlockRecord {
            offset: part.offset.into(),
            length: part.length.into(),
            first_line: part.first_line.into(),
            context: self.text(&part.context),
            signature,
            counts: block.counts,
            texts: block.texts.map(Into::into),
            flags: u32::from(part.is_last).into(),
        })
    }

    /// Adds a file with all of its entries.
    pub(super) fn file(
        &mut self,
        path: &str,
        stamp: StampRecord,
        entries: Vec<EntryDraft>,
    ) -> io::Result<()> {
        let first = self.entries.len();
        for entry in entries {
            let blocks = run(self.blocks.len(), entry.blocks.len());
            self.blocks.extend(&entry.blocks);
            let points = run(self.points.len(), entry.points.len());
            for point in &entry.points {
                let history = self.data(&point.history)?;
                let (text, bit) = (point.text.into(), point.bit.into());
                self.points.push(PointRecord { text, bit, history });
            }
            let whole = if entry.is_whole { WHOLE } else { 0 };
            let random = if entry.is_random { RANDOM } else { 0 };
            let is_local =
                entry.blocks.iter().any(|block| block.counts.flags.get() & HAS_LOCAL != 0);
            let (local, zone) = if is_local { (LOCAL, entry.zone) } else { (0, 0) };
            let listed = if entry.is_listed { LISTED } else { 0 };
            let format = self.text(entry.format.as_bytes());
            self.entries.push(EntryRecord {
                name: entry.name.into(),
                stored: entry.stored.into(),
                format,
                blocks,
                points,
                flags: (whole | random | local | listed).into(),
                zone: zone.into(),
            });
        }
        let entries = run(first, self.entries.len() - first);
        let path = self.text(path.as_bytes());
        self.files.push(FileRecord { path, stamp, entries });
        Ok(())
    }

    /// Adds a file of another index, as it is there; not if what it has is damaged.
    pub(super) fn copy(&mut self, from: &IndexFile, file: &FileRecord) -> io::Result<()> {
        let Some(records) = from.entries(file) else { return Ok(()) };
        let mut entries = Vec::new();
        for record in records {
            let mut draft = EntryDraft {
                name: record.name.get(),
                stored: record.stored.get(),
                format: String::from_utf8_lossy(from.text(&record.format)).into_owned(),
                is_whole: record.flags.get() & WHOLE != 0,
                is_random: record.flags.get() & RANDOM != 0,
                zone: record.zone.get(),
                is_listed: record.flags.get() & LISTED != 0,
                ..EntryDraft::default()
            };
            for block in from.blocks(record) {
                let whole = from.signature(&block.signature).filter(Signature::is_whole);
                let Some(signature) = whole else { return Ok(()) };
                let signature = self.signature(signature.bytes())?;
                let context = self.text(from.text(&block.context));
                draft.blocks.push(BlockRecord { signature, context, ..*block });
            }
            for point in from.points(record) {
                let Some(history) = from.history(&point.history) else { return Ok(()) };
                let (text, bit) = (point.text.get(), point.bit.get());
                draft.points.push(AccessPoint { text, bit, history: history.to_vec() });
            }
            entries.push(draft);
        }
        let path = String::from_utf8_lossy(from.text(&file.path)).into_owned();
        self.file(&path, file.stamp, entries)
    }

    /// Completes the file and gives it its name; returns its size in bytes.
    ///
    /// # Errors
    /// The output's.
    pub(super) fn finish(mut self, key: Key) -> Result<u64> {
        let size = self.end(key).map_err(|e| self.output.error(e))?;
        let Self { output, out, .. } = self;
        drop(out);
        output.commit()?;
        Ok(size)
    }

    fn end(&mut self, key: Key) -> io::Result<u64> {
        let mut at = MAGIC.len() as u64;
        let mut table = vec![section(DATA, at, self.data, 0)];
        at += self.data;
        let sections: [(u32, &[u8]); 5] = [
            (FILES, bytes_of(&self.files)),
            (ENTRIES, bytes_of(&self.entries)),
            (BLOCKS, bytes_of(&self.blocks)),
            (POINTS, bytes_of(&self.points)),
            (TEXTS, &self.texts),
        ];
        for (kind, bytes) in sections {
            self.out.write_all(bytes)?;
            table.push(section(kind, at, bytes.len() as u64, XxHash3_64::oneshot(bytes)));
            at += bytes.len() as u64;
        }
        let mut end = End {
            decoders: key.decoders.into(),
            sections: (table.len() as u32).into(),
            options: key.options.into(),
            check: 0.into(),
            version: VERSION.into(),
            reserved: 0.into(),
            magic: MAGIC,
        };
        end.check = check_of(bytes_of(&table), &end).into();
        self.out.write_all(bytes_of(&table))?;
        self.out.write_all(end.as_bytes())?;
        self.out.flush()?;
        Ok(at + (size_of::<Section>() * table.len() + size_of::<End>()) as u64)
    }

    fn text(&mut self, bytes: &[u8]) -> Span {
        let offset = self.texts.len() as u64;
        self.texts.extend_from_slice(bytes);
        Span { offset: offset.into(), length: (bytes.len() as u32).into(), check: 0.into() }
    }

    fn signature(&mut self, bytes: &[u8]) -> io::Result<Span> {
        let span = self.data(bytes)?;
        let head = Signature::of(bytes).map_or(bytes, |signature| signature.head());
        Ok(Span { check: (XxHash3_64::oneshot(head) as u32).into(), ..span })
    }

    fn data(&mut self, bytes: &[u8]) -> io::Result<Span> {
        self.out.write_all(bytes)?;
        let offset = self.data;
        self.data += bytes.len() as u64;
        let check = (XxHash3_64::oneshot(bytes) as u32).into();
        Ok(Span { offset: offset.into(), length: (bytes.len() as u32).into(), check })
    }
}

fn run(first: usize, count: usize) -> Run {
    Run { first: (first as u32).into(), count: (count as u32).into() }
}

fn section(kind: u32, offset: u64, length: u64, check: u64) -> Section {
    Section {
        kind: kind.into(),
        reserved: 0.into(),
        offset: offset.into(),
        length: length.into(),
        check: check.into(),
    }
}

fn bytes_of<T: IntoBytes + Immutable>(records: &[T]) -> &[u8] {
    records.as_bytes()
}
