//! Whether an archive is whole: its directory, and the size and CRC of each member.

use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;

use super::client::Client;
use crate::error::{Error, Location, Result};
use crate::source::{self, Progress};

/// Reads all of an archive.
///
/// # Errors
/// What is damaged in it.
pub(super) fn archive(path: &Path, client: &Client, progress: &Arc<Progress>) -> Result<()> {
    let damaged = |cause: String| {
        let location = Location::bundle(path.display().to_string());
        Error::new("what the server sent is damaged", location, cause)
    };
    let members =
        source::members(path).map_err(|why| damaged(format!("{why}{}", said(path, client))))?;
    for member in members {
        client.stop.check()?;
        let name = &member.entry.name;
        member.verify(progress).map_err(|e| damaged(format!("{name}: {e}")))?;
    }
    Ok(())
}

/// The first words of a file that should be an archive, if it is text: an error that came as a file.
fn said(path: &Path, client: &Client) -> String {
    let mut head = Vec::new();
    let read = std::fs::File::open(path).and_then(|file| file.take(200).read_to_end(&mut head));
    match std::str::from_utf8(&head) {
        Ok(text) if read.is_ok() && text.chars().all(|c| !c.is_control() || c.is_whitespace()) => {
            format!("; it begins with {:?}", client.clean(text))
        }
        _ => String::new(),
    }
}
