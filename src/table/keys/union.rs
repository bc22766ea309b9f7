//! The keys of several tables as those of one.

use super::schema::{KeyField, KeySchema, KeyType, Names, Scalar};

impl KeySchema {
    /// The columns of both; a key whose types differ is a column of the type that holds both, which is JSON
    /// as a rule.
    #[must_use]
    pub fn with(mut self, other: &Self) -> Self {
        add(&mut self.keys, &other.keys);
        let mut names = Names::of_table();
        for field in &mut self.keys {
            field.name = names.name(&field.key);
        }
        self
    }

    /// The first keys, as many as have so many columns at most.
    #[must_use]
    pub fn limited(mut self, columns: usize) -> Self {
        let mut left = columns;
        let fits = |field: &KeyField| {
            let leaves = field.leaves();
            let fits = leaves <= left;
            left -= if fits { leaves } else { 0 };
            fits
        };
        self.keys = self.keys.into_iter().filter(fits).collect();
        self
    }
}

/// Adds fields to those of the same object.
fn add(fields: &mut Vec<KeyField>, others: &[KeyField]) {
    for other in others {
        match fields.iter_mut().find(|field| field.key == other.key) {
            Some(field) => join(field, other),
            None => fields.push(other.clone()),
        }
    }
}

/// Makes a field of a type that holds the values of another of the same key.
fn join(field: &mut KeyField, other: &KeyField) {
    use KeyType::{List, Scalar as One, Struct};
    field.kind = match (field.kind, other.kind) {
        (Struct, Struct) => {
            add(&mut field.fields, &other.fields);
            let mut names = Names::of_struct();
            for member in &mut field.fields {
                member.name = names.name(&member.key);
            }
            return;
        }
        (one, same) if one == same => return,
        (One(Scalar::Int64 | Scalar::Double), One(Scalar::Int64 | Scalar::Double)) => {
            One(Scalar::Double)
        }
        (List(Scalar::Int64 | Scalar::Double), List(Scalar::Int64 | Scalar::Double)) => {
            List(Scalar::Double)
        }
        _ => KeyType::Json,
    };
    field.fields.clear();
}

#[cfg(test)]
mod tests {
    use super::{KeyField, KeySchema, KeyType, Scalar};

    fn field(key: &str, kind: KeyType, fields: Vec<KeyField>) -> KeyField {
        KeyField { key: key.into(), name: key.into(), kind, fields }
    }

    #[test]
    fn types_that_hold_both() {
        let [int, double, text] =
            [Scalar::Int64, Scalar::Double, Scalar::String].map(KeyType::Scalar);
        let one = vec![
            field("a", int, vec![]),
            field("b", int, vec![]),
            field("s", KeyType::Struct, vec![field("x", text, vec![])]),
        ];
        let other = vec![
            field("b", double, vec![]),
            field("s", KeyType::Struct, vec![field("x", int, vec![]), field("y", int, vec![])]),
            field("a", text, vec![]),
            field("A", text, vec![]),
        ];
        let all = KeySchema { keys: one }.with(&KeySchema { keys: other });
        let kinds: Vec<_> = all.keys.iter().map(|key| (&*key.name, key.kind)).collect();
        let expected = [("a", KeyType::Json), ("b", double), ("s", KeyType::Struct), ("A_", text)];
        assert_eq!(kinds, expected);
        let members: Vec<_> = all.keys[2].fields.iter().map(|key| (&*key.key, key.kind)).collect();
        assert_eq!(members, [("x", KeyType::Json), ("y", int)]);
        assert_eq!(all.limited(2).keys.len(), 2);
    }
}
