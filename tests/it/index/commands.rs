//! Whole commands print the same with an index as without.

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
    "cat --count-by level,stage",
    "cat --since 2031-01-01",
    "ls",
    "ls --level ERROR+",
    "ls --json",
    "ls --sort size --top 3",
    "convert -o - --to ndjson --level ERROR+",
    "convert -o - --to csv --since 2026-03-09T10:00 --until 2026-03-09T10:05",
    "convert -o - --to csv --table entries",
    "convert -o - --to csv --where \"level eq 'WARN'\" --level WARN",
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
