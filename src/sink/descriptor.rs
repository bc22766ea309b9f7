//! Descriptors that the process was started with, by their number: the 3 of `3>rejects.ndjson`.

use std::fs::File;
use std::io;

/// A duplicate of a descriptor. It shares the position: bytes follow what was already written to the
/// descriptor, and closing the handle leaves the descriptor open.
///
/// # Errors
/// No such descriptor is open.
#[cfg(unix)]
pub(super) fn open(number: i32) -> io::Result<File> {
    use std::os::fd::{AsFd as _, BorrowedFd};

    match number {
        // The standard three have safe handles.
        0 => return Ok(File::from(io::stdin().as_fd().try_clone_to_owned()?)),
        1 => return Ok(File::from(io::stdout().as_fd().try_clone_to_owned()?)),
        2 => return Ok(File::from(io::stderr().as_fd().try_clone_to_owned()?)),
        // No descriptor has a negative number.
        ..0 => return Err(io::ErrorKind::NotFound.into()),
        _ => {}
    }
    // SAFETY: the number is not -1, which is all that the type relies on. The descriptor is borrowed
    // for one system call, `dup`, which fails where it is not open; it is the user's, who names it,
    // and nothing is read, written or closed by this number.
    let borrowed = unsafe { BorrowedFd::borrow_raw(number) };
    Ok(File::from(borrowed.try_clone_to_owned()?))
}

/// Other systems have no descriptors by number: always an error.
#[cfg(not(unix))]
pub(super) fn open(_: i32) -> io::Result<File> {
    Err(io::ErrorKind::Unsupported.into())
}
