//! Chunks of 64 bytes: what is special in them, and how they are appended to a vector.
//!
//! The JSON parser reads strings by chunks: [`Scan`] finds where the plain part ends, [`Tail`] appends whole
//! chunks of which only a part counts. With [`Avx512`] a chunk stays in a register ([`Wide`]), where its
//! escapes are decoded and its dropped bytes squeezed out.

use super::Portable;
#[cfg(target_arch = "x86_64")]
use super::{Avx2, Avx512};

/// Bytes looked at and copied at a time.
pub(crate) const CHUNK: usize = 64;

/// Finds the bytes that end the plain part of a JSON string. The parser is generic over it, so that each
/// token has a copy of the whole loop, compiled with its instructions.
pub(crate) trait Scan: Copy {
    /// One bit per byte, the first byte's lowest: whether it is a quote, a backslash or a control character
    /// (below 0x20; DEL is none).
    fn specials(self, chunk: &[u8; CHUNK]) -> u64;

    /// The token for whole chunks at once, if this is it: generic code asks here for the faster way.
    #[cfg(target_arch = "x86_64")]
    #[inline(always)]
    fn wide(self) -> Option<Avx512> {
        None
    }
}

impl Scan for Portable {
    #[inline(always)]
    fn specials(self, chunk: &[u8; CHUNK]) -> u64 {
        /// All bits but the high one of each byte.
        const LOW: u64 = 0x7f7f_7f7f_7f7f_7f7f;
        /// The low bit of each byte: times a byte, it is that byte eight times.
        const ONES: u64 = 0x0101_0101_0101_0101;
        // The high bit of every byte that is not zero, or not below 0x20. Without the high bits no sum
        // exceeds 0xfe (or 0xdf), so none carries into the next byte; the high bits are put back by `|`.
        let some = |word: u64| ((word & LOW) + LOW) | word;
        let printable = |word: u64| ((word & LOW) + ONES * 0x60) | word;
        let words = chunk.as_chunks::<8>().0.iter().rev();
        words.fold(0, |marks, word| {
            let word = u64::from_le_bytes(*word);
            // `"` is 0x22 and `\` is 0x5c: a byte xored with itself is zero.
            let plain = some(word ^ (ONES * 0x22)) & some(word ^ (ONES * 0x5c)) & printable(word);
            // Gathers the bits: the product moves the one of byte `n` to bit 56 + `n`, and no two sums meet.
            let special = (!plain & !LOW) >> 7;
            marks << 8 | special.wrapping_mul(0x0102_0408_1020_4080) >> 56
        })
    }
}

#[cfg(target_arch = "x86_64")]
impl Scan for Avx2 {
    #[inline(always)]
    fn specials(self, chunk: &[u8; CHUNK]) -> u64 {
        use std::arch::x86_64::*;
        // SAFETY: both loads lie within the chunk and need no alignment; the token says that AVX2 is
        // there.
        unsafe {
            // No closure: it would not be compiled with the features of the caller.
            let quote = _mm256_set1_epi8(b'"' as i8);
            let backslash = _mm256_set1_epi8(b'\\' as i8);
            // AVX2 has signed comparisons only: a control character is a byte that `min` with 0x1f leaves
            // as it is.
            let last_control = _mm256_set1_epi8(0x1f);
            let low = _mm256_loadu_si256(chunk.as_ptr().cast());
            let high = _mm256_loadu_si256(chunk.as_ptr().add(32).cast());
            let marks = [
                _mm256_or_si256(
                    _mm256_or_si256(
                        _mm256_cmpeq_epi8(low, quote),
                        _mm256_cmpeq_epi8(low, backslash),
                    ),
                    _mm256_cmpeq_epi8(_mm256_min_epu8(low, last_control), low),
                ),
                _mm256_or_si256(
                    _mm256_or_si256(
                        _mm256_cmpeq_epi8(high, quote),
                        _mm256_cmpeq_epi8(high, backslash),
                    ),
                    _mm256_cmpeq_epi8(_mm256_min_epu8(high, last_control), high),
                ),
            ];
            let low = u64::from(_mm256_movemask_epi8(marks[0]).cast_unsigned());
            let high = u64::from(_mm256_movemask_epi8(marks[1]).cast_unsigned());
            low | high << 32
        }
    }
}

#[cfg(target_arch = "x86_64")]
impl Scan for Avx512 {
    #[inline(always)]
    fn specials(self, chunk: &[u8; CHUNK]) -> u64 {
        use std::arch::x86_64::*;
        // SAFETY: the load is the chunk and needs no alignment; the token says that AVX-512 BW is there.
        unsafe {
            let bytes = _mm512_loadu_si512(chunk.as_ptr().cast());
            _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8(b'"' as i8))
                | _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8(b'\\' as i8))
                | _mm512_cmplt_epu8_mask(bytes, _mm512_set1_epi8(0x20))
        }
    }

    #[inline(always)]
    fn wide(self) -> Option<Avx512> {
        Some(self)
    }
}

/// A chunk in a register. Only [`load`](Wide::load) makes one, from the token, so its methods need none.
#[cfg(target_arch = "x86_64")]
#[derive(Clone, Copy)]
pub(crate) struct Wide(std::arch::x86_64::__m512i);

/// Which bytes of a chunk are quotes, backslashes and control characters, the first in the lowest bit.
#[cfg(target_arch = "x86_64")]
pub(crate) struct Marks {
    pub(crate) quotes: u64,
    pub(crate) backslashes: u64,
    pub(crate) controls: u64,
}

#[cfg(target_arch = "x86_64")]
impl Wide {
    /// A chunk as it is in memory.
    #[inline(always)]
    pub(crate) fn load(_: Avx512, chunk: &[u8; CHUNK]) -> Self {
        // SAFETY: the load is the chunk and needs no alignment; the token says that AVX-512 is there.
        Self(unsafe { std::arch::x86_64::_mm512_loadu_si512(chunk.as_ptr().cast()) })
    }

    /// The three masks, of the bytes as they are now: `look_up` and `set` change them.
    #[inline(always)]
    pub(crate) fn marks(&self) -> Marks {
        use std::arch::x86_64::*;
        // SAFETY: a chunk was loaded, so the features of `Avx512` are there, here and below.
        unsafe {
            Marks {
                quotes: _mm512_cmpeq_epi8_mask(self.0, _mm512_set1_epi8(b'"' as i8)),
                backslashes: _mm512_cmpeq_epi8_mask(self.0, _mm512_set1_epi8(b'\\' as i8)),
                controls: _mm512_cmplt_epu8_mask(self.0, _mm512_set1_epi8(0x20)),
            }
        }
    }

    /// Replaces the marked bytes by their entries in a table (`n` by a newline); returns those that have
    /// none: the table has a zero for them, or they are from 0x80 on. Their bytes are zero afterwards.
    #[inline(always)]
    pub(crate) fn look_up(&mut self, marked: u64, table: &[u8; 2 * CHUNK]) -> u64 {
        use std::arch::x86_64::*;
        let [low, high] = table.as_chunks::<CHUNK>().0 else { return marked };
        // SAFETY: as above, and as for `load`. An index has seven bits, so bytes from 0x80 on are
        // marked apart.
        unsafe {
            let low = _mm512_loadu_si512(low.as_ptr().cast());
            let high = _mm512_loadu_si512(high.as_ptr().cast());
            let plain = _mm512_permutex2var_epi8(low, self.0, high);
            let plain = _mm512_maskz_mov_epi8(!_mm512_movepi8_mask(self.0), plain);
            self.0 = _mm512_mask_mov_epi8(self.0, marked, plain);
            marked & _mm512_testn_epi8_mask(plain, plain)
        }
    }

    /// Replaces the byte at `at`, below 64.
    #[inline(always)]
    pub(crate) fn set(&mut self, at: usize, byte: u8) {
        use std::arch::x86_64::*;
        // SAFETY: as above.
        self.0 =
            unsafe { _mm512_mask_mov_epi8(self.0, 1 << at, _mm512_set1_epi8(byte.cast_signed())) };
    }
}

/// Bytes that are being written after the end of a vector. They are a part of it after
/// [`finish`](Self::finish). A tail that is dropped, as at invalid JSON in the middle of a string, may leave
/// some of its bytes in the vector, as growing moves the length along.
pub(crate) struct Tail<'a> {
    out: &'a mut Vec<u8>,
    /// Bytes written, those of the vector included. Not the vector's length, which would have to be stored in
    /// memory after every byte; this can stay in a register.
    used: usize,
}

impl<'a> Tail<'a> {
    /// A tail without bytes.
    #[inline(always)]
    pub(crate) fn new(out: &'a mut Vec<u8>) -> Self {
        let used = out.len();
        Self { out, used }
    }

    /// Appends the first `length` bytes of the chunk; all 64 are stored, and the others overwritten later.
    #[inline(always)]
    pub(crate) fn append(&mut self, chunk: &[u8; CHUNK], length: usize) {
        if self.out.capacity() - self.used < CHUNK {
            self.grow();
        }
        // SAFETY: there is room for the whole chunk after what is used, and the chunk, which is
        // borrowed, cannot be a part of the vector.
        unsafe {
            let end = self.out.as_mut_ptr().add(self.used);
            std::ptr::copy_nonoverlapping(chunk.as_ptr(), end, CHUNK);
        }
        self.used += length.min(CHUNK);
    }

    /// Appends the bytes of the chunk that are marked, without gaps.
    #[cfg(target_arch = "x86_64")]
    #[inline(always)]
    pub(crate) fn append_kept(&mut self, chunk: &Wide, kept: u64) {
        use std::arch::x86_64::*;
        if self.out.capacity() - self.used < CHUNK {
            self.grow();
        }
        // SAFETY: there is room for a whole chunk after what is used, and the store needs no
        // alignment; a chunk was loaded, so the features are there.
        unsafe {
            let end = self.out.as_mut_ptr().add(self.used);
            _mm512_storeu_si512(end.cast(), _mm512_maskz_compress_epi8(kept, chunk.0));
        }
        self.used += kept.count_ones() as usize;
    }

    /// Appends a byte.
    #[inline(always)]
    pub(crate) fn push(&mut self, byte: u8) {
        if self.out.capacity() == self.used {
            self.grow();
        }
        // SAFETY: there is room for one byte after what is used.
        unsafe { self.out.as_mut_ptr().add(self.used).write(byte) };
        self.used += 1;
    }

    /// Makes what was appended a part of the vector.
    #[inline(always)]
    pub(crate) fn finish(self) {
        // SAFETY: all bytes up to there are written, and there is room for them: `used` grows only
        // by what was written within the capacity.
        unsafe { self.out.set_len(self.used) };
    }

    /// Makes room for four chunks, by doubling if the vector is longer.
    #[cold]
    fn grow(&mut self) {
        // SAFETY: as in `finish`; the bytes that are written must move along.
        unsafe { self.out.set_len(self.used) };
        self.out.reserve(4 * CHUNK);
    }
}
