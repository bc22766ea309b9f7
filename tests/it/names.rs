//! Names of the library.

use std::collections::HashMap;
use std::path::Path;

use crate::map::sources;

/// No two public types of the library share a name.
#[test]
fn public_types_have_names_of_their_own() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut seen: HashMap<String, String> = HashMap::new();
    for file in sources(&src) {
        let inside = file.strip_prefix(&src).unwrap().to_string_lossy().into_owned();
        if inside.starts_with("cli") {
            continue;
        }
        for line in std::fs::read_to_string(&file).unwrap().lines() {
            let kinds = ["pub struct ", "pub enum ", "pub trait ", "pub type "];
            let Some(rest) = kinds.iter().find_map(|kind| line.strip_prefix(kind)) else {
                continue;
            };
            let name: String = rest.chars().take_while(|c| c.is_alphanumeric()).collect();
            if let Some(other) = seen.insert(name.clone(), inside.clone()) {
                panic!("{name} is in {other} and in {inside}");
            }
        }
    }
    assert!(seen.len() > 80, "only {} types were seen", seen.len());
}
