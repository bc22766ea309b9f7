//! The text that `gh run view --log` prints (cli/cli, pkg/cmd/run/view): GitHub's lines after the names of job and step.
//!
//! ```text
//! build<tab>Run make test<tab>2026-03-09T09:12:14.0617942Z ##[error]Process completed with exit code 2.
//! lint<tab>UNKNOWN STEP<tab>2026-03-09T09:12:15.1234567Z ok
//! ```

use super::jobs;
use super::lines::Place;
use super::stamped::{Anchor, Clock, Decoder, Stamped, all, nothing, whole_if};
use super::steps::{self, Names, Stretches};
use super::{Decode, Format, Sample, Settings};
use crate::identity::Identity;
use crate::query::Wanted;
use crate::source::Piece;
use crate::table::{LinesBuilder, Origin, Stamp};

/// Logs of GitHub as its command line tool prints them.
pub(super) static FORMAT: Format = Format {
    name: "gh",
    title: "output of gh run view --log",
    detected_by: "lines of a job, a tab, a step, a tab and a UTC time with seven fraction digits",
    columns: &[
        ("stage", "the job"),
        ("step", "the step; null for UNKNOWN STEP"),
        ("timestamp, zone", "the stamp"),
        ("level", "##[error], ##[warning], ##[notice], ##[debug]"),
        ("message", "the text after that"),
    ],
    origin: &ORIGIN,
    recognise,
    identify: |_, _| Identity::default(),
    survey: Some(|catalog, own| steps::divide(catalog, own, |_, _| Outline)),
    stages: &[],
    framing: || Box::new(Stamped::new(anchor)),
    decoder: |settings: &Settings| {
        let Settings { max_line, join, .. } = *settings;
        let named = Decoder { read, origin: &ORIGIN, after: nothing, rest, max_line, join };
        let whole = Decoder {
            read: read_whole,
            origin: &ORIGIN,
            after: nothing,
            rest: all,
            max_line,
            join,
        };
        Box::new(Lines { named, whole })
    },
};

/// Each row is a line.
static ORIGIN: Origin =
    Origin { name: "gh", spans_lines: false, own_lines: true, size_limits: &[] };

fn recognise(sample: &Sample<'_>) -> Option<String> {
    let is_one = |line: &str| anchor(line) == Anchor::Whole;
    sample.has_lines(is_one).then(|| "lines of a job, a step and a time".into())
}

fn anchor(line: &str) -> Anchor {
    whole_if(read, line)
}

/// The names of job and step, and the text after them.
fn divided(line: &str) -> Option<(&str, &str, &str)> {
    let (job, rest) = line.split_once('\t')?;
    let (step, text) = rest.split_once('\t')?;
    Some((job, step, text))
}

fn read<'a>(line: &'a str, clock: &mut Clock) -> Option<(Stamp<'a>, [&'a str; 2])> {
    let (_, _, text) = divided(line)?;
    // The file of a step begins with a byte order mark.
    jobs::read(text.strip_prefix('\u{feff}').unwrap_or(text), clock)
}

/// The same with the names in the text: of a pipe, no column has them.
fn read_whole<'a>(line: &'a str, clock: &mut Clock) -> Option<(Stamp<'a>, [&'a str; 2])> {
    read(line, clock).map(|(stamp, _)| (stamp, ["", line]))
}

/// Decodes lines with and without their names.
struct Lines<N, W> {
    /// For entries that are named by them.
    named: N,
    whole: W,
}

impl<N: Decode, W: Decode> Decode for Lines<N, W> {
    fn decode(&mut self, piece: &Piece, text: &[u8], wanted: Wanted<'_>, rows: &mut LinesBuilder) {
        match piece.is_part {
            true => self.named.decode(piece, text, wanted, rows),
            false => self.whole.decode(piece, text, wanted, rows),
        }
    }
}

/// The text of a line without a time.
fn rest(line: &str) -> &str {
    divided(line).map_or(line, |(_, _, text)| text)
}

/// What `gh` writes if it does not know the step.
const UNKNOWN: &str = "UNKNOWN STEP";

/// Follows the names of job and step. A line without a time continues lines of its own step alone.
struct Outline;

impl steps::Outline for Outline {
    fn line(&mut self, line: Option<&str>, place: Place, found: &mut Stretches) {
        let Some((job, step, _)) = line.and_then(divided) else { return };
        let (stage, step) = (steps::name(job), steps::name(step).filter(|step| **step != *UNKNOWN));
        found.begin(place, &Names { stage, step_group: None, step });
    }
}
