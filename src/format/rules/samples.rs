//! The samples of a definition: what its rows promise is what its rule gives.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::definition::{Continuation, SampleRow, SampleText};
use super::lines::{Outline, Reader};
use super::rule::Rule;
use crate::format::sample::{SAMPLE, Sample};
use crate::format::steps::Names;
use crate::record::level::Level;
use crate::record::reference::day_in;
use crate::record::{ansi, timestamp};
use crate::source::Reference;

/// # Errors
/// The first difference.
pub(super) fn check(rule: &Rule) -> Result<(), String> {
    for (number, sample) in rule.definition.samples.iter().enumerate() {
        let SampleText { file, text, rows } = sample;
        let within = |cause: String| format!("sample {}: {cause}", number + 1);
        let head = &text.as_bytes()[..text.len().min(SAMPLE)];
        if !rule.recognises(&Sample::new("", file, head)) {
            return Err(within("its text is not detected as this format".to_owned()));
        }
        let own = rows_of(rule, file, text)?;
        for (own, right) in own.iter().zip(rows) {
            compare(own, right).map_err(within)?;
        }
        if own.len() != rows.len() {
            return Err(within(format!("{} rows are listed, it has {}", rows.len(), own.len())));
        }
    }
    Ok(())
}

/// The rows of a text.
fn rows_of(rule: &Rule, file: &str, text: &str) -> Result<Vec<SampleRow>, String> {
    let expression = rule.expression().as_ref().map_err(String::clone)?;
    let reference =
        Reference { begun: rule.begun(text), day: day_in(file), ..Reference::default() };
    let (mut reader, mut outline) = (Reader::new(rule, expression), Outline::new(rule, expression));
    let (mut names, mut last) = (Names::default(), None::<SampleRow>);
    let mut rows = Vec::new();
    for (line, number) in text.split('\n').zip(1..) {
        let line = line.strip_suffix('\r').unwrap_or(line);
        if line.trim_matches([' ', '\t']).is_empty() {
            continue;
        }
        names = outline.names(line).unwrap_or(names);
        let mut members = Vec::new();
        let mut row = SampleRow { line: number, ..SampleRow::default() };
        if let Some(read) = reader.read(line, &mut members) {
            if let Some(written) = read.time {
                match reader.time(written, reference) {
                    Some(time) => row.timestamp = Some(timestamp::format_utc(time.nanos)),
                    None => members.push(("timestamp", written)),
                }
            }
            row.level = reader.level(&read).map(normal);
            row.message = shown(read.message);
            let value = |value: &str| toml::Value::String(value.to_owned());
            row.extra =
                members.iter().map(|(key, text)| ((*key).to_owned(), value(text))).collect();
            last = Some(row.clone());
        } else {
            row.message = shown(line);
            let before =
                last.as_ref().filter(|_| rule.definition.continuation == Continuation::Record);
            if let Some(before) = before {
                (row.timestamp, row.level) = (before.timestamp.clone(), before.level.clone());
                row.extra = BTreeMap::from([("continued".to_owned(), toml::Value::Boolean(true))]);
            }
        }
        let own = |name: &Option<Arc<str>>| name.as_deref().map(str::to_owned);
        (row.stage, row.step) = (own(&names.stage), own(&names.step));
        rows.push(row);
    }
    Ok(rows)
}

/// A message as its column has it.
fn shown(text: &str) -> String {
    let text = ansi::strip(text);
    text.strip_suffix('\r').unwrap_or(&text).to_owned()
}

/// A level as its column has it, or as written if it is none.
fn normal(word: &str) -> String {
    Level::parse(word).map_or_else(|| word.to_owned(), |level| level.name().to_owned())
}

/// # Errors
/// What differs.
fn compare(own: &SampleRow, right: &SampleRow) -> Result<(), String> {
    let line = own.line;
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let time = |text: &str| timestamp::parse(text).and_then(|time| time.nanos);
    let columns = [
        ("line", own.line.to_string(), right.line.to_string()),
        ("level", text(&own.level), text(&right.level)),
        ("stage", text(&own.stage), text(&right.stage)),
        ("step", text(&own.step), text(&right.step)),
        ("message", own.message.clone(), right.message.clone()),
    ];
    if let Some((column, own, right)) = columns.iter().find(|(_, own, right)| own != right) {
        return Err(format!("line {line}: {column} is {own:?}, not {right:?}"));
    }
    let [own_time, right_time] = [&own.timestamp, &right.timestamp].map(|text| text.as_deref());
    if own_time.and_then(time) != right_time.and_then(time) {
        let name = |time: Option<&str>| time.unwrap_or("null").to_owned();
        return Err(format!(
            "line {line}: timestamp is {}, not {}",
            name(own_time),
            name(right_time)
        ));
    }
    if own.extra != right.extra {
        return Err(format!("line {line}: extra is {:?}, not {:?}", own.extra, right.extra));
    }
    Ok(())
}
