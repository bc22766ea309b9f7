//! Entry path → account … unit: one file per platform layout.
//!
//! The columns `account` to `iteration` come from the path alone, before an entry is opened: filters such as
//! `--stage` skip entries by them. Formats that know more (GitHub's, Azure's) have an `identify` of their
//! own.

mod harness;

use std::sync::{Arc, LazyLock};

/// What the path of an entry says about the log in it. `None` if the path has no such part; never an empty
/// text.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Identity {
    /// Account identifier.
    pub account: Option<String>,
    /// Organisation identifier.
    pub org: Option<String>,
    /// Project identifier.
    pub project: Option<String>,
    /// Pipeline identifier.
    pub pipeline: Option<String>,
    /// Run sequence number; `None` too if it is not an `i64`.
    pub run: Option<i64>,
    /// Plan execution id, or the platform's run or build id.
    pub execution: Option<String>,
    /// Stage, its full segment (`build_0` when looped).
    pub stage: Option<String>,
    /// Step groups, joined by `/`.
    pub step_group: Option<String>,
    /// Step, its full segment (`ShellScript_1_0_2` when looped).
    pub step: Option<String>,
    /// Command unit, or `addon:20004`, `engine:main`, `serviceId:x`.
    pub unit: Option<String>,
    /// Loop postfixes of stage, groups and step, joined by `/`; `None` without a loop wrapper.
    pub iteration: Option<String>,
}

impl Identity {
    /// The names of the columns of [`texts`](Self::texts), in order.
    pub(crate) const TEXTS: [&str; 10] = [
        "account",
        "org",
        "project",
        "pipeline",
        "execution",
        "stage",
        "step_group",
        "step",
        "unit",
        "iteration",
    ];

    /// All parts but the run, in the order of the columns.
    pub(crate) fn texts(&self) -> [Option<&str>; 10] {
        [
            &self.account,
            &self.org,
            &self.project,
            &self.pipeline,
            &self.execution,
            &self.stage,
            &self.step_group,
            &self.step,
            &self.unit,
            &self.iteration,
        ]
        .map(Option::as_deref)
    }

    /// It, to be shared: the same for all that have no part.
    pub(crate) fn shared(self) -> Arc<Self> {
        static NONE: LazyLock<Arc<Identity>> = LazyLock::new(Arc::default);
        if self == Self::default() { Arc::clone(&NONE) } else { Arc::new(self) }
    }

    /// Whether it has the part of this name.
    pub(crate) fn has(&self, name: &str) -> bool {
        let mut texts = Self::TEXTS.into_iter().zip(self.texts());
        name == "run" && self.run.is_some()
            || texts.any(|(own, text)| own == name && text.is_some())
    }

    /// The step after its groups, all joined by `/`, as `deploy/blue/Rolling`; the groups alone if there is
    /// no step, `None` without either.
    pub fn step_path(&self) -> Option<String> {
        let parts = [&self.step_group, &self.step].into_iter().flatten();
        let parts: Vec<&str> = parts.map(String::as_str).collect();
        (!parts.is_empty()).then(|| parts.join("/"))
    }
}

/// How the work that a log is of ended, as its platform says (`execution.json`). `None` where it does not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// In the platform's own word, such as `SUCCESS`.
    pub status: Option<String>,
    /// Nanoseconds since 1970 UTC.
    pub start: Option<i64>,
    /// Nanoseconds since 1970 UTC.
    pub end: Option<i64>,
}

/// A platform's path layout: the identity, or `None` where the path is not of that layout.
type Layout = fn(&str) -> Option<Identity>;

/// The layouts, tried in this order; the first that knows a path decides.
const LAYOUTS: &[Layout] = &[harness::identify];

/// Reads the identity of an entry of a bundle from its path; if that says nothing, from the bundle's name and
/// the path together, as for `ripsaw ls acc/acc/pipeline/ci/17/-EXEC`, whose entries are `build/Run`.
pub fn identify_in(bundle: &str, path: &str) -> Identity {
    let identity = identify(path);
    // The path first: a bundle in a folder that looks like a key must not change what its entries say.
    if identity == Identity::default() { identify(&format!("{bundle}/{path}")) } else { identity }
}

/// Reads the identity from an entry's path. A path of no known layout has an empty identity.
pub fn identify(path: &str) -> Identity {
    LAYOUTS.iter().find_map(|layout| layout(path)).unwrap_or_default()
}
