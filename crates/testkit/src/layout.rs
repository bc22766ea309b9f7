//! The bytes of an index file, apart from the library: to find its parts, change them, and make check sums right.
//! No bytes at all make any of this panic but where it says so.

use std::ops::Range;

use twox_hash::XxHash3_64;

/// Kinds of sections.
pub const FILES: u32 = 1;
pub const ENTRIES: u32 = 2;
pub const BLOCKS: u32 = 3;
pub const POINTS: u32 = 4;
pub const TEXTS: u32 = 5;
pub const DATA: u32 = 6;

/// The sizes of the end, of a section and of records.
pub const END: usize = 40;
const SECTION: usize = 32;
const COUNTS: usize = (10 + 6 + 4 + 1) * 8;
pub const BLOCK: usize = 8 + 8 + 8 + 16 + 16 + COUNTS + 7 * 4 + 4;
pub const POINT: usize = 8 + 8 + 16;

/// Where a block has its context, and where blocks and points have what is in `DATA`.
pub const CONTEXT: usize = 24;
const SIGNATURE: usize = 40;
const HISTORY: usize = 16;

/// Where the end has its fields.
const DECODERS: usize = 0;
const COUNT: usize = 4;
const OPTIONS: usize = 8;
const CHECK: usize = 16;
pub const VERSION: usize = 24;
pub const RESERVED: usize = 28;
const MAGIC: usize = 32;

/// The bytes of an index.
#[derive(Clone)]
pub struct Index(pub Vec<u8>);

impl Index {
    /// A number.
    ///
    /// # Panics
    /// There is none.
    pub fn u32(&self, at: usize) -> u32 {
        u32::from_le_bytes(*self.0[at..].first_chunk().expect("four bytes"))
    }

    /// A number.
    ///
    /// # Panics
    /// There is none.
    pub fn u64(&self, at: usize) -> u64 {
        u64::from_le_bytes(*self.0[at..].first_chunk().expect("eight bytes"))
    }

    /// Writes over bytes.
    ///
    /// # Panics
    /// There are none.
    pub fn set(&mut self, at: usize, bytes: &[u8]) {
        self.0[at..at + bytes.len()].copy_from_slice(bytes);
    }

    /// Where the end begins.
    ///
    /// # Panics
    /// There is none.
    pub fn end(&self) -> usize {
        self.0.len().checked_sub(END).expect("an end")
    }

    /// The table of sections, if it is there.
    pub fn table(&self) -> Option<Range<usize>> {
        let end = self.0.len().checked_sub(END)?;
        let length = SECTION.checked_mul(self.u32(end + COUNT) as usize)?;
        Some(end.checked_sub(length)?..end)
    }

    /// The sections of the table: kind and place, if that is there.
    fn sections(&self) -> Vec<(u32, Option<Range<usize>>)> {
        let at = self.table().unwrap_or_default().step_by(SECTION);
        at.map(|at| (self.u32(at), self.range(self.u64(at + 8), self.u64(at + 16)))).collect()
    }

    fn range(&self, start: u64, length: u64) -> Option<Range<usize>> {
        let end = start.checked_add(length).filter(|&end| end <= self.0.len() as u64)?;
        Some(start as usize..end as usize)
    }

    /// The bytes of a section, if they are there.
    pub fn section(&self, kind: u32) -> Option<Range<usize>> {
        self.sections().into_iter().find(|section| section.0 == kind)?.1
    }

    /// Where the end says which decoders and options the rows are of.
    ///
    /// # Panics
    /// There is no end.
    pub fn key(&self) -> [Range<usize>; 2] {
        let end = self.end();
        [end + DECODERS..end + DECODERS + 4, end + OPTIONS..end + OPTIONS + 8]
    }

    /// Makes the check sums of signatures and histories right, as far as they are there.
    pub fn check_data(&mut self) {
        let Some(data) = self.section(DATA) else { return };
        let spans = |kind, size: usize, at: usize| {
            let records = self.section(kind).unwrap_or_default();
            let whole = records.len() / size * size;
            (records.start..records.start + whole).step_by(size).map(move |record| record + at)
        };
        let signatures: Vec<usize> = spans(BLOCKS, BLOCK, SIGNATURE).collect();
        let histories: Vec<usize> = spans(POINTS, POINT, HISTORY).collect();
        for (is_signature, span) in signatures
            .into_iter()
            .map(|at| (true, at))
            .chain(histories.into_iter().map(|at| (false, at)))
        {
            let start = (data.start as u64).checked_add(self.u64(span));
            let range = start.and_then(|start| self.range(start, u64::from(self.u32(span + 8))));
            if let Some(mut range) = range.filter(|range| range.end <= data.end) {
                if is_signature {
                    range.end = self.check_sets(&range).unwrap_or(range.end);
                }
                let hash = XxHash3_64::oneshot(&self.0[range]) as u32;
                self.set(span + 12, &hash.to_le_bytes());
            }
        }
    }

    /// Makes the check sums right that are in the head of a signature; returns where that ends, if it has one.
    fn check_sets(&mut self, signature: &Range<usize>) -> Option<usize> {
        const CHUNK: usize = 1024;
        let size = |at: usize| {
            let byte = *self.0.get(at).filter(|_| at < signature.end)?;
            let (log2, eighths) = (byte >> 2, usize::from(byte & 3));
            (6..=21).contains(&log2).then(|| ((8 - eighths) << log2) / 64)
        };
        let length = size(signature.start)? + size(signature.start + 1)?;
        let checks = signature.start + 2;
        let head = checks + 4 * length.div_ceil(CHUNK);
        if head + length != signature.end {
            return None;
        }
        for chunk in 0..length.div_ceil(CHUNK) {
            let start = head + chunk * CHUNK;
            let bytes = &self.0[start..(start + CHUNK).min(signature.end)];
            let hash = XxHash3_64::oneshot(bytes) as u32;
            self.set(checks + 4 * chunk, &hash.to_le_bytes());
        }
        Some(head)
    }

    /// Makes the check sums of sections right, as far as they are there.
    pub fn check_sections(&mut self) {
        let Some(table) = self.table() else { return };
        for (at, (kind, range)) in table.step_by(SECTION).zip(self.sections()) {
            if let Some(range) = range.filter(|_| kind != DATA) {
                let hash = XxHash3_64::oneshot(&self.0[range]);
                self.set(at + 24, &hash.to_le_bytes());
            }
        }
    }

    /// Makes the check sum of the table and the end right.
    pub fn check_end(&mut self) {
        let Some(table) = self.table() else { return };
        let end = table.end;
        let seed = self.u64(end + OPTIONS)
            ^ u64::from(self.u32(end + DECODERS)) << 32
            ^ u64::from(self.u32(end + COUNT));
        let hash = XxHash3_64::oneshot_with_seed(seed, &self.0[table]);
        self.set(end + CHECK, &hash.to_le_bytes());
    }

    /// Makes of any bytes what is opened like a sound index: its beginning and end, and right check sums. Returns
    /// whether there are enough bytes.
    pub fn mend(&mut self, sound: &Self) -> bool {
        if self.0.len() < END + 8 {
            return false;
        }
        let (end, of) = (self.end(), sound.end());
        self.set(0, &sound.0[..8]);
        self.set(end + MAGIC, &sound.0[of + MAGIC..]);
        self.set(end + VERSION, &sound.0[of + VERSION..of + VERSION + 4]);
        for (own, other) in self.key().into_iter().zip(sound.key()) {
            self.set(own.start, &sound.0[other]);
        }
        self.check_data();
        self.check_sections();
        self.check_end();
        true
    }
}
