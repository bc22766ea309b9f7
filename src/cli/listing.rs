//! The table of `ripsaw ls`.

use std::fmt::Write as _;
use std::iter;

use comfy_table::Color;
use ripsaw::identity::Identity;
use ripsaw::record::level::Level;
use ripsaw::record::timestamp::write_rfc3339;
use ripsaw::source::Catalog;
use ripsaw::table::Tally;

use super::layout::{ALWAYS, Column, Kind, Screen, fit, push_heading, table};
use super::names::{separator, step_in_stage};
use super::quantity;
use super::report::printable;

/// The entries as a table: a row each, a heading per bundle where there are several, a total.
pub(super) fn render(catalog: &Catalog, tallies: &[Tally], screen: Screen) -> String {
    let entries = Entries::new(catalog, tallies);
    let mut columns = entries.columns(screen);
    let hidden = screen.width.map_or_else(Vec::new, |width| fit(&mut columns, width.into()));
    let lines = table(&columns, screen);
    let mut text = String::new();
    let day = entries.day.as_ref().filter(|_| screen.width.is_some());
    let heading = heading(entries.identities.iter());
    let day = day.map(|day| format!("{day} UTC"));
    push_heading(&mut text, heading.iter().flatten().cloned().chain(day), screen);
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
    lines.for_each(|line| text.push_str(&(line + "\n")));
    entries.push_notes(&hidden, &mut text);
    text
}

/// What is listed, with what the paths tell.
struct Entries<'a> {
    catalog: &'a Catalog,
    tallies: &'a [Tally],
    identities: Vec<Identity>,
    total: Tally,
    /// The day on which all of it began, if it is one.
    day: Option<String>,
}

/// Why a log may not be whole: mark, test, explanation.
type Sign = (char, fn(&Tally) -> bool, &'static str);

const SIGNS: [Sign; 4] = [
    ('!', |tally| tally.failure.is_some(), "could not be read completely; see the errors"),
    ('h', |tally| tally.first_pos > Some(0), "the start is missing: pos starts above 0"),
    ('c', |tally| tally.truncated_lines > 0, "lines were cut by the platform"),
    ('s', Tally::is_at_size_limit, "at the platform's size limit: the start may be missing"),
];

impl<'a> Entries<'a> {
    fn new(catalog: &'a Catalog, tallies: &'a [Tally]) -> Self {
        let identities = catalog.entries.iter().map(|entry| entry.identity.clone()).collect();
        let mut total = Tally::default();
        tallies.iter().for_each(|tally| total.add(tally));
        let mut days = tallies.iter().filter_map(|tally| tally.first_timestamp).map(day);
        let first = days.next();
        let day = first.filter(|first| days.all(|day| day == *first));
        Self { catalog, tallies, identities, total, day }
    }

    fn columns(&self, screen: Screen) -> Vec<Column> {
        let mut columns = self.names(if screen.width.is_some() { separator() } else { "/" });
        columns.extend(self.formats().into_iter().chain(self.statuses()));
        let total = &self.total;
        columns.push(self.number("LINES", ALWAYS, |tally| count(tally.lines)));
        columns.push(
            self.number("BYTES", 3, |tally| quantity::bytes(tally.inflated_bytes.unsigned_abs())),
        );
        let precision = match (screen.width, &self.day) {
            (None, _) => Precision::Instant,
            (Some(_), None) => Precision::Minute,
            (Some(_), Some(_)) => Precision::TimeOfDay,
        };
        let start = |tally: &Tally| {
            tally.first_timestamp.map_or_else(String::new, |nanos| moment(nanos, precision))
        };
        // With a day the heading says so, and an instant by itself.
        let is_unsaid = screen.width.is_some() && self.day.is_none();
        columns.push(self.number(if is_unsaid { "START UTC" } else { "START" }, 5, start));
        columns.push(self.number("TIME", 4, duration));
        for level in Level::ALL {
            if total.levels[level as usize] == 0 {
                continue;
            }
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

    fn number(&self, title: &'static str, rank: u8, of: impl Fn(&Tally) -> String) -> Column {
        let cells = self.tallies.iter().chain([&self.total]).map(of).collect();
        Column { title, kind: Kind::Number { rank }, cells, colour: None }
    }

    /// Stage, step and unit; the path where no entry has a stage or a step. Groups and step are joined by
    /// `separator`.
    fn names(&self, separator: &str) -> Vec<Column> {
        let column = |title, cells| Column { title, kind: Kind::Name, cells, colour: None };
        let all = quantity::count(self.tallies.len() as u64, "entry", "entries");
        let paths = self.catalog.entries.iter().map(|entry| printable(&entry.path).into_owned());
        if !self.identities.iter().any(is_placed) {
            return vec![column("FILE", paths.chain([format!("total of {all}")]).collect())];
        }
        let text =
            |part: &Option<String>| printable(part.as_deref().unwrap_or_default()).into_owned();
        let stages = self.identities.iter().map(|identity| text(&identity.stage));
        let steps =
            self.identities.iter().zip(paths).map(|(identity, path)| match is_placed(identity) {
                true => step_in_stage(identity, separator).unwrap_or_default(),
                false => path,
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

    /// The formats, where there are several.
    fn formats(&self) -> Option<Column> {
        let names = self.tallies.iter().map(|tally| tally.origin.name);
        let first = names.clone().next()?;
        let cells = || names.clone().map(str::to_owned).chain([String::new()]).collect();
        let differ = names.clone().any(|name| name != first);
        differ.then(|| Column { title: "FORMAT", kind: Kind::Name, cells: cells(), colour: None })
    }

    /// What the platform says became of the logs, where it says so.
    fn statuses(&self) -> Option<Column> {
        let statuses = self.catalog.entries.iter().map(|entry| entry.outcome.status.as_deref());
        let text = |status: Option<&str>| printable(status.unwrap_or_default()).into_owned();
        let cells = || statuses.clone().map(text).chain([String::new()]).collect();
        let any = statuses.clone().any(|status| status.is_some());
        any.then(|| Column { title: "STATUS", kind: Kind::Name, cells: cells(), colour: None })
    }

    /// What the paths of a bundle's entries have in common.
    fn heading_of(&self, bundle: usize) -> Option<Vec<String>> {
        let entries = self.catalog.entries.iter().zip(&self.identities);
        heading(entries.filter(|(entry, _)| entry.bundle == bundle).map(|(_, identity)| identity))
    }

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

/// Pipeline, run and execution, if they are the same for all.
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

fn is_placed(identity: &Identity) -> bool {
    identity.stage.is_some() || identity.step.is_some()
}

fn count(number: i64) -> String {
    quantity::thousands(number.unsigned_abs())
}

fn duration(tally: &Tally) -> String {
    match (tally.first_timestamp, tally.last_timestamp) {
        (Some(first), Some(last)) => quantity::seconds(last.abs_diff(first) as f64 / 1e9),
        _ => String::new(),
    }
}

fn signs(tally: &Tally) -> String {
    SIGNS.iter().filter(|(_, test, _)| test(tally)).map(|(mark, ..)| *mark).collect()
}

#[derive(Debug, Clone, Copy)]
enum Precision {
    /// `2026-01-31T12:00:00Z`
    Instant,
    /// `2026-01-31 12:00`
    Minute,
    /// `12:00:00`
    TimeOfDay,
}

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

fn day(nanos: i64) -> String {
    rfc3339(nanos).split_once('T').unwrap_or_default().0.to_owned()
}

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
