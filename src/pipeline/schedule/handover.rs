//! What passes between the schedule, its workers and the caller: tasks to the workers, decoded portions
//! back from them, and steps to the caller.

use arrow::array::RecordBatch;

use crate::pipeline::cutter::Rows;
use crate::sink::Block;
use crate::source::Feed;
use crate::table::{Lines, Malformed, Tally};

/// A run of entries, by its number, and the part of it, from 0. Places order portions as the input does.
pub(in crate::pipeline) type Place = (usize, u64);

/// What a worker is to do.
pub(in crate::pipeline) enum Task {
    /// Read the next portion of a run.
    Read(Feed, Place),
    /// Encode a full block, which has this number.
    Encode(u64, Rows),
}

/// What a worker made of a portion.
pub(in crate::pipeline) struct Decoded {
    /// Its rows, as far as this worker has taken them.
    pub(in crate::pipeline) content: Content,
    /// Counts by entry; empty for [`Content::Keyed`], which has them itself.
    pub(in crate::pipeline) tallies: Vec<(usize, Tally)>,
    pub(in crate::pipeline) malformed: Vec<Malformed>,
    /// What an observer made of it, with the bytes that it holds.
    pub(in crate::pipeline) observed: Option<(Block, usize)>,
    /// About how much memory it holds.
    pub(in crate::pipeline) bytes: usize,
    /// So little that many may wait for their turn.
    pub(in crate::pipeline) is_light: bool,
    /// Nothing may follow for long: its rows should not wait for more.
    pub(in crate::pipeline) is_early: bool,
}

/// Rows yet to be cut into blocks, or a block already.
pub(in crate::pipeline) enum Content {
    /// To be cut into blocks, and then encoded.
    Rows(RecordBatch),
    /// Encoded as it came, with the bytes that it holds.
    Block(Block, usize),
    /// Rows and their keys; those with a key that was seen before are to be left out.
    Keyed(Box<Lines>, Vec<Option<u128>>),
}

/// What a run hands over.
pub enum Step {
    /// Malformed lines, in the order of the input.
    Malformed(Vec<Malformed>),
    /// What the observer made of some rows, in the order of the input.
    Observed(Block),
    /// The next block, in the order of the input.
    Block(Block),
    /// There was nothing within the caller's patience.
    Nothing,
    /// Everything has been handed over: the counts, by entry of the catalog.
    End(Vec<Tally>),
}
