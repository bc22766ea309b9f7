//! Lines of each step, counted with Arrow: the column is a dictionary, so no text is compared.
//!
//! `cargo run --example count_by_step -- fixtures/deploy.zip`

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "examples print")]

use std::collections::BTreeMap;
use std::env;

use arrow::array::{Array, AsArray};
use arrow::compute::filter;
use arrow::compute::kernels::boolean::is_not_null;
use arrow::datatypes::Int32Type;
use ripsaw::{Result, Scan};

fn main() -> Result<()> {
    let inputs: Vec<String> = env::args().skip(1).collect();
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for batch in Scan::open(&inputs)?.columns(["step"]).batches()? {
        let batch = batch?;
        let steps = batch.column(0);
        let steps = is_not_null(steps).and_then(|known| filter(steps, &known)).expect("one column");
        let steps = steps.as_dictionary::<Int32Type>();
        let names = steps.values().as_string::<i32>();
        let mut codes = vec![0; names.len()];
        steps.keys().values().iter().for_each(|&code| codes[code as usize] += 1);
        for (name, count) in names.iter().flatten().zip(codes).filter(|(_, count)| *count > 0) {
            *counts.entry(name.to_owned()).or_default() += count;
        }
    }
    for (step, count) in counts {
        println!("{count:>8} {step}");
    }
    Ok(())
}
