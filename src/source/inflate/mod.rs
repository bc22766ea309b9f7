//! Inflates deflate data (RFC 1951), raw or as gzip, in pieces of any size.

mod tables;
mod fast;
mod decoder;
mod gzip;

use decoder::Decoder;

pub use gzip::Gunzip;

/// How far back a match reaches.
const HISTORY: usize = 32 << 10;

/// History and text behind it, for callers that take little at a time.
const WINDOW: usize = 4 * HISTORY;

/// What a call of [`Inflater::inflate`] did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Inflated {
    /// Bytes of the input that are used.
    pub read: usize,
    /// Bytes of text that were written.
    pub written: usize,
    /// What is missing to go on.
    pub stop: Stop,
}

/// Why decoding stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// The input is used up.
    Input,
    /// There is no room for more text.
    Output,
    /// The data is complete; bytes behind it are not read.
    End,
    /// The data is damaged; the text before the damage was written.
    Damage,
}

/// A decoder of raw deflate data that can stop at any byte of input and output.
///
/// It decodes into the caller's buffer where that is large, else by way of its own. Accepts what
/// zlib accepts.
pub struct Inflater {
    decoder: Decoder,
    /// The last text, at least [`HISTORY`] bytes of it or all.
    window: Box<[u8]>,
    /// Bytes of text in the window.
    held: usize,
    /// Of these, how many the caller has.
    given: usize,
}

impl Inflater {
    /// A decoder at the beginning of its data.
    pub fn new() -> Self {
        Self { decoder: Decoder::new(), window: vec![0; WINDOW].into(), held: 0, given: 0 }
    }

    /// Forgets everything: what comes next is other data.
    pub fn reset(&mut self) {
        self.decoder.reset();
        (self.held, self.given) = (0, 0);
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
            // The history is all in `into` at the beginning, and once so much was written there.
            let is_direct = room >= HISTORY && (self.held == 0 || written >= HISTORY);
            let outcome = if is_direct {
                let outcome = self.decoder.decode(&input[read..], into, written);
                self.remember(&into[..written + outcome.written]);
                written += outcome.written;
                outcome
            } else {
                self.inflate_to_window(&input[read..], room)
            };
            read += outcome.read;
            if outcome.stop != Stop::Output && self.given == self.held {
                break outcome.stop;
            }
        };
        Inflated { read, written, stop }
    }

    /// Hands out what the window has.
    fn give(&mut self, into: &mut [u8]) -> usize {
        let fresh = &self.window[self.given..self.held];
        let length = fresh.len().min(into.len());
        into[..length].copy_from_slice(&fresh[..length]);
        self.given += length;
        length
    }

    /// Keeps the end of what went by the window.
    fn remember(&mut self, text: &[u8]) {
        let last = &text[text.len().saturating_sub(HISTORY)..];
        self.window[..last.len()].copy_from_slice(last);
        (self.held, self.given) = (last.len(), last.len());
    }

    fn inflate_to_window(&mut self, input: &[u8], room: usize) -> Inflated {
        if self.held > WINDOW / 2 {
            self.window.copy_within(self.held - HISTORY..self.held, 0);
            (self.held, self.given) = (HISTORY, HISTORY);
        }
        // No more than it takes to go on without the window.
        let end = if room > 2 * HISTORY { self.held + HISTORY } else { WINDOW };
        let outcome = self.decoder.decode(input, &mut self.window[..end], self.held);
        self.held += outcome.written;
        outcome
    }
}

impl Default for Inflater {
    fn default() -> Self {
        Self::new()
    }
}
