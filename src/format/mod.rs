//! Bytes to records: one file or folder per format, and the detection of a file's format.
//!
//! `Survey` lists the inputs and gives each entry a [`FormatId`]. The text of an entry is cut into pieces
//! by its format's [`Framing`], and [`Decoder`] turns each piece into rows of a [`LinesBuilder`]. Pieces
//! are decoded by several threads in any order, so a piece carries all that its decoder must know of the
//! text before it.
//!
//! `lines` has what all formats of lines share, `stamped` what lines with a time do, `joining` puts texts together that
//! come in parts, `continued` lines that continue a record, `inner` reads objects within texts, `tail` those at their ends, `wanted` leaves out lines that a search cannot want, and `document`
//! reads JSON that spans lines. `rules` has formats that are data, of users and of ripsaw. docs/formats.md has the rules of each format.

mod lines;
mod joining;
mod continued;
mod inner;
mod pass;
mod redraws;
mod steps;
mod tail;
mod wanted;
mod sample;
mod clock;
mod stamped;
mod opening;
mod document;
mod envelope;
mod objects;
mod bulk;
mod survey;
mod choice;
pub mod harness;
mod deepset;
mod firstgen;
mod jobs;
mod azure;
mod github;
mod apify_text;
mod apify;
mod docker;
mod cri;
mod gitlab;
mod jenkins;
mod gh;
mod buildkite;
mod access;
mod ripsaw;
mod ndjson;
mod json;
mod made;
mod direct;
mod within;
mod records;
mod prefixed;
mod syslog;
mod klog;
mod logfmt;
mod csv;
mod level_word;
mod rules;
mod stamped_text;
mod time_of_day;
mod text;

use std::ops::Range;

use crate::identity::Identity;
use crate::json::{AnyParser, Mapping};
use crate::query::Wanted;
use crate::source::Reference;
use crate::source::{Catalog, FormatId, Framing, Piece, ReadOptions};
use crate::table::{LinesBuilder, Origin};

pub use choice::Formats;
#[cfg(any(feature = "fetch", feature = "serve"))]
pub(crate) use deepset::MEMBERS as DEEPSET_MEMBERS;
pub(crate) use ripsaw::each_keys as each_key_of_rows;
pub use rules::{of_file, of_regex};
pub(crate) use sample::Sample;
pub(crate) use survey::Survey;

/// The formats that are code, in the order in which they are tried: the special ones before those that would take
/// their files as well. Entries whose format is not known are read as the first; the last takes anything. Those that
/// are data come before the last three; [`FormatId::all`] has them all.
pub static FORMATS: &[&Format] = &[
    &harness::FORMAT,
    &deepset::FORMAT,
    &firstgen::FORMAT,
    &gitlab::FORMAT,
    &jenkins::FORMAT,
    &gh::FORMAT,
    &buildkite::FORMAT,
    &cri::FORMAT,
    &azure::FORMAT,
    &github::FORMAT,
    &apify::FORMAT,
    &access::FORMAT,
    &docker::FORMAT,
    &ripsaw::FORMAT,
    &ndjson::FORMAT,
    &json::FORMAT,
    &prefixed::FORMAT,
    &syslog::FORMAT,
    &klog::FORMAT,
    &logfmt::FORMAT,
    &csv::FORMAT,
    &stamped_text::FORMAT,
    &time_of_day::FORMAT,
    &text::FORMAT,
];

/// How many at the end of [`FORMATS`] take lines of almost any text.
const ANY: usize = 3;

/// The revision of all decoders: raised whenever any of them makes other rows of the same bytes, or cuts them
/// otherwise. An index of another revision is not used.
pub const REVISION: u32 = 8;

/// A format of logs.
pub struct Format {
    /// Its name on the command line (`--format`) and in the column `format` of the table `entries`.
    pub name: &'static str,
    /// One line for people, shown by `ripsaw formats`.
    pub title: &'static str,
    /// What it is detected by, in a sentence for `ripsaw formats`.
    pub detected_by: &'static str,
    /// Columns and what they are filled from; columns that are not listed are null.
    pub columns: &'static [(&'static str, &'static str)],
    /// What is known of all its logs.
    pub origin: &'static Origin,
    /// The reason if a file that begins like this is of the format, for `ls --formats`; `None` if it is not.
    recognise: fn(&Sample<'_>) -> Option<String>,
    /// The identity columns that the names of bundle and file give.
    identify: fn(&str, &str) -> Identity,
    /// Looks at all entries of this format together before any is read. It may name them, set some aside
    /// or divide them.
    survey: Option<fn(&mut Catalog, FormatId)>,
    /// Values of `stage` that its rows may give themselves: with any, a filter on stages cannot rule out an
    /// entry by its path.
    stages: &'static [&'static str],
    /// A new framing for each entry: it may have state, such as open brackets.
    framing: fn() -> Box<dyn Framing>,
    /// A new decoder for each thread that needs one.
    decoder: fn(&Settings) -> Box<dyn Decode>,
}

impl FormatId {
    /// The format that `--format` calls so.
    pub fn named(name: &str) -> Option<Self> {
        // Those that are code first: the others are read when they are asked for.
        let code = (0..FORMATS.len()).map(Self::at);
        code.chain(rules::shipped()).find(|id| id.format().name == name)
    }

    /// The format.
    pub fn format(self) -> &'static Format {
        // Ids are made for formats that there are.
        FORMATS
            .get(self.place())
            .copied()
            .or_else(|| rules::format_of(self))
            .unwrap_or(&text::FORMAT)
    }

    /// Whether the keys of its records may be columns: it has none of its own.
    pub fn has_keys(self) -> bool {
        let name = self.format().name;
        rules::rule_of(self).is_some()
            || matches!(name, "ndjson" | "json" | "prefixed" | "syslog" | "klog" | "logfmt" | "csv")
    }

    /// Hands what has no column of each record of some lines, whose times may be completed, to `take`, as their rows have
    /// it.
    pub(crate) fn each_extra(
        self,
        parser: &mut AnyParser,
        lines: (&[u8], Reference),
        take: &mut dyn FnMut(Option<&str>),
    ) {
        if let Some(rule) = rules::rule_of(self) {
            return rules::each_extra(rule, parser, lines, take);
        }
        match self.format().name {
            "prefixed" => made::each_extra::<prefixed::Lines>(parser, lines, take),
            "syslog" => made::each_extra::<syslog::Lines>(parser, lines, take),
            "klog" => made::each_extra::<klog::Lines>(parser, lines, take),
            "logfmt" => made::each_extra::<logfmt::Pairs>(parser, lines, take),
            _ => ndjson::each_extra(parser, lines.0, take),
        }
    }

    /// Where the records of a piece are, without their line ends, if they are of whole lines, perhaps of several.
    pub(crate) fn records(
        self,
        piece: &Piece,
        text: &[u8],
        max_line: usize,
    ) -> Option<Vec<Range<usize>>> {
        match self.format().name {
            "csv" => Some(csv::records(piece, text, max_line)),
            "deepset" => deepset::records(piece, text, max_line),
            _ => None,
        }
    }

    /// Whether the keys of an entry of this format are those of its beginning, whose rows must be read to see them:
    /// lines in the middle say nothing.
    pub(crate) fn has_keys_of_beginning(self) -> bool {
        matches!(self.format().name, "json" | "csv")
    }

    /// Whether logs of this format are read together with the files beside them: these may name them, or hold
    /// the same lines.
    pub(crate) fn is_read_together(self) -> bool {
        matches!(self.format().name, "azure" | "github" | "firstgen")
    }

    /// Whether it has times that lack their date or year.
    pub(crate) fn needs_reference(self) -> bool {
        rules::rule_of(self).is_some()
            || matches!(self.format().name, "jenkins" | "syslog" | "klog" | "prefixed" | "clock")
    }

    /// Whether an entry of this format can be divided before the entries are surveyed.
    pub(crate) fn is_divisible(self) -> bool {
        self.format().survey.is_none()
    }

    /// How the text of an entry of this format is cut.
    pub fn framing(self) -> Box<dyn Framing> {
        match rules::rule_of(self) {
            Some(rule) => rules::framing(rule),
            None => (self.format().framing)(),
        }
    }

    /// All formats of ripsaw, in the order in which they are tried.
    pub fn all() -> impl Iterator<Item = Self> {
        let code = |places: Range<usize>| places.map(Self::at);
        let any = FORMATS.len() - ANY;
        code(0..any).chain(rules::shipped()).chain(code(any..FORMATS.len()))
    }
}

/// How text is decoded.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The longest line in bytes, without its newline; a longer one is an error row.
    pub max_line: usize,
    /// Which keys of JSON objects fill which columns (`--map`), for formats without keys of their own.
    pub mapping: Mapping,
    /// Lines that continue a record are part of its row (`--join`). The text must be cut for it.
    pub join: bool,
}

impl Default for Settings {
    fn default() -> Self {
        let ReadOptions { max_line, join, .. } = ReadOptions::default();
        Self { max_line, mapping: Mapping::default(), join }
    }
}

/// Decodes pieces of one format into rows. The pieces may be of any entries, in any order: nothing may be
/// kept from one piece to the next but buffers.
pub(crate) trait Decode: Send {
    /// Adds a row for every record of a piece, and an error row if the entry cannot be read further.
    /// Records that cannot contain what is `wanted` may be left out; most formats ignore it.
    fn decode(&mut self, piece: &Piece, text: &[u8], wanted: Wanted<'_>, rows: &mut LinesBuilder);
}

/// Decodes pieces of all formats.
pub struct Decoder {
    settings: Settings,
    /// By the place of their format; each is made when its first piece comes.
    decoders: Vec<Option<Box<dyn Decode>>>,
}

impl Decoder {
    /// A decoder with these settings.
    pub fn new(settings: Settings) -> Self {
        Self { settings, decoders: Vec::new() }
    }

    /// The longest line in bytes.
    pub(crate) fn max_line(&self) -> usize {
        self.settings.max_line
    }

    /// Adds a row for every record of a piece.
    pub fn decode(&mut self, piece: &Piece, text: &[u8], rows: &mut LinesBuilder) {
        self.decode_wanted(piece, text, Wanted::default(), rows);
    }

    /// As [`decode`](Self::decode); records that cannot hold what is `wanted` may be left out.
    pub(crate) fn decode_wanted(
        &mut self,
        piece: &Piece,
        text: &[u8],
        wanted: Wanted<'_>,
        rows: &mut LinesBuilder,
    ) {
        self.of(piece).decode(piece, text, wanted, rows);
    }

    /// The decoder for a piece.
    fn of(&mut self, piece: &Piece) -> &mut Box<dyn Decode> {
        let Self { settings, decoders } = self;
        // Made on demand: a decoder has buffers, and most inputs have one or two formats.
        let (id, place) = (piece.format, piece.format.place());
        if decoders.len() <= place {
            decoders.resize_with(place + 1, || None);
        }
        decoders[place].get_or_insert_with(|| match rules::rule_of(id) {
            Some(rule) => rules::decoder(rule, id.format().origin, settings),
            None => (id.format().decoder)(settings),
        })
    }
}
