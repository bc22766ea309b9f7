//! One core, from memory: files of every format to rows. All are written from the same messages.

mod lines;

use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use arrow::array::{Array, AsArray, StringArray};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use ripsaw::format::{Decoder, Settings};
use ripsaw::record::ansi;
use ripsaw::scan::Scan;
use ripsaw::source::{Feed, Portion};
use ripsaw::synth::Recipe;
use ripsaw::table::{Dictionaries, LinesBuilder, MessageAnsi};
use serde_json::{Value, json};

/// Rows, and bytes of their messages.
type Answer = (usize, usize);

/// A record of the generated bundle.
struct Record {
    level: String,
    /// RFC 3339 in UTC with milliseconds.
    time: String,
    /// Without a newline at its end.
    message: String,
}

fn records(bytes: u64) -> Vec<Record> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let recipe = Recipe { entries: 24, bytes, ..Recipe::default() };
    recipe.write_tree(folder.path()).expect("the bundle is written");
    let mut records = Vec::new();
    for file in walkdir::WalkDir::new(folder.path()).sort_by_file_name() {
        let file = file.expect("a file");
        if !file.file_type().is_file() {
            continue;
        }
        for line in std::fs::read_to_string(file.path()).expect("text").lines() {
            let value: Value = serde_json::from_str(line).expect("a record");
            let text = |key: &str| value[key].as_str().expect("a text").to_owned();
            let time = format!("{}.{:03}Z", &text("time")[..19], records.len() % 1000);
            let message = text("out").trim_end_matches('\n').to_owned();
            records.push(Record { level: text("level").to_uppercase(), time, message });
        }
    }
    records
}

/// A file of a format, and what it must give.
struct File {
    format: &'static str,
    name: &'static str,
    text: Vec<u8>,
    answer: Answer,
}

/// Rows of text: a row for every line of a message that is not blank, or for the first, which has a
/// stamp.
fn of_text(records: &[Record], stamped: bool) -> Answer {
    let mut answer = (0, 0);
    for record in records {
        for (number, line) in record.message.split('\n').enumerate() {
            let line = line.strip_suffix('\r').unwrap_or(line);
            let is_row = stamped && number == 0 || !line.trim_matches([' ', '\t']).is_empty();
            answer.0 += usize::from(is_row);
            answer.1 += if is_row { ansi::strip(line).len() } else { 0 };
        }
    }
    answer
}

fn of_records(records: &[Record]) -> Answer {
    let lengths = records.iter().map(|record| {
        let text = ansi::strip(&record.message).into_owned();
        text.strip_suffix("\r\n").or(text.strip_suffix('\n')).unwrap_or(&text).len()
    });
    (records.len(), lengths.sum())
}

/// As [`of_records`], where a message that is a JSON object gives its own message.
fn of_docker(records: &[Record]) -> Answer {
    let (count, mut bytes) = of_records(records);
    for record in records.iter().filter(|record| record.message.trim_start().starts_with('{')) {
        if let Ok(Value::Object(object)) = serde_json::from_str(&record.message) {
            let message = ["msg", "message"].iter().find_map(|key| object.get(*key)?.as_str());
            bytes -= of_records(std::slice::from_ref(record)).1;
            bytes += message.map_or(0, |message| ansi::strip(message).len());
        }
    }
    (count, bytes)
}

/// The lines of a message as the kubelet keeps them.
fn of_container(record: &Record) -> String {
    let line = |line: &str| format!("{} stdout F {line}\n", record.time);
    record.message.split('\n').map(line).collect()
}

/// A line of a web server.
fn of_server((number, record): (usize, &Record)) -> String {
    let (day, clock) = (&record.time[8..10], &record.time[11..19]);
    let status = [200, 200, 304, 404, 502][number % 5];
    format!(
        "10.0.{}.7 - - [{day}/Mar/2026:{clock} +0100] \"GET /api/v1/carts/{number}?page=2 HTTP/1.1\" {status} {} \"-\" \"curl/8.5.0\"\n",
        number % 250,
        record.message.len()
    )
}

/// A row for each line, and of one that is a JSON object its own message.
fn of_cri(records: &[Record]) -> Answer {
    let lines = records.iter().flat_map(|record| record.message.split('\n'));
    let lines = lines.map(|line| Record {
        level: String::new(),
        time: String::new(),
        message: line.strip_suffix('\r').unwrap_or(line).to_owned(),
    });
    of_docker(&lines.collect::<Vec<_>>())
}

fn files(records: &[Record]) -> Vec<File> {
    let lines = |write: &dyn Fn(&Record) -> String| -> Vec<u8> {
        records.iter().flat_map(|record| (write(record) + "\n").into_bytes()).collect()
    };
    let stamped = of_text(records, true);
    let whole = of_records(records);
    let word = |level: &str| match level {
        "TRACE" => "DEBUG".to_owned(),
        "DEBUG" | "INFO" | "WARN" | "ERROR" | "FATAL" => level.to_owned(),
        _ => "INFO".to_owned(),
    };
    let before = |record: &Record| word(&record.level).len() + " 1 --- ".len();
    let channel = |record: &Record| "production.: ".len() + word(&record.level).len();
    let deepset = |record: &Record| {
        json!({
            "log_id": format!("{:p}", record), "message": record.message,
            "logged_at": record.time, "level": record.level.to_lowercase(), "origin": "haystack",
            "exceptions": null, "extra_fields": { "dd.trace_id": "17110374009324833748" }
        })
    };
    let page = json!({ "data": records.iter().map(deepset).collect::<Vec<_>>(),
        "has_more": false, "total": records.len() });
    let number = |level: &str| match level {
        "TRACE" => 10,
        "DEBUG" => 20,
        "WARN" => 40,
        "ERROR" => 50,
        "FATAL" => 60,
        _ => 30,
    };
    let pino = |record: &Record| {
        json!({ "level": number(&record.level), "time": 1_709_980_000_123_i64, "pid": 657,
            "hostname": "worker-7", "reqId": "r-123", "msg": record.message })
    };
    vec![
        File {
            format: "text",
            name: "text",
            text: lines(&|record| record.message.clone()),
            answer: of_text(records, false),
        },
        File {
            format: "firstgen",
            name: "firstgen",
            text: lines(&|record| {
                let time = record.time.replace('Z', "+0000");
                format!("{}   {time}   {}", word(&record.level), record.message)
            }),
            answer: stamped,
        },
        File {
            format: "github",
            name: "github",
            text: lines(&|record| {
                let mark = if record.level == "ERROR" { "##[error]" } else { "" };
                format!("{}4000Z {mark}{}", &record.time[..23], record.message)
            }),
            answer: stamped,
        },
        File {
            format: "apify",
            name: "apify",
            text: lines(&|record| {
                format!("{} {:<5} {}", record.time, word(&record.level), record.message)
            }),
            answer: stamped,
        },
        File {
            format: "stamped",
            name: "stamped",
            text: lines(&|record| {
                let time = record.time.replace('Z', "+00:00");
                format!("{time} {:>5} 1 --- {}", word(&record.level), record.message)
            }),
            answer: (stamped.0, stamped.1 + records.iter().map(before).sum::<usize>()),
        },
        File {
            format: "stamped",
            name: "brackets",
            text: lines(&|record| {
                let time = record.time.replace(['T', 'Z'], " ");
                let level = word(&record.level);
                format!("[{}] production.{level}: {}", time.trim_end(), record.message)
            }),
            answer: (stamped.0, stamped.1 + records.iter().map(channel).sum::<usize>()),
        },
        File {
            format: "cri",
            name: "cri",
            text: records.iter().flat_map(|record| of_container(record).into_bytes()).collect(),
            answer: of_cri(records),
        },
        File {
            format: "access",
            name: "access",
            text: records.iter().enumerate().flat_map(|at| of_server(at).into_bytes()).collect(),
            answer: (
                records.len(),
                records.iter().enumerate().map(|at| of_server(at).len() - 1).sum(),
            ),
        },
        File {
            format: "ndjson",
            name: "ndjson",
            text: lines(&|record| pino(record).to_string()),
            answer: whole,
        },
        File {
            format: "docker",
            name: "docker",
            text: lines(&|record| {
                let log = format!("{}\n", record.message);
                let log = Value::from(log);
                format!("{{\"log\":{log},\"stream\":\"stdout\",\"time\":\"{}\"}}", record.time)
            }),
            answer: of_docker(records),
        },
        File {
            format: "json",
            name: "json",
            text: serde_json::to_vec_pretty(&records.iter().map(pino).collect::<Vec<_>>())
                .expect("JSON"),
            answer: whole,
        },
        File { format: "deepset", name: "deepset", text: page.to_string().into(), answer: whole },
    ]
}

fn portions(file: &Path) -> (Dictionaries, Vec<Portion>) {
    let scan = Scan::open([file]).expect("the file opens");
    let catalog = scan.catalog();
    let mut feed = Feed::new(Arc::clone(catalog), Arc::default(), 0..catalog.entries.len());
    let mut portions = Vec::new();
    while !feed.is_done() {
        let mut portion = Portion::new();
        feed.fill(&mut portion);
        portions.push(portion);
    }
    (Dictionaries::new(catalog), portions)
}

fn decode(
    portions: &[Portion],
    dictionaries: &Dictionaries,
    decoder: &mut Decoder,
    rows: &mut LinesBuilder,
) -> Answer {
    let mut answer = (0, 0);
    for portion in portions {
        for piece in portion.pieces() {
            decoder.decode(piece, portion.text(piece), rows);
        }
        let batch = rows.finish(dictionaries).batch;
        let messages: &StringArray = batch.column_by_name("message").expect("a column").as_string();
        let offsets = messages.value_offsets();
        answer.0 += messages.len();
        answer.1 += (offsets[messages.len()] - offsets[0]) as usize;
    }
    answer
}

#[expect(clippy::print_stdout, reason = "beside what criterion prints")]
fn formats(criterion: &mut Criterion) {
    let records = records(32 << 20);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let all = files(&records).into_iter().chain(lines::files(&records));
    for File { format, name, text, answer } in all {
        // The names that say whose the logs are: a step's, and an id as Apify's runs have.
        let file = match format {
            "github" => "2_Run tests.txt".to_owned(),
            // The day.
            "clock" => "shop-2026-03-09.log".to_owned(),
            _ => format!("{name}-6sOStSkN5Nfea7vRE.log"),
        };
        let path = folder.path().join(file);
        std::fs::write(&path, &text).expect("the file is written");
        let (dictionaries, portions) = portions(&path);
        let piece = &portions[0].pieces()[0];
        assert_eq!(piece.format.format().name, format);
        let settings = Settings { max_line: 64 << 20, ..Settings::default() };
        let mut decoder = Decoder::new(settings);
        let mut rows = LinesBuilder::new(MessageAnsi::Strip, false);
        let mut work = || decode(&portions, &dictionaries, &mut decoder, &mut rows);
        assert_eq!(work(), answer, "{name}");
        let mut group = criterion.benchmark_group("formats");
        group.throughput(Throughput::Bytes(text.len() as u64)).sample_size(10);
        // What the code does on a core that nobody disturbs, where criterion's median is of the machine.
        let mut fastest = Duration::MAX;
        group.bench_function(name, |bencher| {
            bencher.iter_custom(|passes| {
                let pass = || {
                    let start = Instant::now();
                    black_box(work());
                    let time = start.elapsed();
                    fastest = fastest.min(time);
                    time
                };
                std::iter::repeat_with(pass).take(passes as usize).sum()
            });
        });
        group.finish();
        if fastest < Duration::MAX {
            let speed = text.len() as f64 / fastest.as_secs_f64() / 1e9;
            println!("formats/{name:<15} fastest pass: {speed:.2} GB/s");
        }
    }
}

criterion_group!(benches, formats);
criterion_main!(benches);
