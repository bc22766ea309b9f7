//! Inflates deflate data (RFC 1951), raw or as gzip, in pieces of any size.
//!
//! Deflate is a sequence of Huffman codes without alignment: each symbol is known only once the one
//! before it is decoded. One entry therefore inflates on one thread, and what limits the speed is the
//! chain of dependent steps: look up the code, shift the bit buffer, look up again. zlib's interface
//! stops at any byte but is slow; libdeflate is fast but wants input and output whole. This decoder
//! does both, in two layers:
//!
//! - `decoder` is a state machine that can stop between any two bits and any two bytes. It is
//!   correct everywhere and fast nowhere.
//! - `fast` takes over in the middle of the buffers, where a single check of room per round replaces
//!   all checks within, and returns to `decoder` near their ends.
//!
//! Both read the same `tables`. An entry of a table holds all that its code means, in 32 bits: how
//! many bits to consume, including extra bits, and one or two literals or the base of a length or
//! distance. Log text is mostly literals with short codes, so pairs of literals double what one
//! lookup gives.
//!
//! **The bit buffer.** The next bit of the input is the lowest of a 64-bit word. `decoder` counts
//! exactly: bits above the count are zero, and whole bytes that are not needed go back to the input
//! when a call ends, so that the caller knows where the data ended. `fast` does not count exactly: a
//! refill ORs in a whole word and advances by the bytes that fit, so the bits above the count are
//! the correct next bits, and ORing the same bits in again changes nothing. That works only while
//! these bits come from the input; hence they are masked off before `decoder` sees the buffer.
//!
//! Which data is accepted follows zlib to the letter (incomplete codes, distances too far back), since
//! an entry must not be damaged in one reader and whole in the other.

mod tables;
mod bits;
mod fast;
mod decoder;
mod gzip;

use decoder::Decoder;

pub use gzip::Gunzip;

/// How far back a match can reach by RFC 1951, in bytes.
const HISTORY: usize = 32 << 10;

/// History and the text after it, for callers that take little at a time. The window is moved only when
/// more than half of it is filled: by then all of the history is new, so each byte moves once at most.
const WINDOW: usize = 4 * HISTORY;

/// What a call of [`Inflater::inflate`] did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Inflated {
    /// Bytes of the input that are used.
    pub read: usize,
    /// Bytes of text that were written.
    pub written: usize,
    /// What is needed to continue, if anything.
    pub stop: Stop,
}

/// Why decoding stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// The input is used up.
    Input,
    /// There is no room for more text.
    Output,
    /// The data is complete; bytes after it are not read.
    End,
    /// The data is damaged; the text before the damage was written.
    Damage,
    /// A block begins, and a [pause](Inflater::pause_after) was asked for.
    Block,
}

/// A decoder of raw deflate data that can stop at any byte of input and output.
///
/// It decodes straight into the caller's buffer if that is large, else into a window of its own.
/// Accepts what zlib accepts.
pub struct Inflater {
    decoder: Decoder,
    /// The last text, at least [`HISTORY`] bytes of it or all.
    window: Box<[u8]>,
    /// Bytes of text in the window.
    held: usize,
    /// Of these, how many the caller has.
    given: usize,
    /// Bytes of the input that were taken.
    taken: u64,
    /// Bytes of text that are still to come before a pause; `None`: there is none.
    pause: Option<usize>,
}

impl Inflater {
    /// A decoder at the beginning of its data.
    pub fn new() -> Self {
        Self::with(Decoder::new())
    }

    fn with(decoder: Decoder) -> Self {
        let window = vec![0; WINDOW].into();
        Self { decoder, window, held: 0, given: 0, taken: 0, pause: None }
    }

    /// A decoder in the middle of data, where a block begins: after so many bits of the first byte of the
    /// input. `history`: the last text before it, 32 KiB or all.
    pub fn resumed(history: &[u8], bits: u32) -> Self {
        let mut own = Self::with(Decoder::at_block(bits % 8));
        own.remember(history);
        own
    }

    /// Stops with [`Stop::Block`] before the first block after so many bytes of text, that is not the first of
    /// the data; until it is told of another pause, or of none.
    pub fn pause_after(&mut self, text: Option<usize>) {
        self.pause = text;
    }

    /// After [`Stop::Block`]: where the block begins in all of the input, in bits, and the text before it, as
    /// much as it may refer to.
    pub fn block(&self) -> (u64, &[u8]) {
        let bits = 8 * self.taken - u64::from(self.decoder.bits_held());
        (bits, &self.window[self.held.saturating_sub(HISTORY)..self.held])
    }

    /// Forgets everything, to start on other data.
    pub fn reset(&mut self) {
        self.decoder.reset();
        (self.held, self.given) = (0, 0);
        (self.taken, self.pause) = (0, None);
    }

    /// Decodes from `input` to `into`, until one of them is used up, or the data is complete or
    /// damaged. [`Stop::Output`] takes precedence: call again with room to learn of the others.
    pub fn inflate(&mut self, input: &[u8], into: &mut [u8]) -> Inflated {
        let (mut read, mut written) = (0, 0);
        let stop = loop {
            written += self.give(&mut into[written..]);
            let room = into.len() - written;
            if room == 0 {
                break Stop::Output;
            }
            // Matches refer to the text before, so it must all be in `into`: at the beginning there is
            // none, later there must be a whole history.
            let is_direct = room >= HISTORY && (self.held == 0 || written >= HISTORY);
            let outcome = if is_direct {
                let pause = self.pause.map_or(usize::MAX, |left| left.saturating_add(written));
                let outcome = self.decoder.decode(&input[read..], into, written, pause);
                self.remember(&into[..written + outcome.written]);
                written += outcome.written;
                outcome
            } else {
                self.inflate_to_window(&input[read..], room)
            };
            read += outcome.read;
            self.taken += outcome.read as u64;
            self.pause = self.pause.map(|left| left.saturating_sub(outcome.written));
            // A full window is no reason to stop: hand it out and go on, while the caller has room.
            if outcome.stop != Stop::Output && self.given == self.held {
                break outcome.stop;
            }
        };
        Inflated { read, written, stop }
    }

    /// Hands out what the caller does not have of the window.
    fn give(&mut self, into: &mut [u8]) -> usize {
        let fresh = &self.window[self.given..self.held];
        let length = fresh.len().min(into.len());
        into[..length].copy_from_slice(&fresh[..length]);
        self.given += length;
        length
    }

    /// Copies the end of what was decoded without the window into it, for the next call.
    fn remember(&mut self, text: &[u8]) {
        let last = &text[text.len().saturating_sub(HISTORY)..];
        self.window[..last.len()].copy_from_slice(last);
        (self.held, self.given) = (last.len(), last.len());
    }

    /// Decodes into the window, for the caller to be given by [`give`](Self::give).
    fn inflate_to_window(&mut self, input: &[u8], room: usize) -> Inflated {
        // Make room by dropping all but the history.
        if self.held > WINDOW / 2 {
            self.window.copy_within(self.held - HISTORY..self.held, 0);
            (self.held, self.given) = (HISTORY, HISTORY);
        }
        // With much room, decode just one history here: then the caller's buffer has it, and the rest
        // is decoded there without a copy.
        let end = if room > 2 * HISTORY { self.held + HISTORY } else { WINDOW };
        let pause = self.pause.map_or(usize::MAX, |left| left.saturating_add(self.held));
        let outcome = self.decoder.decode(input, &mut self.window[..end], self.held, pause);
        self.held += outcome.written;
        outcome
    }
}

impl Default for Inflater {
    fn default() -> Self {
        Self::new()
    }
}
