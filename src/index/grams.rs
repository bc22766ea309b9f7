//! Signatures: which grams a text has, so that a literal that needs others is not in it.
//!
//! A gram is three or five bytes in a row, ASCII letters in lower case. Each is hashed to one bit. Trigrams alone
//! rule little out in logs: a block of 256 KiB has nearly all trigrams of digits, but few of the grams of five.
//! One bit a gram, in a set that is about half full, rules out more than several bits with fewer grams: a literal of
//! twelve letters is eighteen tests.

/// The share of bits that may be set before a signature gets larger.
const FULL: f64 = 0.55;

/// The bits of the smallest and of the largest signature, as powers of two.
const SMALLEST: u32 = 6;
const LARGEST: u32 = 21;

/// Bytes that must follow a text, since grams are loaded as words.
const MARGIN: usize = 8;

/// Multipliers of the two kinds of grams, odd and with many bits: the bits of a product that are used depend on all
/// bytes of the gram.
const THREE: u64 = 0x9e37_79b9_7f4a_7c15;
const FIVE: u64 = 0xc2b2_ae3d_27d4_eb4f;

/// The hash of the gram of three bytes that a word begins with.
#[inline(always)]
fn of_three(word: u64) -> usize {
    ((word & 0xff_ffff).wrapping_mul(THREE) >> 32) as usize
}

/// The same of five bytes.
#[inline(always)]
fn of_five(word: u64) -> usize {
    ((word & 0xff_ffff_ffff).wrapping_mul(FIVE) >> 32) as usize
}

/// The set of the grams of some texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Signature(Vec<u64>);

impl Signature {
    /// The words of its bits.
    pub(super) fn words(&self) -> &[u64] {
        &self.0
    }
}

/// Makes signatures; its memory is used again.
#[derive(Default)]
pub(super) struct Signer {
    /// A text in lower case, and its margin.
    folded: Vec<u8>,
    bits: Vec<u64>,
}

impl Signer {
    /// Begins a signature of texts that are so long in all.
    pub(super) fn begin(&mut self, bytes: usize) {
        // Two grams a byte, and room for them: what is too large is folded.
        let bits = (bytes.saturating_mul(4)).max(1).next_power_of_two().trailing_zeros();
        let words = 1 << (bits.clamp(SMALLEST, LARGEST) - SMALLEST);
        self.bits.clear();
        self.bits.resize(words, 0);
    }

    /// Adds a text.
    pub(super) fn add(&mut self, text: &str) {
        self.folded.clear();
        self.folded.extend_from_slice(text.as_bytes());
        self.folded.make_ascii_lowercase();
        self.folded.extend_from_slice(&[0; MARGIN]);
        let mask = 64 * self.bits.len() - 1;
        let mut set = |hash: usize| {
            let at = hash & mask;
            self.bits[at / 64] |= 1 << (at % 64);
        };
        let grams = self.folded.windows(MARGIN).take(text.len().saturating_sub(2));
        let fives = text.len().saturating_sub(4);
        for (at, word) in grams.enumerate() {
            let word = u64::from_le_bytes(*word.first_chunk().unwrap_or(&[0; 8]));
            set(of_three(word));
            if at < fives {
                set(of_five(word));
            }
        }
    }

    /// The signature of what was added: as small as it may be.
    pub(super) fn finish(&mut self) -> Signature {
        let mut words = std::mem::take(&mut self.bits);
        let mut share = share_of(&words);
        // Of two halves that are laid over one another, the bits of either are set.
        while words.len() > 1 && share * (2.0 - share) <= FULL {
            let half = words.len() / 2;
            let (low, high) = words.split_at_mut(half);
            low.iter_mut().zip(&*high).for_each(|(low, high)| *low |= high);
            words.truncate(half);
            share = share_of(&words);
        }
        let signature = Signature(words.clone());
        self.bits = words;
        signature
    }
}

/// The share of bits that are set.
fn share_of(words: &[u64]) -> f64 {
    let ones: u64 = words.iter().map(|word| u64::from(word.count_ones())).sum();
    ones as f64 / (64 * words.len().max(1)) as f64
}

/// The grams of literals of which a text must have one.
#[derive(Debug, Clone)]
pub(super) struct Grams(Vec<Vec<usize>>);

impl Grams {
    /// `None` if one of the literals is too short to have any.
    pub(super) fn of(literals: &[String]) -> Option<Self> {
        let grams = |literal: &String| {
            let mut bytes = literal.to_ascii_lowercase().into_bytes();
            let length = bytes.len();
            bytes.resize(length + MARGIN, 0);
            let word =
                |at: usize| u64::from_le_bytes(*bytes[at..].first_chunk().unwrap_or(&[0; 8]));
            let threes = (0..length.saturating_sub(2)).map(|at| of_three(word(at)));
            let fives = (0..length.saturating_sub(4)).map(|at| of_five(word(at)));
            // Those of five first: they rule out more.
            let all: Vec<usize> = fives.chain(threes).collect();
            (!all.is_empty()).then_some(all)
        };
        literals.iter().map(grams).collect::<Option<_>>().map(Self)
    }

    /// Whether texts with this signature, as bytes of its words, may have one of the literals.
    pub(super) fn may_be_in(&self, signature: &[u8]) -> bool {
        let bits = 8 * signature.len();
        if !bits.is_power_of_two() {
            return true;
        }
        let has = |&hash: &usize| {
            let at = hash & (bits - 1);
            signature[at / 8] >> (at % 8) & 1 == 1
        };
        self.0.iter().any(|grams| grams.iter().all(has))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes_of(signature: &Signature) -> Vec<u8> {
        signature.words().iter().flat_map(|word| word.to_le_bytes()).collect()
    }

    /// What is in a text is never ruled out, whatever its length; what is not mostly is.
    #[test]
    fn literals_of_a_text_are_found_in_its_signature() {
        let mut random = fastrand::Rng::with_seed(7);
        let mut signer = Signer::default();
        let (mut vain, mut tests) = (0, 0);
        for size in [0, 1, 2, 3, 5, 30, 1_000, 60_000] {
            let mut line = || (0..size).map(|_| random.char('!'..='~')).collect::<String>();
            let texts: Vec<String> = (0..3).map(|_| line()).collect();
            signer.begin(texts.iter().map(String::len).sum());
            texts.iter().for_each(|text| signer.add(text));
            let signature = bytes_of(&signer.finish());
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
