//! Whole commands print the same with an index as without.

use std::fs;
use std::path::PathBuf;

use super::{index, inputs};
use crate::command::{Folder as Place, without_times};
use crate::convert::{Folder, zipped};
use crate::formats::mixed;

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
    "cat --raw -b -n --level ERROR",
    "grep --head 0 '' --until 2026-03-09T09:30:00Z",
    "convert -o - --to csv --columns message --since 2031-01-01",
    "convert -o - --to ndjson --dedupe id --since 2031-01-01",
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

/// Counts, rejects and errors of a command are its own, whatever was read for an index before.
#[test]
fn what_an_index_needs_is_no_part_of_the_answer() {
    let files = mixed::files(4, 0, 300);
    let odd = |text: &str| text.repeat(40).into_bytes();
    let place = Place::new();
    let run = |words: &str| {
        let words = shlex::split(words).unwrap();
        place.run(&words.iter().map(String::as_str).collect::<Vec<_>>())
    };
    for (name, more) in [("a", "{\"msg\":\"one\"}\n{\"msg\n"), ("b", "{\"msg\":\"two\"}\n{\"x\n")] {
        let entries =
            [("svc/first.ndjson".to_owned(), odd(more)), ("svc/z.ndjson".to_owned(), odd(more))];
        let all: Vec<_> = entries.into_iter().chain(files.iter().cloned()).collect();
        fs::write(place.path().join(format!("{name}.zip")), zipped(&all)).unwrap();
    }
    fs::create_dir(place.path().join("tree")).unwrap();
    place.write("tree/old.log", "2026-03-09T10:00:00Z ERROR old\n");
    for command in [
        "grep -c '' a.zip b.zip tree --file '*.ndjson'",
        "grep -l '' a.zip b.zip tree --file '*.log'",
        "grep -c '' --sort path b.zip a.zip",
        "grep --count-by level '' a.zip b.zip --level ERROR+ --file 'svc/*'",
        "cat --count-by file a.zip tree",
        "convert -o - --to csv a.zip b.zip --file '*/z.ndjson' --rejects rejects.ndjson",
    ] {
        // Some have an index, and of the directory an older one.
        for known in ["", "a.zip", "b.zip tree"] {
            for name in ["a.zip.ripsaw", "b.zip.ripsaw", "tree/.ripsaw/index", "tree/new.log"] {
                let _ = fs::remove_file(place.path().join(name));
            }
            if !known.is_empty() {
                run(&format!("index -q {known}"));
            }
            place.write("tree/new.log", "2026-03-09T10:00:00Z ERROR new\n");
            let answer = |index: &str| {
                let said = run(&format!("{command} {index}"));
                let rejects = fs::read_to_string(place.path().join("rejects.ndjson"));
                (said.code(), said.text().to_owned(), rejects.unwrap_or_default())
            };
            let plain = answer("--no-index");
            assert_eq!(answer("--index"), plain, "{command} {known}");
            assert_eq!(answer(""), plain, "{command} {known}");
        }
    }
}

/// What is made anew because of damage is read whole, though the rest of the old one says what is in it.
#[test]
fn a_damaged_index_rules_nothing_out_of_the_next() {
    let folder = Folder::new();
    let place = Place::new();
    let input = inputs(&folder).swap_remove(0);
    index(&input);
    let path = format!("{}.ripsaw", input.display());
    let own = fs::read(&path).unwrap();
    let mut damaged = own.clone();
    damaged[own.len() / 3] ^= 0x10;
    fs::write(&path, &damaged).unwrap();
    let said = place.run(&[
        "grep",
        "--index",
        "-c",
        "failed",
        "--level",
        "ERROR",
        input.to_str().unwrap(),
    ]);
    assert!(said.stderr.contains("wrote"), "{}", said.stderr);
    assert!(fs::read(&path).unwrap() == own);
}

/// A shell's `*` names indexes, too.
#[test]
fn indexes_among_inputs_are_passed_by() {
    let place = Place::with_bundle(false);
    place.run(&["index", "logs.zip"]);
    let alone = place.run(&["grep", "-c", "line 7", "logs.zip"]);
    let both = place.run(&["grep", "-c", "line 7", "logs.zip", "logs.zip.ripsaw"]);
    assert_eq!((both.code(), both.text()), (alone.code(), alone.text()), "{}", both.stderr);
    assert_eq!(place.run(&["cat", "logs.zip.ripsaw"]).code(), 2);
}
