//! Names and questions: paths, filters, globs, levels, times and limits, which never panic; and a filter and its
//! opposite, which have no row in common.

use std::sync::LazyLock;

use ripsaw::identity::{Identity, identify_in};
use ripsaw::query::{Filter, Levels, Names, Selection, Where, parse_span};
use ripsaw::scan::Scan;
use ripsaw::source::Limit;
use tempfile::TempDir;

/// A log with rows of all kinds.
static SCAN: LazyLock<(TempDir, Scan)> = LazyLock::new(|| {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let path = folder.path().join("app.ndjson");
    let lines = concat!(
        "{\"time\":\"2026-03-09T10:00:00Z\",\"level\":\"info\",\"msg\":\"started\",\"n\":1,\"req\":{\"method\":\"GET\"}}\n",
        "{\"time\":\"2026-03-09T10:00:01.5Z\",\"level\":\"error\",\"msg\":\"gr\u{f6}\u{df}er\",\"n\":-2.5,\"tags\":[1,null]}\n",
        "{\"msg\":null,\"n\":null}\n",
        "not an object\n",
        "{\"level\":\"WARN\",\"msg\":\"\",\"n\":\"text\",\"req\":null}\n",
    );
    std::fs::write(&path, lines).expect("a file can be written");
    let scan = Scan::open([&path]).expect("a file can be opened");
    (folder, scan)
});

/// Rows that a filter selects; `None`: it is refused.
fn rows(condition: Where) -> Option<usize> {
    let filter = Filter { wheres: vec![condition], ..Filter::default() };
    let scan = SCAN.1.clone().select(Selection { filter, ..Selection::default() });
    let batches = scan.batches().ok()?;
    batches.map(|batch| batch.map(|batch| batch.num_rows())).sum::<Result<usize, _>>().ok()
}

/// # Panics
/// Where something does, or both a filter and its opposite select a row.
pub fn run(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let (bundle, path) = text.split_once('\n').unwrap_or(("logs.zip", &text));
    let identity = identify_in(bundle, path);
    assert_eq!(identify_in(bundle, path), identity);
    let Identity { pipeline, stage, step, .. } = &identity;
    assert!([pipeline, stage, step].iter().all(|name| name.as_deref() != Some("")), "{identity:?}");
    let _ = Names::parse(&[&*text]);
    let _ = Levels::parse(&text);
    let _ = parse_span(&text);
    let _ = text.parse::<Limit>();
    match Where::parse(&text) {
        Err(mistake) => {
            assert!(
                mistake.at.start <= mistake.at.end && mistake.at.end <= text.len(),
                "{mistake:?}"
            );
            assert!(!mistake.to_string().is_empty());
        }
        Ok(condition) => {
            let selected = rows(condition);
            // One that is nested as deep as may be has no opposite.
            let opposite = Where::parse(&format!("not ({text})")).ok().and_then(rows);
            if let (Some(selected), Some(opposite)) = (selected, opposite) {
                assert!(selected + opposite <= 5, "{text}: {selected} and {opposite}");
            }
        }
    }
}

/// Seeds: paths and filters of every kind.
pub fn seeds() -> impl Iterator<Item = Vec<u8>> {
    const TEXTS: [&str; 14] = [
        "acc/acc/pipeline/Release/128/-aT5bV0yQTuKxw8mE2-Jc1Q/Deploy/Group/Helm-commandUnit:Install",
        "acc/accountId:a/orgId:o/projectId:p/pipelineId:x/runSequence:4/level0:pipeline/level1:stages/level2:S_0_2",
        "logs.zip\nBuild/Checks/Unit_Tests_1",
        "level ge 'WARN' and contains(message, 'x') or not (line lt 3)",
        "tolower(message) eq 'started' and timestamp ge 2026-03-09T10:00:00Z",
        "req/method in ('GET','PUT') and n gt -3.5e0 and tags ne null",
        "startswith(concat(message,'a'),'s') and length(message) add 1 eq 8",
        "year(timestamp) eq 2026 and hour(timestamp) mul 2 sub 1 lt 30 mod 7",
        "level_number div 4 eq 1 or indexof(message,'t') eq -1",
        "!Helm*",
        "ERROR,WARN+",
        "1h30m",
        "entry-bytes=3GiB",
        "extra/a/b eq 'it''s' or endswith(file,'.ndjson') eq true",
    ];
    TEXTS.into_iter().map(|text| text.as_bytes().to_vec())
}
