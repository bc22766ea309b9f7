//! Which format a file is of.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;
use ripsaw::identity::{Identity, identify};
use serde_json::Value;

use super::apify::is_error;
use super::deepset::csv_records;
use super::json::Document;
use super::lines::{is_blank, without_mark};
use super::prefixed::{self, Kind};
use super::stamps::{Access, Any, LEVELS, OFFSET_TIME, Stamps, by_pattern, utc};
use super::{buildkite, gh, gitlab, jenkins};
use super::{klog, logfmt, syslog};

const WINDOW: usize = 64 << 10;

pub fn recognise(path: &str, text: &[u8]) -> &'static str {
    if identify(path) != Identity::default() {
        return "harness";
    }
    let window = &text[..text.len().min(WINDOW)];
    let is_whole = text.len() <= WINDOW;
    let lines = complete_lines(window, is_whole);
    let window = from_first_line(without_mark(window));
    let stamped = by_any_time(window, &lines);
    marked(window, &lines)
        .or_else(|| json(window, &lines, is_whole))
        .or_else(|| csv_of_deepset(window))
        .or_else(|| steps(window, &lines))
        .or_else(|| cri(window, &lines))
        .or_else(|| stamps(window, &lines, path))
        .or_else(|| access(window, &lines))
        .or_else(|| objects(&lines, stamped.0))
        .or_else(|| made_objects(window, &lines))
        .or_else(|| stamped.1.then_some("stamped"))
        .or_else(|| of_clock(&lines))
        .unwrap_or_else(|| text_or_harness(&lines))
}

/// The non-blank lines whose end is within the window.
fn complete_lines(window: &[u8], is_whole: bool) -> Vec<&[u8]> {
    let mut lines: Vec<&[u8]> = without_mark(window).split(|&byte| byte == b'\n').collect();
    if !is_whole {
        lines.pop();
    }
    lines.retain(|line| !is_blank(line));
    lines
}

fn from_first_line(mut text: &[u8]) -> &[u8] {
    while let Some(newline) = text.iter().position(|&byte| byte == b'\n') {
        if !is_blank(&text[..newline]) {
            break;
        }
        text = &text[newline + 1..];
    }
    text
}

fn keys(document: &Document, object: usize) -> Vec<String> {
    let is_object = document.text.get(object) == Some(&b'{');
    let members = if is_object { document.members(object) } else { Vec::new() };
    members.into_iter().filter_map(|(key, _)| key).collect()
}

/// The place of an array's first element.
fn first_element(document: &Document, array: usize) -> usize {
    document.parts(array, b',').0.first().map_or(document.text.len(), |first| first.start)
}

/// A JSON text sequence, or an event stream.
fn marked(window: &[u8], lines: &[&[u8]]) -> Option<&'static str> {
    let object = |line: &[u8]| {
        let start = super::envelope::behind_mark(line)?;
        serde_json::from_slice::<Value>(&line[start..]).ok().filter(Value::is_object)
    };
    let first = window.split(|&byte| byte == b'\n').next()?;
    if first.first() == Some(&0x1e) {
        let is_document = super::envelope::behind_mark(window).is_some();
        return match object(first) {
            Some(_) => Some("ndjson"),
            None => is_document.then_some("json"),
        };
    }
    let is_field = |line: &[u8]| {
        [&b"data:"[..], b"event:", b"id:", b"retry:", b":"]
            .iter()
            .any(|name| line.starts_with(name))
    };
    let is_stream = is_field(first) && lines.iter().all(|line| is_field(line));
    (is_stream && lines.iter().any(|line| object(line).is_some())).then_some("ndjson")
}

fn json(window: &[u8], lines: &[&[u8]], is_whole: bool) -> Option<&'static str> {
    let document = Document::new(window);
    let first = document.values().into_iter().next()?;
    let is_array = document.text[first.start] == b'[';
    let inside = document.trim(first.start + 1..document.text.len());
    let next = document.text.get(inside.start).copied();
    let begins = match document.text[first.start] {
        b'{' => next == Some(b'"'),
        b'[' => next.is_none() || next == Some(b'{') || next == Some(b']'),
        _ => false,
    };
    let spans_lines = document.line(first.start) != document.line(first.end);
    let is_object_line = |line: &&&[u8]| {
        let line = line.trim_ascii();
        line.starts_with(b"{") && line.ends_with(b"}")
    };
    let objects = lines.iter().filter(is_object_line).count();
    let mostly = objects * 2 >= lines.len();
    let is_seen = is_whole || first.end < document.text.len();
    if (is_array || spans_lines) && is_seen && document.documents().0.is_empty() {
        return None;
    }
    if !begins || !(is_array || mostly || spans_lines || lines.is_empty()) {
        return None;
    }
    let object = if is_array { inside.start } else { first.start };
    let keys = keys(&document, object);
    let has = |names: &[&str]| names.iter().all(|name| keys.iter().any(|key| key == name));
    if has(&["data", "has_more", "total"])
        || has(&["log_id", "logged_at"])
        || (!is_whole && is_cut_page(&document, object))
    {
        return Some("deepset");
    }
    if !is_array && is_refusal(&document, &first) {
        return Some("apify");
    }
    let is_one = super::envelope::is_one(window) && (is_whole || lines.is_empty());
    let one_a_line = !is_array && !spans_lines && !is_one;
    Some(match one_a_line {
        true if is_harness(&keys) => "harness",
        true if has(&["log", "stream", "time"]) => "docker",
        true => "ndjson",
        false => "json",
    })
}

/// A page whose end is not seen: its first record tells.
fn is_cut_page(document: &Document, object: usize) -> bool {
    let members = document.members(object);
    let data = members.iter().find(|(key, _)| key.as_deref() == Some("data"));
    let Some((_, data)) = data.filter(|(_, data)| document.text.get(data.start) == Some(&b'['))
    else {
        return false;
    };
    let keys = keys(document, first_element(document, data.start));
    let is_cut = document.parts(object, b',').1 == document.text.len();
    is_cut && ["log_id", "logged_at"].iter().all(|name| keys.iter().any(|key| key == name))
}

fn is_refusal(document: &Document, first: &Range<usize>) -> bool {
    serde_json::from_slice::<Value>(&document.text[first.clone()])
        .is_ok_and(|value| is_error(&value))
}

fn is_harness(keys: &[String]) -> bool {
    let has = |name: &str| keys.iter().any(|key| key == name);
    has("out") && ["level", "time", "pos", "args"].into_iter().any(has)
}

fn csv_of_deepset(window: &[u8]) -> Option<&'static str> {
    let records = csv_records(window, b',', usize::MAX);
    let cells = &records.first()?.cells;
    let has = |name: &&str| cells.iter().any(|cell| cell == name.as_bytes());
    ["log_id", "logged_at", "message"].iter().all(has).then_some("deepset")
}

/// Objects with the key of a column, among lines of any kind.
fn objects(lines: &[&[u8]], stamped: usize) -> Option<&'static str> {
    let [timestamp, level, message, _] = super::keys::usual();
    let usual = [timestamp.1, level.1, message.1].concat();
    let keys = |line: &&[u8]| match serde_json::from_slice::<Value>(
        &line[super::envelope::behind_mark(line).unwrap_or(0)..],
    ) {
        Ok(Value::Object(object)) => Some(object.into_iter().map(|(key, _)| key).collect()),
        _ => None,
    };
    let is_one = |keys: &Vec<String>| keys.iter().any(|key| usual.contains(&key.as_str()));
    let objects: Vec<Vec<String>> = lines.iter().filter_map(keys).filter(is_one).collect();
    let of = |test: fn(&[String]) -> bool| 2 * objects.iter().filter(|keys| test(keys)).count();
    let is_docker = |keys: &[String]| {
        ["log", "stream", "time"].iter().all(|name| keys.iter().any(|key| key == name))
    };
    match objects.len() {
        count if count < 2 || 10 * count < lines.len() => None,
        count if of(is_docker) >= count => Some("docker"),
        count if of(is_harness) >= count || count <= stamped => None,
        _ => Some("ndjson"),
    }
}

/// The formats whose lines are made into objects.
fn made_objects(window: &[u8], lines: &[&[u8]]) -> Option<&'static str> {
    let text = |line: &'_ [u8]| {
        String::from_utf8(line.strip_suffix(b"\r").unwrap_or(line).to_vec()).unwrap_or_default()
    };
    let first = text(window.split(|&byte| byte == b'\n').next()?);
    let texts: Vec<String> = lines.iter().map(|line| text(line)).collect();
    let is_half = |count: usize| count > 0 && 2 * count >= texts.len();
    let mostly = |is_one: &dyn Fn(&str) -> bool| {
        is_one(&first) || is_half(texts.iter().filter(|text| is_one(text)).count())
    };
    let prefixes: Vec<(Kind, bool)> =
        texts.iter().filter_map(|text| prefixed::kind(text)).collect();
    let count = |is_one: &dyn Fn(&(Kind, bool)) -> bool| {
        prefixes.iter().filter(|prefix| is_one(prefix)).count()
    };
    // Syslog's header is one of the prefixes of objects.
    let is_syslog_of_objects = is_half(count(&|it| *it == (Kind::Timed { is_syslog: true }, true)));
    let header = |text: &str| syslog::header(text, None);
    let is_process = |it: super::syslog::Header| {
        it.pid.is_some() || it.host.is_some() && it.program.as_deref() == Some("kernel")
    };
    let has_pid = texts.iter().filter_map(|text| header(text)).any(is_process);
    if !is_syslog_of_objects
        && mostly(&|text| header(text).is_some_and(|header| !header.is_weak || has_pid))
    {
        return Some("syslog");
    }
    let is_glog = klog::is_header(&first) && texts.iter().any(|text| klog::is_one(text));
    if mostly(&klog::is_one) || is_glog {
        return Some("klog");
    }
    let numbered = count(&|it| it.0 == Kind::Compose { is_numbered: true });
    let compose = count(&|it| matches!(it.0, Kind::Compose { .. }));
    let timed = count(&|it| matches!(it, (Kind::Timed { .. }, true)));
    let is_kubectl = |text: &str| prefixed::kind(text).is_some_and(|it| it.0 == Kind::Kubectl);
    let is_compose = numbered > 0 && is_half(compose) && !prefixed::is_table(&texts);
    if is_compose || mostly(&is_kubectl) || is_half(timed) {
        return Some("prefixed");
    }
    if mostly(&logfmt::is_one) {
        return Some("logfmt");
    }
    super::csv::is_one(window).then_some("csv")
}

/// How many lines begin with a time of any spelling, and whether that makes a file of such.
fn by_any_time(window: &[u8], lines: &[&[u8]]) -> (usize, bool) {
    let is_stamped = |line: &[u8]| {
        std::str::from_utf8(line.strip_suffix(b"\r").unwrap_or(line))
            .is_ok_and(|line| Any::get().stamp(line).is_some())
    };
    let count = lines.iter().filter(|line| is_stamped(line)).count();
    let begins = is_stamped(window.split(|&byte| byte == b'\n').next().unwrap_or_default());
    let is_one = count > 0 && 2 * count >= lines.len() || begins && 10 * count >= lines.len();
    (count, is_one)
}

fn stamps(window: &[u8], lines: &[&[u8]], path: &str) -> Option<&'static str> {
    let first = window.split(|&byte| byte == b'\n').next()?;
    let patterns = [
        ("firstgen", format!("(?s)^{LEVELS}{OFFSET_TIME} {{3}}")),
        ("github", format!("(?s)^{} ", utc(7))),
        ("apify", format!("(?s)^{} ", utc(3))),
    ];
    for (format, pattern) in patterns {
        let pattern = Regex::new(&pattern).unwrap();
        let is_stamped =
            |line: &[u8]| by_pattern(&pattern, &String::from_utf8_lossy(line)).is_some();
        let count = lines.iter().filter(|line| is_stamped(line)).count();
        let texts = || lines.iter().map(|line| String::from_utf8_lossy(line));
        if format == "apify"
            && super::identity("apify", "", path).execution.is_none()
            && !texts().any(|line| by_pattern(&pattern, &line).is_some() && is_by_apify(&line))
        {
            continue;
        }
        if format == "github" && !is_of_an_archive(path, lines) {
            continue;
        }
        if is_stamped(first) || (count > 0 && count * 2 >= lines.len()) {
            let section = Regex::new(&format!("(?s)^{} ##\\[section\\]", utc(7))).unwrap();
            let is_section =
                |line: &[u8]| by_pattern(&section, &String::from_utf8_lossy(line)).is_some();
            let is_azure = format == "github" && lines.iter().any(|line| is_section(line));
            return Some(if is_azure { "azure" } else { format });
        }
    }
    None
}

/// Lines of web servers.
fn access(window: &[u8], lines: &[&[u8]]) -> Option<&'static str> {
    let is_one = |line: &[u8]| {
        let line =
            std::str::from_utf8(line.strip_suffix(b"\r").unwrap_or(line)).unwrap_or_default();
        Access::get().stamp(line).is_some()
    };
    let first = window.split(|&byte| byte == b'\n').next()?;
    let count = lines.iter().filter(|line| is_one(line)).count();
    (is_one(first) || count > 0 && 2 * count >= lines.len()).then_some("access")
}

/// Logs of jobs whose lines tell steps.
fn steps(window: &[u8], lines: &[&[u8]]) -> Option<&'static str> {
    let text = |line: &[u8]| {
        String::from_utf8_lossy(line.strip_suffix(b"\r").unwrap_or(line)).into_owned()
    };
    let first = text(window.split(|&byte| byte == b'\n').next()?);
    let lines: Vec<String> = lines.iter().map(|line| text(line)).collect();
    let mostly = |is_one: fn(&str) -> bool| {
        let count = lines.iter().filter(|line| is_one(line)).count();
        is_one(&first) || count > 0 && 2 * count >= lines.len()
    };
    let any = |is_one: fn(&str) -> bool| lines.iter().any(|line| is_one(line));
    let is_pipeline = |line: &str| jenkins::plain(line).starts_with("[Pipeline] ");
    let is_build = |line: &str| {
        ["Running as ", "Building ", "[Pipeline]", "Finished: "]
            .iter()
            .any(|text| jenkins::plain(line).starts_with(text))
    };
    let is_started = jenkins::plain(&first).starts_with("Started by ");
    if mostly(gitlab::has_prefix) || any(gitlab::begins_with_section) {
        return Some("gitlab");
    }
    if any(is_pipeline) || is_started && any(is_build) {
        return Some("jenkins");
    }
    if mostly(gh::is_one) {
        return Some("gh");
    }
    mostly(buildkite::is_one).then_some("buildkite")
}

/// Lines of a time, a stream and a tag.
fn cri(window: &[u8], lines: &[&[u8]]) -> Option<&'static str> {
    static REST: LazyLock<Regex> =
        LazyLock::new(|| Regex::new("^(?:stdout|stderr) [FP](?:[: ]|$)").unwrap());
    let is_one = |line: &[u8]| {
        let line =
            std::str::from_utf8(line.strip_suffix(b"\r").unwrap_or(line)).unwrap_or_default();
        let is_plain = line.starts_with(|first: char| first.is_ascii_digit());
        is_plain && Any::get().stamp(line).is_some_and(|(_, rest)| REST.is_match(&rest))
    };
    let first = window.split(|&byte| byte == b'\n').next()?;
    let count = lines.iter().filter(|line| is_one(line)).count();
    (is_one(first) || count > 0 && 2 * count >= lines.len()).then_some("cri")
}

/// Whether a file with times of seven digits is GitHub's or Azure's: by its name, or by a mark.
fn is_of_an_archive(path: &str, lines: &[&[u8]]) -> bool {
    let named =
        Regex::new(r"(?s)(?:^|/)(?:-?[0-9]+_[^/]*\.txt|system\.txt)(?:\.(?:gz|zst|xz|bz2))?$")
            .unwrap();
    let mark = Regex::new(&format!(r"(?s)^{} ##\[", utc(7))).unwrap();
    let has_mark = |line: &[u8]| by_pattern(&mark, &String::from_utf8_lossy(line)).is_some();
    named.is_match(path) || lines.iter().any(|line| has_mark(line))
}

/// Whether no other platform writes a stamped line like this one.
fn is_by_apify(line: &str) -> bool {
    static TELLING: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r#"^[^ ]+Z (?:ACTOR: |\[[^\]]+\] -> [0-9]{4}-|\{"time":.*"level":.*"msg":|(?:INFO|WARN|PERF)  .*\{.*\}\)?$|(?:\[\S+\] )?\x1b\[[0-9;]*m(?:INFO|WARN|ERROR|DEBUG|PERF)\x1b\[39m)"#)
            .unwrap()
    });
    TELLING.is_match(line)
}

/// Times of the day, at least as many as objects.
fn of_clock(lines: &[&[u8]]) -> Option<&'static str> {
    super::clock::is_one(lines)?;
    Some("clock")
}

fn text_or_harness(lines: &[&[u8]]) -> &'static str {
    let is_record = |line: &&[u8]| {
        let is_object = serde_json::from_slice::<Value>(line).is_ok_and(|value| value.is_object());
        is_object && is_harness(&keys(&Document::new(line.trim_ascii()), 0))
    };
    if lines.iter().any(is_record) { "harness" } else { "text" }
}
