//! Signatures: which grams a text has, so that a literal that needs others is not in it.
//!
//! A gram is three or five bytes in a row, ASCII letters in lower case. Each is hashed to one bit of the set of its
//! kind. Trigrams alone rule little out in logs: a block of 256 KiB has nearly all trigrams of digits, but few of
//! the grams of five. One bit a gram, in a set that is about half full, rules out more than several bits
//! with fewer grams: a literal of twelve letters is eighteen tests.
//!
//! The bytes of a signature: how many bits the two sets have, as powers of two, then the sets.
//!
//! Sets are filled a byte a gram, each in a table of its own: two stores that may not meet take a third of
//! the time of setting two bits of one set.

/// The share of bits that may be set before a set gets larger.
const FULL: f64 = 0.55;

/// The bits of the smallest and of the largest set, as powers of two.
const SMALLEST: u32 = 6;
const LARGEST: u32 = 21;

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
    /// Bits of the last sets, for each mebibyte of text.
    usual: [usize; 2],
}

impl Signer {
    /// The signature of texts.
    pub(super) fn sign<'t>(&mut self, texts: impl Iterator<Item = &'t str>) -> Vec<u8> {
        self.folded.clear();
        self.ends.clear();
        for text in texts {
            self.folded.extend_from_slice(text.as_bytes());
            self.ends.push(self.folded.len());
        }
        let bytes = self.folded.len();
        self.folded.make_ascii_lowercase();
        self.folded.extend_from_slice(&[0; MARGIN]);
        // Room for a gram a byte. But texts of one kind have about as many different ones each, and small tables
        // are faster.
        let largest = (2 * bytes).next_power_of_two().clamp(1 << SMALLEST, 1 << LARGEST);
        let mut sizes = self.usual.map(|usual| {
            ((2 * usual * bytes) >> 20).next_power_of_two().clamp(1 << SMALLEST, largest)
        });
        let sets = loop {
            for (table, size) in self.tables.iter_mut().zip(sizes) {
                table.clear();
                table.resize(size, 0);
            }
            let [threes, fives] = &mut self.tables;
            add(&self.folded, &self.ends, threes, fives);
            let sets = self.tables.each_ref().map(|table| packed(table));
            let is_full = |kind: usize| sizes[kind] < largest && share_of(&sets[kind]) > FULL;
            if !is_full(0) && !is_full(1) {
                break sets;
            }
            sizes = sizes.map(|size| (8 * size).min(largest));
        };
        let sets = sets.map(folded);
        let log2 = |set: &Vec<u64>| (64 * set.len()).trailing_zeros() as u8;
        let mut signature: Vec<u8> = sets.iter().map(log2).collect();
        for (set, usual) in sets.iter().zip(&mut self.usual) {
            signature.extend(set.iter().flat_map(|word| word.to_le_bytes()));
            *usual = ((64 * set.len()) << 20).checked_div(bytes).unwrap_or_default();
        }
        signature
    }
}

/// Adds the grams of texts to the two tables. `folded` has the texts one after the other, and a margin; `ends`: where
/// each of them ends.
///
/// A function of its own, with slices: as far as the compiler can see, a store to a table of bytes may otherwise
/// change anything, and all is loaded anew after it.
#[inline(never)]
fn add(folded: &[u8], ends: &[usize], threes: &mut [u8], fives: &mut [u8]) {
    let (three, five) = (threes.len() - 1, fives.len() - 1);
    let word = |word: &[u8]| u64::from_le_bytes(*word.first_chunk().unwrap_or(&[0; 8]));
    let mut start = 0;
    for &end in ends {
        // A text, and what is after it: words reach beyond its end.
        let text = folded.get(start..end + MARGIN).unwrap_or_default();
        let length = end - start;
        start = end;
        let both = length.saturating_sub(LENGTHS[1] - 1);
        for word in text.windows(MARGIN).take(both).map(word) {
            // Nearly all of these were seen before: a look is cheaper than a store.
            let seen = &mut threes[hash::<0>(word) & three];
            if *seen == 0 {
                *seen = 1;
            }
            fives[hash::<1>(word) & five] = 1;
        }
        // The last grams of three have less than five bytes from there on.
        for at in both..length.saturating_sub(LENGTHS[0] - 1) {
            threes[hash::<0>(word(&text[at..])) & three] = 1;
        }
    }
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

/// A set as small as it may be. Of two halves that are laid over one another, the bits of either are set.
fn folded(mut words: Vec<u64>) -> Vec<u64> {
    let mut share = share_of(&words);
    while words.len() > 1 && share * (2.0 - share) <= FULL {
        let half = words.len() / 2;
        let (low, high) = words.split_at_mut(half);
        low.iter_mut().zip(&*high).for_each(|(low, high)| *low |= high);
        words.truncate(half);
        share = share_of(&words);
    }
    words
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
    pub(super) fn may_be_in(&self, signature: &[u8]) -> bool {
        // What is no signature rules nothing out.
        let Some(sets) = sets_of(signature) else { return true };
        let has = |set: &[u8], hash: usize| {
            let at = hash & (8 * set.len() - 1);
            set[at / 8] >> (at % 8) & 1 == 1
        };
        // Those of five first: they rule out more.
        self.0.iter().any(|[threes, fives]| {
            fives.iter().all(|&hash| has(sets[1], hash))
                && threes.iter().all(|&hash| has(sets[0], hash))
        })
    }
}

/// The two sets of a signature.
fn sets_of(signature: &[u8]) -> Option<[&[u8]; 2]> {
    let (sizes, sets) = signature.split_first_chunk::<2>()?;
    let bytes = |log2: u8| {
        let is_size = (SMALLEST..=LARGEST).contains(&log2.into());
        is_size.then(|| 1_usize << (log2 - 3))
    };
    let (threes, fives) = sets.split_at_checked(bytes(sizes[0])?)?;
    (fives.len() == bytes(sizes[1])?).then_some([threes, fives])
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
            let signature = signer.sign(texts.iter().map(String::as_str));
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
