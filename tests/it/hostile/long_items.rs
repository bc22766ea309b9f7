//! Items of JSON documents above `--max-line`: one error row each, and nothing else changes.

use super::zip::{Around, DEFLATED, Member, archive};
use crate::convert::Folder;
use crate::program::rows;

const LIMIT: usize = 100_000;

/// An object with a text of so many bytes, over several lines if wanted.
fn item(number: usize, length: usize, is_spread: bool) -> String {
    let text = "L[{\\\"".repeat(length / 5);
    let between = if is_spread { "\n  " } else { "" };
    format!(
        "{{\"message\":\"m{number}\",{between}\"logged_at\":\"2026-03-09T10:00:00Z\",{between}\"x\":{{\"p\":[\"{text}\",{between}[]]}}}}"
    )
}

/// A document, its format, and how many bytes each of its items has; the last is not closed where that is said.
struct Document {
    name: String,
    format: &'static str,
    text: String,
    items: Vec<usize>,
    end: Option<&'static str>,
}

/// Documents of every kind, with items of these lengths.
fn documents(lengths: &[usize]) -> Vec<Document> {
    let mut all = Vec::new();
    for is_spread in [false, true] {
        let items: Vec<String> =
            lengths.iter().enumerate().map(|(at, length)| item(at, *length, is_spread)).collect();
        let sizes = || items.iter().map(String::len).collect();
        let mut add = |name: &str, format, text: String, end| {
            let name = format!("{name}{}", if is_spread { ", spread" } else { "" });
            all.push(Document { name, format, text, items: sizes(), end });
        };
        let within = Some("the text ends within an array");
        for between in if is_spread { [",\n", "\n"] } else { [",", ", "] } {
            let joined = items.join(between);
            add(&format!("array {between:?}"), "json", format!("[{joined}]\n"), None);
            add(&format!("lines {between:?}"), "json", format!("\n[\n{joined}\n]"), None);
            add(&format!("open {between:?}"), "json", format!("[ \n\n{joined}"), within);
            add(
                &format!("page {between:?}"),
                "deepset",
                format!("{{\"data\":[{joined}],\"has_more\":false}}"),
                None,
            );
            add(
                &format!("pages {between:?}"),
                "deepset",
                format!("[{{\"data\":[\n{joined}],\n\"has_more\":false}}]\n"),
                None,
            );
        }
        add("concatenated", "json", items.concat(), None);
        add("one after the other", "json", items.join(if is_spread { "\n" } else { " " }), None);
    }
    all
}

#[test]
fn of_documents_of_every_kind() {
    let longs =
        [&[700, 1_500_000, 800][..], &[1_500_000], &[2_000_000, 150_000, 30], &[10, 3_000_000]];
    let folder = Folder::new();
    for document in longs.into_iter().flat_map(documents) {
        let Document { name, format, text, items, end } = &document;
        folder.file("marked.log", format!("\u{feff}{text}").as_bytes());
        let member = Member::new("in.log", DEFLATED, text.as_bytes());
        folder.file("logs.zip", &archive(&[member], &Around::default()).0);
        for input in ["logs.zip", "marked.log"] {
            let limit = LIMIT.to_string();
            let arguments = [input, "-q", "--max-line", &limit, "--format", format];
            let code = if end.is_some() { 2 } else { 0 };
            let (_, mut read) = rows(&folder, &arguments, text.as_bytes(), code);
            let place = format!("{name} {items:?} {input}");
            if let Some(end) = end {
                let last = read.pop().unwrap();
                assert!(last["parse_error"].as_str().unwrap().contains(end), "{place}: {last}");
            }
            assert_eq!(read.len(), items.len(), "{place}");
            for (at, (row, length)) in read.iter().zip(items).enumerate() {
                let error = row.get("parse_error").map(|error| error.as_str().unwrap());
                let message = row["message"].as_str().unwrap();
                match error {
                    None => assert_eq!(message, format!("m{at}"), "{place}"),
                    Some(error) => {
                        let said = format!("the line has {length} bytes, the limit is {LIMIT}");
                        assert_eq!(error, said, "{place}");
                        assert!(
                            message.starts_with(&format!("{{\"message\":\"m{at}\"")),
                            "{place}"
                        );
                    }
                }
                assert_eq!(error.is_some(), *length > LIMIT, "{place}");
                let begins = format!("{{\"message\":\"m{at}\"");
                let offset = text.find(&begins).unwrap();
                let line = 1 + text[..offset].matches('\n').count();
                assert_eq!(row["line"], line, "{place}");
            }
        }
    }
}

/// Values that are no objects, members of pages, and strings that are not closed.
#[test]
fn of_other_kinds() {
    let long = "k".repeat(1_500_000);
    let good =
        |n: usize| format!("{{\"message\":\"m{n}\",\"logged_at\":\"2026-03-09T10:00:00Z\"}}");
    let (a, b) = (good(0), good(1));
    let cases = [
        ("json", format!("[{a},\"{long}\",{b}]\n"), 1, 2),
        ("json", format!("[{a},{long},{b}]\n"), 1, 2),
        ("json", format!("[{a},[{long}],{b}]\n"), 1, 2),
        ("json", format!("[\n{a},\n\"{long}\n{b}\n]\n"), 1, 2),
        ("json", format!("[{a},{{\"{long}\":1}},{b}]\n"), 1, 2),
        ("json", format!("{a}\n{{\"x\":\n\"{long}\"}}\n{b}\n"), 1, 2),
        ("json", format!("{{\"x\":1,\"Records\":[{a},{{\"x\":\"{long}\"}},{b}]}}\n"), 1, 2),
        ("json", format!("{{\"Records\":[{a},{b}],\"x\":\"{long}\"}}\n"), 1, 2),
        ("deepset", format!("{{\"total\":\"{long}\",\n\"data\":[{a},{b}]}}\n"), 1, 2),
        (
            "deepset",
            format!("{{\"data\":[{a},{b}],\n\"x\":{{\"y\":\"{long}\"}},\"has_more\":false}}\n"),
            1,
            2,
        ),
        ("deepset", format!("[{{\"data\":[{a}],\n\"x\":\"{long}\"}},{{\"data\":[{b}]}}]\n"), 1, 2),
    ];
    let folder = Folder::new();
    for (at, (format, text, errors, all)) in cases.iter().enumerate() {
        folder.file("in.log", text.as_bytes());
        let arguments = ["in.log", "-q", "--max-line", "100000", "--format", format];
        let (_, read) = rows(&folder, &arguments, b"", 0);
        let (bad, good): (Vec<_>, Vec<_>) =
            read.iter().partition(|row| row.get("parse_error").is_some());
        assert_eq!((bad.len(), good.len()), (*errors, *all), "{at}");
        assert!(bad[0]["parse_error"].as_str().unwrap().contains("the limit is 100000"), "{at}");
        let messages: Vec<_> = good.iter().map(|row| row["message"].as_str().unwrap()).collect();
        assert_eq!(messages, ["m0", "m1"], "{at}");
    }
}
