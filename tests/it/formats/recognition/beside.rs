//! What Azure's archives have beside the logs of jobs, and files of these names that are others. The pipeline has no entry.
use super::Case;

pub(super) const CASES: &[Case] = &[
    (
        "azure-beginning",
        "azure",
        "initializeLog.txt",
        "##[section]Starting: Initialize\nRequest a runner of the pool\n##[section]Finishing: Initialize\n",
    ),
    ("another-beginning", "text", "initializeLog.txt", "Reading settings\nReady\n"),
    (
        "azure-pipeline",
        "nothing",
        "azure-pipelines-expanded.yaml",
        "# made of templates\ntrigger: [main]\nsteps:\n- script: make test\n",
    ),
    (
        "azure-pipeline-of-stages",
        "nothing",
        "azure-pipelines-expanded.yaml",
        "---\nstages:\n- stage: a\n",
    ),
    (
        "log-called-as-the-pipeline",
        "stamped",
        "azure-pipelines-expanded.yaml",
        "2026-03-09 10:00:00 INFO one\n2026-03-09 10:00:01 INFO two\n",
    ),
    (
        "another-pipeline",
        "text",
        "azure-pipelines.yml",
        "trigger: [main]\nsteps:\n- script: make test\n",
    ),
];
