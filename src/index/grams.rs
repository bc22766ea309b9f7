//! Signatures: which grams a text has, so that a literal that needs others is not in it.
//!
//! A gram is three or five bytes in a row, ASCII letters in lower case. Each is hashed to one bit of the set of its
//! kind. Trigrams alone rule little out in logs: a block of 256 KiB has nearly all trigrams of digits, but few of
//! the grams of five. One bit a gram, in a set that is about half full, rules out more than several bits
//! with fewer grams: a literal of twelve letters is eighteen tests.
//!
//! Sets are filled a byte a gram, each in a table of its own: two stores that may not meet take a third of
//! the time of setting two bits of one set.

use std::ops::Range;

use super::signature::{self, LARGEST, SMALLEST, Signature};

/// The share of bits of each set that may be set before the set gets larger. What grams of five rule out is worth
/// more: of a literal with several of them, grams of three rule out next to nothing.
const FULL: [f64; 2] = [0.7, 0.5];

/// Eighths of a set that are laid over its beginning, at most: four would be a half.
const MOST_OVER: usize = 3;

/// Bytes that must follow a text, since grams are loaded as words.
const MARGIN: usize = 8;

/// The kinds of grams: the bits of a word that they are, and a multiplier, odd and with many bits: those bits
/// of the product that are used depend on all bytes of the gram.
const KINDS: [(u64, u64); 2] =
    [(0xff_ffff, 0x9e37_79b9_7f4a_7c15), (0xff_ffff_ffff, 0xc2b2_ae3d_27d4_eb4f)];

/// Bytes of a gram of each kind.
const LENGTHS: [usize; 2] = [3, 5];

/// The hash of the gram that a word begins with.
#[inline(always)]
fn hash<const KIND: usize>(word: u64) -> usize {
    let (mask, factor) = KINDS[KIND];
    ((word & mask).wrapping_mul(factor) >> 32) as usize
}

/// Makes signatures; its memory is used again.
#[derive(Default)]
pub(super) struct Signer {
    /// The texts in lower case, one after the other, and a margin.
    folded: Vec<u8>,
    /// Where each of them ends.
    ends: Vec<usize>,
    /// A byte for each bit of the two sets.
    tables: [Vec<u8>; 2],
    similar: Similar,
    /// Bits of the last sets, for each mebibyte of text.
    usual: [usize; 2],
}

impl Signer {
    /// Adds a text of the next signature.
    pub(super) fn add(&mut self, text: &str) {
        self.folded.extend_from_slice(text.as_bytes());
        self.ends.push(self.folded.len());
    }

    /// The signature of the texts that were added since the last.
    pub(super) fn sign(&mut self) -> Vec<u8> {
        let bytes = self.folded.len();
        self.folded.make_ascii_lowercase();
        self.folded.extend_from_slice(&[0; MARGIN]);
        // Room for a gram a byte. But texts of one kind have about as many different ones each, and small tables
        // are faster.
        let largest = (2 * bytes).next_power_of_two().clamp(1 << SMALLEST, 1 << LARGEST);
        let mut sizes = self.usual.map(|usual| {
            ((usual * bytes * 9 / 8) >> 20).next_power_of_two().clamp(1 << SMALLEST, largest)
        });
        let sets = loop {
            for (table, size) in self.tables.iter_mut().zip(sizes) {
                table.clear();
                table.resize(size, 0);
            }
            let [threes, fives] = &mut self.tables;
            add(&self.folded, &self.ends, &mut self.similar, threes, fives);
            let sets = self.tables.each_ref().map(|table| packed(table));
            let is_full = [0, 1].map(|at| sizes[at] < largest && share_of(&sets[at]) > FULL[at]);
            if is_full == [false; 2] {
                break sets;
            }
            for (size, is_full) in sizes.iter_mut().zip(is_full) {
                *size = if is_full { (4 * *size).min(largest) } else { *size };
            }
        };
        let [threes, fives] = sets;
        let sets = [folded(threes, FULL[0]), folded(fives, FULL[1])];
        for (set, usual) in sets.iter().zip(&mut self.usual) {
            *usual = ((64 * set.len()) << 20).checked_div(bytes).unwrap_or_default();
        }
        self.folded.clear();
        self.ends.clear();
        signature::encode(&sets)
    }
}

/// Adds the grams of texts to the two tables. `folded` has the texts one after the other, and a margin; `ends`: where
/// each of them ends.
fn add(folded: &[u8], ends: &[usize], similar: &mut Similar, threes: &mut [u8], fives: &mut [u8]) {
    similar.clear();
    let mut start = 0;
    for &end in ends {
        let new = similar.new_grams(folded, start..end);
        // A text, and what is after it: words reach beyond its end.
        let text = folded.get(start..end + MARGIN).unwrap_or_default();
        let length = end - start;
        start = end;
        let both = length.saturating_sub(LENGTHS[1] - 1);
        let few = text.get(new.start..new.end.min(both) + MARGIN - 1).unwrap_or_default();
        add_grams(few, threes, fives);
        // The last grams of three have less than five bytes from there on.
        for at in both.max(new.start)..length.saturating_sub(LENGTHS[0] - 1).min(new.end) {
            threes[hash::<0>(word(&text[at..])) & (threes.len() - 1)] = 1;
        }
    }
}

/// Adds the grams of both kinds that begin in a text, but for its last words.
///
/// A function of its own, with slices: as far as the compiler can see, a store to a table of bytes may otherwise
/// change anything, and all is loaded anew after it.
#[inline(never)]
fn add_grams(text: &[u8], threes: &mut [u8], fives: &mut [u8]) {
    let (three, five) = (threes.len().wrapping_sub(1), fives.len().wrapping_sub(1));
    for word in text.windows(MARGIN).map(word) {
        threes[hash::<0>(word) & three] = 1;
        fives[hash::<1>(word) & five] = 1;
    }
}

/// The first bytes of a slice as a word.
#[inline(always)]
fn word(bytes: &[u8]) -> u64 {
    u64::from_le_bytes(*bytes.first_chunk().unwrap_or(&[0; 8]))
}

/// Finds the part of a text that is new. Most lines of a log are like one before them but for a few words, and
/// grams that were added need not be added again.
#[derive(Default)]
struct Similar {
    /// The last text that begins with the same bytes, by their hash; a place in the texts.
    begin: Vec<Range<usize>>,
    /// The last one that ends with the same.
    end: Vec<Range<usize>>,
}

impl Similar {
    /// How many hashes there are.
    const HASHES: usize = 256;

    fn clear(&mut self) {
        for texts in [&mut self.begin, &mut self.end] {
            texts.clear();
            texts.resize(Self::HASHES, 0..0);
        }
    }

    /// The places in a text where grams begin that may be new.
    #[inline(always)]
    fn new_grams(&mut self, folded: &[u8], text: Range<usize>) -> Range<usize> {
        let own = &folded[text.clone()];
        let (Some(first), Some(last)) = (own.first_chunk(), own.last_chunk()) else {
            return 0..own.len();
        };
        let other = |seen: &mut Vec<Range<usize>>, word: &[u8; 8]| {
            let hash = u64::from_le_bytes(*word).wrapping_mul(KINDS[1].1) >> 56;
            let seen = std::mem::replace(&mut seen[hash as usize], text.clone());
            &folded[seen]
        };
        let same = same_beginning(own, other(&mut self.begin, first));
        // Grams that reach beyond the same bytes are new.
        let start = same.saturating_sub(LENGTHS[1] - 1);
        let same = same_end(own, other(&mut self.end, last));
        start..(own.len() - same).max(start)
    }
}

/// How many bytes two texts have in common at their beginning, in words.
#[inline(always)]
fn same_beginning(a: &[u8], b: &[u8]) -> usize {
    let (a, b) = (a.as_chunks::<8>().0, b.as_chunks::<8>().0);
    8 * a.iter().zip(b).take_while(|(a, b)| a == b).count()
}

/// How many bytes they have in common at their end, in words.
#[inline(always)]
fn same_end(a: &[u8], b: &[u8]) -> usize {
    let (a, b) = (a.as_rchunks::<8>().1, b.as_rchunks::<8>().1);
    8 * a.iter().rev().zip(b.iter().rev()).take_while(|(a, b)| a == b).count()
}

/// A set with a bit for each byte, which is 0 or 1.
fn packed(table: &[u8]) -> Vec<u64> {
    let (chunks, _) = table.as_chunks::<64>();
    // Eight bytes at a time: the product has their lowest bits side by side in its highest byte.
    let byte =
        |eight: &[u8; 8]| u64::from_le_bytes(*eight).wrapping_mul(0x0102_0408_1020_4080) >> 56;
    let word = |chunk: &[u8; 64]| {
        let (eights, _) = chunk.as_chunks();
        eights.iter().rev().fold(0, |word, eight| word << 8 | byte(eight))
    };
    chunks.iter().map(word).collect()
}

/// A set as small as it may be. Which that is depends on the grams alone, so the same texts have the same signature.
fn folded(mut words: Vec<u64>, full: f64) -> Vec<u64> {
    while words.len() > 1
        && let half = laid_over(&words, words.len() / 2)
        && share_of(&half) <= full
    {
        words = half;
    }
    // Less than a half of it over the rest.
    let eighth = words.len() / 8;
    let sizes = (1..=MOST_OVER).rev().filter(|_| eighth > 0);
    let mut sets = sizes.map(|eighths| laid_over(&words, words.len() - eighths * eighth));
    sets.find(|set| share_of(set) <= full).unwrap_or(words)
}

/// A set whose end is laid over its beginning: of both, the bits of either are set.
fn laid_over(words: &[u64], rest: usize) -> Vec<u64> {
    let (low, high) = words.split_at(rest);
    let mut set = low.to_vec();
    set.iter_mut().zip(high).for_each(|(low, high)| *low |= high);
    set
}

/// The share of bits that are set.
fn share_of(words: &[u64]) -> f64 {
    let ones: u64 = words.iter().map(|word| u64::from(word.count_ones())).sum();
    ones as f64 / (64 * words.len().max(1)) as f64
}

/// The grams of literals of which a text must have one.
#[derive(Debug, Clone)]
pub(super) struct Grams(Vec<[Vec<usize>; 2]>);

impl Grams {
    /// `None` if one of the literals is too short to have any.
    pub(super) fn of(literals: &[String]) -> Option<Self> {
        let grams = |literal: &String| {
            let mut bytes = literal.to_ascii_lowercase().into_bytes();
            let length = bytes.len();
            bytes.resize(length + MARGIN, 0);
            let words = bytes.windows(MARGIN);
            let words =
                words.map(|word| u64::from_le_bytes(*word.first_chunk().unwrap_or(&[0; 8])));
            let count = |kind: usize| length.saturating_sub(LENGTHS[kind] - 1);
            let threes = words.clone().take(count(0)).map(hash::<0>).collect();
            let fives = words.take(count(1)).map(hash::<1>).collect();
            (length >= LENGTHS[0]).then_some([threes, fives])
        };
        literals.iter().map(grams).collect::<Option<_>>().map(Self)
    }

    /// Whether texts with this signature may have one of the literals.
    pub(super) fn may_be_in(&self, signature: &Signature<'_>) -> bool {
        // Those of five first: they rule out more.
        self.0.iter().any(|[threes, fives]| {
            fives.iter().all(|&hash| signature.may_have(1, hash))
                && threes.iter().all(|&hash| signature.may_have(0, hash))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is in a text is never ruled out, whatever its length; what is not mostly is.
    #[test]
    fn literals_of_a_text_are_found_in_its_signature() {
        let mut random = fastrand::Rng::with_seed(7);
        let mut signer = Signer::default();
        let (mut vain, mut tests) = (0, 0);
        for size in [0, 1, 2, 3, 5, 30, 1_000, 60_000] {
            let mut line = || (0..size).map(|_| random.char('!'..='~')).collect::<String>();
            let texts: Vec<String> = (0..3).map(|_| line()).collect();
            texts.iter().for_each(|text| signer.add(text));
            let signature = signer.sign();
            let signature = Signature::of(&signature).unwrap();
            assert!(signature.is_whole());
            for text in &texts {
                for length in 3..=text.len().min(20) {
                    let at = random.usize(..=text.len() - length);
                    let literal = &text[at..at + length];
                    for literal in [literal.to_owned(), literal.to_uppercase()] {
                        let grams = Grams::of(&[literal]).unwrap();
                        assert!(grams.may_be_in(&signature));
                    }
                }
            }
            for _ in 0..200 {
                let literal: String = (0..12).map(|_| random.char('!'..='~')).collect();
                tests += 1;
                vain += u32::from(Grams::of(&[literal]).unwrap().may_be_in(&signature));
            }
        }
        assert!(vain * 20 < tests, "{vain} of {tests}");
        assert!(Grams::of(&["abc".into(), "ab".into()]).is_none());
    }
}
