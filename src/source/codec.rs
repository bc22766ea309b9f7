//! Decoders of whole compressed files: gzip, zstd, xz, lzma and bzip2.

use std::io::{self, BufRead, BufReader, Read};

use liblzma::stream::{Action, CONCATENATED, Status, Stream as Lzma};

use super::magic::Codec;
use super::readers::{BUFFER, Inflate, Sips, Stream, zeros_of};

/// Memory that a file may ask of the decoder of xz, which is its dictionary: `xz -9` takes 65 MiB.
const XZ_MEMORY: u64 = 256 << 20;

/// The text of a compressed file, all of it up to any damage.
pub(super) fn decode(codec: Codec, source: impl Read + Send + 'static) -> io::Result<Stream> {
    let buffered = |source| BufReader::with_capacity(BUFFER, source);
    Ok(match codec {
        Codec::Gzip => Box::new(Inflate::gzip(buffered(source))),
        Codec::Zstd => Box::new(Sips(zstd::stream::read::Decoder::new(source)?)),
        Codec::Xz => {
            let decoder = Lzma::new_stream_decoder(XZ_MEMORY, CONCATENATED)?;
            Box::new(Members::new(buffered(source), Xz { decoder, name: "xz" }))
        }
        Codec::Lzma => {
            let decoder = Lzma::new_lzma_decoder(XZ_MEMORY)?;
            Box::new(Members::new(buffered(source), Xz { decoder, name: "lzma" }))
        }
        Codec::Bzip2 => Box::new(Members::new(buffered(source), Bzip2::new())),
    })
}

/// What a decoder did in one call.
struct Step {
    read: usize,
    written: usize,
    /// Nothing may follow but what the format allows between its members.
    is_end: bool,
    failure: Option<&'static str>,
}

/// A decoder that keeps what it has decoded when it meets damage.
trait Decode {
    fn step(&mut self, input: &[u8], into: &mut [u8]) -> Step;

    /// Expects another member. `false`: the format has one alone.
    fn restart(&mut self) -> bool;
}

/// Decoded members of a file, one after another.
struct Members<R, D> {
    source: R,
    decoder: D,
    state: State,
}

enum State {
    Inside,
    /// A member has ended; zeros may pad the file here.
    Between,
    Ended,
    Failed(io::Error),
}

impl<R, D> Members<R, D> {
    fn new(source: R, decoder: D) -> Self {
        Self { source, decoder, state: State::Inside }
    }
}

impl<R: BufRead, D: Decode> Read for Members<R, D> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if into.is_empty() {
            return Ok(0);
        }
        loop {
            let input = self.source.fill_buf()?;
            match &mut self.state {
                State::Ended => return Ok(0),
                State::Failed(_) => {
                    let State::Failed(error) = std::mem::replace(&mut self.state, State::Ended)
                    else {
                        return Ok(0);
                    };
                    return Err(error);
                }
                State::Between if input.is_empty() => self.state = State::Ended,
                State::Between if input[0] == 0 => {
                    let zeros = zeros_of(input);
                    self.source.consume(zeros);
                }
                State::Between if self.decoder.restart() => self.state = State::Inside,
                State::Between => {
                    self.state = failed("there is other data after the compressed data");
                }
                State::Inside => {
                    let at_end = input.is_empty();
                    let step = self.decoder.step(input, into);
                    self.source.consume(step.read);
                    if let Some(cause) = step.failure {
                        self.state = failed(cause);
                    } else if step.is_end {
                        self.state = State::Between;
                    } else if at_end && step.written == 0 {
                        let cause = "the data is cut short";
                        let error = io::Error::new(io::ErrorKind::UnexpectedEof, cause);
                        self.state = State::Failed(error);
                    }
                    if step.written > 0 {
                        return Ok(step.written);
                    }
                }
            }
        }
    }
}

fn failed(cause: &'static str) -> State {
    State::Failed(io::Error::new(io::ErrorKind::InvalidData, cause))
}

/// xz, which knows of its members and the padding between them itself, and lzma.
struct Xz {
    decoder: Lzma,
    name: &'static str,
}

impl Decode for Xz {
    fn step(&mut self, input: &[u8], into: &mut [u8]) -> Step {
        use liblzma::stream::Error;
        let before = (self.decoder.total_in(), self.decoder.total_out());
        let action = if input.is_empty() { Action::Finish } else { Action::Run };
        let result = self.decoder.process(input, into, action);
        let failure = match &result {
            Ok(_) => None,
            Err(Error::MemLimit) => Some("the xz data needs more than 256 MiB to decode"),
            Err(Error::NoCheck | Error::UnsupportedCheck | Error::Options) => {
                Some("the xz data uses options that are not supported")
            }
            Err(_) if self.name == "xz" => Some("the xz data is damaged"),
            Err(_) => Some("the lzma data is damaged"),
        };
        Step {
            read: (self.decoder.total_in() - before.0) as usize,
            written: (self.decoder.total_out() - before.1) as usize,
            is_end: matches!(result, Ok(Status::StreamEnd)),
            failure,
        }
    }

    fn restart(&mut self) -> bool {
        false
    }
}

struct Bzip2(bzip2::Decompress);

impl Bzip2 {
    fn new() -> Self {
        Self(bzip2::Decompress::new(false))
    }
}

impl Decode for Bzip2 {
    fn step(&mut self, input: &[u8], into: &mut [u8]) -> Step {
        let before = (self.0.total_in(), self.0.total_out());
        let result = self.0.decompress(input, into);
        Step {
            read: (self.0.total_in() - before.0) as usize,
            written: (self.0.total_out() - before.1) as usize,
            is_end: matches!(result, Ok(bzip2::Status::StreamEnd)),
            failure: result.is_err().then_some("the bzip2 data is damaged"),
        }
    }

    fn restart(&mut self) -> bool {
        *self = Self::new();
        true
    }
}
