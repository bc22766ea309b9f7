//! What may be incomplete or in disorder: the listing of `ls --problems`, and the notice in summaries.

use std::fmt::Write as _;

use ripsaw::error::Location;
use ripsaw::source::Catalog;
use ripsaw::table::Tally;
use serde::Serialize;

use super::quantity;
use super::run::{Outcome, Run};

/// A reason why a log, or an input, may lack lines or have them in disorder.
#[derive(Debug, Serialize)]
pub(super) struct Problem {
    bundle: String,
    /// `None`: of the input as a whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<String>,
    /// A word for programs.
    problem: &'static str,
    /// The same for people, with numbers.
    detail: String,
}

/// The format of Harness NextGen.
const HARNESS: &str = "harness";

/// Files in an archive that Harness makes for one request, at most.
const MOST_FILES: usize = 500;

/// The kinds that a notice counts, and what it calls them; summaries report the others in words of their own.
const NOTICED: [(&str, &str); 8] = [
    ("file-limit", "archive at the limit of files"),
    ("no-log", "without a log"),
    ("empty", "empty"),
    ("missing-start", "start missing"),
    ("size-limit", "at the size limit"),
    ("missing-lines", "lines missing"),
    ("cut-lines", "lines cut"),
    ("clock-back", "clock goes back"),
];

/// All problems: of inputs first, then of entries in their order.
pub(super) fn problems(catalog: &Catalog, tallies: &[Tally]) -> Vec<Problem> {
    let mut found = Vec::new();
    for error in &catalog.problems {
        let Location { bundle, entry, .. } = error.location().clone();
        let (bundle, detail) =
            (bundle.unwrap_or_default(), format!("{}: {}", error.task(), error.cause()));
        found.push(Problem { bundle, file: entry, problem: "archive", detail });
    }
    let mut files = vec![0; catalog.bundles.len()];
    for (entry, tally) in catalog.entries.iter().zip(tallies) {
        files[entry.bundle] += usize::from(tally.origin.name == HARNESS);
    }
    for (bundle, files) in catalog.bundles.iter().zip(files) {
        if files == MOST_FILES {
            found.push(Problem {
                bundle: bundle.name.clone(),
                file: None,
                problem: "file-limit",
                detail: format!("it has {MOST_FILES} logs, the most that Harness puts into an archive: others may be missing"),
            });
        }
    }
    for missing in &catalog.missing {
        let step = missing.step.as_ref().map(|step| format!(" of step {step}"));
        found.push(Problem {
            bundle: catalog.bundles[missing.bundle].name.clone(),
            file: Some(missing.path.clone()),
            problem: "no-log",
            detail: format!(
                "execution.json names this log{}, but it is not there",
                step.unwrap_or_default()
            ),
        });
    }
    for (entry, tally) in catalog.entries.iter().zip(tallies) {
        each_of(tally, |problem, detail| {
            found.push(Problem {
                bundle: catalog.bundle_of(entry).to_owned(),
                file: Some(entry.path.clone()),
                problem,
                detail,
            });
        });
    }
    found
}

/// Calls `take` with the problems of an entry.
fn each_of(tally: &Tally, mut take: impl FnMut(&'static str, String)) {
    let lines = |count: i64| quantity::count(count.unsigned_abs(), "line", "lines");
    let continuity = tally.continuity.as_deref().copied().unwrap_or_default();
    let times = |count: i64| quantity::count(count.unsigned_abs(), "time", "times");
    if let Some(reason) = &tally.failure {
        take("unreadable", format!("it cannot be read to its end: {reason}"));
    } else if tally.lines == 0 && tally.left_out == 0 {
        take("empty", "it has no lines".into());
    }
    // Others use the counter in their own ways.
    if tally.origin.name == HARNESS {
        if tally.lacks_start() {
            let first = quantity::thousands(tally.first_pos.unwrap_or_default().unsigned_abs());
            take("missing-start", format!("pos begins at {first}: the lines before were dropped"));
        }
        if continuity.jumps > 0 {
            take(
                "missing-lines",
                format!(
                    "pos jumps {}: {} missing",
                    times(continuity.jumps),
                    are(continuity.skipped)
                ),
            );
        }
    }
    if tally.is_at_size_limit() {
        let bytes = quantity::bytes(tally.inflated_bytes.unsigned_abs());
        take(
            "size-limit",
            format!("it has {bytes}, as much as the platform keeps: the start may be missing"),
        );
    }
    if tally.pages.is_missing_some() {
        let pages = &tally.pages;
        let (read, all) = (pages.records.unsigned_abs(), pages.total.unsigned_abs());
        let all =
            if all > read { format!(" of {}", quantity::thousands(all)) } else { String::new() };
        take(
            "missing-pages",
            format!("{}{all} records: pages are missing", quantity::thousands(read)),
        );
    }
    if tally.truncated_lines > 0 {
        take("cut-lines", format!("the platform cut {}", lines(tally.truncated_lines)));
    }
    if tally.malformed_rows() > 0 {
        take(
            "malformed",
            format!("{} cannot be parsed: rows with the reason", lines(tally.malformed_rows())),
        );
    }
    // Some exports have the latest line first.
    let is_forward = tally.origin.name != "deepset" && continuity.backward <= tally.lines / 2;
    if continuity.backward > 0 && is_forward {
        let far = quantity::seconds(continuity.furthest as f64 / 1e9);
        take(
            "clock-back",
            format!("the time goes back {}, by up to {far}", times(continuity.backward)),
        );
    }
}

/// `1 line is`, `2 lines are`.
fn are(count: i64) -> String {
    quantity::count(count.unsigned_abs(), "line is", "lines are")
}

/// The table for people: a line for each problem.
pub(super) fn render(problems: &[Problem], printable: impl Fn(&str) -> String) -> String {
    let mut text = String::new();
    let width = problems.iter().map(|problem| problem.problem.len()).max().unwrap_or(0);
    let mut last = None;
    for Problem { bundle, file, problem, detail } in problems {
        if last.replace((bundle, file)) != Some((bundle, file)) {
            let place = match file {
                Some(file) => format!("{bundle}[{file}]"),
                None => bundle.clone(),
            };
            let _ = writeln!(text, "{}", printable(&place));
        }
        let _ = writeln!(text, "  {problem:width$}  {}", printable(detail));
    }
    text
}

/// The notice in a summary: how many logs have problems that it says nothing else of, and which; `None`: none has,
/// or not all lines were looked at, or nobody reads the summary.
pub(super) fn notice_of(run: &Run, outcome: &Outcome, is_quiet: bool) -> Option<String> {
    if is_quiet || run.tests_rows() {
        return None;
    }
    let found = problems(run.catalog(), &outcome.report.tallies);
    let count = |kind: &str| found.iter().filter(|found| found.problem == kind).count();
    let kinds: Vec<String> = NOTICED
        .iter()
        .map(|(kind, words)| (count(kind), words))
        .filter(|(count, _)| *count > 0)
        .map(|(count, words)| format!("{words} ({})", quantity::thousands(count as u64)))
        .collect();
    if kinds.is_empty() {
        return None;
    }
    Some(format!("may be incomplete: {}; ls --problems shows where", kinds.join(", ")))
}
