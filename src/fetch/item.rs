//! Platforms: each lists items and fetches one at a time.

use super::context::Context;
use super::event::Fetched;
use super::state::Record;
use crate::error::Result;

/// An execution, a run, an export, the logs of a pipeline.
#[derive(Debug, Clone)]
pub(super) struct Item<D> {
    /// The platform's id.
    pub(super) id: String,
    /// How it ended, if that is known.
    pub(super) status: Option<String>,
    /// RFC 3339.
    pub(super) started_at: Option<String>,
    /// What else the platform knows of it.
    pub(super) detail: D,
}

/// A platform and what is wanted of it.
pub(super) trait Platform: Send + Sync + 'static {
    /// What it knows of an item.
    type Detail: Send + Sync + 'static;

    /// Its name in states.
    fn name(&self) -> &'static str;

    /// The items that are wanted.
    ///
    /// # Errors
    /// The platform's, or interrupted.
    fn list(&self, context: &Context) -> Result<Vec<Item<Self::Detail>>>;

    /// Whether what is there of an item is what is wanted of it now.
    fn suits(&self, _record: &Record) -> bool {
        true
    }

    /// Fetches one that is not there yet, or not final. It may come in several files, or have nothing.
    ///
    /// # Errors
    /// The platform's, or interrupted.
    fn fetch(
        &self,
        context: &Context,
        item: &Item<Self::Detail>,
        record: &mut Record,
    ) -> Result<Vec<Fetched>>;
}
