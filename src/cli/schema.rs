//! `ripsaw schema`: the columns that the keys of generic JSON give.

use std::fmt::Write as _;

use ripsaw::error::{Error, Location, Result};
use ripsaw::json::{Described, Inference};
use ripsaw::table::{KeySchema, KeyType};

use super::args::SchemaArgs;
use super::exit::Exit;
use super::formats::print;
use super::layout::column_width;
use super::quantity;
use super::report::{self, printable};
use super::settings::{console, reading};
use super::terminal::{self, Notation};

/// Looks at the keys, and prints their columns.
pub(super) fn run(args: SchemaArgs) -> Result<Exit> {
    let console = console(&args.console);
    let scan = reading(args.inputs.paths, args.read)?.open()?;
    let is_live = scan.catalog().has_live();
    // What can be read only once has no parts to look at.
    let all = args.scan || is_live;
    let seen = if all { scan.infer_all()? } else { scan.infer_parts() };
    if seen.records() == 0 {
        let cause = "no entry has records of generic JSON (the formats ndjson and json)";
        return Err(Error::new("no schema", Location::default(), cause).with_hint(
            "ripsaw ls --formats shows the format of each file; other formats have fixed columns",
        ));
    }
    let schema = seen.schema(usize::try_from(args.max_columns).unwrap_or(usize::MAX));
    let (text, notation) = match args.json {
        true => (json(&schema)?, Notation::Json),
        false => (table(&seen, &schema), Notation::Text),
    };
    let exit = print(&text, terminal::plain_stdout(notation))?;
    if !console.quiet && !args.json {
        let records = quantity::count(seen.records(), "record", "records");
        report::note(&match all {
            true => format!("all {records}"),
            false => format!("from a look at {records}; --scan reads all"),
        });
    }
    Ok(exit)
}

/// What `--schema FILE` reads.
fn json(schema: &KeySchema) -> Result<String> {
    let text = serde_json::to_string_pretty(schema);
    let text = text
        .map_err(|e| Error::new("cannot print the schema", Location::default(), e.to_string()))?;
    Ok(text + "\n")
}

/// A line for each column: name, type, share of nulls, examples.
fn table(seen: &Inference, schema: &KeySchema) -> String {
    let columns = seen.describe(schema);
    let names: Vec<String> =
        columns.iter().map(|column| printable(&column.path).into_owned()).collect();
    let kinds: Vec<String> = columns.iter().map(|column| column.kind.name()).collect();
    let width = |texts: &[String], title: &str| {
        let widths = texts.iter().map(|text| unicode_width::UnicodeWidthStr::width(&**text));
        column_width(widths.chain([title.len()]))
    };
    let (name_width, kind_width) = (width(&names, "KEY"), width(&kinds, "TYPE"));
    let mut text =
        format!("{:name_width$}  {:kind_width$}  {:>6}  EXAMPLES\n", "KEY", "TYPE", "NULL");
    for ((column, name), kind) in columns.iter().zip(names).zip(kinds) {
        let pad = name_width.saturating_sub(unicode_width::UnicodeWidthStr::width(&*name));
        let share = share(column, seen.records());
        let line =
            format!("{name}{:pad$}  {kind:kind_width$}  {share:>6}  {}", "", examples(column));
        let _ = writeln!(text, "{}", line.trim_end());
    }
    text
}

/// The share of records without a value: 0 % and 100 % only if that is exact.
fn share(column: &Described, records: u64) -> String {
    let nulls = records.saturating_sub(column.present);
    let share = 100.0 * nulls as f64 / records as f64;
    match nulls {
        0 => "0 %".into(),
        _ if nulls < records => format!("{:.1} %", share.clamp(0.1, 99.9)),
        _ => "100 %".into(),
    }
}

fn examples(column: &Described) -> String {
    let examples = column.examples.iter().map(|example| printable(example));
    match column.kind {
        KeyType::Struct => String::new(),
        _ => examples.collect::<Vec<_>>().join(", "),
    }
}
