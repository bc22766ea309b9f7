//! How lines are printed, by what was asked for and where they go.

use std::io::{IsTerminal as _, stdout};
use std::sync::Arc;

use anstream::{AutoStream, ColorChoice};
use anstyle::Style;
use ripsaw::source::{Catalog, Entry};
use ripsaw::table::lines_schema;

use super::super::terminal::width;
use super::args::Sort;
use super::form::{Clock, Form, Shape};
use super::json::JsonRows;
use super::lines::Body;
use super::names::EntryNames;
use super::page::Headings;
use super::settings::{Print, Search};

/// Headings.
const BOLD: Style = Style::new().bold();
/// Paths after the names of steps.
const DIM: Style = Style::new().dimmed();

/// The columns that `cat` prints for programs.
const USUAL: [&str; 5] = ["timestamp", "level", "stage", "step", "message"];

/// Columns beside the name of the step in the order of time: time, level, gaps.
const BESIDE_NAME: usize = 21;

/// Narrowest column for names of steps.
const SHORTEST_NAME: usize = 8;

/// What is printed of a row, and what above rows.
pub(super) fn arrange(
    search: &Search,
    print: &Print,
    catalog: &Catalog,
    names: &EntryNames<'_>,
) -> (Body, Headings) {
    let on_terminal = stdout().is_terminal();
    if print.json {
        return (
            Body::Json(JsonRows::new(&print.columns, &search.reading.options.pipeline.key_texts)),
            Headings::None,
        );
    }
    let for_people = print.pretty || on_terminal;
    let by_time = print.sort == Sort::Time;
    let colour = AutoStream::choice(&stdout()) != ColorChoice::Never;
    let is_message = print.columns.is_empty() && !print.raw && !print.only_matching;
    let is_headed = print.heading.unwrap_or(for_people && print.columns.is_empty()) && !by_time;
    let is_dated = by_time && for_people && is_message && print.heading != Some(false);
    let with_name = print.names.unwrap_or(print.columns.is_empty() && !search.is_cat);
    let mut form = Form {
        names: if for_people { names.for_people(print.paths) } else { Arc::clone(&names.paths) },
        matcher: search.matcher.clone(),
        replacement: print.replacement.clone(),
        colour,
        is_timeless: catalog.entries.iter().map(is_timeless).collect(),
        with_name: with_name && !is_headed,
        with_number: print.numbers.unwrap_or(match search.is_cat {
            true => is_headed && for_people,
            false => print.columns.is_empty() && !is_dated,
        }),
        with_offset: print.offsets,
        delimiter: search.is_cat.then_some('\t'),
        nul: search.nul,
        only_matching: print.only_matching,
        columns: print.columns.clone(),
        shape: Shape::Line,
        max_columns: print.max_columns,
        on_terminal,
    };
    if is_dated {
        arrange_by_time(&mut form, print, names);
        return (Body::Text(Arc::new(form)), Headings::Days { colour });
    }
    if is_headed && for_people && is_message {
        form.shape = Shape::Time(Clock { has_day: false, name_width: 0, is_marked: false });
    } else if search.is_cat && is_message {
        let schema = lines_schema();
        form.columns = USUAL.iter().filter_map(|name| schema.index_of(name).ok()).collect();
    }
    let is_titled = is_headed && print.names != Some(false);
    let headings = match (is_headed, is_titled) {
        (true, true) => headings(names, print.paths, for_people, colour),
        // As in ripgrep, a blank line separates entries all the same.
        (true, false) => Headings::Entries([].into()),
        _ => Headings::None,
    };
    (Body::Text(Arc::new(form)), headings)
}

/// Whether an entry is plain text.
fn is_timeless(entry: &Entry) -> bool {
    entry.format.is_some_and(|id| id.format().name == "text")
}

/// The form of lines of all entries: time, level, name, message.
fn arrange_by_time(form: &mut Form, print: &Print, names: &EntryNames<'_>) {
    let width = form.on_terminal.then(|| usize::from(width()));
    let room = width.map(|width| (width.saturating_sub(BESIDE_NAME) / 3).max(SHORTEST_NAME));
    let (names, width) = names.column(print.paths, room);
    form.names = names;
    let name_width = if print.names == Some(false) { 0 } else { width };
    // Elsewhere the number has the mark.
    let is_marked = print.before + print.after > 0 && !form.with_number;
    form.shape = Shape::Time(Clock { has_day: true, name_width, is_marked });
}

/// The headings of all entries, as they are printed.
fn headings(names: &EntryNames<'_>, with_paths: bool, for_people: bool, colour: bool) -> Headings {
    let styled = |style: Style, text: &str| match colour {
        true => format!("{style}{text}{style:#}"),
        false => text.to_owned(),
    };
    if !for_people {
        let lines = names.paths.iter().map(|path| styled(BOLD, path) + "\n");
        return Headings::Entries(lines.collect());
    }
    let line = |(step, path): (String, Option<String>)| {
        let path = path.map(|path| styled(DIM, &format!("  {path}")));
        format!("{}{}\n", styled(BOLD, &step), path.unwrap_or_default())
    };
    Headings::Entries(names.headings(with_paths).into_iter().map(line).collect())
}
