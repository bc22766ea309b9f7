//! Lines with their structure broken at random: no word of them vanishes, whatever becomes of the line.

use std::collections::HashSet;

use fastrand::Rng;
use memchr::memmem;

use crate::convert::Folder;

/// Lines whose words occur once.
struct Lines {
    rng: Rng,
    words: usize,
}

/// What breaks JSON, quotes and stamps.
const BREAKS: [&str; 26] = [
    "\\ud83d", "\"", "{", "}", "[", "]", ",", ":", "\\", "1e999", "\u{1}", "\t", "\u{feff}",
    "null", " ", "\\u00", "-", "{}", "[]", "{\"", "\"}", "\\n", "=", "|", "(", "\0",
];

impl Lines {
    /// `~` stands for a word, `$` for any value.
    fn fill(&mut self, template: &str) -> String {
        let mut line = String::new();
        let mut rest = template;
        while let Some(at) = rest.find(['~', '$']) {
            line.push_str(&rest[..at]);
            match rest.as_bytes()[at] {
                b'~' => line.push_str(&self.word()),
                _ => line.push_str(&self.value()),
            }
            rest = &rest[at + 1..];
        }
        line + rest
    }

    fn word(&mut self) -> String {
        self.words += 1;
        format!("q{:06}z", self.words)
    }

    fn value(&mut self) -> String {
        let template = match self.rng.u8(0..8) {
            0 => "null",
            1 => "-17.5",
            2 => "[\"~\",[\"~\"]]",
            3 => "{\"a\":\"~\",\"b\":{\"c\":\"~\"}}",
            4 => "\"~ \\n \\u00e9 ~\"",
            _ => "\"~\"",
        };
        self.fill(template)
    }

    fn line(&mut self, templates: &[&str]) -> String {
        let template = templates[self.rng.usize(0..templates.len())];
        let mut line = self.fill(template);
        for _ in 0..self.rng.u8(0..4) {
            self.damage(&mut line);
        }
        line
    }

    /// Adds, replaces or removes something between words.
    fn damage(&mut self, line: &mut String) {
        let at = self.rng.usize(0..=line.len());
        if !line.is_char_boundary(at) {
            return;
        }
        let is_of_word = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
        let next = line[at..].chars().next();
        let is_within = is_of_word(line[..at].chars().next_back()) && is_of_word(next);
        let broken = BREAKS[self.rng.usize(0..BREAKS.len())];
        match self.rng.u8(0..3) {
            _ if is_within => {}
            0 => line.insert_str(at, broken),
            kind if next.is_some() && !is_of_word(next) => {
                line.remove(at);
                if kind == 1 {
                    line.insert_str(at, broken);
                }
            }
            _ => {}
        }
    }
}

/// Formats, and what their lines are like. What is joined to the row before is the same in all lines of Docker.
const FORMATS: [(&str, &[&str]); 12] = [
    (
        "ndjson",
        &[
            r#"{"msg":"~","level":"info","x":$}"#,
            r#"{"g":$,"events":[{"k":$,"j":$},{"k":$}],"h":$}"#,
            r#"{"items":[{"k":$}],"h":$}"#,
            r#"{"resourceLogs":[{"resource":{"a":"~"},"scopeLogs":[{"scope":{"n":"~"},"logRecords":[{"k":$},{"k":$}]}]},{"resource":$,"scopeLogs":[{"logRecords":[{"k":$}]}]}]}"#,
            r#"{"msg":"~"}{"msg":"~","x":$}, {"msg":"~"}"#,
            r#"data: {"msg":"~","x":$}"#,
            r#"{"a":"~","a":"~","_duplicates":$,"c":$}"#,
            r#"text ~ and {"msg":"~"}"#,
            r#"{"time":"~","level":{"x":"~"},"message":$,"args":$}"#,
        ],
    ),
    (
        "harness",
        &[
            r#"{"level":"INFO","pos":7,"out":"~ ~","time":"2026-03-09T10:00:00.1Z","args":{"a":"~"},"x":$}"#,
        ],
    ),
    (
        "docker",
        &[
            r#"{"log":"~\n","stream":"stdout","time":"2026-03-09T10:00:00.1Z"}"#,
            r#"{"log":"part ~","stream":"stderr","time":"2026-03-09T10:00:00.1Z"}"#,
            r#"{"log":"{\"msg\":\"~\",\"x\":[\"~\"]}\n","stream":"stderr","time":"2026-03-09T10:00:00.1Z"}"#,
        ],
    ),
    (
        "deepset",
        &[
            r#"{"log_id":"~","logged_at":"2026-03-09T09:12:00Z","message":"~","origin":"~","exceptions":$,"z":$}"#,
        ],
    ),
    (
        "json",
        &[
            r#"{"msg":"~","x":$},"#,
            r#"{"g":$,"events":[{"k":$},{"k":$}],"h":$},"#,
            "{\"msg\":\n\"~\",\n\"x\":$\n},",
        ],
    ),
    ("logfmt", &[r#"level=info time=2026-03-09T10:00:00Z msg="~ \"~\"" k=~ j={"a":"~"}"#]),
    (
        "syslog",
        &[r#"<34>1 2026-03-09T10:00:00Z ~ ~ 12 ID~ [ex@1 a="~" b="~\]"] msg ~ {"msg":"~","x":$}"#],
    ),
    ("prefixed", &[r#"web-1  | {"msg":"~","x":$}"#, "web-1  | ~ ~"]),
    (
        "cri",
        &[
            r#"2026-03-09T10:00:00.123456789Z stdout F x ~ {"msg":"~"}"#,
            "2026-03-09T10:00:00.123456789Z stderr P x ~",
        ],
    ),
    ("apify", &[r#"2026-03-09T10:00:00.123Z INFO  ~ {"k":$,"j":$}"#]),
    ("klog", &[r#"I0309 10:00:00.123456    1 ~.go:12] ~ k="~""#]),
    (
        "stamped",
        &[r"2026-03-09 10:00:00,123 [~] INFO c.~ - ~", r#"2026-03-09T10:00:00Z INFO ~ {"k":$}"#],
    ),
];

#[test]
fn no_word_of_a_broken_line_vanishes() {
    let folder = Folder::new();
    let times: u64 = std::env::var("RIPSAW_DIFFERENTIAL").map_or(1, |times| times.parse().unwrap());
    for (format, templates) in FORMATS {
        for seed in 0..5 * times {
            let mut lines = Lines { rng: Rng::with_seed(seed), words: 0 };
            let all: Vec<String> = (0..300).map(|_| lines.line(templates)).collect();
            let text = match format {
                "json" => format!("[\n{}\n{{}}]\n", all.join("\n")),
                _ => all.join("\n"),
            };
            let file = folder.file("file.log", text.as_bytes());
            for join in [&[][..], &["--join"]] {
                let mut command = crate::program::ripsaw();
                command.args(["convert", "-q", "-o", "-", "--to", "ndjson", "--ansi", "keep"]);
                let output =
                    command.args(["--format", format]).args(join).arg(&file).output().unwrap();
                assert!(matches!(output.status.code(), Some(0 | 2)), "{format} {seed}");
                let read: HashSet<&[u8]> = words(&output.stdout).collect();
                let lost: Vec<&String> = all
                    .iter()
                    .filter(|line| words(line.as_bytes()).any(|word| !read.contains(word)))
                    .collect();
                assert!(lost.is_empty(), "{format} {seed} {join:?}: {lost:#?}");
            }
        }
    }
}

fn words(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    memmem::find_iter(text, "q").filter_map(|at| {
        let word = text.get(at..at + 8)?;
        (word[7] == b'z' && word[1..7].iter().all(u8::is_ascii_digit)).then_some(word)
    })
}
