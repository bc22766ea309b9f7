//! Blocks of deflate data, in any number of calls.
//!
//! Each state has a function that either finishes it, or notes how far it is and returns what is
//! missing. Nothing is taken of a symbol or number that is incomplete, so the next call just repeats
//! the step. That is what makes it possible to stop anywhere.

use super::bits::{Bits, Input, Output};
use super::fast;
use super::tables::{NoSymbol, Symbol, Tables};
use super::{Inflated, Stop};

/// Code lengths in a block's header: literals and lengths, then distances.
const MAX_LENGTHS: usize = 286 + 30;

/// The order in which the lengths of the precode are stored (RFC 1951, 3.2.7): those that are hardly
/// used come last, and can be left out.
const PRECODE_ORDER: [u8; 19] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/// Decodes into a buffer that also holds the text before.
pub(super) struct Decoder {
    /// Bits that are taken from the input; kept between calls if a symbol is incomplete.
    bits: Bits,
    /// Where in the data it is.
    at: At,
    /// The current block is the last one.
    is_last: bool,
    codes: Codes,
    tables: Box<Tables>,
}

/// What comes next in the input.
#[derive(Clone, Copy)]
enum At {
    /// The three bits before a block, or the end after the last one.
    Block,
    /// The two lengths before stored text.
    StoredLength,
    /// Stored text, of which this many bytes are left.
    Stored(usize),
    /// The numbers of code lengths.
    Counts,
    /// The lengths of the code for code lengths.
    PrecodeLengths,
    /// The code lengths.
    CodeLengths,
    /// Literals and matches.
    Symbols,
    /// The part of a match that did not fit.
    Match { length: usize, distance: usize },
    /// Nothing: the data is complete.
    End,
    /// Nothing that has a meaning; every call returns this again.
    Damage,
    /// Bits of the first byte that belong to what was before, where decoding begins in the middle.
    Skipped(u32),
}

/// The lengths in the header of a block, as far as they are read: a header may come in several calls.
struct Codes {
    /// Of literals and lengths, then of distances, in one sequence.
    lengths: [u8; MAX_LENGTHS],
    /// By symbol, not in the order in which they are stored.
    precode: [u8; 19],
    /// How many of the lengths are of literals and lengths.
    litlens: usize,
    /// How many lengths there are.
    total: usize,
    /// How many lengths of the precode there are.
    precodes: usize,
    /// How many are read, of the precode or of `lengths`.
    read: usize,
}

impl Decoder {
    pub(super) fn new() -> Self {
        let codes = Codes {
            lengths: [0; MAX_LENGTHS],
            precode: [0; 19],
            litlens: 0,
            total: 0,
            precodes: 0,
            read: 0,
        };
        Self {
            bits: Bits::default(),
            at: At::Block,
            is_last: false,
            codes,
            tables: Box::new(Tables::new()),
        }
    }

    /// A decoder at the beginning of a block, after so many bits of the first byte.
    pub(super) fn at_block(bits: u32) -> Self {
        Self { at: At::Skipped(bits), ..Self::new() }
    }

    /// Bits that are taken from the input and not used yet.
    pub(super) fn bits_held(&self) -> u32 {
        self.bits.count
    }

    /// Begins with new data.
    pub(super) fn reset(&mut self) {
        self.bits = Bits::default();
        self.at = At::Block;
        self.is_last = false;
    }

    /// Decodes until something stops it. `out[..start]` is the text before: all of it, or 32 KiB at
    /// least. `pause`: stops before the first block that begins there in `out` or later.
    pub(super) fn decode(
        &mut self,
        input: &[u8],
        out: &mut [u8],
        start: usize,
        pause: usize,
    ) -> Inflated {
        let start = start.min(out.len());
        let mut input = Input { bytes: input, at: 0 };
        let mut out = Output { bytes: out, at: start };
        let stop = loop {
            if matches!(self.at, At::Block) && out.at >= pause && !self.is_last {
                break Stop::Block;
            }
            if let Err(stop) = self.advance(&mut input, &mut out) {
                break stop;
            }
        };
        if stop == Stop::Damage {
            self.at = At::Damage;
        }
        // If input is what is missing, the bits in the buffer are part of a symbol that is incomplete:
        // the caller must not supply them again.
        if stop != Stop::Input {
            self.bits.give_back(&mut input);
        }
        Inflated { read: input.at, written: out.at - start, stop }
    }

    /// Takes one step in the current state. An error is the reason to stop: the next call takes the
    /// same step again.
    fn advance(&mut self, input: &mut Input, out: &mut Output) -> Result<(), Stop> {
        match self.at {
            At::Block => self.begin_block(input),
            At::StoredLength => self.stored_length(input),
            At::Stored(length) => self.stored(length, input, out),
            At::Counts => self.counts(input),
            At::PrecodeLengths => self.precode_lengths(input),
            At::CodeLengths => self.code_lengths(input),
            At::Symbols => self.symbols(input, out),
            At::Match { length, distance } => self.copy(length, distance, out),
            At::End => Err(Stop::End),
            At::Damage => Err(Stop::Damage),
            At::Skipped(bits) => {
                self.bits.take(bits, input)?;
                self.at = At::Block;
                Ok(())
            }
        }
    }

    /// Reads the three bits before each block.
    fn begin_block(&mut self, input: &mut Input) -> Result<(), Stop> {
        if self.is_last {
            self.at = At::End;
            return Ok(());
        }
        let header = self.bits.take(3, input)?;
        self.is_last = header & 1 == 1;
        self.at = match header >> 1 {
            0 => At::StoredLength,
            1 => {
                self.tables.set_fixed().map_err(|_| Stop::Damage)?;
                At::Symbols
            }
            2 => At::Counts,
            _ => return Err(Stop::Damage),
        };
        // Stored blocks begin at a whole byte.
        if matches!(self.at, At::StoredLength) {
            self.bits.consume(self.bits.count % 8);
        }
        Ok(())
    }

    /// Reads the length of a stored block, which comes twice: as it is and inverted.
    fn stored_length(&mut self, input: &mut Input) -> Result<(), Stop> {
        let lengths = self.bits.take(32, input)?;
        let (length, inverted) = (lengths & 0xffff, lengths >> 16);
        if length != !inverted & 0xffff {
            return Err(Stop::Damage);
        }
        // The text is copied from the input itself, so the buffer must not hold any of it.
        self.bits.give_back(input);
        self.at = At::Stored(length);
        Ok(())
    }

    /// Copies stored text from input to output, as far as both go.
    fn stored(&mut self, length: usize, input: &mut Input, out: &mut Output) -> Result<(), Stop> {
        if length == 0 {
            self.at = At::Block;
            return Ok(());
        }
        let (rest, room) = (&input.bytes[input.at..], &mut out.bytes[out.at..]);
        let now = length.min(rest.len()).min(room.len());
        room[..now].copy_from_slice(&rest[..now]);
        input.at += now;
        out.at += now;
        self.at = At::Stored(length - now);
        // Nothing copied: full output first, as `Inflater::inflate` promises.
        match now {
            0 if out.at == out.bytes.len() => Err(Stop::Output),
            0 => Err(Stop::Input),
            _ => Ok(()),
        }
    }

    /// Reads how many code lengths the header has of each kind.
    fn counts(&mut self, input: &mut Input) -> Result<(), Stop> {
        let counts = self.bits.take(14, input)?;
        let litlens = (counts & 0x1f) + 257;
        let distances = (counts >> 5 & 0x1f) + 1;
        // The fields could hold more; zlib refuses what has no meaning.
        if litlens > 286 || distances > 30 {
            return Err(Stop::Damage);
        }
        self.codes.litlens = litlens;
        self.codes.total = litlens + distances;
        self.codes.precodes = (counts >> 10) + 4;
        self.codes.precode = [0; 19];
        self.codes.read = 0;
        self.at = At::PrecodeLengths;
        Ok(())
    }

    /// Reads the lengths of the precode, three bits each; those not stored are 0.
    fn precode_lengths(&mut self, input: &mut Input) -> Result<(), Stop> {
        let codes = &mut self.codes;
        while codes.read < codes.precodes {
            let length = self.bits.take(3, input)?;
            codes.precode[usize::from(PRECODE_ORDER[codes.read])] = length as u8;
            codes.read += 1;
        }
        self.tables.set_precode(&codes.precode).map_err(|_| Stop::Damage)?;
        codes.read = 0;
        self.at = At::CodeLengths;
        Ok(())
    }

    /// Reads the code lengths of literals, lengths and distances, run-length encoded in one sequence.
    fn code_lengths(&mut self, input: &mut Input) -> Result<(), Stop> {
        while self.codes.read < self.codes.total {
            // Missing bits are zero, so the entry may be wrong. It is right if its code is no longer
            // than what is there.
            let (symbol, code_bits) = loop {
                let (symbol, bits) = self.tables.code_length(self.bits.buffer);
                if bits <= self.bits.count {
                    break (symbol, bits);
                }
                self.bits.pull(input)?;
            };
            // 16 repeats the last length, 17 and 18 repeat zero; others are themselves a length.
            let (extra, least) = match symbol {
                ..16 => (0, 1),
                16 => (2, 3),
                17 => (3, 3),
                _ => (7, 11),
            };
            // Nothing is consumed before all of it is there: this may be called again with more input.
            self.bits.need(code_bits + extra, input)?;
            self.bits.consume(code_bits);
            let times = least + self.bits.take(extra, input)?;
            self.codes.add(symbol, times)?;
        }
        let codes = &self.codes;
        let lengths = &codes.lengths[..codes.total];
        self.tables.set(lengths, codes.litlens).map_err(|_| Stop::Damage)?;
        self.at = At::Symbols;
        Ok(())
    }

    /// Decodes symbols by the fast loop, and one by one if that has no room.
    fn symbols(&mut self, input: &mut Input, out: &mut Output) -> Result<(), Stop> {
        match fast::decode(&self.tables, &mut self.bits, input, out) {
            fast::Halt::Room => {}
            fast::Halt::Block => {
                self.at = At::Block;
                return Ok(());
            }
            fast::Halt::Damage => return Err(Stop::Damage),
        }
        // One symbol, then the fast loop is tried again: there may be room in the next call. The room
        // for it comes first: a literal that is taken could not be kept.
        let room = out.bytes.get_mut(out.at).ok_or(Stop::Output)?;
        let (symbol, bits) = loop {
            match self.tables.symbol(self.bits.buffer, self.bits.count) {
                Ok(symbol) => break symbol,
                Err(NoSymbol::Short) => self.bits.pull(input)?,
                Err(NoSymbol::Invalid) => return Err(Stop::Damage),
            }
        };
        self.bits.consume(bits);
        match symbol {
            Symbol::Literal(byte) => {
                *room = byte;
                out.at += 1;
            }
            Symbol::Match { distance, .. } if distance > out.at => return Err(Stop::Damage),
            Symbol::Match { length, distance } => self.at = At::Match { length, distance },
            Symbol::End => self.at = At::Block,
        }
        Ok(())
    }

    /// Copies a match as far as there is room.
    fn copy(&mut self, length: usize, distance: usize, out: &mut Output) -> Result<(), Stop> {
        let now = length.min(out.bytes.len() - out.at);
        // Byte by byte, as a match may overlap with itself: a distance of 1 repeats the last byte.
        for _ in 0..now {
            // Checked, although the distance was: a caller may pass less of the text before than the
            // last time. That ends as damage, not as a panic.
            let from = out.at.checked_sub(distance).ok_or(Stop::Damage)?;
            out.bytes[out.at] = out.bytes[from];
            out.at += 1;
        }
        self.at =
            if now < length { At::Match { length: length - now, distance } } else { At::Symbols };
        if now < length { Err(Stop::Output) } else { Ok(()) }
    }
}

impl Codes {
    /// Adds a code length, or a repetition of the last one or of zero.
    #[inline]
    fn add(&mut self, symbol: u8, times: usize) -> Result<(), Stop> {
        let length = match symbol {
            ..16 => symbol,
            16 => *self.lengths[..self.read].last().ok_or(Stop::Damage)?,
            _ => 0,
        };
        let places = self.lengths[..self.total].get_mut(self.read..self.read + times);
        places.ok_or(Stop::Damage)?.fill(length);
        self.read += times;
        Ok(())
    }
}
