//! A streamed entry, cut at newlines.

use std::io::{ErrorKind, Read};

use memchr::{memchr, memchr_iter, memrchr};

use super::feed::{Ending, PORTION, Piece, Portion};
use super::stream::{Mismatch, Stream};
use crate::error::Plain;

/// Bytes kept of a line that is longer than the limit, and of a byte order mark before it.
const KEPT: usize = (4 << 10) + 3;

/// An open entry: reads portions of whole lines and carries the unfinished one over.
pub(super) struct LineStream {
    entry: usize,
    stream: Stream,
    carry: Vec<u8>,
    line: i64,
    offset: u64,
}

impl LineStream {
    pub(super) fn new(entry: usize, stream: Stream) -> Self {
        Self { entry, stream, carry: Vec::new(), line: 1, offset: 0 }
    }

    /// Appends whole lines to the portion: about a portion's worth, more where one line is longer.
    pub(super) fn next(&mut self, portion: &mut Portion, max_line: usize) -> Piece {
        let start = portion.used();
        portion.append(&self.carry);
        self.carry.clear();
        let mut cut = None;
        let mut want = PORTION;
        let ending = loop {
            let have = portion.used() - start;
            let (_, result) = portion.read(&mut self.stream, want.saturating_sub(have));
            if let Err(error) = result {
                break failed(&error);
            }
            let text = portion.tail(start);
            if text.len() < want {
                break Ending::Whole;
            }
            if let Some(end) = memrchr(b'\n', text) {
                self.carry.extend_from_slice(&text[end + 1..]);
                portion.truncate(start + end + 1);
                break Ending::More;
            }
            if text.len() > max_line {
                let (length, ending) = self.skip_line(text.len() as u64);
                portion.truncate(start + KEPT);
                cut = Some(length);
                break ending;
            }
            want = want.saturating_mul(2);
        };
        let first = (self.line, self.offset);
        let text = portion.tail(start);
        match cut {
            Some(length) => {
                self.line += 1;
                self.offset += length + u64::from(ending == Ending::More);
            }
            // Nothing comes behind what ends the entry.
            None if ending != Ending::More => {}
            None => {
                self.line += memchr_iter(b'\n', text).count() as i64;
                self.offset += text.len() as u64;
            }
        }
        Piece::streamed(self.entry, start..portion.used(), first, cut, ending)
    }

    /// Reads past the end of a line of which `length` bytes are behind; returns its whole length.
    fn skip_line(&mut self, mut length: u64) -> (u64, Ending) {
        let mut buffer = vec![0; 256 << 10];
        loop {
            match self.stream.read(&mut buffer) {
                Ok(0) => return (length, Ending::Whole),
                Ok(read) => match memchr(b'\n', &buffer[..read]) {
                    Some(end) => {
                        self.carry.extend_from_slice(&buffer[end + 1..read]);
                        return (length + end as u64, Ending::More);
                    }
                    None => length += read as u64,
                },
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) => return (length, failed(&e)),
            }
        }
    }
}

fn failed(error: &std::io::Error) -> Ending {
    // A mismatch shows after the last byte, so the last line is as whole as it will ever be.
    let complete = error.get_ref().is_some_and(|inner| inner.is::<Mismatch>());
    Ending::Failed { reason: Plain(error).to_string(), partial: !complete }
}
