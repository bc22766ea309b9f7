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
            put_varint(self.out, (count as u64) << 1);
            // A repeated value is in whole bytes.
            let bytes = self.bits.div_ceil(8) as usize;
            self.out.extend_from_slice(&value.to_le_bytes()[..bytes]);
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
        if self.packed.is_empty() {
            return;
        }
        let groups = self.packed.len().div_ceil(8);
        put_varint(self.out, (groups as u64) << 1 | 1);
        self.packed.resize(groups * 8, 0);
        // Eight values of up to 16 bits fit into 128, and are as many bytes as one has bits.
        for group in self.packed.chunks_exact(8) {
            let bits = |(at, value): (usize, &u32)| u128::from(*value) << (at as u32 * self.bits);
            let packed = group.iter().enumerate().map(bits).fold(0, |all, value| all | value);
            self.out.extend_from_slice(&packed.to_le_bytes()[..self.bits as usize]);
        }
        self.packed.clear();
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
    use super::RunEncoder;
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
        fn comes_back(bits in 1_u32..=16, runs in prop::collection::vec((any::<u32>(), 1_usize..40), 1..60)) {
            let runs: Vec<_> = runs.into_iter().map(|(v, n)| (v & ((1 << bits) - 1), n)).collect();
            let values: Vec<u32> =
                runs.iter().flat_map(|&(value, count)| std::iter::repeat_n(value, count)).collect();
            let mut out = Vec::new();
            let mut encoder = RunEncoder::new(&mut out, bits);
            runs.iter().for_each(|&(value, count)| encoder.push(value, count));
            encoder.finish();
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
