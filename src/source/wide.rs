//! Text in UTF-16 or UTF-32, decoded while it is read, so that all that comes after sees UTF-8, and text whose
//! lines end with carriage returns, so that it sees newlines. Which of them it is, `encoding` says from the
//! first bytes.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::encoding::{Encoding, SAMPLE, Wide, telling};
use super::live::Patience;
use super::progress::Progress;
use super::readers::Mismatch;

/// A text as UTF-8, whatever it is in; UTF-8 and all else passes through as it is. Unpaired surrogates
/// become U+FFFD; an end in the middle of a character is an error after the text.
pub(super) struct Utf8<R> {
    source: R,
    patience: Patience,
    progress: Arc<Progress>,
    /// What was read to find the encoding.
    head: Vec<u8>,
    /// How much of it is given, if it is not decoded.
    given: usize,
    /// What was wrong after it: returned once the head is given.
    failure: Option<io::Error>,
    /// How the text is read.
    state: State,
}

/// How a text is read, once its first bytes are known.
enum State {
    /// Nothing is read yet.
    Unknown,
    /// As it is: first the head, then the source itself.
    Plain,
    /// The same, but carriage returns are newlines: of as many bytes, so that offsets are those of the file.
    CarriageReturns,
    /// Decoded.
    Wide(Transcoder),
}

impl<R: Read> Utf8<R> {
    pub(super) fn new(source: R, patience: Patience, progress: Arc<Progress>) -> Self {
        let (head, failure, state) = (Vec::new(), None, State::Unknown);
        Self { source, patience, progress, head, given: 0, failure, state }
    }

    /// Reads the first bytes and decides.
    fn begin(&mut self) {
        let told = match self.patience {
            Patience::Full => self.look(SAMPLE),
            Patience::Line => self.look_at_lines(),
        };
        let told = &self.head[..told];
        self.state = match Encoding::of(told) {
            Some((Encoding::Wide(wide), mark)) => {
                self.progress.transcoded.fetch_add(1, Ordering::Relaxed);
                // The mark is not part of the text.
                let bytes = self.head.split_off(mark);
                State::Wide(Transcoder::new(wide, bytes))
            }
            Some((Encoding::CarriageReturns, _)) => State::CarriageReturns,
            None => State::Plain,
        };
    }

    /// Reads until the head has `length` bytes, or there are no more; returns how many there are.
    fn look(&mut self, length: usize) -> usize {
        let missing = length.saturating_sub(self.head.len()) as u64;
        // What comes before an error is there.
        if let Err(error) = self.source.by_ref().take(missing).read_to_end(&mut self.head) {
            self.failure = Some(error);
        }
        self.head.len()
    }

    /// Reads what comes until it says which encoding it is in; returns how much of it does.
    fn look_at_lines(&mut self) -> usize {
        while self.head.len() < SAMPLE {
            if let Some(length) = telling(&self.head) {
                return length;
            }
            match read_some(&mut self.source, SAMPLE - self.head.len(), &mut self.head) {
                Ok(0) => break,
                Ok(_) => {}
                Err(error) => {
                    self.failure = Some(error);
                    break;
                }
            }
        }
        self.head.len()
    }
}

impl<R: Read> Read for Utf8<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if let State::Unknown = self.state {
            self.begin();
        }
        if let State::Wide(transcoder) = &mut self.state {
            return transcoder.read(&mut self.source, &mut self.failure, into);
        }
        let given = &mut self.given;
        let read = if *given < self.head.len() {
            let length = into.len().min(self.head.len() - *given);
            into[..length].copy_from_slice(&self.head[*given..*given + length]);
            *given += length;
            length
        } else {
            match self.failure.take() {
                Some(error) => return Err(error),
                None => self.source.read(into)?,
            }
        };
        if let State::CarriageReturns = self.state {
            into[..read].iter_mut().filter(|byte| **byte == b'\r').for_each(|byte| *byte = b'\n');
        }
        Ok(read)
    }
}

/// Appends what comes, up to `length` bytes; returns how many.
fn read_some(source: &mut impl Read, length: usize, bytes: &mut Vec<u8>) -> io::Result<usize> {
    let before = bytes.len();
    bytes.resize(before + length, 0);
    let read = loop {
        match source.read(&mut bytes[before..]) {
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            read => break read,
        }
    };
    bytes.truncate(before + *read.as_ref().unwrap_or(&0));
    read
}

/// Decodes a text in chunks, with a buffer on both sides.
struct Transcoder {
    wide: Wide,
    /// Bytes that are not decoded yet: at first the head, later less than a character.
    bytes: Vec<u8>,
    /// Decoded text.
    text: String,
    /// Bytes of it that were given.
    given: usize,
    /// The head was decoded, before more is waited for.
    begun: bool,
    /// The source has nothing more.
    ended: bool,
}

impl Transcoder {
    fn new(wide: Wide, bytes: Vec<u8>) -> Self {
        Self { wide, bytes, text: String::new(), given: 0, begun: false, ended: false }
    }

    fn read(
        &mut self,
        source: &mut impl Read,
        failure: &mut Option<io::Error>,
        into: &mut [u8],
    ) -> io::Result<usize> {
        const CHUNK: usize = 64 << 10;
        while self.given == self.text.len() && !into.is_empty() {
            if self.ended {
                return failure.take().map_or(Ok(0), Err);
            }
            if failure.is_none() && std::mem::replace(&mut self.begun, true) {
                match read_some(source, CHUNK, &mut self.bytes) {
                    Ok(read) => self.ended = read == 0,
                    Err(error) => *failure = Some(error),
                }
            }
            // The text up to the failure is decoded and given first.
            self.ended |= failure.is_some();
            self.text.clear();
            self.given = 0;
            self.decode();
            // As a mismatch, since the text before it is all there.
            if self.ended && failure.is_none() && !self.bytes.is_empty() {
                let cause = "the text ends in the middle of a character";
                let cause = format!("{cause} of {}", self.wide.name());
                *failure = Some(io::Error::new(io::ErrorKind::InvalidData, Mismatch(cause)));
            }
        }
        let length = into.len().min(self.text.len() - self.given);
        into[..length].copy_from_slice(&self.text.as_bytes()[self.given..][..length]);
        self.given += length;
        Ok(length)
    }

    /// Decodes all characters that are whole; the bytes of the last one may stay.
    fn decode(&mut self) {
        let used = match (self.wide.unit, self.wide.big_endian) {
            (2, big_endian) => {
                let (units, _) = self.bytes.as_chunks::<2>();
                let unit = |&pair: &[u8; 2]| match big_endian {
                    true => u16::from_be_bytes(pair),
                    false => u16::from_le_bytes(pair),
                };
                let is_half = |last: &[u8; 2]| (0xd800..0xdc00).contains(&unit(last));
                // The other half of a pair may be in the next chunk.
                let waits = !self.ended && units.last().is_some_and(is_half);
                let units = &units[..units.len() - usize::from(waits)];
                let letters = char::decode_utf16(units.iter().map(unit));
                let letter = |letter: Result<_, _>| letter.unwrap_or(char::REPLACEMENT_CHARACTER);
                self.text.extend(letters.map(letter));
                2 * units.len()
            }
            (_, big_endian) => {
                let (units, _) = self.bytes.as_chunks::<4>();
                let letter = |&unit: &[u8; 4]| {
                    let number = match big_endian {
                        true => u32::from_be_bytes(unit),
                        false => u32::from_le_bytes(unit),
                    };
                    char::from_u32(number).unwrap_or(char::REPLACEMENT_CHARACTER)
                };
                self.text.extend(units.iter().map(letter));
                4 * units.len()
            }
        };
        self.bytes.drain(..used);
    }
}
