//! What a benchmark ran on, and how much memory it took.

use std::fs;
use std::thread;

use serde::Serialize;

/// The machine, as far as it tells.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Machine {
    /// The processor's name.
    pub(super) cpu: Option<String>,
    /// Threads that run at once.
    pub(super) threads: usize,
    pub(super) os: &'static str,
    pub(super) arch: &'static str,
}

impl Machine {
    pub(super) fn this() -> Self {
        let list = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        Self {
            cpu: field(&list, "model name").map(str::to_owned),
            threads: thread::available_parallelism().map_or(1, Into::into),
            os: std::env::consts::OS,
            arch: std::env::consts::ARCH,
        }
    }
}

/// Memory that the process holds, in bytes; `None` where the system does not tell.
pub(super) fn memory() -> Option<u64> {
    status("VmRSS")
}

/// Most memory that the process has held, in bytes; `None` where the system does not tell.
pub(super) fn peak_memory() -> Option<u64> {
    status("VmHWM")
}

/// Lets the peak begin anew at what is held now; whether it does.
pub(super) fn forget_peak_memory() -> bool {
    // See proc(5).
    fs::write("/proc/self/clear_refs", "5").is_ok()
}

fn status(name: &str) -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let kibibytes: u64 = field(&status, name)?.strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes << 10)
}

/// The value of the first line `name : value`.
fn field<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let mut fields = text.lines().filter_map(|line| line.split_once(':'));
    fields.find(|(found, _)| found.trim() == name).map(|(_, value)| value.trim())
}
