//! Decoding tables of the Huffman codes (RFC 1951, 3.2.2).
//!
//! A table is indexed with the next bits of the input, first bit lowest. A code shorter than the index
//! fills every place whose low bits are the code. A longer one leads to a subtable, indexed with the
//! bits after those of the first level. An entry has everything that its code means, laid out so that
//! one shift consumes the code together with the extra bits after it.
//!
//! The first level trades hits for building time: with 11 bits nearly all codes of text are in it, and
//! its 8 KiB are built anew for each block, of which a large entry has thousands. Building is therefore
//! written to be fast as well: instead of writing a short code to all its places, the table is
//! doubled once per code length, which copies all shorter codes at once.
//!
//! Where the codes of two literals fit the index together, one entry holds both. The fields are placed
//! for that: adding the second entry's bits to the first is a sum that cannot carry between fields.
//! The slow path takes literals one by one, since there may be room for one only; it then
//! looks up the length of the first code in [`Tables::lengths`].

mod build;

use build::build;

/// Index bits of the first level for literals and lengths; see above for the choice.
pub(super) const LITLEN_BITS: u32 = 11;
/// Index bits of the first level for distances.
pub(super) const DISTANCE_BITS: u32 = 8;
/// Index bits for the code of code lengths, which has no longer codes.
const PRECODE_BITS: u32 = 7;

/// The longest code, in bits.
const MAX_BITS: u32 = 15;
/// Literals, the end of a block and lengths; the last two have codes in the fixed code only, and no
/// meaning.
const LITLEN_SYMBOLS: usize = 288;
/// Distances; here, too, the last two have no meaning.
const DISTANCE_SYMBOLS: usize = 32;

// Powers of two, so that a masked index needs no check: 288 symbols with 11 bits take 2342 entries
// at most, 32 with 8 bits 402.
const LITLEN_ENTRIES: usize = 4096;
const DISTANCE_ENTRIES: usize = 512;

/// What a code means.
///
/// | bits | content |
/// |---|---|
/// | 0..8 | bits to consume: of the code in this table, and extra bits |
/// | 8..12 | bits of the code alone; of literals: how many; of a subtable: its index bits |
/// | 12, 13, 14 | literal, end of block, subtable |
/// | 15 | special: end of block, subtable, or no code at all |
/// | 16..32 | one or two literals, the first length or distance of the code, or where the subtable begins |
#[derive(Clone, Copy)]
pub(super) struct Entry(u32);

impl Entry {
    const END: u32 = 1 << 13;
    const SUBTABLE: u32 = 1 << 14;
    const SPECIAL: u32 = 1 << 15;
    const LITERAL: u32 = 1 << 12;

    /// No code. It consumes one bit, so that a single bit of input is enough to detect it.
    const INVALID: Self = Self(Self::SPECIAL | 1);

    /// The entry of a literal, without the bits of its code.
    const fn literal(byte: u8) -> Self {
        Self((byte as u32) << 16 | Self::LITERAL)
    }

    /// The entry of a length or distance, without the bits of its code: the smallest one, and how many
    /// extra bits add to it.
    const fn base(base: u32, extra: u32) -> Self {
        Self(base << 16 | extra)
    }

    /// The whole entry; its low byte is what to consume.
    #[inline(always)]
    pub(super) fn raw(self) -> u32 {
        self.0
    }

    #[inline(always)]
    pub(super) fn is_literal(self) -> bool {
        self.0 & Self::LITERAL != 0
    }

    /// One or two literals; of one, the second byte is zero.
    #[inline(always)]
    pub(super) fn literals(self) -> ([u8; 2], usize) {
        (((self.0 >> 16) as u16).to_le_bytes(), (self.0 >> 8 & 3) as usize)
    }

    /// The literal, the first one of two; also the symbol of a code length.
    #[inline(always)]
    pub(super) fn byte(self) -> u8 {
        (self.0 >> 16) as u8
    }

    /// Neither literal nor length nor distance.
    #[inline(always)]
    pub(super) fn is_special(self) -> bool {
        self.0 & Self::SPECIAL != 0
    }

    #[inline(always)]
    pub(super) fn is_subtable(self) -> bool {
        self.0 & Self::SUBTABLE != 0
    }

    #[inline(always)]
    pub(super) fn is_end(self) -> bool {
        self.0 & Self::END != 0
    }

    /// Bits to consume.
    #[inline(always)]
    pub(super) fn bits(self) -> u32 {
        self.0 & 0x3f
    }

    /// The length or distance: that of the code plus the extra bits, which are in `buffer`.
    #[inline(always)]
    pub(super) fn value(self, buffer: u64) -> usize {
        let code_bits = self.0 >> 8 & 0xf;
        (self.0 >> 16) as usize + (low(buffer, self.bits()) >> code_bits) as usize
    }

    /// The place in the table that the next bits lead to, for an entry that leads to a subtable.
    #[inline(always)]
    fn within(self, buffer: u64) -> usize {
        (self.0 >> 16) as usize + low(buffer, self.0 >> 8 & 0xf) as usize
    }
}

/// The low bits of a buffer.
#[inline(always)]
pub(super) fn low(buffer: u64, bits: u32) -> u64 {
    buffer & !(u64::MAX << bits)
}

/// What the symbols of literals and lengths mean; a code's bits are added when a table is built.
const LITLENS: [Entry; LITLEN_SYMBOLS] = {
    let mut entries = [Entry(Entry::SPECIAL); LITLEN_SYMBOLS];
    let mut byte = 0;
    while byte < 256 {
        entries[byte] = Entry::literal(byte as u8);
        byte += 1;
    }
    entries[256] = Entry(Entry::SPECIAL | Entry::END);
    let (mut code, mut base) = (0, 3);
    // From code 8 on, each four codes have one extra bit more.
    while code < 28 {
        let extra = if code < 8 { 0 } else { code as u32 / 4 - 1 };
        entries[257 + code] = Entry::base(base, extra);
        base += 1 << extra;
        code += 1;
    }
    // The longest length has a code of its own, although the code before could express it.
    entries[285] = Entry::base(258, 0);
    entries
};

/// The same for distances.
const DISTANCES: [Entry; DISTANCE_SYMBOLS] = {
    let mut entries = [Entry(Entry::SPECIAL); DISTANCE_SYMBOLS];
    let (mut code, mut base) = (0, 1);
    // From code 4 on, each pair of codes has one extra bit more.
    while code < 30 {
        let extra = if code < 4 { 0 } else { code as u32 / 2 - 1 };
        entries[code] = Entry::base(base, extra);
        base += 1 << extra;
        code += 1;
    }
    entries
};

/// The same for code lengths and their repetitions: the symbol is its own meaning.
const CODE_LENGTHS: [Entry; 19] = {
    let mut entries = [Entry(0); 19];
    let mut symbol = 0;
    while symbol < 19 {
        entries[symbol] = Entry::base(symbol as u32, 0);
        symbol += 1;
    }
    entries
};

/// The lengths of the fixed codes (RFC 1951, 3.2.6).
const FIXED: [u8; LITLEN_SYMBOLS + DISTANCE_SYMBOLS] = {
    let mut lengths = [8; LITLEN_SYMBOLS + DISTANCE_SYMBOLS];
    let mut symbol = 144;
    while symbol < LITLEN_SYMBOLS + DISTANCE_SYMBOLS {
        lengths[symbol] = match symbol {
            256..280 => 7,
            280..LITLEN_SYMBOLS => 8,
            LITLEN_SYMBOLS.. => 5,
            _ => 9,
        };
        symbol += 1;
    }
    lengths
};

/// The lengths do not describe a code.
#[derive(Debug)]
pub(super) struct BadCode;

/// What the next bits mean.
pub(super) enum Symbol {
    Literal(u8),
    Match { length: usize, distance: usize },
    End,
}

/// Why the next bits have no meaning.
pub(super) enum NoSymbol {
    /// More bits are needed.
    Short,
    /// They are not a valid code.
    Invalid,
}

/// The tables of a block, reused for the next.
pub(super) struct Tables {
    /// The first level, then the subtables.
    litlen: [Entry; LITLEN_ENTRIES],
    /// Likewise.
    distance: [Entry; DISTANCE_ENTRIES],
    /// One level.
    precode: [Entry; 1 << PRECODE_BITS],
    /// Bits of each literal's code: an entry of two literals has only their sum.
    lengths: [u8; 256],
    /// The fixed codes are set: consecutive blocks with them need not build them again.
    is_fixed: bool,
}

impl Tables {
    /// No code is valid until one is set.
    pub(super) fn new() -> Self {
        Self {
            litlen: [Entry::INVALID; LITLEN_ENTRIES],
            distance: [Entry::INVALID; DISTANCE_ENTRIES],
            precode: [Entry::INVALID; 1 << PRECODE_BITS],
            lengths: [0; 256],
            is_fixed: false,
        }
    }

    /// Sets the fixed codes, which a block need not describe.
    pub(super) fn set_fixed(&mut self) -> Result<(), BadCode> {
        if !self.is_fixed {
            self.set(&FIXED, LITLEN_SYMBOLS)?;
            self.is_fixed = true;
        }
        Ok(())
    }

    /// Sets the codes with these lengths: first `litlens` of literals and lengths, then those of
    /// distances. Refuses incomplete codes as zlib does, except for a single code of one bit and for no
    /// distances at all.
    pub(super) fn set(&mut self, lengths: &[u8], litlens: usize) -> Result<(), BadCode> {
        self.is_fixed = false;
        let (litlen, distance) = lengths.split_at(litlens);
        // A block without an end could never be left.
        if litlen.get(256).is_none_or(|&bits| bits == 0) {
            return Err(BadCode);
        }
        self.lengths.copy_from_slice(&litlen[..256]);
        build::<LITLEN_BITS>(&mut self.litlen, litlen, &LITLENS)?;
        build::<DISTANCE_BITS>(&mut self.distance, distance, &DISTANCES)
    }

    /// Sets the code of the code lengths, which must be complete. If there is no code at all, every bit
    /// means the length 0, as in zlib: all lengths are 0 then, which [`set`](Self::set) refuses.
    pub(super) fn set_precode(&mut self, lengths: &[u8; 19]) -> Result<(), BadCode> {
        if lengths.iter().all(|&bits| bits == 0) {
            self.precode.fill(CODE_LENGTHS[0].with_length(1));
            return Ok(());
        }
        let used: u32 = lengths.iter().filter(|&&bits| bits > 0).map(|&bits| 1 << (7 - bits)).sum();
        if used < 1 << PRECODE_BITS {
            return Err(BadCode);
        }
        build::<PRECODE_BITS>(&mut self.precode, lengths, &CODE_LENGTHS)
    }

    /// The next code length or repetition, and the bits of its code.
    #[inline]
    pub(super) fn code_length(&self, buffer: u64) -> (u8, u32) {
        let entry = self.precode[low(buffer, PRECODE_BITS) as usize];
        (entry.byte(), entry.bits())
    }

    #[inline(always)]
    pub(super) fn litlen(&self, buffer: u64) -> Entry {
        self.litlen[low(buffer, LITLEN_BITS) as usize]
    }

    #[inline(always)]
    pub(super) fn distance(&self, buffer: u64) -> Entry {
        self.distance[low(buffer, DISTANCE_BITS) as usize]
    }

    /// The entry in the subtable that `entry` leads to, once the bits of `entry` are consumed.
    #[inline(always)]
    pub(super) fn litlen_below(&self, entry: Entry, buffer: u64) -> Entry {
        self.litlen[entry.within(buffer) % LITLEN_ENTRIES]
    }

    /// The same for distances.
    #[inline(always)]
    pub(super) fn distance_below(&self, entry: Entry, buffer: u64) -> Entry {
        self.distance[entry.within(buffer) % DISTANCE_ENTRIES]
    }

    /// The next symbol and its bits, of which `count` are in the buffer and the others zero.
    pub(super) fn symbol(&self, buffer: u64, count: u32) -> Result<(Symbol, u32), NoSymbol> {
        let mut rest = Rest { buffer, count };
        // Bits that are missing are zero, so the entry may be another than the input will give. Then it
        // needs more bits than there are, and is reported as short.
        let mut entry = self.litlen(buffer);
        if entry.is_subtable() {
            rest.consume(entry)?;
            entry = self.litlen_below(entry, rest.buffer);
        }
        if entry.is_literal() {
            let bits = u32::from(self.lengths[usize::from(entry.byte())]);
            let symbol = Symbol::Literal(entry.byte());
            return if bits <= count { Ok((symbol, bits)) } else { Err(NoSymbol::Short) };
        }
        let before = rest.consume(entry)?;
        let symbol = if entry.is_end() {
            Symbol::End
        } else if entry.is_special() {
            return Err(NoSymbol::Invalid);
        } else {
            let length = entry.value(before);
            Symbol::Match { length, distance: self.whole_distance(&mut rest)? }
        };
        Ok((symbol, count - rest.count))
    }

    fn whole_distance(&self, rest: &mut Rest) -> Result<usize, NoSymbol> {
        let mut entry = self.distance(rest.buffer);
        if entry.is_subtable() {
            rest.consume(entry)?;
            entry = self.distance_below(entry, rest.buffer);
        }
        let before = rest.consume(entry)?;
        if entry.is_special() { Err(NoSymbol::Invalid) } else { Ok(entry.value(before)) }
    }
}

/// Bits not yet looked at.
struct Rest {
    buffer: u64,
    count: u32,
}

impl Rest {
    /// Drops the bits of an entry if all are there; returns the buffer as it was before.
    fn consume(&mut self, entry: Entry) -> Result<u64, NoSymbol> {
        let before = self.buffer;
        self.count = self.count.checked_sub(entry.bits()).ok_or(NoSymbol::Short)?;
        self.buffer >>= entry.bits();
        Ok(before)
    }
}
