//! Entry path → account … unit: one file per platform layout.

mod harness;

/// What the path of an entry says of the log in it. `None` where the layout has no such part.
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
    /// Run sequence number.
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

    /// The step after its groups, all joined by `/`; the groups alone where there is no step.
    pub fn step_path(&self) -> Option<String> {
        let parts = [&self.step_group, &self.step].into_iter().flatten();
        let parts: Vec<&str> = parts.map(String::as_str).collect();
        (!parts.is_empty()).then(|| parts.join("/"))
    }
}

/// What a platform says became of a log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Its word for that.
    pub status: Option<String>,
    /// Nanoseconds since 1970 UTC.
    pub start: Option<i64>,
    /// Nanoseconds since 1970 UTC.
    pub end: Option<i64>,
}

impl Outcome {
    /// Milliseconds from start to end, where both are known.
    pub fn duration_ms(&self) -> Option<i64> {
        Some(self.end?.checked_sub(self.start?)? / 1_000_000)
    }
}

/// A platform's path layout: the identity, or `None` where the path is not of that layout.
type Layout = fn(&str) -> Option<Identity>;

/// The layouts, tried in this order.
const LAYOUTS: &[Layout] = &[harness::identify];

/// Reads the identity of an entry of a bundle: from its path, or, where the bundle is a folder or a
/// file deep in an extracted tree and has the rest in its own name, from both.
pub fn identify_in(bundle: &str, path: &str) -> Identity {
    let identity = identify(path);
    if identity == Identity::default() { identify(&format!("{bundle}/{path}")) } else { identity }
}

/// Reads the identity from an entry's path. A path of no known layout has an empty identity.
pub fn identify(path: &str) -> Identity {
    LAYOUTS.iter().find_map(|layout| layout(path)).unwrap_or_default()
}
