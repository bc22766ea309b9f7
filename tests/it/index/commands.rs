//! Whole commands print the same with an index as without.

use std::fs;
use std::path::PathBuf;

use super::{index, inputs};
use crate::command::{Folder as Place, without_times};
use crate::convert::Folder;

/// Commands without their inputs.
const COMMANDS: &[&str] = &[
    "grep -c error",
    "grep -c '' --level ERROR+",
    "grep -c '' --since 2026-03-09 --until 2026-03-10",
    "grep -c '' --level WARN --since 2026-03-09T10:00 --until 2026-03-09T10:20",
    "grep -l '' --level FATAL",
    "grep -L '' --level ERROR",
    "grep -L failed",
    "grep -l 'connection refused'",
    "grep --count-matches e --level ERROR",
    "grep -c '' -m 3",
    "grep -c '' -v",
    "grep -n -b failed",
    "grep -B2 -A3 fatal",
    "grep -C 1 --level FATAL ''",
    "grep -A 1 -n --level FATAL ''",
    "grep -B 5000 -n 'connection refused'",
    "grep -A 9000 -m 1 'connection refused'",
    "grep -C 3 --raw -b panicked --head 40",
    "grep -C 2 -n --since 2026-03-09T10:03 --until 2026-03-09T10:04 e",
    "grep -C 1 --sort time FATAL",
    "grep -m 2 -i FAILED",
    "grep -o 'ti[a-z]+ out'",
    "grep --count-by level ''",
    "grep --count-by level '' --level ERROR+",
    "grep --count-by stage,step '' --level ERROR",
    "grep --count-by hour ''",
    "grep --count-by day,level '' --level INFO",
    "grep --count-by file failed",
    "grep --json timed",
    "grep --any 404",
    "grep --field step build",
    "grep --raw error --level ERROR",
    "grep 'no such text anywhere'",
    "grep -q failed",
    "grep -q 'no such text anywhere'",
    "grep --sort time error",
    "cat --level FATAL",
    "cat --tail 7",
    "cat --tail 7000 -n",
    "cat --tail 3 --level ERROR",
    "cat --tail 5 --columns timestamp,file,message --until 2026-03-10",
    "cat --tail 2 --sort path",
    "cat --head 7 --level ERROR",
    "cat --sort time --tail 5 --level WARN+",
    "cat --sort time --tail 30",
    "cat --sort time --head 30",
    "cat --sort time --head 300 --level INFO --until 2026-03-10",
    "grep --sort time --tail 3 ''",
    "grep --sort time --head 3 --level ERROR+ ''",
    "grep --sort time --head 3 -m 1 e",
    "cat --count-by level,stage",
    "cat --since 2031-01-01",
    "ls",
    "ls --level ERROR+",
    "ls --json",
    "ls --formats",
    "ls --sort size --top 3",
    "convert -o - --to ndjson --level ERROR+",
    "convert -o - --to csv --since 2026-03-09T10:00 --until 2026-03-09T10:05",
    "convert -o - --to csv --table entries",
    "convert -o - --to csv --where \"level eq 'WARN'\" --level WARN",
    "cat --where \"level eq 'FATAL' and contains(message, 'e')\"",
    "cat --where \"level ge 'ERROR' or line lt 3\"",
    "cat --where \"not (level in ('INFO', 'DEBUG', 'WARN'))\"",
    "cat --where \"level eq null\"",
    "grep -c '' --where \"level ne 'INFO'\" --level INFO+",
];

#[test]
fn commands_print_the_same() {
    let folder = Folder::new();
    let place = Place::new();
    let mut hits = 0;
    for input in inputs(&folder) {
        index(&input);
        for command in COMMANDS {
            let words = shlex::split(command).unwrap();
            let run = |index: &[&str]| {
                let words = words.iter().map(String::as_str);
                let words: Vec<&str> =
                    words.chain(index.iter().copied()).chain([input.to_str().unwrap()]).collect();
                let said = place.run(&words);
                // The time that a search took is in its JSON.
                let text = said.text().lines().filter(|line| !line.contains("elapsed_total"));
                (said.code(), without_times(&said.stderr), text.collect::<Vec<_>>().join("\n"))
            };
            let (with, without) = (run(&[]), run(&["--no-index"]));
            assert_eq!(with, without, "{command} {input:?}");
            hits += usize::from(!without.2.is_empty());
        }
    }
    assert!(hits > 100, "{hits}");
}

/// Also where a part of the entries is searched, or rows in another order.
#[test]
fn indexes_that_other_commands_write_are_those_of_ripsaw_index() {
    const COMMANDS: &[&str] = &[
        "grep failed",
        "grep -c '' --level ERROR",
        "grep -C 1 fatal",
        "grep --any 404",
        "grep --raw -b e --level INFO",
        "grep build --file '*a*'",
        "grep 'no such text anywhere'",
        "cat --sort path --level WARN",
        "cat --columns message",
        "convert -o - --to csv",
        "convert -o - --to ndjson --keys columns",
        "convert -o - --to csv --table entries --report report.json",
        "convert -o - --to csv --since 2026-03-09T10:00 --ansi strip",
    ];
    let folder = Folder::new();
    let place = Place::new();
    for input in inputs(&folder) {
        index(&input);
        let path = match input.is_dir() {
            true => input.join(".ripsaw/index"),
            false => PathBuf::from(format!("{}.ripsaw", input.display())),
        };
        let own = fs::read(&path).unwrap();
        for command in COMMANDS {
            let words = shlex::split(command).unwrap();
            let run = |index: &str| {
                let words = words.iter().map(String::as_str);
                let words: Vec<&str> = words.chain([index, input.to_str().unwrap()]).collect();
                place.run(&words)
            };
            fs::remove_file(&path).unwrap();
            let (with, without) = (run("--index"), run("--no-index"));
            assert_eq!((with.code(), with.text()), (without.code(), without.text()), "{command}");
            assert!(with.stderr.contains("wrote"), "{command} {input:?}: {}", with.stderr);
            assert!(fs::read(&path).unwrap() == own, "{command} {input:?}");
        }
        // Nothing is written by a search that ends early, or if nothing is missing.
        assert!(
            !place
                .run(&["grep", "-c", "e", "--index", input.to_str().unwrap()])
                .stderr
                .contains("wrote")
        );
        fs::remove_file(&path).unwrap();
        let said = place.run(&["cat", "--head", "1", "--index", input.to_str().unwrap()]);
        assert_eq!(path.exists(), said.stderr.contains("wrote"), "{input:?}: {}", said.stderr);
        index(&input);
    }
}
