//! An entry as a stream, for those too large to hold, of unknown size, or damaged.
//!
//! A stream is built in layers, each a reader around another: where the bytes are (`open_member` and
//! the like), then as many decoders as the first bytes call for (`decompress`), then UTF-8 (`text`).
//! All may be on a pipe, so nothing goes back: what is looked at is chained before the rest.

use std::fs::File;
use std::io::{self, Cursor, Read};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use super::access::Points;
use super::archive::{Archive, Data, Member, Packing};
use super::binary::{self, is_binary};
use super::codec;
use super::live::{Live, LiveReader, Patience};
use super::magic::{self, Kind};
use super::name::suffix;
use super::progress::Progress;
use super::readers::{
    ArchiveBytes, Backed, Broken, Checked, Counted, Exact, Inflate, Listed, Of, Stream, of,
};
use super::{encoding, foreign, tar, wide};

/// Compression within compression: what is nested deeper stays closed.
pub(super) const MAX_NESTING: usize = 8;

/// Whether the name promises a compressed file. Only a hint: the bytes decide.
pub(super) fn has_compressed_suffix(name: &str) -> bool {
    let suffix = suffix(name);
    ["gz", "zst", "xz", "lzma", "bz2"].iter().any(|known| suffix.eq_ignore_ascii_case(known))
}

/// A member of a zip archive as it was before, its size and CRC checked at the end. Fails at once only
/// if its data cannot be found or is not supported.
pub(super) fn open_member(
    archive: &Arc<Archive>,
    member: &Member,
    progress: &Arc<Progress>,
) -> io::Result<Stream> {
    open_member_noting(archive, member, progress, None)
}

/// As [`open_member`]; notes where its data can be entered.
pub(super) fn open_member_noting(
    archive: &Arc<Archive>,
    member: &Member,
    progress: &Arc<Progress>,
    points: Option<Points>,
) -> io::Result<Stream> {
    if let Some(why) = member.refusal() {
        return Err(io::Error::other(why));
    }
    let Data { range, cut } = archive.data(member).map_err(io::Error::other)?;
    let bytes = ArchiveBytes::new(Arc::clone(archive), range, Arc::clone(progress));
    Ok(match member.packing() {
        Some(Packing::Stored) => Box::new(Checked::new(bytes, member, cut)),
        Some(Packing::Other(method)) => {
            let what = member.method();
            let text = codec::decode_member(method, bytes, member.size_of_lzma());
            let text = Of { source: text.map_err(|e| of(&what, &e))?, what };
            Box::new(Checked::new(text, member, cut))
        }
        Some(Packing::Deflated) | None => {
            let text = Inflate::deflate(bytes);
            let text = match points {
                Some(points) => text.noting(points),
                None => text,
            };
            Box::new(Checked::new(text, member, cut))
        }
    })
}

/// A range of bytes as they are; that all of them are there is checked at the end.
pub(super) fn open_range<B: Backed + 'static>(
    backing: &Arc<B>,
    range: Range<u64>,
    progress: &Arc<Progress>,
) -> Stream {
    let left = range.end - range.start;
    let bytes = ArchiveBytes::new(Arc::clone(backing), range, Arc::clone(progress));
    Box::new(Exact { source: bytes, left })
}

/// A file of the file system. It must have at least the bytes it was listed with; what was appended
/// since is read too.
pub(super) fn open_file(path: &Path, listed: u64, progress: &Arc<Progress>) -> io::Result<Stream> {
    let file = Listed { file: File::open(path)?, missing: listed };
    Ok(Box::new(Counted(file, Arc::clone(progress))))
}

/// What comes from standard input or a pipe.
pub(super) fn open_live(live: &Arc<Live>, progress: &Arc<Progress>) -> Stream {
    Box::new(Counted(LiveReader(Arc::clone(live)), Arc::clone(progress)))
}

/// Whether an entry's bytes are lines in UTF-8, rather than compressed, an archive, or in another
/// encoding. `as_text`: the format is forced, so files that are not logs are text as well.
pub(super) fn is_text(bytes: &[u8], as_text: bool) -> bool {
    match magic::kind_of(bytes) {
        Kind::Text => encoding::encoding_of(bytes).is_none(),
        Kind::Foreign(_) => as_text,
        Kind::Compressed(_) | Kind::Zip | Kind::Tar => false,
    }
}

/// What is inside all layers of compression.
pub(super) struct Inner {
    /// What the bytes are; not [`Kind::Compressed`].
    pub(super) kind: Kind,
    /// How many layers of compression were around it.
    pub(super) layers: usize,
    /// The content, from its first byte.
    pub(super) bytes: Stream,
}

/// Undoes all layers of compression: looks at the first bytes, as often as they call for a decoder.
pub(super) fn decompress(source: Stream) -> io::Result<Inner> {
    decompress_with(source, Patience::Full)
}

/// As [`decompress`], with as much patience.
pub(super) fn decompress_with(source: Stream, patience: Patience) -> io::Result<Inner> {
    let mut source = source;
    // A file can be made that decompresses to itself, so there is a limit.
    for layers in 0..=MAX_NESTING {
        let (head, bytes) = beginning(source, patience);
        match magic::kind_of(&head) {
            Kind::Compressed(codec) => source = codec::decode(codec, bytes)?,
            kind => return Ok(Inner { kind, layers, bytes }),
        }
    }
    Err(io::Error::other(format!("it is compressed more than {MAX_NESTING} times")))
}

/// How much is known of a log before it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Known {
    /// Its format is forced: whatever it looks like is text.
    Forced,
    /// It was looked at, and is a log.
    Looked,
    /// Nothing: it is looked at now.
    Nothing,
}

/// The text of a log in UTF-8, of what is inside of its compression. What is not text is an error: archives
/// whatever is `known`, other files unless the format is forced. Whether
/// what comes by lines is binary is left to the caller.
pub(super) fn text_of(
    Inner { kind, bytes, .. }: Inner,
    known: Known,
    patience: Patience,
    progress: &Arc<Progress>,
) -> io::Result<Stream> {
    let refusal = match kind {
        Kind::Zip => {
            "a zip archive cannot be read as a stream; use a file, or - for standard input"
        }
        Kind::Tar => {
            "a tar archive cannot be read as a stream here; use a file, or - for standard input"
        }
        Kind::Foreign(foreign) if known != Known::Forced => &foreign.reason(),
        Kind::Text | Kind::Compressed(_) | Kind::Foreign(_) => {
            let text = Box::new(wide::Utf8::new(bytes, patience, Arc::clone(progress)));
            // The look has made sure that it is text, or the user insists.
            if known != Known::Nothing || patience == Patience::Line {
                return Ok(text);
            }
            let (sample, text) = peek(text, binary::SAMPLE);
            if !is_binary(&sample, sample.len() < binary::SAMPLE) {
                return Ok(text);
            }
            &foreign::BINARY.reason()
        }
    };
    Err(io::Error::other(refusal))
}

/// The first bytes of a file, as many as say what it is, and all of it as a stream.
fn beginning(source: Stream, patience: Patience) -> (Vec<u8>, Stream) {
    let (head, source) = match patience {
        Patience::Full => peek(source, magic::HEAD),
        Patience::Line => peek_until(source, magic::HEAD, magic::is_telling),
    };
    match head.len() == magic::HEAD && tar::is_blank(&head) {
        // An empty tar file has nothing but zeros to its end; a text may come after them.
        true => peek(source, tar::LARGEST_EMPTY + 1),
        false => (head, source),
    }
}

/// The first bytes of a stream, and the stream from its beginning. What fails early fails later, when
/// what comes before is read.
fn peek(source: Stream, length: usize) -> (Vec<u8>, Stream) {
    peek_until(source, length, |_| false)
}

/// As [`peek`], of no more than is enough.
fn peek_until(
    mut source: Stream,
    length: usize,
    is_enough: impl Fn(&[u8]) -> bool,
) -> (Vec<u8>, Stream) {
    let mut head = vec![0; length];
    let (mut read, mut rest) = (0, None);
    while read < length && !is_enough(&head[..read]) {
        match source.read(&mut head[read..]) {
            Ok(0) => break,
            Ok(more) => read += more,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => {
                rest = Some(Box::new(Broken(Some(error))) as Stream);
                break;
            }
        }
    }
    head.truncate(read);
    (head.clone(), Box::new(Cursor::new(head).chain(rest.unwrap_or(source))))
}
