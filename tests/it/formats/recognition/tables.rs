//! Tables with a header, and what only comes near them.
use super::Case;

pub(super) const CASES: &[Case] = &[
    (
        "cloudwatch-csv",
        "csv",
        "cloudwatch.csv",
        r#"timestamp,message
1773050400123,"START RequestId: 8f5a"
1773050401123,"END RequestId: 8f5a"
"#,
    ),
    (
        "cloudwatch-insights",
        "csv",
        "insights.csv",
        r#"@timestamp,@message,@logStream
2026-03-09 10:00:00.123,"cannot reach db, giving up",web-1
2026-03-09 10:00:01.123,listening,web-2
"#,
    ),
    (
        "datadog-csv",
        "csv",
        "extract.csv",
        r#""Date","Host","Service","Message"
"2026-03-09T10:00:00.123Z","web-1","shop","listening"
"2026-03-09T10:00:01.123Z","web-2","shop","slow ""query"""
"#,
    ),
    (
        "papertrail-csv",
        "csv",
        "events.csv",
        r#"id,created_at,hostname,program,severity,message
101,2026-03-09T10:00:00Z,web-1,shop,Info,listening
102,2026-03-09T10:00:01Z,web-1,sshd,Notice,"Accepted, from 10.0.0.9"
"#,
    ),
    // Its older names, in the API.
    (
        "papertrail-archive-csv",
        "csv",
        "archive.csv",
        r#"id,generated_at,received_at,source_id,source_name,source_ip,facility_name,severity_name,program,message
101,2026-03-09T10:00:00Z,2026-03-09T10:00:00Z,7,web-1,10.0.0.9,Local7,Notice,shop,listening
"#,
    ),
    (
        "splunk-csv-raw",
        "csv",
        "splunk.csv",
        r#""_raw","_time",host,"log_level"
"2026-03-09 ERROR no such user","2026-03-09T10:00:00.000+0000",web-1,ERROR
"#,
    ),
    (
        "azure-csv",
        "csv",
        "query_data.csv",
        r#"TenantId,"TimeGenerated [UTC]",SeverityLevel,SyslogMessage
7,"3/9/2026, 10:00:00.123 AM",err,no such user
"#,
    ),
    (
        "upper-case-csv",
        "csv",
        "upper.csv",
        "TIMESTAMP,LEVEL,MESSAGE\n2026-03-09T10:00:00Z,ERROR,a\n",
    ),
    (
        "cloud-logging-csv",
        "csv",
        "downloaded-logs.csv",
        "insertId,timestamp,severity,textPayload\n\
         a,2026-03-09T10:00:00Z,INFO,one\n\
         b,2026-03-09T10:00:01Z,ERROR,two\n",
    ),
    (
        "grafana-csv",
        "csv",
        "panel.csv",
        r#""labels","Time","Line","id"
"{app=""web""}","2026-03-09 10:00:00","listening","1"
"{app=""web""}","2026-03-09 10:00:01","slow","2"
"#,
    ),
    (
        "windows-events-csv",
        "csv",
        "events-export.csv",
        "\u{feff}\"TimeGenerated\",\"EntryType\",\"Source\",\"Message\"\r\n\
         \"3/9/2026 10:00:00 AM\",\"Information\",\"Service Control Manager\",\"The service entered the running state.\"\r\n\
         \"3/9/2026 10:00:01 AM\",\"Error\",\"Application Error\",\"Faulting application\"\r\n",
    ),
    (
        "semicolons",
        "csv",
        "export.csv",
        r#"Level;Host;Timestamp;Message
Information;web-1;2026-03-09 10:00:00;gestartet
Error;web-1;2026-03-09 10:00:01;"a; b"
"#,
    ),
    (
        "tabs",
        "csv",
        "export.tsv",
        "host\tlevel\ttime\tmessage\n\
         web-1\tinfo\t2026-03-09T10:00:00Z\tlistening\n\
         web-1\twarn\t2026-03-09T10:00:01Z\tslow\n",
    ),
    (
        "csv-newline",
        "csv",
        "multi.csv",
        r#"level,time,message
error,2026-03-09T10:00:00Z,"first line
second line"
info,2026-03-09T10:00:01Z,done
"#,
    ),
    (
        "csv-upper-case",
        "csv",
        "upper.csv",
        "TIMESTAMP,SEVERITY,MESSAGE\n\
         2026-03-09T10:00:00Z,INFO,started\n\
         2026-03-09T10:00:01Z,INFO,stopped\n",
    ),
    // A header without a record: nothing contradicts it.
    ("csv-header-alone", "csv", "header.csv", "time,level,message\n"),
    // A later record has other fields; only the first must agree.
    (
        "csv-short-later",
        "csv",
        "short.csv",
        "level,time,message\n\
         info,2026-03-09T10:00:00Z,started\n\
         info,2026-03-09T10:00:01Z\n",
    ),
    // No name of a message.
    (
        "csv-no-message",
        "text",
        "prices.csv",
        "Date,Open,High,Low,Close\n\
         2026-03-09,1.0,1.2,0.9,1.1\n\
         2026-03-10,1.1,1.3,1.0,1.2\n",
    ),
    // No name of a time.
    (
        "csv-no-time",
        "text",
        "people.csv",
        "id,message,user\n\
         1,hello,7\n\
         2,bye,7\n",
    ),
    // `text` is no name of a message.
    (
        "csv-text-column",
        "text",
        "notes.csv",
        "time,text\n\
         2026-03-09T10:00:00Z,started\n\
         2026-03-09T10:00:01Z,stopped\n",
    ),
    // Splunk's raw text is the message.
    (
        "splunk-csv",
        "csv",
        "splunk.csv",
        r#""_time","_raw",host
"2026-03-09T10:00:00.000+0000","started",web-1
"2026-03-09T10:00:01.000+0000","stopped",web-1
"#,
    ),
    // Papertrail's archives, by tabs.
    (
        "papertrail-archive",
        "csv",
        "2026-03-09-10.tsv",
        "id\tgenerated_at\treceived_at\tsource_name\tprogram\tmessage\n\
         101\t2026-03-09T10:00:00Z\t2026-03-09T10:00:00Z\tweb-1\tshop\tlistening\n",
    ),
    // The event viewer's names are not known.
    (
        "windows-viewer",
        "text",
        "viewer.csv",
        "Level,Date and Time,Source,Event ID,Task Category\n\
         Information,3/9/2026 10:00:00 AM,Service Control Manager,7036,None\n",
    ),
    // A name comes twice.
    (
        "csv-repeated",
        "text",
        "repeated.csv",
        "time,message,message\n\
         2026-03-09T10:00:00Z,started,again\n\
         2026-03-09T10:00:01Z,stopped,again\n",
    ),
    // pandas writes an index without a name.
    (
        "csv-empty-name",
        "text",
        "frame.csv",
        ",time,message\n\
         0,2026-03-09T10:00:00Z,started\n\
         1,2026-03-09T10:00:01Z,stopped\n",
    ),
    // The first record has more fields than the header.
    (
        "csv-other-fields",
        "text",
        "unequal.csv",
        "time,message\n\
         2026-03-09T10:00:00Z,started, at last\n\
         2026-03-09T10:00:01Z,stopped, too\n",
    ),
    // A header counts only in the first line.
    (
        "csv-behind-prompt",
        "text",
        "shell.txt",
        "$ head -2 export.csv\n\
         time,level,message\n\
         2026-03-09T10:00:00Z,info,started\n",
    ),
    // Words with commas.
    (
        "csv-in-prose",
        "text",
        "prose.txt",
        "time,message\n\
         are the columns that we need and no others.\n",
    ),
    // Bars do not separate.
    (
        "csv-pipes",
        "text",
        "pipes.txt",
        "time|level|message\n\
         2026-03-09T10:00:00Z|info|started\n",
    ),
    // No header.
    (
        "csv-headless",
        "text",
        "headless.csv",
        "info,2026-03-09T10:00:00Z,started\n\
         info,2026-03-09T10:00:01Z,stopped\n",
    ),
    // Tabs, but no header.
    (
        "tsv-headless",
        "text",
        "headless.tsv",
        "web-1\tinfo\tstarted\n\
         web-2\tinfo\tstopped\n",
    ),
    // Names are in a comment; date and time are two columns.
    (
        "cloudfront",
        "text",
        "cloudfront.log",
        "#Version: 1.0\n\
         #Fields: date time x-edge-location c-ip cs-method sc-status\n\
         2026-03-09\t10:00:00\tFRA56-P1\t10.0.0.9\tGET\t200\n\
         2026-03-09\t10:00:01\tFRA56-P1\t10.0.0.9\tGET\t404\n",
    ),
];
