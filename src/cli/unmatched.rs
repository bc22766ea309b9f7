//! Filters that match nothing: warnings that say what there is instead.
//!
//! [`warn_of_entries`] looks at paths before anything is read: `--stage Biuld` gets "did you mean
//! 'Build'?". [`warn_of_rows`] runs only if no row was selected; it reads the input again, with each filter
//! of rows alone, to find the one that excludes everything.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arrow::array::RecordBatch;
use ripsaw::error::{Error, Location, Result};
use ripsaw::pipeline::Watcher;
use ripsaw::query::{Filter, Names, Selection, Where};
use ripsaw::record::level::Level;
use ripsaw::record::timestamp::format_utc;
use ripsaw::scan::Scan;
use ripsaw::sink::{Block, Discard, Encoder, Flow, Sink};
use ripsaw::source::Catalog;
use ripsaw::table::{Lines, Tally};

use super::filter::Filters;
use super::quantity;
use super::report;

/// Names that a hint lists; the others are only counted.
const LISTED: usize = 8;

/// Warns of globs and `--where` filters that no entry passes. The catalog must still have all entries.
pub(super) fn warn_of_entries(filters: &Filters, catalog: &Catalog) {
    let Filter { names, wheres, zone, .. } = &filters.filter;
    // `admits` is also true if the path cannot decide; so it is false only for certain.
    let passes = |filter: Filter| {
        let filter = Filter { zone: zone.clone(), ..filter };
        let mut entries = catalog.entries.iter();
        entries.any(|entry| filter.admits(catalog.bundle_of(entry), entry))
    };
    if catalog.entries.is_empty() {
        return;
    }
    // The options that look at paths, for the last warning.
    let mut options = Vec::new();
    // A warning already explains why no entry is left.
    let mut is_said = false;
    for (column, globs) in &filters.globs {
        options.push(format!("--{column}"));
        let (unmatched, selects) = unmatched(column, globs, passes);
        // Listing the names of all entries takes time in large archives: only if they are needed.
        let names = if unmatched.is_empty() { Vec::new() } else { names_of(column, catalog) };
        // If all globs exclude, lines without a name pass.
        if selects && names.is_empty() {
            // "a unit": its u is not a vowel sound.
            let article = if *column == "unit" { "a" } else { article(column) };
            warn(&format!("--{column}"), &format!("no entry has {article} {column}"), None);
            is_said = true;
            continue;
        }
        // A `!glob` that matches nothing leaves all entries, so it does not explain an empty result.
        is_said |= selects;
        let warnings = unmatched.into_iter().filter_map(|glob| unknown_name(column, glob, &names));
        warnings.for_each(|warning| report::warning(&warning));
    }
    for filter in wheres {
        options.push(option_of(filter));
        if !passes(Filter { wheres: vec![filter.clone()], ..Filter::default() }) {
            warn(&option_of(filter), "no line matches", None);
            is_said = true;
        }
    }
    // Each filter alone passes some entry, but no entry passes all: `--stage Build --step Deploy`.
    let (names, wheres) = (names.clone(), wheres.clone());
    if !is_said && !passes(Filter { names, wheres, ..Filter::default() }) {
        warn(&options.join(", "), "no entry passes all of them", None);
    }
}

/// The globs of a column that match no entry, and whether one of them selects (has no `!`).
fn unmatched<'a>(
    column: &'static str,
    globs: &'a [String],
    passes: impl Fn(Filter) -> bool,
) -> (Vec<&'a str>, bool) {
    let (mut unmatched, mut selects) = (Vec::new(), false);
    for glob in globs {
        // Each glob is tested alone and as one that selects, whatever it was given for.
        let wanted = glob.strip_prefix('!').map_or_else(|| glob.clone(), escaped);
        // Invalid globs have been refused before.
        let Ok(names) = Names::parse(&[wanted]) else { continue };
        if !passes(Filter { names: vec![(column, names)], ..Filter::default() }) {
            unmatched.push(glob.as_str());
            selects |= !glob.starts_with('!');
        }
    }
    (unmatched, selects)
}

/// A `--where` filter as it is named in warnings.
fn option_of(filter: &Where) -> String {
    format!("--where {:?}", filter.text())
}

/// The glob after a `!`, to be parsed as one that selects: `!!x` excludes the name `!x`, which is the glob
/// `\!x`.
fn escaped(glob: &str) -> String {
    match glob.strip_prefix('!') {
        Some(rest) => format!("\\!{rest}"),
        None => glob.to_owned(),
    }
}

/// The different names that entries have in a column, sorted.
fn names_of(column: &str, catalog: &Catalog) -> Vec<String> {
    let all = catalog.entries.iter();
    let names = all.flat_map(|entry| Filter::names_of(column, catalog.bundle_of(entry), entry));
    let mut names: Vec<String> = names.collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// A warning for a glob that no name matches. `None` for a `!glob`, which may well exclude nothing (a script
/// for many bundles), unless a name is spelled almost like it.
fn unknown_name(column: &str, glob: &str, names: &[String]) -> Option<Error> {
    let (plain, excludes) = match glob.strip_prefix('!') {
        Some(plain) => (plain, ", so nothing is excluded"),
        None => (glob, ""),
    };
    let meant = nearest(plain, names).map(|near| format!("; did you mean '{near}'?"));
    if meant.is_none() && !excludes.is_empty() {
        return None;
    }
    let meant = meant.unwrap_or_default();
    let cause = format!("no {column} matches '{plain}'{excludes}{meant}");
    let option = format!("--{column}");
    Some(Error::new(option, Location::default(), cause).with_hint(listed(column, names)))
}

/// `an` before a vowel.
fn article(word: &str) -> &'static str {
    if word.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" }
}

/// The name that is spelled most like the glob, without its wildcards and in any case. The glob may also be
/// like the last part of a name: `Compil` finds `Build/Compile`. `None` if no name is similar.
fn nearest<'a>(glob: &str, names: &'a [String]) -> Option<&'a str> {
    let plain = |text: &str| text.replace(['*', '?', '[', ']', '{', '}', '\\'], "").to_lowercase();
    let wanted = plain(glob);
    let likeness = |name: &str| {
        let last = name.rsplit('/').next().unwrap_or_default();
        [name, last]
            .map(|name| strsim::jaro_winkler(&wanted, &plain(name)))
            .into_iter()
            .fold(0.0, f64::max)
    };
    let near = names.iter().map(|name| (likeness(name), name));
    let near = near.max_by(|a, b| a.0.total_cmp(&b.0))?;
    // 1.0 is equal; a misspelling such as `Biuld` for `Build` is above 0.9.
    (near.0 > 0.8).then_some(near.1)
}

/// A hint with the first names of a column.
fn listed(column: &str, names: &[String]) -> String {
    let some = names.iter().take(LISTED).map(String::as_str).collect::<Vec<_>>().join(", ");
    match names.len().checked_sub(LISTED) {
        Some(more @ 1..) => format!("values of {column}: {some} and {more} more"),
        _ => format!("values of {column}: {some}"),
    }
}

/// A filter of rows that is tested by itself.
struct Part {
    /// The options that it is made of, as printed: `--since, --until`.
    options: String,
    /// Only this filter: all others pass everything.
    filter: Filter,
    /// Some row passes it.
    passes: AtomicBool,
}

/// Finds out which filters let rows pass; stops as soon as a row passes all of them.
struct Probe {
    /// All filters together, without the pattern of a search.
    whole: Filter,
    /// Some row passes all filters: then only the pattern found nothing, which needs no explanation.
    passes: AtomicBool,
    /// The filters one by one.
    parts: Vec<Part>,
}

/// Warns of filters that no row passes. Reads all entries again, until a row passes all filters.
pub(super) fn warn_of_rows(
    filters: &Filters,
    scan: &Scan,
    selection: &Selection,
    watcher: &mut impl Watcher,
) -> Result<()> {
    let whole = selection.filter.clone();
    if !whole.tests_rows() {
        return Ok(());
    }
    let catalog = scan.catalog();
    let probe =
        Arc::new(Probe { parts: parts(&whole, filters), whole, passes: AtomicBool::new(false) });
    // Standard input is gone by now, so it is unknown which filter excluded everything.
    if !(0..catalog.entries.len()).all(|entry| catalog.can_be_read_twice(entry)) {
        // With a pattern nothing is printed: perhaps the filters pass rows that the pattern does not match.
        if selection.matcher.is_none() {
            warn(&probe.options(), "no line matches", None);
        }
        return Ok(());
    }
    if scan.has_index() {
        return warn_by_index(scan, &probe, watcher);
    }
    let report = scan.run_unselected(Box::new(ProbeSink(Arc::clone(&probe))), watcher)?;
    if !probe.passes.load(Ordering::Relaxed) {
        probe.warn(&report.total());
    }
    Ok(())
}

/// The same where an index says what there is: few blocks are read for each filter.
fn warn_by_index(scan: &Scan, probe: &Arc<Probe>, watcher: &mut impl Watcher) -> Result<()> {
    let mut passes_some = |filter: &Filter| {
        // The filter alone; the search ends with the first row.
        let own = Arc::new(Probe {
            whole: filter.clone(),
            passes: AtomicBool::new(false),
            parts: Vec::new(),
        });
        let selection = Selection { filter: filter.clone(), ..Selection::default() };
        let scan = scan.of_all_rows().select(selection);
        scan.run(Box::new(ProbeSink(Arc::clone(&own))), watcher)?;
        Ok(own.passes.load(Ordering::Relaxed))
    };
    if passes_some(&probe.whole)? {
        return Ok(());
    }
    for part in &probe.parts {
        part.passes.store(passes_some(&part.filter)?, Ordering::Relaxed);
    }
    probe.warn(&scan.count_all(watcher)?.total());
    Ok(())
}

/// Splits a filter into the parts that are tested alone. Globs are not among them, since
/// [`warn_of_entries`] has tested them, except stages that only rows name.
fn parts(whole: &Filter, filters: &Filters) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut add = |options: String, filter: Filter| {
        let filter = Filter { zone: whole.zone.clone(), ..filter };
        parts.push(Part { options, filter, passes: AtomicBool::new(false) });
    };
    if whole.levels.is_some() {
        add("--level".into(), Filter { levels: whole.levels, ..Filter::default() });
    }
    let (since, until) = (whole.since, whole.until);
    match (since, until) {
        (None, None) => {}
        // As one part: a span between them may be empty although each limit alone passes rows.
        (since, until) => {
            let options = [since.map(|_| "--since"), until.map(|_| "--until")];
            let around = filters.is_around.then_some("--around");
            let options: Vec<&str> = match around {
                Some(around) => vec![around],
                None => options.into_iter().flatten().collect(),
            };
            add(options.join(", "), Filter { since, until, ..Filter::default() });
        }
    }
    for filter in &whole.wheres {
        let wheres = vec![filter.clone()];
        add(option_of(filter), Filter { wheres, ..Filter::default() });
    }
    if whole.stages_in_rows && filters.globs.iter().any(|(column, _)| *column == "stage") {
        let names = whole.names.iter().filter(|(column, _)| *column == "stage").cloned().collect();
        add("--stage".into(), Filter { names, stages_in_rows: true, ..Filter::default() });
    }
    parts
}

impl Probe {
    /// Prints a warning per filter that no row passes, or one for all if each passes some row.
    fn warn(&self, total: &Tally) {
        let is_unmatched = |part: &&Part| !part.passes.load(Ordering::Relaxed);
        let unmatched: Vec<&Part> = self.parts.iter().filter(is_unmatched).collect();
        for part in &unmatched {
            let (cause, hint) = part.explain(total);
            warn(&part.options, &cause, hint);
        }
        if unmatched.is_empty() {
            warn(&self.options(), "no line passes all of them", None);
        }
    }

    /// All filters of rows, as printed.
    fn options(&self) -> String {
        let all: Vec<&str> = self.parts.iter().map(|part| part.options.as_str()).collect();
        all.join(", ")
    }
}

impl Part {
    /// Why no row passes, and a hint; `total` has the levels and times that the input does have.
    fn explain(&self, total: &Tally) -> (String, Option<String>) {
        if self.filter.levels.is_some() {
            let found = Level::ALL.into_iter().zip(total.levels).filter(|(_, count)| *count > 0);
            let found: Vec<String> = found
                .map(|(level, count)| {
                    format!("{} {}", level.name(), quantity::thousands(count.unsigned_abs()))
                })
                .collect();
            return match found.as_slice() {
                [] => ("no line has a level".into(), None),
                found => ("no line matches; levels found: ".to_owned() + &found.join(", "), None),
            };
        }
        if self.filter.since.is_some() || self.filter.until.is_some() {
            let Some((first, last)) = total.first_timestamp.zip(total.last_timestamp) else {
                return ("no line has a time".into(), None);
            };
            let (first, last) = (format_utc(first), format_utc(last));
            let (asked, joint) = match self.options.as_str() {
                "--around" => {
                    let last = self.filter.until.map(|until| until.saturating_sub(1));
                    ([("from", self.filter.since), ("to", last)], " ")
                }
                _ => ([("from", self.filter.since), ("before", self.filter.until)], " and "),
            };
            let asked: Vec<String> = asked
                .into_iter()
                .filter_map(|(word, nanos)| Some(format!("{word} {}", format_utc(nanos?))))
                .collect();
            let cause = format!("no line matches; the bundle covers {first} to {last}");
            return (cause, Some(format!("the filter selects lines {}", asked.join(joint))));
        }
        ("no line matches".into(), None)
    }
}

/// Prints a warning about these options.
fn warn(options: &str, cause: &str, hint: Option<String>) {
    let warning = Error::new(options.to_owned(), Location::default(), cause);
    report::warning(&match hint {
        Some(hint) => warning.with_hint(hint),
        None => warning,
    });
}

impl Encoder for Probe {
    /// Never called: the pipeline calls `encode_lines` for encoders without a block size.
    fn encode(&self, _: &[RecordBatch]) -> io::Result<Block> {
        Err(io::Error::other("a probe needs the rows as they come"))
    }

    /// Ends the pass early once a row passes all filters.
    fn flow(&self) -> Flow {
        if self.passes.load(Ordering::Relaxed) { Flow::Stop } else { Flow::Continue }
    }

    /// Tests the rows of a batch; runs on all threads, so flags are only ever set.
    fn encode_lines(&self, lines: &Lines) -> io::Result<Block> {
        if self.whole.rows(&lines.batch).true_count() > 0 {
            self.passes.store(true, Ordering::Relaxed);
        }
        // A part that has passed a row needs no further test.
        for part in self.parts.iter().filter(|part| !part.passes.load(Ordering::Relaxed)) {
            if part.filter.rows(&lines.batch).true_count() > 0 {
                part.passes.store(true, Ordering::Relaxed);
            }
        }
        Ok(Box::new(()))
    }
}

/// The sink around a probe; it writes nothing.
struct ProbeSink(Arc<Probe>);

impl Sink for ProbeSink {
    fn encoder(&self) -> Arc<dyn Encoder> {
        Arc::clone(&self.0) as _
    }

    fn begin(&mut self, empty: &RecordBatch) -> io::Result<()> {
        Discard.begin(empty)
    }

    fn append(&mut self, block: Block) -> io::Result<Flow> {
        Discard.append(block)
    }

    fn finish(self: Box<Self>) -> io::Result<()> {
        Ok(())
    }
}
