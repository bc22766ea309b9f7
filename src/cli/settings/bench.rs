//! What `ripsaw bench` is to do: measure the user's bundles, or generate one.

use std::path::PathBuf;

use ripsaw::error::{Error, Location, Result};
use ripsaw::scan::{KeyPolicy, MAX_COLUMNS};
use ripsaw::synth::{Layout, Recipe};

use super::super::args::{BenchArgs, GenerateArgs, KeyLayout, MeasureArgs, Set};
use super::super::place::Place;
use super::{Console, Reading, console, reading};

/// What `ripsaw bench` does.
pub(in crate::cli) enum Bench {
    /// `ripsaw bench logs.zip`.
    Measure(Box<Measure>),
    /// `ripsaw bench --generate 64MiB -o big.zip`.
    Generate(Generate),
}

/// What `ripsaw bench` measures.
pub(in crate::cli) struct Measure {
    /// The inputs; the threads are those of the parallel measurements.
    pub(in crate::cli) reading: Reading,
    pub(in crate::cli) console: Console,
    /// How many times everything is measured.
    pub(in crate::cli) rounds: u16,
    /// Where the outputs are written while they are measured; `None`: they are discarded.
    pub(in crate::cli) folder: Option<PathBuf>,
    /// Print JSON instead of tables.
    pub(in crate::cli) json: bool,
}

/// What `ripsaw bench --generate` writes.
pub(in crate::cli) struct Generate {
    /// Size, seed and shape of the bundle.
    pub(in crate::cli) recipe: Recipe,
    /// The zip or the directory to write.
    pub(in crate::cli) out: Place,
    /// Write a directory instead of a zip.
    pub(in crate::cli) tree: bool,
    /// Threads that compress entries; the bytes do not depend on it.
    pub(in crate::cli) threads: usize,
    pub(in crate::cli) console: Console,
}

impl Bench {
    /// Resolves the arguments of `bench`.
    ///
    /// # Errors
    /// Standard input, which cannot be read once per measurement, and an output folder inside an input.
    pub(in crate::cli) fn resolve(args: BenchArgs) -> Result<Self> {
        let console = console(&args.console);
        let mut reading = reading(args.paths, args.read)?;
        // As `convert` does.
        reading.keys = (KeyPolicy::Sample, MAX_COLUMNS);
        // Clap requires both or neither.
        if let (Some(bytes), Some(out)) = (args.generate.generate, &args.generate.out) {
            let out = Place::from(out.clone());
            let threads = reading.options.pipeline.threads;
            let GenerateArgs { tree, .. } = args.generate;
            refuse_for_set(&args.generate)?;
            let recipe = recipe(&args.generate, bytes);
            return Ok(Self::Generate(Generate { recipe, out, tree, threads, console }));
        }
        if let Some(input) = reading.inputs.iter().find(|input| *input == "-") {
            let location = Location::bundle(input.to_string_lossy());
            return Err(Error::new("cannot measure", location, "it can be read only once")
                .with_hint("write it to a file first"));
        }
        let MeasureArgs { rounds, output_dir, json } = args.measure;
        if let Some(folder) = &output_dir {
            // The name is a stand-in: what matters is whether a file in that folder would be inside an input.
            Place::Path(folder.join("out")).check(&reading.inputs)?;
        }
        let folder = output_dir;
        Ok(Self::Measure(Box::new(Measure { reading, console, rounds, folder, json })))
    }
}

/// Refuses what only logs of steps have for other sets.
fn refuse_for_set(args: &GenerateArgs) -> Result<()> {
    let options =
        [(args.oddities > 0.0, "--oddities"), (args.layout != KeyLayout::Simplified, "--layout")];
    match options.into_iter().find(|(is_given, _)| *is_given) {
        Some((_, option)) if args.set != Set::Steps => {
            let cause = "it is for --set steps alone";
            Err(Error::new(format!("cannot use {option}"), Location::default(), cause))
        }
        _ => Ok(()),
    }
}

/// The recipe for a text of this size in bytes.
fn recipe(args: &GenerateArgs, bytes: u64) -> Recipe {
    Recipe {
        seed: args.seed,
        content: args.set.content(),
        layout: match args.layout {
            KeyLayout::Simplified => Layout::Simplified,
            KeyLayout::Standard => Layout::Standard,
        },
        entries: args.entries as usize,
        bytes,
        big_entry: args.big_entry,
        oddities: args.oddities,
    }
}
