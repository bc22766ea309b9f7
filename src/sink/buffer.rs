//! The bytes that text is written into.

/// Bytes that are copied at once, 32. A place has room for one more chunk than was asked for, so that the
/// last chunk of a text can be copied whole, without a loop over its bytes.
pub(super) use crate::simd::mask::CHUNK;

/// Bytes that are zeroed in advance whenever the buffer grows, so that not every row does it.
const GROWTH: usize = 64 << 10;

/// Text that is written block after block.
///
/// Unlike a `Vec`, it keeps the bytes after its end initialised: clearing and refilling it costs nothing,
/// and a piece of text is written in place before its length is known.
#[derive(Debug, Default)]
pub struct TextBuffer {
    /// The text, then leftovers of earlier texts or zeros.
    bytes: Vec<u8>,
    /// Bytes of text.
    len: usize,
}

impl From<Vec<u8>> for TextBuffer {
    /// A buffer whose text is `bytes`, to append to.
    fn from(bytes: Vec<u8>) -> Self {
        Self { len: bytes.len(), bytes }
    }
}

impl From<TextBuffer> for Vec<u8> {
    fn from(mut text: TextBuffer) -> Self {
        text.bytes.truncate(text.len);
        text.bytes
    }
}

impl TextBuffer {
    /// The text.
    pub fn as_slice(&self) -> &[u8] {
        &self.bytes[..self.len]
    }

    /// Removes the text and keeps the memory.
    pub fn clear(&mut self) {
        self.len = 0;
    }

    /// The bytes after the text: at least `room` and a chunk. What is written there becomes text only by
    /// [`advance`](Self::advance).
    #[inline]
    pub(super) fn place(&mut self, room: usize) -> &mut [u8] {
        let end = self.len + room + CHUNK;
        if end > self.bytes.len() {
            self.grow(end);
        }
        &mut self.bytes[self.len..]
    }

    /// Makes the first bytes of the last place part of the text.
    #[inline]
    pub(super) fn advance(&mut self, written: usize) {
        self.len += written;
        debug_assert!(self.len <= self.bytes.len());
    }

    /// Copies the text to the front of `place` and returns its length; a short text is copied as a
    /// whole chunk, without a call.
    #[inline(always)]
    pub(super) fn put(&self, place: &mut [u8]) -> usize {
        match (self.bytes.first_chunk::<CHUNK>(), place.first_chunk_mut::<CHUNK>()) {
            (Some(chunk), Some(place)) if self.len <= CHUNK => {
                // By words: one copy of 32 or of `len` bytes would be compiled to the same call.
                let words = chunk.as_chunks::<8>().0.iter().map(|word| u64::from_ne_bytes(*word));
                for (place, word) in place.as_chunks_mut::<8>().0.iter_mut().zip(words) {
                    *place = word.to_ne_bytes();
                }
            }
            _ => place[..self.len].copy_from_slice(self.as_slice()),
        }
        self.len
    }

    #[cold]
    fn grow(&mut self, end: usize) {
        // `resize` doubles the capacity, but only the bytes zeroed here become resident memory.
        self.bytes.resize(end + GROWTH.min(end), 0);
    }
}
