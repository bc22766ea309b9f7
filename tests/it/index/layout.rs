//! The bytes of an index file, apart from the program: to find its parts, change them, and make check sums right.

use std::ops::Range;

use twox_hash::XxHash3_64;

/// Kinds of sections.
pub(super) const FILES: u32 = 1;
pub(super) const BLOCKS: u32 = 3;
pub(super) const POINTS: u32 = 4;
pub(super) const TEXTS: u32 = 5;
pub(super) const DATA: u32 = 6;

/// Sizes of the end, of a section and of records.
pub(super) const END: usize = 40;
const SECTION: usize = 32;
pub(super) const BLOCK: usize = 8 + 8 + 8 + 16 + 16 + COUNTS + 7 * 4 + 4;
const COUNTS: usize = (10 + 6 + 4 + 1) * 8;
pub(super) const POINT: usize = 8 + 8 + 16;

/// Where the end has its fields.
const DECODERS: usize = 0;
const COUNT: usize = 4;
const OPTIONS: usize = 8;
const CHECK: usize = 16;
pub(super) const VERSION: usize = 24;
pub(super) const RESERVED: usize = 28;

/// The bytes of an index.
#[derive(Clone)]
pub(super) struct Index(pub(super) Vec<u8>);

impl Index {
    pub(super) fn u32(&self, at: usize) -> u32 {
        u32::from_le_bytes(self.0[at..at + 4].try_into().unwrap())
    }

    pub(super) fn u64(&self, at: usize) -> u64 {
        u64::from_le_bytes(self.0[at..at + 8].try_into().unwrap())
    }

    pub(super) fn set(&mut self, at: usize, bytes: &[u8]) {
        self.0[at..at + bytes.len()].copy_from_slice(bytes);
    }

    /// Where the end begins.
    pub(super) fn end(&self) -> usize {
        self.0.len() - END
    }

    /// The table of sections.
    pub(super) fn table(&self) -> Range<usize> {
        self.end() - SECTION * self.u32(self.end() + COUNT) as usize..self.end()
    }

    /// The bytes of a section.
    pub(super) fn section(&self, kind: u32) -> Range<usize> {
        let at = self.table().step_by(SECTION).find(|&at| self.u32(at) == kind).unwrap();
        let start = self.u64(at + 8) as usize;
        start..start + self.u64(at + 16) as usize
    }

    /// Where the end says which decoders and options the rows are of.
    pub(super) fn key(&self) -> [Range<usize>; 2] {
        let end = self.end();
        [end + DECODERS..end + DECODERS + 4, end + OPTIONS..end + OPTIONS + 8]
    }

    /// Spans of `DATA`, in records.
    fn data_spans(&self) -> Vec<usize> {
        let blocks = self.section(BLOCKS).step_by(BLOCK).map(|at| at + 40);
        let points = self.section(POINTS).step_by(POINT).map(|at| at + 16);
        blocks.chain(points).collect()
    }

    /// Makes the check sums of signatures and histories right, as far as they are there.
    pub(super) fn check_data(&mut self) {
        let data = self.section(DATA);
        for span in self.data_spans() {
            let (offset, length) = (self.u64(span), u64::from(self.u32(span + 8)));
            let start = (data.start as u64).checked_add(offset);
            let range = start.and_then(|start| Some(start..start.checked_add(length)?));
            let Some(range) = range.filter(|range| range.end <= data.end as u64) else { continue };
            let hash = XxHash3_64::oneshot(&self.0[range.start as usize..range.end as usize]);
            self.set(span + 12, &(hash as u32).to_le_bytes());
        }
    }

    /// Makes the check sums of sections right, as far as they are there.
    pub(super) fn check_sections(&mut self) {
        for at in self.table().step_by(SECTION) {
            let (kind, start, length) = (self.u32(at), self.u64(at + 8), self.u64(at + 16));
            let end = start.checked_add(length).filter(|&end| end <= self.0.len() as u64);
            let (Some(end), true) = (end, kind != DATA) else { continue };
            let hash = XxHash3_64::oneshot(&self.0[start as usize..end as usize]);
            self.set(at + 24, &hash.to_le_bytes());
        }
    }

    /// Makes the check sum of the table and the end right.
    pub(super) fn check_end(&mut self) {
        let end = self.end();
        let seed = self.u64(end + OPTIONS)
            ^ u64::from(self.u32(end + DECODERS)) << 32
            ^ u64::from(self.u32(end + COUNT));
        let hash = XxHash3_64::oneshot_with_seed(seed, &self.0[self.table()]);
        self.set(end + CHECK, &hash.to_le_bytes());
    }
}
