//! What the tools of a build print, as templates: `{slot}` is filled by [`super::text`], `{{` is a brace.
//!
//! The text is made up after what the tools print: its escape sequences, its tabs, its quotes and its
//! messages of several lines are what a reader of logs must cope with, and what compression feeds on.
//!
//! | slot | gives |
//! |---|---|
//! | `d1`, `d2`, `d3`, `d4`, `d6` | a number of up to so many digits |
//! | `h7`, `h12`, `h40`, `h64`, `hex` | hexadecimal digits: of a commit, an image, SHA-1, SHA-256, sixteen |
//! | `uuid`, `b64` | a UUID, 43 characters of base64 |
//! | `word`, `verb`, `sentence` | `cart`, `resolved`, `resolved the cart of ledger` |
//! | `iso`, `clock` | the time of the record: `2026-03-09T13:40:07.512Z`, `13:40:07` |
//! | `n`, `total`, `pct` | a counter, what it counts to, and the percentage |
//! | `ms`, `secs`, `size` | `35ms`, `1.07s`, `12.4 MB` or `310 kB` |
//! | `status`, `port`, `ip`, `ver` | `404`, `8080`, `10.0.31.7`, `2.14.3` |
//! | `name`, `crate`, `scope` | names of packages: `cart-ledger`, `cart_ledger`, `@cart/ledger` |
//! | `class`, `method`, `pkg` | `OrderCart`, `resolvedCart`, `com.acme.cart.order` |
//! | `test`, `gotest` | `test_cart_resolved_order`, `TestCartResolved` |
//! | `file`, `path`, `winpath` | `src/cart/order_ledger.rs`, `/harness/cart/order`, `C:\agent\_work\...` |
//! | `host`, `branch`, `env` | `git.acme.example`, `feature/cart`, `ORDER_CART` |
//! | `ns`, `svc`, `image`, `pod` | of Kubernetes: a namespace, a service, its image, one of its pods |
//! | `hitmiss`, `verbhttp` | `hit`, `miss` or `revalidated`; `GET`, `POST`, `PUT` or `DELETE` |
//! | `foreign` | words outside ASCII, of two to four bytes a character |
//! | `plusminus` | `+++++---`, as of `git diff --stat` |
//! | `json` | an event of a service as one line of JSON, see [`super::service`] |
//! | `bar:LABEL`, `cargobar` | a progress bar: all its states with `\r` between, or one |
//! | `jframes`, `pyframes`, `goframes` | the lines of a stack trace in Java, Python, Go |
//! | `xml` | some lines of a Maven file |

use crate::record::level::Level::{self, Debug, Error, Fatal, Info, Trace, Warn};

/// Lines of one tool: level, weight, template. The level is written only by the delegate, which also colours
/// messages by it; other writers have one level for all lines.
pub(super) struct Topic {
    /// By which [`super::keys`] refers to it.
    pub(super) name: &'static str,
    /// A weight is relative to the others of the topic: a line of 14 comes as often as seven of 2.
    pub(super) lines: &'static [(Level, u32, &'static str)],
}

/// Every topic; [`super::keys`] names them per kind of entry. Their order has no meaning.
pub(super) const TOPICS: &[Topic] = &[
    Topic { name: "git", lines: GIT },
    Topic { name: "npm", lines: NPM },
    Topic { name: "cargo", lines: CARGO },
    Topic { name: "apt", lines: APT },
    Topic { name: "maven", lines: MAVEN },
    Topic { name: "pytest", lines: PYTEST },
    Topic { name: "gotest", lines: GOTEST },
    Topic { name: "docker", lines: DOCKER },
    Topic { name: "windows", lines: WINDOWS },
    Topic { name: "service", lines: SERVICE },
    Topic { name: "kubernetes", lines: KUBERNETES },
    Topic { name: "helm", lines: HELM },
    Topic { name: "terraform", lines: TERRAFORM },
    Topic { name: "script", lines: SCRIPT },
    Topic { name: "delegate", lines: DELEGATE },
    Topic { name: "agent", lines: AGENT },
];

/// A clone, a fetch and a log: progress bars, tabs, and commits of several lines with `<` and `>` around
/// addresses.
///
/// ```text
/// 9d9c1c7 consumed by socket packet
/// A\tsrc/policy/mailer_glacier.py
/// ```
const GIT: &[(Level, u32, &str)] = &[
    (
        Info,
        2,
        "+ git fetch --no-tags --depth=50 origin +refs/heads/{branch}:refs/remotes/origin/{branch}",
    ),
    (Info, 3, "From https://{host}/{name}/{name}"),
    (Info, 8, " * [new branch]          {branch}-{d4} -> origin/{branch}-{d4}"),
    (Info, 8, "   {h7}..{h7}  {branch}-{d2} -> origin/{branch}-{d2}"),
    (Info, 1, "remote: Enumerating objects: {d6}, done."),
    (Info, 3, "{bar:Receiving objects}"),
    (Info, 2, "{bar:Resolving deltas}"),
    (Info, 10, "A\t{file}"),
    (Info, 16, "M\t{file}"),
    (Info, 10, " {file} | {d3} {plusminus}"),
    (Info, 12, "{h7} {sentence}"),
    (Info, 2, "HEAD is now at {h7} {sentence}"),
    (
        Info,
        6,
        "commit {h40}\nAuthor: {word} {word} <{word}.{word}@acme.example>\nDate:   {iso}\n\n    {sentence}",
    ),
    (Info, 1, "Author: {foreign} <{word}@acme.example>"),
    (
        Warn,
        1,
        "\x1b[33mhint:\x1b[m Using '{branch}' as the name for the initial branch & its upstream.",
    ),
    (Warn, 1, "warning: LF will be replaced by CRLF in {file}."),
];

/// npm with `--loglevel silly`, and a build by vite and tsc: long lines of debugging with addresses and
/// hashes, colours, and signs such as `✓` outside ASCII.
///
/// ```text
/// npm http fetch GET 200 https://git.acme.example/@payload/metric 478ms (cache miss)
/// ```
const NPM: &[(Level, u32, &str)] = &[
    (
        Debug,
        14,
        "npm silly packumentCache full:https://{host}/{scope} set size:{d6} disposed:false",
    ),
    (Debug, 22, "npm http fetch GET 200 https://{host}/{scope} {ms} (cache {hitmiss})"),
    (
        Debug,
        18,
        "npm http fetch GET 200 https://{host}/{scope}/-/{name}-{ver}.tgz {ms} (cache {hitmiss})",
    ),
    (Debug, 12, "npm silly placeDep ROOT {scope}@{ver} OK for: {name}@{ver} want: ^{ver}"),
    (Debug, 8, "npm silly reify mark retired [ '{path}/node_modules/{scope}' ]"),
    (Debug, 8, "npm verbose shasum {h40} integrity=sha512-{b64}{b64}=="),
    (Debug, 3, "npm silly tarball no local data for {scope}@{ver} integrity sha512-{b64}{b64}=="),
    (Warn, 4, "npm \x1b[30;43mWARN\x1b[0m \x1b[35mdeprecated\x1b[0m {name}@{ver}: {sentence}"),
    (
        Warn,
        2,
        "npm WARN EBADENGINE   required: {{ node: '>={d2}.{d2}.0' }}, package: '{scope}@{ver}'",
    ),
    (Info, 6, "\x1b[32m  ✓\x1b[39m \x1b[2m{file}\x1b[22m \x1b[33m{ms}\x1b[39m"),
    (
        Info,
        4,
        "dist/assets/{word}-{h7}.js   \x1b[1m\x1b[2m{size}\x1b[22m\x1b[1m\x1b[22m │ gzip: {size}",
    ),
    (Info, 1, "added {d4} packages, and audited {d4} packages in {secs}"),
    (Info, 1, "\x1b[2K\x1b[1G[{n}/{total}] ⠙ {scope}: linking"),
    (
        Error,
        1,
        "{file}({d3},{d2}): error TS{d4}: Argument of type 'Map<string, {class}>' is not assignable to '{class} & {{ {word}: string }}'.",
    ),
    (
        Error,
        1,
        "npm ERR! code ELIFECYCLE\nnpm ERR! errno {d2}\nnpm ERR! {scope}@{ver} build: `tsc && vite build`\nnpm ERR! Exit status {d1}",
    ),
];

/// cargo with `--verbose` and its tests: a very long line per crate, bold colours, warnings that draw
/// with `|` and `^` over several lines.
///
/// ```text
/// \u001b[1m\u001b[92m   Compiling\u001b[0m rudder_fennel v1.3.2
/// ```
const CARGO: &[(Level, u32, &str)] = &[
    (Info, 14, "\x1b[1m\x1b[92m   Compiling\x1b[0m {crate} v{ver}"),
    (Info, 5, "\x1b[1m\x1b[92m  Downloaded\x1b[0m {crate} v{ver}"),
    (
        Debug,
        9,
        "\x1b[1m\x1b[92m     Running\x1b[0m `CARGO_MANIFEST_DIR={path}/registry/src/{host}-{h7}/{crate}-{ver} CARGO_PKG_NAME={crate} CARGO_PKG_VERSION={ver} rustc --crate-name {crate} --edition=2021 {path}/{crate}-{ver}/src/lib.rs --error-format=json --emit=dep-info,metadata,link -C metadata={hex} -C extra-filename=-{hex} --out-dir /build/target/release/deps -L dependency=/build/target/release/deps --cap-lints allow`",
    ),
    (Info, 30, "test {word}::{word}::{test} ... \x1b[32mok\x1b[0m"),
    (Info, 2, "test {word}::{word}::{test} ... \x1b[33mignored\x1b[0m"),
    (Info, 2, "\x1b[K\r{cargobar}"),
    (
        Warn,
        3,
        "\x1b[0m\x1b[1m\x1b[33mwarning\x1b[0m\x1b[0m\x1b[1m: unused variable: `{word}`\x1b[0m\n \x1b[1m\x1b[94m-->\x1b[0m {file}:{d3}:{d2}\n\x1b[1m\x1b[94m  |\x1b[0m\n\x1b[1m\x1b[94m{d3}|\x1b[0m     let {word} = {word}.{method}()?;\n\x1b[1m\x1b[94m  |\x1b[0m \x1b[33m        ^^^^^ help: prefix it with an underscore\x1b[0m",
    ),
    (
        Error,
        1,
        "\x1b[1m\x1b[91merror[E0{d3}]\x1b[0m: mismatched types: expected `&[{class}]`, found `Vec<{class}>` at {file}:{d3}:{d2}",
    ),
    (
        Error,
        1,
        "thread '{test}' panicked at {file}:{d3}:{d2}:\nassertion `left == right` failed\n  left: \"{word}\"\n right: \"{sentence}\"",
    ),
    (Info, 1, "    Finished `release` profile [optimized] target(s) in {secs}"),
];

/// An image's packages: plain and very repetitive text, and some `<` and `&` that Go escapes.
///
/// ```text
/// Unpacking codec-latch (4.18.4-4+deb12u1) over (4.2.3-4) ...
/// ```
const APT: &[(Level, u32, &str)] = &[
    (
        Info,
        12,
        "Get:{n} http://{host}/debian bookworm/main amd64 {name} amd64 {ver}-{d1}+deb12u{d1} [{size}]",
    ),
    (Info, 10, "Selecting previously unselected package {name}."),
    (Info, 10, "Preparing to unpack .../{d3}-{name}_{ver}-{d1}_amd64.deb ..."),
    (Info, 10, "Unpacking {name} ({ver}-{d1}+deb12u{d1}) over ({ver}-{d1}) ..."),
    (Info, 10, "Setting up {name} ({ver}-{d1}+deb12u{d1}) ..."),
    (Info, 4, "Processing triggers for {name} ({ver}-{d1}) ..."),
    (Info, 2, "(Reading database ... {bar:Reading database}"),
    (Info, 4, "  {name} {name} {name} {name} {name} {name}"),
    (Warn, 2, "debconf: delaying package configuration, since {name} is not installed"),
    (
        Warn,
        2,
        "W: https://{host}/debian/dists/bookworm/InRelease: Key is stored in legacy keyring, see the <DEPRECATION> section & apt-key(8)",
    ),
    (
        Error,
        1,
        "E: Failed to fetch http://{host}/debian/pool/main/{name}_{ver}_amd64.deb  503  Service Unavailable [IP: {ip} 80]",
    ),
];

/// A build in Java: coloured levels in brackets, logback lines with a clock but no date, stack traces, XML.
///
/// ```text
/// 13:49:40.303 [main] INFO  com.acme.lexer.retry.CursorAudit - queued without schema before gateway
/// ```
const MAVEN: &[(Level, u32, &str)] = &[
    (
        Info,
        16,
        "[\x1b[1;34mINFO\x1b[m] Downloaded from central: https://{host}/maven2/com/acme/{word}/{name}/{ver}/{name}-{ver}.jar ({size} at {size}/s)",
    ),
    (
        Info,
        10,
        "[\x1b[1;34mINFO\x1b[m] \x1b[1;32mTests run: \x1b[0;1;32m{d2}\x1b[m, Failures: 0, Errors: 0, Skipped: {d1}, Time elapsed: {secs} -- in {pkg}.\x1b[1m{class}Test\x1b[m",
    ),
    (Info, 14, "{clock}.{d3} [main] INFO  {pkg}.{class} - {sentence}"),
    (
        Debug,
        12,
        "{clock}.{d3} [pool-{d1}-thread-{d2}] DEBUG {pkg}.{class} - {method}() {verb} {word} id={uuid} took {ms}",
    ),
    (
        Warn,
        3,
        "[\x1b[1;33mWARNING\x1b[m] {path}/{class}.java:[{d3},{d2}] {method}(java.util.List<? extends {class}>) in {pkg}.{class} has been deprecated",
    ),
    (
        Error,
        2,
        "{clock}.{d3} [http-nio-{port}-exec-{d2}] ERROR {pkg}.{class} - {sentence}\n{pkg}.{class}Exception: {sentence}: <{word} id=\"{d6}\">\n{jframes}",
    ),
    (
        Error,
        1,
        "[\x1b[1;31mERROR\x1b[m] \x1b[1;31mFailures: \x1b[m\n[\x1b[1;31mERROR\x1b[m]   {class}Test.{method}:{d3} expected: <{word}> but was: <{word}>",
    ),
    (Info, 2, "{xml}"),
    (
        Info,
        4,
        "[\x1b[1;34mINFO\x1b[m] \x1b[1m--- \x1b[0;32m{name}:{ver}:{word}\x1b[m \x1b[1m(default-{word})\x1b[m @ \x1b[36m{name}\x1b[0;1m ---\x1b[m",
    ),
    (
        Info,
        1,
        "[\x1b[1;34mINFO\x1b[m] \x1b[1m------------------------------------------------------------------------\x1b[m",
    ),
];

/// pytest and pip: two colours in each line, tracebacks, and bars of `━`, which has three bytes.
///
/// ```text
/// tests/cart/test_order.py::test_cart_resolved_order \u001b[33mSKIPPED\u001b[0m (...)
/// ```
const PYTEST: &[(Level, u32, &str)] = &[
    (
        Info,
        40,
        "tests/{word}/test_{word}.py::Test{class}::{test} \x1b[32mPASSED\x1b[0m\x1b[32m [ {pct}%]\x1b[0m",
    ),
    (
        Info,
        12,
        "tests/{word}/test_{word}.py::{test}[{word}-{d2}-{word}] \x1b[32mPASSED\x1b[0m\x1b[32m [ {pct}%]\x1b[0m",
    ),
    (
        Info,
        3,
        "tests/{word}/test_{word}.py::{test} \x1b[33mSKIPPED\x1b[0m ({sentence})\x1b[32m [ {pct}%]\x1b[0m",
    ),
    (
        Error,
        2,
        "tests/{word}/test_{word}.py::Test{class}::{test} \x1b[31mFAILED\x1b[0m\x1b[31m [ {pct}%]\x1b[0m",
    ),
    (
        Error,
        1,
        "Traceback (most recent call last):\n{pyframes}{class}Error: {sentence} ('{word}', {d4})",
    ),
    (
        Info,
        6,
        "Collecting {name}=={ver}\n  Downloading {name}-{ver}-py3-none-any.whl.metadata ({size})",
    ),
    (
        Info,
        2,
        "  \x1b[2K     \x1b[90m━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━\x1b[0m \x1b[32m{size}\x1b[0m \x1b[31m{size}/s\x1b[0m eta \x1b[36m0:00:{d2}\x1b[0m",
    ),
    (
        Info,
        3,
        "Requirement already satisfied: {name}<{d1},>={ver} in {path}/site-packages (from {name}) ({ver})",
    ),
    (
        Warn,
        2,
        "  {path}/{word}.py:{d3}: DeprecationWarning: {method} is deprecated, use '{method}' && rebuild\n    warnings.warn(\"{sentence}\", DeprecationWarning)",
    ),
    (Info, 10, "{iso} [{word}] INFO {word}.{word}: {sentence} (request_id={uuid}, elapsed={ms})"),
];

/// `go test -v`: tabs, indented results, a panic with its goroutines, and the program's own JSON.
///
/// ```text
/// --- PASS: TestThreadEvicted (14.60s)
/// ```
const GOTEST: &[(Level, u32, &str)] = &[
    (Info, 14, "=== RUN   {gotest}"),
    (Info, 14, "=== RUN   {gotest}/{word}_{word}_{d2}"),
    (Info, 14, "--- PASS: {gotest} ({secs})"),
    (Info, 14, "    --- PASS: {gotest}/{word}_{word}_{d2} ({secs})"),
    (Info, 10, "    {word}_test.go:{d3}: {sentence}: got \"{word}\" want \"{word}\""),
    (
        Info,
        4,
        "ok  \tgithub.example/acme/{word}/internal/{word}\t{secs}\tcoverage: {d2}.{d1}% of statements",
    ),
    (Debug, 12, "{json}"),
    (
        Error,
        1,
        "--- FAIL: {gotest} ({secs})\n    {word}_test.go:{d3}: \n\t\tError Trace:\t{path}/{word}_test.go:{d3}\n\t\tError:      \tNot equal: \n\t\t            \texpected: {d4}\n\t\t            \tactual  : {d4}",
    ),
    (
        Error,
        1,
        "panic: runtime error: invalid memory address or nil pointer dereference\n[signal SIGSEGV: segmentation violation code=0x1 addr=0x{d2} pc=0x{h7}]\n\ngoroutine {d3} [running]:\n{goframes}",
    ),
    (Info, 3, "go: downloading github.example/{word}/{name} v{ver}-0.{d6}{d6}-{h12}"),
];

/// BuildKit's plain progress: each line begins with the number of its vertex, and has hashes of 64 digits.
///
/// ```text
/// #70 35.670 (3/1113) Installing signal-sorter (4.18.4-r4)
/// ```
const DOCKER: &[(Level, u32, &str)] = &[
    (
        Info,
        8,
        "#{n} [{word} {d1}/{d2}] RUN apk add --no-cache {name} {name} && rm -rf /var/cache/{word}",
    ),
    (Info, 14, "#{d2} {d2}.{d3} ({n}/{total}) Installing {name} ({ver}-r{d1})"),
    (Info, 14, "#{d2} sha256:{h64} {size} / {size} {secs} done"),
    (Info, 8, "#{d2} extracting sha256:{h64} {secs}"),
    (Info, 6, "{h12}: Pushed"),
    (Info, 4, "{h12}: Layer already exists"),
    (Info, 5, "{h12}: {bar:Downloading}"),
    (Info, 3, "#{d2} DONE {secs}"),
    (Info, 3, "#{d2} CACHED"),
    (Info, 2, "{image}: digest: sha256:{h64} size: {d4}"),
    (
        Warn,
        1,
        "\x1b[33m{d1} warning found (use docker --debug to expand):\x1b[0m\n - FromAsCasing: 'as' and 'FROM' keywords' casing do not match (line {d2})",
    ),
    (
        Error,
        1,
        "\x1b[31mERROR: failed to solve: process \"/bin/sh -c make {word} > /dev/null\" did not complete successfully: exit code: {d2}\x1b[0m",
    ),
];

/// dotnet and PowerShell: paths with backslashes, which JSON doubles, and messages with `\r\n` inside.
/// Entries with this topic end their messages in `\r\n`.
///
/// ```text
///   Restored C:\\agent\\_work\\8\\s\\src\\trace\\CouponBundle.csproj (in 17ms).\r\n
/// ```
const WINDOWS: &[(Level, u32, &str)] = &[
    (Info, 14, "  {class}.{class} -> {winpath}\\bin\\Release\\net8.0\\{class}.{class}.dll"),
    (Info, 10, "  Restored {winpath}\\{class}.{class}.csproj (in {ms})."),
    (Info, 12, "  Passed {class}.{class}Tests.{method}_{word}_{word} [{ms}]"),
    (
        Info,
        8,
        "C:\\Program Files\\dotnet\\dotnet.exe exec \"{winpath}\\{class}.dll\" --{word} \"{winpath}\\{word}.json\" /p:Version={ver}",
    ),
    (
        Warn,
        4,
        "{winpath}\\{class}.cs({d3},{d2}): warning CS{d4}: Possible null reference argument for parameter '{word}' in 'Task<{class}> {class}.{method}(string {word})'. [{winpath}\\{class}.csproj]",
    ),
    (
        Error,
        1,
        "{winpath}\\{class}.cs({d3},{d2}): error CS{d4}: The name '{word}' does not exist in the current context",
    ),
    (
        Error,
        1,
        "Unhandled exception. System.{class}Exception: {sentence}\r\n   at {class}.{class}.{method}(String {word}) in {winpath}\\{class}.cs:line {d3}\r\n   at {class}.Program.<Main>$(String[] args) in {winpath}\\Program.cs:line {d2}",
    ),
    (Info, 4, "{xml}"),
    (Info, 3, "PS {winpath}> .\\build.ps1 -{class} '{word}' -Verbose:$false"),
];

/// A service under test: mostly JSON in a message, which is escaped once more, and access logs.
///
/// ```text
/// {\"level\":30,\"time\":1773064342000,\"pid\":14,\"msg\":\"retried from proxy for margin\"}
/// ```
const SERVICE: &[(Level, u32, &str)] = &[
    (Info, 70, "{json}"),
    (
        Info,
        12,
        "{ip} - - [{iso}] \"{verbhttp} /v{d1}/{word}s/{d6}?{word}={word}&page={d2} HTTP/1.1\" {status} {d4} \"https://{host}/{word}\" \"acme-client/{ver}\"",
    ),
    (Debug, 6, "{iso} DEBUG [{word}-{d2}] {pkg}.{class}: cache {hitmiss} key={word}:{hex}"),
    (
        Warn,
        2,
        "{iso} WARN slow query ({ms}): SELECT {word}_id, {word} FROM {word}s WHERE {word} = $1 AND created_at <= now() - interval '{d2} days'",
    ),
    (Error, 1, "{iso} ERROR {sentence}\n{pkg}.{class}Exception: {sentence}\n{jframes}"),
    (Trace, 1, "\x1b[90m{iso} TRACE\x1b[0m frame {hex} {b64}"),
    (Info, 1, "{foreign}: {sentence}"),
];

/// kubectl and the steady state check: events with aligned columns, manifests of many lines.
///
/// ```text
/// Status : Waiting for deployment \"block-api\" rollout to finish: 1 out of 20 new replicas ...
/// ```
const KUBERNETES: &[(Level, u32, &str)] = &[
    (
        Info,
        8,
        "\x1b[1;97m\x1b[40mkubectl --kubeconfig=config apply --filename=manifests.yaml --record\x1b[0m",
    ),
    (Info, 14, "deployment.apps/{svc} configured"),
    (Info, 8, "configmap/{svc}-{d3} created"),
    (
        Info,
        20,
        "Event  : Pod   {pod}   Successfully pulled image \"{image}\" in {ms} ({ms} including waiting)",
    ),
    (Info, 20, "Event  : Pod   {pod}   Created container {svc}"),
    (Info, 12, "Event  : ReplicaSet   {svc}-{h7}   Created pod: {pod}"),
    (
        Info,
        20,
        "Status : Waiting for deployment \"{svc}\" rollout to finish: {d1} out of {d2} new replicas have been updated...",
    ),
    (
        Warn,
        5,
        "Event  : Pod   {pod}   Readiness probe failed: Get \"http://{ip}:{port}/healthz\": dial tcp {ip}:{port}: connect: connection refused",
    ),
    (
        Warn,
        2,
        "Event  : Pod   {pod}   Back-off restarting failed container {svc} in pod {pod}_{ns}({uuid})",
    ),
    (
        Error,
        1,
        "Event  : Pod   {pod}   Failed to pull image \"{image}\": rpc error: code = NotFound desc = failed to resolve reference \"{image}\"",
    ),
    (
        Error,
        1,
        "Timed out waiting for the condition: {sentence}\nResources not ready:\n  deployment/{svc}\n  deployment/{svc}",
    ),
    (Fatal, 1, "Unable to continue: {sentence}"),
    (
        Info,
        4,
        "Namespace: {ns}\nRelease Name: release-{hex}\nManifests [Post template rendering] :\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {svc}\n  labels:\n    app: {svc}\n    harness.io/release-name: release-{hex}\nspec:\n  replicas: {d1}\n  template:\n    spec:\n      containers:\n      - name: {svc}\n        image: {image}\n        args: [\"--{word}\", \"--{word}={d4}\"]",
    ),
    (
        Info,
        4,
        "NAME                        READY   UP-TO-DATE   AVAILABLE   AGE\n{svc}   {d1}/{d1}     {d1}            {d1}           {d2}d",
    ),
];

/// helm upgrade with `--debug`: its notes, rendered charts, klog warnings, Go structs with braces.
///
/// ```text
/// client.go:214: [debug] Patch ConfigMap \"cart-api-order\" in namespace staging
/// ```
const HELM: &[(Level, u32, &str)] = &[
    (
        Info,
        6,
        "helm upgrade {svc} {path}/{name} --install --namespace {ns} --values {path}/values-{ns}.yaml --set image.tag={ver} --timeout {d2}m --history-max {d2}",
    ),
    (Debug, 14, "client.go:{d3}: [debug] Looks like there are no changes for Deployment \"{svc}\""),
    (Debug, 14, "client.go:{d3}: [debug] Patch ConfigMap \"{svc}-{word}\" in namespace {ns}"),
    (Info, 10, "Event : Pod {pod} : Started container {svc}"),
    (
        Info,
        10,
        "ready.go:{d3}: [debug] Deployment is not ready: {ns}/{svc}. {d1} out of {d1} expected pods are ready",
    ),
    (
        Info,
        3,
        "NAME: {svc}\nLAST DEPLOYED: {iso}\nNAMESPACE: {ns}\nSTATUS: deployed\nREVISION: {d2}\nTEST SUITE: None",
    ),
    (
        Warn,
        2,
        "W{d4} {clock}.{d6} {d6} warnings.go:70] unknown field \"spec.template.spec.{word}\" && \"spec.{word}\"",
    ),
    (
        Error,
        1,
        "Error: UPGRADE FAILED: cannot patch \"{svc}\" with kind Deployment: Deployment.apps \"{svc}\" is invalid: spec.selector: Invalid value: v1.LabelSelector{{MatchLabels:map[string]string{{\"app\":\"{svc}\"}}}}: field is immutable",
    ),
    (
        Info,
        3,
        "# Source: {name}/templates/{word}.yaml\napiVersion: v1\nkind: Service\nmetadata:\n  name: {svc}\nspec:\n  ports:\n  - port: {port}\n    targetPort: {port}",
    ),
];

/// A plan and an apply: resets between all parts of a line, and warnings in a box of `│`.
///
/// ```text
/// \u001b[0m\u001b[1macme_scanner.helper: Still creating... [18m39s elapsed]\u001b[0m\u001b[0m
/// ```
const TERRAFORM: &[(Level, u32, &str)] = &[
    (
        Info,
        14,
        "\x1b[0m\x1b[1mmodule.{word}.acme_{word}.{word}[\"{word}\"]: Refreshing state... [id={word}-{hex}]\x1b[0m",
    ),
    (Info, 10, "\x1b[0m\x1b[1macme_{word}.{word}: Creating...\x1b[0m\x1b[0m"),
    (
        Info,
        12,
        "\x1b[0m\x1b[1macme_{word}.{word}: Still creating... [{d2}m{d2}s elapsed]\x1b[0m\x1b[0m",
    ),
    (
        Info,
        10,
        "\x1b[0m\x1b[1macme_{word}.{word}: Creation complete after {secs} [id=arn:acme:{word}:{ns}:{d6}{d6}:{word}/{uuid}]\x1b[0m",
    ),
    (
        Info,
        12,
        "  \x1b[32m+\x1b[0m\x1b[0m {word}_{word}   = \"{word}-{d4}\" \x1b[90m-> (known after apply)\x1b[0m\x1b[0m",
    ),
    (
        Info,
        5,
        "  \x1b[33m~\x1b[0m\x1b[0m tags = {{\n      \x1b[32m+\x1b[0m\x1b[0m \"{class}\" = \"{ns}\"\n        # ({d2} unchanged elements hidden)\n    }}",
    ),
    (
        Warn,
        2,
        "\x1b[33m╷\x1b[0m\x1b[0m\n\x1b[33m│\x1b[0m \x1b[0m\x1b[1m\x1b[33mWarning: \x1b[0m\x1b[0m\x1b[1mArgument is deprecated\x1b[0m\n\x1b[33m│\x1b[0m   on {word}.tf line {d3}: {sentence}\n\x1b[33m╵\x1b[0m",
    ),
    (
        Error,
        1,
        "\x1b[31m│\x1b[0m \x1b[1m\x1b[31mError: \x1b[0mcreating {class} ({word}-{hex}): operation error: https response error StatusCode: {status}, RequestID: {uuid}, {class}: {sentence}",
    ),
];

/// A user's shell script under `set -x`: a masked secret, redirections, and a bit of everything.
///
/// ```text
/// [1/5979] merged fiber otter-stack in 151ms
/// ```
const SCRIPT: &[(Level, u32, &str)] = &[
    (Info, 6, "Executing command ..."),
    (
        Info,
        12,
        "+ curl -fsS -X {verbhttp} 'https://{host}/v{d1}/{word}s?{word}={word}&limit={d2}' -H 'Authorization: Bearer **************' > /tmp/{word}.json 2>&1",
    ),
    (Info, 14, "[{n}/{total}] {verb} {word} {name} in {ms}"),
    (Info, 14, "{sentence}"),
    (Info, 8, "{env}={path}/{word}"),
    (Info, 10, "{json}"),
    (Info, 4, "\x1b[36m==>\x1b[0m {sentence} \x1b[2m({iso})\x1b[0m"),
    (Info, 4, "{word}\t{d6}\t{size}\t{ms}\t{status}\t{ip}"),
    (Warn, 3, "WARNING: {sentence}"),
    (Error, 2, "{path}/{word}.sh: line {d3}: {word}: command not found"),
    (Error, 1, "curl: (22) The requested URL returned error: {status}"),
    (Info, 2, "{foreign}"),
    (Info, 3, "<testcase classname=\"{pkg}.{class}\" name=\"{method}\" time=\"0.{d3}\"/>"),
    (Info, 1, "Command completed with ExitCode ({d1})"),
];

/// The delegate's own messages: short and mostly plain, about files, expressions, tasks and connectors.
///
/// ```text
/// Successfully fetched file: src/hollow/builder_slab.kt (219 kB)
/// ```
const DELEGATE: &[(Level, u32, &str)] = &[
    (Info, 8, "Initializing.."),
    (
        Info,
        10,
        "\x1b[1;97m\x1b[40mFetching files from git repo [https://{host}/{name}/{name}.git] branch [{branch}]\x1b[0m",
    ),
    (Info, 16, "Successfully fetched file: {file} ({size})"),
    (Info, 10, "Resolved expression <+{word}.{word}.{method}> to [{word}-{d3}]"),
    (
        Info,
        10,
        "Delegate [{word}-delegate-{h7}-{d1}] accepted task [{uuid}], type: {class}Task, timeout: {d2} min",
    ),
    (Info, 8, "Starting {word} checks for {svc} in {ns} [{n} of {total}]"),
    (Debug, 3, "Heartbeat ok: {d3} ms, load {d1}.{d2}, heap {size} of {size}"),
    (Warn, 3, "Could not find {word} override for environment {ns}; using the service's default"),
    (
        Error,
        1,
        "Failed to connect to https://{host}:{port}/api: {sentence}. Please check the connector & its credentials <{word}>",
    ),
    (Info, 2, "Done."),
];

/// Discovery agents: Go's maps as text, in braces but not JSON.
///
/// ```text
/// {file:pruner.go:896,func:github.example/acme/discovery/margin.PacketWebhook,level:info,msg:...}
/// ```
const AGENT: &[(Level, u32, &str)] = &[
    (
        Info,
        20,
        "{{file:{word}.go:{d3},func:github.example/acme/discovery/{word}.{class},level:info,msg:{sentence},time:{iso}}}",
    ),
    (
        Info,
        10,
        "{{file:{word}.go:{d3},func:github.example/acme/discovery/{word}.{class},level:debug,msg:{verb} {d4} services in {ns} took {ms},time:{iso}}}",
    ),
    (
        Warn,
        2,
        "{{file:watch.go:{d3},level:warning,msg:watch of *v1.{class} ended with: too old resource version: {d6} ({d6}),time:{iso}}}",
    ),
    (Info, 6, "{json}"),
];
