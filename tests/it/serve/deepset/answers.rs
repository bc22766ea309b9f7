//! Statuses, errors and CSV.

use std::fs;

use serde_json::{Value, json};

use super::{encoded, logs, searched};
use crate::serve::{Response, Server};

fn refused(response: &Response) -> String {
    let body = response.json();
    let errors = body["errors"].as_array().unwrap_or_else(|| panic!("{body}"));
    assert_eq!((body.as_object().unwrap().len(), errors.len()), (1, 1));
    errors[0].as_str().unwrap().to_owned()
}

#[test]
fn wrong_filters_are_refused_with_the_place() {
    let (_folder, server, _) = searched();
    for (filter, reason) in [
        // That of the document is of another list.
        ("category eq 'news' and published_date ge '2025-01-01'", "unknown field category;"),
        ("level", "the filter is text, and not true or false"),
        ("level eq", "expected a column, a value or ("),
        ("level eq 'error", "missing closing quote"),
        ("level = 'error'", "use eq"),
        ("logged_at ge 'soon'", "invalid date or time \"soon\""),
        ("logged_at in ('2025-01-01', 'soon')", "invalid date or time \"soon\""),
        ("step eq 'x'", "unknown field step;"),
        ("timestamp ge '2025-01-01'", "unknown field timestamp;"),
        ("message/x eq 1", "unknown field message/x;"),
        ("level ge 'loud'", "unknown level loud"),
        ("message eq 3", "cannot be compared"),
        (&"(".repeat(1000), "nested too deeply"),
    ] {
        let response = server.get(&format!("{}?filter={}", logs("search"), encoded(filter)), &[]);
        let said = refused(&response);
        assert_eq!(response.status, 400, "{filter}");
        assert!(said.starts_with("invalid filter: ") && said.contains(reason), "{filter}: {said}");
    }
}

#[test]
fn wrong_parameters_are_refused_as_fastapi_does() {
    let (_folder, server, _) = searched();
    let limit = |kind: &str, msg: &str, input: &str| json!({"type": kind, "loc": ["query", "limit"], "msg": msg, "input": input});
    let integer = "Input should be a valid integer, unable to parse string as an integer";
    let with = |mut fault: Value, context: Value| {
        fault["ctx"] = context;
        fault
    };
    let most = "Input should be less than or equal to 100";
    let least = "Input should be greater than or equal to 1";
    let order = |input: &str| {
        json!({
            "type": "enum", "loc": ["query", "order"], "msg": "Input should be 'ASC' or 'DESC'",
            "input": input, "ctx": {"expected": "'ASC' or 'DESC'"},
        })
    };
    let after = |input: &str, cause: &str| {
        json!({
            "type": "datetime_from_date_parsing", "loc": ["query", "after"],
            "msg": format!("Input should be a valid datetime or date, {cause}"),
            "input": input, "ctx": {"error": cause},
        })
    };
    for (query, faults) in [
        ("limit=ten", vec![limit("int_parsing", integer, "ten")]),
        ("limit=", vec![limit("int_parsing", integer, "")]),
        ("limit=10.5", vec![limit("int_parsing", integer, "10.5")]),
        ("limit=101", vec![with(limit("less_than_equal", most, "101"), json!({"le": 100}))]),
        ("limit=0", vec![with(limit("greater_than_equal", least, "0"), json!({"ge": 1}))]),
        ("limit=-5", vec![with(limit("greater_than_equal", least, "-5"), json!({"ge": 1}))]),
        ("order=asc", vec![order("asc")]),
        ("order=", vec![order("")]),
        ("after=", vec![after("", "input is too short")]),
        ("after=yesterday+noon", vec![after("yesterday noon", "invalid date or time")]),
        (
            "limit=x&after=y&order=z",
            vec![limit("int_parsing", integer, "x"), after("y", "input is too short"), order("z")],
        ),
    ] {
        let response = server.get(&format!("{}?{query}", logs("search")), &[]);
        assert_eq!(response.status, 422, "{query}");
        assert_eq!(response.json(), json!({ "detail": faults }), "{query}");
    }
    // Before the pipeline is looked for.
    assert_eq!(server.get(&(logs("none") + "?limit=x"), &[]).status, 422);
    // A parameter that there is not is ignored.
    assert_eq!(server.get(&(logs("search") + "?page_number=2"), &[]).status, 200);
}

#[test]
fn other_errors_are_those_of_the_document() {
    let (folder, server, _) = searched();
    let missing = server.get(&logs("none"), &[]);
    assert_eq!((missing.status, refused(&missing)), (404, "there is no pipeline \"none\"".into()));
    let filtered = server.get(&(logs("none") + "?filter=("), &[]);
    assert_eq!(filtered.status, 404);
    for method in ["POST", "PUT", "DELETE"] {
        let response = server.ask(method, &logs("search"), &[], b"");
        assert_eq!(response.status, 405);
        assert_eq!(response.json(), json!({"detail": "Method Not Allowed"}));
        assert_eq!(response.header("allow"), Some("GET, HEAD"));
    }
    for path in ["/api/v1", "/api/v1/workspaces", "/api/v1/workspaces/w/pipelines/p/logs/x"] {
        let response = server.get(path, &[]);
        assert_eq!((response.status, response.json()), (404, json!({"detail": "Not Found"})));
    }
    let file = folder.path().join("token");
    fs::write(&file, "right").unwrap();
    let inputs = [folder.path().join("search")];
    let server = Server::start(&inputs, &["--token-file", file.to_str().unwrap()]);
    for (headers, reason) in [
        (&[][..], "the request has no token"),
        (&[("authorization", "Bearer wrong")], "the token is wrong"),
    ] {
        let response = server.get(&logs("search"), headers);
        assert_eq!((response.status, refused(&response)), (401, reason.to_owned()));
        assert_eq!(response.header("www-authenticate"), Some("Bearer"));
    }
    let right = server.get(&logs("search"), &[("authorization", "Bearer right")]);
    assert_eq!(right.status, 200);
}

/// The fields of CSV, by the rules of RFC 4180.
fn fields(csv: &str) -> Vec<Vec<String>> {
    let (mut rows, mut row, mut field) = (Vec::new(), Vec::new(), String::new());
    let (mut is_quoted, mut letters) = (false, csv.chars().peekable());
    while let Some(letter) = letters.next() {
        match letter {
            '"' if is_quoted && letters.peek() == Some(&'"') => field.extend(letters.next()),
            '"' => is_quoted = !is_quoted,
            ',' if !is_quoted => row.push(std::mem::take(&mut field)),
            '\r' if !is_quoted => {
                assert_eq!(letters.next(), Some('\n'));
                row.push(std::mem::take(&mut field));
                rows.push(std::mem::take(&mut row));
            }
            letter => field.push(letter),
        }
    }
    assert!(row.is_empty() && field.is_empty() && !is_quoted);
    rows
}

#[test]
fn csv_has_what_json_has() {
    let (_folder, server, _) = searched();
    let path = logs("search") + "?limit=100&filter=level+ne+'debug'&order=ASC";
    let response = server.get(&path, &[("accept", "text/csv")]);
    assert_eq!(response.header("content-type"), Some("text/csv; charset=utf-8"));
    let mut rows = fields(response.text()).into_iter();
    let header = rows.next().unwrap();
    assert_eq!(
        header,
        ["log_id", "message", "logged_at", "level", "origin", "exceptions", "extra_fields"]
    );
    let rows: Vec<Value> = rows
        .map(|row| {
            let members = header.iter().zip(row).map(|(name, text)| match name.as_str() {
                _ if text.is_empty() => (name.clone(), Value::Null),
                "exceptions" | "extra_fields" => {
                    (name.clone(), serde_json::from_str(&text).unwrap())
                }
                _ => (name.clone(), json!(text)),
            });
            Value::Object(members.collect())
        })
        .collect();
    assert_eq!(rows.len(), 100);
    assert_eq!(json!(rows), server.get(&path, &[]).json()["data"]);
    for (accept, is_csv) in [
        ("text/csv", true),
        ("TEXT/CSV; q=0.5", true),
        ("text/csv, application/json;q=0.9", true),
        ("text/csv;q=0.1, application/json", false),
        ("text/csv;q=0, */*", false),
        ("application/json", false),
        ("*/*", false),
        ("image/png", false),
        ("", false),
    ] {
        let response = server.get(&path, &[("accept", accept)]);
        let kind = response.header("content-type").unwrap();
        assert_eq!((response.status, kind.starts_with("text/csv")), (200, is_csv), "{accept}");
        let mut vary = response.headers.iter().filter(|(name, _)| name == "vary");
        assert!(vary.any(|(_, name)| name == "accept"), "{accept}");
    }
}
