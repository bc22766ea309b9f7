//! Text with braces and brackets that is no JSON, or not enough of it.
use super::Case;

pub(super) const CASES: &[Case] = &[
    // Keys in single quotes are not JSON.
    (
        "python-dicts",
        "text",
        "dicts.txt",
        "{'level': 'info', 'msg': 'started', 'time': '2026-03-09T10:00:00Z'}\n\
         {'level': 'warn', 'msg': 'slow', 'time': '2026-03-09T10:00:01Z'}\n",
    ),
    // Keys without quotes are not JSON.
    (
        "bare-keys",
        "text",
        "config.json5",
        r#"{level: "info", msg: "started"}
{level: "warn", msg: "slow"}
"#,
    ),
    // Ruby's symbols as keys.
    (
        "ruby-hashes",
        "text",
        "hashes.txt",
        r#"{:level=>"info", :msg=>"started"}
{:level=>"warn", :msg=>"slow"}
"#,
    ),
    // Maps as Go prints them.
    (
        "go-maps",
        "text",
        "maps.txt",
        "map[level:info msg:started]\n\
         map[level:warn msg:slow]\n",
    ),
    // A comment comes first, so no document begins the text, and no line is an object.
    (
        "commented-json",
        "text",
        "settings.jsonc",
        r#"// settings of the editor
{
  "tabSize": 4,
  "level": "info"
}
"#,
    ),
    // One object in a text file; two are needed.
    (
        "lone-object",
        "text",
        "build.txt",
        r#"Building shop 1.0.0
{"level":"info","time":"2026-03-09T10:00:00Z","msg":"started"}
linking
done
"#,
    ),
    // The text begins with an object, but three of four lines are none, and one is not enough.
    (
        "object-first",
        "text",
        "first-object.txt",
        r#"{"level":"info","time":"2026-03-09T10:00:00Z","msg":"started"}
linking
stripping
done
"#,
    ),
    // Objects among other lines, but without a key for a time, level or message.
    (
        "objects-without-keys",
        "text",
        "ids.txt",
        r#"Found these:
{"id":1,"name":"a"}
{"id":2,"name":"b"}
two in all
"#,
    ),
    // The first element is no object.
    (
        "array-of-texts",
        "text",
        "names.json",
        r#"["web-1", "web-2", "web-3"]
"#,
    ),
    // Nor is a number one.
    (
        "array-of-numbers",
        "text",
        "numbers.json",
        "[\n\
         \x20 17,\n\
         \x20 18\n\
         ]\n",
    ),
    // Text follows the array on its line.
    (
        "array-and-text",
        "text",
        "answer.txt",
        r#"[{"id":1}] 1 row
[{"id":2}] 1 row
"#,
    ),
    // Brackets of a list.
    (
        "to-do",
        "text",
        "todo.md",
        "[ ] install\n\
         [x] build, [x] test\n",
    ),
    // Two braces of a template.
    (
        "template",
        "text",
        "page.tmpl",
        r#"{{ define "page" }}
<p>{{ .Title }}</p>
{{ end }}
"#,
    ),
    // Braces of a style sheet.
    (
        "css",
        "text",
        "page.css",
        "body { color: #333; }\n\
         p { margin: 0; }\n",
    ),
    // An event stream whose data are texts.
    (
        "data-lines",
        "text",
        "plain-stream.txt",
        "data: hello\n\
         \n\
         data: bye\n",
    ),
    // Texts of JSON are no records.
    (
        "json-strings",
        "text",
        "strings.txt",
        r#""started"
"stopped"
"#,
    ),
];
