//! What ships is what it says.

use super::definition::{self, Definition};
use super::rule::Rule;
use super::samples;

#[test]
fn formats_that_ship_give_the_rows_of_their_samples() {
    let all = definition::read("shipped.toml", include_str!("shipped.toml")).unwrap();
    let names: Vec<&str> = all.iter().map(|own| &*own.name).collect();
    let right = [
        "teamcity",
        "travis",
        "taskcluster",
        "zuul",
        "woodpecker",
        "woodpecker-exec",
        "drone",
        "argo",
        "tekton",
    ];
    assert_eq!(names, right);
    for own in all {
        let name = own.name.clone();
        assert!(own.samples.len() >= 2, "{name} has {} samples", own.samples.len());
        let rule = Rule::new(own);
        let checked = rule.check().and_then(|()| samples::check(&rule));
        checked.unwrap_or_else(|cause| panic!("{name}: {cause}"));
    }
}

/// What an expression says of a line is what its groups match, however it is compiled.
#[test]
fn groups_match_as_they_are_written() {
    let all = definition::read("shipped.toml", include_str!("shipped.toml")).unwrap();
    let others = [
        r"(?<level>\w+)(?:: |-)(?<message>.*)$",
        r"(?<level>\w*) ?(?<message>.*?)$",
        r"(?<level>a|ab)(?<step>c|bcd)?(?<message>.*)",
        r"(?<level>a*?)(?<message>.*)",
        r"(?s)(?<level>\S+) (?<msg>.*)\z",
        r"(?:(?<level>x)|y)(?<message>.+)",
    ];
    let lines = ["", "ab", "abcd", "abcde f", "x", "y ", "WARN: up", "WARN-up", "é: ü", "a b\rc"];
    let samples = all.iter().flat_map(|own| &own.samples).flat_map(|sample| sample.text.lines());
    let samples: Vec<&str> = samples.chain(lines).collect();
    let mut matches = 0;
    for pattern in all.iter().map(|own| &*own.regex).chain(others) {
        let rule = Rule::new(Definition { regex: pattern.to_owned(), ..Definition::default() });
        let expression = rule.expression().as_ref().unwrap();
        let plain = regex::Regex::new(pattern).unwrap();
        let mut room = expression.room();
        for line in &samples {
            let mut members = Vec::new();
            let own = expression.read(line, &mut room, &mut members);
            let found = plain.captures(line).filter(|found| found.get_match().start() == 0);
            // What follows a match belongs to the message that it ends with.
            let message = |found: &regex::Captures<'_>| {
                let group = found.name("message").or(found.name("msg"));
                group.map(|group| {
                    if group.end() == found.get_match().end() {
                        line[group.start()..].to_owned()
                    } else {
                        group.as_str().to_owned()
                    }
                })
            };
            assert_eq!(own.is_some(), found.is_some(), "{pattern} of {line:?}");
            assert_eq!(expression.is_match(line, &mut room), own.is_some());
            let (Some(own), Some(found)) = (own, found) else { continue };
            matches += 1;
            assert_eq!(Some(own.message.to_owned()), message(&found), "{pattern} of {line:?}");
            let text = |name: &str| found.name(name).map(|group| group.as_str());
            assert_eq!(
                (own.level, own.step, own.stage),
                (text("level"), text("step"), text("stage"))
            );
            assert_eq!(own.time, text("timestamp"));
            for (key, value) in members {
                assert!(key == "whole_line" || text(key) == Some(value), "{key} of {line:?}");
            }
        }
    }
    assert!(matches > 100, "{matches}");
}
