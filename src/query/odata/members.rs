//! Filters over records whose members are not the columns of the table, such as those of a platform's API.

use std::borrow::Cow;

use super::eval::{Row, Truth, Value, in_json, truth};
use super::lex::{Token, tokens};
use super::{Expr, Literal, Mistake, Name, Where};
use crate::query::time::instant;
use crate::record::level::Level;
use crate::record::zone::Zone;
use crate::table::Column;

/// The members that records have.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MemberNames {
    /// Text or any other value.
    pub(crate) plain: &'static [&'static str],
    /// Times, which text in quotes is compared with as a time.
    pub(crate) times: &'static [&'static str],
    /// Objects: `extra_fields/KEY`.
    pub(crate) objects: &'static [&'static str],
}

/// The value of a member.
pub(crate) enum Member<'a> {
    /// Absent or null.
    Null,
    Text(Cow<'a, str>),
    /// Nanoseconds since 1970.
    Time(i64),
    /// JSON text, in which the rest of the path leads on.
    Json(Cow<'a, str>),
    /// JSON text of the object whose member it is.
    #[cfg_attr(not(feature = "serve"), expect(dead_code, reason = "rows have their keys in one"))]
    Within(Cow<'a, str>),
}

/// A record with members by name.
pub(crate) trait Members {
    /// The value of a member that [`MemberNames`] has.
    fn member(&self, name: &str) -> Member<'_>;
}

/// A filter over members.
#[derive(Debug, Clone)]
pub(crate) struct MemberFilter {
    filter: Where,
}

impl MemberFilter {
    /// Parses a filter; times without an offset are UTC.
    ///
    /// # Errors
    /// The mistake and its place in the text; an unknown name is one as well.
    pub(crate) fn parse(text: &str, names: &MemberNames) -> Result<Self, Mistake> {
        let mut filter = Where::parse(text)?;
        for name in filter.columns() {
            check(text, name, names)?;
        }
        let mut mistake = None;
        filter.expr.read_times(names.times, &mut |value| {
            let reason = format!("invalid date or time {value:?}");
            mistake.get_or_insert_with(|| mistake_at(text, &Token::Text(value.to_owned()), reason));
        });
        mistake.map_or(Ok(Self { filter }), Err)
    }

    /// Whether a record passes.
    pub(crate) fn matches(&self, record: &impl Members) -> bool {
        truth(&self.filter.expr, &OfMembers(record, Zone::default())) == Truth::Yes
    }
}

/// A name as its path.
fn path_of(name: &Name) -> (&str, &[String]) {
    match name {
        Name::Column(index) => (Column::ALL[*index].name(), &[]),
        Name::Severity => ("level", &[]),
        Name::Arg(key) => ("args", std::slice::from_ref(key)),
        Name::Extra(path) => path.split_first().map_or(("", &[]), |(first, rest)| (first, rest)),
    }
}

/// Checks that records have a member of this path.
fn check(text: &str, name: &Name, names: &MemberNames) -> Result<(), Mistake> {
    let MemberNames { plain, times, objects } = names;
    let (first, rest) = path_of(name);
    let is_alone = [plain, times].iter().any(|all| all.contains(&first));
    if objects.contains(&first) || rest.is_empty() && is_alone {
        return Ok(());
    }
    let all: Vec<&str> = [plain, times, objects].into_iter().copied().flatten().copied().collect();
    let path: Vec<&str> = [first].into_iter().chain(rest.iter().map(String::as_str)).collect();
    let reason = format!("unknown field {}; fields are {}", path.join("/"), all.join(", "));
    Err(mistake_at(text, &Token::Word(first.to_owned()), reason))
}

/// A mistake at the first place of a token.
fn mistake_at(text: &str, wrong: &Token, reason: String) -> Mistake {
    let tokens = tokens(text, &Zone::default()).unwrap_or_default();
    let at = tokens.into_iter().find_map(|(token, at)| (token == *wrong).then_some(at));
    Mistake { text: text.to_owned(), at: at.unwrap_or(0..text.len()), reason }
}

impl Expr {
    /// Makes times of the texts that are compared with members of these names, and gives `wrong` those that are
    /// not.
    fn read_times(&mut self, names: &[&str], wrong: &mut impl FnMut(&str)) {
        let is_time = |expr: &Expr| match expr {
            Self::Name(Name::Extra(path)) => {
                matches!(&path[..], [name] if names.contains(&&**name))
            }
            _ => false,
        };
        let mut read = |literal: &mut Literal| {
            let Literal::Text(text) = &literal else { return };
            match instant(text, &Zone::default()) {
                Some(time) => *literal = Literal::Time(time),
                None => wrong(text),
            }
        };
        match self {
            Self::Compare(_, left, right) => match (&mut **left, &mut **right) {
                (time, Self::Literal(literal)) | (Self::Literal(literal), time)
                    if is_time(time) =>
                {
                    read(literal);
                }
                _ => {}
            },
            Self::In(left, list) if is_time(left) => list.iter_mut().for_each(read),
            Self::Not(inner) => inner.read_times(names, wrong),
            Self::And(parts) | Self::Or(parts) => {
                parts.iter_mut().for_each(|part| part.read_times(names, wrong));
            }
            _ => {}
        }
    }
}

/// A record as an expression sees it.
struct OfMembers<'a, R>(&'a R, Zone);

impl<R: Members> Row for OfMembers<'_, R> {
    fn value(&self, name: &Name) -> Option<Value<'_>> {
        let (first, rest) = path_of(name);
        Some(match (self.0.member(first), name) {
            (Member::Null, _) => Value::Null,
            (Member::Text(text), Name::Severity) => {
                Level::parse(&text).map_or(Value::Null, |level| Value::Int(level as i64))
            }
            (Member::Text(text), _) => Value::Text(text),
            (Member::Time(time), _) => Value::Time(time),
            (Member::Json(json), _) => in_json(&json, rest).unwrap_or(Value::Null),
            (Member::Within(json), Name::Extra(path)) => {
                in_json(&json, path).unwrap_or(Value::Null)
            }
            (Member::Within(json), _) => in_json(&json, &[first.to_owned()]).unwrap_or(Value::Null),
        })
    }

    fn zone(&self) -> &Zone {
        &self.1
    }
}
