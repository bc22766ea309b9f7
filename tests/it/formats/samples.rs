//! The oracle on lines that systems wrote, and on made-up files.

use ripsaw::identity::Identity;
use serde_json::json;

use super::make;
use super::oracle::{FORMATS, firstgen_execution, identity, recognise, rows};
use crate::oracle::{ERRORS, Row, time};

const CONTINUED: Option<&str> = Some(r#"{"continued":true}"#);

fn all(format: &str, text: &str) -> Vec<Row> {
    assert_eq!(recognise("a.log", text.as_bytes()), format);
    rows(format, text.as_bytes(), 1 << 20)
}

/// Line, level as written, message and extra.
type Short<'a> = (i64, Option<&'a str>, Option<&'a str>, Option<&'a str>);

fn short(rows: &[Row]) -> Vec<Short<'_>> {
    rows.iter()
        .map(|row| {
            let [level, message, extra] =
                [&row.level_text, &row.message, &row.extra].map(|text| text.as_deref());
            (row.line, level, message, extra)
        })
        .collect()
}

fn nanos(text: &str) -> Option<i64> {
    time(text).unwrap().nanos
}

#[test]
fn firstgen() {
    let text = "INFO   2020-06-05T20:50:58.752+0000   Executing command ...\r\n\
                INFO   2020-06-05T20:51:00.101+0000   first line of a batch\n\
                second line of the same batch\n\n\
                ERROR   2020-06-05T20:51:01.300-0700   \x1b[1;91m\x1b[40mfailed\x1b[0m\n\
                null   2020-06-05T20:51:01.305+0000\n\
                INFO   2020-06-31T20:51:01.305+0000   no such day\n";
    let rows = all("firstgen", text);
    let expected = [
        (1, Some("INFO"), Some("Executing command ..."), None),
        (2, Some("INFO"), Some("first line of a batch"), None),
        (3, Some("INFO"), Some("second line of the same batch"), CONTINUED),
        (5, Some("ERROR"), Some("failed"), None),
        (6, None, Some(""), None),
        (7, None, Some("INFO   2020-06-31T20:51:01.305+0000   no such day"), CONTINUED),
    ];
    assert_eq!(short(&rows), expected);
    assert_eq!(rows[2].timestamp, nanos("2020-06-05T20:51:00.101Z"));
    assert_eq!(rows[3].timestamp, nanos("2020-06-06T03:51:01.300Z"));
    assert_eq!(rows[3].zone.as_deref(), Some("-0700"));
}

#[test]
fn apify() {
    let text = "2024-12-26T23:04:08.054Z ACTOR: Pulling Docker image.\n\
        2024-12-26T23:04:10.858Z INFO  System info {\"apifyVersion\":\"3.2.6\",\"n\":1}\n\
        2024-12-26T23:04:45.506Z WARN  CheerioCrawler: Reclaiming failed request\n\
        2024-12-26T23:04:45.508Z  {\"id\":\"ph67S8WJJbg11oK\"}\n\
        2024-12-26T23:04:45.509Z \n\
        2024-12-26T23:04:45.510Z     at x\n\
        2025-11-09T14:42:30.225Z ACTOR: ERROR: File \"a\" does not exist!\n\
        2025-11-09T14:42:30.226Z [apify] \x1b[32mINFO\x1b[39m  Crawler status (x) ({\"a\":[1, 2]})\n\
        unstamped\n\
        2025-11-09T14:42:30.227Z [apify.name runId:hX] -> 2025-11-09T14:42:30.001Z WARNING   Two\n\
        2025-11-09T14:42:30.228Z {\"time\":\"x\",\"level\":\"WARNING\",\"msg\":\"m\"}\n\
        2025-11-09T14:42:30.229Z INFOS are none {\"a\":1,\"a\":2}\n";
    let rows = all("apify", text);
    let expected = [
        (1, None, Some("ACTOR: Pulling Docker image."), None),
        (2, Some("INFO"), Some("System info {\"apifyVersion\":\"3.2.6\",\"n\":1}"), None),
        (3, Some("WARN"), Some("CheerioCrawler: Reclaiming failed request"), None),
        (4, Some("WARN"), Some(" {\"id\":\"ph67S8WJJbg11oK\"}"), CONTINUED),
        (5, None, Some(""), None),
        (6, Some("WARN"), Some("    at x"), CONTINUED),
        (7, Some("ERROR"), Some("ACTOR: File \"a\" does not exist!"), None),
        (8, Some("INFO"), Some("[apify] Crawler status (x) ({\"a\":[1, 2]})"), None),
        (9, Some("INFO"), Some("unstamped"), CONTINUED),
        (
            10,
            Some("WARNING"),
            Some("[apify.name runId:hX] -> 2025-11-09T14:42:30.001Z   Two"),
            None,
        ),
        (11, Some("WARNING"), Some("m"), Some(r#"{"time":"x"}"#)),
        (12, None, Some("INFOS are none {\"a\":1,\"a\":2}"), None),
    ];
    assert_eq!(short(&rows), expected);
    let args = |at: usize| rows[at].args.clone().unwrap_or_default();
    let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    assert_eq!(args(1), [pair("apifyVersion", "3.2.6"), pair("n", "1")]);
    assert_eq!(args(7), [pair("a", "[1, 2]")]);
    assert_eq!(rows[11].args, None);
    assert_eq!(rows[8].timestamp, rows[7].timestamp);

    let refusal = r#"{"error":{"type":"record-not-found","message":"..."}}"#;
    assert!(all("apify", refusal)[0].is_unreadable());
}

#[test]
fn github() {
    let text = "\u{feff}2025-10-01T21:48:14.0617942Z ##[group]Run actions/checkout@v4\n\
                2025-10-01T21:48:14.0617943Z ##[error]Process completed\n  with 1\n";
    let expected = [
        (1, None, Some("##[group]Run actions/checkout@v4"), None),
        (2, Some("error"), Some("Process completed"), None),
        (3, Some("error"), Some("  with 1"), CONTINUED),
    ];
    assert_eq!(short(&all("github", text)), expected);
}

#[test]
fn docker() {
    let text = r#"{"log":"a ","stream":"stdout","time":"2022-09-14T15:11:11.125641305Z"}
{"log":"other\n","stream":"stderr","time":"2022-09-14T15:11:11.2Z"}
{"log":"b\n","stream":"stdout","time":"2022-09-14T15:11:11.3Z"}
"#;
    let out = r#"{"stream":"stdout","joined":["2022-09-14T15:11:11.3Z"]}"#;
    let expected = [
        (1, None, Some("a b"), Some(out)),
        (2, None, Some("other"), Some(r#"{"stream":"stderr"}"#)),
    ];
    assert_eq!(short(&all("docker", text)), expected);
}

#[test]
fn ndjson_and_json() {
    let text = r#"{"level":30,"time":1700000000123,"pid":1,"msg":"pino"}
{"ts":1700000000.5,"severity":"warn","msg":null,"event":"zap"}
{"msg":"cut
"#;
    let rows = all("ndjson", text);
    assert_eq!(rows[0].level.as_deref(), Some("INFO"));
    assert_eq!(rows[0].timestamp, Some(1_700_000_000_123_000_000));
    assert_eq!(rows[1].timestamp, Some(1_700_000_000_500_000_000));
    assert_eq!(rows[1].extra.as_deref(), Some(r#"{"msg":null}"#));
    assert!(rows[2].error.is_some());

    let text = "[{\"msg\":\"a\"},\n {\"msg\" : \"]}\", \"n\":tru}, {\"body\":\"c\"}\n, 17]\n";
    let rows = all("json", text);
    let lines: Vec<_> = rows.iter().map(|row| (row.line, row.error.is_some())).collect();
    assert_eq!(lines, [(1, false), (2, true), (2, false), (3, true)]);
    assert_eq!(rows[1].message.as_deref(), Some("{\"msg\" : \"]}\", \"n\":tru}"));
}

#[test]
fn times_by_amount() {
    for (json, expected) in [
        ("99999999999", None),
        ("1700000000", Some(1_700_000_000_000_000_000)),
        ("100000000000", None),
        ("100000000000000", None),
        ("100000000000000000", None),
        ("\"1.25\"", None),
        ("946684799", None),
        ("946684800", Some(946_684_800_000_000_000)),
        ("946684799999", None),
        ("\"63\"", None),
        ("-1", None),
        ("1.7e9", Some(1_700_000_000_000_000_000)),
        ("\"2022-09-14T15:11:11Z\"", nanos("2022-09-14T15:11:11Z")),
    ] {
        let rows = all("ndjson", &format!("{{\"ts\":{json}}}"));
        assert_eq!(rows[0].timestamp, expected, "{json}");
    }
}

#[test]
fn deepset() {
    let record = r#"{"log_id":"UHG0","message":"Will use","logged_at":"2025-05-23T10:33:04.157182Z","level":"info","origin":"haystack","exceptions":null}"#;
    let extra = Some(r#"{"log_id":"UHG0","exceptions":null}"#);
    let page = format!("{{\"data\":[{record}],\n\"has_more\":false,\"total\":1,\"next\":null}}");
    let texts =
        [record.to_owned(), format!("[\n{record}]"), page.clone(), format!("{page}{page}\n")];
    for (text, count) in texts.iter().zip([1, 1, 2, 4]) {
        let rows = all("deepset", text);
        assert_eq!(rows.len(), count);
        let line = if count == 1 && text.starts_with('[') { 2 } else { 1 };
        assert_eq!(short(&rows[..1]), [(line, Some("info"), Some("Will use"), extra)]);
        assert_eq!(rows[0].identity.stage.as_deref(), Some("haystack"));
        assert_eq!(rows[0].timestamp, nanos("2025-05-23T10:33:04.157182Z"));
    }
    let text = "logged_at,message,log_id,origin,extra_fields,exceptions\r\n\
                2025-05-23T10:33:04.157182Z,\"a \"\"b\"\"\nc\",x,other,\"{\"\"a\"\": 1}\",{'a'}\r\n\
                \r\n\
                one cell\r\n";
    let rows = all("deepset", text);
    let extra = r#"{"log_id":"x","origin":"other","extra_fields":{"a": 1},"exceptions":"{'a'}"}"#;
    assert_eq!(short(&rows[..1]), [(2, None, Some("a \"b\"\nc"), Some(extra))]);
    assert_eq!((rows[1].line, rows[1].error), (5, Some("the record has ")));
}

fn of(format: &str, bundle: &str, path: &str) -> [String; 6] {
    let it = identity(format, bundle, path);
    [it.account, it.pipeline, it.execution, it.stage, it.step, it.unit]
        .map(Option::unwrap_or_default)
}

#[test]
fn names() {
    let id = "Oc8AGrsXR6KimnFPTN97Ag";
    let folder = format!("HarnessExecutionsLogs/App_Pipe_2020-06-05T20-50-58-752_{id}XlT2");
    let bundle = format!("exports/{id}_{id}.zip");
    assert_eq!(
        of("firstgen", &bundle, &format!("{folder}/Shell Script_Execute_{id}Xlt2.log")),
        [id, "Pipe", id, "", "Shell Script", "Execute"]
    );
    assert_eq!(
        of("firstgen", "a.zip", &format!("My_App_Pipe_{id}XlT2/Step_{id}Xlt2.log")),
        ["", "My_App_Pipe", id, "", "Step", ""]
    );
    assert_eq!(of("apify", "a", "x/log-6sOStSkN5Nfea7vRE.txt")[2], "6sOStSkN5Nfea7vRE");
    assert_eq!(of("apify", "a", "6sOStSkN5Nfea7vRE/run.log")[2], "6sOStSkN5Nfea7vRE");
    assert_eq!(of("github", "a", "0_build (a).txt")[3..], ["build (a)", "", ""]);
    assert_eq!(of("github", "a", "-3_build.txt")[3..], ["build", "", ""]);
    assert_eq!(of("github", "a", "build/2_Run a_b.txt")[3..], ["build", "Run a_b", ""]);
}

#[test]
fn execution() {
    let timing = |start: &str| json!({"startTime": start, "endTime": "end"});
    let command = |file: &str| {
        json!([{"name": "Execute", "type": "COMMAND", "status": "FAILURE", "executionLogFile": file},
               {"name": "No log", "status": "QUEUED"}])
    };
    let step = json!({"name": "Shell Script", "timing": timing("2"), "subCommands": command("b.log"),
        "executionHistory": [{"subCommands": command("a.log"), "timing": timing("1")}]});
    let graph = json!([{"name": "Phase 1", "type": "PHASE", "subGraph": {"elements": [[
        {"name": "Deploy", "type": "PHASE_STEP", "subGraph": {"elements": [[step]]}}]]}}]);
    let workflow = json!({"executionType": "Workflow", "workflow": "wf", "executionGraph": graph});
    let pipeline = json!({"executionType": "Pipeline", "pipeline": "p", "stages": [
        {"name": "s", "workflowExecution": workflow},
        {"stageName": "ok?", "name": "t", "approvalData": {"name": "Approve", "subCommands": command("c.log")}}]});
    let told = |json| -> Vec<String> {
        let text = |part: Option<String>| part.unwrap_or("-".to_owned());
        firstgen_execution(json)
            .into_iter()
            .map(|(file, it, status, start, _)| {
                let Identity { pipeline, stage, step_group: group, step, unit, .. } = it;
                let parts = [pipeline, stage, group, step, unit, status, start].map(text);
                format!("{file}: {}", parts.join(", "))
            })
            .collect()
    };
    let expected = [
        "b.log: wf, Phase 1, Deploy, Shell Script, Execute, FAILURE, 2",
        "a.log: wf, Phase 1, Deploy, Shell Script, Execute, FAILURE, 1",
    ];
    assert_eq!(told(&workflow), expected);
    let expected = [
        "b.log: p, s, Phase 1/Deploy, Shell Script, Execute, FAILURE, 2",
        "a.log: p, s, Phase 1/Deploy, Shell Script, Execute, FAILURE, 1",
        "c.log: p, ok?, -, Approve, Execute, FAILURE, -",
    ];
    assert_eq!(told(&pipeline), expected);
}

#[test]
fn plain_text() {
    let expected = [(1, None, Some("hello"), None), (3, None, Some("  world"), None)];
    assert_eq!(short(&all("text", "hello\r\n\t\n  world")), expected);
    assert_eq!(all("text", ""), []);
}

#[test]
fn recognition() {
    let page = format!("{{\"data\":[{{\"log_id\":1,\"logged_at\":\"{}\"}}]", "x".repeat(70_000));
    let harness = r#"{"out":"a","pos":0}"#;
    let cases = [
        ("text", "{not json}\n"),
        ("text", "\n \t\n"),
        ("ndjson", "\n{\"a\":1}\nno json\n"),
        ("ndjson", "> start\n{\"msg\":1}\n{\"level\":1}\npanic\n"),
        ("text", "> start\n{\"msg\":1}\n{\"a\":1}\npanic\n"),
        ("text", "[ ] build\n"),
        ("text", "[]\n[12:00:01] done\n"),
        ("text", "{\n  stage: prod\n}\n"),
        ("text", "{\"a\":1} and more\nno json\n\nnone\n"),
        ("json", "{\n\"a\":1}\nno json\nno json\n"),
        ("json", "[]"),
        ("json", "[{\"pos\":0,\"out\":\"a\"},{}]\n"),
        ("harness", harness),
        ("harness", &format!("no json\nno json\nno json\n{harness}\n")),
        ("docker", r#"{"stream":"a","log":"b","time":"c","attrs":{}}"#),
        ("deepset", &page),
        ("deepset", "[{\"logged_at\":1,\"log_id\":2}]\n"),
        ("deepset", "a,\"message\",logged_at,log_id\n"),
        ("csv", "a,message,logged_at\n"),
        ("apify", "first\n2024-12-26T23:04:08.054Z ACTOR: second\n"),
        ("stamped", "first\n2024-12-26T23:04:08.054Z second\n"),
        ("text", "first\nsecond\n2024-12-26T23:04:08.054Z third\n"),
        ("text", "2024-12-32T23:04:08.054Z first\n"),
        ("github", "2024-12-26T23:04:08.0540000Z ##[group]first\nsecond\nthird\n"),
        ("stamped", "2024-12-26T23:04:08.0540000Z first\n2024-12-26T23:04:08.0540001Z second\n"),
        ("firstgen", "INFO   2020-06-05T20:50:58.752+0000   \nsecond\nthird\n"),
        ("ndjson", "{\"error\":{\"type\":1}}\n"),
        ("logfmt", "at=info status=200\n"),
        ("text", "status=200\nlevel\n"),
        ("text", "a=1 b=2\n"),
        ("csv", "@timestamp,@message\n"),
        ("text", "time,message\n1\n"),
        ("text", "time,message,\n"),
        ("syslog", "2026-03-09T10:00:00Z web-1 a[7]: x\n2026-03-09T10:00:00Z web-1 b: x\n"),
        ("stamped", "2026-03-09T10:00:00Z web-1 a: x\n2026-03-09T10:00:00Z web-1 b: x\n"),
        ("prefixed", "Mar  9 10:00:00 web-1 a[7]: {\"a\":1}\nMar  9 10:00:00 web-1 b: {}\n"),
        ("prefixed", "2026-03-09T10:00:00Z {\"a\":1}\nno time\n"),
        ("text", "web  | {\"a\":1}\ndb  | {\"a\":1}\n"),
        ("gitlab", "2026-03-09T09:12:26.489682Z 00O first\nsecond\nthird\n"),
        ("gitlab", "first\nsecond\nthird\n\u{1b}[0Ksection_end:1:a\r\n"),
        ("text", "first\n section_end:1:a\n"),
        ("stamped", "2026-03-09T09:12:26.489682Z 00X first\n"),
        ("jenkins", "first\nsecond\n17:14:07  \u{1b}[8mha:x\u{1b}[0m[Pipeline] sh\n"),
        ("jenkins", "Started by timer\nsecond\nFinished: SUCCESS\n"),
        ("text", "Started by timer\nFinished:\nfirst\n[Pipelines] x\nStarted by hand\n"),
        ("text", "first\nStarted by timer\nRunning as SYSTEM\n"),
        ("gh", "a\tb\t\u{feff}2026-03-09T09:12:26.4896821Z first\nsecond\nthird\n"),
        ("gh", "\t\t2026-03-09T09:12:26.4896821Z"),
        ("text", "a\tb\t2026-03-09T09:12:26.489682Z first\n"),
        ("buildkite", "\u{1b}_bk;t=1773047546489\u{7}first\nsecond\nthird\n"),
        ("text", "first\nsecond\n\u{1b}_bk;t=1773047546489\u{7}third\n"),
    ];
    for (format, text) in cases {
        assert_eq!(recognise("a.log", text.as_bytes()), format, "{text:.60}");
    }
    let path = format!("a/a/pipeline/p/1/-{}/stage/step", "x".repeat(22));
    assert_eq!(recognise(&path, b"text"), "harness");
}

#[test]
fn objects_made_of_lines() {
    let logfmt = "ts=2026-03-09T09:12:00Z level=warn msg=\"disk \\\"a\\\" full\" ro\nlevel=info msg=\"open\n";
    let csv = "Date;Status;Message\n2026-03-09 10:00:00;warn;\"a;\n\"\"b\"\"\"\nshort;record\n";
    let syslog = "<34>Nov 20 10:00:00 web-1 su[7]: failed\nNov 22 10:00:00 web-1 last message\n";
    let klog = "W1120 10:00:00.123456       7 main.go:12] slow\nat x\n";
    let prefixed = "web-1  | {\"level\":\"warn\",\"msg\":\"slow\"}\nweb-1  | {\"msg\"\n";
    let expected = [
        ("logfmt", logfmt, Some("warn"), "disk \"a\" full", r#"{"ro":true}"#),
        ("csv", csv, Some("warn"), "a;\n\"b\"", r#"{"status":"warn"}"#),
        (
            "syslog",
            syslog,
            Some("crit"),
            "failed",
            r#"{"host":"web-1","program":"su","pid":"7","facility":"auth"}"#,
        ),
        ("klog", klog, Some("WARNING"), "slow", r#"{"pid":"7","source":"main.go:12"}"#),
        ("prefixed", prefixed, Some("warn"), "slow", r#"{"container":"web-1"}"#),
    ];
    for (format, text, level, message, extra) in expected {
        let rows = all(format, text);
        let line = if format == "csv" { 2 } else { 1 };
        assert_eq!(short(&rows[..1]), [(line, level, Some(message), Some(extra))]);
        let errors = rows[1..].iter().filter(|row| row.error.is_some()).count();
        assert_eq!(errors, usize::from(["logfmt", "csv"].contains(&format)), "{format}");
    }
    let times: Vec<_> = all("syslog", syslog).iter().map(|row| row.timestamp).collect();
    assert_eq!(times, [nanos("2026-11-20T10:00:00Z"), nanos("2025-11-22T10:00:00Z")]);
}

/// Go writes control characters with two digits; flags are true.
#[test]
fn escapes_and_flags_of_logfmt() {
    let text = r#"level=info msg="a \x1b[31mred\x1b[0m \x7f b" path="C:\xampp\xff" ok last"#;
    let rows = all("logfmt", text);
    assert_eq!(rows[0].message.as_deref(), Some("a red \u{7f} b"));
    let extra = r#"{"path":"C:\\xampp\\xff","ok":true,"last":true}"#;
    assert_eq!(rows[0].extra.as_deref(), Some(extra));
}

/// Of routers and small systems.
#[test]
fn syslog_with_priorities_in_words() {
    let text = "\
Mar  9 10:00:00 gate daemon.err udhcpc[123]: no lease
Mar  9 10:00:00 gate syslog.info syslogd started
Mar  9 10:00:00 gate daemon.odd x: y
Sun Mar  9 10:00:00 2025 kern.warn kernel: down
Sun Mar  9 10:00:00 2025 [1741514400.123] user.notice : no tag
*Mar  9 10:00:00: %LINK-3-UPDOWN: up
000123: .Mar  9 10:00:00.123 UTC: %SYS-5-CONFIG_I: set
Jan 01 2025 10:00:00: %ASA-6-302013: built
Mar  9 10:00:00 10.0.0.7 %LINK-3-UPDOWN: up
Mar  9 10:00:00 10.0.0.7 124: *Mar  1 18:46:11: %LINK-3-UPDOWN: up
<187>Mar  9 10:00:00 10.0.0.7 %SYS-5-CONFIG_I: set
";
    let rows = all("syslog", text);
    let short: Vec<String> = rows
        .iter()
        .map(|row| {
            let time = row.timestamp.map(ripsaw::record::timestamp::format_utc).unwrap_or_default();
            let level = row.level_text.as_deref().unwrap_or("-");
            format!(
                "{time} {level} {} {}",
                row.message.as_deref().unwrap(),
                row.extra.as_deref().unwrap()
            )
        })
        .collect();
    assert_eq!(
        short,
        [
            r#"2026-03-09T10:00:00Z err no lease {"host":"gate","program":"udhcpc","pid":"123","facility":"daemon"}"#,
            r#"2026-03-09T10:00:00Z info syslogd started {"host":"gate","facility":"syslog"}"#,
            r#"2026-03-09T10:00:00Z - daemon.odd x: y {"host":"gate"}"#,
            r#"2025-03-09T10:00:00Z warn down {"program":"kernel","facility":"kern"}"#,
            r#"2025-03-09T10:00:00.123Z notice : no tag {"facility":"user"}"#,
            r#"2026-03-09T10:00:00Z err up {"msgid":"LINK-3-UPDOWN","written_time":"*Mar  9 10:00:00"}"#,
            r#"2026-03-09T10:00:00.123Z notice set {"msgid":"SYS-5-CONFIG_I","written_time":"000123: .Mar  9 10:00:00.123 UTC"}"#,
            r#"2025-01-01T10:00:00Z info built {"msgid":"ASA-6-302013"}"#,
            r#"2026-03-09T10:00:00Z err up {"host":"10.0.0.7","msgid":"LINK-3-UPDOWN"}"#,
            r#"2026-03-09T10:00:00Z err *Mar  1 18:46:11: %LINK-3-UPDOWN: up {"host":"10.0.0.7","program":"124","msgid":"LINK-3-UPDOWN"}"#,
            r#"2026-03-09T10:00:00Z err set {"host":"10.0.0.7","facility":"local7","msgid":"SYS-5-CONFIG_I"}"#,
        ]
    );
}

/// Names in other letters, or of services.
#[test]
fn columns_of_csv_by_their_names() {
    for (header, record) in [
        ("TIMESTAMP,LEVEL,MESSAGE", "2026-03-09T10:00:00Z,ERROR,a"),
        ("timestamp,level,message", "2026-03-09T10:00:00Z,ERROR,a"),
        ("@Timestamp,Severity_Text,RENDEREDMESSAGE", "2026-03-09T10:00:00Z,ERROR,a"),
        ("TimeStamp,LogLevel,Msg", "2026-03-09T10:00:00Z,ERROR,a"),
        ("generated_at,severity_name,message", "2026-03-09T10:00:00Z,Error,a"),
        ("_time,log_level,_raw", "2026-03-09T10:00:00.000+0000,ERROR,a"),
        ("TimeGenerated [UTC],SeverityLevel,SyslogMessage", "2026-03-09T10:00:00Z,err,a"),
        ("timegenerated,severitylevel,syslogmessage", "2026-03-09T10:00:00Z,err,a"),
    ] {
        let rows = all("csv", &format!("{header}\n{record}\n"));
        assert_eq!(rows[0].timestamp, nanos("2026-03-09T10:00:00Z"), "{header}");
        assert_eq!(rows[0].level.as_deref(), Some("ERROR"), "{header}");
        assert_eq!((rows[0].message.as_deref(), &rows[0].extra), (Some("a"), &None), "{header}");
    }
}

/// log15's four letters, and winston's colours.
#[test]
fn levels_of_four_letters_and_in_colours() {
    let levels = |format, text| {
        let rows = all(format, text);
        rows.into_iter().map(|row| row.level.unwrap_or_default()).collect::<Vec<_>>()
    };
    let logfmt = "t=2026-03-09T10:00:00Z lvl=eror msg=a\nt=2026-03-09T10:00:00Z lvl=dbug msg=b\n";
    assert_eq!(levels("logfmt", logfmt), ["ERROR", "DEBUG"]);
    let stamped = "2026-03-09T10:00:00Z [EROR] a: b\n2026-03-09 10:00:00 DBUG a\n";
    assert_eq!(levels("stamped", stamped), ["ERROR", "DEBUG"]);
    let json = r#"{"level":"\u001b[31merror\u001b[39m","message":"a"}"#;
    assert_eq!(levels("ndjson", json), ["ERROR"]);
}

#[test]
fn null_twice_and_what_does_not_fit() {
    let text = r#"{"msg":null,"message":{},"time":1,"ts":"x","time":"2020-01-01T00:00:00.1234567891Z","level":null,"pos":"1"}"#;
    let rows = all("ndjson", text);
    assert_eq!(short(&rows)[0].2, None);
    assert_eq!(rows[0].timestamp, nanos("2020-01-01T00:00:00.123456789Z"));
    let extra = r#"{"message":{},"ts":"x","time":"2020-01-01T00:00:00.1234567891Z","pos":"1","_duplicates":{"time":[1]}}"#;
    assert_eq!(rows[0].extra.as_deref(), Some(extra));
}

#[test]
fn made_up_files_are_of_their_format() {
    for format in FORMATS {
        for seed in 0..6 {
            let text = make::text(format, seed, 120_000);
            assert_eq!(text, make::text(format, seed, 120_000));
            assert_eq!(recognise("a.log", &text), format, "{format} {seed}");
            let rows = rows(format, &text, 1 << 20);
            let errors = rows.iter().filter(|row| row.error.is_some()).count();
            assert!(rows.len() > 50 && errors * 3 < rows.len(), "{format} {seed}: {errors}");
            let is_known = |row: &Row| row.error.is_none_or(|error| ERRORS.contains(&error));
            assert!(rows.iter().all(is_known));
            assert!(rows.is_sorted_by_key(|row| row.line) || format == "deepset");
        }
    }
}
