//! Where a streamed entry may be cut into pieces: between records. What a record is depends on the
//! format, which is detected from the first bytes.
//!
//! The two traits are the seam between sources and formats: sources call them, `format` implements
//! them, and neither sees into the other.

use std::borrow::Cow;
use std::fmt::Debug;

use memchr::memrchr;

use crate::identity::Identity;

/// A format of logs, by its place in the table `format::FORMATS`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FormatId(usize);

impl FormatId {
    /// The format at this place of the table.
    pub(crate) const fn at(place: usize) -> Self {
        Self(place)
    }

    /// Its place in the table.
    pub(crate) const fn place(self) -> usize {
        self.0
    }
}

/// A format and what it was recognised by.
pub type Recognised = (FormatId, Cow<'static, str>);

/// Detects the format of entries.
pub trait Recognise: Debug + Send + Sync {
    /// The format of an entry whose path alone decides it; `None`: its content must be looked at.
    fn by_path(&self, identity: &Identity) -> Option<Recognised>;

    /// The format of an entry that begins with these bytes, in UTF-8. Any bytes have one: plain text in
    /// the end.
    fn by_content(&self, bundle: &str, path: &str, head: &[u8]) -> Recognised;

    /// The format of an entry that is detected only while it is read, once, such as standard input.
    /// Formats that need a look at all of the text beforehand are not possible there.
    fn in_passing(&self, bundle: &str, path: &str, head: &[u8]) -> FormatId {
        self.by_content(bundle, path, head).0
    }

    /// The format of the last line of a text that comes line by line and of which no more has come than
    /// `head`; `None`: the next lines must say. `is_all`: no more will come.
    fn by_lines(&self, bundle: &str, path: &str, head: &[u8], _is_all: bool) -> Option<FormatId> {
        Some(self.in_passing(bundle, path, head))
    }

    /// The format of the rows that ripsaw wrote.
    fn written(&self) -> Recognised;

    /// The values of `stage` that rows of one log name themselves, in some formats.
    fn stages_of_rows(&self) -> &'static [&'static str];

    /// How many bytes of an entry are looked at; 0 if the format is forced.
    fn sample(&self) -> usize;

    /// Whether all entries are of one format, whatever they look like.
    fn is_forced(&self) -> bool;

    /// Starts the cutting of one entry of this format.
    fn framing(&self, format: FormatId) -> Box<dyn Framing>;
}

/// What a text in UTF-8 may begin with, as Windows tools write it.
pub(crate) const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Cuts the text of one entry, front to back; a byte order mark at its beginning is left out.
pub trait Framing: Send {
    /// How much of the text, which begins where the last cut was, is whole records: not 0. `None`
    /// if no record is whole yet; the same text will come again, with more after it. If it is as
    /// long as the longest line, it will not: a record that consists of lines may be cut between them.
    fn cut(&mut self, text: &[u8], is_long: bool) -> Option<usize>;

    /// Lines that continue a record are joined to its row, of at most so many bytes: what [`cut`](Self::cut) returns
    /// is where a row begins. Called before anything is cut; formats without such lines ignore it.
    fn join(&mut self, _max_line: usize) {}

    /// What must be known of the text before the last cut to decode what comes after it, such as the
    /// last timestamp, for lines that have none of their own. Opaque to all but the decoder of the
    /// format.
    fn context(&self) -> Vec<u8> {
        Vec::new()
    }

    /// Sets the longest record, in bytes, before any text comes.
    fn limit(&mut self, _max_line: usize) {}

    /// What a text is that is longer than a record may be, and of which no record is whole.
    fn begin_long(&mut self, _text: &[u8], _max_line: usize) -> Long {
        Long::Lines
    }

    /// How much of the next text belongs to the [item](Long::Item) that is too long; `None`: all of it.
    fn pass(&mut self, _text: &[u8]) -> Option<usize> {
        None
    }

    /// A record was too long and its rest left out: what comes next is not what `cut` has waited for.
    fn skipped(&mut self) {}

    /// Whether what begins with this line can be decoded without the text before it. A large entry may
    /// be divided there, into parts that are decoded apart.
    fn begins_anew(&self, _line: &[u8]) -> bool {
        false
    }

    /// Whether the line after this one may need it, so that the text is not divided between them. An empty
    /// line means that it is not known.
    fn leads(&self, _line: &[u8]) -> bool {
        false
    }
}

/// What a text is that is longer than a record may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Long {
    /// A line, or several: the longest record ends at a newline.
    Lines,
    /// An item that begins at this offset, whose end the framing [finds](Framing::pass).
    Item(usize),
    /// More of it must be seen.
    More,
}

/// A record per line, each independent of the others.
#[derive(Debug, Clone, Copy)]
pub struct Newlines;

impl Framing for Newlines {
    fn cut(&mut self, text: &[u8], _: bool) -> Option<usize> {
        memrchr(b'\n', text).map(|newline| newline + 1)
    }

    fn begins_anew(&self, _line: &[u8]) -> bool {
        true
    }
}

/// Whether a line has only spaces and tabs, apart from the `\r` of its line end.
pub fn is_blank(line: &[u8]) -> bool {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    line.iter().all(|byte| matches!(byte, b' ' | b'\t'))
}
