//! Bits of the input, counted exactly, for `decoder`. `fast` has a reader of its own, which counts less
//! exactly and is faster.

use super::Stop;
use super::tables::low;

/// Bits taken from the input but not yet used: the lowest is next, those above `count` are zero.
///
/// It may hold whole bytes beyond what is needed only within a call; they are given back at its end.
#[derive(Clone, Copy, Default)]
pub(super) struct Bits {
    pub(super) buffer: u64,
    /// At most 63.
    pub(super) count: u32,
}

/// The input of a call and how much of it is taken.
pub(super) struct Input<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) at: usize,
}

/// The text, and how much of it is decoded.
pub(super) struct Output<'a> {
    pub(super) bytes: &'a mut [u8],
    pub(super) at: usize,
}

impl Bits {
    /// Drops bits, of which there must be as many.
    pub(super) fn consume(&mut self, bits: u32) {
        self.buffer >>= bits;
        self.count -= bits;
    }

    /// Adds at least one byte, as many as fit if the input has a whole word. An error means that the
    /// input is used up, and nothing has changed.
    #[inline]
    pub(super) fn pull(&mut self, input: &mut Input) -> Result<(), Stop> {
        let rest = &input.bytes[input.at..];
        if let Some(word) = rest.first_chunk()
            // From 56 on less than a byte fits, so the count would stay.
            && self.count < 56
        {
            self.buffer |= u64::from_le_bytes(*word) << self.count;
            let bytes = (63 - self.count) / 8;
            input.at += bytes as usize;
            self.count += 8 * bytes;
            // The word may have had more bits than are counted: keep zeros above.
            self.buffer = low(self.buffer, self.count);
            return Ok(());
        }
        let &byte = rest.first().ok_or(Stop::Input)?;
        self.buffer |= u64::from(byte) << self.count;
        input.at += 1;
        self.count += 8;
        Ok(())
    }

    /// Makes at least `bits` bits available, 32 at most.
    #[inline]
    pub(super) fn need(&mut self, bits: u32, input: &mut Input) -> Result<(), Stop> {
        while self.count < bits {
            self.pull(input)?;
        }
        Ok(())
    }

    /// Takes `bits` bits if they are available, else none, so that the call can be repeated.
    #[inline]
    pub(super) fn take(&mut self, bits: u32, input: &mut Input) -> Result<usize, Stop> {
        self.need(bits, input)?;
        let value = low(self.buffer, bits) as usize;
        self.consume(bits);
        Ok(value)
    }

    /// Returns whole bytes to the input, as far as they came from it: some may be from the input of an
    /// earlier call, which the caller has dropped.
    pub(super) fn give_back(&mut self, input: &mut Input) {
        let bytes = (self.count as usize / 8).min(input.at);
        input.at -= bytes;
        self.count -= 8 * bytes as u32;
        self.buffer = low(self.buffer, self.count);
    }
}
