//! What a benchmark ran on, and how much memory it took.
//!
//! All of it is read from `/proc`. On systems without it the values are `None`, and `bench` says so in
//! its output instead of printing zeros.

use std::fs;
use std::thread;

use serde::Serialize;

/// The machine, as far as the system describes it.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Machine {
    /// The processor's model name, such as `AMD EPYC 7763`; `None` without `/proc/cpuinfo`, or if it has
    /// no such line, as on most ARM machines.
    pub(super) cpu: Option<String>,
    /// Threads that can run at once; affinity masks and cgroup quotas count.
    pub(super) threads: usize,
    /// As Rust names it: `linux`, `macos`.
    pub(super) os: &'static str,
    /// As Rust names it: `x86_64`, `aarch64`.
    pub(super) arch: &'static str,
}

impl Machine {
    /// Describes the machine that this process runs on.
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

/// Resident memory of the process in bytes; `None` if the system does not report it.
pub(super) fn memory() -> Option<u64> {
    status("VmRSS")
}

/// Peak resident memory of the process in bytes, since it started or since
/// [`forget_peak_memory`]; `None` if the system does not report it.
pub(super) fn peak_memory() -> Option<u64> {
    status("VmHWM")
}

/// Resets the peak to what is resident now. Returns `false` if the system cannot do that: the peak then
/// remains that of the whole process.
pub(super) fn forget_peak_memory() -> bool {
    // proc(5): writing 5 resets VmHWM to the current VmRSS. Needs Linux 4.0 or newer.
    fs::write("/proc/self/clear_refs", "5").is_ok()
}

/// A size from `/proc/self/status` in bytes. The line is `VmRSS:     12345 kB`.
fn status(name: &str) -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    // The kernel writes kB but counts in KiB.
    let kibibytes: u64 = field(&status, name)?.strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes << 10)
}

/// The value of the first line `name : value`. `/proc/cpuinfo` has such a line per processor: the first
/// one represents them all.
fn field<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let mut fields = text.lines().filter_map(|line| line.split_once(':'));
    fields.find(|(found, _)| found.trim() == name).map(|(_, value)| value.trim())
}
