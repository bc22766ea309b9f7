//! Every format but Harness's: oracle, generators, and the library against them.

mod make;
mod samples;
mod recognition;
mod damaged;
mod fixtures;
mod jobs;
pub(crate) mod mixed;
mod among;
mod stamped;
mod broken;
mod held;
mod joined;
mod command;
mod own;

use ripsaw_testkit::formats as oracle;
