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
        let mut checked = |fault: Fault| faults.push(fault);
        let limit = limit(request.query.first("limit")).map_err(&mut checked);
        let after = after(request.query.first("after")).map_err(&mut checked);
        let order = order(request.query.first("order")).map_err(&mut checked);
        let filter = request.query.filled("filter").map(str::to_owned);
        match (limit, after, order) {
            (Ok(limit), Ok(after), Ok(order)) => Ok(Self { filter, limit, after, order }),
            _ => Err(faults),
        }
    }
}

fn limit(text: Option<&str>) -> Result<usize, Fault> {
    let fault = |r#type, msg: String, ctx| Fault {
        r#type,
        loc: ["query", "limit"],
        msg,
        input: text.unwrap_or_default().to_owned(),
        ctx,
    };
    let Ok(limit) = text.map_or(Ok(DEFAULT_LIMIT), |text| text.trim().parse::<i64>()) else {
        let reason = "Input should be a valid integer, unable to parse string as an integer";
        return Err(fault("int_parsing", reason.to_owned(), Value::Null));
    };
    let [least, most] = LIMITS;
    if limit < least {
        let reason = format!("Input should be greater than or equal to {least}");
        return Err(fault("greater_than_equal", reason, json!({ "ge": least })));
    }
    if limit > most {
        let reason = format!("Input should be less than or equal to {most}");
        return Err(fault("less_than_equal", reason, json!({ "le": most })));
    }
    Ok(limit as usize)
}

fn after(text: Option<&str>) -> Result<Option<i64>, Fault> {
    let Some(text) = text else { return Ok(None) };
    match instant(text, &Zone::default()) {
        Some(nanos) => Ok(Some(nanos.div_euclid(1_000))),
        None => {
            let cause = if text.len() < 10 { "input is too short" } else { "invalid date or time" };
            Err(Fault {
                r#type: "datetime_from_date_parsing",
                loc: ["query", "after"],
                msg: format!("Input should be a valid datetime or date, {cause}"),
                input: text.to_owned(),
                ctx: json!({ "error": cause }),
            })
        }
    }
}

fn order(text: Option<&str>) -> Result<Order, Fault> {
    match text {
        Some("ASC") => Ok(Order::Ascending),
        Some("DESC") | None => Ok(Order::Descending),
        Some(text) => {
            let expected = "'ASC' or 'DESC'";
            Err(Fault {
                r#type: "enum",
                loc: ["query", "order"],
                msg: format!("Input should be {expected}"),
                input: text.to_owned(),
                ctx: json!({ "expected": expected }),
            })
        }
    }
}
