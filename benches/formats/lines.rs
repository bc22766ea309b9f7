//! Files of formats whose rows are lines, each with a text of its own.

use ripsaw::record::ansi;
use serde_json::json;

use super::{Answer, File, Record};

/// Rows and bytes of these messages.
fn of_messages<'m>(messages: impl Iterator<Item = &'m str>) -> Answer {
    messages.fold((0, 0), |(rows, bytes), text| (rows + 1, bytes + ansi::strip(text).len()))
}

pub(super) fn files(records: &[Record]) -> Vec<File> {
    let texts: Vec<(&Record, &str)> = records
        .iter()
        .flat_map(|record| record.message.split('\n').map(move |text| (record, text)))
        .filter(|(_, text)| !text.contains('\r') && !text.trim().is_empty())
        .collect();
    let answer = || of_messages(texts.iter().map(|(_, text)| *text));
    let each = |write: &dyn Fn(usize, &Record, &str) -> String| -> Vec<u8> {
        let all = texts.iter().enumerate();
        all.flat_map(|(at, (record, text))| (write(at, record, text) + "\n").into_bytes()).collect()
    };
    // A stage, step or group has so many lines.
    let step = |at: usize| at / 500;
    let mut files = vec![
        File {
            format: "gitlab",
            name: "gitlab",
            text: each(&|at, record, text| {
                let stream = if at % 7 == 0 { 'E' } else { 'O' };
                format!("{}123Z 01{stream} {text}", &record.time[..23])
            }),
            answer: answer(),
        },
        File {
            format: "gh",
            name: "gh",
            text: each(&|at, record, text| {
                format!("build\tRun step {}\t{}4000Z {text}", step(at), &record.time[..23])
            }),
            answer: answer(),
        },
        File {
            format: "buildkite",
            name: "buildkite",
            text: each(&|at, _, text| format!("\u{1b}_bk;t={}\u{7}{text}", 1_773_047_546_123 + at)),
            answer: answer(),
        },
        File {
            format: "syslog",
            name: "syslog",
            text: each(&|at, record, text| {
                let clock = &record.time[11..19];
                format!("Mar  9 {clock} web-{} shop[{}]: {text}", at % 3, 800 + at % 50)
            }),
            answer: answer(),
        },
        File {
            format: "klog",
            name: "klog",
            text: each(&|at, record, text| {
                let clock = &record.time[11..23];
                format!("I0309 {clock}123   {} server.go:{}] {text}", 12_345, at % 500)
            }),
            answer: answer(),
        },
        File {
            format: "logfmt",
            name: "logfmt",
            text: each(&|at, record, text| {
                let text = text.replace('\\', "\\\\").replace('"', "\\\"");
                let (time, level) = (&record.time, record.level.to_lowercase());
                format!("ts={time} level={level} component=tsdb request={at} msg=\"{text}\"")
            }),
            answer: answer(),
        },
        File {
            format: "csv",
            name: "csv",
            text: [
                b"Date,Host,Service,Level,Message\n".to_vec(),
                each(&|_, record, text| {
                    let text = match text.contains([',', '"']) {
                        true => format!("\"{}\"", text.replace('"', "\"\"")),
                        false => text.to_owned(),
                    };
                    format!("{},web-1,shop,{},{text}", record.time, record.level)
                }),
            ]
            .concat(),
            answer: answer(),
        },
        File {
            format: "prefixed",
            name: "prefixed text",
            text: each(&|at, record, text| {
                format!("web-{}  | {} shop: {text}", at % 3, record.time)
            }),
            answer: (texts.len(), answer().1 + texts.len() * "shop: ".len()),
        },
        File {
            format: "prefixed",
            name: "prefixed",
            text: records
                .iter()
                .enumerate()
                .flat_map(|(at, record)| {
                    let object = json!({ "level": record.level, "time": record.time, "pid": 657,
                        "reqId": "r-123", "msg": record.message });
                    format!("web-{}  | {object}\n", at % 3).into_bytes()
                })
                .collect(),
            answer: super::of_records(records),
        },
    ];
    // Each level's length, with the blank after it.
    let levels = texts.iter().map(|(record, _)| record.level.len() + 1).sum::<usize>();
    files.push(File {
        format: "clock",
        name: "clock",
        text: each(&|_, record, text| format!("{} {} {text}", &record.time[11..23], record.level)),
        answer: (texts.len(), answer().1 + levels),
    });
    // By regular expressions.
    files.push(File {
        format: "taskcluster",
        name: "taskcluster",
        text: each(&|_, record, text| format!("[task {}] {text}", record.time)),
        answer: answer(),
    });
    files.push(File {
        format: "zuul",
        name: "zuul",
        text: [
            b"2026-03-09 10:00:00.123456 | Job console starting\n".to_vec(),
            each(&|at, record, text| {
                let time = record.time.replace('T', " ").replace('Z', "000");
                format!("{time} | node-{} | {text}", at % 3)
            }),
        ]
        .concat(),
        answer: (texts.len() + 1, answer().1 + "Job console starting".len()),
    });
    files.push(File {
        format: "woodpecker-exec",
        name: "woodpecker-exec",
        text: each(&|at, _, text| format!("[build/step-{}:L{}:7s] {text}", step(at), at % 500)),
        answer: answer(),
    });
    files.push(jenkins(&texts));
    files
}

/// A pipeline of many stages.
fn jenkins(texts: &[(&Record, &str)]) -> File {
    let (mut lines, mut messages) = (Vec::new(), Vec::new());
    for (number, stage) in texts.chunks(500).enumerate() {
        for mark in ["stage".to_owned(), format!("{{ (Stage {number})")] {
            messages.push(format!("[Pipeline] {mark}"));
            lines.push(format!("[Pipeline] {mark}"));
        }
        for (record, text) in stage {
            lines.push(format!("[{}] {text}", record.time));
            messages.push((*text).to_owned());
        }
        lines.push("[Pipeline] }".to_owned());
        messages.push("[Pipeline] }".to_owned());
    }
    let text = (lines.join("\n") + "\n").into_bytes();
    let answer = of_messages(messages.iter().map(String::as_str));
    File { format: "jenkins", name: "jenkins", text, answer }
}
