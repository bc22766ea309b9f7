//! What is published.

use std::process::Command;

/// The fuzz targets stand on a toolchain and a library that the package must not need.
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
        let outside = ["fuzz", ".ci", "target"].iter().any(|folder| file.starts_with(folder));
        assert!(!outside, "{file} is in the package");
    }
    let manifest = include_str!("../../Cargo.toml");
    assert!(!manifest.contains("libfuzzer") && !manifest.contains("[workspace]"));
}
