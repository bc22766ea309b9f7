//! The extension module of the Python package: it reads on Rust's threads, and hands batches over by Arrow's C
//! interface. What Python's users see is in `ripsaw/`.

mod capsule;
mod errors;
mod options;
mod signals;
mod rows;
mod scan;
mod spans;
mod write;
mod data_set;
mod command;

use pyo3::prelude::*;

/// What is written in Rust of the package `ripsaw`.
#[pymodule]
mod _ripsaw {
    #[pymodule_export]
    use crate::capsule::{Batch, Schema};
    #[pymodule_export]
    use crate::command::command;
    #[pymodule_export]
    use crate::data_set::{add, compact, is_data_set};
    #[pymodule_export]
    use crate::rows::{Part, Reading};
    #[pymodule_export]
    use crate::scan::Inputs;
    #[pymodule_export]
    use crate::spans::plan;
    #[pymodule_export]
    use crate::write::{convert, index};
}
