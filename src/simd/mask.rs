//! Which bytes of a chunk are in a set, as bits of a number.
//!
//! The text sinks look for bytes to escape by [`Bytes`], decoders for newlines and ANSI escapes by [`Marks`].
//! SSE2, which every x86-64 has, is enough here, so nothing is chosen at run time; other processors use
//! `words`.

use std::iter;

/// Bytes looked at in one step: a mask of them is a `u32`.
pub(crate) const CHUNK: usize = 32;

/// A set of bytes.
pub(crate) trait Bytes {
    /// One bit per byte of the chunk, the first byte's lowest: whether it is in the set.
    fn mask(chunk: &[u8; CHUNK]) -> u32;
}

/// The bytes that need quotes in CSV: `,`, `"`, `\r`, `\n`.
pub(crate) struct CsvSpecial;

/// The set of one byte.
pub(crate) struct One<const BYTE: u8>;

/// `"`.
pub(crate) type Quote = One<b'"'>;

/// What a JSON string escapes: `"`, `\`, control characters.
pub(crate) struct JsonSpecial;

/// Where the newlines and the escape characters (ESC) of a text are. Both are found in one pass, before the
/// lines are decoded, and the words are reused from text to text.
#[derive(Default)]
pub(crate) struct Marks(Vec<Word>);

/// The marks of 64 bytes.
#[derive(Clone, Copy)]
struct Word {
    newlines: u64,
    /// Places of ESC, 0x1b.
    escapes: u64,
}

/// Bytes that a word has marks of.
pub(crate) const BITS: usize = u64::BITS as usize;

/// What the structure of 64 bytes of JSON consists of.
pub(crate) struct Structure {
    pub(crate) quotes: u64,
    pub(crate) backslashes: u64,
    /// Of both kinds, as the closing ones.
    pub(crate) openings: u64,
    pub(crate) closings: u64,
    newlines: u64,
}

impl Structure {
    /// Of these bytes.
    #[inline(always)]
    pub(crate) fn of(bytes: &[u8; BITS]) -> Self {
        // Brackets and braces differ in one bit.
        let mut folded = *bytes;
        folded.iter_mut().for_each(|byte| *byte |= 0x20);
        Self {
            quotes: bits::<b'"'>(bytes),
            backslashes: bits::<b'\\'>(bytes),
            openings: bits::<b'{'>(&folded),
            closings: bits::<b'}'>(&folded),
            newlines: bits::<b'\n'>(bytes),
        }
    }

    /// Whether these bytes of it have a newline in a string, or a backslash outside.
    #[inline(always)]
    pub(crate) fn is_odd(&self, strings: u64, these: u64) -> bool {
        (self.newlines & strings | self.backslashes & !strings) & these != 0
    }
}

/// What the structure of 64 bytes of CSV consists of.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Fields {
    pub(crate) separators: u64,
    pub(crate) quotes: u64,
    pub(crate) newlines: u64,
}

impl Fields {
    /// Of these bytes.
    #[inline(always)]
    pub(crate) fn of<const SEPARATOR: u8>(bytes: &[u8; BITS]) -> Self {
        Self {
            separators: bits::<SEPARATOR>(bytes),
            quotes: bits::<b'"'>(bytes),
            newlines: bits::<b'\n'>(bytes),
        }
    }
}

impl Marks {
    /// Replaces the marks by those of another text.
    pub(crate) fn look_at(&mut self, text: &[u8]) {
        let (chunks, rest) = text.as_chunks::<BITS>();
        self.0.clear();
        self.0.extend(chunks.iter().map(Word::of));
        if !rest.is_empty() {
            // Zeros are neither newlines nor escapes, so the padding has no marks.
            let mut last = [0; BITS];
            last[..rest.len()].copy_from_slice(rest);
            self.0.push(Word::of(&last));
        }
    }

    /// The places of the newlines, in ascending order.
    #[inline]
    pub(crate) fn newlines(&self) -> impl Iterator<Item = usize> {
        let (mut next, mut bits) = (0, 0);
        iter::from_fn(move || {
            while bits == 0 {
                bits = self.0.get(next)?.newlines;
                next += 1;
            }
            let bit = bits.trailing_zeros() as usize;
            bits &= bits - 1;
            Some((next - 1) * BITS + bit)
        })
    }

    /// The escape characters before `end`, the end of a line.
    #[inline]
    pub(crate) fn escapes(&self, end: usize) -> Escapes<'_> {
        Escapes { words: &self.0, end }
    }
}

impl Word {
    /// The marks of one word's bytes.
    #[inline(always)]
    fn of(bytes: &[u8; BITS]) -> Self {
        Self { newlines: bits::<b'\n'>(bytes), escapes: bits::<0x1b>(bytes) }
    }
}

/// The places of one byte among 64, from the masks of two chunks.
#[inline(always)]
fn bits<const BYTE: u8>(bytes: &[u8; BITS]) -> u64 {
    let (chunks, _) = bytes.as_chunks::<CHUNK>();
    let masks = chunks.iter().rev().map(One::<BYTE>::mask);
    masks.fold(0, |bits, mask| bits << CHUNK | u64::from(mask))
}

/// The escape characters of a text that ends at some place of a longer one. Places are counted back from that
/// end: decoders cut a time or a level off the front of a line, and the message is the rest of it.
#[derive(Clone, Copy, Default)]
pub(crate) struct Escapes<'a> {
    words: &'a [Word],
    /// The place in the longer text, exclusive.
    end: usize,
}

impl Escapes<'_> {
    /// The first one in the last `length` bytes before the end: how many of those bytes come before it.
    #[inline]
    pub(crate) fn first(&self, length: usize) -> Option<usize> {
        let start = self.end.saturating_sub(length);
        let mut word = start / BITS;
        // Marks before the start are masked out, those after the end are refused below.
        let mut bits = self.words.get(word)?.escapes & u64::MAX << (start % BITS);
        while bits == 0 {
            word += 1;
            if word * BITS >= self.end {
                return None;
            }
            bits = self.words.get(word)?.escapes;
        }
        let place = word * BITS + bits.trailing_zeros() as usize;
        (place < self.end).then(|| place - start)
    }
}

/// Masks by SSE2. Plain code that the compiler vectorises takes ten times the instructions: it gathers
/// the bits of the mask one by one.
#[cfg(target_arch = "x86_64")]
mod vector {
    use std::arch::x86_64::{
        __m128i, _mm_cmpeq_epi8, _mm_min_epu8, _mm_movemask_epi8, _mm_or_si128, _mm_set_epi64x,
        _mm_set1_epi8,
    };

    use super::{Bytes, CHUNK, CsvSpecial, JsonSpecial, One};

    impl Bytes for CsvSpecial {
        #[inline(always)]
        fn mask(chunk: &[u8; CHUNK]) -> u32 {
            // SAFETY: every x86-64 has SSE2.
            unsafe { csv_special(chunk) }
        }
    }

    impl<const BYTE: u8> Bytes for One<BYTE> {
        #[inline(always)]
        fn mask(chunk: &[u8; CHUNK]) -> u32 {
            // SAFETY: every x86-64 has SSE2.
            unsafe { one(chunk, BYTE) }
        }
    }

    impl Bytes for JsonSpecial {
        #[inline(always)]
        fn mask(chunk: &[u8; CHUNK]) -> u32 {
            // SAFETY: every x86-64 has SSE2.
            unsafe { json_special(chunk) }
        }
    }

    /// The mask of [`CsvSpecial`].
    #[inline]
    #[target_feature(enable = "sse2")]
    fn csv_special(chunk: &[u8; CHUNK]) -> u32 {
        mask(halves(chunk).map(|half| {
            let separators = _mm_or_si128(equal(half, b','), equal(half, b'"'));
            _mm_or_si128(separators, _mm_or_si128(equal(half, b'\r'), equal(half, b'\n')))
        }))
    }

    /// The mask of [`One`].
    #[inline]
    #[target_feature(enable = "sse2")]
    fn one(chunk: &[u8; CHUNK], byte: u8) -> u32 {
        mask(halves(chunk).map(|half| equal(half, byte)))
    }

    /// The mask of [`JsonSpecial`].
    #[inline]
    #[target_feature(enable = "sse2")]
    fn json_special(chunk: &[u8; CHUNK]) -> u32 {
        mask(halves(chunk).map(|half| {
            // The lesser of a byte and 0x1f is the byte itself: SSE2 has no unsigned comparison.
            let control = _mm_cmpeq_epi8(_mm_min_epu8(half, _mm_set1_epi8(0x1f)), half);
            _mm_or_si128(control, _mm_or_si128(equal(half, b'"'), equal(half, b'\\')))
        }))
    }

    /// The chunk in two registers, by words, which needs no pointers.
    #[inline]
    #[target_feature(enable = "sse2")]
    fn halves(chunk: &[u8; CHUNK]) -> [__m128i; 2] {
        let (words, _) = chunk.as_chunks::<8>();
        let [a, b, c, d] = [0, 1, 2, 3].map(|word| i64::from_le_bytes(words[word]));
        [_mm_set_epi64x(b, a), _mm_set_epi64x(d, c)]
    }

    /// 0xff for every byte that is `byte`, else 0.
    #[inline]
    #[target_feature(enable = "sse2")]
    fn equal(half: __m128i, byte: u8) -> __m128i {
        _mm_cmpeq_epi8(half, _mm_set1_epi8(byte as i8))
    }

    /// The high bits of the bytes of both registers.
    #[inline]
    #[target_feature(enable = "sse2")]
    fn mask([low, high]: [__m128i; 2]) -> u32 {
        _mm_movemask_epi8(low) as u32 | (_mm_movemask_epi8(high) as u32) << 16
    }
}

/// Masks by [`words`], on processors without SSE2.
#[cfg(not(target_arch = "x86_64"))]
mod portable {
    use super::{Bytes, CHUNK, CsvSpecial, JsonSpecial, One, words};

    impl Bytes for CsvSpecial {
        #[inline]
        fn mask(chunk: &[u8; CHUNK]) -> u32 {
            words::csv_special(chunk)
        }
    }

    impl<const BYTE: u8> Bytes for One<BYTE> {
        #[inline]
        fn mask(chunk: &[u8; CHUNK]) -> u32 {
            words::one(chunk, BYTE)
        }
    }

    impl Bytes for JsonSpecial {
        #[inline]
        fn mask(chunk: &[u8; CHUNK]) -> u32 {
            words::json_special(chunk)
        }
    }
}

/// Masks from eight bytes at a time in an integer; on x86-64 only for tests, which compare the two.
#[cfg(any(test, not(target_arch = "x86_64")))]
mod words {
    use super::CHUNK;

    const ONES: u64 = 0x0101_0101_0101_0101;

    #[inline]
    pub(super) fn csv_special(chunk: &[u8; CHUNK]) -> u32 {
        mask(chunk, |word| {
            equal(word, b',') | equal(word, b'"') | equal(word, b'\r') | equal(word, b'\n')
        })
    }

    #[inline]
    pub(super) fn one(chunk: &[u8; CHUNK], byte: u8) -> u32 {
        mask(chunk, |word| equal(word, byte))
    }

    #[inline]
    pub(super) fn json_special(chunk: &[u8; CHUNK]) -> u32 {
        // Below 0x20 are the bytes without one of the three high bits.
        mask(chunk, |word| zero(word & (0xe0 * ONES)) | equal(word, b'"') | equal(word, b'\\'))
    }

    /// The lowest bit of each byte that is zero. The usual shorter formula also marks a 0x01 after a zero.
    #[inline]
    fn zero(word: u64) -> u64 {
        let low = (word & (0x7f * ONES)) + 0x7f * ONES;
        (!(low | word) >> 7) & ONES
    }

    /// The lowest bit of each byte that is `byte`.
    #[inline]
    fn equal(word: u64, byte: u8) -> u64 {
        zero(word ^ (u64::from(byte) * ONES))
    }

    /// The mask of a chunk from the lowest bits that `find` sets.
    #[inline]
    fn mask(chunk: &[u8; CHUNK], find: impl Fn(u64) -> u64) -> u32 {
        let (words, _) = chunk.as_chunks::<8>();
        // The product gathers the lowest bits of the bytes in the highest byte, in order.
        let bits =
            |word: &[u8; 8]| find(u64::from_le_bytes(*word)).wrapping_mul(0x0102_0408_1020_4080);
        words.iter().rev().fold(0, |mask, word| mask << 8 | (bits(word) >> 56) as u32)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn expected(chunk: &[u8; CHUNK], set: &[u8]) -> u32 {
        (0..CHUNK).map(|at| u32::from(set.contains(&chunk[at])) << at).sum()
    }

    #[test]
    fn every_byte_at_every_place() {
        let json: Vec<u8> = (0..0x20).chain([b'"', b'\\']).collect();
        for at in 0..CHUNK {
            for byte in 0..=255 {
                for rest in [b'a', 0xff, b'"'] {
                    let mut chunk = [rest; CHUNK];
                    chunk[at] = byte;
                    let csv = [CsvSpecial::mask(&chunk), words::csv_special(&chunk)];
                    assert_eq!(csv, [expected(&chunk, b",\"\r\n"); 2]);
                    let quote = [Quote::mask(&chunk), words::one(&chunk, b'"')];
                    assert_eq!(quote, [expected(&chunk, b"\""); 2]);
                    let escaped = [JsonSpecial::mask(&chunk), words::json_special(&chunk)];
                    assert_eq!(escaped, [expected(&chunk, &json); 2]);
                }
            }
        }
    }

    #[test]
    fn separators_of_every_kind() {
        let bytes: [u8; BITS] = std::array::from_fn(|at| b"a;\"b,\nc\t\0\xff"[at % 10]);
        let expected =
            |set: &[u8]| (0..BITS).map(|at| u64::from(set.contains(&bytes[at])) << at).sum::<u64>();
        let all = |Fields { separators, quotes, newlines }| [separators, quotes, newlines];
        let of = |separator| [separator, b'"', b'\n'].map(|byte| expected(&[byte]));
        assert_eq!(all(Fields::of::<b','>(&bytes)), of(b','));
        assert_eq!(all(Fields::of::<b'\t'>(&bytes)), of(b'\t'));
        assert_eq!(all(Fields::of::<b';'>(&bytes)), of(b';'));
    }

    proptest! {
        #[test]
        fn marks_are_where_the_bytes_are(
            text in prop::collection::vec(prop::sample::select(b"ab\n\x1b".to_vec()), 0..300),
            other in prop::collection::vec(any::<u8>(), 0..300),
        ) {
            let mut marks = Marks::default();
            for text in [text, other] {
                marks.look_at(&text);
                let newlines = (0..text.len()).filter(|&at| text[at] == b'\n');
                prop_assert!(marks.newlines().eq(newlines));
                for end in 0..=text.len() {
                    for start in 0..=end {
                        let first = text[start..end].iter().position(|&byte| byte == 0x1b);
                        prop_assert_eq!(marks.escapes(end).first(end - start), first);
                    }
                }
            }
        }
    }
}
