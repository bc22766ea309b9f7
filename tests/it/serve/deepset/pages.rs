//! Pages, by cursors and filters.

use serde_json::{Value, json};

use super::{encoded, logs, micros, searched};
use crate::program::ripsaw;
use crate::serve::Server;

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

#[test]
fn an_index_changes_no_page() {
    let (folder, server, records) = searched();
    // Much more than a block of an index, in no order of time.
    let large = folder.path().join("large.ndjson");
    let copies: String = (0..12)
        .flat_map(|copy| records.iter().map(move |record| (copy, record)))
        .map(|(copy, record)| {
            let mut record = record.clone();
            let time =
                record["logged_at"].as_str().unwrap().replace("06:", &format!("{:02}:", copy / 2));
            record["logged_at"] = json!(time);
            record["log_id"] = json!(format!("{copy}-{}", record["log_id"].as_str().unwrap()));
            record["extra_fields"]["text"] = json!("x".repeat(200));
            format!("{record}\n")
        })
        .collect();
    std::fs::write(&large, copies).unwrap();
    drop(server);
    let queries: Vec<String> = ["ASC", "DESC"]
        .iter()
        .flat_map(|order| {
            [
                "",
                "&after=2026-03-09T00:00:05Z",
                "&after=2026-03-09T02:00:11.123456Z",
                "&after=2026-03-09",
            ]
            .map(|after| format!("?order={order}{after}"))
        })
        .flat_map(|query| [1, 100].map(|limit| format!("{query}&limit={limit}")))
        .flat_map(|query| [query.clone(), format!("{query}&filter=level+eq+'error'")])
        .collect();
    let pages = || -> Vec<Value> {
        let server = Server::start(&[&large], &[]);
        // The first of each filter reads all; all others know more.
        let path = |query: &String| server.get(&(logs("large") + query), &[]).json();
        queries.iter().map(path).collect()
    };
    let without = pages();
    assert!(ripsaw().arg("index").arg(&large).status().unwrap().success());
    let with = pages();
    for ((query, with), without) in queries.iter().zip(with).zip(without) {
        assert!(
            !without["data"].as_array().unwrap().is_empty()
                || query.contains("DESC&after=2026-03-09&")
        );
        assert_eq!(with, without, "{query}");
    }
}
