//! Column chunks of few different values in any order: a dictionary, and a code for each value.
//!
//! Whether values are few is judged from the first ones and again whenever there are twice as many, so that a
//! column of random ids costs little more than without the question.

use arrow::array::AsArray;
use arrow::datatypes::{Float64Type, Int64Type};
use parquet::basic::Encoding;
use parquet::column::writer::ColumnCloseResult;
use parquet::errors::Result;
use parquet::schema::types::ColumnDescPtr;

use super::bounds::{Bound, Double, statistics};
use super::chunk::{ChunkWriter, Scratch, column_index};
use super::coder::{Coded, Coder};
use super::dictionary::WORTH_COMPRESSING;
use super::part::{Part, pages};
use super::rle::put_codes;

/// A value as a dictionary has it.
pub(super) trait Entry: Coded {
    type Bound: Bound;

    /// As the order of the format has it.
    fn bound(self) -> Self::Bound;

    /// Appends it as in a dictionary page (`PLAIN`).
    fn put(self, out: &mut Vec<u8>);
}

impl Entry for &str {
    type Bound = Self;

    fn bound(self) -> Self {
        self
    }

    fn put(self, out: &mut Vec<u8>) {
        out.extend_from_slice(&(self.len() as u32).to_le_bytes());
        out.extend_from_slice(self.as_bytes());
    }
}

/// An integer, by its bits.
#[derive(Clone, Copy, PartialEq)]
pub(super) struct Integer(i64);

/// A double, by its bits: 0.0 and -0.0 are two.
#[derive(Clone, Copy, PartialEq)]
pub(super) struct Bits(u64);

impl Coded for Integer {
    fn hash(self) -> u64 {
        (self.0 as u64).hash()
    }
}

impl Coded for Bits {
    fn hash(self) -> u64 {
        self.0.hash()
    }
}

impl Entry for Integer {
    type Bound = i64;

    fn bound(self) -> i64 {
        self.0
    }

    fn put(self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.0.to_le_bytes());
    }
}

impl Entry for Bits {
    type Bound = Double;

    fn bound(self) -> Double {
        f64::from_bits(self.0).into()
    }

    fn put(self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.0.to_le_bytes());
    }
}

/// Encodes text; `None` if the values are too many.
pub(super) fn encode_text(
    parts: &[Part],
    descriptor: &ColumnDescPtr,
    scratch: &mut Scratch,
    out: &mut Vec<u8>,
) -> Result<Option<ColumnCloseResult>> {
    encode(parts, are_few, descriptor, scratch, out, |part, codes| {
        let texts = part.array.as_string_opt::<i32>()?;
        part.try_valid(|mut rows| rows.try_for_each(|row| codes.push(texts.value(row))))
    })
}

/// Encodes integers; `None` if the values are too many, or if they ascend: differences are smaller then.
pub(super) fn encode_integers(
    parts: &[Part],
    descriptor: &ColumnDescPtr,
    scratch: &mut Scratch,
    out: &mut Vec<u8>,
) -> Result<Option<ColumnCloseResult>> {
    if ascend(parts) {
        return Ok(None);
    }
    // Differences of integers are short as well: only half as many values are few.
    encode(parts, are_half, descriptor, scratch, out, |part, codes| {
        let numbers = part.array.as_primitive_opt::<Int64Type>()?.values();
        part.try_valid(|rows| numbers[rows].iter().try_for_each(|n| codes.push(Integer(*n))))
    })
}

/// Encodes doubles; `None` if the values are too many.
pub(super) fn encode_doubles(
    parts: &[Part],
    descriptor: &ColumnDescPtr,
    scratch: &mut Scratch,
    out: &mut Vec<u8>,
) -> Result<Option<ColumnCloseResult>> {
    encode(parts, are_few, descriptor, scratch, out, |part, codes| {
        let numbers = part.array.as_primitive_opt::<Float64Type>()?.values();
        part.try_valid(|rows| numbers[rows].iter().try_for_each(|n| codes.push(Bits(n.to_bits()))))
    })
}

/// Whether the first integers never fall.
fn ascend(parts: &[Part]) -> bool {
    let (mut last, mut left) = (i64::MIN, FIRST);
    let mut rises = |rows: &[i64]| {
        let first = &rows[..rows.len().min(left)];
        left -= first.len();
        first.iter().all(|&number| std::mem::replace(&mut last, number) <= number)
    };
    parts.iter().all(|part| match part.array.as_primitive_opt::<Int64Type>() {
        Some(numbers) => {
            part.try_valid(|rows| rises(&numbers.values()[rows]).then_some(())).is_some()
        }
        None => false,
    })
}

/// Values after which they are judged for the first time.
const FIRST: usize = 4096;

/// More values than this are left to other encodings. Codes have at most 16 bits then.
const MAX_VALUES: usize = 1 << 16;

/// Bytes of a dictionary page, about: a reader has all of it in memory.
const MAX_BYTES: usize = 2 << 20;

/// Whether `values` different ones are few among the first `rows`.
type Few = fn(values: usize, rows: usize) -> bool;

/// No more than if there were 40,000 values in all, drawn with equal chance: a dictionary of 40,000 makes a
/// chunk smaller still.
fn are_few(values: usize, rows: usize) -> bool {
    const ALL: u64 = 40_000;
    let (values, rows) = (values as u64, rows as u64);
    // Of n rows, n - ALL (1 - exp(-n / ALL)) have a value from before: about n^2 / (2 ALL + 0.7 n).
    (rows - values) * (20 * ALL + 7 * rows) >= 10 * rows * rows
}

/// No more than one in two rows.
fn are_half(values: usize, rows: usize) -> bool {
    values * 2 <= rows
}

/// The codes of a chunk while they are made.
struct Codes<'t, V> {
    coder: Coder<'t, V>,
    codes: &'t mut Vec<u32>,
    /// The value before.
    last: Option<(V, u32)>,
    few: Few,
    /// Codes after which the values are judged again.
    judged_at: usize,
}

impl<V: Entry> Codes<'_, V> {
    /// Adds a value; `None` if they are too many.
    #[inline]
    fn push(&mut self, value: V) -> Option<()> {
        let code = match self.last {
            Some((last, code)) if last == value => code,
            _ => self.coder.code(value)?,
        };
        self.last = Some((value, code));
        self.codes.push(code);
        if self.codes.len() < self.judged_at {
            return Some(());
        }
        // By the number of values alone, so that the same rows are always encoded in the same way.
        self.judged_at *= 2;
        self.are(self.few).then_some(())
    }

    fn are(&self, few: Few) -> bool {
        let values = self.coder.values.len();
        values <= MAX_VALUES && few(values, self.codes.len())
    }
}

/// Encodes the values that `each` gives of each part; `None` if they are too many.
fn encode<'a, V: Entry + 'a>(
    parts: &'a [Part],
    few: Few,
    descriptor: &ColumnDescPtr,
    scratch: &mut Scratch,
    out: &mut Vec<u8>,
    each: impl Fn(&'a Part, &mut Codes<'_, V>) -> Option<()>,
) -> Result<Option<ColumnCloseResult>> {
    scratch.codes.clear();
    let mut codes = Codes {
        coder: Coder::new(&mut scratch.slots),
        codes: &mut scratch.codes,
        last: None,
        few,
        judged_at: FIRST,
    };
    let fits = parts.iter().try_for_each(|part| each(part, &mut codes));
    if fits.is_none() || !codes.are(are_half) {
        return Ok(None);
    }
    let values = codes.coder.values;
    scratch.page.clear();
    values.iter().for_each(|value| value.put(&mut scratch.page));
    if scratch.page.len() > MAX_BYTES {
        return Ok(None);
    }
    put_chunk(parts, &values, descriptor, scratch, out).map(Some)
}

/// Writes the chunk: the dictionary is in the scratch's page, the codes in its codes.
fn put_chunk<V: Entry>(
    parts: &[Part],
    values: &[V],
    descriptor: &ColumnDescPtr,
    scratch: &mut Scratch,
    out: &mut Vec<u8>,
) -> Result<ColumnCloseResult> {
    let Scratch { page, codes, levels, codec, .. } = scratch;
    // All pages are built before the first is written: the size of the whole decides on compression.
    let dictionary = page.len();
    // Enough bits for the largest code, and at least one, as a width of 0 is not read by all.
    let bits = (32 - (values.len() as u32 - 1).leading_zeros()).max(1);
    let ranks = Ranks::new(values);
    let (mut data, mut bounds) = (Vec::new(), Vec::new());
    let mut rest = &codes[..];
    for parts in pages(parts) {
        let start = page.len();
        levels.start(descriptor.max_def_level());
        parts.iter().for_each(|part| levels.push_part(part));
        levels.put(page)?;
        let count = parts.iter().map(Part::values).sum();
        let codes;
        (codes, rest) = rest.split_at(count);
        page.push(bits as u8);
        put_codes(codes, bits, page);
        bounds.push((ranks.ends(codes), levels.rows() - count));
        data.push((start..page.len(), levels.rows()));
    }
    let mut chunk = ChunkWriter::new(descriptor, codec, out);
    if page.len() < WORTH_COMPRESSING {
        chunk = chunk.uncompressed();
    }
    chunk.dictionary(&page[..dictionary], values.len())?;
    for (bytes, rows) in data {
        chunk.data(&page[bytes], Encoding::RLE_DICTIONARY, rows)?;
    }
    let index = column_index(&bounds, descriptor.physical_type())?;
    chunk.finish(Some(statistics(&bounds)), index)
}

/// The order of the values of a dictionary.
struct Ranks<'a, V> {
    values: &'a [V],
    /// For each code the rank of its value.
    ranks: Vec<u32>,
    /// For each rank its code.
    order: Vec<u32>,
}

impl<'a, V: Entry> Ranks<'a, V> {
    fn new(values: &'a [V]) -> Self {
        let mut order: Vec<u32> = (0..values.len() as u32).collect();
        order.sort_unstable_by_key(|&code| values[code as usize].bound());
        let mut ranks = vec![0; values.len()];
        (0..).zip(&order).for_each(|(rank, &code)| ranks[code as usize] = rank);
        Self { values, ranks, order }
    }

    /// The least and the greatest value of a page.
    fn ends(&self, codes: &[u32]) -> Option<(V::Bound, V::Bound)> {
        let ends = super::bounds::ends(codes.iter().map(|&code| self.ranks[code as usize]))?;
        let bound = |rank: u32| self.values[self.order[rank as usize] as usize].bound();
        Some((bound(ends.0), bound(ends.1)))
    }
}
