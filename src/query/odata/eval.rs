//! The value of an expression for a row, or for what is known of an entry before it is read.
//!
//! `None` is *not known yet*, which is not null: an entry is excluded only by what is certain. `eval`
//! of a row never gives it.

use std::borrow::Cow;
use std::cmp::Ordering;

use super::{Comparison, Expr, Function, Literal, Name};
use crate::query::time::instant;
use crate::record::zone::Zone;

/// A value: of a row, of a literal, or of an expression.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::query) enum Value<'a> {
    Null,
    Bool(bool),
    /// A whole number that 64 bits hold.
    Int(i64),
    /// Any other number.
    Decimal(f64),
    Text(Cow<'a, str>),
    /// Nanoseconds since 1970.
    Time(i64),
}

/// Something with values by name: a row of a batch, or an entry before it is read.
pub(in crate::query) trait Row {
    /// The value of a name; `None` if it is not known yet.
    fn value(&self, name: &Name) -> Option<Value<'_>>;

    /// The zone of times without an offset in its texts.
    fn zone(&self) -> &Zone;
}

/// Whether a row passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::query) enum Truth {
    /// The whole is true.
    Yes,
    /// The whole is false or null, and nothing that is still unknown can change that.
    No,
    /// It depends on something that is not known yet; never so for a row.
    Open,
}

/// Whether a row passes: only if the whole is true, not if it is null.
pub(in crate::query) fn truth(expr: &Expr, row: &impl Row) -> Truth {
    match eval(expr, row) {
        None => Truth::Open,
        Some(Value::Bool(true)) => Truth::Yes,
        Some(_) => Truth::No,
    }
}

/// `None` if the value depends on something that is not known yet.
fn eval<'a>(expr: &'a Expr, row: &'a impl Row) -> Option<Value<'a>> {
    Some(match expr {
        Expr::Literal(literal) => value(literal),
        Expr::Name(name) => row.value(name)?,
        Expr::Not(inner) => match eval(inner, row)? {
            Value::Bool(truth) => Value::Bool(!truth),
            // `not` of null is null: `not contains(unit, 'x')` does not pass rows without a unit.
            _ => Value::Null,
        },
        Expr::And(parts) => return connect(parts, row, false),
        Expr::Or(parts) => return connect(parts, row, true),
        Expr::Compare(comparison, left, right) => {
            compare(*comparison, &eval(left, row)?, &eval(right, row)?, row.zone())
        }
        Expr::In(left, list) => {
            let left = eval(left, row)?;
            let equal = |literal| compare(Comparison::Eq, &left, &value(literal), row.zone());
            Value::Bool(list.iter().any(|literal| equal(literal) == Value::Bool(true)))
        }
        Expr::Call(function, arguments) => {
            let mut texts = Vec::with_capacity(arguments.len());
            for argument in arguments {
                match eval(argument, row)? {
                    Value::Text(text) => texts.push(text),
                    _ => return Some(Value::Null),
                }
            }
            call(*function, texts)
        }
    })
}

/// `and` (`decisive` is false) or `or` (true): one part with the decisive value decides, even if others
/// are null or not known. Thus the path alone may exclude an entry by `stage eq 'x' and level eq
/// 'ERROR'`.
fn connect<'a>(parts: &'a [Expr], row: &'a impl Row, decisive: bool) -> Option<Value<'a>> {
    let (mut is_open, mut is_null) = (false, false);
    for part in parts {
        match eval(part, row) {
            Some(Value::Bool(truth)) if truth == decisive => return Some(Value::Bool(decisive)),
            Some(Value::Bool(_)) => {}
            Some(_) => is_null = true,
            None => is_open = true,
        }
    }
    match (is_open, is_null) {
        // What is not known may still decide, so it comes before null.
        (true, _) => None,
        (false, true) => Some(Value::Null),
        (false, false) => Some(Value::Bool(!decisive)),
    }
}

/// A literal as a value; text is borrowed.
fn value(literal: &Literal) -> Value<'_> {
    match literal {
        Literal::Null => Value::Null,
        Literal::Bool(value) => Value::Bool(*value),
        Literal::Int(value) => Value::Int(*value),
        Literal::Decimal(value) => Value::Decimal(*value),
        Literal::Text(text) => Value::Text(Cow::Borrowed(text)),
        Literal::Time(value) => Value::Time(*value),
    }
}

/// True, false, or null if the two cannot be compared.
fn compare<'a>(
    comparison: Comparison,
    left: &Value<'_>,
    right: &Value<'_>,
    zone: &Zone,
) -> Value<'a> {
    use Comparison::{Eq, Ge, Gt, Le, Lt, Ne};
    // OData: null equals null, differs from everything else, and has no order.
    let nulls = [left, right].iter().filter(|value| ***value == Value::Null).count();
    if nulls > 0 {
        return Value::Bool(match comparison {
            Eq => nulls == 2,
            Ne => nulls == 1,
            Gt | Ge | Lt | Le => false,
        });
    }
    // Values of different kinds are not converted: `extra/x gt 3` is null if `x` is text.
    let Some(order) = order(left, right, zone) else { return Value::Null };
    Value::Bool(match comparison {
        Eq => order == Ordering::Equal,
        Ne => order != Ordering::Equal,
        Gt => order == Ordering::Greater,
        Ge => order != Ordering::Less,
        Lt => order == Ordering::Less,
        Le => order != Ordering::Greater,
    })
}

/// `None` for values of kinds that are not compared, and for text that is not a time beside one.
fn order(left: &Value<'_>, right: &Value<'_>, zone: &Zone) -> Option<Ordering> {
    match (left, right) {
        (Value::Text(a), Value::Text(b)) => Some(a.cmp(b)),
        (Value::Int(a), Value::Int(b)) | (Value::Time(a), Value::Time(b)) => Some(a.cmp(b)),
        (Value::Bool(a), Value::Bool(b)) => Some(a.cmp(b)),
        (Value::Decimal(a), Value::Decimal(b)) => a.partial_cmp(b),
        (Value::Int(a), Value::Decimal(b)) => compare_int(*a, *b),
        (Value::Decimal(a), Value::Int(b)) => compare_int(*b, *a).map(Ordering::reverse),
        (Value::Text(text), Value::Time(time)) => Some(instant(text, zone)?.cmp(time)),
        (Value::Time(time), Value::Text(text)) => Some(time.cmp(&instant(text, zone)?)),
        _ => None,
    }
}

/// Exactly: an integer above 2^53 is not rounded to a double first. `None` for NaN.
fn compare_int(int: i64, decimal: f64) -> Option<Ordering> {
    if decimal.is_nan() {
        return None;
    }
    // Both are powers of two, so exact as doubles: -2^63, and 2^63, one above the largest integer.
    let (least, above) = (i64::MIN as f64, -(i64::MIN as f64));
    if decimal >= above {
        return Some(Ordering::Less);
    }
    if decimal < least {
        return Some(Ordering::Greater);
    }
    let floor = decimal.floor();
    Some(match int.cmp(&(floor as i64)) {
        // The fraction: 3 is less than 3.5.
        Ordering::Equal if decimal > floor => Ordering::Less,
        order => order,
    })
}

/// The value of a function; all arguments are text, as many as the parser has checked.
fn call<'a>(function: Function, mut texts: Vec<Cow<'a, str>>) -> Value<'a> {
    let first = texts.remove(0);
    let second = texts.pop().unwrap_or_default();
    match function {
        Function::Contains => Value::Bool(first.contains(&*second)),
        Function::StartsWith => Value::Bool(first.starts_with(&*second)),
        Function::EndsWith => Value::Bool(first.ends_with(&*second)),
        Function::ToLower => Value::Text(first.to_lowercase().into()),
        Function::ToUpper => Value::Text(first.to_uppercase().into()),
        Function::Trim => Value::Text(first.trim().to_owned().into()),
        Function::Length => Value::Int(first.chars().count() as i64),
    }
}

/// A value in JSON, by a path of keys; `None` if there is none, or what holds it is not an object.
/// Objects and arrays are their JSON text.
pub(in crate::query) fn in_json(json: &str, path: &[String]) -> Option<Value<'static>> {
    // Parsed anew for every row; the cheaper tests of the filter come first.
    let whole: serde_json::Value = serde_json::from_str(json).ok()?;
    let value = path.iter().try_fold(&whole, |value, key| value.get(key))?;
    Some(match value {
        serde_json::Value::Null => Value::Null,
        serde_json::Value::Bool(value) => Value::Bool(*value),
        serde_json::Value::String(text) => Value::Text(text.clone().into()),
        serde_json::Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            // Beyond 64 bits, and with a fraction, a number is a double.
            (Some(value), _) => Value::Int(value),
            (None, Some(value)) => Value::Decimal(value),
            _ => Value::Null,
        },
        other => Value::Text(other.to_string().into()),
    })
}
