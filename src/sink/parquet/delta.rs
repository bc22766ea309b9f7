//! Parquet's differences of integers, bit-packed
//! (parquet-format, Encodings.md, `DELTA_BINARY_PACKED`).
//!
//! A header has the sizes, the count and the first value. Each block then has its base, the widths of its
//! miniblocks in a byte each, and the differences less the base. A counter that goes up by one takes five
//! bytes per 256 values: the base 1, and four widths of 0.

use super::rle::put_varint;

/// Values of a miniblock: all packed with the same number of bits. As many as Arrow's writer takes.
const MINIBLOCK: usize = 64;

/// Miniblocks of a block: they share the least difference, which is subtracted from all.
const MINIBLOCKS: usize = 4;

/// Values of a block.
const BLOCK: usize = MINIBLOCK * MINIBLOCKS;

/// How wide differences are stored. Readers take any width.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Width {
    /// In as few bits as possible: the smallest pages without compression.
    Bits,
    /// In whole bytes, above the least integer of so many bytes, such as -128. What repeats in the values
    /// then repeats in the bytes, also from block to block, and compresses better than packed bits.
    Bytes,
}

/// Appends the values. Differences wrap, so that any values may follow each other.
pub(super) fn encode(values: &[i64], width: Width, out: &mut Vec<u8>) {
    put_varint(out, BLOCK as u64);
    put_varint(out, MINIBLOCKS as u64);
    put_varint(out, values.len() as u64);
    put_zigzag(out, values.first().copied().unwrap_or(0));
    let Some((_, rest)) = values.split_first() else { return };
    let mut differences = [0; BLOCK];
    // Both are cut at the same places, so each value of `block` has the one before it in `before`.
    for (block, before) in rest.chunks(BLOCK).zip(values.chunks(BLOCK)) {
        let each = differences.iter_mut().zip(block.iter().zip(before));
        each.for_each(|(difference, (value, before))| *difference = value.wrapping_sub(*before));
        put_block(&mut differences, block.len(), width, out);
    }
}

/// Writes a block of the first `count` differences, at least one; those after them are overwritten.
fn put_block(differences: &mut [i64; BLOCK], count: usize, width: Width, out: &mut Vec<u8>) {
    let first = differences[0];
    // A counter has the same difference throughout. No branch per value, so that it becomes vector code.
    if differences[..count].iter().fold(0, |all, difference| all | (difference ^ first)) == 0 {
        put_zigzag(out, first);
        out.extend_from_slice(&[0; MINIBLOCKS]);
        return;
    }
    let least = differences[..count].iter().fold(i64::MAX, |least, &value| least.min(value));
    // The format pads the last miniblock that is used; equal to the base, the padding is zeros.
    let base = width.base(least);
    differences[count..].fill(base);
    put_zigzag(out, base);
    let widths_at = out.len();
    out.extend_from_slice(&[0; MINIBLOCKS]);
    // Miniblocks without a value have a width of 0, already written, and no bytes.
    let used = count.div_ceil(MINIBLOCK);
    for (index, miniblock) in differences.chunks_exact(MINIBLOCK).take(used).enumerate() {
        let mut packed = [0; MINIBLOCK];
        let each = packed.iter_mut().zip(miniblock);
        each.for_each(|(packed, difference)| *packed = difference.wrapping_sub(base) as u64);
        let bits = width.bits(packed.iter().fold(0, |all, value| all | value));
        out[widths_at + index] = bits as u8;
        pack(&mut packed, bits, out);
    }
}

impl Width {
    /// What is subtracted from all differences if `least` is the least: never above it, so that none becomes
    /// negative.
    fn base(self, least: i64) -> i64 {
        match self {
            Self::Bits => least,
            Self::Bytes => {
                // The bits that the least needs as a signed number. A base of at most -128 also for positive
                // differences: it is then the same for most blocks.
                let bits = 65 - least.min(-1).leading_ones();
                i64::MIN >> (64 - bits.next_multiple_of(8))
            }
        }
    }

    /// Bits per value of a miniblock, of which `all` is the bitwise or.
    fn bits(self, all: u64) -> u32 {
        let bits = 64 - all.leading_zeros();
        match self {
            Self::Bits => bits,
            Self::Bytes => bits.next_multiple_of(8),
        }
    }
}

/// Appends the values in `bits` bits each, the first in the lowest bits. Neighbours are merged for as long as
/// two fit into a word, in loops without a branch; few words are left then. The values are overwritten.
fn pack(values: &mut [u64; MINIBLOCK], mut bits: u32, out: &mut Vec<u8>) {
    if bits == 0 {
        return;
    }
    let mut count = MINIBLOCK;
    while bits <= 32 && count > 1 {
        count /= 2;
        // In place: the pair that is read never comes before the word that is written.
        for index in 0..count {
            values[index] = values[2 * index] | values[2 * index + 1] << bits;
        }
        bits *= 2;
    }
    let (mut word, mut filled) = (0, 0);
    for &value in &values[..count] {
        word |= value << filled;
        filled += bits;
        if filled >= 64 {
            out.extend_from_slice(&word.to_le_bytes());
            filled -= 64;
            // The bits of the value that the last word had no room for; a shift by 64 would overflow.
            word = if filled == 0 { 0 } else { value >> (bits - filled) };
        }
    }
    // 64 values have a multiple of 64 bits: nothing is left.
    debug_assert_eq!(filled, 0);
}

/// Appends a signed number as a varint, the sign in the lowest bit: 0, -1, 1, -2 become 0, 1, 2, 3.
fn put_zigzag(out: &mut Vec<u8>, value: i64) {
    put_varint(out, ((value << 1) ^ (value >> 63)) as u64);
}

#[cfg(test)]
mod tests {
    use super::{Width, encode};
    use proptest::prelude::*;

    /// Reads the encoding back, one bit at a time.
    fn decode(bytes: &[u8]) -> Vec<i64> {
        let mut bytes = bytes.iter().copied();
        let varint = |bytes: &mut dyn Iterator<Item = u8>| {
            let mut value = 0_u64;
            for shift in (0..).step_by(7) {
                let byte = bytes.next().unwrap();
                value |= u64::from(byte & 0x7f) << shift;
                if byte < 0x80 {
                    return value;
                }
            }
            unreachable!()
        };
        let zigzag = |value: u64| (value >> 1) as i64 ^ -((value & 1) as i64);
        let block = varint(&mut bytes) as usize;
        let miniblocks = varint(&mut bytes) as usize;
        let count = varint(&mut bytes) as usize;
        let mut values = vec![zigzag(varint(&mut bytes))];
        values.truncate(count);
        while values.len() < count {
            let least = zigzag(varint(&mut bytes));
            let widths: Vec<u32> = (0..miniblocks).map(|_| bytes.next().unwrap().into()).collect();
            for width in widths {
                if values.len() >= count {
                    assert_eq!(width, 0);
                    continue;
                }
                let size = block / miniblocks * width as usize / 8;
                let packed: Vec<u8> = bytes.by_ref().take(size).collect();
                for index in 0..block / miniblocks {
                    let bit = |bit: usize| packed[bit / 8] >> (bit % 8) & 1;
                    let value = (0..width as usize)
                        .map(|at| u64::from(bit(index * width as usize + at)) << at)
                        .sum::<u64>();
                    let before = values[values.len() - 1];
                    values.push(before.wrapping_add(least).wrapping_add(value as i64));
                }
            }
            values.truncate(count);
        }
        assert_eq!(bytes.next(), None);
        values.truncate(count);
        values
    }

    fn values() -> impl Strategy<Value = Vec<i64>> {
        let value = (any::<i64>(), 0_u32..64).prop_map(|(value, shift)| value >> shift);
        let part = prop_oneof![
            (value, -3_i64..4, 1_usize..700).prop_map(|(first, step, count)| {
                (0..count as i64).map(|row| first.wrapping_add(row * step)).collect::<Vec<_>>()
            }),
            (0_u32..64, prop::collection::vec(any::<i64>(), 1..200))
                .prop_map(|(shift, values)| values.into_iter().map(|v| v >> shift).collect()),
        ];
        prop::collection::vec(part, 0..6).prop_map(|parts| parts.concat())
    }

    proptest! {
        #[test]
        fn comes_back(values in values(), bytes: bool) {
            let mut out = Vec::new();
            encode(&values, if bytes { Width::Bytes } else { Width::Bits }, &mut out);
            prop_assert_eq!(decode(&out), values);
        }
    }

    #[test]
    fn extremes_come_back() {
        let values = [i64::MIN, i64::MAX, 0, -1, i64::MAX, i64::MIN, i64::MIN, 1];
        for width in [Width::Bits, Width::Bytes] {
            let mut out = Vec::new();
            encode(&values, width, &mut out);
            assert_eq!(decode(&out), values);
        }
    }

    #[test]
    fn counting_takes_five_bytes_a_block() {
        let values: Vec<i64> = (1..=1 + 256 * 10).collect();
        let mut out = Vec::new();
        encode(&values, Width::Bytes, &mut out);
        assert_eq!(out.len(), 2 + 1 + 2 + 1 + 10 * 5);
    }
}
