//! `ripsaw extract`: writes the entries of bundles as files.

use std::sync::Mutex;
use std::time::Instant;

use ripsaw::error::Result;
use ripsaw::extract::{Extracted, Extraction};
use ripsaw::pipeline;
use ripsaw::source::{Limits, Progress, ReadOptions};

use super::args::ExtractArgs;
use super::exit::Exit;
use super::interrupt::Interrupt;
use super::place::Place;
use super::progress::Bar;
use super::quantity;
use super::report;
use super::settings::{map_policy, messages};

/// Extracts, and reports on standard error.
pub(super) fn run(args: ExtractArgs) -> Result<Exit> {
    let console = messages(&args.messages);
    let (started, interrupt) = (Instant::now(), Interrupt::catch()?);
    let out = Place::from(args.out);
    out.check(&args.inputs.paths)?;
    let Place::Path(path) = &out else { return Err(out.refuse_directory()) };
    let limits = Limits::default().with(args.limit);
    let read = ReadOptions { map: map_policy(args.mmap), limits, ..ReadOptions::default() };
    let threads = args.threads.map_or(pipeline::Options::default().threads, Into::into);
    let extraction = Extraction::open(&args.inputs.paths, read, threads)?;
    let catalog = extraction.catalog();
    // From here on a signal lets the run end by itself, which leaves nothing.
    interrupt.hold();
    let bar = console.progress.then(|| Mutex::new(Bar::new(catalog)));
    let watch = |progress: &Progress| {
        // Whoever comes first draws it.
        if let Some(Ok(mut bar)) = bar.as_ref().map(Mutex::try_lock) {
            bar.show(progress);
        }
        !interrupt.is_requested()
    };
    let extracted = extraction.write(path, &watch)?;
    drop(bar);
    catalog.problems.iter().for_each(report::error);
    let failures = extracted.failures.iter().cloned();
    report::named(failures, Some("the files have what comes before the damage"));
    if !console.quiet {
        let text = summary(&report::printable(&out.name()), &extracted);
        let seconds = quantity::seconds(started.elapsed().as_secs_f64());
        report::note(&format!("{text}, {seconds}"));
        if !catalog.ignored.is_empty() {
            let links = quantity::count(catalog.ignored.len() as u64, "link", "links");
            report::note(&format!("{links} and the like have no file"));
        }
    }
    Ok(match catalog.problems.is_empty() && extracted.failures.is_empty() {
        true => Exit::Done,
        false => Exit::Failed,
    })
}

fn summary(name: &str, extracted: &Extracted) -> String {
    let files = quantity::count(extracted.files, "file", "files");
    let renamed = match extracted.renamed {
        0 => String::new(),
        renamed => format!(", {} under other names", quantity::thousands(renamed)),
    };
    format!("{name}: {files}, {}{renamed}", quantity::bytes(extracted.bytes))
}
