//! Whether the parts of an expression fit together: the kinds of their values, and how deep they nest.

use std::ops::Range;

use super::lex::Fault;
use super::{Comparison, Expr, Literal, Name};
use crate::query::time::instant;
use crate::record::level::Level;
use crate::record::zone::Zone;
use crate::table::lines_schema;

/// Expressions that are nested deeper, or whose tree is, are refused: each level takes stack when they
/// are parsed, evaluated and dropped.
pub(super) const MAX_DEPTH: usize = 200;

/// What is known of a value before there is a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A column or literal of text; also a level, unless it is ordered.
    Text,
    Number,
    /// `timestamp`, or a date or time without quotes.
    Time,
    /// A condition, or the literal `true` or `false`.
    Bool,
    /// The literal `null`, which compares with every kind.
    Null,
    /// Whatever the row has: `extra/KEY`.
    Any,
}

impl Kind {
    /// For messages: "this is a number".
    pub(super) fn name(self) -> &'static str {
        match self {
            Kind::Text => "text",
            Kind::Number => "a number",
            Kind::Time => "a time",
            Kind::Bool => "true or false",
            Kind::Null => "null",
            Kind::Any => "any value",
        }
    }

    /// Whether a value of this kind may be used as one of the other.
    pub(super) fn may_be(self, other: Kind) -> bool {
        self == other || [self, other].iter().any(|kind| matches!(kind, Kind::Any | Kind::Null))
    }
}

/// An expression, the kind of its value, and the bytes of the text that it was parsed from.
pub(super) struct Part {
    pub(super) expr: Expr,
    /// As far as it is known without a row.
    pub(super) kind: Kind,
    pub(super) at: Range<usize>,
    /// Levels of the expression below its root.
    pub(super) height: usize,
}

/// The part, if it may be of this kind; else a fault that begins with `what`: "length takes text, this
/// is".
pub(super) fn must_be(part: Part, kind: Kind, what: &str) -> Result<Part, Fault> {
    if part.kind.may_be(kind) {
        return Ok(part);
    }
    let need = if kind == Kind::Bool { ", and not true or false" } else { "" };
    Err((part.at, format!("{what} {}{need}", part.kind.name())))
}

/// The parts of `and` or `or` as one expression; a single part stays as it is.
pub(super) fn connect(
    mut parts: Vec<Part>,
    word: &str,
    make: fn(Vec<Expr>) -> Expr,
) -> Result<Part, Fault> {
    if parts.len() == 1 {
        return Ok(parts.remove(0));
    }
    if let Some(part) = parts.iter().find(|part| !part.kind.may_be(Kind::Bool)) {
        let what = format!("{word} needs a condition, this is");
        return Err((part.at.clone(), format!("{what} {}", part.kind.name())));
    }
    let at = parts[0].at.start..parts[parts.len() - 1].at.end;
    let (height, parts) = tallest(parts);
    above(height, make(parts), Kind::Bool, at)
}

/// A part without children.
pub(super) fn leaf(expr: Expr, kind: Kind, at: Range<usize>) -> Part {
    Part { expr, kind, at, height: 0 }
}

/// The part above children of which the tallest has this height.
pub(super) fn above(
    height: usize,
    expr: Expr,
    kind: Kind,
    at: Range<usize>,
) -> Result<Part, Fault> {
    // The parser bounds nesting by parentheses and `not`. A chain such as `a eq b eq c` makes a tall
    // tree without any.
    if height == MAX_DEPTH {
        return Err(too_deep(at));
    }
    Ok(Part { expr, kind, at, height: height + 1 })
}

/// The fault of an expression that exceeds [`MAX_DEPTH`].
pub(super) fn too_deep(at: Range<usize>) -> Fault {
    (at, "the filter is nested too deeply".into())
}

/// The expressions, and the greatest height among them.
pub(super) fn tallest(parts: Vec<Part>) -> (usize, Vec<Expr>) {
    let height = parts.iter().map(|part| part.height).max().unwrap_or(0);
    (height, parts.into_iter().map(|part| part.expr).collect())
}

/// Both sides of a comparison, converted to what they are compared as.
pub(super) fn compare(
    comparison: Comparison,
    left: Part,
    right: Part,
    zone: &Zone,
) -> Result<Part, Fault> {
    let right = comparable(&left, right, zone)?;
    // In this order: the right side may have become a time already, for the left to be compared with.
    let left = comparable(&right, left, zone)?;
    let by_order = !matches!(comparison, Comparison::Eq | Comparison::Ne);
    // `level eq 'warning'` compares text; only the order of levels needs ranks.
    let (left, right) = if by_order { by_severity(left, right)? } else { (left, right) };
    if by_order && left.kind == Kind::Bool {
        return Err((left.at.start..right.at.end, "true and false have no order".into()));
    }
    let at = left.at.start..right.at.end;
    let height = left.height.max(right.height);
    let expr = Expr::Compare(comparison, Box::new(left.expr), Box::new(right.expr));
    above(height, expr, Kind::Bool, at)
}

/// The part, fit to be compared with `other`: quoted text beside a time becomes a time, and kinds that
/// are never equal are a fault.
pub(super) fn comparable(other: &Part, part: Part, zone: &Zone) -> Result<Part, Fault> {
    if let (Kind::Time, Expr::Literal(Literal::Text(text))) = (other.kind, &part.expr) {
        let time = instant(text, zone)
            .ok_or_else(|| (part.at.clone(), format!("invalid date or time {text:?}")))?;
        return Ok(Part { expr: Expr::Literal(Literal::Time(time)), kind: Kind::Time, ..part });
    }
    // The text on the other side is still to be read as a time.
    let turns = matches!(other.expr, Expr::Literal(Literal::Text(_))) && part.kind == Kind::Time;
    if turns || part.kind.may_be(other.kind) {
        return Ok(part);
    }
    let (this, that) = (part.kind.name(), other.kind.name());
    Err((part.at, format!("this is {this} and cannot be compared with {that}")))
}

/// Both sides of an ordered comparison, with levels as their ranks: `level ge 'WARN'` compares
/// severity, not the alphabet. Without `level` on either side they stay as they are.
fn by_severity(left: Part, right: Part) -> Result<(Part, Part), Fault> {
    let is_level = |part: &Part| match part.expr {
        Expr::Name(Name::Column(index)) => lines_schema().field(index).name() == "level",
        _ => false,
    };
    if !is_level(&left) && !is_level(&right) {
        return Ok((left, right));
    }
    let rank = |part: Part| match &part.expr {
        Expr::Literal(Literal::Text(text)) => match Level::parse(text) {
            Some(level) => Ok(Part { expr: Expr::Literal(Literal::Int(level as i64)), ..part }),
            None => {
                let names = Level::NAMES.join(", ");
                Err((part.at, format!("unknown level {text}; levels are {names}")))
            }
        },
        Expr::Literal(Literal::Null) => Ok(part),
        _ if is_level(&part) => Ok(Part { expr: Expr::Name(Name::Severity), ..part }),
        _ => Err((part.at, "only level and a 'LEVEL' can be ordered as levels".into())),
    };
    Ok((rank(left)?, rank(right)?))
}
