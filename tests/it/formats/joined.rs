//! `--join`: the rows are those of lines, put together by a plain loop over the rows without it.

use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::compute::concat_batches;
use ripsaw::Scan;
use ripsaw::format::{Decoder, Settings};
use ripsaw::query::{Matcher, PatternOptions, Selection};
use ripsaw::scan::{IndexPolicy, ScanOptions};
use ripsaw::source::{Ending, Feed, FormatId, Piece, Portion, ReadOptions};
use ripsaw::table::{Dictionaries, LinesBuilder, MessageAnsi, expand, lines_schema};

use crate::convert::{Folder, Format, Setup, convert_scan, open, read_back};
use crate::oracle::Row;
use crate::program;
use crate::readback;

/// Formats whose lines may continue a record, and lines of them: records, then others.
const LINES: [(&str, &[&str]); 12] = [
    (
        "stamped",
        &[
            "2026-03-09 10:00:00,123 ERROR [main] failed",
            "2026-03-09T10:00:01Z INFO \u{1b}[32mok\u{1b}[0m",
            "2026-03-09T10:00:02Z\tINFO\tmain\tstarted\t{\"port\":80}",
        ],
    ),
    (
        "github",
        &["2026-03-09T09:12:13.6770156Z ##[error]failed", "2026-03-09T09:12:14.0000000Z run"],
    ),
    ("azure", &["2026-03-09T09:12:13.6770156Z ##[section]Starting: a"]),
    (
        "firstgen",
        &[
            "INFO   2020-06-05T20:50:58.752+0000   begin",
            "null   2020-06-05T20:50:58.760+0000   text",
        ],
    ),
    (
        "apify",
        &[
            "2026-03-09T10:00:00.123Z ERROR PlaywrightCrawler: failed {\"id\":1}",
            "2026-03-09T10:00:00.124Z     at run (main.js:1:2)",
            "2026-03-09T10:00:00.125Z ",
            "2026-03-09T10:00:00.126Z {\"level\":\"INFO\",\"msg\":\"\",\"id\":3}",
        ],
    ),
    ("access", &["10.0.0.1 - - [09/Mar/2026:10:00:00 +0100] \"GET / HTTP/1.1\" 500 12"]),
    ("clock", &["10:00:00.123 ERROR [main] failed", "[23:00:01] INFO ok", "01:00:00 2026-03-09"]),
    (
        "klog",
        &[
            "E20260309 10:00:00.123456   12345 server.go:412] failed",
            "I20260309 10:00:01.000001   12345 server.go:7] ",
        ],
    ),
    (
        "syslog",
        &[
            "2026-03-09T10:00:00.123456+01:00 web1 systemd[1]: Started shop.service.",
            "<165>1 2026-03-09T10:00:00.003Z web1 shop 17 ID47 - ",
        ],
    ),
    // By regular expressions.
    (
        "taskcluster",
        &[
            "[taskcluster:error] exit status 1",
            "[task 2026-03-09T10:00:03.047+00:00] \u{1b}[32mok\u{1b}[0m",
            "[vcs 2026-03-09T10:00:03.000000Z] ",
        ],
    ),
    (
        "zuul",
        &["2026-03-09 10:00:05.000000 | node-1 | ERROR", "2026-03-09 10:00:06.000000 | TASK [a]"],
    ),
    (
        "buildkite",
        &[
            "\u{1b}_bk;t=1773047546123\u{7}$ make",
            "\u{1b}_bk;t=1773047547000\u{7}fetch 10%\rfetch 100%",
        ],
    ),
];

/// Lines that continue a record, or belong to none.
const OTHERS: [&str; 10] = [
    "The Above Log Message Has Been Truncated Due To Size Limit",
    "\tat java.base/java.lang.Thread.run(Thread.java:840)",
    "Caused by: \u{1b}[31mIOException\u{1b}[0m: no",
    "",
    "  \t",
    "{\"a\":1}",
    "caf\u{e9} \u{1f600}",
    "half drawn\rdrawn",
    "x",
    "...(log truncated)",
];

fn text(random: &mut fastrand::Rng, records: &[&str], lines: usize) -> Vec<u8> {
    let mut text = Vec::new();
    let share = random.usize(1..8);
    for _ in 0..lines {
        match random.usize(0..40) {
            0 => text.extend_from_slice(b"not \xff UTF-8"),
            1 => text.extend_from_slice("long ".repeat(random.usize(1..60)).as_bytes()),
            2 => text.extend_from_slice(&b"           "[..random.usize(0..11)]),
            _ if random.usize(0..8) < share => {
                text.extend_from_slice(random.choice(OTHERS).unwrap().as_bytes());
            }
            _ => text.extend_from_slice(random.choice(records).unwrap().as_bytes()),
        }
        text.extend_from_slice(if random.u8(0..9) == 0 { b"\r\n" } else { b"\n" });
    }
    if random.bool() {
        text.pop();
    }
    text
}

/// What is to come of rows without `--join`, of one text.
fn joined(
    rows: &[Row],
    text: &[u8],
    (format, records): (&str, &[&str]),
    max_line: usize,
) -> Vec<Row> {
    let mut ends = Vec::new();
    let mut start = 0;
    for line in text.split(|&byte| byte == b'\n') {
        ends.push((start, start + line.len()));
        start += line.len() + 1;
    }
    let place = |line: i64| ends[line as usize - 1];
    let mut all: Vec<Row> = Vec::new();
    // Number of the last line of the last row, whose record it is of.
    let (mut last, mut is_of_record, mut has_record) = (0, false, false);
    for row in rows {
        let is_marked =
            row.extra.as_deref().is_some_and(|extra| extra.contains("\"continued\":true"));
        // In klog and syslog nothing marks a line of text but that it has nothing else.
        let is_of_keys = matches!(format, "klog" | "syslog");
        let is_text =
            is_of_keys && row.timestamp.is_none() && row.extra.is_none() && row.error.is_none();
        let continues = is_marked || is_text && has_record;
        let (start, end) = place(row.line);
        let line = text[start..end].strip_suffix(b"\r").unwrap_or(&text[start..end]);
        // One that is too long may be continued, too, though not its row.
        has_record |= records.iter().any(|record| record.as_bytes() == line);
        if let Some(before) = all.last_mut().filter(|_| continues && is_of_record)
            && place(row.line).1 - place(before.line).0 <= max_line
        {
            let message = before.message.get_or_insert_default();
            message.push_str(&"\n".repeat((row.line - last) as usize));
            message.push_str(row.message.as_deref().unwrap());
        } else {
            is_of_record = row.error.is_none() && has_record;
            all.push(row.clone());
        }
        last = row.line;
    }
    all
}

/// Decodes texts in pieces, as the pipeline does.
struct Pieces {
    piece: Piece,
    dictionaries: Dictionaries,
}

impl Pieces {
    fn new(folder: &Folder) -> Self {
        let file = folder.file("any.log", b"a\n");
        let scan = Scan::open([&file]).unwrap();
        let mut feed = Feed::new(Arc::clone(scan.catalog()), Arc::default(), 0..1);
        let mut portion = Portion::new();
        feed.fill(&mut portion);
        Self { piece: portion.pieces()[0].clone(), dictionaries: Dictionaries::new(scan.catalog()) }
    }

    fn rows(
        &mut self,
        format: FormatId,
        text: &[u8],
        (join, max_line): (bool, usize),
        step: &mut dyn FnMut() -> usize,
    ) -> Vec<Row> {
        let mut decoder = Decoder::new(Settings { max_line, join, ..Settings::default() });
        let mut rows = LinesBuilder::new(MessageAnsi::Strip, false);
        let mut framing = format.framing();
        if join {
            framing.join(max_line);
        }
        let (mut start, mut end, mut first_line) = (0, 0, 1);
        while end < text.len() {
            end = text.len().min(end + step());
            let context = framing.context();
            let part = &text[start..end];
            let is_long = part.len() > max_line;
            let is_last = end == text.len();
            let cut = if is_last { None } else { framing.cut(part, is_long) };
            // What is longer than a row may be can be cut, unless it is one line.
            assert!(is_last || cut.is_some() || !is_long || !part.contains(&b'\n'), "{part:?}");
            let (part, ending) = match cut {
                Some(cut) => (&part[..cut], Ending::More),
                None if is_last => (part, Ending::Whole),
                None => continue,
            };
            let piece = &mut self.piece;
            (piece.first_line, piece.offset) = (first_line, start as u64);
            (piece.ending, piece.format, piece.context) = (ending, format, context);
            decoder.decode(piece, part, &mut rows);
            start += part.len();
            first_line += part.iter().filter(|&&byte| byte == b'\n').count() as i64;
        }
        let batch = rows.finish(&self.dictionaries).batch;
        let batch = expand(&batch, &lines_schema()).unwrap();
        readback::rows(&batch)
    }
}

/// Texts in pieces of any sizes.
#[test]
fn rows_are_those_of_lines_put_together() {
    let folder = Folder::new();
    let mut pieces = Pieces::new(&folder);
    let mut random = fastrand::Rng::with_seed(5);
    for round in 0..400 {
        let (name, records) = random.choice(LINES).unwrap();
        let format = FormatId::named(name).unwrap();
        let lines = random.usize(1..40);
        let text = text(&mut random, records, lines);
        let max_line = random.choice([60, 100, 250, 64 << 20]).unwrap();
        let of_lines = pieces.rows(format, &text, (false, max_line), &mut || text.len());
        let expected = joined(&of_lines, &text, (name, records), max_line);
        for largest in [usize::MAX, 5, 40, 300] {
            let mut step = || random.usize(1..=largest.min(text.len()));
            let rows = match largest {
                usize::MAX => pieces.rows(format, &text, (true, max_line), &mut || text.len()),
                _ => pieces.rows(format, &text, (true, max_line), &mut step),
            };
            let shown = String::from_utf8_lossy(&text);
            for (row, expected) in rows.iter().zip(&expected) {
                assert_eq!(row, expected, "{round} {name} {max_line} {largest}\n{shown}");
            }
            assert_eq!(rows.len(), expected.len(), "{round} {name} {max_line} {largest}\n{shown}");
        }
    }
}

fn setup(max_line: usize, join: bool, threads: usize) -> Setup {
    let read = ReadOptions { max_line, join, ..ReadOptions::default() };
    Setup { read, threads, ..Setup::default() }
}

fn rows_of(input: &Path, setup: Setup) -> Vec<Row> {
    let scan = open(input, None, setup).unwrap();
    read_back(&convert_scan(&scan, Format::ArrowStream, setup).unwrap().bytes, Format::ArrowStream)
}

/// Files of all these formats, of about so many lines.
fn files(random: &mut fastrand::Rng, most: usize) -> Vec<(String, Vec<u8>)> {
    let files = LINES.iter().filter(|(name, _)| *name != "azure").map(|(name, records)| {
        let path = match *name {
            "github" => "github/job/2_Run.txt".to_owned(),
            "apify" => "runs/HG7ML7M8z78YcAPEB.log".to_owned(),
            _ => format!("{name}.log"),
        };
        // What says the format comes first.
        let mut bytes = format!("{}\n", records[0]).repeat(400).into_bytes();
        let lines = random.usize(most / 2..most);
        bytes.extend(text(random, records, lines));
        (path, bytes)
    });
    let mut files: Vec<_> = files.collect();
    files.sort();
    files
}

/// Trees and archives, of any number of threads.
#[test]
fn files_in_portions() {
    let folder = Folder::new();
    let mut random = fastrand::Rng::with_seed(9);
    for (round, max_line) in [(0, 400), (1, 64 << 20)] {
        let files = files(&mut random, 30_000);
        let tree = folder.tree(&format!("tree{round}"), &files);
        let zip = folder.zip(&format!("bundle{round}.zip"), &files);
        let lines = rows_of(&tree, setup(max_line, false, 2));
        let expected: Vec<Row> = lines
            .chunk_by(|one, next| one.file == next.file)
            .flat_map(|rows| {
                let place = files.iter().position(|(path, _)| *path == rows[0].file).unwrap();
                let (_, text) = &files[place];
                let records = LINES.iter().find(|(_, lines)| text.starts_with(lines[0].as_bytes()));
                joined(rows, text, *records.unwrap(), max_line)
            })
            .collect();
        assert!(expected.len() + 10_000 < lines.len());
        for (input, threads) in [(&tree, 1), (&tree, 3), (&zip, 2), (&zip, 4)] {
            let mut rows = rows_of(input, setup(max_line, true, threads));
            rows.iter_mut().for_each(|row| row.bundle.clone_from(&expected[0].bundle));
            // One after the other: all of them are too long to be shown.
            for (row, expected) in rows.iter().zip(&expected) {
                assert_eq!(row, expected, "{max_line} {threads}");
            }
            assert_eq!(rows.len(), expected.len());
        }
    }
}

/// All rows that are wanted, with or without an index.
fn answer(
    input: &Path,
    join: bool,
    index: IndexPolicy,
    selection: &Selection,
) -> (RecordBatch, bool) {
    let read = ReadOptions { join, ..ReadOptions::default() };
    let options = ScanOptions { read, index, ..ScanOptions::default() };
    let scan = Scan::open_with([input], options).unwrap().select(selection.clone());
    let has_index = scan.pruned(false).is_some();
    let mut batches = scan.batches().unwrap();
    let schema = batches.schema();
    let all: Vec<RecordBatch> = batches.by_ref().map(Result::unwrap).collect();
    (concat_batches(&schema, &all).unwrap(), has_index)
}

#[test]
fn an_index_answers_for_the_rows_that_it_was_made_of() {
    let folder = Folder::new();
    let mut random = fastrand::Rng::with_seed(3);
    let files = files(&mut random, 10_000);
    let inputs: [PathBuf; 2] = [folder.tree("tree", &files), folder.zip("bundle.zip", &files)];
    for input in &inputs {
        let options = [false, true].map(|join| ScanOptions {
            read: ReadOptions { join, ..ReadOptions::default() },
            ..ScanOptions::default()
        });
        for made_with in options {
            let made_join = made_with.read.join;
            Scan::open_with([input], made_with).unwrap().build_indexes(true, &mut ()).unwrap();
            for pattern in ["Thread.*\\n.*Caused", "failed\\n", "no such text", "drawn"] {
                let matcher = Matcher::new(&[pattern.to_owned()], PatternOptions::default());
                let matcher = Some(Arc::new(matcher.unwrap()));
                let selection = Selection { matcher, ..Selection::default() };
                for join in [false, true] {
                    let (plain, _) = answer(input, join, IndexPolicy::Never, &selection);
                    let (indexed, is_used) = answer(input, join, IndexPolicy::Beside, &selection);
                    assert_eq!(plain, indexed, "{pattern} {join}");
                    assert_eq!(is_used, join == made_join, "{pattern} {join}");
                    let is_over_lines = pattern.contains("\\n");
                    assert_eq!(plain.num_rows() > 0, pattern == "drawn" || is_over_lines && join);
                }
            }
        }
    }
}

fn run(folder: &Folder, arguments: &[&str]) -> String {
    let mut command = program::ripsaw();
    let output: Output = command.args(arguments).current_dir(folder.path("")).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_commands() {
    let folder = Folder::new();
    let text = "banner\n\
                2026-03-09 10:00:00 ERROR failed\n\
                \tat a\r\n\
                \n\
                Caused by: b\n\
                \n\
                2026-03-09 10:00:01 INFO ok\n\
                2026-03-09 10:00:02 INFO ok\n";
    folder.file("a.log", text.as_bytes());
    folder.file("b.ndjson", b"{\"message\":\"failed\"}\n{\"message\":\"at a\"}\n");
    let record = "2026-03-09 10:00:00 ERROR failed\n\tat a\r\n\nCaused by: b\n";
    let joined = run(&folder, &["cat", "--raw", "--join", "--level", "ERROR", "a.log"]);
    assert_eq!(joined, record);
    // A pattern may match over lines.
    let found = ["grep", "(?s)at a.*by: b", "--join", "a.log", "--raw", "-b", "-n"];
    assert_eq!(run(&folder, &found), format!("a.log:2:7:{record}"));
    let rows = ["convert", "--join", "-q", "-o", "-", "--to", "ndjson", "--omit-nulls", "a.log"];
    let rows = run(&folder, &rows);
    let rows: Vec<serde_json::Value> =
        rows.lines().map(|row| serde_json::from_str(row).unwrap()).collect();
    let of = |key: &str| rows.iter().map(|row| row[key].clone()).collect::<Vec<_>>();
    assert_eq!(
        of("message"),
        ["banner", "ERROR failed\n\tat a\n\nCaused by: b", "INFO ok", "INFO ok"]
    );
    assert_eq!(of("line"), [1, 2, 7, 8]);
    // A receipt knows of each line where it is.
    let receipt = ["convert", "--join", "-q", "-o", "a.csv", "--report", "r.json", "a.log"];
    run(&folder, &receipt);
    let receipt = std::fs::read_to_string(folder.path("r.json")).unwrap();
    let receipt: serde_json::Value = serde_json::from_str(&receipt).unwrap();
    assert_eq!(receipt["totals"]["unaccounted_lines"], 0, "{receipt}");
    // JSON is as ever.
    let plain = run(&folder, &["cat", "b.ndjson"]);
    assert_eq!(run(&folder, &["cat", "--join", "b.ndjson"]), plain);
    assert_eq!(plain.lines().count(), 2);
}
