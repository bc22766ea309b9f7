//! The innermost loop of the search in raw lines: escapes that may hide a character of a literal, a
//! vector at a time.
//!
//! `\u00XX` with a first digit of 2 to 7 is a printable character (Go writes `<` as `\u003c`), and
//! `\u001b` is an ESC; text has an ESC as it is. Logs with colours have an ESC every few words, so one is
//! asked about only if the two characters before it are neighbours in some literal, or the one before it
//! begins one: in `\u001b[31mfatal`, ESC is not within the word.
//!
//! A single literal is looked for in the same pass, by the two of its bytes that are rarest.

use memchr::arch::all::packedpair;
use memchr::memchr;
use memchr::memmem::Finder;

use super::line::ESCAPE;
use crate::record::ansi::ESC;
use crate::simd::Simd;

/// The class of printable characters that are written as escapes: any byte may be before them.
const PRINTABLE: u8 = 0x80;

/// The class of an ESC after the first character of a literal; the next ones are of the characters after it.
const FIRST: u8 = 1;

/// Classes of an ESC after one of the later characters.
const LATER: usize = 6;

/// Finds escapes that may hide a part of a literal.
#[derive(Debug, Clone)]
pub(super) struct Escapes {
    /// Of `\u00`, where no vectors are used.
    finder: Finder<'static>,
    tables: Tables,
    /// The literal, if it is one, and there are vectors.
    literal: Option<Literal>,
    simd: Simd,
}

/// A literal that is found by two of its bytes.
#[derive(Debug, Clone)]
struct Literal {
    text: Box<[u8]>,
    finder: Finder<'static>,
    /// Which bytes of it.
    places: [usize; 2],
}

impl Literal {
    fn new(text: &str) -> Option<Self> {
        let pair = packedpair::Pair::new(text.as_bytes())?;
        let places = [pair.index1(), pair.index2()].map(usize::from);
        let finder = Finder::new(text).into_owned();
        Some(Self { text: text.as_bytes().into(), finder, places })
    }

    /// How far after its first byte the vector loops look.
    fn reach(&self) -> usize {
        AFTER.max(self.places[0]).max(self.places[1])
    }

    /// The two bytes.
    fn bytes(&self) -> [u8; 2] {
        self.places.map(|place| self.text[place])
    }
}

/// The classes of escapes that a byte may be a part of, by the low bits of the byte: four in AVX2, whose
/// look-ups have 16 places, six in AVX-512. An escape is asked about if all bytes have a class in common.
#[derive(Debug, Clone)]
struct Tables {
    /// Of the second byte before.
    second: [u8; 64],
    /// Of the byte before.
    before: [u8; 64],
    /// Of the third digit.
    digit: [u8; 64],
}

impl Tables {
    /// Those of literals, for look-ups with so many places.
    fn new(literals: &[String], places: usize) -> Self {
        let mut own =
            Self { second: [PRINTABLE | FIRST; 64], before: [PRINTABLE; 64], digit: [0; 64] };
        let place = |byte: u8| usize::from(byte) % places;
        for literal in literals {
            for byte in literal.bytes() {
                own.digit[place(b'0' + (byte >> 4))] |= PRINTABLE;
            }
            // Nothing is within a literal after its last character.
            for (at, pair) in literal.as_bytes().windows(2).enumerate() {
                match at {
                    0 => own.before[place(pair[0])] |= FIRST,
                    _ => own.before[place(pair[0])] |= later(at - 1),
                }
                own.second[place(pair[0])] |= later(at);
            }
        }
        own.digit[place(b'1')] |= !PRINTABLE;
        own
    }
}

/// The class of an ESC after a character and the one after it, if the first is at this place in a literal.
fn later(at: usize) -> u8 {
    FIRST << (1 + at % LATER)
}

impl Escapes {
    /// Of these literals, in all the spellings that count.
    pub(super) fn new(literals: &[String]) -> Self {
        Self::with(Simd::detect(), literals)
    }

    /// Whether [`find_either`](Self::find_either) finds the literal.
    pub(super) fn has_literal(&self) -> bool {
        self.literal.is_some()
    }

    /// With these instructions, which the tests choose.
    fn with(simd: Simd, literals: &[String]) -> Self {
        let places = match simd {
            #[cfg(target_arch = "x86_64")]
            Simd::Avx2(_) => 16,
            _ => 64,
        };
        // Without vectors two searches are faster than one.
        let has_vectors = !matches!(simd, Simd::Portable(_));
        let literal = match literals {
            [one] if has_vectors => Literal::new(one),
            _ => None,
        };
        Self { finder: Finder::new(ESCAPE), tables: Tables::new(literals, places), literal, simd }
    }

    /// The first escape from `from` on that `is_wanted`: of a `\u00XX`, or with `RAW` of an ESC as it is. The
    /// vector loops do not ask about escapes that are not a character of a literal and not within one, so
    /// `is_wanted` must refuse those too.
    pub(super) fn find<const RAW: bool>(
        &self,
        text: &[u8],
        from: usize,
        is_wanted: impl Fn(usize) -> bool,
    ) -> Option<usize> {
        if from < BEFORE {
            // Many texts have none at all, which the plain search finds out in half the time. Only the vector
            // loops skip over many unwanted ones fast; they load the bytes before an escape, which the first
            // bytes of a text have not.
            let first = self.next::<RAW>(text, from)?;
            if is_wanted(first) {
                return Some(first);
            }
            return self.find::<RAW>(text, first + 1, is_wanted);
        }
        self.find_with::<RAW>(None, text, from, &is_wanted)
    }

    /// As [`find`](Self::find) of `\u00XX`, or the literal, whichever comes first. `None` as well if there is no
    /// [literal](Self::has_literal) to look for.
    pub(super) fn find_either(
        &self,
        text: &[u8],
        mut from: usize,
        is_wanted: impl Fn(usize) -> bool,
    ) -> Option<usize> {
        let literal = self.literal.as_ref()?;
        let is_either = |at: usize| match text[at] {
            // No literal has a backslash.
            b'\\' => is_wanted(at),
            _ => text[at..].starts_with(&literal.text),
        };
        while from < BEFORE.min(text.len()) {
            if is_either(from) {
                return Some(from);
            }
            from += 1;
        }
        self.find_with::<false>(Some(literal), text, from, &is_either)
    }

    /// The first escape, or literal if one is given, that `is_wanted`: by vectors as far as they reach.
    fn find_with<const RAW: bool>(
        &self,
        literal: Option<&Literal>,
        text: &[u8],
        from: usize,
        is_wanted: &impl Fn(usize) -> bool,
    ) -> Option<usize> {
        let found = match self.simd {
            // SAFETY: the token says that the features are there.
            #[cfg(target_arch = "x86_64")]
            Simd::Avx512(_) => unsafe { self.find_avx512::<RAW>(literal, text, from, is_wanted) },
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            Simd::Avx2(_) => unsafe { self.find_avx2::<RAW>(literal, text, from, is_wanted) },
            Simd::Portable(_) => Err(from),
        };
        found.map_or_else(|rest| self.find_plainly::<RAW>(literal, text, rest, is_wanted), Some)
    }

    /// The next `\u00`, or ESC.
    fn next<const RAW: bool>(&self, text: &[u8], from: usize) -> Option<usize> {
        let text = text.get(from..)?;
        let found = if RAW { memchr(ESC, text) } else { self.finder.find(text) };
        found.map(|at| from + at)
    }

    /// The same by one byte after the other: for other processors, and for the end of a text, where a
    /// whole vector would reach beyond it.
    fn find_plainly<const RAW: bool>(
        &self,
        literal: Option<&Literal>,
        text: &[u8],
        mut from: usize,
        is_wanted: impl Fn(usize) -> bool,
    ) -> Option<usize> {
        loop {
            let of_literal = literal.and_then(|own| own.finder.find(text.get(from..)?));
            let found = [self.next::<RAW>(text, from), of_literal.map(|at| from + at)];
            let at = found.into_iter().flatten().min()?;
            if is_wanted(at) {
                return Some(at);
            }
            from = at + 1;
        }
    }

    /// As [`find_avx2`](Self::find_avx2), 64 bytes at a time, and two vectors before it looks at the marks.
    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
    fn find_avx512<const RAW: bool>(
        &self,
        literal: Option<&Literal>,
        text: &[u8],
        from: usize,
        is_wanted: &impl Fn(usize) -> bool,
    ) -> Result<usize, usize> {
        use std::arch::x86_64::*;
        const WIDTH: usize = 64;
        let splat = |byte: u8| _mm512_set1_epi8(byte.cast_signed());
        let Tables { second, before, digit } = &self.tables;
        // SAFETY: the tables have a vector each.
        let [second, before, digits] = [second, before, digit]
            .map(|table| unsafe { _mm512_loadu_si512(table.as_ptr().cast()) });
        let pair = literal.map(|own| (own.places, own.bytes().map(splat)));
        let after = literal.map_or(AFTER, Literal::reach);
        let mut at = from.max(BEFORE);
        while at + 2 * WIDTH + after <= text.len() {
            let marks = |at: usize| {
                // SAFETY: `at` is `BEFORE` or more, and from there to `after` bytes after the two vectors all
                // is within the text; offsets are at most that.
                let load = |offset: usize| unsafe {
                    _mm512_loadu_si512(text.as_ptr().add(at - BEFORE + offset).cast())
                };
                let classes = _mm512_and_si512(
                    _mm512_permutexvar_epi8(load(0), second),
                    _mm512_permutexvar_epi8(load(1), before),
                );
                if RAW {
                    let begins = _mm512_cmpeq_epi8_mask(load(2), splat(ESC));
                    return _mm512_mask_test_epi8_mask(begins, classes, splat(!PRINTABLE));
                }
                let begins = _mm512_cmpeq_epi8_mask(load(2), splat(b'\\'));
                let begins = _mm512_mask_cmpeq_epi8_mask(begins, load(3), splat(b'u'));
                let digit = _mm512_permutexvar_epi8(load(6), digits);
                let escapes = _mm512_mask_test_epi8_mask(begins, classes, digit);
                let Some((places, bytes)) = pair else { return escapes };
                let first = _mm512_cmpeq_epi8_mask(load(BEFORE + places[0]), bytes[0]);
                let second = load(BEFORE + places[1]);
                escapes | _mm512_mask_cmpeq_epi8_mask(first, second, bytes[1])
            };
            let both = [marks(at), marks(at + WIDTH)];
            if both != [0, 0] {
                for (at, marks) in [at, at + WIDTH].into_iter().zip(both) {
                    if let Some(found) = wanted_among(at, marks, is_wanted) {
                        return Ok(found);
                    }
                }
            }
            at += 2 * WIDTH;
        }
        Err(at)
    }

    /// `Ok`: where a wanted escape is. `Err`: there is none before this place, and too little text
    /// after it for another vector.
    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2")]
    fn find_avx2<const RAW: bool>(
        &self,
        literal: Option<&Literal>,
        text: &[u8],
        from: usize,
        is_wanted: &impl Fn(usize) -> bool,
    ) -> Result<usize, usize> {
        use std::arch::x86_64::*;
        const WIDTH: usize = 32;
        let splat = |byte: u8| _mm256_set1_epi8(byte.cast_signed());
        let Tables { second, before, digit } = &self.tables;
        // SAFETY: the tables have more than the 16 bytes that are loaded.
        let [second, before, digits] = [second, before, digit].map(|table| unsafe {
            _mm256_broadcastsi128_si256(_mm_loadu_si128(table.as_ptr().cast()))
        });
        // The look-up has a zero for a byte with its high bit set.
        let look_up =
            |table, bytes| _mm256_shuffle_epi8(table, _mm256_and_si256(bytes, splat(0xf)));
        let pair = literal.map(|own| (own.places, own.bytes().map(splat)));
        let after = literal.map_or(AFTER, Literal::reach);
        let mut at = from.max(BEFORE);
        while at + WIDTH + after <= text.len() {
            // SAFETY: `at` is `BEFORE` or more, and from there to `after` bytes after the vector all is
            // within the text; offsets are at most that.
            let load = |offset: usize| unsafe {
                _mm256_loadu_si256(text.as_ptr().add(at - BEFORE + offset).cast())
            };
            let classes = _mm256_and_si256(look_up(second, load(0)), look_up(before, load(1)));
            let (begins, class) = if RAW {
                (_mm256_cmpeq_epi8(load(2), splat(ESC)), splat(!PRINTABLE))
            } else {
                let begins = _mm256_and_si256(
                    _mm256_cmpeq_epi8(load(2), splat(b'\\')),
                    _mm256_cmpeq_epi8(load(3), splat(b'u')),
                );
                (begins, look_up(digits, load(6)))
            };
            let common = _mm256_and_si256(classes, class);
            let none = _mm256_cmpeq_epi8(common, _mm256_setzero_si256());
            let mut marks = _mm256_andnot_si256(none, begins);
            if let Some((places, bytes)) = pair {
                let is = |at: usize| _mm256_cmpeq_epi8(load(BEFORE + places[at]), bytes[at]);
                marks = _mm256_or_si256(marks, _mm256_and_si256(is(0), is(1)));
            }
            let marks = _mm256_movemask_epi8(marks);
            let marks = u64::from(marks.cast_unsigned());
            if let Some(found) = wanted_among(at, marks, is_wanted) {
                return Ok(found);
            }
            at += WIDTH;
        }
        Err(at)
    }
}

/// How far before an escape the vector loops look.
const BEFORE: usize = 2;

/// How far after its first byte they look.
const AFTER: usize = 4;

/// The first escape that is wanted among the marked places from `at` on.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn wanted_among(at: usize, mut marks: u64, is_wanted: &impl Fn(usize) -> bool) -> Option<usize> {
    while marks != 0 {
        let found = at + marks.trailing_zeros() as usize;
        if is_wanted(found) {
            return Some(found);
        }
        // Clears the lowest bit that is set.
        marks &= marks - 1;
    }
    None
}

#[cfg(test)]
mod tests;
