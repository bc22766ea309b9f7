//! A run whose files and folders are INPUTs of their own, as a shell's pattern names them.

use super::Folder;

/// Rows as stage, step and message, in any order.
fn rows(folder: &Folder, inputs: &[&str]) -> Vec<[String; 3]> {
    let run = folder.convert(inputs);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(run.stderr, "", "{inputs:?}");
    let text = |value: &serde_json::Value| value.as_str().unwrap_or("-").to_owned();
    let row = |row: &serde_json::Value| ["stage", "step", "message"].map(|name| text(&row[name]));
    let mut rows: Vec<_> = run.rows.iter().map(row).collect();
    rows.sort();
    rows
}

#[test]
fn files_of_a_run_beside_each_other_are_one_run() {
    let line = |second: u8, text: &str| format!("2026-03-09T09:12:{second:02}.0000000Z {text}\n");
    let folder = Folder::new();
    for (number, job) in ["build", "lint", "no steps"].into_iter().enumerate() {
        let steps = [
            ("1_Set up job", line(0, &format!("##[group]{job} begins"))),
            ("2_Run it", line(1, &format!("##[error]{job} fails"))),
        ];
        let whole = format!("{}{}{}", steps[0].1, steps[1].1, line(2, &format!("{job} ends")));
        folder.write(&format!("run/{number}_{job}.txt"), whole);
        for (step, text) in steps.iter().filter(|_| job != "no steps") {
            folder.write(&format!("run/{job}/{step}.txt"), text);
        }
    }
    let expected = rows(&folder, &["run"]);
    assert_eq!(expected.len(), 9);
    let of_folder =
        ["run/0_build.txt", "run/1_lint.txt", "run/2_no steps.txt", "run/build", "run/lint"];
    let of_files = [
        "run/0_build.txt",
        "run/1_lint.txt",
        "run/2_no steps.txt",
        "run/build/1_Set up job.txt",
        "run/build/2_Run it.txt",
        "run/lint/1_Set up job.txt",
        "run/lint/2_Run it.txt",
    ];
    let mut backwards = of_folder;
    backwards.reverse();
    assert_eq!(rows(&folder, &of_folder), expected);
    assert_eq!(rows(&folder, &backwards), expected);
    assert_eq!(
        rows(&folder, &of_folder.map(|input| format!("./{input}")).each_ref().map(|s| s.as_str())),
        expected
    );
    assert_eq!(rows(&folder, &of_files), expected);
    // A job alone, and its steps alone.
    let of_build = |rows: &[[String; 3]]| -> Vec<_> {
        rows.iter().filter(|row| row[0] == "build").cloned().collect()
    };
    assert_eq!(rows(&folder, &["run/build", "run/0_build.txt"]), of_build(&expected));
    let mut steps = of_build(&expected);
    steps.retain(|row| row[1] != "-");
    assert_eq!(rows(&folder, &of_files[3..5]), steps);
}

#[test]
fn runs_in_other_folders_stay_apart() {
    let folder = Folder::new();
    for run in ["a", "b"] {
        folder.write(&format!("{run}/0_x.txt"), "2026-03-09T09:12:00.0000000Z same\n");
        folder.write(&format!("{run}/x/2_y.txt"), "2026-03-09T09:12:00.0000000Z same\n");
    }
    let y = ["x", "y", "same"].map(String::from);
    assert_eq!(rows(&folder, &["a", "b"]), [y.clone(), y]);
    let run = folder.convert(&["a/0_x.txt", "b/0_x.txt"]);
    assert_eq!(run.messages(), ["same", "same"]);
}
