//! `ripsaw bench`: how fast the user's own bundles are converted, pass by pass and as a whole.
//!
//! Every round measures each conversion once, then each pass. Rounds are interleaved so that a machine that
//! slows down (heat, other processes) affects all figures alike. Before anything is printed, [`check`]
//! makes sure that all of them did the same work.

use std::io::{BufWriter, Write};
use std::path::Path;
use std::time::Duration;

use arrow::datatypes::SchemaRef;
use ripsaw::error::{Error, Location, Result};
use ripsaw::sink::output::{BUFFER, Output};
use ripsaw::sink::{Discard, FileFormat, Sink, SinkOptions};

use super::exit::Exit;
use super::figures::{Figures, Input};
use super::interrupt::Interrupt;
use super::machine::{self, Machine};
use super::passes::{self, Counter, Pass};
use super::progress::Turns;
use super::report;
use super::run::{Outcome, Run};
use super::settings::{Console, Measure, Reading};

/// The formats that are measured. The Arrow stream is left out: it differs from the file only at its end.
const FILE_FORMATS: [&str; 4] = ["parquet", "arrow", "csv", "ndjson"];

/// A whole conversion, as `ripsaw convert` does it, measured once per round.
pub(super) struct Conversion {
    /// `None`: lines are counted and nothing is encoded.
    pub(super) format: Option<&'static FileFormat>,
    /// Worker threads: 1, or all.
    pub(super) threads: usize,
    /// One per round, in order.
    pub(super) samples: Vec<Sample>,
}

/// One measurement of a conversion.
pub(super) struct Sample {
    /// Listing of the inputs included, as the user of `convert` sees it.
    pub(super) elapsed: Duration,
    /// Rows that were read.
    pub(super) rows: u64,
    /// Bytes that were encoded; `None` if none were.
    pub(super) written: Option<u64>,
    /// Peak resident memory during the measurement in bytes; `None` if the system does not report it.
    pub(super) peak_memory: Option<u64>,
    /// Resident memory before it began: earlier measurements leave freed pages in the allocator.
    pub(super) memory_before: Option<u64>,
}

/// Measures, and prints the figures on standard output.
pub(super) fn run(settings: &Measure) -> Result<Exit> {
    let interrupt = Interrupt::catch()?;
    // Outputs exist only with --output-dir; otherwise a signal may end the process at once.
    if settings.folder.is_some() {
        interrupt.hold();
    }
    let listed = Run::open(&settings.reading, settings.quietly())?;
    // Such as /dev/stdin or a named pipe; `-` itself is refused with the arguments.
    if listed.catalog().stored_bytes.is_none() {
        let cause = "a pipe or device can be read only once";
        return Err(Error::new("cannot measure", Location::default(), cause)
            .with_hint("write it to a file first"));
    }
    let formats: Vec<&FileFormat> =
        FILE_FORMATS.into_iter().filter_map(FileFormat::of_name).collect();
    let mut conversions = conversions(&formats, settings.reading.options.pipeline.threads);
    let mut rounds: Vec<Vec<Pass>> = Vec::new();
    // Only to find out whether the system can do it; each measurement resets the peak again.
    let peak_is_of_run = machine::forget_peak_memory();
    // All passes of a round count as one step of the bar.
    let per_round = conversions.len() as u64 + 1;
    let turns = Turns::new(u64::from(settings.rounds) * per_round);
    let mut done = 0;
    let mut show = |text: String| {
        if settings.console.progress {
            turns.show(done, text);
        }
        done += 1;
    };
    let mut last = None;
    for _ in 0..settings.rounds {
        for conversion in &mut conversions {
            show(format!("whole: {}", conversion.title()));
            last = Some(conversion.measure(settings, &interrupt)?);
        }
        show("pass by pass".into());
        rounds.push(passes::measure(&settings.reading, &formats, &interrupt)?);
    }
    // Clears the bar before anything is printed.
    drop(turns);
    // Never `None`: there is at least one round and one conversion.
    let Some(outcome) = last else { return Ok(Exit::Done) };
    check(&rounds, &conversions)?;
    let input = Input::of(&settings.reading.inputs, listed.catalog(), &outcome);
    let figures = Figures::new(Machine::this(), input, &rounds, &conversions, peak_is_of_run);
    // Failures are reported even if the reader of standard output has gone away.
    let printed = print(&figures, settings.json);
    report::failures(listed.catalog(), &outcome, "lines before the damage were measured");
    printed?;
    Ok(listed.exit(&outcome))
}

/// Prints the figures to standard output.
fn print(figures: &Figures, json: bool) -> Result<()> {
    let text = if json { figures.json()? } else { figures.text() };
    let mut out = anstream::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(report::cannot_print)
}

/// Every format and none, on one thread and on all. One thread comes first: scaling is relative to it.
fn conversions(formats: &[&'static FileFormat], threads: usize) -> Vec<Conversion> {
    let mut all = Vec::new();
    for format in formats.iter().copied().map(Some).chain([None]) {
        all.push(Conversion { format, threads: 1, samples: Vec::new() });
        if threads > 1 {
            all.push(Conversion { format, threads, samples: Vec::new() });
        }
    }
    all
}

impl Measure {
    /// A run has no bar of its own: the bar of the whole benchmark is drawn.
    fn quietly(&self) -> Console {
        Console { progress: false, pages: false, quiet: true, stats: false }
    }

    /// The same inputs, read on this many threads.
    fn reading(&self, threads: usize) -> Reading {
        let mut reading = self.reading.clone();
        reading.options.pipeline.threads = threads;
        reading
    }
}

impl Conversion {
    /// The title of the format, or `lines counted`.
    pub(super) fn title(&self) -> &'static str {
        self.format.map_or("lines counted", |format| format.title)
    }

    /// Runs the conversion once and adds a sample.
    fn measure(&mut self, settings: &Measure, interrupt: &Interrupt) -> Result<Outcome> {
        let reading = settings.reading(self.threads);
        let counter = Counter::default();
        let output = match (&settings.folder, self.format) {
            (Some(folder), Some(format)) => Some(create(folder, format)?),
            _ => None,
        };
        // The output has been created by now, so the sample has only what a conversion itself takes.
        machine::forget_peak_memory();
        let memory_before = machine::memory();
        let run = Run::open(&reading, settings.quietly())?;
        let sink = open_sink(self.format, &run.scan.schema()?, output.as_ref(), &counter)?;
        // A write error is most likely a full disk: the location says where.
        let outcome = run.send(sink, interrupt, None).map_err(|error| match &settings.folder {
            Some(folder) if !error.is_interrupted() => {
                error.at(Location::bundle(folder.to_string_lossy()))
            }
            _ => error,
        })?;
        self.samples.push(Sample {
            elapsed: run.started.elapsed(),
            rows: outcome.report.total().lines.unsigned_abs(),
            written: self.format.map(|_| counter.bytes()),
            peak_memory: machine::peak_memory(),
            memory_before,
        });
        Ok(outcome)
    }
}

/// A file that is never committed, so it is removed when it is dropped, after its measurement.
fn create(folder: &Path, format: &FileFormat) -> Result<Output> {
    let extension = format.extensions.first().unwrap_or(&format.name);
    Output::create(&folder.join(format!("ripsaw-bench.{extension}")))
}

/// The sink of a conversion; what it writes goes through `counter`, and to `output` if there is one.
fn open_sink(
    format: Option<&FileFormat>,
    schema: &SchemaRef,
    output: Option<&Output>,
    counter: &Counter,
) -> Result<Box<dyn Sink>> {
    let Some(format) = format else { return Ok(Box::new(Discard)) };
    let file = output.map(Output::writer).transpose()?;
    // The same buffer as in `convert`.
    let writer = BufWriter::with_capacity(BUFFER, Counted(file, counter.clone()));
    let written = format.prepare(&SinkOptions::default())?;
    written
        .open(Box::new(writer), schema)
        .map_err(|cause| Error::io("cannot encode rows", Location::default(), cause))
}

/// Counts what is written to a file, or what would be.
struct Counted(Option<Box<dyn Write + Send>>, Counter);

impl Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let written = match &mut self.0 {
            Some(file) => file.write(bytes)?,
            None => bytes.len(),
        };
        // A file may take only a part of the bytes; the rest is written, and counted, in the next call.
        self.1.write(&bytes[..written])
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.0.as_mut().map_or(Ok(()), Write::flush)
    }
}

/// Refuses figures of runs that did not do the same: all must have counted the same rows, and each text
/// format must have written the same bytes every time.
fn check(rounds: &[Vec<Pass>], conversions: &[Conversion]) -> Result<()> {
    let mut rows = Vec::new();
    let mut written = Vec::new();
    for pass in rounds.iter().flatten() {
        rows.extend(pass.rows.map(|rows| (pass.title.clone(), rows)));
        // Batches are cut differently in a pass and in a run, and a binary file shows how: its size differs.
        if FileFormat::of_name(pass.name).is_some_and(|format| !format.is_binary) {
            written.extend(pass.written.map(|bytes| (pass.name, bytes)));
        }
    }
    for conversion in conversions {
        let way = format!("{} on {} threads", conversion.title(), conversion.threads);
        let name = conversion.format.map_or("", |format| format.name);
        for sample in &conversion.samples {
            rows.push((way.clone(), sample.rows));
            written.extend(sample.written.map(|bytes| (name, bytes)));
        }
    }
    let disagree = |cause| {
        Err(Error::new("the measurements disagree", Location::default(), cause).with_hint(
            "this happens if an input changes while it is measured; otherwise please report a bug",
        ))
    };
    if let Some(pair) = rows.windows(2).find(|pair| pair[0].1 != pair[1].1) {
        let [(one, first), (other, second)] = pair else { return Ok(()) };
        return disagree(format!("{one}: {first} rows, {other}: {second}"));
    }
    for (name, bytes) in &written {
        // Conversions are compared with the first of the same format, at any number of threads.
        let differs = |(other, found): &&(&str, u64)| other == name && found != bytes;
        if let Some((_, found)) = written.iter().find(differs) {
            return disagree(format!("{name}: {bytes} bytes and {found}"));
        }
    }
    Ok(())
}
