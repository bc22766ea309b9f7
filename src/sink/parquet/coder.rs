//! Codes for values: the dictionary of a chunk while it grows.

/// A value that can be in a dictionary.
pub(super) trait Coded: Copy + PartialEq {
    /// Differs for most values that differ; the high bits are as good as the low ones.
    fn hash(self) -> u64;
}

/// Odd, with about as many ones as zeros.
const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;

/// Both halves of the product in one: every bit of `a` and `b` counts.
#[inline]
fn fold(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    product as u64 ^ (product >> 64) as u64
}

impl Coded for u64 {
    #[inline]
    fn hash(self) -> u64 {
        fold(self ^ FACTOR, FACTOR)
    }
}

impl Coded for &str {
    #[inline]
    fn hash(self) -> u64 {
        let bytes = self.as_bytes();
        let word =
            |at: usize| bytes[at..].first_chunk().map_or(0, |word| u64::from_le_bytes(*word));
        let len = bytes.len();
        let seed = FACTOR ^ len as u64;
        match len {
            0..4 => {
                let byte = |at: usize| u64::from(bytes.get(at).copied().unwrap_or(0));
                fold(byte(0) | byte(1) << 8 | byte(2) << 16 ^ seed, FACTOR)
            }
            4..8 => {
                let half = |at: usize| {
                    bytes[at..].first_chunk().map_or(0, |half| u32::from_le_bytes(*half))
                };
                fold(u64::from(half(0)) | u64::from(half(len - 4)) << 32, seed)
            }
            // The last words may overlap those before them.
            8..=16 => fold(word(0) ^ seed, word(len - 8) ^ FACTOR),
            _ => {
                let whole = (0..len - 8).step_by(8);
                let hash = whole.fold(seed, |hash, at| fold(hash ^ word(at), FACTOR));
                fold(hash ^ word(len - 8), FACTOR)
            }
        }
    }
}

/// A slot of the table: the low half of a hash, and a code and one; zeros if it is free.
pub(super) type Slot = (u32, u32);

/// Values with their codes, in the order of first use.
pub(super) struct Coder<'t, V> {
    pub(super) values: Vec<V>,
    /// A power of two of them, at least half of them free.
    slots: &'t mut Vec<Slot>,
}

/// Slots of an empty table.
const SLOTS: usize = 512;

/// Slots that are looked at before a value is refused: so many in a row are taken only if somebody has made
/// values for it.
const PROBES: usize = 256;

impl<'t, V: Coded> Coder<'t, V> {
    /// Without values; `slots` is memory to use.
    pub(super) fn new(slots: &'t mut Vec<Slot>) -> Self {
        slots.clear();
        slots.resize(SLOTS, (0, 0));
        Self { values: Vec::new(), slots }
    }

    /// The code of a value, a new one if it is new; `None` if there is no place for it.
    #[inline]
    pub(super) fn code(&mut self, value: V) -> Option<u32> {
        let hash = value.hash();
        let mask = self.slots.len() - 1;
        let tag = hash as u32;
        let mut at = (hash >> 32) as usize;
        for _ in 0..PROBES {
            at &= mask;
            let slot = &mut self.slots[at];
            if slot.1 == 0 {
                self.values.push(value);
                let code = self.values.len() as u32;
                *slot = (tag, code);
                if self.values.len() * 2 > self.slots.len() {
                    self.grow();
                }
                return Some(code - 1);
            }
            if slot.0 == tag && self.values[slot.1 as usize - 1] == value {
                return Some(slot.1 - 1);
            }
            at += 1;
        }
        None
    }

    /// Doubles the table.
    #[cold]
    fn grow(&mut self) {
        let len = self.slots.len() * 2;
        self.slots.clear();
        self.slots.resize(len, (0, 0));
        for (code, value) in (1..).zip(&self.values) {
            let hash = value.hash();
            let mut at = (hash >> 32) as usize & (len - 1);
            while self.slots[at].1 != 0 {
                at = (at + 1) & (len - 1);
            }
            self.slots[at] = (hash as u32, code);
        }
    }
}
