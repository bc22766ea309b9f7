//! `--where`: the filter language of OData (4.01, URL conventions, `$filter`), as far as a flat table
//! needs it.
//!
//! Comparisons `eq ne gt ge lt le`, `in`, `and or not`, parentheses, `contains startswith endswith
//! tolower toupper trim length`, and literals: `'text'` (a quote doubled), numbers, `true false null`,
//! `2024-05-01`, `2024-05-01T10:00:00Z`. A name is a column of the table, `args/KEY`,
//! or a key of the record: `pid`, `req/method`, or either after `extra/`. A key that is no identifier stands in
//! quotes: `extra/'dd.trace_id'`, or `'dd.trace_id' eq '7'`.
//!
//! - Three-valued logic: a row is kept only where the whole is true. `null eq null` is true, any
//!   other comparison for equality with one null is false (`ne` true); `gt ge lt le` with a null
//!   are false; a function of null is null.
//! - `level` is compared by severity with `gt ge lt le`: `level ge 'WARN'`.
//! - Text in quotes beside `timestamp` is read as a time. Times without an offset are in the zone that
//!   the filter is parsed with.
//! - Kinds of values are not converted: what cannot be compared is an error where that is known
//!   beforehand, and null where it shows in the row (`extra/KEY`).
//! - Keywords and functions in any case, names of columns exactly.

mod check;
mod eval;
mod foreign;
mod lex;
#[cfg(any(feature = "fetch", feature = "serve"))]
mod members;
mod parse;

use std::fmt;
use std::ops::Range;

use crate::record::zone::Zone;
use crate::table::Column;

pub(super) use eval::{Row, Truth, Value, in_json, truth};
#[cfg(any(feature = "fetch", feature = "serve"))]
pub(crate) use members::{Member, MemberFilter, MemberNames, Members};

/// A filter, parsed and checked.
#[derive(Debug, Clone)]
pub struct Where {
    /// As given, for the query plan.
    text: String,
    /// Its kinds are checked: it is a condition.
    pub(super) expr: Expr,
    /// What is wrong with it where records have no keys of their own.
    key: Option<Mistake>,
}

impl Where {
    /// Parses a filter; times without an offset are UTC.
    ///
    /// # Errors
    /// What is wrong, and where in the text.
    pub fn parse(text: &str) -> Result<Self, Mistake> {
        Self::parse_in(text, &Zone::default())
    }

    /// Parses a filter whose times without an offset are of this zone.
    ///
    /// # Errors
    /// What is wrong, and where in the text.
    pub fn parse_in(text: &str, zone: &Zone) -> Result<Self, Mistake> {
        let mistake = |(at, reason)| Mistake { text: text.to_owned(), at, reason };
        let (expr, key) = parse::parse(text, zone).map_err(mistake)?;
        Ok(Self { text: text.to_owned(), expr, key: key.map(mistake) })
    }

    /// As it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The first name that is no column, as a mistake: it is one for logs whose records have no keys of their
    /// own.
    pub fn unknown(&self) -> Option<&Mistake> {
        self.key.as_ref()
    }

    /// The paths of keys that it looks at.
    pub fn keys(&self) -> Vec<&[String]> {
        fn key(name: &Name) -> Option<&[String]> {
            match name {
                Name::Extra(keys) => Some(keys),
                _ => None,
            }
        }
        self.columns().into_iter().filter_map(key).collect()
    }

    /// The names it looks at, once for each use.
    pub(super) fn columns(&self) -> Vec<&Name> {
        let mut names = Vec::new();
        self.expr.visit(&mut |name| names.push(name));
        names
    }
}

impl fmt::Display for Where {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// What is wrong with a filter, with the place in its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    text: String,
    /// Bytes of the text that are wrong.
    pub at: Range<usize>,
    /// Why.
    pub reason: String,
}

impl fmt::Display for Mistake {
    /// The reason, the text around what is wrong, and a caret below it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// Characters of the text that are shown on either side.
        const AROUND: usize = 60;
        let part = |range: Range<usize>| self.text.get(range).unwrap_or_default();
        let [before, wrong, after] =
            [part(0..self.at.start), part(self.at.clone()), part(self.at.end..self.text.len())];
        let (before, wrong, after) =
            (tail(before, AROUND), head(wrong, AROUND), head(after, AROUND));
        let carets = "^".repeat(wrong.chars().count().max(1));
        let indent = before.chars().count();
        // On one line, and nothing that a terminal would obey.
        let shown = [before, wrong, after].concat().replace(char::is_control, " ");
        write!(f, "{}\n  {shown}\n  {:indent$}{carets}", self.reason, "")
    }
}

impl std::error::Error for Mistake {}

/// At most so many characters from the beginning, and a mark where others are left out.
fn head(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// As [`head`], from the end.
fn tail(text: &str, most: usize) -> String {
    match text.char_indices().rev().nth(most) {
        Some((before, letter)) => format!("…{}", &text[before + letter.len_utf8()..]),
        None => text.to_owned(),
    }
}

/// What a name means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Name {
    /// A column of the table by its index.
    Column(usize),
    /// The rank of the level as a number, 0 (TRACE) to 5 (FATAL): what `level` is if compared by order.
    Severity,
    /// A member of `args`.
    Arg(String),
    /// A key of the record that has no fixed column, or one within it: `extra/http/status` has two keys. It is
    /// in a column of its own, or in `extra`.
    Extra(Vec<String>),
}

impl Name {
    /// The column of the table `lines` that it is looked up in, by index.
    pub(super) fn column(&self) -> usize {
        match self {
            Self::Column(index) => *index,
            Self::Severity => Column::Level.index(),
            Self::Arg(_) => Column::Args.index(),
            Self::Extra(_) => Column::Extra.index(),
        }
    }
}

/// A condition or a value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Expr {
    Literal(Literal),
    Name(Name),
    /// True becomes false and false true; all else is null.
    Not(Box<Expr>),
    /// All of them hold. Side by side, so that a long chain is not a deep tree.
    And(Vec<Expr>),
    /// At least one of them holds.
    Or(Vec<Expr>),
    /// `left eq right` and the like.
    Compare(Comparison, Box<Expr>, Box<Expr>),
    /// `name in ('A', 'B')`: true if equal to one of them.
    In(Box<Expr>, Vec<Literal>),
    /// A function and its arguments.
    Call(Function, Vec<Expr>),
}

/// A value in the text of a filter.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Literal {
    Null,
    Bool(bool),
    Int(i64),
    /// A number with a point or an exponent, or beyond 64 bits.
    Decimal(f64),
    Text(String),
    /// Nanoseconds since 1970.
    Time(i64),
}

/// How two values are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    Eq,
    /// The opposite of `eq` also for nulls: true if exactly one side is null.
    Ne,
    /// This and the ones below are false if either side is null.
    Gt,
    Ge,
    Lt,
    Le,
}

/// A function of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Function {
    /// `contains(text, part)`
    Contains,
    StartsWith,
    EndsWith,
    /// `tolower(text)`, by Unicode's rules.
    ToLower,
    ToUpper,
    /// `trim(text)`: without white space at both ends.
    Trim,
    /// `length(text)`, in characters and not bytes.
    Length,
}

impl Expr {
    /// Calls `see` with every name in the expression, as often as it occurs.
    fn visit<'a>(&'a self, see: &mut impl FnMut(&'a Name)) {
        match self {
            Expr::Literal(_) => {}
            Expr::Name(name) => see(name),
            Expr::Not(inner) | Expr::In(inner, _) => inner.visit(see),
            Expr::Compare(_, a, b) => {
                a.visit(see);
                b.visit(see);
            }
            Expr::And(parts) | Expr::Or(parts) | Expr::Call(_, parts) => {
                parts.iter().for_each(|part| part.visit(see));
            }
        }
    }
}
