//! Files that are mapped, by their addresses: a file that somebody cuts while it is mapped has no bytes where
//! the map still has pages, and reading one of those raises SIGBUS. A program that asks for it ends with a
//! message that names the file, and not without a word.
//!
//! That the pages are checked before each read instead is no way: the file can be cut in between.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What is mapped: where each map ends and the name of its file, by where it begins.
static MAPS: Mutex<BTreeMap<usize, (usize, String)>> = Mutex::new(BTreeMap::new());

fn maps() -> MutexGuard<'static, BTreeMap<usize, (usize, String)>> {
    MAPS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A map that is known by its name, until it is dropped.
#[derive(Debug)]
pub(super) struct Known(usize);

impl Known {
    pub(super) fn new(addresses: Range<usize>, path: &Path) -> Self {
        // Escaped here, so that little is left to do when it is printed.
        let name = path.to_string_lossy().chars().flat_map(printable).collect();
        maps().insert(addresses.start, (addresses.end, name));
        Self(addresses.start)
    }
}

impl Drop for Known {
    fn drop(&mut self) {
        maps().remove(&self.0);
    }
}

/// A letter as it is printed: control characters are escaped.
fn printable(letter: char) -> impl Iterator<Item = char> {
    let escaped = letter.is_control().then(|| letter.escape_default());
    let plain = (!letter.is_control()).then_some(letter);
    escaped.into_iter().flatten().chain(plain)
}

/// The file that is mapped at an address.
#[cfg_attr(not(unix), allow(dead_code))]
fn file_at(address: usize) -> Option<String> {
    let maps = maps();
    let (_, (end, name)) = maps.range(..=address).next_back()?;
    (address < *end).then(|| name.clone())
}

/// From now on, reading a mapped file that was cut short ends the process with a message on standard error and this
/// exit code. Other causes of the signal end it as they do by default. Does nothing on systems that refuse to cut
/// a mapped file.
pub fn end_at_cut_files(exit_code: u8) {
    #[cfg(unix)]
    signal::install(exit_code);
    #[cfg(not(unix))]
    let _ = exit_code;
}

#[cfg(unix)]
mod signal {
    use std::sync::atomic::{AtomicU8, Ordering};

    use super::file_at;

    static EXIT_CODE: AtomicU8 = AtomicU8::new(1);

    pub(super) fn install(exit_code: u8) {
        EXIT_CODE.store(exit_code, Ordering::Relaxed);
        // SAFETY: `action` is a valid `sigaction`, all zeros but for a handler of the type that `SA_SIGINFO` asks
        // for; no old action is asked for. A failure leaves the default, which ends the process as well.
        unsafe {
            let mut action: libc::sigaction = std::mem::zeroed();
            action.sa_sigaction = handle as *const () as usize;
            action.sa_flags = libc::SA_SIGINFO;
            libc::sigaction(libc::SIGBUS, &raw const action, std::ptr::null_mut());
        }
    }

    /// Called on the thread that has read the page.
    extern "C" fn handle(
        signal: libc::c_int,
        info: *mut libc::siginfo_t,
        _context: *mut libc::c_void,
    ) {
        // SAFETY: the system gives a valid `siginfo_t` to a handler with `SA_SIGINFO`. With a positive code it comes
        // from the system itself, for an instruction of this thread, and has the address that could not be read.
        let address = unsafe {
            let info = &*info;
            (info.si_code > 0).then(|| info.si_addr().addr())
        };
        // Locks and allocations are forbidden where a signal interrupts any code. This one interrupts the very
        // instruction that reads a mapped file, which is in no allocator and holds no lock of this module.
        if let Some(file) = address.and_then(file_at) {
            let text = format!(
                "ripsaw: cannot read {file}: it was cut short while it was read, or its disk has a fault\n  \
                 hint: read files that change with --mmap never\n"
            );
            // SAFETY: the buffer is valid for its length. `_exit` runs no other code of the process, which may be in
            // any state; temporary files stay, and the next run removes them.
            unsafe {
                libc::write(libc::STDERR_FILENO, text.as_ptr().cast(), text.len());
                libc::_exit(EXIT_CODE.load(Ordering::Relaxed).into());
            }
        }
        // SAFETY: the default action is always valid. The instruction is tried again after this function, and ends the
        // process; a signal that was sent by somebody is sent again.
        unsafe {
            libc::signal(signal, libc::SIG_DFL);
            if address.is_none() {
                libc::raise(signal);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn maps_are_found_by_any_address_in_them() {
        // Where nothing is mapped.
        let one = Known::new(16..4_112, Path::new("a\n.zip"));
        let two = Known::new(4_112..8_000, Path::new("b.zip"));
        let found = |address| file_at(address);
        assert_eq!(found(15), None);
        assert_eq!(found(16).as_deref(), Some("a\\n.zip"));
        assert_eq!(found(4_111).as_deref(), Some("a\\n.zip"));
        assert_eq!(found(4_112).as_deref(), Some("b.zip"));
        assert_eq!(found(8_000), None);
        drop(one);
        assert_eq!(found(16), None);
        drop(two);
        assert_eq!(found(5_000), None);
    }
}
