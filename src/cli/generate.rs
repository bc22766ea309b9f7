//! `ripsaw generate`: a bundle of made-up text, for benchmarks and trials.

use std::io::BufWriter;

use ripsaw::error::{Error, Location, Result};
use ripsaw::sink::output::Output;
use ripsaw::synth::{Layout, Recipe};

use super::args::{GenerateArgs, KeyLayout};
use super::exit::Exit;
use super::report;

/// Writes a zip, or a directory where `--tree` asks for one.
pub(super) fn run(args: &GenerateArgs) -> Result<Exit> {
    let recipe = Recipe {
        seed: args.seed,
        layout: match args.layout {
            KeyLayout::Simplified => Layout::Simplified,
            KeyLayout::Standard => Layout::Standard,
        },
        entries: args.entries,
        bytes: args.bytes,
        big_entry: args.big_entry,
        oddities: args.oddities,
    };
    let name = args.out.to_string_lossy().into_owned();
    let cannot = |cause| Error::io("cannot write", Location::bundle(&name), cause);
    let made = if args.tree {
        recipe.write_tree(&args.out).map_err(cannot)?
    } else {
        let output = Output::create(&args.out)?;
        let made = recipe.write_zip(BufWriter::new(output.writer()?)).map_err(cannot)?;
        output.commit()?;
        made
    };
    report::note(&format!("{} entries, {} lines, {} bytes", made.entries, made.lines, made.bytes));
    Ok(Exit::Done)
}
