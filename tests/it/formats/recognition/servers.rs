//! GitLab and Jenkins, and what only comes near them.
use super::Case;

pub(super) const CASES: &[Case] = &[
    (
        "gitlab-stamped",
        "gitlab",
        "job.log",
        "2026-03-09T09:12:26.489682Z 00O Running with gitlab-runner 18.9.0\n\
         2026-03-09T09:12:26.489700Z 00O   on runner-7, system ID: s_1\n\
         2026-03-09T09:12:27.200000Z 01O $ make test\n\
         2026-03-09T09:12:29.500000Z 00O ERROR: Job failed: exit code 1\n",
    ),
    (
        "gitlab-sections",
        "gitlab",
        "trace.log",
        "2026-03-09T09:12:26.489900Z 00O section_start:1773047546:prepare_executor\r\u{1b}[0K\n\
         2026-03-09T09:12:26.489990Z 00O+\u{1b}[0K\u{1b}[36;1mPreparing the \"docker\" executor\u{1b}[0;m\n\
         2026-03-09T09:12:27.100000Z 00O section_end:1773047547:prepare_executor\r\u{1b}[0K\n",
    ),
    (
        "gitlab-errors",
        "gitlab",
        "stderr.log",
        "2026-03-09T09:12:27.300000Z 01E fetch 10%\rfetch 60%\rfetch 100%\n\
         2026-03-09T09:12:27.400000Z 01E warning: no lock file\n\
         2026-03-09T09:12:27.500000Z a3O+tail\n",
    ),
    (
        "gitlab-unstamped",
        "gitlab",
        "old.log",
        "\u{1b}[0KRunning with gitlab-runner 16.1.0\u{1b}[0;m\n\
         section_start:1773047546:prepare_executor\r\u{1b}[0K\u{1b}[0K\u{1b}[36;1mPreparing\u{1b}[0;m\n\
         Using Docker executor with image alpine ...\n\
         section_end:1773047547:prepare_executor\r\u{1b}[0K\n",
    ),
    (
        "gitlab-clear-line",
        "gitlab",
        "cleared.log",
        "Using docker image alpine\n\
         \u{1b}[0Ksection_start:1773047546:step_script[collapsed=true]\r\u{1b}[0KScript\n\
         $ make\n",
    ),
    (
        "gitlab-first-stamp",
        "gitlab",
        "cut.log",
        "2026-03-09T09:12:27.200000Z 01O $ make test\n\
         lines of an old runner\n\
         without a stamp\n",
    ),
    // The command's line comes first.
    (
        "gitlab-banner",
        "gitlab",
        "shell.log",
        "$ glab ci trace 4711\n\
         2026-03-09T09:12:26.489682Z 00O Running with gitlab-runner 18.9.0\n\
         2026-03-09T09:12:27.200000Z 01O $ make test\n",
    ),
    (
        "gitlab-crlf",
        "gitlab",
        "windows.log",
        "\u{feff}2026-03-09T09:12:26.489682Z 00O Running with gitlab-runner 18.9.0\r\n\
         2026-03-09T09:12:27.200000Z 01O PS C:\\builds\\shop> dotnet test\r\n",
    ),
    (
        "gitlab-one-line",
        "gitlab",
        "one.log",
        "2026-03-09T09:12:26.489682Z 00O Running with gitlab-runner 18.9.0\n",
    ),
    // The marker is in the middle of the line.
    (
        "gitlab-mid-line",
        "text",
        "mention.log",
        "+ printf 'section_start:1773047546:build'\n\
         the job prints section_end:1773047547:build at its end\n",
    ),
    // No digits after the first colon.
    (
        "gitlab-no-digits",
        "text",
        "script.sh",
        "section_start:NOW:build\n\
         section_end:NOW:build\n",
    ),
    // Another word.
    (
        "gitlab-other-word",
        "text",
        "other.log",
        "section_started:1773047546:build\n\
         section_ended:1773047547:build\n",
    ),
    // Five digits instead of six.
    (
        "gitlab-five-digits",
        "stamped",
        "five.log",
        "2026-03-09T09:12:26.48968Z 00O Running\n\
         2026-03-09T09:12:27.20000Z 01O $ make test\n",
    ),
    // The hex digits are in lower case.
    (
        "gitlab-upper-hex",
        "stamped",
        "upper.log",
        "2026-03-09T09:12:26.489682Z 0AO Running\n\
         2026-03-09T09:12:27.200000Z 0AO $ make test\n",
    ),
    // The stream is O or E.
    (
        "gitlab-other-stream",
        "stamped",
        "stream.log",
        "2026-03-09T09:12:26.489682Z 00X Running\n\
         2026-03-09T09:12:27.200000Z 01X $ make test\n",
    ),
    // Neither a blank nor `+` after the stream.
    (
        "gitlab-no-blank",
        "stamped",
        "noblank.log",
        "2026-03-09T09:12:26.489682Z 00Order received\n\
         2026-03-09T09:12:27.200000Z 01Order shipped\n",
    ),
    // An offset instead of `Z`.
    (
        "gitlab-offset",
        "stamped",
        "offset.log",
        "2026-03-09T09:12:26.489682+00:00 00O Running\n\
         2026-03-09T09:12:27.200000+00:00 01O $ make test\n",
    ),
    (
        "jenkins-pipeline",
        "jenkins",
        "consoleText",
        "Started by user admin\n\
         [Pipeline] Start of Pipeline\n\
         [Pipeline] node\n\
         Running on agent-1 in /var/lib/jenkins/workspace/shop\n\
         [Pipeline] {\n\
         [Pipeline] }\n\
         [Pipeline] // node\n\
         [Pipeline] End of Pipeline\n\
         Finished: SUCCESS\n",
    ),
    (
        "jenkins-freestyle",
        "jenkins",
        "log",
        "Started by timer\n\
         Running as SYSTEM\n\
         Building in workspace /var/lib/jenkins/workspace/nightly\n\
         [nightly] $ /bin/sh -xe /tmp/jenkins1.sh\n\
         + make\n\
         Finished: FAILURE\n",
    ),
    (
        "jenkins-iso",
        "jenkins",
        "iso.log",
        "[2026-03-09T10:00:00.070Z] [Pipeline] stage\n\
         [2026-03-09T10:00:00.170Z] [Pipeline] { (Build)\n\
         [2026-03-09T10:00:01.070Z] + make\n\
         [2026-03-09T10:00:02.070Z] [Pipeline] }\n",
    ),
    (
        "jenkins-clock",
        "jenkins",
        "shop-20260309.log",
        "17:14:07  [Pipeline] stage\n\
         17:14:07  [Pipeline] { (Test)\n\
         17:14:08  + npm test\n\
         17:14:09  [Pipeline] }\n",
    ),
    (
        "jenkins-notes",
        "jenkins",
        "stored.log",
        "\u{1b}[8mha:AAAAlB+LCAAAAAAA\u{1b}[0mStarted by user admin\n\
         \u{1b}[8mha:AAAAoh+LCAAAAAAA\u{1b}[0m[Pipeline] Start of Pipeline\n\
         hello\n",
    ),
    (
        "jenkins-parallel",
        "jenkins",
        "parallel.log",
        "[Pipeline] parallel\n\
         [Pipeline] { (Branch: linux)\n\
         [Pipeline] { (Branch: windows)\n\
         [linux] + make\n\
         [windows] nmake\n\
         [Pipeline] // parallel\n",
    ),
    (
        "jenkins-remote",
        "jenkins",
        "remote.log",
        "Started by an SCM change\n\
         Building remotely on agent-1 (linux) in workspace /home/ci/shop\n\
         \x20> git fetch --tags\n\
         BUILD SUCCESS\n",
    ),
    (
        "jenkins-clock-freestyle",
        "jenkins",
        "clock.txt",
        r#"Started by upstream project "lib" build number 7
Running as SYSTEM
17:14:07  + make
17:14:09  Finished: SUCCESS
"#,
    ),
    // The beginning is lost; one line of a pipeline decides.
    (
        "jenkins-late",
        "jenkins",
        "part.log",
        "+ make test\n\
         12 passed\n\
         [Pipeline] junit\n\
         Recording test results\n",
    ),
    (
        "jenkins-crlf",
        "jenkins",
        "windows.txt",
        "\u{feff}Started by user admin\r\n\
         Building on the built-in node in workspace C:\\jenkins\\workspace\\shop\r\n\
         C:\\jenkins\\workspace\\shop>nmake\r\n\
         Finished: SUCCESS\r\n",
    ),
    // The mark is in the middle of the lines.
    (
        "jenkins-mid-line",
        "text",
        "mention.txt",
        "The console shows [Pipeline] stage before each of them.\n\
         grep '[Pipeline] stage' console.txt\n",
    ),
    // Lower case.
    (
        "jenkins-lower",
        "text",
        "lower.log",
        "[pipeline] stage\n\
         [pipeline] { (Build)\n",
    ),
    // No blank after the bracket.
    (
        "jenkins-colon",
        "text",
        "colon.log",
        "[Pipeline]: deploy\n\
         [Pipeline]: done\n",
    ),
    // The lines begin with blanks, as in an example of a manual.
    (
        "jenkins-indented",
        "text",
        "indented.txt",
        "An example:\n\
         \x20   [Pipeline] stage\n\
         \x20   [Pipeline] { (Build)\n",
    ),
    // `Started by` alone is prose.
    (
        "jenkins-started",
        "text",
        "started.log",
        "Started by reading the manual.\n\
         Stopped after an hour.\n",
    ),
    // `Finished: ` and `Building ` count only after a first line `Started by `.
    (
        "jenkins-finished",
        "text",
        "finished.log",
        "Building the docs\n\
         Finished: SUCCESS\n",
    ),
    // `Started by ` is not in the first line.
    (
        "jenkins-second-line",
        "text",
        "second.log",
        "shop 1.2.0\n\
         Started by systemd\n\
         Building index\n",
    ),
    // Jenkins's short times, but nothing else of Jenkins.
    (
        "jenkins-clock-only",
        "clock",
        "clock.log",
        "17:14:07  + make\n\
         17:14:09  make: nothing to be done\n",
    ),
];
