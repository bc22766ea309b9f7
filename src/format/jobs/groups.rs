//! The steps of a job whose archive has no files of them, by marks among its lines.

use super::{names::alike, read};
use crate::format::lines::Place;
use crate::format::stamped::Clock;
use crate::format::steps::{self, Names, Stretches};

/// Follows `##[group]Run ...`, which GitHub writes at the beginning of a step, and the sections of Azure.
pub(super) struct Outline {
    clock: Clock,
    /// What the job's name has of letters and digits: its own section is not a step.
    job: String,
    /// The sections that are open.
    open: Vec<String>,
    step: Option<String>,
}

impl Outline {
    pub(super) fn new(job: &str) -> Self {
        Self { clock: Clock::default(), job: alike(job), open: Vec::new(), step: None }
    }

    /// The step of the innermost section.
    fn section(&self) -> Option<String> {
        self.open.last().filter(|name| alike(name) != self.job).cloned()
    }
}

/// Of a step that the job's end runs, GitHub writes no name.
const POST: &str = "Post job cleanup.";

impl steps::Outline for Outline {
    fn line(&mut self, line: Option<&str>, place: Place, found: &mut Stretches) {
        let Some(line) = line else { return };
        let line = line.strip_suffix('\r').unwrap_or(line);
        let Some((_, [_, text])) = read(line, &mut self.clock) else { return };
        if let Some(group) = text.strip_prefix("##[group]")
            && group.starts_with("Run ")
        {
            self.step = Some(group.trim_end().to_owned());
        } else if text == POST {
            self.step = None;
        } else if let Some(name) = text.strip_prefix("##[section]Starting: ") {
            self.open.push(name.to_owned());
            self.step = self.section();
        } else if let Some(name) = text.strip_prefix("##[section]Finishing: ") {
            // Its last line is of it; what follows is of the section around it.
            if let Some(at) = self.open.iter().rposition(|open| open == name) {
                self.open.truncate(at + 1);
                let step = self.section();
                self.open.pop();
                self.step = self.section();
                return found.begin(place, &Names { step, ..Names::default() });
            }
        }
        let step = self.step.clone();
        found.begin(place, &Names { step, ..Names::default() });
    }
}
