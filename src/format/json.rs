//! JSON documents of any objects: arrays of them, or objects one after the other that span lines.
//!
//! ```text
//! [ {"time":"2026-03-09T10:00:00Z","level":"info","msg":"started"},
//!   {"time":"2026-03-09T10:00:01Z","level":"error","msg":"failed"} ]
//! ```
//!
//! Keys fill columns as in [`ndjson`](super::ndjson); lines of text may follow the last document. An object
//! may [hold records](super::envelope).

use super::document::{Documents, Item, Reading, each_item};
use super::ndjson::COLUMNS;
use super::objects::Objects;
use super::wanted::is_vain;
use super::{Decode, Format, Sample, Settings, envelope};
use crate::identity::Identity;
use crate::query::Wanted;
use crate::source::{Ending, Piece};
use crate::table::{LinesBuilder, Origin};

/// JSON arrays, and objects over several lines.
pub(super) static FORMAT: Format = Format {
    name: "json",
    title: "JSON arrays, and objects over several lines",
    detected_by: "an array of objects, or an object over several lines",
    columns: COLUMNS,
    origin: &ORIGIN,
    recognise: |sample: &Sample<'_>| {
        let json = sample.json().filter(|json| json.is_document());
        let is_one = json.is_some() || sample.is_marked_document();
        is_one.then(|| "an array, or objects over several lines".into())
    },
    identify: |_, _| Identity::default(),
    survey: None,
    stages: &[],
    framing: || Box::new(Documents::new(Reading::Objects)),
    decoder: |settings: &Settings| {
        let objects = Objects::new(settings.mapping.clone(), settings.max_line);
        Box::new(Decoder { max_line: settings.max_line, objects })
    },
};

/// A line may begin several records, and a record may span lines.
static ORIGIN: Origin =
    Origin { name: "json", spans_lines: true, own_lines: true, size_limits: &[] };

/// Needs of the text before a piece only the framing's state.
struct Decoder {
    max_line: usize,
    objects: Objects,
}

impl Decode for Decoder {
    fn decode(&mut self, piece: &Piece, text: &[u8], wanted: Wanted<'_>, rows: &mut LinesBuilder) {
        // Which of the user's keys occur is noted as objects are parsed, so all must be.
        let is_vain = !self.objects.mapping().is_named() && is_vain(piece, text, wanted);
        let reading = (Reading::Objects, self.max_line);
        if is_vain {
            if piece.ending == Ending::More {
                return rows.begin(piece.entry, piece.bytes(text) as usize, &ORIGIN);
            }
            // Whether the entry ends within a document is said in any case.
            return each_item(piece, text, &piece.context, reading, &ORIGIN, rows, |_, _, _| ());
        }
        each_item(piece, text, &piece.context, reading, &ORIGIN, rows, |item, place, rows| {
            match item {
                Item::Record(record) => self.objects.push_bytes(record, place, rows),
                Item::Element(element, leading, holds) => {
                    self.objects.push_element((element, leading, holds), place, rows);
                }
                Item::Leading(leading) => {
                    if let Some(own) = envelope::own_row(leading) {
                        self.objects.push_members(&own, place, rows);
                    }
                }
                Item::Trailing(members) => {
                    let object = [b"{", members].concat();
                    self.objects.push_members(&object, place, rows);
                }
                // Only where objects may be pages.
                Item::Field(..) | Item::PageBegin => {}
            }
        });
    }
}
