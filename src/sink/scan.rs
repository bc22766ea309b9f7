//! Copies text and finds or replaces the bytes that a format escapes, in one pass over chunks of 32 bytes.
//!
//! Whole chunks are stored even if only their first bytes count, and what follows is stored over the rest.
//! So a place must be a chunk longer than its text, and the loops have no tail of single bytes.

use super::buffer::CHUNK;
use crate::simd::mask::Bytes;

/// A text and the bytes after it in the same allocation, such as the next texts of an array: they may be
/// read, so that the last chunk is a whole one, but have no meaning.
#[derive(Clone, Copy)]
pub(super) struct Span<'a> {
    /// The text and more.
    bytes: &'a [u8],
    len: usize,
}

impl<'a> From<&'a [u8]> for Span<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Self { bytes, len: bytes.len() }
    }
}

impl<'a> Span<'a> {
    /// The first `len` of the bytes, or all if there are fewer.
    #[inline]
    pub(super) fn new(bytes: &'a [u8], len: usize) -> Self {
        Self { bytes, len: len.min(bytes.len()) }
    }

    /// Bytes of text.
    #[inline]
    pub(super) fn len(self) -> usize {
        self.len
    }

    /// The text alone.
    #[inline]
    pub(super) fn text(self) -> &'a [u8] {
        &self.bytes[..self.len]
    }
}

/// Copies the text to the front of `place`, up to the first byte of the set; returns how many
/// bytes were copied. `place` is a chunk longer than the text; the bytes after the copied ones are
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
            // The byte may lie after the text, in what follows it in memory.
            return text.len.min(done + mask.trailing_zeros() as usize);
        }
        done += CHUNK;
        if done >= text.len {
            return text.len;
        }
    }
    // Fewer than 32 bytes are left in the allocation. The zeros that fill the chunk may be in the set, but
    // `min` cuts them off.
    let rest = &text.bytes[done..text.len];
    let mut chunk = [0; CHUNK];
    chunk[..rest.len()].copy_from_slice(rest);
    place[done..done + CHUNK].copy_from_slice(&chunk);
    text.len.min(done + B::mask(&chunk).trailing_zeros() as usize)
}

/// Copies the text to the front of `place` with every byte of the set replaced; returns how many
/// bytes it became. `replace` writes the replacement of a byte to the front of a place and returns its
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
    // Fewer than 64 bytes are left in the allocation: two chunks, each with a window of two.
    let mut rest = [0; 3 * CHUNK];
    let len = text.len.saturating_sub(done);
    rest[..len].copy_from_slice(&text.bytes[done..done + len]);
    for done in (0..len).step_by(CHUNK) {
        let Some(window) = rest[done..].first_chunk() else { break };
        at += put_chunk::<B>(window, len - done, &mut place[at..], &replace);
    }
    at
}

/// Bytes of a chunk and of what is copied after the replacement of its last byte, which is a chunk too.
const WINDOW: usize = 2 * CHUNK;

/// Copies the first chunk of the window, or `len` bytes of it if that is less; returns the bytes it became.
///
/// The bytes after a replaced one are copied again, to where they belong now: a chunk with three quotes takes
/// four copies of 32 bytes, and no search for where the plain text between them ends.
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
        // The text ends in this chunk: what follows it must not be replaced.
        mask &= (1 << len) - 1;
    }
    // How much longer the text has become.
    let mut longer = 0;
    while mask != 0 {
        let index = mask.trailing_zeros() as usize;
        // Clears the lowest bit.
        mask &= mask - 1;
        let place = &mut place[index + longer..];
        let replaced = replace(chunk[index], place);
        // A whole chunk, though less of it counts: a fixed length needs no call.
        place[replaced..replaced + CHUNK].copy_from_slice(&window[index + 1..index + 1 + CHUNK]);
        longer += replaced - 1;
    }
    len.min(CHUNK) + longer
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::simd::mask::JsonSpecial;

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
