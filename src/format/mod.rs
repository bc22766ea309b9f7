//! Bytes → records: one file per format, and what tells which one a file is of.
//!
//! docs/formats.md has the rules of each.

mod lines;
mod sample;
mod clock;
mod stamped;
mod opening;
mod document;
mod survey;
pub mod harness;
mod deepset;
mod firstgen;
mod jobs;
mod azure;
mod github;
mod apify_text;
mod apify;
mod docker;
mod ripsaw;
mod ndjson;
mod json;
mod level_word;
mod stamped_text;
mod text;

use crate::identity::Identity;
use crate::json::Mapping;
use crate::query::Needles;
use crate::source::{Catalog, FormatId, Framing, Piece, ReadOptions};
use crate::table::LinesBuilder;

pub(crate) use sample::Sample;
pub(crate) use survey::Survey;

/// The formats, in the order in which they are tried. Files of which nothing is known are of the
/// first.
pub static FORMATS: &[&Format] = &[
    &harness::FORMAT,
    &deepset::FORMAT,
    &firstgen::FORMAT,
    &azure::FORMAT,
    &github::FORMAT,
    &apify::FORMAT,
    &docker::FORMAT,
    &ripsaw::FORMAT,
    &ndjson::FORMAT,
    &json::FORMAT,
    &stamped_text::FORMAT,
    &text::FORMAT,
];

/// A format of logs.
pub struct Format {
    /// As it is called on the command line.
    pub name: &'static str,
    /// As people call it.
    pub title: &'static str,
    /// What it is told by, in a line.
    pub told_by: &'static str,
    /// What columns are filled from; columns that are left out are null.
    pub columns: &'static [(&'static str, &'static str)],
    /// Whether a file that begins so is of this format, and what says so.
    recognise: fn(&Sample<'_>) -> Option<String>,
    /// What names tell, of bundle and file.
    identify: fn(&str, &str) -> Identity,
    /// Looks at all files of this format before any is read.
    survey: Option<fn(&mut Catalog, FormatId)>,
    /// Stages that its rows may name themselves.
    stages: &'static [&'static str],
    framing: fn() -> Box<dyn Framing>,
    decoder: fn(&Settings) -> Box<dyn Decode>,
}

impl FormatId {
    /// The format with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::all().find(|id| id.format().name == name)
    }

    /// The format.
    pub fn format(self) -> &'static Format {
        FORMATS[self.place()]
    }

    /// How the text of an entry of this format is cut.
    pub fn framing(self) -> Box<dyn Framing> {
        (self.format().framing)()
    }

    /// All formats, in the order in which they are tried.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..FORMATS.len()).map(Self::at)
    }
}

/// How text is decoded.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Longest line in bytes.
    pub max_line: usize,
    /// Keys of JSON objects.
    pub mapping: Mapping,
}

impl Default for Settings {
    fn default() -> Self {
        Self { max_line: ReadOptions::default().max_line, mapping: Mapping::default() }
    }
}

/// Decodes pieces of one format into rows. The pieces may be of any entries, in any order.
pub(crate) trait Decode: Send {
    /// Adds a row for every record of a piece, and one more where the entry fails. Records that cannot
    /// hold what is `wanted` may be left out.
    fn decode(
        &mut self,
        piece: &Piece,
        text: &[u8],
        wanted: Option<&Needles>,
        rows: &mut LinesBuilder,
    );
}

/// Decodes pieces of all formats.
pub struct Decoder {
    settings: Settings,
    /// By format; each is made when it is needed.
    decoders: Vec<Option<Box<dyn Decode>>>,
}

impl Decoder {
    /// A decoder with these settings.
    pub fn new(settings: Settings) -> Self {
        Self { settings, decoders: FORMATS.iter().map(|_| None).collect() }
    }

    /// Adds a row for every record of a piece.
    pub fn decode(&mut self, piece: &Piece, text: &[u8], rows: &mut LinesBuilder) {
        self.decode_wanted(piece, text, None, rows);
    }

    /// As [`decode`](Self::decode); records that cannot hold what is `wanted` may be left out.
    pub(crate) fn decode_wanted(
        &mut self,
        piece: &Piece,
        text: &[u8],
        wanted: Option<&Needles>,
        rows: &mut LinesBuilder,
    ) {
        self.of(piece).decode(piece, text, wanted, rows);
    }

    fn of(&mut self, piece: &Piece) -> &mut Box<dyn Decode> {
        let Self { settings, decoders } = self;
        let make = piece.format.format().decoder;
        decoders[piece.format.place()].get_or_insert_with(|| make(settings))
    }
}
