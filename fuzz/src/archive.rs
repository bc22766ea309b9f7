//! A zip: read mapped and by positioned reads, which never panic and agree.

use ripsaw::source::MapPolicy;

use crate::read::{Input, contents};

/// # Panics
/// Where they differ.
pub fn run(bytes: &[u8]) {
    let input = Input::new("logs.zip", bytes);
    let [mapped, read] = [MapPolicy::Always, MapPolicy::Never].map(|map| {
        let catalog = input.open(map)?;
        let problems: Vec<String> = catalog.problems.iter().map(ToString::to_string).collect();
        let paths: Vec<String> = catalog.entries.iter().map(|entry| entry.path.clone()).collect();
        Ok::<_, String>((contents(&catalog), problems, paths))
    });
    assert_eq!(mapped, read);
}
