//! Columns laid out for a terminal, or in full if there is none.
//!
//! `listing` decides what the columns are. Here they are fitted to the width of the screen: unimportant
//! numbers are hidden first, then names are shortened in the middle. Widths are columns of the terminal,
//! in which East Asian letters take two.

use std::fmt::Write as _;
use std::ops::Range;

use comfy_table::{Attribute, Cell, CellAlignment, Color, ContentArrangement, Row, Table, presets};

use super::cells::Cells;

/// What the table is printed on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Screen {
    /// Width of the terminal in columns; `None`: nothing is shortened.
    pub(super) width: Option<u16>,
    /// Use styles; also possible without a terminal (`--color always`).
    pub(super) colour: bool,
}

/// A column of the table.
pub(super) struct Column {
    /// In the header; ASCII.
    pub(super) title: &'static str,
    /// How it is aligned, and whether it may be shortened or hidden.
    pub(super) kind: Kind,
    /// One per entry, then the total; as many in every column.
    pub(super) cells: Cells,
    /// For cells that are not zero.
    pub(super) colour: Option<Color>,
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// The name of the entry: keeps more room, and is shortened as the caller of [`fit`] says.
    Main,
    /// Text that may be shortened in the middle.
    Name,
    /// A number, aligned right. In a narrow terminal those with the lowest rank are hidden first.
    Number {
        /// 1 to 8, or [`ALWAYS`].
        rank: u8,
    },
    /// Marks, never shortened or hidden.
    Note,
}

/// Rank of the numbers that are never hidden.
pub(super) const ALWAYS: u8 = 9;

/// Spaces between two columns.
const GAP: usize = 2;

/// A name keeps this width as long as there are numbers to hide.
const NAME_ROOM: usize = 10;

/// The name of an entry keeps this one, half of the usual 80: a step and its unit.
const MAIN_ROOM: usize = 40;

/// No name is cut below this width, even if the table is too wide then: `ab…f` can still be recognised.
const SHORTEST: usize = 4;

/// No column is made wider than this for a cell, unless a terminal has the room: a longer one is printed whole,
/// and what follows it in its row is not below the others. A single name of 64 KiB would make each row as long.
pub(super) const WIDEST: usize = 200;

/// Rows that are laid out at a time.
const ROWS: usize = 10_000;

/// Stands for a cell that is wider, while the others are aligned. No cell has it: control characters are
/// escaped.
const STUB: &str = "\u{1}";

/// The name of an entry, by its row, in so many columns of the screen; `None`: it is cut in the middle.
pub(super) type Shorten<'a> = &'a dyn Fn(usize, usize) -> Option<String>;

/// Whether the columns fit into `width` as they are.
pub(super) fn fits(columns: &[Column], width: usize) -> bool {
    total_width(columns, Column::width) <= width
}

/// Hides numbers of low rank and shortens names until a row fits into `width`; returns the titles of the
/// hidden columns. The result may still be too wide for a very narrow terminal.
pub(super) fn fit(columns: &mut Vec<Column>, width: usize, shorten: Shorten) -> Vec<&'static str> {
    let mut hidden = Vec::new();
    let main = columns.iter().find(|column| column.kind == Kind::Main);
    let main = main.map_or(0, |column| column.shortened(MAIN_ROOM, shorten));
    // Names count with their reduced width here, so a long name alone does not hide numbers.
    let needed = |column: &Column| match column.kind {
        Kind::Main => main,
        Kind::Name => column.width().min(NAME_ROOM),
        Kind::Number { .. } | Kind::Note => column.width(),
    };
    while total_width(columns, needed) > width {
        let ranks = columns.iter().enumerate().filter_map(|(index, column)| match column.kind {
            Kind::Number { rank } if rank < ALWAYS => Some((rank, index)),
            _ => None,
        });
        // Of equal ranks the leftmost goes first.
        let Some((_, index)) = ranks.min() else { break };
        hidden.push(columns.remove(index).title);
    }
    let excess = total_width(columns, Column::width).saturating_sub(width);
    shorten_names(columns, excess, shorten);
    hidden
}

/// Takes `excess` columns of the screen off the names: one at a time off whichever is widest, so long names
/// lose most and short ones nothing.
fn shorten_names(columns: &mut [Column], excess: usize, shorter: Shorten) {
    let names = columns.iter_mut().filter(|column| matches!(column.kind, Kind::Main | Kind::Name));
    let mut names: Vec<(usize, &mut Column)> =
        names.map(|column| (column.width(), column)).collect();
    for _ in 0..excess {
        let widest = names.iter_mut().max_by_key(|(room, _)| *room);
        let Some((room, _)) = widest.filter(|(room, _)| *room > SHORTEST) else { break };
        *room -= 1;
    }
    for (room, column) in names {
        let is_main = column.kind == Kind::Main;
        let shortened = |(row, cell)| {
            let own = if is_main { shorter(row, room) } else { None };
            own.unwrap_or_else(|| shorten(cell, room))
        };
        column.cells = column.cells.iter().enumerate().map(shortened).collect();
    }
}

/// Width of a row whose columns have these widths, gaps included.
fn total_width(columns: &[Column], width: impl Fn(&Column) -> usize) -> usize {
    columns.iter().map(|column| width(column) + GAP).sum::<usize>().saturating_sub(GAP)
}

impl Column {
    /// The width of its widest cell or of the title.
    fn width(&self) -> usize {
        self.widths().max().unwrap_or(0)
    }

    /// Those of the title and the cells.
    fn widths(&self) -> impl Iterator<Item = usize> {
        self.cells.iter().map(width_of).chain([self.title.len()])
    }

    /// The width if names that are wider than `room` are shortened: it may be less than `room`, as they lose
    /// whole parts.
    fn shortened(&self, room: usize, shorter: Shorten) -> usize {
        let fitted = |(row, cell): (usize, &str)| match width_of(cell) {
            width if width <= room => width,
            _ => shorter(row, room).map_or(room, |name| width_of(&name)),
        };
        let cells = self.cells.iter().enumerate().map(fitted);
        cells.chain([self.title.len()]).max().unwrap_or(0)
    }
}

/// The width of a column whose cells have these widths: that of the widest, of those that are not too wide.
pub(super) fn column_width(widths: impl Iterator<Item = usize>) -> usize {
    widths.filter(|width| *width <= WIDEST).max().unwrap_or(0)
}

/// Cuts the middle out, because names differ at their ends: `Deploy…prod_1`, `Deploy…prod_2`.
pub(super) fn shorten(text: &str, room: usize) -> String {
    if width_of(text) <= room {
        return text.to_owned();
    }
    // One column is for the ellipsis; of an odd rest the beginning gets one more.
    let kept = room.saturating_sub(1);
    let head = fitting(text.chars(), kept.div_ceil(2));
    let tail: Vec<char> = fitting(text.chars().rev(), kept / 2);
    head.into_iter().chain(['…']).chain(tail.into_iter().rev()).collect()
}

/// As many of the first letters as fit into `room` columns. A wide letter that would fit only half is left
/// out.
fn fitting(letters: impl Iterator<Item = char>, room: usize) -> Vec<char> {
    let mut used = 0;
    let fits = letters.take_while(|letter| {
        used += letter_width(*letter);
        used <= room
    });
    fits.collect()
}

/// Columns of the screen that a text takes.
pub(super) fn width_of(text: &str) -> usize {
    text.chars().map(letter_width).sum()
}

/// Two for the blocks that Unicode's East Asian Width (UAX #11) mostly counts as wide, else one. Blocks are
/// an approximation; the table library measures each letter again when it arranges the cells.
fn letter_width(letter: char) -> usize {
    match letter {
        '\u{1100}'..='\u{115f}'
        | '\u{2e80}'..='\u{a4cf}'
        | '\u{ac00}'..='\u{d7a3}'
        | '\u{f900}'..='\u{faff}'
        | '\u{fe30}'..='\u{fe6f}'
        | '\u{ff00}'..='\u{ff60}'
        | '\u{ffe0}'..='\u{ffe6}'
        | '\u{1f300}'..='\u{1faff}'
        | '\u{20000}'..='\u{3fffd}' => 2,
        _ => 1,
    }
}

/// Appends parts side by side, in bold, as many per line as fit.
pub(super) fn push_heading(text: &mut String, parts: impl Iterator<Item = String>, screen: Screen) {
    let width = screen.width.map_or(usize::MAX, usize::from);
    let mut line = String::new();
    for part in parts {
        let length = width_of(&line) + GAP + width_of(&part);
        if !line.is_empty() && length > width {
            push_line(text, &line, screen);
            line.clear();
        } else if !line.is_empty() {
            line.push_str("  ");
        }
        line.push_str(&part);
    }
    if !line.is_empty() {
        push_line(text, &line, screen);
    }
}

/// Appends one line of a heading, shortened to the screen.
fn push_line(text: &mut String, line: &str, screen: Screen) {
    let line = screen.width.map_or_else(|| line.to_owned(), |width| shorten(line, width.into()));
    if screen.colour {
        let bold = anstyle::Style::new().bold();
        let _ = writeln!(text, "{bold}{line}{bold:#}");
    } else {
        let _ = writeln!(text, "{line}");
    }
}

/// The lines of the table: titles, entries, total. Exactly one line each, so that headings of bundles can be
/// put between them.
pub(super) fn table(columns: &[Column], screen: Screen) -> impl Iterator<Item = String> {
    let rows = columns.first().map_or(0, |column| column.cells.len());
    // More are laid out part by part, which takes less memory; each part has a row of the widths of all.
    let ruler: Option<Vec<String>> = (rows > ROWS)
        .then(|| columns.iter().map(|column| "x".repeat(column_width(column.widths()))).collect());
    let screen = if ruler.is_some() { Screen { width: None, ..screen } } else { screen };
    let starts = (0..rows.max(1)).step_by(ROWS);
    starts.flat_map(move |start| {
        let lines = lines(columns, start..rows.min(start + ROWS), screen, ruler.as_deref());
        // The titles are above the first part.
        lines.into_iter().skip(usize::from(start > 0))
    })
}

/// The titles, and the lines of some rows.
fn lines(
    columns: &[Column],
    rows: Range<usize>,
    screen: Screen,
    ruler: Option<&[String]>,
) -> Vec<String> {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_truncation_indicator("…").style_text_only();
    // The library looks for a terminal itself; the choice has been made already and must win.
    if screen.colour {
        table.enforce_styling();
    } else {
        table.force_no_tty();
    }
    match screen.width {
        Some(width) => table.set_width(width).set_content_arrangement(ContentArrangement::Dynamic),
        None => table.set_content_arrangement(ContentArrangement::Disabled),
    };
    let bold = |cell: Cell| cell.add_attribute(Attribute::Bold);
    table.set_header(row(columns.iter().map(|column| bold(column.cell(column.title)))));
    let all = columns.first().map_or(0, |column| column.cells.len());
    let is_too_wide = |cell: &str| screen.width.is_none() && width_of(cell) > WIDEST;
    for index in rows.clone() {
        let cells = columns.iter().map(|column| {
            let text = column.cells.at(index);
            let cell = column.cell(if is_too_wide(text) { STUB } else { text });
            // The last row is the total.
            if index + 1 == all { bold(cell) } else { cell }
        });
        table.add_row(row(cells));
    }
    if let Some(ruler) = ruler {
        table.add_row(row(ruler.iter().map(Cell::new)));
    }
    // No padding after the last column: lines that end in spaces wrap on a terminal that is just as wide.
    let last = columns.len().saturating_sub(1);
    for (index, column) in table.column_iter_mut().enumerate() {
        column.set_padding((0, if index == last { 0 } else { GAP as u16 }));
    }
    let whole = |(index, line): (usize, String)| {
        let mut line = line.trim_end().to_owned();
        // The first line has the titles.
        let Some(row) = index.checked_sub(1) else { return line };
        let cells = columns.iter().map(|column| column.cells.at(rows.start + row));
        for cell in cells.filter(|cell| is_too_wide(cell)) {
            line = line.replacen(STUB, cell, 1);
        }
        line
    };
    table.lines().enumerate().take(1 + rows.len()).map(whole).collect()
}

/// A row of one line: a cell that does not fit is cut, not wrapped.
fn row(cells: impl Iterator<Item = Cell>) -> Row {
    let mut row = Row::from(cells.collect::<Vec<_>>());
    row.max_height(1);
    row
}

impl Column {
    /// A cell of this column.
    fn cell(&self, text: &str) -> Cell {
        let cell = Cell::new(text);
        let cell = match self.kind {
            Kind::Number { .. } => cell.set_alignment(CellAlignment::Right),
            Kind::Main | Kind::Name | Kind::Note => cell,
        };
        match self.colour {
            // A red 0 would suggest a problem where there is none.
            Some(colour) if text.contains(|c: char| ('1'..='9').contains(&c)) => cell.fg(colour),
            _ => cell,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_name_widens_no_other_row() {
        let name = |text: &str| text.repeat(70_000);
        let column = |kind, cells: [&str; 4]| Column {
            title: "T",
            kind,
            cells: cells.into_iter().collect(),
            colour: None,
        };
        let (long, longer) = (name("x"), name("配"));
        for colour in [false, true] {
            let columns = [
                column(Kind::Main, ["a", &long, "bcd", ""]),
                column(Kind::Name, ["e", "f", &longer, ""]),
                column(Kind::Number { rank: ALWAYS }, ["10", "2", "3", "15"]),
            ];
            let lines = table(&columns, Screen { width: None, colour });
            let lines: Vec<String> =
                lines.map(|line| anstream::adapter::strip_str(&line).to_string()).collect();
            assert_eq!(lines[1], "a    e  10");
            assert!(lines[2].starts_with(&format!("{long} ")) && lines[2].ends_with(" 2"));
            assert!(lines[2].len() < long.len() + 20);
            assert!(lines[3].starts_with(&format!("bcd  {longer} ")) && lines[3].ends_with(" 3"));
        }
    }

    #[test]
    fn parts_of_a_table_are_aligned_as_one() {
        let rows = 2 * ROWS + 7;
        let column = |title, kind, cells| Column { title, kind, cells, colour: None };
        let columns = [
            column("NAME", Kind::Main, (0..rows).map(|row| "n".repeat(row % 17)).collect()),
            column(
                "SIZE",
                Kind::Number { rank: ALWAYS },
                (0..rows).map(|row| row.to_string()).collect(),
            ),
        ];
        let lines: Vec<String> = table(&columns, Screen { width: None, colour: false }).collect();
        assert_eq!(lines.len(), 1 + rows);
        assert_eq!(lines[0], format!("{:16}  {:>5}", "NAME", "SIZE"));
        for (row, line) in lines[1..].iter().enumerate() {
            assert_eq!(*line, format!("{:16}  {row:>5}", "n".repeat(row % 17)));
        }
    }

    #[test]
    fn names_are_cut_in_the_middle() {
        for (text, room, short) in [
            ("abcdef", 6, "abcdef"),
            ("abcdef", 5, "ab…ef"),
            ("abcdef", 4, "ab…f"),
            ("äöüß", 3, "ä…ß"),
            ("配置配置", 6, "配…置"),
        ] {
            assert_eq!(shorten(text, room), short);
        }
    }
}
