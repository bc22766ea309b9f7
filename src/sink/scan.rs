//! Copies text up to the first byte that a format writes in a way of its own, in one pass.

use super::buffer::CHUNK;

/// A text, and whatever lies behind it in memory, which may be read but says nothing.
#[derive(Clone, Copy)]
pub(super) struct Span<'a> {
    bytes: &'a [u8],
    len: usize,
}

impl<'a> From<&'a [u8]> for Span<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Self { bytes, len: bytes.len() }
    }
}

impl<'a> Span<'a> {
    /// The first `len` of the bytes.
    #[inline]
    pub(super) fn new(bytes: &'a [u8], len: usize) -> Self {
        Self { bytes, len: len.min(bytes.len()) }
    }

    #[inline]
    pub(super) fn len(self) -> usize {
        self.len
    }

    #[inline]
    pub(super) fn text(self) -> &'a [u8] {
        &self.bytes[..self.len]
    }
}

/// A set of bytes.
pub(super) trait Bytes {
    /// One bit per byte of the chunk, the first byte's lowest: whether it is in the set.
    fn mask(chunk: &[u8; CHUNK]) -> u32;
}

/// What cannot stand outside of quotes in CSV: `,`, `"`, `\r`, `\n`.
pub(super) struct CsvSpecial;

/// `"`.
pub(super) struct Quote;

/// What a JSON string escapes: `"`, `\`, control characters.
pub(super) struct JsonSpecial;

/// Copies the text to the front of `place`, up to the first byte of the set; returns how many
/// bytes were copied. `place` is a chunk longer than the text; what is behind the copied bytes is
/// overwritten.
#[inline(always)]
pub(super) fn copy_until<B: Bytes>(text: Span<'_>, place: &mut [u8]) -> usize {
    let mut done = 0;
    let (chunks, _) = text.bytes.as_chunks::<CHUNK>();
    let (places, _) = place.as_chunks_mut::<CHUNK>();
    for (chunk, place) in chunks.iter().zip(places) {
        *place = *chunk;
        let mask = B::mask(chunk);
        if mask != 0 {
            return text.len.min(done + mask.trailing_zeros() as usize);
        }
        done += CHUNK;
        if done >= text.len {
            return text.len;
        }
    }
    // The end of the memory; the zeros behind it are never counted.
    let rest = &text.bytes[done..text.len];
    let mut chunk = [0; CHUNK];
    chunk[..rest.len()].copy_from_slice(rest);
    place[done..done + CHUNK].copy_from_slice(&chunk);
    text.len.min(done + B::mask(&chunk).trailing_zeros() as usize)
}

/// Copies the text to the front of `place` with every byte of the set replaced; returns how many
/// bytes it became. `replace` writes what stands for a byte to the front of a place and returns its
/// length. `place` is a chunk longer than the longest text that this can give.
#[inline(always)]
pub(super) fn copy_replaced<B: Bytes>(
    text: Span<'_>,
    place: &mut [u8],
    replace: impl Fn(u8, &mut [u8]) -> usize,
) -> usize {
    let (mut at, mut done) = (0, 0);
    while let Some(window) = text.bytes[done..].first_chunk::<WINDOW>() {
        if done >= text.len {
            return at;
        }
        at += put_chunk::<B>(window, text.len - done, &mut place[at..], &replace);
        done += CHUNK;
    }
    // The end of the memory.
    let mut rest = [0; 3 * CHUNK];
    let len = text.len.saturating_sub(done);
    rest[..len].copy_from_slice(&text.bytes[done..done + len]);
    for done in (0..len).step_by(CHUNK) {
        let Some(window) = rest[done..].first_chunk() else { break };
        at += put_chunk::<B>(window, len - done, &mut place[at..], &replace);
    }
    at
}

/// A chunk, and what is copied behind the replacement of its last byte.
const WINDOW: usize = 2 * CHUNK;

/// Copies the first chunk of the window, or `len` bytes of it if that is less.
///
/// What is behind a replaced byte is copied again to where it belongs: that takes no branch and no
/// second look at the bytes.
#[inline(always)]
fn put_chunk<B: Bytes>(
    window: &[u8; WINDOW],
    len: usize,
    place: &mut [u8],
    replace: &impl Fn(u8, &mut [u8]) -> usize,
) -> usize {
    let Some(chunk) = window.first_chunk::<CHUNK>() else { return 0 };
    place[..CHUNK].copy_from_slice(chunk);
    let mut mask = B::mask(chunk);
    if len < CHUNK {
        mask &= (1 << len) - 1;
    }
    // How much longer the text has become.
    let mut longer = 0;
    while mask != 0 {
        let index = mask.trailing_zeros() as usize;
        mask &= mask - 1;
        let place = &mut place[index + longer..];
        let replaced = replace(chunk[index], place);
        place[replaced..replaced + CHUNK].copy_from_slice(&window[index + 1..index + 1 + CHUNK]);
        longer += replaced - 1;
    }
    len.min(CHUNK) + longer
}

/// By the compiler's own vectors a set of one byte takes ten times the instructions: it looks for
/// the bits of the mask one by one.
#[cfg(target_arch = "x86_64")]
mod vector {
    use std::arch::x86_64::{
        __m128i, _mm_cmpeq_epi8, _mm_min_epu8, _mm_movemask_epi8, _mm_or_si128, _mm_set_epi64x,
        _mm_set1_epi8,
    };

    use super::{Bytes, CHUNK, CsvSpecial, JsonSpecial, Quote};

    impl Bytes for CsvSpecial {
        #[inline(always)]
        fn mask(chunk: &[u8; CHUNK]) -> u32 {
            // SAFETY: every x86-64 has SSE2.
            unsafe { csv_special(chunk) }
        }
    }

    impl Bytes for Quote {
        #[inline(always)]
        fn mask(chunk: &[u8; CHUNK]) -> u32 {
            // SAFETY: every x86-64 has SSE2.
            unsafe { quote(chunk) }
        }
    }

    impl Bytes for JsonSpecial {
        #[inline(always)]
        fn mask(chunk: &[u8; CHUNK]) -> u32 {
            // SAFETY: every x86-64 has SSE2.
            unsafe { json_special(chunk) }
        }
    }

    #[inline]
    #[target_feature(enable = "sse2")]
    fn csv_special(chunk: &[u8; CHUNK]) -> u32 {
        mask(halves(chunk).map(|half| {
            let separators = _mm_or_si128(equal(half, b','), equal(half, b'"'));
            _mm_or_si128(separators, _mm_or_si128(equal(half, b'\r'), equal(half, b'\n')))
        }))
    }

    #[inline]
    #[target_feature(enable = "sse2")]
    fn quote(chunk: &[u8; CHUNK]) -> u32 {
        mask(halves(chunk).map(|half| equal(half, b'"')))
    }

    #[inline]
    #[target_feature(enable = "sse2")]
    fn json_special(chunk: &[u8; CHUNK]) -> u32 {
        mask(halves(chunk).map(|half| {
            let control = _mm_cmpeq_epi8(_mm_min_epu8(half, _mm_set1_epi8(0x1f)), half);
            _mm_or_si128(control, _mm_or_si128(equal(half, b'"'), equal(half, b'\\')))
        }))
    }

    #[inline]
    #[target_feature(enable = "sse2")]
    fn halves(chunk: &[u8; CHUNK]) -> [__m128i; 2] {
        let (words, _) = chunk.as_chunks::<8>();
        let [a, b, c, d] = [0, 1, 2, 3].map(|word| i64::from_le_bytes(words[word]));
        [_mm_set_epi64x(b, a), _mm_set_epi64x(d, c)]
    }

    #[inline]
    #[target_feature(enable = "sse2")]
    fn equal(half: __m128i, byte: u8) -> __m128i {
        _mm_cmpeq_epi8(half, _mm_set1_epi8(byte as i8))
    }

    #[inline]
    #[target_feature(enable = "sse2")]
    fn mask([low, high]: [__m128i; 2]) -> u32 {
        _mm_movemask_epi8(low) as u32 | (_mm_movemask_epi8(high) as u32) << 16
    }
}

#[cfg(not(target_arch = "x86_64"))]
mod portable {
    use super::{Bytes, CHUNK, CsvSpecial, JsonSpecial, Quote, words};

    impl Bytes for CsvSpecial {
        #[inline]
        fn mask(chunk: &[u8; CHUNK]) -> u32 {
            words::csv_special(chunk)
        }
    }

    impl Bytes for Quote {
        #[inline]
        fn mask(chunk: &[u8; CHUNK]) -> u32 {
            words::quote(chunk)
        }
    }

    impl Bytes for JsonSpecial {
        #[inline]
        fn mask(chunk: &[u8; CHUNK]) -> u32 {
            words::json_special(chunk)
        }
    }
}

/// Masks from eight bytes at a time in an integer.
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
    pub(super) fn quote(chunk: &[u8; CHUNK]) -> u32 {
        mask(chunk, |word| equal(word, b'"'))
    }

    #[inline]
    pub(super) fn json_special(chunk: &[u8; CHUNK]) -> u32 {
        mask(chunk, |word| zero(word & (0xe0 * ONES)) | equal(word, b'"') | equal(word, b'\\'))
    }

    /// The lowest bit of each byte that is zero, exactly.
    #[inline]
    fn zero(word: u64) -> u64 {
        let low = (word & (0x7f * ONES)) + 0x7f * ONES;
        (!(low | word) >> 7) & ONES
    }

    #[inline]
    fn equal(word: u64, byte: u8) -> u64 {
        zero(word ^ (u64::from(byte) * ONES))
    }

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
                    let quote = [Quote::mask(&chunk), words::quote(&chunk)];
                    assert_eq!(quote, [expected(&chunk, b"\""); 2]);
                    let escaped = [JsonSpecial::mask(&chunk), words::json_special(&chunk)];
                    assert_eq!(escaped, [expected(&chunk, &json); 2]);
                }
            }
        }
    }

    fn text() -> impl Strategy<Value = Vec<u8>> {
        let byte = prop_oneof![20 => Just(b'a'), 1 => any::<u8>(), 1 => Just(b'\n')];
        let dense = prop_oneof![Just(b'a'), Just(b'\n')];
        prop_oneof![prop::collection::vec(byte, 0..150), prop::collection::vec(dense, 0..150)]
    }

    proptest! {
        #[test]
        fn replaces_each_of_the_set(bytes in text(), len in any::<prop::sample::Index>()) {
            let len = len.index(bytes.len() + 1);
            let replace = |byte: u8, place: &mut [u8]| {
                let text = [b'<', byte, b'>'];
                let text = if byte == b'"' { &text[..2] } else { &text[..] };
                place[..text.len()].copy_from_slice(text);
                text.len()
            };
            let expected = bytes[..len].iter().flat_map(|&byte| match byte {
                b'"' => vec![b'<', byte],
                0..0x20 | b'\\' => vec![b'<', byte, b'>'],
                _ => vec![byte],
            });
            let mut place = vec![b'#'; 3 * len + CHUNK];
            let text = Span::new(&bytes, len);
            let written = copy_replaced::<JsonSpecial>(text, &mut place, replace);
            prop_assert_eq!(&place[..written], expected.collect::<Vec<_>>());
        }

        #[test]
        fn copies_up_to_the_first_of_the_set(bytes in text(), len in any::<prop::sample::Index>()) {
            let len = len.index(bytes.len() + 1);
            let special = |&byte: &u8| byte < 0x20 || byte == b'"' || byte == b'\\';
            let expected = bytes[..len].iter().position(special).unwrap_or(len);
            let mut place = vec![b'#'; len + CHUNK];
            let copied = copy_until::<JsonSpecial>(Span::new(&bytes, len), &mut place);
            prop_assert_eq!(copied, expected);
            prop_assert_eq!(&place[..copied], &bytes[..copied]);
        }
    }
}
