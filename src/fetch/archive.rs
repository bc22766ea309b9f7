//! Archives: downloaded, verified, and if need be downloaded once more.

use super::context::Context;
use super::download::{Link, download, forget};
use super::event::Fetched;
use super::state::Record;
use crate::error::Result;

/// Fetches an archive and gives it its name.
///
/// # Errors
/// It could not be fetched, or is damaged at the server.
pub(super) fn fetch(
    context: &Context,
    record: &mut Record,
    name: &str,
    link: &mut dyn Link,
) -> Result<Fetched> {
    let part = context.store.part_of(&record.id);
    download(context, record, &part, link)?;
    match context.finish(record, &part, name, true) {
        // Perhaps it was put together from two archives, or cut without HTTP's notice.
        Err(error) if !error.is_interrupted() => {
            context.client.notice(&record.id, format!("{error}; fetching it again"));
        }
        finished => return finished,
    }
    forget(context, record, &part)?;
    download(context, record, &part, link)?;
    let finished = context.finish(record, &part, name, true);
    if finished.is_err() {
        // The next fetch begins anew.
        forget(context, record, &part)?;
    }
    finished
}
