//! The table of `ripsaw ls`: which columns there are, and what they hold.
//!
//! Columns that would be empty or the same for all entries are left out: formats if all are equal, levels
//! that do not occur, the day if all began on one. What all paths have in common (pipeline, run) goes into a
//! heading. `layout` fits the result to the screen; if names do not fit in columns of their own, stages
//! become headings.

use std::fmt::Write as _;

use comfy_table::Color;
use ripsaw::record::level::Level;
use ripsaw::record::timestamp::write_rfc3339;
use ripsaw::source::{Catalog, Entry};
use ripsaw::table::Tally;

use super::super::args::ListSort;
use super::super::layout::{ALWAYS, Column, Kind, Screen, fit, fits, push_heading, table};
use super::super::names::separator;
use super::super::quantity;
use super::super::report::printable;
use super::entry_names::{heading, name_within, names_in_columns, stage_of};
use super::signs::{push_notes, signs};

/// What is listed.
pub(super) struct Listing<'a> {
    pub(super) catalog: &'a Catalog,
    /// The counts of all entries of the catalog.
    pub(super) tallies: &'a [Tally],
    /// The entries that are listed, by index in the catalog.
    pub(super) order: &'a [usize],
    /// What the order is by.
    pub(super) sort: ListSort,
}

/// The entries as a table: a row each, headings of bundles if there are several, a total, and notes.
pub(super) fn render(listing: &Listing, screen: Screen) -> String {
    let entries = Entries::new(listing);
    let mut columns = entries.columns(screen, false);
    let mut hidden = Vec::new();
    let mut has_stages = false;
    // Without a terminal nothing is hidden: scripts and `less -S` can take any width.
    if let Some(width) = screen.width.map(usize::from).filter(|width| !fits(&columns, *width)) {
        has_stages = !listing.sort.mixes();
        columns = entries.columns(screen, true);
        hidden = fit(&mut columns, width, &|row, room| {
            let entry = entries.rows.get(row).map(|row| row.entry)?;
            Some(name_within(entry, has_stages, room))
        });
    }
    let mut text = String::new();
    // On a terminal times are short and the heading has the date; piped, each time is complete.
    let day = entries.day.as_ref().filter(|_| screen.width.is_some());
    // If all bundles agree, one heading is enough; otherwise each gets its own below.
    let heading = heading(entries.rows.iter().map(|row| &*row.entry.identity));
    let day = day.map(|day| format!("{day} UTC"));
    push_heading(&mut text, heading.iter().flatten().cloned().chain(day), screen);
    // The table was laid out as a whole, so that columns align across bundles; headings go between its lines.
    let mut lines = table(&columns, screen);
    text.extend(lines.next().map(|header| header + "\n"));
    for (index, row) in entries.rows.iter().enumerate() {
        let before = index.checked_sub(1).map(|before| entries.rows[before].entry);
        let begins = before.is_none_or(|before| before.bundle != row.entry.bundle);
        if begins && entries.has_bundle_headings() {
            let own = heading.is_none().then(|| entries.heading_from(index)).flatten();
            let name = printable(listing.catalog.bundle_of(row.entry)).into_owned();
            push_heading(&mut text, [name].into_iter().chain(own.into_iter().flatten()), screen);
        }
        let stage = stage_of(row.entry).filter(|_| has_stages);
        if begins || before.and_then(stage_of) != stage {
            push_heading(
                &mut text,
                stage.map(|stage| printable(stage).into_owned()).into_iter(),
                screen,
            );
        }
        text.extend(lines.next().map(|line| line + "\n"));
    }
    // What remains is the total.
    lines.for_each(|line| text.push_str(&(line + "\n")));
    push_notes(entries.rows.iter().map(|row| row.tally), &mut text);
    if !hidden.is_empty() {
        let _ = writeln!(text, "(no room for {})", hidden.join(", "));
    }
    // A terminal that has no `›` has no `…` either.
    let is_ascii = screen.width.is_some() && separator().is_ascii();
    if is_ascii { text.replace('…', "~") } else { text }
}

/// An entry and its counts.
#[derive(Clone, Copy)]
struct Row<'a> {
    entry: &'a Entry,
    tally: &'a Tally,
}

impl Row<'_> {
    /// When the entry began and ended.
    fn span(&self) -> Option<(i64, i64)> {
        self.tally.span(&self.entry.outcome)
    }
}

/// The rows of the table, and what is needed of all of them.
struct Entries<'a> {
    listing: &'a Listing<'a>,
    rows: Vec<Row<'a>>,
    /// The sums, for the last row.
    total: Tally,
    /// From the first start to the last end.
    span: Option<(i64, i64)>,
    /// The day on which all entries began, such as `2026-01-31`; `None` if there are several or none.
    day: Option<String>,
}

impl<'a> Entries<'a> {
    /// Adds up the counts and looks for a common day.
    fn new(listing: &'a Listing<'a>) -> Self {
        let Listing { catalog, tallies, order, .. } = listing;
        let row = |&at: &usize| Row { entry: &catalog.entries[at], tally: &tallies[at] };
        let rows: Vec<Row> = order.iter().map(row).collect();
        let mut total = Tally::default();
        rows.iter().for_each(|row| total.add(row.tally));
        let spans = || rows.iter().filter_map(Row::span);
        let span = spans().reduce(|(start, end), next| (start.min(next.0), end.max(next.1)));
        let mut days = spans().map(|(start, _)| day(start));
        let first = days.next();
        let day = first.filter(|first| days.all(|day| day == *first));
        Self { listing, rows, total, span, day }
    }

    /// Whether the rows of each bundle are together, below its name.
    fn has_bundle_headings(&self) -> bool {
        self.listing.catalog.bundles.len() > 1 && !self.listing.sort.mixes()
    }

    /// All columns, in order: names, format, status, counts, times, levels, notes. `is_narrow`: stage, step
    /// and unit are one column.
    fn columns(&self, screen: Screen, is_narrow: bool) -> Vec<Column> {
        let separator = if screen.width.is_some() { separator() } else { "/" };
        let listed: Vec<&Entry> = self.rows.iter().map(|row| row.entry).collect();
        let mut columns =
            names_in_columns(&listed, self.listing.tallies.len(), separator, is_narrow);
        if self.listing.catalog.bundles.len() > 1 && self.listing.sort.mixes() {
            let name =
                |row: &Row| printable(self.listing.catalog.bundle_of(row.entry)).into_owned();
            columns.insert(0, self.names("BUNDLE", name));
        }
        columns.extend(self.formats().into_iter().chain(self.statuses()));
        self.push_sizes_and_times(screen, &mut columns);
        self.push_levels(&mut columns);
        if self.total.malformed > 0 {
            let column = self.counts("MALFORMED", ALWAYS, |tally| count(tally.malformed));
            columns.push(Column { colour: Some(Color::Red), ..column });
        }
        if self.rows.iter().any(|row| !signs(row.tally).is_empty()) {
            let column = self.names("NOTE", |row| signs(row.tally));
            columns.push(Column { kind: Kind::Note, ..column });
        }
        columns
    }

    /// Appends lines, bytes, start and duration. The one that the order is by always stays.
    fn push_sizes_and_times(&self, screen: Screen, columns: &mut Vec<Column>) {
        let rank = |sort, rank| if self.listing.sort == sort { ALWAYS } else { rank };
        columns.push(self.counts("LINES", ALWAYS, |tally| count(tally.lines)));
        columns.push(self.counts("BYTES", rank(ListSort::Bytes, 3), |tally| {
            quantity::bytes(tally.inflated_bytes.unsigned_abs())
        }));
        // A pipe gets complete times; a terminal only what the heading does not have.
        let precision = match (screen.width, &self.day) {
            (None, _) => Precision::Instant,
            (Some(_), None) => Precision::Minute,
            (Some(_), Some(_)) => Precision::TimeOfDay,
        };
        // The zone has to be somewhere: in the heading with the day, in complete times as `Z`, or else here.
        let is_unsaid = screen.width.is_some() && self.day.is_none();
        let title = if is_unsaid { "START UTC" } else { "START" };
        let start = |(start, _)| moment(start, precision);
        columns.push(self.spans(title, rank(ListSort::Time, 4), start));
        columns.push(self.spans("DURATION", rank(ListSort::Duration, 5), |(start, end)| {
            quantity::seconds(end.saturating_sub(start).max(0) as f64 / 1e9)
        }));
    }

    /// Appends the levels that occur: a column of zeros would only take room.
    fn push_levels(&self, columns: &mut Vec<Column>) {
        let occurs = |level: &Level| self.total.levels[*level as usize] > 0;
        for level in Level::ALL.into_iter().filter(occurs) {
            // Warnings and errors are what people look for; the others may be hidden.
            let (rank, colour) = match level {
                Level::Trace | Level::Debug => (1, None),
                Level::Info => (2, None),
                Level::Warn => (ALWAYS, Some(Color::Yellow)),
                Level::Error | Level::Fatal => (ALWAYS, Some(Color::Red)),
            };
            let column =
                self.counts(level.name(), rank, |tally| count(tally.levels[level as usize]));
            columns.push(Column { colour, ..column });
        }
    }

    /// A column of counts: of every entry, then of the total.
    fn counts(&self, title: &'static str, rank: u8, of: impl Fn(&Tally) -> String) -> Column {
        let tallies = self.rows.iter().map(|row| row.tally).chain([&self.total]);
        let cells = tallies.map(of).collect();
        Column { title, kind: Kind::Number { rank }, cells, colour: None }
    }

    /// A column about start and end; empty cells for entries without a time.
    fn spans(&self, title: &'static str, rank: u8, of: impl Fn((i64, i64)) -> String) -> Column {
        let spans = self.rows.iter().map(Row::span).chain([self.span]);
        let cells = spans.map(|span| span.map_or_else(String::new, &of)).collect();
        Column { title, kind: Kind::Number { rank }, cells, colour: None }
    }

    /// A column of text, which has no total.
    fn names(&self, title: &'static str, of: impl Fn(&Row) -> String) -> Column {
        let cells = self.rows.iter().map(of).chain([String::new()]).collect();
        Column { title, kind: Kind::Name, cells, colour: None }
    }

    /// The column of formats; `None` if all entries have the same.
    fn formats(&self) -> Option<Column> {
        let name = |row: &Row| row.tally.origin.name;
        let first = name(self.rows.first()?);
        let differ = self.rows.iter().any(|row| name(row) != first);
        differ.then(|| self.names("FORMAT", |row| name(row).to_owned()))
    }

    /// The status of each log in the platform's own words; `None` if it recorded none.
    fn statuses(&self) -> Option<Column> {
        let status = |row: &Row| row.entry.outcome.status.clone();
        let any = self.rows.iter().any(|row| status(row).is_some());
        let text = |row: &Row| printable(&status(row).unwrap_or_default()).into_owned();
        any.then(|| self.names("STATUS", text))
    }

    /// The heading for the bundle whose entries begin with this row; `None` if their paths have nothing in
    /// common.
    fn heading_from(&self, first: usize) -> Option<Vec<String>> {
        let bundle = self.rows[first].entry.bundle;
        let entries = self.rows[first..].iter().map(|row| row.entry);
        heading(entries.take_while(|entry| entry.bundle == bundle).map(|entry| &*entry.identity))
    }
}

/// A count with separators; counts are never negative.
fn count(number: i64) -> String {
    quantity::thousands(number.unsigned_abs())
}

/// How much of a time is shown.
#[derive(Debug, Clone, Copy)]
enum Precision {
    /// Complete, `2026-01-31T12:00:00Z`: piped output.
    Instant,
    /// `2026-01-31 12:00`: a terminal, several days.
    Minute,
    /// `12:00:00`: a terminal, with the day in the heading.
    TimeOfDay,
}

/// Nanoseconds since 1970 as a time in UTC, to the second.
fn moment(nanos: i64, precision: Precision) -> String {
    let text = rfc3339(nanos);
    let (day, time) = text.split_once('T').unwrap_or_default();
    let (minute, second) = (time.get(..5).unwrap_or_default(), time.get(..8).unwrap_or_default());
    match precision {
        Precision::Instant => format!("{day}T{second}Z"),
        Precision::Minute => format!("{day} {minute}"),
        Precision::TimeOfDay => second.to_owned(),
    }
}

/// The date in UTC of nanoseconds since 1970.
fn day(nanos: i64) -> String {
    rfc3339(nanos).split_once('T').unwrap_or_default().0.to_owned()
}

/// Nanoseconds since 1970 in UTC, with as many decimals as needed.
fn rfc3339(nanos: i64) -> String {
    let mut text = Vec::new();
    write_rfc3339(nanos, &mut text);
    String::from_utf8(text).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::io::Write as _;
    use std::path::Path;

    use ripsaw::format::harness;
    use ripsaw::scan::Scan;
    use tempfile::TempDir;
    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    const MINUTE: i64 = 60_000_000_000;

    /// Two bundles of long and wide names, every level and sign, over two days.
    fn sample(folder: &Path) -> (Catalog, Vec<Tally>) {
        let mut bundles = Vec::new();
        for run in [7, 8] {
            let path = folder.join(format!("run-{run}.zip"));
            let mut zip = ZipWriter::new(File::create(&path).unwrap());
            for name in [
                "Build/Compile",
                "Déploiement_größer_配置/配置配置配置配置配置配置",
                "Deploy_to_production/Coordinated_Deployment/HelmDeploy-commandUnit:Install / Upgrade",
            ] {
                let path = format!("acc/acc/pipeline/Ship/{run}/-Xy0_run/{name}");
                zip.start_file(path, SimpleFileOptions::default()).unwrap();
                zip.write_all(b"{}").unwrap();
            }
            zip.finish().unwrap();
            bundles.push(path);
        }
        let catalog = Catalog::clone(Scan::open(&bundles).unwrap().catalog());
        let tallies: Vec<Tally> = (0..6)
            .map(|entry| Tally {
                lines: 123_456 * entry,
                malformed: entry,
                inflated_bytes: (5 << 20) * entry,
                first_timestamp: Some(1_000_000 * MINUTE + entry * 700 * MINUTE),
                last_timestamp: Some(1_009_000 * MINUTE),
                levels: [1, 20, 300, 4_000, 50_000, 600_000],
                first_pos: Some(entry),
                truncated_lines: entry,
                failure: (entry == 5).then(|| "why".into()),
                ..Tally::of(&harness::ORIGIN)
            })
            .collect();
        (catalog, tallies)
    }

    fn render_at(folder: &TempDir, width: Option<u16>, colour: bool) -> String {
        let (catalog, tallies) = sample(folder.path());
        let order = [0, 1, 2, 3, 4, 5];
        let (catalog, tallies, sort) = (&catalog, &tallies[..], ListSort::None);
        render(&Listing { catalog, tallies, order: &order, sort }, Screen { width, colour })
    }

    #[test]
    fn nothing_is_wider_than_the_terminal() {
        let folder = tempfile::tempdir().unwrap();
        for width in 76..=200 {
            let text = render_at(&folder, Some(width), false);
            let is_note =
                |line: &&str| line.starts_with("(no room") || line.get(1..3) == Some("  ");
            for line in text.lines().filter(|line| !is_note(line)) {
                let columns: usize =
                    line.chars().map(|c| if c >= '\u{2e80}' { 2 } else { 1 }).sum();
                assert!(columns <= width.into(), "{width}: {line}");
            }
            for title in ["STEP", "LINES", "WARN", "ERROR", "FATAL", "MALFORMED", "NOTE"] {
                assert!(text.lines().any(|line| line.contains(title)), "{width}: {title}");
            }
        }
    }

    #[test]
    fn nothing_is_left_out_where_there_is_no_terminal() {
        let folder = tempfile::tempdir().unwrap();
        let text = render_at(&folder, None, false);
        assert!(!text.contains('…') && !text.contains("no room"));
        assert!(text.contains("Coordinated_Deployment/HelmDeploy"));
        assert!(text.contains("1971-11-26T10:40:00Z"), "{text}");
    }

    #[test]
    fn colours_change_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        for width in [None, Some(80), Some(160)] {
            let colourless =
                anstream::adapter::strip_str(&render_at(&folder, width, true)).to_string();
            let trimmed =
                |text: &str| text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n");
            assert_eq!(trimmed(&colourless), trimmed(&render_at(&folder, width, false)));
        }
    }
}
