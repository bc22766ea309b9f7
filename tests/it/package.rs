//! What is published.

use std::process::Command;

/// The fuzz targets need a toolchain and a library that the package must not need.
#[test]
fn the_package_holds_the_sources_and_nothing_of_the_workshop() {
    let listed = Command::new(env!("CARGO"))
        .args(["package", "--list", "--allow-dirty", "--offline"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&listed.stderr);
    assert!(listed.status.success(), "{said}");
    let listed = String::from_utf8(listed.stdout).unwrap();
    let files: Vec<&str> = listed.lines().collect();
    assert!(files.contains(&"src/main.rs") && files.contains(&"Cargo.lock"), "{files:?}");
    for file in files {
        let outside = ["fuzz", "python", "crates", "tests", ".ci", "target"]
            .iter()
            .any(|folder| file.starts_with(folder));
        assert!(!outside, "{file} is in the package");
    }
    assert!(!include_str!("../../Cargo.toml").contains("libfuzzer"));
}

/// The crate that tests share is not published: the package must name it only where cargo leaves it out,
/// as a development dependency without a version.
#[test]
fn the_testkit_is_needed_by_tests_alone() {
    let manifest = include_str!("../../Cargo.toml");
    let (before, after) = manifest.split_once("[dev-dependencies]").unwrap();
    assert!(!before.contains("ripsaw-testkit") && after.contains("ripsaw-testkit = { path = "));
    let (members, _) = after.split_once("[features]").unwrap();
    let line = members.lines().find(|line| line.starts_with("ripsaw-testkit")).unwrap();
    assert!(!line.contains("version"), "{line}");
    assert!(include_str!("../../crates/testkit/Cargo.toml").contains("publish = false"));
}
