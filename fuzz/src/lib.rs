//! What the fuzz targets do with their bytes. The oracle is the tests' own.

pub mod archive;
pub mod block;
pub mod format;
pub mod inflate;
pub mod line;
mod read;

#[expect(dead_code, reason = "the tests use all of it")]
#[path = "../../tests/it/oracle.rs"]
mod oracle;

#[path = "../../tests/it/formats"]
mod formats {
    #[allow(unused_imports, dead_code, reason = "the tests use all of it")]
    pub(crate) mod oracle;
}

#[path = "../../tests/it/differential"]
mod differential {
    pub(crate) mod cells;
    pub(crate) mod check;
}

#[path = "../../tests/it/record"]
mod record {
    #[allow(unused_imports, dead_code, reason = "the tests in it are for tests only")]
    pub(crate) mod ansi;
}
