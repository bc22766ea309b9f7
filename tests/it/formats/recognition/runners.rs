//! Azure, GitHub, `gh run view --log` and Buildkite, and what only comes near them.
use super::Case;

pub(super) const CASES: &[Case] = &[
    (
        "azure-job",
        "azure",
        "1_Build web.txt",
        "2026-03-09T10:00:00.6770156Z ##[section]Starting: Build web\n\
         2026-03-09T10:00:01.0690317Z Agent name: 'pool-7'\n\
         2026-03-09T10:00:02.0690317Z ##[section]Finishing: Build web\n",
    ),
    (
        "azure-step",
        "azure",
        "3_Test.txt",
        "2026-03-09T10:00:00.1000000Z ##[section]Starting: Test\n\
         2026-03-09T10:00:01.1000000Z ##[error]2 tests failed\n\
         \x20   at Sum.Test in sum.cs:line 12\n\
         2026-03-09T10:00:02.1000000Z ##[section]Finishing: Test\n",
    ),
    (
        "azure-any-name",
        "azure",
        "pipeline.log",
        "2026-03-09T10:00:00.1000000Z ##[section]Starting: Restore\n\
         2026-03-09T10:00:01.1000000Z ##[command]dotnet restore\n",
    ),
    (
        "azure-later",
        "azure",
        "2_Deploy.txt",
        "2026-03-09T10:00:00.5000000Z ##[command]az login\n\
         2026-03-09T10:00:01.5000000Z signed in\n\
         2026-03-09T10:00:02.5000000Z ##[section]Finishing: Deploy\n",
    ),
    (
        "azure-bom-crlf",
        "azure",
        "4_Publish.txt",
        "\u{feff}2026-03-09T10:00:00.0000000Z ##[section]Starting: Publish\r\n\
         2026-03-09T10:00:01.0000000Z ##[warning]no artifacts\r\n\
         2026-03-09T10:00:02.0000000Z ##[section]Finishing: Publish\r\n",
    ),
    (
        "azure-one-line",
        "azure",
        "one.txt",
        "2026-03-09T10:00:00.0000000Z ##[section]Async Command Start: Upload\n",
    ),
    // The marks count only after a time of seven digits.
    (
        "azure-unstamped",
        "text",
        "section.txt",
        "##[section]Starting: Build web\n\
         ##[command]az login\n\
         ##[section]Finishing: Build web\n",
    ),
    // Six digits instead of seven.
    (
        "azure-six-digits",
        "stamped",
        "agent.log",
        "2026-03-09T10:00:00.677015Z ##[section]Starting: Build web\n\
         2026-03-09T10:00:01.677015Z ##[section]Finishing: Build web\n",
    ),
    // The mark is in the middle of the texts; the name is one of a run archive.
    (
        "azure-mid-line",
        "github",
        "3_Check.txt",
        "2026-03-09T10:00:00.6770156Z see ##[section] in the log\n\
         2026-03-09T10:00:01.6770156Z nothing found\n",
    ),
    (
        "github-job",
        "github",
        "0_build.txt",
        "2026-03-09T10:00:00.0617942Z Current runner version: '2.331.0'\n\
         2026-03-09T10:00:00.0620000Z ##[group]Runner Image\n\
         2026-03-09T10:00:00.0620010Z Image: ubuntu-24.04\n\
         2026-03-09T10:00:00.0620020Z ##[endgroup]\n",
    ),
    (
        "github-step",
        "github",
        "2_Run npm test.txt",
        "2026-03-09T10:00:00.1000000Z > shop@1.0.0 test\n\
         2026-03-09T10:00:01.1000000Z 12 passing\n",
    ),
    (
        "github-system",
        "github",
        "system.txt",
        "2026-03-09T10:00:00.1000000Z Requested labels: ubuntu-24.04\n\
         2026-03-09T10:00:01.1000000Z Job is about to start running on the hosted runner\n",
    ),
    (
        "github-group",
        "github",
        "saved.log",
        "2026-03-09T10:00:00.1000000Z ##[group]Run make\n\
         2026-03-09T10:00:00.2000000Z \u{1b}[36;1mmake\u{1b}[0m\n\
         2026-03-09T10:00:01.1000000Z ##[error]Process completed with exit code 2.\n",
    ),
    (
        "github-bom",
        "github",
        "1_lint_docs.txt",
        "\u{feff}2026-03-09T10:00:00.1000000Z ##[notice]3 files checked\n\
         2026-03-09T10:00:01.1000000Z\n",
    ),
    (
        "github-old-name",
        "github",
        "-1_nightly report.txt",
        "2026-03-09T10:00:00.1000000Z ##[command]/usr/bin/git version\r\n\
         2026-03-09T10:00:01.1000000Z git version 2.43.0\r\n",
    ),
    // Seven digits, as .NET writes them, but neither a name of a run archive nor a mark.
    (
        "github-unnamed",
        "stamped",
        "service.log",
        "2026-03-09T10:00:00.1234567Z info: Shop.Startup[0] listening\n\
         2026-03-09T10:00:01.1234567Z warn: Shop.Cart[3] slow query\n",
    ),
    // The times are not in UTC.
    (
        "github-offset",
        "stamped",
        "1_service.txt",
        "2026-03-09T10:00:00.1234567+01:00 listening\n\
         2026-03-09T10:00:01.1234567+01:00 stopped\n",
    ),
    // The name of a step, but times of three digits.
    (
        "github-three-digits",
        "stamped",
        "2_Run tests.txt",
        "2026-03-09T10:00:00.123Z started\n\
         2026-03-09T10:00:01.123Z finished\n",
    ),
    // The marks of a workflow's script before the runner stamps them.
    (
        "github-unstamped",
        "text",
        "group.txt",
        "##[group]Run make\n\
         make: nothing to be done\n\
         ##[endgroup]\n",
    ),
    (
        "gh-run",
        "gh",
        "run.log",
        "build\tSet up job\t2026-03-09T10:00:00.0617942Z Current runner version: '2.331.0'\n\
         build\tRun make\t2026-03-09T10:00:01.0617942Z ##[group]Run make\n\
         build\tRun make\t2026-03-09T10:00:02.0617942Z ##[error]Process completed with exit code 2.\n",
    ),
    (
        "gh-unknown-step",
        "gh",
        "failed.txt",
        "test (22)\tUNKNOWN STEP\t2026-03-09T10:00:00.0617942Z npm test\n\
         test (22)\tUNKNOWN STEP\t2026-03-09T10:00:01.0617942Z 1 failing\n",
    ),
    (
        "gh-inner-bom",
        "gh",
        "view.log",
        "lint\tSet up job\t\u{feff}2026-03-09T10:00:00.0617942Z Runner name: 'hosted 7'\n\
         lint\tSet up job\t2026-03-09T10:00:01.0617942Z Secret source: Actions\n",
    ),
    (
        "gh-no-step",
        "gh",
        "nostep.log",
        "deploy\t\t2026-03-09T10:00:00.0617942Z kubectl apply\n\
         deploy\t\t2026-03-09T10:00:01.0617942Z\n",
    ),
    (
        "gh-continued",
        "gh",
        "trace.log",
        "build\tTest\t2026-03-09T10:00:00.0617942Z ##[error]AssertionError\n\
         build\tTest\t    at Object.<anonymous> (sum.test.js:4:3)\n\
         build\tTest\t    at main (run.js:9:1)\n",
    ),
    // The command's line comes first; half of the lines and more are of the run.
    (
        "gh-banner",
        "gh",
        "shell.txt",
        "$ gh run view 4711 --log\n\
         build\tRun make\t2026-03-09T10:00:00.0617942Z make\n\
         build\tRun make\t2026-03-09T10:00:01.0617942Z done\n",
    ),
    (
        "gh-crlf",
        "gh",
        "windows.txt",
        "\u{feff}build\tRun make\t2026-03-09T10:00:00.0617942Z make\r\n\
         build\tRun make\t2026-03-09T10:00:01.0617942Z done\r\n",
    ),
    // Six digits instead of seven.
    (
        "gh-six-digits",
        "text",
        "six.tsv",
        "build\tRun make\t2026-03-09T10:00:00.061794Z make\n\
         build\tRun make\t2026-03-09T10:00:01.061794Z done\n",
    ),
    // One field before the time instead of two.
    (
        "gh-one-field",
        "text",
        "one.tsv",
        "build\t2026-03-09T10:00:00.0617942Z make\n\
         build\t2026-03-09T10:00:01.0617942Z done\n",
    ),
    // Blanks instead of tabs.
    (
        "gh-blanks",
        "text",
        "blanks.txt",
        "build  Run make  2026-03-09T10:00:00.0617942Z make\n\
         build  Run make  2026-03-09T10:00:01.0617942Z done\n",
    ),
    (
        "buildkite-job",
        "buildkite",
        "job.log",
        "\u{1b}_bk;t=1773050400123\u{7}~~~ Preparing working directory\n\
         \u{1b}_bk;t=1773050400523\u{7}$ cd /var/lib/buildkite/builds/shop\n\
         \u{1b}_bk;t=1773050401123\u{7}--- :npm: Install\n\
         \u{1b}_bk;t=1773050402123\u{7}added 412 packages\n",
    ),
    (
        "buildkite-colours",
        "buildkite",
        "colours.log",
        "\u{1b}_bk;t=1773050400123\u{7}\u{1b}[90m$\u{1b}[0m make test\n\
         \u{1b}_bk;t=1773050401123\u{7}\u{1b}[31mFAIL\u{1b}[0m cart_test\n\
         \u{1b}_bk;t=1773050402123\u{7}^^^ +++\n",
    ),
    (
        "buildkite-crlf",
        "buildkite",
        "raw.log",
        "\u{1b}_bk;t=1773050400123\u{7}+++ :hammer: Build\r\n\
         \u{1b}_bk;t=1773050401123\u{7}done\r\n",
    ),
    (
        "buildkite-continued",
        "buildkite",
        "first.log",
        "\u{1b}_bk;t=1773050400123\u{7}panic: no such user\n\
         goroutine 1 [running]:\n\
         main.main()\n",
    ),
    // The command's line comes first.
    (
        "buildkite-banner",
        "buildkite",
        "fetched.log",
        "$ cat job.log\n\
         \u{1b}_bk;t=1773050400123\u{7}--- Deploy\n\
         \u{1b}_bk;t=1773050401123\u{7}deployed\n",
    ),
    (
        "buildkite-bom",
        "buildkite",
        "bom.log",
        "\u{feff}\u{1b}_bk;t=1773050400123\u{7}--- Deploy\n\
         deployed\n",
    ),
    // The sequence has no `t=`.
    (
        "buildkite-no-time",
        "text",
        "nokey.log",
        "\u{1b}_bk;x=1\u{7}--- Deploy\n\
         \u{1b}_bk;x=2\u{7}deployed\n",
    ),
    // The escape character is lost.
    (
        "buildkite-no-escape",
        "text",
        "stripped.log",
        "_bk;t=1773050400123\u{7}--- Deploy\n\
         _bk;t=1773050401123\u{7}deployed\n",
    ),
    // The sequence is not at the beginning of the lines.
    (
        "buildkite-mid-line",
        "text",
        "echoed.log",
        "> \u{1b}_bk;t=1773050400123\u{7}--- Deploy\n\
         > \u{1b}_bk;t=1773050401123\u{7}deployed\n",
    ),
    // Another sequence that ends with a bell.
    (
        "iterm-image",
        "text",
        "image.log",
        "\u{1b}]1337;File=inline=1:aGVsbG8=\u{7}\n\
         --- Deploy\n",
    ),
];
