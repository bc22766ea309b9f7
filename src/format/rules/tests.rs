//! What ships is what it says.

use super::definition;
use super::rule::Rule;

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
        Rule::new(own).check().unwrap_or_else(|cause| panic!("{name}: {cause}"));
    }
}
