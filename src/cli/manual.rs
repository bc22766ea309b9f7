//! `ripsaw man`: manual pages, generated from the arguments as the help is.

use std::fs;
use std::io::{self, Write as _, stdout};
use std::path::Path;

use clap::{Command, CommandFactory as _};
use clap_mangen::Man;
use ripsaw::error::{Error, Location, Result};
use ripsaw::source::hint::quoted;

use super::args::{Args, ManArgs};
use super::exit::Exit;
use super::report;

/// Prints the page of a command, or of ripsaw itself, or writes all pages to a folder.
pub(super) fn run(args: &ManArgs) -> Result<Exit> {
    let pages = pages();
    if let Some(folder) = &args.out {
        write(&pages, folder).map_err(|cause| {
            let place = Location::bundle(folder.to_string_lossy());
            Error::io("cannot write the manual pages", place, cause)
        })?;
        return Ok(Exit::Done);
    }
    let wanted = args.command.as_deref();
    let name = wanted.map_or("ripsaw".to_owned(), |command| format!("ripsaw-{command}"));
    let Some((_, text)) = pages.iter().find(|(page, _)| *page == name) else {
        let commands: Vec<&str> =
            pages.iter().filter_map(|(page, _)| page.strip_prefix("ripsaw-")).collect();
        let cause = format!("there is no command {}", quoted(wanted.unwrap_or_default()));
        return Err(Error::new("cannot print the manual page", Location::default(), cause)
            .with_hint(format!("the commands are {}", commands.join(", "))));
    };
    stdout().write_all(text).and_then(|()| stdout().flush()).map_err(report::cannot_print)?;
    Ok(Exit::Done)
}

/// All pages with their names, `ripsaw` first.
fn pages() -> Vec<(String, Vec<u8>)> {
    // `ripsaw help` has no page, and the details of the build are not those of the machine that reads it.
    let all = Args::command().disable_help_subcommand(true).long_version(None::<&str>);
    [page(all.clone())].into_iter().chain(below(&all, "ripsaw")).collect()
}

/// The pages of the commands of a command, and of theirs.
fn below(parent: &Command, usage: &str) -> Vec<(String, Vec<u8>)> {
    let pages = parent.get_subcommands().flat_map(|command| {
        let usage = format!("{usage} {}", command.get_name());
        // `ripsaw convert` in the synopsis, `ripsaw-convert` in the title.
        let own = command.clone().display_name(usage.replace(' ', "-")).bin_name(&usage);
        [page(own)].into_iter().chain(below(command, &usage))
    });
    pages.collect()
}

/// The page of a command and its name.
fn page(command: Command) -> (String, Vec<u8>) {
    let name = command.get_display_name().unwrap_or(command.get_name()).to_owned();
    let version = format!("ripsaw {}", env!("CARGO_PKG_VERSION"));
    let notes = command.get_after_help().map(|text| text.to_string()).unwrap_or_default();
    let has_commands = command.has_subcommands();
    let man = Man::new(command).title(name.to_uppercase()).source(version);
    let mut text = Vec::new();
    // Into memory, which cannot fail.
    let _ = man.render_title(&mut text);
    let _ = man.render_name_section(&mut text);
    let _ = man.render_synopsis_section(&mut text);
    let _ = man.render_description_section(&mut text);
    let _ = man.render_options_section(&mut text);
    if has_commands {
        let _ = man.render_subcommands_section(&mut text);
    }
    push_notes(&notes, &mut text);
    // Each section comes with the preamble of a page.
    let mut text = String::from_utf8_lossy(&text).into_owned();
    if let Some((preamble, _)) = text.split_once(".TH ") {
        let rest = text[preamble.len()..].replace(preamble, "");
        text = format!("{preamble}{rest}");
    }
    (name, text.into_bytes())
}

/// Appends the examples and notes at the end of the help, line by line: clap_mangen would fill them as
/// paragraphs.
fn push_notes(notes: &str, text: &mut Vec<u8>) {
    let mut heading = None;
    for line in notes.lines() {
        match line {
            "Examples:" => heading = Some("EXAMPLES"),
            "" => heading = Some("NOTES"),
            line => {
                if let Some(heading) = heading.take() {
                    text.extend_from_slice(format!(".SH {heading}\n.nf\n").as_bytes());
                }
                // Lines that begin with a dot or a quote would be requests.
                let line = line.replace('\\', "\\e").replace('-', "\\-");
                text.extend_from_slice(format!("\\&{line}\n").as_bytes());
            }
        }
    }
    text.extend_from_slice(b".fi\n");
}

/// Writes the pages to a folder, which is created if it is missing: `ripsaw.1`, `ripsaw-convert.1` ...
fn write(pages: &[(String, Vec<u8>)], folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    pages.iter().try_for_each(|(name, text)| fs::write(folder.join(format!("{name}.1")), text))
}
