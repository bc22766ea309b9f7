//! What a benchmark found, as tables for people and as JSON for programs.
//!
//! The JSON has the time of every round; the tables have medians. Both are made from the same [`Figures`],
//! whose field names are the names in the JSON.

use std::ffi::OsString;
use std::fmt::Write as _;

use ripsaw::error::{Error, Location, Result};
use ripsaw::source::Catalog;
use serde::Serialize;

use super::bench::Conversion;
use super::machine::Machine;
use super::passes::Pass;
use super::quantity;
use super::report::printable;
use super::run::Outcome;

/// Everything that is printed.
#[derive(Debug, Serialize)]
pub(super) struct Figures {
    /// Version of the program.
    ripsaw: &'static str,
    /// Figures of different machines must not be compared.
    machine: Machine,
    input: Input,
    /// How many times everything was measured.
    rounds: usize,
    /// Read, split, parse, and encode per format: each alone on one thread.
    passes: Vec<Figure>,
    /// Whole conversions per format, on one thread and on all.
    conversions: Vec<Figure>,
    /// Whether the peak could be reset before each conversion; if not, it is that of the process so far.
    peak_memory_is_of_each: bool,
}

/// What was read, and what was counted.
#[derive(Debug, Serialize)]
pub(super) struct Input {
    /// The inputs as given.
    names: Vec<String>,
    entries: usize,
    /// Size of the inputs as stored, compressed or not.
    stored_bytes: u64,
    /// Decompressed text of all entries; every GB/s is relative to it.
    text_bytes: u64,
    /// Decompressed text of the largest entry, which limits how well threads can share the work.
    largest_entry_bytes: u64,
    rows: u64,
    malformed_lines: u64,
    /// Lines that the fast parser left to the thorough ones, malformed or not.
    missed_lines: u64,
    /// Entries that could not be read to their end.
    unreadable_entries: usize,
}

/// What was measured of a pass or a conversion.
#[derive(Debug, Serialize)]
struct Figure {
    /// `read`, `split`, `parse`, `count`, or the name of a format.
    name: &'static str,
    /// The name in the table; not in the JSON.
    #[serde(skip)]
    title: String,
    /// Threads that were used; 1 for a pass.
    threads: usize,
    /// The time of every round, in order.
    seconds: Vec<f64>,
    /// The speeds below follow from this one.
    median_seconds: f64,
    /// 10^9 bytes of text per second, whatever the size of the output.
    gigabytes_per_second: f64,
    /// Rows of the input per second.
    lines_per_second: f64,
    /// How many times as fast as the same conversion on one thread; left out for those on one
    /// thread.
    #[serde(skip_serializing_if = "Option::is_none")]
    scaling: Option<f64>,
    /// Peak resident memory; left out for passes, and if the system does not report it.
    #[serde(skip_serializing_if = "Option::is_none")]
    peak_memory_bytes: Option<u64>,
    /// Resident before it began: the part of the peak that earlier measurements may have left.
    #[serde(skip_serializing_if = "Option::is_none")]
    memory_before_bytes: Option<u64>,
    /// Bytes of the output; left out if nothing was encoded.
    #[serde(skip_serializing_if = "Option::is_none")]
    output_bytes: Option<u64>,
}

impl Input {
    /// Describes the inputs; `outcome` is that of any conversion, since all must count the same.
    pub(super) fn of(names: &[OsString], catalog: &Catalog, outcome: &Outcome) -> Self {
        let total = outcome.report.total();
        let sizes = outcome.report.tallies.iter().map(|tally| tally.inflated_bytes.unsigned_abs());
        Self {
            names: names.iter().map(|name| name.to_string_lossy().into_owned()).collect(),
            entries: catalog.entries.len(),
            stored_bytes: catalog.stored_bytes.unwrap_or(0),
            text_bytes: total.inflated_bytes.unsigned_abs(),
            largest_entry_bytes: sizes.max().unwrap_or(0),
            rows: total.lines.unsigned_abs(),
            malformed_lines: outcome.malformed_lines(),
            missed_lines: total.missed.unsigned_abs(),
            unreadable_entries: outcome.failures().len(),
        }
    }

    /// Appends the first two lines of the text.
    fn push_heading(&self, text: &mut String) {
        let names = self.names.iter().map(|name| printable(name).into_owned()).collect::<Vec<_>>();
        let _ = writeln!(
            text,
            "{}: {} of text in {}, the largest {}; {} as stored",
            names.join(", "),
            quantity::bytes(self.text_bytes),
            quantity::count(self.entries as u64, "entry", "entries"),
            quantity::bytes(self.largest_entry_bytes),
            quantity::bytes(self.stored_bytes),
        );
        let malformed = quantity::count(self.malformed_lines, "malformed line", "malformed lines");
        let _ = writeln!(
            text,
            "{}, {malformed}; {:.2} % left to the thorough parsers",
            quantity::count(self.rows, "row", "rows"),
            // An input of blank lines has no rows to divide by.
            100.0 * self.missed_lines as f64 / self.rows.max(1) as f64,
        );
    }
}

impl Figure {
    /// The figure for these times; `of` adds the speeds.
    fn new(name: &'static str, title: &str, threads: usize, seconds: Vec<f64>) -> Self {
        Self {
            name,
            title: title.to_owned(),
            threads,
            median_seconds: median(&seconds),
            seconds,
            gigabytes_per_second: 0.0,
            lines_per_second: 0.0,
            scaling: None,
            peak_memory_bytes: None,
            memory_before_bytes: None,
            output_bytes: None,
        }
    }

    /// Adds the speeds that follow from the median.
    fn of(mut self, input: &Input) -> Self {
        let seconds = self.median_seconds.max(1e-9);
        self.gigabytes_per_second = input.text_bytes as f64 / 1e9 / seconds;
        self.lines_per_second = input.rows as f64 / seconds;
        self
    }

    /// Time, GB/s, lines/s and output: the columns that both tables have.
    fn cells(&self) -> [String; 4] {
        [
            seconds(self.median_seconds),
            format!("{:.3}", self.gigabytes_per_second),
            quantity::thousands(self.lines_per_second as u64),
            self.output_bytes.map(quantity::bytes).unwrap_or_default(),
        ]
    }
}

impl Figures {
    /// Summarises all rounds.
    pub(super) fn new(
        machine: Machine,
        input: Input,
        rounds: &[Vec<Pass>],
        conversions: &[Conversion],
        peak_memory_is_of_each: bool,
    ) -> Self {
        let passes = pass_figures(rounds, &input);
        let conversions = conversion_figures(conversions, &input);
        let ripsaw = env!("CARGO_PKG_VERSION");
        let rounds = rounds.len();
        Self { ripsaw, machine, input, rounds, passes, conversions, peak_memory_is_of_each }
    }

    /// One JSON object and a newline.
    pub(super) fn json(&self) -> Result<String> {
        let text = serde_json::to_string(self)
            .map_err(|e| Error::new("cannot write JSON", Location::default(), e.to_string()))?;
        Ok(text + "\n")
    }

    /// Two tables under a heading, with a note on how to read them.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        self.input.push_heading(&mut text);
        let machine = &self.machine;
        let _ = writeln!(
            text,
            "{}, {}, {} {}; ripsaw {}; {}\n",
            machine.cpu.as_deref().unwrap_or("unknown processor"),
            quantity::count(machine.threads as u64, "thread", "threads"),
            machine.os,
            machine.arch,
            self.ripsaw,
            match self.rounds {
                1 => "1 round".to_owned(),
                rounds => format!("medians of {rounds} rounds"),
            },
        );
        push_aligned(&mut text, &self.pass_rows());
        text.push('\n');
        push_aligned(&mut text, &self.conversion_rows());
        let _ = writeln!(
            text,
            "\nGB/s are 10^9 bytes of text. Parquet has zstd 1, Arrow no compression.\n{}",
            match self.conversions.iter().any(|figure| figure.peak_memory_bytes.is_some()) {
                false => "This system does not report peak memory.",
                true if self.peak_memory_is_of_each =>
                    "Peak memory includes what the process held from earlier measurements.",
                true => "Peak memory is that of the process so far.",
            }
        );
        text
    }

    /// The table of passes, titles first.
    fn pass_rows(&self) -> Vec<Vec<String>> {
        let titles = ["one pass, 1 thread", "time", "GB/s", "lines/s", "output"];
        let mut rows = vec![titles.map(str::to_owned).to_vec()];
        for pass in &self.passes {
            rows.push([pass.title.clone()].into_iter().chain(pass.cells()).collect());
        }
        rows
    }

    /// The table of whole conversions, titles first.
    fn conversion_rows(&self) -> Vec<Vec<String>> {
        let titles =
            ["whole", "threads", "time", "GB/s", "lines/s", "output", "scaling", "peak", "before"];
        let mut rows = vec![titles.map(str::to_owned).to_vec()];
        for conversion in &self.conversions {
            let mut row = vec![conversion.title.clone(), conversion.threads.to_string()];
            row.extend(conversion.cells());
            row.push(conversion.scaling.map(|times| format!("{times:.2}x")).unwrap_or_default());
            for memory in [conversion.peak_memory_bytes, conversion.memory_before_bytes] {
                row.push(memory.map_or("-".to_owned(), quantity::bytes));
            }
            rows.push(row);
        }
        rows
    }
}

/// A figure per pass, from the times of all rounds. Every round has the same passes in the same order.
fn pass_figures(rounds: &[Vec<Pass>], input: &Input) -> Vec<Figure> {
    let Some(first) = rounds.first() else { return Vec::new() };
    let figure = |(index, pass): (usize, &Pass)| {
        let seconds = rounds.iter().map(|passes| passes[index].elapsed.as_secs_f64()).collect();
        let figure = Figure::new(pass.name, &pass.title, 1, seconds).of(input);
        Figure { output_bytes: pass.written, ..figure }
    };
    first.iter().enumerate().map(figure).collect()
}

/// A figure per conversion, from its samples.
fn conversion_figures(conversions: &[Conversion], input: &Input) -> Vec<Figure> {
    let mut figures: Vec<Figure> = Vec::new();
    for conversion in conversions {
        let samples = &conversion.samples;
        let seconds = samples.iter().map(|sample| sample.elapsed.as_secs_f64()).collect();
        let name = conversion.format.map_or("count", |format| format.name);
        let mut figure =
            Figure::new(name, conversion.title(), conversion.threads, seconds).of(input);
        // The conversion on one thread comes first, so its figure is there already; it is measured against
        // figures of the same name only, and has no scaling itself.
        let alone = figures.iter().find(|alone| alone.name == name && alone.threads == 1);
        figure.scaling = alone.map(|alone| alone.median_seconds / figure.median_seconds.max(1e-9));
        // The peak of the round that began with the least memory: it contains the least that earlier
        // measurements left behind.
        let leanest = samples.iter().min_by_key(|sample| sample.memory_before);
        figure.peak_memory_bytes = leanest.and_then(|sample| sample.peak_memory);
        figure.memory_before_bytes = leanest.and_then(|sample| sample.memory_before);
        figure.output_bytes = samples.first().and_then(|sample| sample.written);
        figures.push(figure);
    }
    figures
}

/// A time with milliseconds if it is short: small inputs take less than the 0.01 s that
/// [`quantity::seconds`] can show.
fn seconds(seconds: f64) -> String {
    if seconds < 0.1 { format!("{:.2} ms", seconds * 1e3) } else { format!("{seconds:.2} s") }
}

/// The middle value, or the mean of the two in the middle; 0 for none.
fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    // The same index twice if the number of values is odd.
    let (lower, upper) = (sorted.len().saturating_sub(1) / 2, sorted.len() / 2);
    match (sorted.get(lower), sorted.get(upper)) {
        (Some(lower), Some(upper)) => (lower + upper) / 2.0,
        _ => 0.0,
    }
}

/// Appends rows as a table: the first column aligned left, the numbers right. All rows must have as many
/// cells as the first.
fn push_aligned(text: &mut String, rows: &[Vec<String>]) {
    let columns = rows.first().map_or(0, Vec::len);
    // Bytes are columns of the screen here: all cells are ASCII.
    let width = |column: usize| rows.iter().map(|row| row[column].len()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    for row in rows {
        let mut line = String::new();
        for (column, (cell, width)) in row.iter().zip(&widths).enumerate() {
            match column {
                0 => line.push_str(&format!("{cell:<width$}")),
                _ => line.push_str(&format!("  {cell:>width$}")),
            }
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_or_the_mean_of_both() {
        for (values, middle) in
            [(&[][..], 0.0), (&[2.0], 2.0), (&[3.0, 1.0], 2.0), (&[9.0, 1.0, 2.0], 2.0)]
        {
            assert_eq!(median(values), middle);
        }
    }
}
