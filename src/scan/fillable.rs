//! Which fixed columns the formats of an input can fill.

use super::written;
use crate::json::Mapping;
use crate::source::{Catalog, Entry, FormatId};
use crate::table::Column;

/// Columns that rows of any format may have.
const ALWAYS: [Column; 5] =
    [Column::Bundle, Column::File, Column::Line, Column::Extra, Column::ParseError];

/// The fixed columns, in order, that some format of the entries fills; all of them if a format is not known.
/// `arrived` has entries whose format is told by what has come of them.
pub(super) fn fillable(catalog: &Catalog, arrived: &Catalog, mapping: &Mapping) -> Vec<Column> {
    let mut formats: Vec<FormatId> = Vec::new();
    let says_columns = |entry: &&Entry| entry.written().is_some() || entry.keyed().is_some();
    for entry in catalog.entries.iter().filter(|entry| !says_columns(entry)) {
        let told = || arrived.entries.iter().find(|other| other.number == entry.number)?.format;
        match entry.format.or_else(told) {
            None => return Column::ALL.to_vec(),
            Some(format) if formats.contains(&format) => {}
            Some(format) => formats.push(format),
        }
    }
    let listed = |column: Column| formats.iter().any(|format| lists(*format, column));
    let in_path =
        |column: Column| catalog.entries.iter().any(|entry| entry.identity.has(column.name()));
    let in_file =
        |column: Column| catalog.entries.iter().any(|entry| written::has_column(entry, column));
    let mapped = |column: Column| column == Column::Args && mapping.has_args();
    let is_filled = |column: &Column| {
        ALWAYS.contains(column)
            || listed(*column)
            || in_path(*column)
            || mapped(*column)
            || in_file(*column)
    };
    Column::ALL.into_iter().filter(is_filled).collect()
}

/// Whether a format says that it fills a column.
fn lists(format: FormatId, column: Column) -> bool {
    // The three columns of levels come from one word.
    let column = match column {
        Column::LevelNumber | Column::LevelText => Column::Level,
        column => column,
    };
    let names = format.format().columns.iter().flat_map(|(names, _)| names.split(", "));
    names.into_iter().any(|name| match name.split_once(" ... ") {
        // A range, as `account ... unit`.
        Some((first, last)) => {
            let index = |name| Column::named(name).map(Column::index);
            index(first) <= Some(column.index()) && Some(column.index()) <= index(last)
        }
        None => name == column.name() || name == "all columns",
    })
}
