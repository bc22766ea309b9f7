//! Descriptors that the process was started with, by their number.

use std::fs::File;
use std::io;

/// A handle of a descriptor that shares its position: what is written through it comes after what the
/// descriptor has written, and before what it will.
///
/// # Errors
/// There is no such descriptor.
#[cfg(unix)]
pub(super) fn open(number: i32) -> io::Result<File> {
    use std::os::fd::{AsFd as _, BorrowedFd};

    match number {
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

/// There are none by number.
#[cfg(not(unix))]
pub(super) fn open(_: i32) -> io::Result<File> {
    Err(io::ErrorKind::Unsupported.into())
}
