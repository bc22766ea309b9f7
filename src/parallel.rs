//! Small work on many things at once, outside of the pipeline.

use rayon::prelude::*;

/// Up to this many things are done on one thread: starting others would take longer.
const FEW: usize = 64;

/// What becomes of each item, in their order, on up to `threads` threads: one if not many are `costly`, or within
/// other work of this kind. A thread of one pool that waits for another takes up work of its own meanwhile, and more
/// within that, until its stack ends.
pub(crate) fn map<T: Sync, R: Send>(
    items: &[T],
    threads: usize,
    costly: usize,
    work: impl Fn(&T) -> R + Sync,
) -> Vec<R> {
    let is_inside = rayon::current_thread_index().is_some();
    let pool = (threads > 1 && costly > FEW && items.len() > 1 && !is_inside)
        .then(|| rayon::ThreadPoolBuilder::new().num_threads(threads).build().ok())
        .flatten();
    match pool {
        Some(pool) => pool.install(|| items.par_iter().map(&work).collect()),
        None => items.iter().map(work).collect(),
    }
}
