//! Hostile input, made byte by byte: archives in which fields lie, or of which parts are missing.

mod archives;
mod carriage_returns;
#[cfg(target_os = "linux")]
mod cut_files;
mod limits;
mod long_items;
mod lost;
mod methods;
mod names;
mod salvage;
pub(crate) mod zip;
