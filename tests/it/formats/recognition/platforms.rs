//! Harness, FirstGen, Apify, Azure, GitHub: what their exports hold, and what only comes near them.
use super::Case;

pub(super) const CASES: &[Case] = &[
    (
        "harness-step",
        "harness",
        "step.log",
        r#"{"level":"INFO","pos":0,"out":"npm ci\n","time":"2026-03-09T10:00:00.123Z","args":{}}
{"level":"INFO","pos":1,"out":"added 412 packages\n","time":"2026-03-09T10:00:09.5Z","args":{}}
{"level":"ERROR","pos":2,"out":"1 test failed\n","time":"2026-03-09T10:00:12Z","args":{}}
"#,
    ),
    (
        "harness-order",
        "harness",
        "other-order.log",
        r#"{"time":"2026-03-09T10:00:00Z","level":"WARN","out":"slow mirror"}
{"time":"2026-03-09T10:00:01Z","level":"INFO","out":"done"}
"#,
    ),
    (
        "harness-null-args",
        "harness",
        "unit.json",
        r#"{"level":"INFO","pos":0,"out":"+ go build","time":"2026-03-09T10:00:00Z","args":null}
{"level":"INFO","pos":1,"out":"ok","time":"2026-03-09T10:00:02Z","args":null}
"#,
    ),
    (
        "harness-pos",
        "harness",
        "clone.log",
        r#"{"out":"Cloning into '/harness'...\n","pos":0}
{"out":"HEAD is now at 1a2b3c4\n","pos":1}
"#,
    ),
    (
        "harness-one-line",
        "harness",
        "one.log",
        r#"{"level":"INFO","pos":0,"out":"hello","time":"2026-03-09T10:00:00Z","args":{}}
"#,
    ),
    // One record is enough: any file that would be text, but has one, is of this format.
    (
        "harness-among-text",
        "harness",
        "runner.log",
        r#"Welcome to the runner
version 3
{"level":"INFO","pos":0,"out":"hello","time":"2026-03-09T10:00:00Z","args":null}
bye
"#,
    ),
    // Two objects among other lines; half of the objects are records.
    (
        "harness-two-among-text",
        "harness",
        "pod.log",
        r#"Unable to use a TTY
{"level":"INFO","pos":0,"out":"step one","time":"2026-03-09T10:00:00Z","args":{}}
{"level":"INFO","pos":1,"out":"step two","time":"2026-03-09T10:00:01Z","args":{}}
stream closed
"#,
    ),
    (
        "harness-crlf",
        "harness",
        "windows.log",
        "{\"level\":\"INFO\",\"pos\":0,\"out\":\"msbuild\",\"time\":\"2026-03-09T10:00:00Z\",\"args\":{}}\r\n\
         {\"level\":\"INFO\",\"pos\":1,\"out\":\"0 Error(s)\",\"time\":\"2026-03-09T10:00:01Z\",\"args\":{}}\r\n",
    ),
    // `out` without level, time, pos or args is no record of Harness.
    (
        "out-alone",
        "ndjson",
        "results.json",
        r#"{"out":"passed","code":0}
{"out":"failed","code":1}
"#,
    ),
    // Names of keys have a case.
    (
        "out-upper-case",
        "ndjson",
        "oracle.json",
        r#"{"OUT":"a","TIME":"2026-03-09T10:00:00Z","LEVEL":"INFO"}
{"OUT":"b","TIME":"2026-03-09T10:00:01Z","LEVEL":"INFO"}
"#,
    ),
    // The keys are those of an inner object.
    (
        "out-nested",
        "ndjson",
        "wrapped.json",
        r#"{"result":{"out":"a","time":"2026-03-09T10:00:00Z"}}
{"result":{"out":"b","time":"2026-03-09T10:00:01Z"}}
"#,
    ),
    // Drone's answer is an array; records of Harness are one a line.
    (
        "drone-array",
        "json",
        "drone.json",
        r#"[{"pos":0,"out":"+ go test\n","time":1},{"pos":1,"out":"ok\n","time":2}]
"#,
    ),
    // A record that spans lines is a document.
    (
        "harness-spread",
        "json",
        "pretty.json",
        r#"{
  "level": "INFO",
  "pos": 0,
  "out": "hello",
  "time": "2026-03-09T10:00:00Z"
}
"#,
    ),
    // The record is in the middle of a line.
    (
        "harness-in-prose",
        "text",
        "notes.txt",
        r#"The step printed {"level":"INFO","pos":0,"out":"hello"} and stopped.
Nothing else was seen.
"#,
    ),
    (
        "firstgen-levels",
        "firstgen",
        "Execute.log",
        "INFO   2026-03-09T10:00:00.752+0000   Executing command ...\n\
         WARN   2026-03-09T10:00:01.000+0000   deprecated flag\n\
         ERROR   2026-03-09T10:00:02.250+0000   exit code 1\n",
    ),
    (
        "firstgen-null",
        "firstgen",
        "Wait.log",
        "null   2026-03-09T10:00:00.752+0000   Waiting for approval\n\
         null   2026-03-09T10:05:00.000+0000   Approved\n",
    ),
    (
        "firstgen-offset",
        "firstgen",
        "Wrap Up.log",
        "INFO   2026-03-09T03:00:00.752-0700   Removing /tmp/work\n\
         DEBUG   2026-03-09T03:00:01.000-0700   removed 12 files\n",
    ),
    (
        "firstgen-batch",
        "firstgen",
        "Apply.log",
        "INFO   2026-03-09T10:00:00.752+0000   kubectl apply\n\
         deployment.apps/web configured\n\
         service/web unchanged\n\
         ingress/web unchanged\n",
    ),
    (
        "firstgen-colours",
        "firstgen",
        "Test.log",
        "ERROR   2026-03-09T10:00:00.752+0000   \u{1b}[1;91m\u{1b}[40mcurl: (22) error: 503\u{1b}[0m\n\
         INFO   2026-03-09T10:00:01.752+0000   retry\n",
    ),
    (
        "firstgen-crlf",
        "firstgen",
        "Setup.log",
        "INFO   2026-03-09T10:00:00.752+0000   Begin\r\n\
         FATAL   2026-03-09T10:00:01.752+0000   no disk\r\n",
    ),
    // A line of the shell comes first; half of the lines are stamped.
    (
        "firstgen-banner",
        "firstgen",
        "saved.log",
        "$ cat Execute.log\n\
         INFO   2026-03-09T10:00:00.752+0000   Executing command ...\n\
         INFO   2026-03-09T10:00:01.752+0000   Done.\n",
    ),
    // One blank instead of three, and the time is not first.
    (
        "firstgen-one-blank",
        "text",
        "near.log",
        "INFO 2026-03-09T10:00:00.752+0000 Executing command\n\
         INFO 2026-03-09T10:00:01.752+0000 Done\n",
    ),
    // There is no month 13 and no 45th of it.
    (
        "firstgen-bad-time",
        "text",
        "impossible.log",
        "INFO   2026-13-45T10:00:00.752+0000   Executing command\n\
         INFO   2026-13-45T10:00:01.752+0000   Done\n",
    ),
    // TRACE is no level of FirstGen.
    (
        "firstgen-trace",
        "text",
        "trace.log",
        "TRACE   2026-03-09T10:00:00.752+0000   enter\n\
         TRACE   2026-03-09T10:00:01.752+0000   leave\n",
    ),
    // Tabs instead of blanks.
    (
        "firstgen-tabs",
        "text",
        "tabs.log",
        "INFO\t2026-03-09T10:00:00.752+0000\tExecuting command\n\
         INFO\t2026-03-09T10:00:01.752+0000\tDone\n",
    ),
    (
        "apify-run",
        "apify",
        "run.log",
        "2026-03-09T10:00:00.118Z ACTOR: Pulling Docker image of build from repository.\n\
         2026-03-09T10:00:02.000Z ACTOR: Creating Docker container.\n\
         2026-03-09T10:00:04.001Z > shop-scraper@2.4.0 start\n",
    ),
    (
        "apify-crawlee",
        "apify",
        "crawl.log",
        r#"2026-03-09T10:00:00.858Z INFO  System info {"apifyVersion":"3.2.6","osType":"Linux"}
2026-03-09T10:00:01.100Z WARN  CheerioCrawler: Reclaiming failed request
2026-03-09T10:00:01.102Z  {"id":"ph67S8WJ","retryCount":1}
"#,
    ),
    (
        "apify-colours",
        "apify",
        "raw.log",
        "2026-03-09T10:00:00.100Z starting\n\
         2026-03-09T10:00:00.200Z \u{1b}[32mINFO\u{1b}[39m  Starting the crawler.\n\
         2026-03-09T10:00:00.300Z \u{1b}[31mERROR\u{1b}[39m Request failed\n",
    ),
    (
        "apify-json",
        "apify",
        "jsonlog.log",
        r#"2026-03-09T10:00:00.010Z {"time":"2026-03-09T10:00:00.007Z","level":"WARNING","msg":"Memory is low"}
2026-03-09T10:00:01.010Z {"time":"2026-03-09T10:00:01.007Z","level":"ERROR","msg":"Out of memory"}
"#,
    ),
    (
        "apify-redirect",
        "apify",
        "parent.log",
        "2026-03-09T10:00:00.500Z [apify.detail runId:9sLb3VnKt6QyWm2Xe] -> 2026-03-09T10:00:00.412Z INFO  Done\n\
         2026-03-09T10:00:01.500Z [apify.detail runId:9sLb3VnKt6QyWm2Xe] -> 2026-03-09T10:00:01.412Z bye\n",
    ),
    // No line is evidence, but the file's name has an id of 17 letters and digits.
    (
        "apify-id",
        "apify",
        "run-Qm4tXz81LkWbN7vRs.log",
        "2026-03-09T10:00:00.118Z listening on :8080\n\
         2026-03-09T10:00:01.118Z stopped\n",
    ),
    (
        "apify-error",
        "apify",
        "log.json",
        r#"{"error":{"type":"record-not-found","message":"Log was not found"}}
"#,
    ),
    (
        "apify-crlf",
        "apify",
        "build.log",
        "2026-03-09T10:00:00.118Z ACTOR: Selected directory: .\r\n\
         2026-03-09T10:00:01.118Z #13 DONE 0.2s\r\n\
         2026-03-09T10:00:02.118Z ACTOR: Build finished.\r\n",
    ),
    // The id in the name has 16 letters and digits only.
    (
        "apify-id-16",
        "stamped",
        "run-Qm4tXz81LkWbN7vR.log",
        "2026-03-09T10:00:00.118Z listening on :8080\n\
         2026-03-09T10:00:01.118Z stopped\n",
    ),
    // Apify's times have three digits.
    (
        "apify-six-digits",
        "stamped",
        "actor.log",
        "2026-03-09T10:00:00.118000Z ACTOR: Creating Docker container.\n\
         2026-03-09T10:00:01.118000Z ACTOR: Build finished.\n",
    ),
    // The level word is followed by one blank.
    (
        "apify-one-blank",
        "stamped",
        "api.log",
        r#"2026-03-09T10:00:00.118Z INFO started {"port":8080}
2026-03-09T10:00:01.118Z INFO stopped {"code":0}
"#,
    ),
    // `ACTOR: ` counts only after a time.
    (
        "apify-no-stamp",
        "text",
        "actor.txt",
        "ACTOR: Creating Docker container.\n\
         ACTOR: Starting Docker container.\n",
    ),
    // The error has no type, so it is not the answer of Apify's API.
    (
        "error-without-type",
        "ndjson",
        "denied.json",
        r#"{"error":{"code":"denied","message":"no access"}}
"#,
    ),
    // The error is not alone.
    (
        "error-not-alone",
        "ndjson",
        "answer.json",
        r#"{"error":{"type":"invalid-token","message":"bad token"},"status":401}
"#,
    ),
    // The error is a text.
    (
        "error-text",
        "ndjson",
        "text-error.json",
        r#"{"error":"not found"}
"#,
    ),
];
