//! A bundle as a Parquet file, and what could not be read.
//!
//! `cargo run --example bundle_to_parquet -- fixtures/deploy.zip deploy.parquet`

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "examples print")]

use std::env;

use ripsaw::{Parquet, Result, Scan};

fn main() -> Result<()> {
    let args: Vec<String> = env::args().skip(1).collect();
    let [input, output] = &args[..] else {
        eprintln!("usage: bundle_to_parquet INPUT OUTPUT");
        std::process::exit(2);
    };
    let scan = Scan::open([input])?;
    let report = scan.write(Parquet { row_group_rows: 1_000_000, ..Parquet::default() }, output)?;
    let total = report.total();
    println!("{} rows, {} of them malformed lines", total.lines, total.malformed);
    for (entry, tally) in scan.entries().iter().zip(&report.tallies) {
        if let Some(reason) = &tally.failure {
            eprintln!("{}: {reason}", entry.path);
        }
    }
    Ok(())
}
