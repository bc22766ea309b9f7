//! The errors of a step between two times.
//!
//! `cargo run --example errors_of_a_step -- fixtures/deploy.zip 'Deploy*' 2024-01-01 2027-01-01`

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "examples print")]

use std::env;

use ripsaw::{Filter, Result, Scan};

fn main() -> Result<()> {
    let args: Vec<String> = env::args().skip(1).collect();
    let [input, step, since, until] = &args[..] else {
        eprintln!("usage: errors_of_a_step INPUT STEP SINCE UNTIL");
        std::process::exit(2);
    };
    let filter =
        Filter::default().glob("step", step)?.level("ERROR+")?.since(since)?.until(until)?;
    for record in Scan::open([input])?.filter(filter).records()? {
        let record = record?;
        let cell = |column| record.text(column).unwrap_or_default();
        println!("{} {} {}", cell("timestamp"), cell("step"), cell("message"));
    }
    Ok(())
}
