//! The sections of a job, which are its steps.

use super::content::Content;
use super::recent::{Row, Rows, divided};
use crate::format::direct::is_visible;
use crate::format::lines::Place;
use crate::format::stamped::Clock;
use crate::format::steps::{self, Names, Open, Stretches};

/// Follows the sections that are open.
pub(super) struct Outline {
    max_line: usize,
    clock: Clock,
    /// Where each begins, and its content so far.
    rows: Rows<(Place, String)>,
    open: Open,
}

impl steps::Outline for Outline {
    fn line(&mut self, line: Option<&str>, place: Place, found: &mut Stretches) {
        let (prefix, content) = match line {
            Some(line) => divided(line, &mut self.clock),
            None => (None, ""),
        };
        if let Some(row) = self.rows.continued(prefix, content.len(), self.max_line) {
            return row.own.1.push_str(content);
        }
        // Of a line that nothing continues, only what has marks is kept.
        let may_have = prefix.is_some() || content.contains("section_");
        let kept = if may_have { content.to_owned() } else { String::new() };
        if let Some(row) = self.rows.push(prefix, content.len(), (place, kept)) {
            self.finish(row, found);
        }
    }

    fn long_line(&mut self, found: &mut Stretches) {
        self.end(found);
    }

    fn end(&mut self, found: &mut Stretches) {
        for row in std::mem::take(&mut self.rows).into_rest() {
            self.finish(row, found);
        }
    }
}

impl Outline {
    pub(super) fn new(max_line: usize) -> Self {
        let (clock, rows) = (Clock::default(), Rows::default());
        Self { max_line, clock, rows, open: Open::default() }
    }

    /// Notes a row that is whole.
    fn finish(&mut self, row: Row<(Place, String)>, found: &mut Stretches) {
        let Row { own: (place, content), is_spanned, .. } = row;
        let mut closed = None;
        if content.contains("section_") {
            let Content { sections, redraws } = Content::of(&content);
            for section in &sections {
                let name = section.name();
                closed = None;
                match (section.is_start, steps::name(name)) {
                    (true, Some(name)) => self.open.push(name),
                    (true, None) => {}
                    (false, _) => closed = self.open.close(name),
                }
            }
            // Text after the end is of what is around the section.
            if is_visible(redraws.last) {
                closed = None;
            }
        }
        let mut open = self.open.iter();
        let step = closed.as_ref().or_else(|| open.next()).cloned();
        let names = Names { stage: None, step_group: open.next().cloned(), step };
        if !is_spanned {
            found.begin(place, &names);
        }
    }
}
