//! The parameters of a request for logs, checked as the platform does: all of them, each with a reason.

use serde::Serialize;
use serde_json::{Value, json};

use crate::query::instant;
use crate::record::zone::Zone;
use crate::serve::request::Request;

/// Records of a page.
const LIMITS: [i64; 2] = [1, 100];
const DEFAULT_LIMIT: i64 = 10;

/// The order of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// The earliest first.
    Ascending,
    /// The latest first.
    Descending,
}

impl Order {
    /// A number that ascends in this order if the given one does in time.
    pub(super) fn rank(self, number: i64) -> i64 {
        match self {
            Self::Ascending => number,
            Self::Descending => number.saturating_neg(),
        }
    }

    /// The earliest and latest of some times, the first in this order first.
    pub(super) fn ends(self, [earliest, latest]: [i64; 2]) -> [i64; 2] {
        match self {
            Self::Ascending => [earliest, latest],
            Self::Descending => [latest, earliest],
        }
    }
}

/// What a request asks for.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Parameters {
    /// A filter that is still to be parsed.
    pub(super) filter: Option<String>,
    pub(super) limit: usize,
    /// The time that the page begins after, in its order: microseconds since 1970.
    pub(super) after: Option<i64>,
    pub(super) order: Order,
}

/// What is wrong with a parameter, in the platform's words.
#[derive(Debug, Serialize, PartialEq, Eq)]
pub(super) struct Fault {
    r#type: &'static str,
    loc: [&'static str; 2],
    msg: String,
    input: String,
    #[serde(skip_serializing_if = "Value::is_null")]
    ctx: Value,
}

impl Parameters {
    /// Reads the query of a request.
    pub(super) fn of(request: &Request) -> Result<Self, Vec<Fault>> {
        let mut faults = Vec::new();
        let limit = limit(request.query.first("limit"), &mut faults);
        let after = after(request.query.first("after"), &mut faults);
        let order = order(request.query.first("order"), &mut faults);
        let filter = request.query.filled("filter").map(str::to_owned);
        match (limit, after, order) {
            (Some(limit), Some(after), Some(order)) => Ok(Self { filter, limit, after, order }),
            _ => Err(faults),
        }
    }
}

/// Adds a fault; there is no value then.
fn none<T>(faults: &mut Vec<Fault>, fault: Fault) -> Option<T> {
    faults.push(fault);
    None
}

fn limit(text: Option<&str>, faults: &mut Vec<Fault>) -> Option<usize> {
    let fault = |r#type, msg: String, ctx| Fault {
        r#type,
        loc: ["query", "limit"],
        msg,
        input: text.unwrap_or_default().to_owned(),
        ctx,
    };
    let Ok(limit) = text.map_or(Ok(DEFAULT_LIMIT), |text| text.trim().parse::<i64>()) else {
        let reason = "Input should be a valid integer, unable to parse string as an integer";
        return none(faults, fault("int_parsing", reason.to_owned(), Value::Null));
    };
    let [least, most] = LIMITS;
    if limit < least {
        let reason = format!("Input should be greater than or equal to {least}");
        return none(faults, fault("greater_than_equal", reason, json!({ "ge": least })));
    }
    if limit > most {
        let reason = format!("Input should be less than or equal to {most}");
        return none(faults, fault("less_than_equal", reason, json!({ "le": most })));
    }
    Some(limit as usize)
}

fn after(text: Option<&str>, faults: &mut Vec<Fault>) -> Option<Option<i64>> {
    let Some(text) = text else { return Some(None) };
    match instant(text, &Zone::default()) {
        Some(nanos) => Some(Some(nanos.div_euclid(1_000))),
        None => {
            let cause = if text.len() < 10 { "input is too short" } else { "invalid date or time" };
            let fault = Fault {
                r#type: "datetime_from_date_parsing",
                loc: ["query", "after"],
                msg: format!("Input should be a valid datetime or date, {cause}"),
                input: text.to_owned(),
                ctx: json!({ "error": cause }),
            };
            none(faults, fault)
        }
    }
}

fn order(text: Option<&str>, faults: &mut Vec<Fault>) -> Option<Order> {
    match text {
        Some("ASC") => Some(Order::Ascending),
        Some("DESC") | None => Some(Order::Descending),
        Some(text) => {
            let expected = "'ASC' or 'DESC'";
            let fault = Fault {
                r#type: "enum",
                loc: ["query", "order"],
                msg: format!("Input should be {expected}"),
                input: text.to_owned(),
                ctx: json!({ "expected": expected }),
            };
            none(faults, fault)
        }
    }
}
