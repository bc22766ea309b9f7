//! Tokens → expression, by recursive descent. From the loosest to the tightest: `or`, `and`, `eq ne`,
//! `gt ge lt le in`, `not`, then values, names, calls and parentheses. Each level is a method; `check`
//! says whether the parts fit.

use std::ops::Range;

use arrow::datatypes::DataType;

use super::check::{
    Kind, MAX_DEPTH, Part, above, comparable, compare, connect, leaf, must_be, tallest, too_deep,
};
use super::foreign;
use super::lex::{Fault, Token, tokens};
use super::{Comparison, Expr, Function, Literal, Name};
use crate::record::zone::Zone;
use crate::table::lines_schema;

/// The state of the parser: how far it has come.
struct Parser<'z> {
    /// The zone of times without an offset.
    zone: &'z Zone,
    /// The last is [`Token::End`].
    tokens: Vec<(Token, Range<usize>)>,
    next: usize,
    /// How many calls of [`Parser::nested`] are open.
    depth: usize,
    /// The first name that is no column, and so the key of a record: a mistake where records have none.
    key: Option<Fault>,
}

/// Parses a whole filter, which must be a condition. Also says what is wrong with it where records have no
/// keys of their own.
pub(super) fn parse(text: &str, zone: &Zone) -> Result<(Expr, Option<Fault>), Fault> {
    let mut parser = Parser { zone, tokens: tokens(text, zone)?, next: 0, depth: 0, key: None };
    if parser.peek() == &Token::End {
        return Err((0..text.len(), "the filter is empty".into()));
    }
    let whole = parser.any_of()?;
    if parser.peek() != &Token::End {
        return Err(parser.unexpected("and, or or the end"));
    }
    let whole = must_be(whole, Kind::Bool, "the filter is")?;
    Ok((whole.expr, parser.key))
}

impl Parser<'_> {
    /// The next token, which stays.
    fn peek(&self) -> &Token {
        &self.tokens[self.next].0
    }

    /// Where the next token is in the text, in bytes.
    fn place(&self) -> Range<usize> {
        self.tokens[self.next].1.clone()
    }

    /// Takes the next token.
    fn take(&mut self) -> (Token, Range<usize>) {
        let token = self.tokens[self.next].clone();
        // Never past the end, so that `peek` always has a token.
        self.next = (self.next + 1).min(self.tokens.len() - 1);
        token
    }

    /// Takes the next token if it is one of these keywords, in any case; returns which.
    fn keyword(&mut self, words: &[&str]) -> Option<usize> {
        let Token::Word(word) = self.peek() else { return None };
        let found = words.iter().position(|known| known.eq_ignore_ascii_case(word))?;
        self.next += 1;
        Some(found)
    }

    /// Takes this token, or fails with "expected `what`".
    fn expect(&mut self, token: &Token, what: &str) -> Result<(), Fault> {
        if self.peek() != token {
            return Err(self.unexpected(what));
        }
        self.take();
        Ok(())
    }

    /// Parses something within another, one level deeper, unless that is too deep. `at` is for the
    /// message.
    fn nested(
        &mut self,
        at: &Range<usize>,
        parse: impl FnOnce(&mut Self) -> Result<Part, Fault>,
    ) -> Result<Part, Fault> {
        if self.depth == MAX_DEPTH {
            return Err(too_deep(at.clone()));
        }
        self.depth += 1;
        let part = parse(self);
        self.depth -= 1;
        part
    }

    /// The fault of a token that is not what is expected. For a keyword of SQL it suggests what OData
    /// has.
    fn unexpected(&self, what: &str) -> Fault {
        let meant = match self.peek() {
            Token::Word(word) => foreign::keyword(word),
            _ => None,
        };
        let meant = meant.map(|meant| format!("; use {meant}"));
        (self.place(), format!("expected {what}{}", meant.unwrap_or_default()))
    }

    /// Parts joined by `or`; the whole of an expression.
    fn any_of(&mut self) -> Result<Part, Fault> {
        let mut parts = vec![self.all_of()?];
        while self.keyword(&["or"]).is_some() {
            parts.push(self.all_of()?);
        }
        connect(parts, "or", Expr::Or)
    }

    /// Parts joined by `and`.
    fn all_of(&mut self) -> Result<Part, Fault> {
        let mut parts = vec![self.equality()?];
        while self.keyword(&["and"]).is_some() {
            parts.push(self.equality()?);
        }
        connect(parts, "and", Expr::And)
    }

    /// Comparisons by `eq` and `ne`, from left to right.
    fn equality(&mut self) -> Result<Part, Fault> {
        let mut left = self.relation()?;
        while let Some(found) = self.keyword(&["eq", "ne"]) {
            let comparison = [Comparison::Eq, Comparison::Ne][found];
            left = self.compared(comparison, left, Self::relation)?;
        }
        Ok(left)
    }

    /// Comparisons by `gt ge lt le`, and `in`.
    fn relation(&mut self) -> Result<Part, Fault> {
        use Comparison::{Ge, Gt, Le, Lt};
        let mut left = self.unary()?;
        while let Some(found) = self.keyword(&["gt", "ge", "lt", "le", "in"]) {
            left = match [Gt, Ge, Lt, Le].get(found) {
                Some(&comparison) => self.compared(comparison, left, Self::unary)?,
                // The fifth keyword, `in`, is beyond the array.
                None => self.list(left)?,
            };
        }
        Ok(left)
    }

    /// The comparison of a left side with the right side that comes next. A function of its own, so that
    /// its variables are not on the stack of each level of parentheses.
    #[inline(never)]
    fn compared(
        &mut self,
        comparison: Comparison,
        left: Part,
        parse: fn(&mut Self) -> Result<Part, Fault>,
    ) -> Result<Part, Fault> {
        let right = self.value_of(parse)?;
        let left = self.key_of(left, &right);
        compare(comparison, left, right, self.zone)
    }

    /// The right side of a comparison, where a bare word that is no column is more likely a text without
    /// its quotes than a key.
    fn value_of(&mut self, parse: fn(&mut Self) -> Result<Part, Fault>) -> Result<Part, Fault> {
        let before = self.key.take();
        let part = parse(self)?;
        let is_word = matches!(&part.expr, Expr::Name(Name::Extra(keys)) if keys.len() == 1);
        match self.key.take() {
            Some(fault) if is_word => Err(fault),
            fault => {
                self.key = before.or(fault);
                Ok(part)
            }
        }
    }

    /// The left side of a comparison: a text in quotes beside a value is a key, `'dd.trace_id' eq '7'`.
    fn key_of(&mut self, left: Part, right: &Part) -> Part {
        let Expr::Literal(Literal::Text(key)) = &left.expr else { return left };
        if !matches!(right.expr, Expr::Literal(_)) {
            return left;
        }
        let reason = format!("'{key}' is a text, not a column: compare a column with it");
        self.key.get_or_insert((left.at.clone(), reason));
        leaf(Expr::Name(Name::Extra(vec![key.clone()])), Kind::Any, left.at)
    }

    /// The list after `in`: `('A', 'B')`, perhaps empty. Each value must be comparable with the left
    /// side.
    fn list(&mut self, left: Part) -> Result<Part, Fault> {
        self.expect(&Token::Open, "( and the values of in")?;
        let value = leaf(Expr::Literal(Literal::Null), Kind::Null, left.at.clone());
        let left = self.key_of(left, &value);
        let mut values = Vec::new();
        let mut end = self.place().end;
        while self.peek() != &Token::Close {
            if !values.is_empty() {
                self.expect(&Token::Comma, "a comma or )")?;
            }
            let part = self.primary()?;
            let part = comparable(&left, part, self.zone)?;
            let Expr::Literal(literal) = part.expr else {
                return Err((part.at, "in takes values, not names".into()));
            };
            values.push(literal);
            end = self.place().end;
        }
        self.take();
        let (at, height) = (left.at.start..end, left.height);
        above(height, Expr::In(Box::new(left.expr), values), Kind::Bool, at)
    }

    /// A value, or `not` before one. `not` binds tightest: `not level eq 'INFO'` negates `level`, which
    /// is an error.
    fn unary(&mut self) -> Result<Part, Fault> {
        let start = self.place().start;
        if self.keyword(&["not"]).is_none() {
            return self.primary();
        }
        let inner = self.nested(&(start..start + 1), Self::unary)?;
        let end = inner.at.end;
        if inner.kind != Kind::Bool && inner.kind != Kind::Any {
            let reason = "not takes what follows it alone: write not (...)";
            return Err((start..end, reason.into()));
        }
        above(inner.height, Expr::Not(Box::new(inner.expr)), Kind::Bool, start..end)
    }

    /// A literal, a column, a call, or an expression in parentheses.
    fn primary(&mut self) -> Result<Part, Fault> {
        let (token, at) = self.take();
        let literal = |literal, kind| Ok(leaf(Expr::Literal(literal), kind, at.clone()));
        match token {
            Token::Text(text) => literal(Literal::Text(text), Kind::Text),
            Token::Int(value) => literal(Literal::Int(value), Kind::Number),
            Token::Decimal(value) => literal(Literal::Decimal(value), Kind::Number),
            Token::Time(value) => literal(Literal::Time(value), Kind::Time),
            Token::Open => {
                let inner = self.nested(&at, Self::any_of)?;
                let end = self.place().end;
                self.expect(&Token::Close, ")")?;
                Ok(Part { at: at.start..end, ..inner })
            }
            Token::Word(word) if word.eq_ignore_ascii_case("null") => {
                literal(Literal::Null, Kind::Null)
            }
            Token::Word(word) if word.eq_ignore_ascii_case("true") => {
                literal(Literal::Bool(true), Kind::Bool)
            }
            Token::Word(word) if word.eq_ignore_ascii_case("false") => {
                literal(Literal::Bool(false), Kind::Bool)
            }
            Token::Word(word) if self.peek() == &Token::Open => self.call(&word, at),
            Token::Word(word) => self.name(&word, at),
            _ => Err((at, "expected a column, a value or (".into())),
        }
    }

    /// The call of a function, of which the name has been taken.
    fn call(&mut self, word: &str, at: Range<usize>) -> Result<Part, Fault> {
        use Function::{Contains, EndsWith, Length, StartsWith, ToLower, ToUpper, Trim};
        /// Name, function, number of arguments (all of them text), and the kind of its value.
        const FUNCTIONS: [(&str, Function, usize, Kind); 7] = [
            ("contains", Contains, 2, Kind::Bool),
            ("startswith", StartsWith, 2, Kind::Bool),
            ("endswith", EndsWith, 2, Kind::Bool),
            ("tolower", ToLower, 1, Kind::Text),
            ("toupper", ToUpper, 1, Kind::Text),
            ("trim", Trim, 1, Kind::Text),
            ("length", Length, 1, Kind::Number),
        ];
        let known = FUNCTIONS.iter().find(|known| known.0.eq_ignore_ascii_case(word));
        let Some(&(name, function, count, kind)) = known else {
            let names = FUNCTIONS.map(|known| known.0).join(", ");
            return Err((at, format!("unknown function {word}; functions are {names}")));
        };
        self.take();
        let mut arguments = Vec::new();
        for number in 0..count {
            if number > 0 {
                self.expect(&Token::Comma, &format!("a comma and the second value of {name}"))?;
            }
            let argument = self.nested(&at, Self::any_of)?;
            arguments.push(must_be(argument, Kind::Text, &format!("{name} takes text, this is"))?);
        }
        let end = self.place().end;
        self.expect(&Token::Close, ")")?;
        let (height, arguments) = tallest(arguments);
        above(height, Expr::Call(function, arguments), kind, at.start..end)
    }

    /// A column, `args/KEY`, or a key of the record, `req/method` or `extra/req/method`, of which the first
    /// word has been taken. A key may be quoted, or a number.
    fn name(&mut self, word: &str, at: Range<usize>) -> Result<Part, Fault> {
        let mut keys = Vec::new();
        let mut end = at.end;
        while self.peek() == &Token::Slash {
            self.take();
            let (token, place) = self.take();
            end = place.end;
            match token {
                // In quotes a key may be anything: `extra/'dd.trace_id'`, `args/'a b'`.
                Token::Word(key) | Token::Text(key) => keys.push(key),
                Token::Int(key) => keys.push(key.to_string()),
                _ => return Err((place, "expected a key".into())),
            }
        }
        let at = at.start..end;
        let part = |name, kind| Ok(leaf(Expr::Name(name), kind, at.clone()));
        match (word, keys.len()) {
            ("args", 1) => return part(Name::Arg(keys.remove(0)), Kind::Text),
            ("extra", 1..) => return part(Name::Extra(keys), Kind::Any),
            ("args", 2..) => return Err((at, "use args/KEY with one KEY".into())),
            (_, 1..) => {
                self.key.get_or_insert((at.clone(), "only args and extra have keys".into()));
                keys.insert(0, word.to_owned());
                return part(Name::Extra(keys), Kind::Any);
            }
            _ => {}
        }
        let schema = lines_schema();
        match schema.index_of(word) {
            Ok(index) => {
                let kind = match schema.field(index).data_type() {
                    DataType::Timestamp(..) => Kind::Time,
                    DataType::Int8 | DataType::Int64 => Kind::Number,
                    _ => Kind::Text,
                };
                part(Name::Column(index), kind)
            }
            Err(_) => {
                // Above 0.8 a name is a likely typing error: `mesage`, `timestmap`.
                let likeness = |name: &str| strsim::jaro_winkler(name, word);
                let near = schema.fields().iter().map(|field| field.name());
                let near = near.max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
                let near = near.filter(|near| likeness(near) > 0.8);
                // `group` means `step_group`, `error` means `parse_error`.
                let is_part = |name: &&String| name.split('_').any(|part| part == word);
                let similar = schema.fields().iter().map(|field| field.name()).find(is_part);
                let hint = match near.or(similar) {
                    Some(near) => format!("; did you mean {near}?"),
                    None => format!("; put text in quotes: '{word}'"),
                };
                let reason = format!("unknown column {word}{hint}");
                self.key.get_or_insert((at.clone(), reason));
                part(Name::Extra(vec![word.to_owned()]), Kind::Any)
            }
        }
    }
}
