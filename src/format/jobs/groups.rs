//! The steps of a job whose archive has no files of them, by marks among its lines.

use std::sync::Arc;

use super::{names::alike, read};
use crate::format::lines::Place;
use crate::format::stamped::Clock;
use crate::format::steps::{self, Names, Open, Stretches};

/// Follows `##[group]Run ...`, which GitHub writes at the beginning of a step, and the sections of Azure.
pub(super) struct Outline {
    clock: Clock,
    /// What the job's name has of letters and digits: its own section is not a step.
    job: String,
    /// The sections that are open.
    open: Open,
    step: Option<Arc<str>>,
}

impl Outline {
    pub(super) fn new(job: &str) -> Self {
        Self { clock: Clock::default(), job: alike(job), open: Open::default(), step: None }
    }

    /// The step of the innermost section.
    fn section(&self) -> Option<Arc<str>> {
        self.step_of(self.open.iter().next()?.clone())
    }

    /// The step that a section is; `None` for that of the job.
    fn step_of(&self, section: Arc<str>) -> Option<Arc<str>> {
        Some(section).filter(|section| alike(section) != self.job)
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
            self.step = steps::name(group.trim_end());
        } else if text == POST {
            self.step = None;
        } else if let Some(name) = text.strip_prefix("##[section]Starting: ") {
            steps::name(name).into_iter().for_each(|name| self.open.push(name));
            self.step = self.section();
        } else if let Some(name) = text.strip_prefix("##[section]Finishing: ") {
            // Its last line is of it; what follows is of the section around it.
            if let Some(closed) = self.open.close(name) {
                self.step = self.section();
                let step = self.step_of(closed);
                return found.begin(place, &Names { step, ..Names::default() });
            }
        }
        let step = self.step.clone();
        found.begin(place, &Names { step, ..Names::default() });
    }
}
