//! The API of deepset: the requests of its document, each parameter, status and error, and pages against a plain
//! loop.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::{Response, Server};

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures");

/// The path of a pipeline's logs.
fn logs(pipeline: &str) -> String {
    format!("/api/v1/workspaces/production/pipelines/{pipeline}/logs")
}

/// A value in a query.
fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |all, byte| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => all + &char::from(byte).to_string(),
        _ => all + &format!("%{byte:02X}"),
    })
}

/// Records, of which many have the time of others, in no order of time.
fn made() -> Vec<Value> {
    let mut random = fastrand::Rng::with_seed(17);
    let record = |number: usize| {
        let fraction = ["", ".5", ".000001", ".123456", ".999999"][random.usize(..5)];
        let time = format!("2026-03-09T06:00:{:02}{fraction}Z", random.usize(..20));
        let level = ["info", "warning", "error", "debug"][random.usize(..4)];
        let origin = ["querypipeline", "haystack"][random.usize(..2)];
        let exceptions =
            (level == "error").then(|| json!([{"type": "E", "value": "v", "trace": []}]));
        json!({
            "log_id": format!("id-{number:03}"),
            "message": format!("Line {number}, \"quoted\",\nin two lines: größer"),
            "logged_at": time,
            "level": level,
            "origin": origin,
            "exceptions": exceptions,
            "extra_fields": {"n": number, "dd.env": if number % 2 == 0 { "prod" } else { "test" }},
        })
    };
    (0..300).map(record).collect()
}

/// A time of the records with six digits, so that texts are in the order of times.
fn micros(record: &Value) -> String {
    let time = record["logged_at"].as_str().unwrap().trim_end_matches('Z');
    let (seconds, fraction) = time.split_once('.').unwrap_or((time, ""));
    format!("{seconds}.{fraction:0<6}Z")
}

/// A server with the records in three files of a pipeline `search`, and the records in its order.
fn searched() -> (tempfile::TempDir, Server, Vec<Value>) {
    let folder = tempfile::tempdir().unwrap();
    let search = folder.path().join("search");
    fs::create_dir(&search).unwrap();
    let records = made();
    for (at, part) in records.chunks(100).enumerate() {
        let lines: String = part.iter().map(|record| format!("{record}\n")).collect();
        fs::write(search.join(format!("{at}.ndjson")), lines).unwrap();
    }
    let server = Server::start(&[search], &[]);
    (folder, server, records)
}

/// What a page should be: a plain loop over all records.
fn page(
    records: &[Value],
    is_wanted: impl Fn(&Value) -> bool,
    query: (bool, Option<&str>, usize),
) -> Value {
    let (is_ascending, after, limit) = query;
    let mut wanted: Vec<&Value> = records.iter().filter(|record| is_wanted(record)).collect();
    let total = wanted.len();
    wanted.sort_by_key(|record| micros(record));
    if !is_ascending {
        wanted.reverse();
    }
    wanted.retain(|record| {
        after.is_none_or(|after| match is_ascending {
            true => micros(record).as_str() > after,
            false => micros(record).as_str() < after,
        })
    });
    let has_more = wanted.len() > limit;
    let data = wanted.into_iter().take(limit).map(|record| {
        let mut record = record.clone();
        record["logged_at"] = json!(micros(&record));
        record
    });
    json!({"data": data.collect::<Vec<_>>(), "has_more": has_more, "total": total})
}

#[test]
fn pages_are_those_of_a_plain_loop() {
    let (_folder, server, records) = searched();
    for is_ascending in [true, false] {
        let order = if is_ascending { "ASC" } else { "DESC" };
        for limit in [1, 7, 99, 100] {
            let (mut after, mut seen) = (None::<String>, 0);
            loop {
                let cursor = after.as_ref().map(|after| format!("&after={}", encoded(after)));
                let query = format!("?limit={limit}&order={order}{}", cursor.unwrap_or_default());
                let response = server.get(&(logs("search") + &query), &[]);
                let wanted = page(&records, |_| true, (is_ascending, after.as_deref(), limit));
                assert_eq!(response.json(), wanted, "{query}");
                seen += wanted["data"].as_array().unwrap().len();
                if wanted["has_more"] == json!(false) {
                    break;
                }
                after = Some(micros(&wanted["data"][limit - 1]));
            }
            // A cursor passes the records of its time that were not on the page.
            assert!(limit > 7 || seen < records.len(), "{seen} records in pages of {limit}");
        }
    }
    // The defaults.
    let response = server.get(&logs("search"), &[]);
    assert_eq!(response.json(), page(&records, |_| true, (false, None, 10)));
    assert_eq!(response.header("content-type"), Some("application/json"));
}

#[test]
fn cursors_are_times_of_any_form() {
    let (_folder, server, records) = searched();
    let wanted = |after| page(&records, |_| true, (false, Some(after), 10));
    for (after, micros) in [
        ("2026-03-09T06:00:10Z", "2026-03-09T06:00:10.000000Z"),
        ("2026-03-09T06:00:10.5Z", "2026-03-09T06:00:10.500000Z"),
        ("2026-03-09T06:00:10.123456789Z", "2026-03-09T06:00:10.123456Z"),
        ("2026-03-09T07:00:10+01:00", "2026-03-09T06:00:10.000000Z"),
        ("2026-03-09T06:00:10", "2026-03-09T06:00:10.000000Z"),
        ("2026-03-09", "2026-03-09T00:00:00.000000Z"),
        ("2027-01-01", "2027-01-01T00:00:00.000000Z"),
    ] {
        let response = server.get(&format!("{}?after={}", logs("search"), encoded(after)), &[]);
        assert_eq!(response.json(), wanted(micros), "{after}");
    }
}

#[test]
fn filters_select_what_a_plain_loop_selects() {
    type Test = fn(&Value) -> bool;
    let (_folder, server, records) = searched();
    let cases: &[(&str, Test)] = &[
        ("level eq 'error'", |record| record["level"] == "error"),
        ("level ne 'error'", |record| record["level"] != "error"),
        ("level eq 'ERROR'", |_| false),
        ("level ge 'warning'", |record| record["level"] == "error" || record["level"] == "warning"),
        ("level in ('error', 'debug')", |record| {
            record["level"] == "error" || record["level"] == "debug"
        }),
        ("log_id eq 'id-017'", |record| record["log_id"] == "id-017"),
        ("origin eq 'haystack' and level eq 'info'", |record| {
            record["origin"] == "haystack" && record["level"] == "info"
        }),
        ("contains(message, '7,')", |record| record["message"].as_str().unwrap().contains("7,")),
        ("startswith(message, 'Line 2')", |record| {
            record["message"].as_str().unwrap().starts_with("Line 2")
        }),
        ("logged_at ge '2026-03-09T06:00:10.5Z'", |record| {
            micros(record).as_str() >= "2026-03-09T06:00:10.500000Z"
        }),
        ("logged_at gt 2026-03-09T06:00:10.5Z", |record| {
            micros(record).as_str() > "2026-03-09T06:00:10.500000Z"
        }),
        ("logged_at lt '2026-03-09' or logged_at gt '2026-03-10'", |_| false),
        ("logged_at gt '2025-01-01' and not (level eq 'info')", |record| record["level"] != "info"),
        ("extra_fields/n lt 20", |record| record["extra_fields"]["n"].as_u64().unwrap() < 20),
        ("extra_fields/'dd.env' eq 'prod'", |record| record["extra_fields"]["dd.env"] == "prod"),
        ("extra_fields/none eq null", |_| true),
        ("exceptions eq null", |record| record["exceptions"].is_null()),
        ("exceptions ne null", |record| !record["exceptions"].is_null()),
    ];
    for (filter, is_wanted) in cases {
        // The first request reads all; a later one knows more.
        for (limit, after) in [(100, None), (5, None), (20, Some("2026-03-09T06:00:11.500000Z"))] {
            let cursor = after.map(|after| format!("&after={}", encoded(after)));
            let query =
                format!("?limit={limit}&filter={}{}", encoded(filter), cursor.unwrap_or_default());
            let response = server.get(&(logs("search") + &query), &[]);
            let wanted = page(&records, is_wanted, (false, after, limit));
            assert_eq!((response.status, response.json()), (200, wanted), "{query}");
        }
    }
    let all = page(&records, |_| true, (false, None, 10));
    assert_eq!(server.get(&(logs("search") + "?filter="), &[]).json(), all);
    // As deepset's own client writes it.
    let query = "?limit=3&filter=level+eq+%27error%27";
    let wanted = page(&records, |record| record["level"] == "error", (false, None, 3));
    assert_eq!(server.get(&(logs("search") + query), &[]).json(), wanted);
}

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

/// All records of a pipeline, by the cursor that deepset's own client uses.
fn all(server: &Server, pipeline: &str, limit: usize) -> Vec<Value> {
    let (mut records, mut after) = (Vec::new(), String::new());
    loop {
        let response = server.get(&format!("{}?limit={limit}{after}", logs(pipeline)), &[]);
        let mut page = response.json();
        let data = page["data"].as_array_mut().unwrap();
        after = match data.last() {
            Some(last) => format!("&after={}", encoded(last["logged_at"].as_str().unwrap())),
            None => String::new(),
        };
        records.append(data);
        if page["has_more"] == json!(false) {
            assert_eq!(page["total"], json!(records.len()));
            return records;
        }
    }
}

#[test]
fn records_keep_their_own_members() {
    let input = Path::new(FIXTURES).join("formats/deepset/input");
    let server = Server::start(&[input], &[]);
    let page = server.get(&(logs("faq-search") + "?limit=100&order=ASC"), &[]).json();
    assert_eq!((&page["total"], &page["has_more"]), (&json!(5), &json!(false)));
    let data = page["data"].as_array().unwrap();
    let ids: Vec<&str> = data.iter().map(|record| record["log_id"].as_str().unwrap()).collect();
    let repeated = "T3c9_JYBbpf1V-YKzQ1a";
    let [first, last] = ["aa02_JYBbpf1V-YKzQ1c", "UHG0_JYBbpf1V-YKI8YQ"];
    assert_eq!(ids, [first, "aa01_JYBbpf1V-YKzQ1b", repeated, repeated, last]);
    assert_eq!(
        data[2],
        json!({
            "log_id": repeated,
            "message": "Query failed",
            "logged_at": "2025-05-23T10:33:03.900000Z",
            "level": "error",
            "origin": "querypipeline",
            "exceptions": [{
                "type": "KeyError", "value": "'documents'",
                "trace": [{"filename": "/app/query.py", "line_number": 41, "name": "run"}],
            }],
            "extra_fields": {},
        })
    );
    assert_eq!(data[0]["message"], json!("\u{1b}[32mstart\u{1b}[0m"));
    assert_eq!(data[4]["extra_fields"]["dd.trace_id"], json!("17110374009324833748"));
    // The platform's own client needs a trace.
    assert_eq!(
        data[1]["exceptions"],
        json!([{"type": "TimeoutError", "value": "30 s", "trace": []}])
    );
    let saved = server.get(&(logs("saved") + "?limit=100"), &[]).json();
    let find = |id: &str| {
        let data = saved["data"].as_array().unwrap();
        data.iter().find(|record| record["log_id"] == id).unwrap().clone()
    };
    // What the API could not have is among the extra fields, and other members stay.
    let odd = find("dd03");
    assert_eq!((&odd["exceptions"], &odd["workspace"]), (&Value::Null, &json!("7")));
    assert_eq!(odd["extra_fields"]["exceptions"], json!("[{'type': 'KeyError'}]"));
    assert_eq!(find("bb02")["origin"], json!("prompt-studio"));
    assert_eq!(find("cc01")["extra_fields"], json!({"logged_at": "not a time"}));
    let fields = server.get(&(logs("saved") + "?limit=100"), &[]);
    assert!(fields.text().contains(r#""tokens":18446744073709551615,"costs":{"usd":0.10}"#));
    // The file is a pipeline of its own, and the bundle is one of all.
    for (pipeline, records) in [("page-1", 2), ("page-2", 3), ("logs", 5), ("array", 2)] {
        let page = server.get(&logs(pipeline), &[]).json();
        assert_eq!(page["total"], json!(records), "{pipeline}");
    }
    let total = server.get(&logs("input"), &[]).json()["total"].clone();
    assert_eq!(total.as_i64().unwrap(), 5 + saved["total"].as_i64().unwrap());
}

#[test]
fn rows_of_any_format_are_records() {
    let zip = Path::new(FIXTURES).join("deploy.zip");
    let server = Server::start(&[&zip], &[]);
    let records = all(&server, "deploy", 100);
    assert_eq!(all(&server, "Release_Checkout", 100), records);
    let ids: BTreeSet<&str> =
        records.iter().map(|record| record["log_id"].as_str().unwrap()).collect();
    assert_eq!((records.len(), ids.len()), (1332, 1332));
    let is_uuid = |id: &str| {
        let parts: Vec<usize> = id.split('-').map(str::len).collect();
        parts == [8, 4, 4, 4, 12] && id.as_bytes()[14] == b'8'
    };
    assert!(ids.iter().all(|id| is_uuid(id)), "{ids:?}");
    // The rows that the library gives, by their ids' order of no matter: by message and level.
    let mut rows: Vec<(String, String)> = Vec::new();
    for row in ripsaw::Scan::open([&zip]).unwrap().records().unwrap().map(Result::unwrap) {
        let level = match row.text("level").as_deref() {
            Some("WARN") => "warning".to_owned(),
            Some("FATAL") => "critical".to_owned(),
            Some(level) => level.to_lowercase(),
            None => "info".to_owned(),
        };
        rows.push((row.message().unwrap_or_default().to_owned(), level));
    }
    let mut served: Vec<(String, String)> = records
        .iter()
        .map(|record| {
            assert_eq!(record["origin"], json!("unknown"));
            let text = |name: &str| record[name].as_str().unwrap().to_owned();
            (text("message"), text("level"))
        })
        .collect();
    // A row without a message is its other fields.
    let blank = |(message, _): &(String, String)| message.trim().is_empty();
    assert!(
        rows.iter().filter(|row| blank(row)).count()
            >= served.iter().filter(|row| blank(row)).count()
    );
    rows.retain(|row| !blank(row));
    served.retain(|row| rows.contains(row));
    rows.sort();
    served.sort();
    assert!(served == rows, "{} of {}", served.len(), rows.len());
    let times: Vec<&str> =
        records.iter().map(|record| record["logged_at"].as_str().unwrap()).collect();
    assert!(times.is_sorted_by(|a, b| a > b), "a cursor would pass records");
    let errors = server.get(&(logs("deploy") + "?limit=100&filter=level+ge+'error'"), &[]).json();
    assert_eq!(errors["total"], json!(4));
    // The same ids wherever the archive is.
    let elsewhere = tempfile::tempdir().unwrap();
    let copy: PathBuf = elsewhere.path().join("deploy.zip");
    fs::copy(&zip, &copy).unwrap();
    assert_eq!(all(&Server::start(&[copy], &[]), "deploy", 77), records);
}

#[test]
fn rows_without_a_time_can_be_paged() {
    let folder = tempfile::tempdir().unwrap();
    let plain = folder.path().join("plain");
    fs::create_dir(&plain).unwrap();
    let mut messages = Vec::new();
    for file in ["a.txt", "b.txt"] {
        let lines: Vec<String> = (0..150).map(|line| format!("{file}, line {line}")).collect();
        fs::write(plain.join(file), lines.join("\n")).unwrap();
        messages.extend(lines);
    }
    // Records of one time, and text among them.
    let mixed: String = (0..250)
        .map(|number| match number % 3 {
            0 => format!("not a record {number}\n"),
            _ => format!("{{\"time\":\"2026-03-09T06:00:00Z\",\"level\":\"warn\",\"msg\":\"record {number}\"}}\n"),
        })
        .collect();
    fs::write(folder.path().join("mixed.ndjson"), &mixed).unwrap();
    let server = Server::start(&[plain, folder.path().join("mixed.ndjson")], &[]);
    for limit in [9, 100] {
        let served = all(&server, "plain", limit);
        let served: Vec<&str> =
            served.iter().rev().map(|record| record["message"].as_str().unwrap()).collect();
        assert_eq!(served, messages);
        let served = all(&server, "mixed", limit);
        assert_eq!(served.len(), 250);
        let numbers: Vec<usize> = served
            .iter()
            .rev()
            .map(|record| {
                let message = record["message"].as_str().unwrap();
                message.rsplit(' ').next().unwrap().parse().unwrap()
            })
            .collect();
        assert!(numbers.is_sorted(), "{numbers:?}");
    }
}
