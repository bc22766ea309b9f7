//! What the fuzz targets do with their bytes. The oracle is the tests' own.

pub mod archive;
pub mod block;
pub mod format;
pub mod index;
pub mod inflate;
pub mod keys;
pub mod line;
pub mod question;
mod read;
pub mod spans;
