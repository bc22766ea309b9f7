//! The table of `ripsaw ls`: which columns there are, and what they hold.
//!
//! Columns that would be empty or the same for all entries are left out: formats if all are equal, levels
//! that do not occur, the day if all began on one. What all paths have in common (pipeline, run) goes into a
//! heading. `layout` fits the result to the screen.

use std::fmt::Write as _;
use std::iter;

use comfy_table::Color;
use ripsaw::identity::Identity;
use ripsaw::record::level::Level;
use ripsaw::record::timestamp::write_rfc3339;
use ripsaw::source::Catalog;
use ripsaw::table::Tally;

use super::layout::{ALWAYS, Column, Kind, Screen, fit, push_heading, table};
use super::quantity;
use super::report::printable;

/// The entries as a table: a row each, a heading per bundle if there are several, a total, and notes.
pub(super) fn render(catalog: &Catalog, tallies: &[Tally], screen: Screen) -> String {
    let entries = Entries::new(catalog, tallies);
    let mut columns = entries.columns(screen);
    // Without a terminal nothing is hidden: scripts and `less -S` can take any width.
    let hidden = screen.width.map_or_else(Vec::new, |width| fit(&mut columns, width.into()));
    let lines = table(&columns, screen);
    let mut text = String::new();
    // On a terminal times are short and the heading has the date; piped, each time is complete.
    let day = entries.day.as_ref().filter(|_| screen.width.is_some());
    // If all bundles agree, one heading is enough; otherwise each gets its own below.
    let heading = heading(entries.identities.iter());
    let day = day.map(|day| format!("{day} UTC"));
    push_heading(&mut text, heading.iter().flatten().cloned().chain(day), screen);
    // The table was laid out as a whole, so that columns align across bundles; headings go between its lines.
    let mut lines = lines.into_iter();
    text.extend(lines.next().map(|header| header + "\n"));
    for (index, entry) in catalog.entries.iter().enumerate() {
        let begins = index == 0 || catalog.entries[index - 1].bundle != entry.bundle;
        if begins && catalog.bundles.len() > 1 {
            let own = heading.is_none().then(|| entries.heading_of(entry.bundle)).flatten();
            let name = printable(catalog.bundle_of(entry)).into_owned();
            push_heading(&mut text, iter::once(name).chain(own.into_iter().flatten()), screen);
        }
        text.extend(lines.next().map(|line| line + "\n"));
    }
    // What remains is the total.
    lines.for_each(|line| text.push_str(&(line + "\n")));
    entries.push_notes(&hidden, &mut text);
    text
}

/// What is listed, with what the paths say about it.
struct Entries<'a> {
    /// The entries, in the order of the rows.
    catalog: &'a Catalog,
    /// Their counts, in the same order.
    tallies: &'a [Tally],
    /// Stage, step and so on of each, from its path.
    identities: Vec<Identity>,
    /// The sums, for the last row.
    total: Tally,
    /// The day on which all entries began, such as `2026-01-31`; `None` if there are several or none.
    day: Option<String>,
}

/// A reason why a log may be incomplete: its mark, its test, and the note below the table.
type Sign = (char, fn(&Tally) -> bool, &'static str);

/// In the order in which marks are printed, the most serious first.
const SIGNS: [Sign; 4] = [
    ('!', |tally| tally.failure.is_some(), "could not be read completely; see the errors"),
    ('h', |tally| tally.first_pos > Some(0), "the start is missing: pos starts above 0"),
    ('c', |tally| tally.truncated_lines > 0, "lines were cut by the platform"),
    ('s', Tally::is_at_size_limit, "at the platform's size limit: the start may be missing"),
];

impl<'a> Entries<'a> {
    /// Adds up the counts and looks for a common day.
    fn new(catalog: &'a Catalog, tallies: &'a [Tally]) -> Self {
        let identities = catalog.entries.iter().map(|entry| entry.identity.clone()).collect();
        let mut total = Tally::default();
        tallies.iter().for_each(|tally| total.add(tally));
        let mut days = tallies.iter().filter_map(|tally| tally.first_timestamp).map(day);
        let first = days.next();
        let day = first.filter(|first| days.all(|day| day == *first));
        Self { catalog, tallies, identities, total, day }
    }

    /// All columns, in order: names, format, status, counts, times, levels, notes.
    fn columns(&self, screen: Screen) -> Vec<Column> {
        let mut columns = self.names();
        columns.extend(self.formats().into_iter().chain(self.statuses()));
        let total = &self.total;
        columns.push(self.number("LINES", ALWAYS, |tally| count(tally.lines)));
        columns.push(
            self.number("BYTES", 3, |tally| quantity::bytes(tally.inflated_bytes.unsigned_abs())),
        );
        // A pipe gets complete times; a terminal only what the heading does not have.
        let precision = match (screen.width, &self.day) {
            (None, _) => Precision::Instant,
            (Some(_), None) => Precision::Minute,
            (Some(_), Some(_)) => Precision::TimeOfDay,
        };
        let start = |tally: &Tally| {
            tally.first_timestamp.map_or_else(String::new, |nanos| moment(nanos, precision))
        };
        // The zone has to be somewhere: in the heading with the day, in complete times as `Z`, or else here.
        let is_unsaid = screen.width.is_some() && self.day.is_none();
        columns.push(self.number(if is_unsaid { "START UTC" } else { "START" }, 5, start));
        columns.push(self.number("TIME", 4, duration));
        for level in Level::ALL {
            // A column of zeros would only take room.
            if total.levels[level as usize] == 0 {
                continue;
            }
            // Warnings and errors are what people look for; the others may be hidden.
            let (rank, colour) = match level {
                Level::Trace | Level::Debug => (1, None),
                Level::Info => (2, None),
                Level::Warn => (ALWAYS, Some(Color::Yellow)),
                Level::Error | Level::Fatal => (ALWAYS, Some(Color::Red)),
            };
            let column =
                self.number(level.name(), rank, |tally| count(tally.levels[level as usize]));
            columns.push(Column { colour, ..column });
        }
        if total.malformed > 0 {
            let column = self.number("MALFORMED", ALWAYS, |tally| count(tally.malformed));
            columns.push(Column { colour: Some(Color::Red), ..column });
        }
        if self.tallies.iter().any(|tally| !signs(tally).is_empty()) {
            let cells = self.tallies.iter().map(signs).chain([String::new()]).collect();
            columns.push(Column { title: "NOTE", kind: Kind::Note, cells, colour: None });
        }
        columns
    }

    /// A column of numbers: of every entry, then of the total.
    fn number(&self, title: &'static str, rank: u8, of: impl Fn(&Tally) -> String) -> Column {
        let cells = self.tallies.iter().chain([&self.total]).map(of).collect();
        Column { title, kind: Kind::Number { rank }, cells, colour: None }
    }

    /// Stage, step and, if any entry has one, unit; the path if no entry has a stage or a step.
    fn names(&self) -> Vec<Column> {
        let column = |title, cells| Column { title, kind: Kind::Name, cells, colour: None };
        let all = quantity::count(self.tallies.len() as u64, "entry", "entries");
        let paths = self.catalog.entries.iter().map(|entry| printable(&entry.path).into_owned());
        if !self.identities.iter().any(is_placed) {
            return vec![column("FILE", paths.chain([format!("total of {all}")]).collect())];
        }
        let text =
            |part: &Option<String>| printable(part.as_deref().unwrap_or_default()).into_owned();
        let stages = self.identities.iter().map(|identity| text(&identity.stage));
        // An entry without a place among others that have one still needs a name: its path.
        let steps =
            self.identities.iter().zip(paths).map(|(identity, path)| {
                if is_placed(identity) { text(&step(identity)) } else { path }
            });
        let mut columns = vec![
            column("STAGE", stages.chain(["total".into()]).collect()),
            column("STEP", steps.chain([all]).collect()),
        ];
        if self.identities.iter().any(|identity| identity.unit.is_some()) {
            let units = self.identities.iter().map(|identity| text(&identity.unit));
            columns.push(column("UNIT", units.chain([String::new()]).collect()));
        }
        columns
    }

    /// The column of formats; `None` if all entries have the same.
    fn formats(&self) -> Option<Column> {
        let names = self.tallies.iter().map(|tally| tally.origin.name);
        let first = names.clone().next()?;
        let cells = || names.clone().map(str::to_owned).chain([String::new()]).collect();
        let differ = names.clone().any(|name| name != first);
        differ.then(|| Column { title: "FORMAT", kind: Kind::Name, cells: cells(), colour: None })
    }

    /// The status of each log in the platform's own words; `None` if it recorded none.
    fn statuses(&self) -> Option<Column> {
        let statuses = self.catalog.entries.iter().map(|entry| entry.outcome.status.as_deref());
        let text = |status: Option<&str>| printable(status.unwrap_or_default()).into_owned();
        let cells = || statuses.clone().map(text).chain([String::new()]).collect();
        let any = statuses.clone().any(|status| status.is_some());
        any.then(|| Column { title: "STATUS", kind: Kind::Name, cells: cells(), colour: None })
    }

    /// The heading for the entries of one bundle; `None` if their paths have nothing in common.
    fn heading_of(&self, bundle: usize) -> Option<Vec<String>> {
        let entries = self.catalog.entries.iter().zip(&self.identities);
        heading(entries.filter(|(entry, _)| entry.bundle == bundle).map(|(_, identity)| identity))
    }

    /// Appends the explanation of every mark in the table, and the titles of hidden columns.
    fn push_notes(&self, hidden: &[&str], text: &mut String) {
        for (mark, test, explanation) in SIGNS {
            if self.tallies.iter().any(test) {
                let _ = writeln!(text, "{mark}  {explanation}");
            }
        }
        if !hidden.is_empty() {
            let _ = writeln!(text, "(no room for {})", hidden.join(", "));
        }
    }
}

/// Pipeline, run and execution, if they are the same for all entries that have a stage or a step.
fn heading<'a>(mut identities: impl Iterator<Item = &'a Identity> + Clone) -> Option<Vec<String>> {
    let first = identities.clone().find(|identity| is_placed(identity))?;
    let of =
        |identity: &Identity| (identity.pipeline.clone(), identity.run, identity.execution.clone());
    if !identities.all(|identity| !is_placed(identity) || of(identity) == of(first)) {
        return None;
    }
    let parts = [
        first.pipeline.as_ref().map(|name| format!("pipeline {}", printable(name))),
        first.run.map(|run| format!("run {run}")),
        first.execution.as_ref().map(|id| format!("execution {}", printable(id))),
    ];
    Some(parts.into_iter().flatten().collect())
}

/// Whether the path has a stage or a step: those of other files, such as a README, do not.
fn is_placed(identity: &Identity) -> bool {
    identity.stage.is_some() || identity.step.is_some()
}

/// The step after its groups, `GROUP/STEP`, as `--step` accepts it.
fn step(identity: &Identity) -> Option<String> {
    let parts: Vec<&str> = [&identity.step_group, &identity.step]
        .into_iter()
        .flatten()
        .map(|part| part.as_str())
        .collect();
    (!parts.is_empty()).then(|| parts.join("/"))
}

/// A count with separators; counts are never negative.
fn count(number: i64) -> String {
    quantity::thousands(number.unsigned_abs())
}

/// Time from the first to the last line; empty if no line has a time.
fn duration(tally: &Tally) -> String {
    match (tally.first_timestamp, tally.last_timestamp) {
        (Some(first), Some(last)) => quantity::seconds(last.abs_diff(first) as f64 / 1e9),
        _ => String::new(),
    }
}

/// The marks of an entry; empty if nothing is suspicious.
fn signs(tally: &Tally) -> String {
    SIGNS.iter().filter(|(_, test, _)| test(tally)).map(|(mark, ..)| *mark).collect()
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
        render(&catalog, &tallies, Screen { width, colour })
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
            for title in ["STAGE", "STEP", "LINES", "WARN", "ERROR", "FATAL", "MALFORMED", "NOTE"] {
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
