//! Builds the tables of a block from its code lengths (RFC 1951, 3.2.2).
//!
//! Lengths alone define the code: sorted by length, then by symbol, the symbols have consecutive codes.
//! As the first bit of a code is the lowest of an index, codes are counted up from their other end. A
//! complete code fills a table without gaps; that is checked first, so nothing is cleared beforehand.

use super::{BadCode, Entry, LITLEN_BITS, LITLEN_SYMBOLS, MAX_BITS};

impl Entry {
    /// Leads to the subtable that begins at `start`, once the bits of the first level are consumed.
    fn subtable(start: usize, index_bits: u32, consumed: u32) -> Self {
        Self((start as u32) << 16 | Self::SPECIAL | Self::SUBTABLE | index_bits << 8 | consumed)
    }

    /// Adds a code of this length to what a symbol means.
    pub(super) fn with_length(self, bits: u32) -> Self {
        // Bits 8 to 12: of a literal, how many there are; else the code's length, after which its extra
        // bits begin.
        let code_bits = if self.is_literal() { 1 } else { bits };
        Self(self.0 + (code_bits << 8 | bits))
    }

    /// This literal and the one after it: the bits to consume add up, as does the number of literals.
    fn and(self, second: Self) -> Self {
        Self(self.0 + (u32::from(second.byte()) << 24 | 1 << 8 | second.bits()))
    }
}

/// Fills a table for the code with these lengths; a symbol of length 0 has no code. What a symbol means
/// is in `symbols`. Fails for a code that is oversubscribed, or incomplete in a way that zlib refuses.
pub(super) fn build<const INDEX_BITS: u32>(
    table: &mut [Entry],
    lengths: &[u8],
    symbols: &[Entry],
) -> Result<(), BadCode> {
    let mut counts = [0_u16; MAX_BITS as usize + 1];
    for &bits in lengths {
        counts[usize::from(bits)] += 1;
    }
    counts[0] = 0;
    // How many codes of the current length remain: below 0 the code is oversubscribed, and what is
    // left in the end makes it incomplete.
    let mut free = 1_i32;
    for &count in &counts[1..] {
        free = 2 * free - i32::from(count);
        if free < 0 {
            return Err(BadCode);
        }
    }
    if free > 0 {
        return build_sparse(&mut table[..1 << INDEX_BITS], lengths, symbols);
    }
    // Here the code is complete: it has at least two symbols, and every entry will be written.
    let total = counts.iter().map(|&count| usize::from(count)).sum();
    let sorted = &sort(lengths, &counts)[..total];
    let mut literals = Literals::new();
    // `filled` entries are in use. Before any bit there is one, of no meaning: it is overwritten.
    let (mut code, mut filled, mut rest) = (0, 1, sorted);
    for bits in 1..=INDEX_BITS {
        // The entries so far hold whatever the value of one more bit.
        table.copy_within(..filled, filled);
        filled *= 2;
        let (these, longer) = rest.split_at(usize::from(counts[bits as usize]));
        for &symbol in these {
            let entry = symbols[usize::from(symbol)].with_length(bits);
            table[code] = entry;
            literals.add(code, entry);
            code = next_code(code, bits);
        }
        literals.pair(bits as usize, &mut table[..filled]);
        rest = longer;
    }
    // What is left has codes longer than the index.
    let rest = rest.iter().map(|&symbol| symbols[usize::from(symbol)]);
    build_subtables::<INDEX_BITS>(table, code, counts, rest);
    Ok(())
}

/// The literals whose codes are in the first level, by length of the code.
struct Literals {
    /// Codes and their entries, of which `count` are set.
    codes: [(u16, Entry); 256],
    /// Where the codes of each length begin.
    starts: [u16; LITLEN_BITS as usize + 2],
    /// How many of `codes` are set.
    count: usize,
}

impl Literals {
    /// None yet.
    fn new() -> Self {
        Self { codes: [(0, Entry(0)); 256], starts: [0; LITLEN_BITS as usize + 2], count: 0 }
    }

    /// Adds a code of the current length, if it is that of a literal.
    #[inline]
    fn add(&mut self, code: usize, entry: Entry) {
        if entry.is_literal() {
            self.codes[self.count] = (code as u16, entry);
            self.count += 1;
        }
    }

    /// Ends the codes of this length, and enters all pairs of literals whose codes have that many bits
    /// together. The doubling of the table copies them to longer indexes.
    #[inline]
    fn pair(&mut self, bits: usize, table: &mut [Entry]) {
        self.starts[bits + 1] = self.count as u16;
        // The first code is in the low bits of the index, the second one above it.
        for first_bits in 1..bits {
            let seconds = self.of_length(bits - first_bits);
            for &(first_code, first) in self.of_length(first_bits) {
                for &(second_code, second) in seconds {
                    let code = usize::from(first_code) | usize::from(second_code) << first_bits;
                    table[code] = first.and(second);
                }
            }
        }
    }

    /// The literals whose codes have this many bits.
    fn of_length(&self, bits: usize) -> &[(u16, Entry)] {
        &self.codes[usize::from(self.starts[bits])..usize::from(self.starts[bits + 1])]
    }
}

/// Fills a table for no code, or for a single code of one bit: all that zlib accepts of incomplete
/// codes.
fn build_sparse(table: &mut [Entry], lengths: &[u8], symbols: &[Entry]) -> Result<(), BadCode> {
    if lengths.iter().any(|&bits| bits > 1) {
        return Err(BadCode);
    }
    table.fill(Entry::INVALID);
    if let Some(symbol) = lengths.iter().position(|&bits| bits == 1) {
        let entry = symbols[symbol].with_length(1);
        // Its code is 0, so every index with a low bit of 0.
        table.iter_mut().step_by(2).for_each(|even| *even = entry);
    }
    Ok(())
}

/// Adds the codes longer than the index, which share subtables if their first bits are the same. `code`
/// is the first of them; `counts` says how many there are of each length, `symbols` which.
fn build_subtables<const INDEX_BITS: u32>(
    table: &mut [Entry],
    mut code: usize,
    mut counts: [u16; MAX_BITS as usize + 1],
    mut symbols: impl Iterator<Item = Entry>,
) {
    let first_level = 1 << INDEX_BITS;
    // No prefix yet. Subtables follow the first level, one after another.
    let (mut start, mut size, mut prefix) = (first_level, 0, usize::MAX);
    for bits in INDEX_BITS + 1..=MAX_BITS {
        let below = bits - INDEX_BITS;
        while counts[bits as usize] > 0 {
            let Some(symbol) = symbols.next() else { return };
            // Codes with the same first bits come one after another, so a new prefix is a new subtable.
            if code % first_level != prefix {
                prefix = code % first_level;
                start += size;
                let bits = subtable_bits(&counts, INDEX_BITS, below);
                size = 1 << bits;
                table[prefix] = Entry::subtable(start, bits, INDEX_BITS);
            }
            let entry = symbol.with_length(below);
            let places = table[start..start + size].iter_mut();
            // Every place whose low bits are the rest of the code.
            places.skip(code >> INDEX_BITS).step_by(1 << below).for_each(|place| *place = entry);
            code = next_code(code, bits);
            counts[bits as usize] -= 1;
        }
    }
}

/// Index bits of a subtable whose first code has `below` bits after the first level: as many as it
/// takes until the codes to come fill it. Codes are sorted by length, so those are the next ones.
fn subtable_bits(counts: &[u16; MAX_BITS as usize + 1], index_bits: u32, below: u32) -> u32 {
    let mut bits = below;
    let mut used = u32::from(counts[(index_bits + bits) as usize]);
    while used < 1 << bits && index_bits + bits < MAX_BITS {
        bits += 1;
        used = 2 * used + u32::from(counts[(index_bits + bits) as usize]);
    }
    bits
}

/// The symbols that have a code, by its length, then in their own order.
fn sort(lengths: &[u8], counts: &[u16; MAX_BITS as usize + 1]) -> [u16; LITLEN_SYMBOLS] {
    let mut places = [0; MAX_BITS as usize + 1];
    for bits in 1..MAX_BITS as usize {
        places[bits + 1] = places[bits] + usize::from(counts[bits]);
    }
    let mut sorted = [0; LITLEN_SYMBOLS];
    for (symbol, &bits) in lengths.iter().enumerate() {
        if bits > 0 {
            let place = &mut places[usize::from(bits)];
            sorted[*place] = symbol as u16;
            *place += 1;
        }
    }
    sorted
}

/// The next code of the same length, its first bit lowest; 0 after the last.
fn next_code(code: usize, bits: u32) -> usize {
    // An increment from the other end: the carry runs down from the highest bit to the first zero.
    let zeros = !code & ((1 << bits) - 1);
    match zeros.checked_ilog2() {
        Some(top) => code & ((1 << top) - 1) | 1 << top,
        None => 0,
    }
}
