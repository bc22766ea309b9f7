//! Archives with the log of every job twice: whole, and cut into its steps. GitHub Actions and Azure
//! Pipelines write them alike (actions/runner, src/Runner.Common/Logging.cs; cli/cli,
//! pkg/cmd/run/view/logs.go).
//!
//! ```text
//! 0_build.txt              the log of the whole job
//! build/1_Set up job.txt   the log of a step
//! build/2_Run tests.txt
//! build/system.txt         what the service says of the job
//! ```
//!
//! Neither copy is complete. Steps' files go missing, the whole log has lines of no step, and a service may
//! cut or rename the folders. So both are read: [`layout`] finds which files belong to which job, [`merge`]
//! which lines of the whole log are in the files of its steps, and the decoder leaves those out.

mod lines;
mod beside;
mod waiting;
mod side;
mod folders;
mod names;
mod heads;
mod groups;
mod layout;
mod merge;

use std::collections::HashSet;
use std::sync::Arc;

use rayon::prelude::*;

use super::Sample;
use super::lines::valid;
use super::stamped::{Anchor, Clock, whole_if};
use super::steps;
use crate::error::{Error, Location};
use crate::source::{Catalog, Entry, FormatId, LeftOut};
use crate::table::Stamp;
use layout::Job;
use merge::Merged;

pub(super) use beside::beside_jobs;
pub(super) use names::identify;

/// Digits of a stamp's fraction: .NET writes units of 100 nanoseconds.
const DIGITS: usize = 7;

/// Bytes of a stamp with its `Z`, and the blank before the text.
const STAMP: usize = "2026-03-09T09:12:13.6770156Z ".len();

/// Whether a file is of such an archive: its lines have stamps, and its name or a mark says whose they
/// are. Other programs write times of seven digits, too.
pub(super) fn is_archived(sample: &Sample<'_>) -> bool {
    sample.has_lines(|line| anchor(line) == Anchor::Whole)
        && (names::has_name(sample.path) || has_text(sample, "##["))
}

/// Whether the text after the stamp of some line begins so.
/// Decides `azure` (`##[section]`), whose archives are otherwise like GitHub's.
pub(super) fn has_text(sample: &Sample<'_>, prefix: &str) -> bool {
    let mut clock = Clock::default();
    let mut texts = sample.lines().map(valid);
    texts.any(|line| clock.read::<DIGITS>(line).is_some_and(|(_, text)| text.starts_with(prefix)))
}

/// What a line gives to the lines after it: every stamp has its own level, or none.
pub(super) fn anchor(line: &str) -> Anchor {
    whole_if(read, line)
}

/// The stamp of a line, and its text without the mark of its level; `None` if the line has no stamp.
pub(super) fn read<'a>(line: &'a str, clock: &mut Clock) -> Option<(Stamp<'a>, [&'a str; 2])> {
    let (nanos, text) = clock.read::<DIGITS>(line)?;
    let (level, text) = level(text);
    Some((Stamp { timestamp: Some(nanos), zone: Some("Z"), level }, ["", text]))
}

/// The level of a text, and the text after its mark: `##[error]failed` is `error` and `failed`. Other marks,
/// such as `##[group]`, stay.
fn level(text: &str) -> (Option<&str>, &str) {
    if !text.starts_with("##[") {
        return (None, text);
    }
    // Only these are levels; the word is returned as written.
    for level in ["error", "warning", "notice", "debug"] {
        let rest = text.strip_prefix("##[").and_then(|rest| rest.strip_prefix(level));
        if let Some(rest) = rest.and_then(|rest| rest.strip_prefix(']')) {
            return (Some(&text[3..3 + level.len()]), rest);
        }
    }
    (None, text)
}

/// Finds the jobs of all archives: names stages and steps, and leaves out the lines of whole logs that the
/// files of their steps have as well. Called for each of the two formats that any entry is of.
pub(super) fn survey(catalog: &mut Catalog, own: FormatId) {
    let [azure, github] = ["azure", "github"].map(FormatId::named);
    let formats = |entry: &Entry| entry.format.filter(|_| [azure, github].contains(&entry.format));
    // An archive may have files of both: the first of the two looks at all.
    if Some(own) == github && catalog.entries.iter().any(|entry| formats(entry) == azure) {
        return;
    }
    // What the archive has beside the logs of jobs is of none of them.
    let is_own = |&entry: &usize| {
        let entry = &catalog.entries[entry];
        formats(entry).is_some() && !beside::is_beside(&entry.path)
    };
    let own: Vec<usize> = (0..catalog.entries.len()).filter(is_own).collect();
    let jobs = layout::survey(catalog, &own, [azure, github]);
    // Indexes change once entries are set aside.
    let name =
        |&entry: &usize| (catalog.entries[entry].bundle, catalog.entries[entry].path.clone());
    let is_step = |&entry: &usize| folders::split(&catalog.entries[entry].path).1 != names::SYSTEM;
    let with_steps = jobs.iter().filter(|job| job.steps.iter().any(is_step));
    let divided: HashSet<(usize, String)> =
        with_steps.flat_map(|job| job.whole.iter().map(name)).collect();
    // A job with only one copy of its lines has nothing to compare.
    let (jobs, unread): (Vec<&Job>, Vec<&Job>) = jobs
        .iter()
        .filter(|job| !job.whole.is_empty() && !job.steps.is_empty())
        .partition(|job| job.entries().all(|&entry| catalog.can_be_read_beside_others(entry)));
    let unread: Vec<Error> = unread.iter().map(|job| twice(catalog, job.whole[0])).collect();
    catalog.warnings.extend(unread);
    // Jobs are independent of each other, so they are compared in parallel.
    let merged: Vec<(usize, Merged)> =
        jobs.par_iter().flat_map_iter(|job| merge::merge(catalog, job)).collect();
    for (entry, merged) in merged {
        leave_out(catalog, entry, merged);
    }
    ignore_covered(catalog);
    beside::ignore_pipelines(catalog, azure);
    let is_undivided = |entry: &Entry| {
        formats(entry).is_some()
            && entry.identity.step.is_none()
            && entry.left_out.is_none()
            && folders::split(&entry.path).1 != names::SYSTEM
            && !beside::is_beside(&entry.path)
            && !divided.contains(&(entry.bundle, entry.path.clone()))
    };
    steps::divide_some(catalog, is_undivided, |entry, _| {
        groups::Outline::new(entry.identity.stage.as_deref().unwrap_or_default())
    });
}

/// The warning for a whole log in a compressed tar file, which is read from start to end: its members
/// cannot be read side by side, so its lines may be rows twice.
fn twice(catalog: &Catalog, entry: usize) -> Error {
    let Location { bundle, .. } = catalog.locate(entry);
    let path = Some(catalog.entries[entry].path.clone());
    let location = Location { entry: path, bundle, ..Location::default() };
    let cause = "a compressed tar file can only be read from start to end, so the log of a whole job is \
                 not compared with the files of its steps";
    Error::new("duplicate lines", location, cause).with_hint("extract it and name the folder")
}

/// Notes the lines of a whole log that its steps' files have as well, with the reason for
/// `ls --formats` and the summary. Warns if some lines are in doubt.
fn leave_out(catalog: &mut Catalog, entry: usize, merged: Merged) {
    let Merged { covered, own_lines, blank_lines, text_bytes, is_whole, doubtful } = merged;
    let lines = covered.lines();
    if doubtful > 0 {
        let lines = if doubtful == 1 { "line" } else { "lines" };
        let cause = format!(
            "kept {doubtful} {lines} although a file of a step has the same text at nearly the same time"
        );
        let Location { bundle, .. } = catalog.locate(entry);
        let path = catalog.entries[entry].path.clone();
        let location = Location { entry: Some(path), bundle, ..Location::default() };
        catalog.warnings.push(Error::new("some lines may be duplicated", location, cause));
    }
    if lines == 0 {
        return;
    }
    let all = lines + own_lines;
    let reason = if own_lines == 0 && is_whole {
        format!("all {all} lines are also in the files of its steps")
    } else {
        format!("{lines} of {all} lines are also in the files of its steps")
    };
    let detected_by = &mut catalog.entries[entry].detected_by;
    *detected_by = format!("{detected_by}; {reason}").into();
    // Nothing is known of lines after a failure to read, so such a log is never set aside.
    let is_covered = own_lines == 0 && is_whole;
    let left_out = LeftOut { lines: covered, reason, text_bytes, blank_lines, is_covered };
    catalog.entries[entry].left_out = Some(Arc::new(left_out));
}

/// Sets the whole logs aside that have no line of their own: as entries they would have no rows.
fn ignore_covered(catalog: &mut Catalog) {
    catalog.ignore_entries(|entry| {
        let left_out = entry.left_out.as_ref().filter(|left_out| left_out.is_covered)?;
        Some((entry.format?, left_out.reason.clone()))
    });
}
