//! Which portion may be taken next, and what becomes of one whose turn has come. All of it runs under
//! the schedule's lock, so nothing here reads, decodes or encodes.

use std::sync::Arc;

use arrow::array::RecordBatch;

use super::{Content, Decoded, Place, Schedule, State, Task};
use crate::error::{Error, Location};
use crate::pipeline::cutter::{Cutter, Rows};
use crate::pipeline::project;
use crate::source::Feed;
use crate::table::{malformed_bytes, text_bytes};

impl State {
    /// Whether everything is read, decoded and encoded.
    pub(super) fn is_drained(&self) -> bool {
        self.expected.0 == self.runs.len() && self.to_encode.is_empty() && self.encoding == 0
    }

    /// The first block that no encoder has taken.
    pub(super) fn next_to_encode(&mut self) -> Option<Task> {
        let (number, rows) = self.to_encode.pop_front()?;
        self.encoding += 1;
        Some(Task::Encode(number, rows))
    }

    /// The next portion of a started run that no worker holds, if there is room.
    pub(super) fn next_of_open_run(&mut self, schedule: &Schedule) -> Option<Task> {
        // If the expected portion is here, it is the least: all before it are absorbed.
        let index = (0..self.idle.len()).min_by_key(|&index| self.idle[index].0)?;
        self.make_room(self.idle[index].0, schedule)?;
        let (place, feed) = self.idle.swap_remove(index);
        Some(Task::Read(feed, place))
    }

    /// The first portion of the next run, if there is room.
    pub(super) fn next_run(&mut self, schedule: &Schedule) -> Option<Task> {
        let &first = self.unbegun.front()?;
        let index = match self.make_room((first, 0), schedule) {
            Some(()) => 0,
            // Large runs start first, so the run that all others wait for need not be in front.
            None => {
                let expected = self.expected.0;
                let index = self.unbegun.iter().position(|&run| run == expected)?;
                self.make_room((expected, 0), schedule)?;
                index
            }
        };
        let number = self.unbegun.remove(index)?;
        let (run, place) = (self.runs[number].clone(), (number, 0));
        let feed = Feed::new(Arc::clone(&schedule.catalog), Arc::clone(&schedule.progress), run);
        Some(Task::Read(feed, place))
    }

    /// Counts one more portion as taken; `None` if what is held leaves no room for it.
    fn make_room(&mut self, place: Place, schedule: &Schedule) -> Option<()> {
        let held = self.taken + self.to_encode.len() + self.encoded.len();
        // The run being absorbed has extra room: everything decoded ahead waits for it.
        let near = place.0 == self.expected.0 && place.1 <= self.expected.1 + schedule.near;
        let window = if near { schedule.window + schedule.near as usize } else { schedule.window };
        let has_room = held < window && self.waiting_bytes + self.passed_bytes < schedule.budget;
        // The expected portion needs no room among portions. Blocks can hold it back, since they
        // drain without it.
        let next = place == self.expected
            && held - self.taken < window
            && self.passed_bytes < schedule.budget;
        if !has_room && !next {
            return None;
        }
        self.taken += 1;
        Some(())
    }

    /// Absorbs a portion whose turn has come.
    pub(super) fn apply(&mut self, decoded: Decoded) {
        for (entry, tally) in &decoded.tallies {
            self.tallies[*entry].add(tally);
        }
        if !decoded.malformed.is_empty() {
            let bytes = malformed_bytes(&decoded.malformed);
            self.passed_bytes += bytes;
            self.malformed.push_back((decoded.malformed, bytes));
        }
        if let Some((block, bytes)) = decoded.observed {
            self.passed_bytes += bytes;
            self.observed.push_back((block, bytes));
        }
        match decoded.content {
            Content::Block(block, bytes) => {
                self.passed_bytes += bytes;
                self.encoded.insert(self.next_number, (block, bytes));
                self.next_number += 1;
            }
            Content::Rows(rows) => self.push(&rows),
            // Which rows are first with their key is known only here, where the order is final.
            Content::Keyed(mut lines, keys) => {
                if let Err(e) = self.unique.keep(&mut lines, &keys) {
                    return self.refuse(std::io::Error::other(e));
                }
                for (entry, tally) in &lines.tallies {
                    self.tallies[*entry].add(tally);
                }
                match project(lines.batch, self.columns.as_deref()) {
                    Ok(rows) => self.push(&rows),
                    Err(cause) => self.refuse(cause),
                }
            }
        }
    }

    /// Ends the run: rows whose keys are compared could not be copied or projected.
    fn refuse(&mut self, cause: std::io::Error) {
        let error = Error::io("cannot remove duplicate rows", Location::default(), cause);
        self.failed.get_or_insert(error);
    }

    /// Hands rows to the cutter; without one they are a block by themselves.
    fn push(&mut self, rows: &RecordBatch) {
        // Taken out while it runs, because each block that it cuts changes the rest of the state.
        let Some(mut cutter) = self.cutter.take() else {
            return self.cut(Rows { batches: vec![rows.clone()], bytes: text_bytes(rows) });
        };
        cutter.push(rows, |block| self.cut(block));
        self.cutter = Some(cutter);
    }

    /// Makes a block of the rows that do not fill one.
    pub(super) fn cut_rest(&mut self) {
        if let Some(rows) = self.cutter.as_mut().and_then(Cutter::finish) {
            self.cut(rows);
        }
    }

    /// Numbers a block and queues it for encoding.
    fn cut(&mut self, rows: Rows) {
        self.passed_bytes += rows.bytes;
        self.to_encode.push_back((self.next_number, rows));
        self.next_number += 1;
    }
}
