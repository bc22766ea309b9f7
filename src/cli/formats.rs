//! `ripsaw formats` and `ripsaw ls --formats`.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::Write as _;

use ripsaw::error::Result;
use ripsaw::format::{FORMATS, Format};
use ripsaw::source::Catalog;
use serde_json::{Map, Value, json};

use super::exit::Exit;
use super::report::{self, printable};
use super::run::Run;
use super::settings::Ls;
use super::terminal::{self, Notation};

/// Prints the formats and what columns become.
pub(super) fn run(json: bool) -> Result<Exit> {
    let mut text = String::new();
    for format in FORMATS {
        if json {
            let columns =
                format.columns.iter().map(|(name, from)| ((*name).into(), (*from).into()));
            let columns: Map<String, Value> = columns.collect();
            let Format { name, title, told_by, .. } = format;
            let object = json!({ "format": name, "title": title, "detected_by": told_by, "columns": columns });
            let _ = writeln!(text, "{object}");
        } else {
            push_format(format, &mut text);
        }
    }
    print(&text, notation(json))
}

fn notation(json: bool) -> Notation {
    if json { Notation::Json } else { Notation::Text }
}

fn push_format(format: &Format, text: &mut String) {
    let blank = if text.is_empty() { "" } else { "\n" };
    let _ = writeln!(text, "{blank}{:<9} {}", format.name, format.title);
    let _ = writeln!(text, "  detected by: {}", format.told_by);
    let width = format.columns.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    for (name, from) in format.columns {
        let _ = writeln!(text, "    {name:<width$}  {from}");
    }
}

/// A file, what it is taken for, and why.
struct Told<'a> {
    bundle: &'a str,
    file: &'a str,
    format: Option<&'static str>,
    told_by: Cow<'a, str>,
    /// Whether it gives rows.
    read: bool,
}

/// Prints what the files of the inputs are taken for.
pub(super) fn of_inputs(settings: &Ls) -> Result<Exit> {
    let run = Run::open(&settings.reading, settings.console)?;
    let all = told(run.catalog());
    let mut text = String::new();
    if settings.json {
        for Told { bundle, file, format, told_by, read } in &all {
            let object = json!({
                "bundle": bundle, "file": file, "format": format, "detected_by": told_by, "read": read
            });
            let _ = writeln!(text, "{object}");
        }
    } else if !all.is_empty() || run.catalog().problems.is_empty() {
        push_table(&all, run.catalog().bundles.len() > 1, &mut text);
    }
    run.catalog().warnings.iter().for_each(report::warning);
    run.catalog().problems.iter().for_each(report::error);
    let entries = run.catalog().entries.iter().enumerate();
    let refused = entries.filter_map(|(index, entry)| Some((index, entry.refusal()?)));
    let refused: Vec<(usize, &str)> = refused.collect();
    report::unreadable(run.catalog(), &refused, None);
    print(&text, notation(settings.json))?;
    let is_whole = run.catalog().problems.is_empty() && refused.is_empty();
    Ok(if is_whole { Exit::Done } else { Exit::Failed })
}

fn told(catalog: &Catalog) -> Vec<Told<'_>> {
    let read = catalog.entries.iter().enumerate().map(|(index, entry)| Told {
        bundle: catalog.bundle_of(entry),
        file: &entry.path,
        format: entry.format.map(|id| id.format().name),
        told_by: match (entry.refusal(), entry.format, catalog.encoding(index)) {
            (Some(why), ..) => why.into(),
            (None, None, _) => "detected when it is read".into(),
            (None, Some(_), None) => entry.told_by.as_ref().into(),
            (None, Some(_), Some(encoding)) => format!("{}, {encoding}", entry.told_by).into(),
        },
        read: entry.refusal().is_none(),
    });
    let aside = catalog.aside.iter().map(|aside| Told {
        bundle: &catalog.bundles[aside.bundle].name,
        file: &aside.path,
        format: aside.format.map(|id| id.format().name),
        told_by: aside.reason.as_str().into(),
        read: false,
    });
    read.chain(aside).collect()
}

fn push_table(all: &[Told<'_>], with_bundle: bool, text: &mut String) {
    let row = |told: &Told<'_>| {
        let bundle = if with_bundle { format!("{}  ", told.bundle) } else { String::new() };
        let not = if told.read { "" } else { "not read: " };
        let file = printable(&format!("{bundle}{}", told.file)).into_owned();
        (told.format.unwrap_or("-"), format!("{not}{}", printable(&told.told_by)), file)
    };
    let rows: Vec<_> = all.iter().map(row).collect();
    let why = rows.iter().map(|(_, why, _)| why.chars().count()).max().unwrap_or(0);
    let _ = writeln!(text, "{:<9} {:<why$}  FILE", "FORMAT", "DETECTED BY");
    for (format, told_by, file) in rows {
        let _ = writeln!(text, "{format:<9} {told_by:<why$}  {file}");
    }
}

fn print(text: &str, notation: Notation) -> Result<Exit> {
    let mut out = terminal::plain_stdout(notation);
    let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    written.map_err(report::cannot_print)?;
    Ok(Exit::Done)
}
