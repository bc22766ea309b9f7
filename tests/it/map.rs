//! The modules use only those above them in `lib.rs`.

use std::path::{Path, PathBuf};

pub(crate) fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

#[test]
fn imports_run_one_way() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let map = std::fs::read_to_string(src.join("lib.rs")).unwrap();
    let declared = map.lines().map(|line| line.strip_prefix("pub ").unwrap_or(line));
    let order: Vec<&str> =
        declared.filter_map(|line| line.strip_prefix("mod ")?.strip_suffix(';')).collect();
    assert!(order.len() > 8, "{order:?}");
    let mut uses = 0;
    for file in sources(&src) {
        let inside = file.strip_prefix(&src).unwrap().to_string_lossy().into_owned();
        let module = inside.split(['/', '.']).next().unwrap();
        let Some(place) = order.iter().position(|name| *name == module) else { continue };
        for (number, line) in std::fs::read_to_string(&file).unwrap().lines().enumerate() {
            for used in line.split("crate::").skip(1) {
                let used = used.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap();
                let above = order.iter().position(|name| *name == used);
                assert!(above.is_some_and(|at| at <= place), "{inside}:{}: {line}", number + 1);
                uses += 1;
            }
        }
    }
    assert!(uses > 40, "only {uses} uses were seen");
}
