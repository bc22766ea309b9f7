//! Small files, and the format that each is detected as by the rules of docs/formats.md: genuine ones of every format, and
//! files that look like them.

mod beside;
mod braces;
mod containers;
mod json;
mod klog;
mod clock;
mod nearly;
mod pairs;
mod platforms;
mod prefixes;
mod prose;
mod records;
mod rules;
mod runners;
mod servers;
mod stamped;
mod syslog;
mod tables;
mod web;

use std::collections::HashSet;

use ripsaw::scan::Scan;
use ripsaw::source::FormatId;

use crate::convert::Folder;

/// A unique name, the format, the name of the file, its text.
type Case = (&'static str, &'static str, &'static str, &'static str);

fn all() -> impl Iterator<Item = &'static Case> {
    [
        platforms::CASES,
        runners::CASES,
        servers::CASES,
        json::CASES,
        records::CASES,
        rules::CASES,
        beside::CASES,
        braces::CASES,
        stamped::CASES,
        nearly::CASES,
        syslog::CASES,
        klog::CASES,
        clock::CASES,
        containers::CASES,
        prefixes::CASES,
        tables::CASES,
        pairs::CASES,
        web::CASES,
        prose::CASES,
    ]
    .into_iter()
    .flatten()
}

#[test]
fn none_is_taken_for_another() {
    let folder = Folder::new();
    let mut wrong = Vec::new();
    let mut names = HashSet::new();
    for (name, format, file, text) in all() {
        assert!(names.insert(name), "{name} twice");
        let path = folder.file(&format!("{name}/{file}"), text.as_bytes());
        // An empty file by itself is refused.
        let scan = match text.is_empty() {
            true => Scan::open([folder.path(name)]).unwrap(),
            false => Scan::open([path]).unwrap(),
        };
        let catalog = scan.catalog();
        let found = catalog.entries.first().and_then(|entry| entry.format);
        let found = found.map_or("nothing", |id| id.format().name);
        if found != *format {
            let why = catalog.entries.first().map_or("", |entry| &entry.detected_by);
            wrong.push(format!("{name}: {found} ({why}), not {format}"));
        }
    }
    assert!(names.len() > 200);
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), names.len(), wrong.join("\n"));
    let has_one = |name: &str| all().any(|(_, format, ..)| *format == name);
    FormatId::all().for_each(|id| assert!(has_one(id.format().name), "{}", id.format().name));
}
