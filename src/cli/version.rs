//! What `--version` prints: the version, and how the command was built.

use std::env::consts::{ARCH, OS};
use std::sync::LazyLock;

use ripsaw::simd::Simd;

/// The commit that was built, if the build set this variable. No build script asks git: packages are built
/// from archives, and two builds of the same source must give the same bytes.
const COMMIT: Option<&str> = option_env!("RIPSAW_COMMIT");

/// The version in the first line, as `-V` prints it, then one detail per line.
pub(super) static DETAILS: LazyLock<String> = LazyLock::new(details);

/// The text of [`DETAILS`].
fn details() -> String {
    let version = env!("CARGO_PKG_VERSION");
    let commit = COMMIT.map(|commit| format!(" (commit {commit})")).unwrap_or_default();
    // Debug assertions are the difference that can be seen at run time.
    let profile = if cfg!(debug_assertions) { "dev" } else { "release" };
    let simd = Simd::detect().name();
    let available: Vec<&str> = Simd::available().into_iter().map(Simd::name).collect();
    format!(
        "{version}{commit}
target:    {ARCH}-{OS}{env}
profile:   {profile}
features:  cli
simd:      {simd} (available: {available})
allocator: the system's",
        env = environment(),
        available = available.join(", "),
    )
}

/// The C library that was built for, where there are several.
fn environment() -> &'static str {
    if cfg!(target_env = "gnu") {
        "-gnu"
    } else if cfg!(target_env = "musl") {
        "-musl"
    } else if cfg!(target_env = "msvc") {
        "-msvc"
    } else {
        ""
    }
}
