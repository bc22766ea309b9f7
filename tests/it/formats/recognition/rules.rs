//! The formats that are data, and what only comes near them.
use super::Case;

pub(super) const CASES: &[Case] = &[
    (
        "teamcity-log",
        "teamcity",
        "Shop_Test_118.log",
        "Build 'Shop / Test' #118, default branch 'main'\n\
         Started 2026-03-09 10:00:01 on agent 'linux-4'\n\
         [10:00:00]W: bt12 (44s)\n\
         [10:00:05] :\t [Step 1/3] Starting: make test\n",
    ),
    (
        "teamcity-part",
        "teamcity",
        "part.log",
        "[10:00:05] :\t [Step 1/3] Starting: make test\n\
         [10:00:41]E:\t [Step 1/3] Process exited with code 2\n",
    ),
    (
        // A time in brackets and a colon are not a letter and a tab.
        "teamcity-like-clock",
        "clock",
        "chat.log",
        "[10:00:05]: hello\n[10:00:07]: good morning\n[10:00:09]: bye\n",
    ),
    (
        "travis-job",
        "travis",
        "job.log",
        "travis_fold:start:worker_info\r\u{1b}[0K\u{1b}[33;1mWorker information\u{1b}[0m\n\
         hostname: 0c1d2e3f@1.worker.example.com\n\
         travis_fold:end:worker_info\r\u{1b}[0K\n",
    ),
    (
        "travis-later",
        "travis",
        "job.txt",
        "Using worker: worker-linux-7.example.com\n\n\
         travis_time:start:0a1b2c3d\r\u{1b}[0K$ make test\n",
    ),
    (
        // A script that prints marks, or a page that shows some.
        "travis-like-script",
        "text",
        "fold.sh",
        "echo -en 'travis_fold:start:build\\r'\nmake\necho -en 'travis_fold:end:build\\r'\n",
    ),
    (
        "travis-like-copy",
        "text",
        "issue.txt",
        "travis_fold:start:worker_info\nWorker information\ntravis_fold:end:worker_info\n",
    ),
    (
        "taskcluster-log",
        "taskcluster",
        "live_backing.log",
        "[taskcluster 2026-03-09T10:00:00.123Z] Task ID: DCnyIIOITNCO5wvk1N-Z4A\n\
         [setup 2026-03-09T10:00:02.000Z] run-task started in /builds/worker\n\
         [task 2026-03-09T10:00:03.047+00:00] 10:00:03     INFO - Running tests\n",
    ),
    (
        "taskcluster-like-brackets",
        "text",
        "queue.log",
        "[task 12] started\n[task 12] done\n[task 13] started\n",
    ),
    (
        // A level and a time in brackets are those of a logger.
        "taskcluster-like-level",
        "text",
        "app.log",
        "[worker 2026-03-09T10:00:00Z] up\n[worker 2026-03-09T10:00:01Z] idle\n",
    ),
    (
        "zuul-log",
        "zuul",
        "job-output.txt",
        "2026-03-09 10:00:00.123456 | Job console starting\n\
         2026-03-09 10:00:02.600000 | TASK [make-tree : Create a directory]\n\
         2026-03-09 10:00:03.000000 | node-1 | changed\n",
    ),
    (
        "zuul-like-loguru",
        "stamped",
        "app.log",
        "2026-03-09 10:00:00.123 | INFO     | shop.main:run:12 - started\n\
         2026-03-09 10:00:01.456 | ERROR    | shop.main:run:14 - failed\n",
    ),
    (
        "woodpecker-show",
        "woodpecker",
        "pipeline.log",
        "\u{1b}[33mtest > clone (#1):\u{1b}[0m\n+ git init\nInitialized\n\
         \u{1b}[33mtest > unit (#2):\u{1b}[0m\n+ go test ./...\nok\nok\nok\n",
    ),
    (
        "woodpecker-like-breadcrumb",
        "text",
        "menu.txt",
        "File > Save as (#1):\nchoose a name\nFile > Print (#2):\nchoose a printer\n",
    ),
    (
        "woodpecker-exec-steps",
        "woodpecker-exec",
        "exec.log",
        "[clone:L0:0s] + git fetch --no-tags origin\n[test:L0:0s] + go test ./...\n[test:L1:12s] ok\n",
    ),
    (
        "woodpecker-exec-like-position",
        "text",
        "lint.log",
        "[main.c:L0] unused\n[main.c:L12] missing return\n",
    ),
    (
        "drone-exec",
        "drone",
        "exec.log",
        "[build:1] + go build ./...\n[build:2] go: downloading example.com/money v1.2.0\n[test:1] + go test\n",
    ),
    (
        "drone-pretty",
        "drone",
        "pretty.log",
        "\u{1b}[32m[clone:1]\u{1b}[0m Initialized\n\u{1b}[33m[unit tests:1]\u{1b}[0m + make test\n",
    ),
    (
        "drone-like-position",
        "text",
        "cc.log",
        "[file.c:42] unused variable\n[file.c:43] missing semicolon\n",
    ),
    ("drone-like-port", "text", "proxy.log", "[server:8080] accepted\n[server:8080] closed\n"),
    (
        "argo-steps",
        "argo",
        "workflow.log",
        "shop-build-hkpw2-checkout-1234567890: Cloning into '/src'...\n\
         shop-build-hkpw2-test-987654321: ok  example.com/shop 0.012s\n",
    ),
    (
        "argo-times",
        "argo",
        "times.log",
        "hello-world-hkpw2: 2026-03-09T10:00:37.187393980Z hello\n\
         hello-world-hkpw2: 2026-03-09T10:00:38Z world\n",
    ),
    ("argo-like-name", "text", "hosts.txt", "web-1: up\nweb-2: up\ndb-1: down\n"),
    (
        "argo-like-sentence",
        "text",
        "make.log",
        "make: entering directory\nmake: nothing to be done\nld-2: warning\n",
    ),
    (
        "tekton-tasks",
        "tekton",
        "run.log",
        "[fetch : clone] + git init /workspace/shop\n\n[build : unit-tests] ok  example.com/shop 0.012s\n",
    ),
    ("tekton-like-ratio", "text", "score.txt", "[home:away] 2:1\n[home:away] 2:2\n"),
    ("tekton-like-step", "text", "tkn.log", "[clone] + git init\n[clone] done\n[test] ok\n"),
];
