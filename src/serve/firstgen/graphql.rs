//! As much of GraphQL as a request for an export needs: what is asked, and the filters, which may be variables or
//! written into the query.

use hyper::StatusCode;
use serde_json::{Map, Value, json};

use super::super::answer::Answer;

/// Values in values, and the length of a query: the filters of a request have three levels.
const DEEPEST: usize = 16;

/// What a query asks for.
#[derive(Debug, PartialEq)]
pub(super) struct Asked {
    /// An export; else how many deployments there are.
    pub(super) is_export: bool,
    /// The filters, all of which must be true.
    pub(super) filters: Vec<Value>,
    /// What the client calls the request.
    pub(super) client_id: Option<String>,
    /// The query, to see which fields of the answer it names.
    query: String,
}

impl Asked {
    /// Reads a query.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn of(query: &str, variables: &Value) -> Result<Self, String> {
        let is_export = query.contains("exportExecutions");
        if !is_export && !query.contains("executions") {
            return Err("Validation error: only exportExecutions and executions are served".into());
        }
        let filters = match argument(query, "filters", variables)? {
            Some(filters) => filters,
            // All of the input may be one variable.
            None => variables.pointer("/input/filters").cloned().unwrap_or_default(),
        };
        let filters = match filters {
            Value::Array(filters) => filters,
            Value::Null => Vec::new(),
            one => vec![one],
        };
        let id = match argument(query, "clientMutationId", variables)? {
            Some(id) => Some(id),
            None => variables.pointer("/input/clientMutationId").cloned(),
        };
        let client_id = id.and_then(|id| id.as_str().map(str::to_owned));
        Ok(Self { is_export, filters, client_id, query: query.to_owned() })
    }

    /// Those fields of an answer that the query names.
    pub(super) fn fields(&self, answer: Map<String, Value>) -> Value {
        Value::Object(answer.into_iter().filter(|(name, _)| self.query.contains(name)).collect())
    }
}

/// An answer in GraphQL that says what went wrong.
pub(super) fn failed(field: Option<&str>, message: &str) -> Answer {
    let data = field.map_or(Value::Null, |field| json!({ field: null }));
    let answer = json!({ "data": data, "errors": [{ "message": message }] });
    Answer::json(StatusCode::OK, &answer)
}

/// The value of an argument, if the query has it.
fn argument(query: &str, name: &str, variables: &Value) -> Result<Option<Value>, String> {
    let mut rest = query;
    while let Some(at) = rest.find(name) {
        let is_whole = !rest[..at].ends_with(|c: char| c.is_alphanumeric() || "_$".contains(c));
        rest = &rest[at + name.len()..];
        let after = rest.trim_start();
        let Some(value) = after.strip_prefix(':').filter(|_| is_whole) else { continue };
        let mut reader = Reader { rest: value, variables };
        return reader.value(0).map(Some);
    }
    Ok(None)
}

/// Reads a value of GraphQL as JSON.
struct Reader<'a> {
    rest: &'a str,
    variables: &'a Value,
}

impl<'a> Reader<'a> {
    /// Passes by blanks and commas, which mean the same.
    fn next(&mut self) -> Option<char> {
        self.rest = self.rest.trim_start_matches(|c: char| c.is_whitespace() || c == ',');
        self.rest.chars().next()
    }

    fn pass(&mut self, c: char) -> bool {
        let is_next = self.next() == Some(c);
        if is_next {
            self.rest = &self.rest[c.len_utf8()..];
        }
        is_next
    }

    fn word(&mut self) -> &'a str {
        let is_of_word = |c: char| c.is_alphanumeric() || "_.+-".contains(c);
        let end = self.rest.find(|c: char| !is_of_word(c)).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        word
    }

    fn value(&mut self, depth: usize) -> Result<Value, String> {
        if depth > DEEPEST {
            return Err("Invalid Syntax : the query is nested too deeply".into());
        }
        match self.next() {
            Some('[') => self.list(depth),
            Some('{') => self.object(depth),
            Some('"') => self.text(),
            Some('$') => {
                self.rest = &self.rest[1..];
                let name = self.word();
                Ok(self.variables.get(name).cloned().unwrap_or_default())
            }
            _ => match self.word() {
                "" => Err("Invalid Syntax : a value was expected".into()),
                word => Ok(serde_json::from_str(word).unwrap_or_else(|_| word.into())),
            },
        }
    }

    fn list(&mut self, depth: usize) -> Result<Value, String> {
        self.pass('[');
        let mut list = Vec::new();
        while !self.pass(']') {
            list.push(self.value(depth + 1)?);
        }
        Ok(list.into())
    }

    fn object(&mut self, depth: usize) -> Result<Value, String> {
        self.pass('{');
        let mut object = Map::new();
        while !self.pass('}') {
            let name = self.word();
            if name.is_empty() || !self.pass(':') {
                return Err("Invalid Syntax : a field was expected".into());
            }
            object.insert(name.to_owned(), self.value(depth + 1)?);
        }
        Ok(object.into())
    }

    /// A text in quotes, with JSON's escapes.
    fn text(&mut self) -> Result<Value, String> {
        let mut texts = serde_json::Deserializer::from_str(self.rest).into_iter::<String>();
        match texts.next() {
            Some(Ok(text)) => {
                self.rest = &self.rest[texts.byte_offset()..];
                Ok(text.into())
            }
            _ => Err("Invalid Syntax : a text does not end".into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_are_written_into_the_query_or_variables() {
        let documented = r#"mutation { exportExecutions(input: {
            clientMutationId: "gqahal-test"
            filters: [
              {application: {operator: IN, values: ["ekft"]}},
              {startTime: {operator: AFTER, value: 1590969600000}},
            ]
            userGroupIds: "Hhsq" }) { clientMutationId requestId status } }"#;
        let filters = json!([
            { "application": { "operator": "IN", "values": ["ekft"] } },
            { "startTime": { "operator": "AFTER", "value": 1590969600000_i64 } },
        ]);
        let asked = Asked::of(documented, &Value::Null).unwrap();
        assert_eq!(Value::from(asked.filters), filters);
        assert_eq!((asked.is_export, asked.client_id.as_deref()), (true, Some("gqahal-test")));
        let query = "query($filters: [ExecutionFilter!]) { executions(filters: $filters, limit: 1) { pageInfo { total } } }";
        let asked = Asked::of(query, &json!({ "filters": filters })).unwrap();
        assert_eq!((asked.is_export, Value::from(asked.filters)), (false, filters.clone()));
        let query = "mutation($input: I!) { exportExecutions(input: $input) { requestId } }";
        let asked = Asked::of(query, &json!({ "input": { "filters": filters } })).unwrap();
        assert_eq!((asked.is_export, Value::from(asked.filters)), (true, filters));
    }

    #[test]
    fn what_is_no_query_is_refused() {
        for query in
            ["{ users { id } }", "mutation { exportExecutions(filters: [{a", "{executions(filters:"]
        {
            assert!(Asked::of(query, &Value::Null).is_err(), "{query}");
        }
        let deep = format!("{{executions(filters: {}", "[".repeat(100_000));
        assert!(Asked::of(&deep, &Value::Null).is_err());
    }
}
