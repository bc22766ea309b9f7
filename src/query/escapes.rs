//! The innermost loop of the search in raw lines: escapes that may hide a character of a literal, a
//! vector at a time.
//!
//! `\u00XX` with a first digit of 2 to 7 is a printable character (Go writes `<` as `\u003c`), and
//! `\u001b` is an ESC. Logs with colours have an ESC every few words, so one is asked about only if the
//! character before it has a successor in some literal: in `\u001b[31mfatal`, ESC is not within the
//! word.

use std::num::NonZeroUsize;

use memchr::memmem::Finder;

use crate::simd::Simd;

/// Finds `\u00` if what follows may be a printable character, or an ESC right after a character of a
/// set.
#[derive(Debug, Clone)]
pub(super) struct Escapes {
    /// Of `\u00`, where no vectors are used.
    finder: Finder<'static>,
    /// By the low half of a character: a bit for each high half with which it is in the set. For AVX2,
    /// whose look-ups have 16 places.
    set: [u8; 16],
    /// 0xff for a character of the set, else 0. For AVX-512, which looks up 128 places at once.
    members: [u8; 128],
    simd: Simd,
}

impl Escapes {
    /// `set` says after which characters an ESC counts.
    pub(super) fn new(set: impl Fn(u8) -> bool) -> Self {
        Self::with(Simd::detect(), set)
    }

    /// With these instructions, which the tests choose.
    fn with(simd: Simd, set: impl Fn(u8) -> bool) -> Self {
        let (mut table, mut members) = ([0; 16], [0; 128]);
        for character in (0..128).filter(|&character| set(character)) {
            table[usize::from(character & 0xf)] |= 1 << (character >> 4);
            members[usize::from(character)] = 0xff;
        }
        Self { finder: Finder::new(br"\u00"), set: table, members, simd }
    }

    /// The first escape from `from` on that `is_wanted`. The vector loops do not ask about escapes that
    /// are neither a printable character nor an ESC after one of the set, so `is_wanted` must refuse
    /// those too.
    pub(super) fn find(
        &self,
        text: &[u8],
        from: usize,
        is_wanted: impl Fn(usize) -> bool,
    ) -> Option<usize> {
        let Some(start) = NonZeroUsize::new(from) else {
            // Many texts have none at all, which the plain search finds out in half the time. Only the vector
            // loops skip over many unwanted ones fast; they load the byte before an escape, which the first
            // byte of a text has not.
            let first = self.finder.find(text)?;
            if is_wanted(first) {
                return Some(first);
            }
            return self.find(text, first + 1, is_wanted);
        };
        let found = match self.simd {
            // SAFETY: the token says that the features are there.
            #[cfg(target_arch = "x86_64")]
            Simd::Avx512(_) => unsafe { self.find_avx512(text, start, &is_wanted) },
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            Simd::Avx2(_) => unsafe { self.find_avx2(text, start, &is_wanted) },
            Simd::Portable(_) => Err(start.get()),
        };
        found.map_or_else(|rest| self.find_plainly(text, rest, is_wanted), Some)
    }

    /// The same by one byte after the other: for other processors, and for the end of a text, where a
    /// whole vector would reach beyond it.
    fn find_plainly(
        &self,
        text: &[u8],
        mut from: usize,
        is_wanted: impl Fn(usize) -> bool,
    ) -> Option<usize> {
        loop {
            let at = from + self.finder.find(text.get(from..)?)?;
            if is_wanted(at) {
                return Some(at);
            }
            from = at + 1;
        }
    }

    /// As [`find_avx2`](Self::find_avx2), 64 bytes at a time. The second digit is left to `is_wanted`.
    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
    fn find_avx512(
        &self,
        text: &[u8],
        from: NonZeroUsize,
        is_wanted: &impl Fn(usize) -> bool,
    ) -> Result<usize, usize> {
        use std::arch::x86_64::*;
        const WIDTH: usize = 64;
        let splat = |byte: u8| _mm512_set1_epi8(byte.cast_signed());
        // SAFETY: the table has two vectors.
        let [low, high] = [0, WIDTH]
            .map(|at| unsafe { _mm512_loadu_si512(self.members.as_ptr().add(at).cast()) });
        let mut at = from.get();
        while at + WIDTH + 4 <= text.len() {
            // SAFETY: from the byte before `at`, which is not 0, to four behind the last of the vector
            // all is within the text.
            let load = |offset: usize| unsafe {
                _mm512_loadu_si512(text.as_ptr().add(at - 1 + offset).cast())
            };
            let (before, first, second, digit) = (load(0), load(1), load(2), load(5));
            let begins = _mm512_cmpeq_epi8_mask(first, splat(b'\\'));
            let begins = _mm512_mask_cmpeq_epi8_mask(begins, second, splat(b'u'));
            // A digit of 2 to 7: the character is 0x20 to 0x7f. A digit below 2 wraps around to a large
            // number.
            let from_two = _mm512_sub_epi8(digit, splat(b'2'));
            let printable = _mm512_mask_cmple_epu8_mask(begins, from_two, splat(5));
            let escape = _mm512_mask_cmpeq_epi8_mask(begins, digit, splat(b'1'));
            // The look-up takes seven bits of an index, so a byte above ASCII finds the place of
            // another: its high bit rules it out.
            let members = _mm512_permutex2var_epi8(low, before, high);
            let member = _mm512_movepi8_mask(members) & !_mm512_movepi8_mask(before);
            if let Some(found) = wanted_among(text, at, printable | escape & member, is_wanted) {
                return Ok(found);
            }
            at += WIDTH;
        }
        Err(at)
    }

    /// `Ok`: where a wanted escape is. `Err`: there is none before this place, and too little text
    /// after it for another vector.
    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2")]
    fn find_avx2(
        &self,
        text: &[u8],
        from: NonZeroUsize,
        is_wanted: &impl Fn(usize) -> bool,
    ) -> Result<usize, usize> {
        use std::arch::x86_64::*;
        const WIDTH: usize = 32;
        // The bit of each high half; those of bytes above ASCII have none, so they are never in the set.
        const HIGH: [u8; 16] = [1, 2, 4, 8, 16, 32, 64, 128, 0, 0, 0, 0, 0, 0, 0, 0];
        let splat = |byte: u8| _mm256_set1_epi8(byte.cast_signed());
        // SAFETY: both tables have the 16 bytes that are loaded.
        let [set, high] = [&self.set, &HIGH].map(|table| unsafe {
            _mm256_broadcastsi128_si256(_mm_loadu_si128(table.as_ptr().cast()))
        });
        let mut at = from.get();
        while at + WIDTH + 5 <= text.len() {
            // SAFETY: from the byte before `at`, which is not 0, to five behind the last of the vector
            // all is within the text.
            let load = |offset: usize| unsafe {
                _mm256_loadu_si256(text.as_ptr().add(at - 1 + offset).cast())
            };
            let (before, first, second, digit) = (load(0), load(1), load(2), load(5));
            let begins = _mm256_and_si256(
                _mm256_cmpeq_epi8(first, splat(b'\\')),
                _mm256_cmpeq_epi8(second, splat(b'u')),
            );
            // A digit of 2 to 7, as there. AVX2 has no unsigned `<=`, but `min(x, 5) == x` is the same.
            let from_two = _mm256_sub_epi8(digit, splat(b'2'));
            let printable = _mm256_cmpeq_epi8(_mm256_min_epu8(from_two, splat(5)), from_two);
            let low = _mm256_and_si256(before, splat(0xf));
            // There is no shift of bytes: this one of 16 bits moves in bits of the neighbour, which are
            // masked off.
            let high_half = _mm256_and_si256(_mm256_srli_epi16::<4>(before), splat(0xf));
            let bits = _mm256_and_si256(
                _mm256_shuffle_epi8(set, low),
                _mm256_shuffle_epi8(high, high_half),
            );
            let outside = _mm256_cmpeq_epi8(bits, _mm256_setzero_si256());
            let escape = _mm256_andnot_si256(outside, _mm256_cmpeq_epi8(digit, splat(b'1')));
            let marks = _mm256_and_si256(begins, _mm256_or_si256(printable, escape));
            let marks = u64::from(_mm256_movemask_epi8(marks).cast_unsigned());
            if let Some(found) = wanted_among(text, at, marks, is_wanted) {
                return Ok(found);
            }
            at += WIDTH;
        }
        Err(at)
    }
}

/// The first escape that is wanted among the marked places from `at` on.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn wanted_among(
    text: &[u8],
    at: usize,
    mut marks: u64,
    is_wanted: &impl Fn(usize) -> bool,
) -> Option<usize> {
    while marks != 0 {
        let found = at + marks.trailing_zeros() as usize;
        // The vectors compared `\`, `u` and the digit. Marks are few, so the zeros between are compared
        // here.
        if text[found + 2..found + 4] == *b"00" && is_wanted(found) {
            return Some(found);
        }
        // Clears the lowest bit that is set.
        marks &= marks - 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    type Found = Option<usize>;

    /// All that is asked about.
    fn all(find: impl Fn(usize) -> Found) -> Vec<usize> {
        let mut found = Vec::new();
        let mut from = 0;
        while let Some(at) = find(from) {
            found.push(at);
            from = at + 1;
        }
        found
    }

    #[test]
    fn as_by_one_byte_after_the_other() {
        let set = |character| b"ab\x7f z".contains(&character);
        let ways: Vec<Escapes> =
            Simd::available().into_iter().map(|simd| Escapes::with(simd, set)).collect();
        let pieces: [&[u8]; 12] = [
            b"\\u001b",
            b"\\u001B",
            b"\\u0061",
            b"\\u000a",
            b"\\u0161",
            b"\\u",
            b"a",
            b"b",
            b"c",
            b"\xe9",
            b"\x7f",
            b"-- some more text that is plain --",
        ];
        let mut random = fastrand::Rng::with_seed(5);
        for _ in 0..2_000 {
            let count = random.usize(..40);
            let text: Vec<u8> =
                (0..count).flat_map(|_| pieces[random.usize(..pieces.len())]).copied().collect();
            let is_wanted = |at: usize| {
                let printable = text.get(at + 4).is_some_and(|digit| (b'2'..=b'7').contains(digit));
                let before = at.checked_sub(1).is_some_and(|at| b"ab\x7f z".contains(&text[at]));
                printable || before && text.get(at + 4) == Some(&b'1')
            };
            let plainly = all(|from| ways[0].find_plainly(&text, from, is_wanted));
            for way in &ways {
                let found = all(|from| way.find(&text, from, is_wanted));
                assert_eq!(found, plainly, "{}", String::from_utf8_lossy(&text));
            }
        }
    }
}
