//! The bytes of a signature: a head, then two sets of bits.
//!
//! The head has the sizes of the sets, a byte each, and a check sum of each kibibyte of them. So a question checks
//! what it looks at, which is little: of a text that is not there, two or three bits.
//!
//! A set has a power of two of bits, or an eighth, two or three eighths less: the bits of these are laid over its
//! beginning, so that a set is about as full as is wanted. The byte of its size: the power times four, and the
//! eighths.

use twox_hash::XxHash3_64;

/// The bits of the smallest and of the largest set, as powers of two.
pub(super) const SMALLEST: u32 = 6;
pub(super) const LARGEST: u32 = 21;

/// Bytes that have a check sum of their own.
const CHUNK: usize = 1 << 10;

/// Bytes of a check sum.
const CHECK: usize = 4;

/// The size of a set.
#[derive(Debug, Clone, Copy)]
struct Size {
    log2: u32,
    /// Eighths that are laid over the beginning.
    eighths: usize,
}

impl Size {
    fn of(words: &[u64]) -> Self {
        let log2 = (64 * words.len()).next_power_of_two().ilog2();
        let eighths = 8 - ((8 * 64 * words.len()) >> log2);
        Self { log2, eighths }
    }

    fn byte(self) -> u8 {
        (self.log2 as u8) << 2 | self.eighths as u8
    }

    fn from_byte(byte: u8) -> Option<Self> {
        let own = Self { log2: u32::from(byte >> 2), eighths: usize::from(byte & 3) };
        let is_whole = own.eighths == 0 || own.log2 >= SMALLEST + 3;
        ((SMALLEST..=LARGEST).contains(&own.log2) && is_whole).then_some(own)
    }

    /// Bytes of a set.
    fn bytes(self) -> usize {
        ((8 - self.eighths) << self.log2) / 64
    }
}

/// The bytes of two sets.
pub(super) fn encode(sets: &[Vec<u64>; 2]) -> Vec<u8> {
    let body: Vec<u8> = sets.iter().flatten().flat_map(|word| word.to_le_bytes()).collect();
    let mut signature: Vec<u8> = sets.iter().map(|set| Size::of(set).byte()).collect();
    signature.extend(body.chunks(CHUNK).flat_map(check_of));
    signature.extend(body);
    signature
}

fn check_of(bytes: &[u8]) -> [u8; CHECK] {
    (XxHash3_64::oneshot(bytes) as u32).to_le_bytes()
}

/// A signature that is read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Signature<'a> {
    bytes: &'a [u8],
    sizes: [Size; 2],
    checks: &'a [[u8; CHECK]],
    /// The sets.
    body: &'a [u8],
}

impl<'a> Signature<'a> {
    /// `None` if the bytes are none.
    pub(super) fn of(bytes: &'a [u8]) -> Option<Self> {
        let (sizes, rest) = bytes.split_first_chunk::<2>()?;
        let sizes = [Size::from_byte(sizes[0])?, Size::from_byte(sizes[1])?];
        let length = sizes[0].bytes() + sizes[1].bytes();
        let (checks, body) = rest.split_at_checked(CHECK * length.div_ceil(CHUNK))?;
        let (checks, _) = checks.as_chunks();
        (body.len() == length).then_some(Self { bytes, sizes, checks, body })
    }

    /// Its bytes.
    pub(super) fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// What comes before the sets, which no check sum in it is of.
    pub(super) fn head(&self) -> &'a [u8] {
        &self.bytes[..self.bytes.len() - self.body.len()]
    }

    /// Whether a set has the bit of a hash; what is damaged may have any.
    pub(super) fn may_have(&self, set: usize, hash: usize) -> bool {
        let size = self.sizes[set];
        let at = hash & ((1 << size.log2) - 1);
        let all = 8 * size.bytes();
        let at = if at < all { at } else { at - all };
        let byte = at / 8 + if set == 0 { 0 } else { self.sizes[0].bytes() };
        self.body[byte] >> (at % 8) & 1 == 1 || !self.is_sound(byte / CHUNK)
    }

    /// Whether a chunk of the sets has its check sum.
    fn is_sound(&self, chunk: usize) -> bool {
        let bytes = self.body.chunks(CHUNK).nth(chunk).unwrap_or_default();
        self.checks.get(chunk).is_some_and(|check| check_of(bytes) == *check)
    }

    /// Whether all of the sets have their check sums.
    pub(super) fn is_whole(&self) -> bool {
        (0..self.checks.len()).all(|chunk| self.is_sound(chunk))
    }
}
