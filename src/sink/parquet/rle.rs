//! Parquet's hybrid of run-length encoding and bit packing, written from runs
//! (parquet-format, Encodings.md, "RLE/Bit-Packing Hybrid").
//!
//! Definition levels and the codes of a dictionary are written in it. A header's lowest bit says what
//! follows: 0 a value and how often it occurs, 1 groups of eight values in as many bits as the page has for
//! each.

/// Appends runs of equal values to a buffer.
pub(super) struct RunEncoder<'a> {
    out: &'a mut Vec<u8>,
    /// Bits per value.
    bits: u32,
    /// Values to be bit-packed: those of runs too short to be runs.
    packed: Vec<u32>,
}

/// A run this long is written as one, a shorter one bit-packed with its neighbours.
const RUN: usize = 8;

impl<'a> RunEncoder<'a> {
    /// Values are below 2^`bits`, of which there are 1 to 16.
    pub(super) fn new(out: &'a mut Vec<u8>, bits: u32) -> Self {
        Self { out, bits, packed: Vec::new() }
    }

    /// Adds `count` times `value`.
    pub(super) fn push(&mut self, value: u32, mut count: usize) {
        // A packed group has eight values, and padding may only be at the very end: anywhere else a reader
        // would take it for values. So the run gives what the last group lacks, and is a run only if enough
        // of it is left; otherwise all of it is packed.
        let lacks = (8 - self.packed.len() % 8) % 8;
        let fill = if count >= lacks + RUN || count < lacks { lacks.min(count) } else { count };
        self.packed.extend(std::iter::repeat_n(value, fill));
        count -= fill;
        if count >= RUN {
            self.flush_packed();
            put_run(value, count, self.bits, self.out);
        } else {
            self.packed.extend(std::iter::repeat_n(value, count));
        }
    }

    /// Writes what is still to be packed, padded to a group of eight; readers know how many values there are.
    pub(super) fn finish(mut self) {
        self.flush_packed();
    }

    /// Writes the packed values under one header.
    fn flush_packed(&mut self) {
        put_packed(&self.packed, self.bits, self.out);
        self.packed.clear();
    }
}

/// Appends values that seldom repeat, below 2^`bits`; a long run among them is written as one.
pub(super) fn put_codes(values: &[u32], bits: u32, out: &mut Vec<u8>) {
    /// A shorter run is not worth the header that ends it.
    const LONG: usize = 4 * RUN;
    let (mut packed, mut at) = (0, 0);
    while let Some(group) = values[at..].first_chunk::<8>() {
        if group[0] == group[7] && *group == [group[0]; 8] {
            let run = values[at..].iter().take_while(|value| **value == group[0]).count();
            if run >= LONG || at + run == values.len() {
                put_packed(&values[packed..at], bits, out);
                put_run(group[0], run, bits, out);
                at += run;
                packed = at;
                continue;
            }
        }
        at += 8;
    }
    put_packed(&values[packed..], bits, out);
}

/// Appends a value that occurs `count` times in a row.
fn put_run(value: u32, count: usize, bits: u32, out: &mut Vec<u8>) {
    put_varint(out, (count as u64) << 1);
    // A repeated value is in whole bytes.
    out.extend_from_slice(&value.to_le_bytes()[..bits.div_ceil(8) as usize]);
}

/// Appends values in `bits` bits each, padded to a group of eight.
fn put_packed(values: &[u32], bits: u32, out: &mut Vec<u8>) {
    if values.is_empty() {
        return;
    }
    put_varint(out, (values.len().div_ceil(8) as u64) << 1 | 1);
    let mut put = |group: &[u32; 8]| {
        // Pairs, then fours of up to 16 bits, which fill a word each.
        let pair = |at: usize| u64::from(group[at]) | u64::from(group[at + 1]) << bits;
        let four = |at: usize| u128::from(pair(at) | pair(at + 2) << (2 * bits));
        let packed = four(0) | four(4) << (4 * bits);
        out.extend_from_slice(&packed.to_le_bytes()[..bits as usize]);
    };
    let (groups, rest) = values.as_chunks::<8>();
    groups.iter().for_each(&mut put);
    if !rest.is_empty() {
        let mut group = [0; 8];
        group[..rest.len()].copy_from_slice(rest);
        put(&group);
    }
}

/// Appends a number in seven bits per byte, the lowest first; the high bit says that more follow (ULEB128).
pub(super) fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

#[cfg(test)]
mod tests {
    use super::{RunEncoder, put_codes};
    use proptest::prelude::*;

    /// Reads the hybrid back, one value at a time.
    fn decode(mut bytes: &[u8], bits: u32, count: usize) -> Vec<u32> {
        let mut values = Vec::new();
        while values.len() < count {
            let mut header = 0_u64;
            for shift in (0..).step_by(7) {
                let byte = bytes[0];
                bytes = &bytes[1..];
                header |= u64::from(byte & 0x7f) << shift;
                if byte < 0x80 {
                    break;
                }
            }
            let length = (header >> 1) as usize;
            if header & 1 == 1 {
                for index in 0..length * 8 {
                    let value = (0..bits as usize).map(|bit| {
                        let at = index * bits as usize + bit;
                        u32::from(bytes[at / 8] >> (at % 8) & 1) << bit
                    });
                    values.push(value.sum());
                }
                bytes = &bytes[length * bits as usize..];
            } else {
                let width = bits.div_ceil(8) as usize;
                let value = bytes[..width].iter().rev().fold(0, |all, &b| all << 8 | u32::from(b));
                bytes = &bytes[width..];
                values.extend(std::iter::repeat_n(value, length));
            }
        }
        assert!(bytes.is_empty(), "{} bytes left", bytes.len());
        values.truncate(count);
        values
    }

    proptest! {
        #[test]
        fn comes_back(bits in 1_u32..=16, runs in prop::collection::vec((any::<u32>(), 1_usize..90), 1..60)) {
            let runs: Vec<_> = runs.into_iter().map(|(v, n)| (v & ((1 << bits) - 1), n)).collect();
            let values: Vec<u32> =
                runs.iter().flat_map(|&(value, count)| std::iter::repeat_n(value, count)).collect();
            let mut out = Vec::new();
            let mut encoder = RunEncoder::new(&mut out, bits);
            runs.iter().for_each(|&(value, count)| encoder.push(value, count));
            encoder.finish();
            prop_assert_eq!(decode(&out, bits, values.len()), &values[..]);
            out.clear();
            put_codes(&values, bits, &mut out);
            prop_assert_eq!(decode(&out, bits, values.len()), values);
        }
    }

    #[test]
    fn a_long_run_takes_three_bytes() {
        let mut out = Vec::new();
        let mut encoder = RunEncoder::new(&mut out, 3);
        encoder.push(5, 4000);
        encoder.finish();
        assert_eq!(out, [0xc0, 0x3e, 5]);
    }
}
