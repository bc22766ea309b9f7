//! Vocabulary of the generated text. Every list is made up for this project.
//!
//! All but [`FOREIGN`] is ASCII that goes into names, paths and JSON strings without escapes. An item that
//! is added or moved changes the bundles of every seed.

/// Plain words. An entry has favourites, some forty in a row from a place that is drawn per entry.
pub(super) const WORDS: &[&str] = &[
    "order", "cart", "ledger", "parcel", "billing", "catalog", "search", "stock", "token",
    "session", "report", "route", "queue", "cache", "batch", "index", "worker", "gateway",
    "profile", "invoice", "coupon", "review", "audit", "mailer", "webhook", "schema", "buffer",
    "codec", "stream", "packet", "socket", "timer", "retry", "quota", "policy", "bucket", "shard",
    "replica", "cluster", "metric", "trace", "probe", "signal", "event", "payload", "header",
    "cookie", "client", "server", "proxy", "router", "filter", "parser", "lexer", "linter",
    "bundle", "loader", "plugin", "theme", "widget", "canvas", "layout", "margin", "border",
    "button", "dialog", "modal", "toast", "slider", "chart", "legend", "axis", "label", "marker",
    "polygon", "raster", "vector", "matrix", "tensor", "kernel", "thread", "fiber", "mutex",
    "latch", "barrier", "channel", "arena", "slab", "heap", "stack", "frame", "page", "block",
    "chunk", "record", "column", "table", "cursor", "lookup", "mapping", "binding", "export",
    "import", "module", "package", "archive", "digest", "cipher", "secret", "vault", "ticket",
    "badge", "banner", "feed", "digestor", "merger", "sorter", "ranker", "scorer", "matcher",
    "scanner", "watcher", "walker", "runner", "builder", "writer", "reader", "printer", "painter",
    "planner", "tracker", "tagger", "binder", "folder", "holder", "helper", "handler", "keeper",
    "sender", "poller", "pruner", "copper", "amber", "cobalt", "indigo", "maple", "cedar",
    "willow", "harbor", "meadow", "canyon", "glacier", "prairie", "lagoon", "summit", "ridge",
    "delta", "orchard", "lantern", "compass", "anchor", "rudder", "beacon", "ferry", "trolley",
    "wagon", "kettle", "ladle", "skillet", "pantry", "basket", "thimble", "needle", "ribbon",
    "velvet", "linen", "cotton", "marble", "granite", "pebble", "gravel", "cinder", "ember",
    "spark", "flint", "tinder", "hollow", "thicket", "bramble", "clover", "fennel", "saffron",
    "nutmeg", "ginger", "pepper", "walnut", "almond", "hazel", "otter", "badger", "heron",
    "plover", "finch", "magpie", "lynx", "marten", "weasel", "beetle", "cricket",
];

/// Short words between the others of a sentence.
pub(super) const GLUE: &[&str] = &[
    "the", "for", "of", "with", "to", "from", "in", "after", "before", "and", "not", "is", "was",
    "has", "into", "without", "while", "on", "by", "at",
];

/// Verbs of log messages, in the past tense: `flushed the cache`.
pub(super) const VERBS: &[&str] = &[
    "loaded",
    "updated",
    "skipped",
    "created",
    "removed",
    "resolved",
    "accepted",
    "rejected",
    "queued",
    "retried",
    "flushed",
    "merged",
    "validated",
    "expired",
    "restored",
    "scheduled",
    "published",
    "consumed",
    "compacted",
    "evicted",
    "rotated",
    "verified",
    "attached",
    "detached",
    "throttled",
    "acknowledged",
];

/// Names and phrases outside ASCII: characters of two, three and four bytes, text from right to left, and
/// emoji of several characters.
pub(super) const FOREIGN: &[&str] = &[
    "Zoë Müller",
    "Łukasz Wójcik",
    "Søren Ångström",
    "Beyoğlu şubesi",
    "naïve café",
    "größer als übliche Straße",
    "配置文件已加载",
    "接続が切断されました",
    "빌드가 완료되었습니다",
    "проверка завершена",
    "δοκιμή επιτυχής",
    "تم الحفظ",
    "हो गया",
    "résumé déjà traité",
    "año nuevo",
    "🚀 shipped",
    "✅ all good",
    "⚠️ slow",
    "🐛",
    "→ next",
    "“quoted” – dash…",
    "𝛼𝛽𝛾",
    "👩‍💻 paired",
];

/// Names of environments and Kubernetes namespaces; with `_` for `-`, parts of the names of stages.
pub(super) const PLACES: &[&str] = &[
    "prod-eu",
    "staging",
    "prod-us",
    "qa",
    "perf",
    "dev",
    "shared-tools",
    "edge",
    "sandbox",
    "canary",
];

/// Host names of an invented company, under a top-level domain that is reserved for examples.
pub(super) const HOSTS: &[&str] = &[
    "registry.acme.example",
    "packages.acme.example",
    "git.acme.example",
    "api.acme.example",
    "artifacts.acme.example",
    "metrics.internal.acme.example",
    "mirror.acme.example",
    "auth.acme.example",
];

/// File extensions of sources, without the dot.
pub(super) const EXTENSIONS: &[&str] =
    &["rs", "ts", "go", "py", "java", "tsx", "kt", "proto", "sql", "yaml"];
