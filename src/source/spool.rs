//! An archive on standard input: it is read from any place, so it is written to a temporary file first.

use std::fs::File;
use std::io;
use std::sync::{Arc, PoisonError};

use super::backing::Backing;
use super::live::{Live, LiveReader, Patience};
use super::magic::Kind;
use super::stream::{self, Inner};
use super::unpack::Copied;
use super::{Catalog, Home, MapPolicy, Place};
use crate::error::{Error, Location, Result};

/// As rows and messages name it.
const NAME: &str = "-";

impl Catalog {
    /// Adds standard input: what is in an archive, or else a log that is read as it comes. Waits for its
    /// first line.
    pub(super) fn add_stdin(&mut self) -> Result<()> {
        let cannot = |task, cause| Error::io(task, Location::bundle("standard input"), cause);
        if std::mem::replace(&mut self.has_stdin, true) {
            // It was read to its end by then.
            let bundle = self.add_bundle(NAME.into());
            let nothing = Place::Range(Arc::new(Backing::memory(Vec::new())), 0..0);
            self.push(bundle, NAME.into(), 0, Some(0), nothing);
            return Ok(());
        }
        let live = Live::stdin().map_err(|cause| cannot("cannot read", cause))?;
        let live = Arc::new(live);
        let Some((kind, is_compressed)) = self.archive_in(&live) else {
            let bundle = self.add_bundle(NAME.into());
            self.stored_bytes = None;
            self.push(bundle, NAME.into(), 0, None, Place::Stdin(live));
            return Ok(());
        };
        let file = spooled(&live).map_err(|cause| {
            let hint = match cause.kind() {
                io::ErrorKind::StorageFull => "free some space, or name another folder by TMPDIR",
                _ => "name a folder that can be written to by TMPDIR, or use a file",
            };
            cannot("cannot keep the archive in a temporary file", cause).with_hint(hint)
        })?;
        let backing = Backing::of(file, None, self.options.map != MapPolicy::Never);
        self.add_spooled(
            backing.map_err(|cause| cannot("cannot read", cause))?,
            kind,
            is_compressed,
        )
    }

    /// The archive that it is, and whether that is compressed.
    fn archive_in(&self, live: &Arc<Live>) -> Option<(Kind, bool)> {
        let read = Arc::default();
        let source = Box::new(LiveReader(Arc::clone(live)));
        let copied = Copied { source, read: Arc::clone(&read) };
        let inner = stream::decompress_with(Box::new(copied), Patience::Line);
        // What is wrong with it shows when it is read.
        let found = inner.ok().map(|Inner { kind, layers, .. }| (kind, layers > 0));
        live.unread(std::mem::take(&mut *read.lock().unwrap_or_else(PoisonError::into_inner)));
        match found {
            Some((kind @ (Kind::Zip | Kind::Tar), is_compressed)) => Some((kind, is_compressed)),
            Some((Kind::Foreign(foreign), is_compressed))
                if foreign.is_zip() && self.is_forced() =>
            {
                Some((Kind::Zip, is_compressed))
            }
            _ => None,
        }
    }

    fn add_spooled(&mut self, backing: Backing, kind: Kind, is_compressed: bool) -> Result<()> {
        let bytes = backing.len();
        self.count_stored(bytes);
        let before = self.entries.len();
        let opened = if kind == Kind::Zip && !is_compressed {
            self.add_archive(backing, NAME.into(), 0, Home::Nowhere)
        } else {
            let bundle = self.add_bundle(NAME.into());
            let place = Place::Range(Arc::new(backing), 0..bytes);
            let entry = self.entry(bundle, NAME.into(), bytes, None, place);
            match kind {
                Kind::Zip => self.open_zip(&entry, is_compressed, NAME.into(), 0, Home::Nowhere),
                _ => self.open_tar(&entry, is_compressed, bundle).map(|()| None),
            }
        };
        let location = || Location::bundle("standard input");
        let problem = opened.map_err(|cause| {
            Error::new("cannot open the archive", location(), cause)
                .with_hint("an incomplete download lacks the list at its end; download it again")
        })?;
        self.report(problem, location());
        self.refuse_empty(before, NAME.into())
    }
}

/// All that comes, in a file without a name, which is gone when it is closed, however the process ends. A
/// regular file is read where it is.
fn spooled(live: &Arc<Live>) -> io::Result<File> {
    if let Some(file) = live.file() {
        return Ok(file);
    }
    let mut file = tempfile::tempfile()?;
    io::copy(&mut LiveReader(Arc::clone(live)), &mut file)?;
    Ok(file)
}
