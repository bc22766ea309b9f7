//! What the schedule does when a run is over.

use std::sync::Arc;
use std::time::Duration;

use arrow::array::RecordBatch;

use super::{Content, Decoded, Schedule, Step};
use crate::format::Survey;
use crate::pipeline::Options;
use crate::sink::Discard;
use crate::source::Feed;
use crate::table::{Tally, lines_schema};

/// A worker may have a portion when the caller ends the run and takes the counts.
#[test]
fn a_portion_that_comes_after_the_end_is_dropped() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.log");
    std::fs::write(&file, "a\n").unwrap();
    let survey = Survey { threads: 1, ..Survey::default() };
    let catalog = Arc::new(survey.catalog([&file], |_| ()).unwrap());
    let runs = Feed::plan(&catalog);
    let schedule = Schedule::new(runs, &catalog, 1, &Discard, &Options::default(), false);
    schedule.end();
    let step = schedule.next_block(Duration::ZERO).unwrap();
    assert!(matches!(step, Step::End(tallies) if tallies.len() == 1));
    let decoded = Decoded {
        content: Content::Rows(RecordBatch::new_empty(lines_schema())),
        tallies: vec![(0, Tally::default())],
        malformed: Vec::new(),
        observed: None,
        bytes: 0,
        is_light: false,
        is_early: false,
    };
    schedule.absorb((0, 0), true, decoded);
    assert!(schedule.take().is_none());
}
