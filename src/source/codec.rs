//! Decoders of whole compressed files: gzip, zstd, xz, lzma and bzip2.
//!
//! All promise the same: a file that is cut or damaged gives its text up to the damage (zstd: up to a
//! kilobyte less), then the error; a file of several members (`cat a.gz b.gz`) gives the text of all.
//! Zeros after a member of gzip or bzip2 are padding, as tapes and some tools add them.

use std::io::{self, BufRead, BufReader, Read};

use deflate64::Deflate64Decoder;
use liblzma::stream::{Action, CONCATENATED, Status, Stream as Lzma};

use super::archive::Method;
use super::magic::Codec;
use super::readers::{BUFFER, Inflate, Sips, Stream, zeros_of};

/// Memory in bytes that a file may ask of the decoder of xz, nearly all for its dictionary: `xz -9`
/// asks for 65 MiB. A header can ask for 4 GiB.
const XZ_MEMORY: u64 = 256 << 20;

/// The text of a compressed file, all of it up to any damage. Fails only if a decoder cannot be set up.
pub(super) fn decode(codec: Codec, source: impl Read + Send + 'static) -> io::Result<Stream> {
    let buffered = |source| BufReader::with_capacity(BUFFER, source);
    Ok(match codec {
        Codec::Gzip => Box::new(Inflate::gzip(buffered(source))),
        // This decoder drops the output of a call that fails: little is asked of it at a time.
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

/// The text of a member of a zip archive that is packed by an unusual method. `size`: of its text, if that says where LZMA
/// ends. Of a damaged one, all up to the damage.
pub(super) fn decode_member(
    method: Method,
    mut source: impl BufRead + Send + 'static,
    size: u64,
) -> io::Result<Stream> {
    Ok(match method {
        Method::Bzip2 => decode(Codec::Bzip2, source)?,
        Method::Zstd => decode(Codec::Zstd, source)?,
        Method::Xz => decode(Codec::Xz, source)?,
        // As little is asked of it at a time as of zstd's decoder.
        Method::Deflate64 => Box::new(Sips(Deflate64Decoder::with_buffer(source))),
        Method::Lzma => {
            // The version of the writer, and how many bytes of properties follow: as in a file, where the size of
            // the text comes after them.
            let mut head = [0; 4];
            source.read_exact(&mut head)?;
            let mut properties = [0; 5];
            if u16::from_le_bytes([head[2], head[3]]) != properties.len() as u16 {
                return Err(io::Error::new(io::ErrorKind::InvalidData, "the lzma data is damaged"));
            }
            source.read_exact(&mut properties)?;
            let head = [&properties[..], &size.to_le_bytes()].concat();
            decode(Codec::Lzma, io::Cursor::new(head).chain(source))?
        }
    })
}

/// What a decoder did in one call.
struct Step {
    /// Bytes of the input that it took.
    read: usize,
    /// Bytes of text that it gave: valid even if there is a failure.
    written: usize,
    /// A member has ended. Only what the format allows between members may follow.
    is_end: bool,
    /// What is wrong with the data, in words for people.
    failure: Option<&'static str>,
}

/// A decoder that keeps what it has decoded when it meets damage.
trait Decode {
    /// Decodes from `input` to `into`; an empty input is the end of the file.
    fn step(&mut self, input: &[u8], into: &mut [u8]) -> Step;

    /// Prepares for another member. `false`: the format has only one.
    fn restart(&mut self) -> bool;
}

/// Decoded members of a file, one after another.
struct Members<R, D> {
    source: R,
    decoder: D,
    state: State,
}

/// Where in the file a reader is.
enum State {
    /// In a member, at first before it.
    Inside,
    /// A member has ended; zeros may pad the file here.
    Between,
    /// All is read, and an error reported if there was one.
    Ended,
    /// To be reported by the next call, since this one may have given text.
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
                // Only lzma gets here: bzip2 takes whatever follows for a member, and xz ends only with
                // the file.
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
                    // The decoder may still hold text when the input ends, so only
                    // a call without output shows a cut.
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

/// The state after damage.
fn failed(cause: &'static str) -> State {
    State::Failed(io::Error::new(io::ErrorKind::InvalidData, cause))
}

/// xz, whose library reads concatenated members and the padding between them itself, and lzma, which
/// has one member.
struct Xz {
    decoder: Lzma,
    /// `xz` or `lzma`, for messages.
    name: &'static str,
}

impl Decode for Xz {
    fn step(&mut self, input: &[u8], into: &mut [u8]) -> Step {
        use liblzma::stream::Error;
        let before = (self.decoder.total_in(), self.decoder.total_out());
        // With `CONCATENATED` the decoder ends only when it knows that no more input comes.
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

/// bzip2, whose library decodes one member at a time.
struct Bzip2(bzip2::Decompress);

impl Bzip2 {
    fn new() -> Self {
        // Not the small variant, which halves the memory and is slower.
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
