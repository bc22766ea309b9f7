//! `ripsaw formats` and `ripsaw ls --formats`: the formats there are, and those of the files at hand.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::Write;

use ripsaw::error::Result;
use ripsaw::format::Format;
use ripsaw::source::{Catalog, FormatId};
use serde_json::{Map, Value, json};

use super::exit::Exit;
use super::interrupt::Interrupt;
use super::layout::column_width;
use super::pager;
use super::report::{self, printable};
use super::run::Run;
use super::settings::Ls;
use super::terminal::{self, Notation};

/// Prints every format, how it is detected, and where its columns come from.
pub(super) fn run(json: bool) -> Result<Exit> {
    let mut text = String::new();
    for format in FormatId::all().map(FormatId::format) {
        if json {
            let columns =
                format.columns.iter().map(|(name, from)| ((*name).into(), (*from).into()));
            let columns: Map<String, Value> = columns.collect();
            let Format { name, title, detected_by, .. } = format;
            let object = json!({ "format": name, "title": title, "detected_by": detected_by, "columns": columns });
            let _ = writeln!(text, "{object}");
        } else {
            push_format(format, &mut text);
        }
    }
    print(&text, terminal::plain_stdout(notation(json)))
}

/// How control characters are escaped on a terminal: within JSON strings, or as in text.
fn notation(json: bool) -> Notation {
    if json { Notation::Json } else { Notation::Text }
}

/// Appends a format: name and title, how it is detected, its columns.
fn push_format(format: &Format, text: &mut String) {
    let blank = if text.is_empty() { "" } else { "\n" };
    let _ = writeln!(text, "{blank}{:<9} {}", format.name, format.title);
    let _ = writeln!(text, "  detected by: {}", format.detected_by);
    // The columns of this format only: the names of another need not be as long.
    let width = format.columns.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    for (name, from) in format.columns {
        let _ = writeln!(text, "    {name:<width$}  {from}");
    }
}

/// A file, its detected format, and why.
#[derive(PartialEq, Eq)]
struct Detected<'a> {
    /// The name of the bundle that the file is in.
    bundle: &'a str,
    /// The path in the bundle.
    file: &'a str,
    /// `None` if it is not a log, or not known before it is read.
    format: Option<&'static str>,
    /// What the detection rests on, such as `lines that begin with a time`, or why the file gives no rows.
    detected_by: Cow<'a, str>,
    /// Whether it gives rows.
    read: bool,
}

/// Prints the detected format of every file, including those that give no rows.
/// No lines are counted.
pub(super) fn of_inputs(settings: &Ls) -> Result<Exit> {
    let interrupt = Interrupt::catch()?;
    let run = Run::open(&settings.reading, settings.console)?;
    let all = detected(run.catalog());
    let mut text = String::new();
    if settings.json {
        for Detected { bundle, file, format, detected_by, read } in &all {
            let object = json!({
                "bundle": bundle, "file": file, "format": format, "detected_by": detected_by, "read": read
            });
            let _ = writeln!(text, "{object}");
        }
    } else if !all.is_empty() || run.catalog().problems.is_empty() {
        // If nothing could be opened, an empty table would only hide the errors.
        push_table(&all, run.catalog().bundles.len() > 1, &mut text);
    }
    run.catalog().warnings.iter().for_each(report::warning);
    run.catalog().problems.iter().for_each(report::error);
    let entries = run.catalog().entries.iter().enumerate();
    let refused = entries.filter_map(|(index, entry)| Some((index, entry.refusal()?)));
    let refused: Vec<(usize, &str)> = refused.collect();
    // The errors come first: they survive if the reader of standard output has gone away.
    report::unreadable(run.catalog(), &refused, None);
    let out = pager::stdout_for_people(settings.console.pages, &interrupt, report::warning);
    print(&text, terminal::guarded(out, notation(settings.json)))?;
    let is_whole = run.catalog().problems.is_empty() && refused.is_empty();
    Ok(if is_whole { Exit::Done } else { Exit::Failed })
}

/// All files of the catalog: entries in output order, then the files set aside.
fn detected(catalog: &Catalog) -> Vec<Detected<'_>> {
    let read = catalog.entries.iter().enumerate().map(|(index, entry)| Detected {
        bundle: catalog.bundle_of(entry),
        file: &entry.path,
        format: entry.format.map(|id| id.format().name),
        detected_by: match (entry.refusal(), entry.format, catalog.encoding(index)) {
            (Some(why), ..) => why.into(),
            // Standard input: looking at its first bytes would consume them.
            (None, None, _) => "detected when it is read".into(),
            (None, Some(_), None) => entry.detected_by.as_ref().into(),
            (None, Some(_), Some(encoding)) => format!("{}, {encoding}", entry.detected_by).into(),
        },
        read: entry.refusal().is_none(),
    });
    let mut read: Vec<Detected<'_>> = read.collect();
    // A file is an entry for each of its steps.
    read.dedup();
    let ignored = catalog.ignored.iter().map(|ignored| Detected {
        bundle: &catalog.bundles[ignored.bundle].name,
        file: &ignored.path,
        format: ignored.format.map(|id| id.format().name),
        detected_by: ignored.reason.as_str().into(),
        read: false,
    });
    read.into_iter().chain(ignored).collect()
}

/// Appends the table; the path comes last because it may have any length.
fn push_table(all: &[Detected<'_>], with_bundle: bool, text: &mut String) {
    let row = |detected: &Detected<'_>| {
        let bundle = if with_bundle { format!("{}  ", detected.bundle) } else { String::new() };
        let not = if detected.read { "" } else { "not read: " };
        let file = printable(&format!("{bundle}{}", detected.file)).into_owned();
        (detected.format.unwrap_or("-"), format!("{not}{}", printable(&detected.detected_by)), file)
    };
    let rows: Vec<_> = all.iter().map(row).collect();
    let why = column_width(rows.iter().map(|(_, why, _)| why.chars().count()));
    let wide = rows.iter().map(|(format, ..)| format.len()).max().unwrap_or(0).max(9);
    let _ = writeln!(text, "{:<wide$} {:<why$}  FILE", "FORMAT", "DETECTED BY");
    for (format, detected_by, file) in rows {
        let _ = writeln!(text, "{format:<wide$} {detected_by:<why$}  {file}");
    }
}

/// Prints to standard output.
pub(super) fn print(text: &str, mut out: Box<dyn Write>) -> Result<Exit> {
    let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    written.map_err(report::cannot_print)?;
    Ok(Exit::Done)
}
