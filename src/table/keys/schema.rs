//! Which keys are columns, and of which type.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Fields};
use serde::{Deserialize, Serialize};

use crate::table::{Column, is_json, json_mark};

/// The keys of JSON objects that are columns, in the order of the table.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeySchema {
    /// Keys of the objects themselves.
    pub keys: Vec<KeyField>,
}

/// A key and its column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyField {
    /// As the JSON has it, decoded.
    pub key: String,
    /// The name of the column: the key, with `_` after it where that is taken.
    pub name: String,
    /// What it holds.
    #[serde(rename = "type", with = "super::schema::type_names")]
    pub kind: KeyType,
    /// The members of a struct; empty for other types.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<KeyField>,
}

/// The type of a scalar, in a column or in a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scalar {
    /// `true`, `false`.
    Boolean,
    /// Integers of 64 bits with a sign.
    Int64,
    /// The nearest double to what is written.
    Double,
    /// Decoded text.
    String,
}

/// The type of a key's column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyType {
    /// One value.
    Scalar(Scalar),
    /// Values of any type as JSON, as written.
    Json,
    /// Arrays of scalars of one type, or null.
    List(Scalar),
    /// Objects; [`KeyField::fields`] has their members.
    Struct,
}

impl Scalar {
    const ALL: [Self; 4] = [Self::Boolean, Self::Int64, Self::Double, Self::String];

    fn name(self) -> &'static str {
        match self {
            Self::Boolean => "boolean",
            Self::Int64 => "int64",
            Self::Double => "double",
            Self::String => "string",
        }
    }

    fn data_type(self) -> DataType {
        match self {
            Self::Boolean => DataType::Boolean,
            Self::Int64 => DataType::Int64,
            Self::Double => DataType::Float64,
            Self::String => DataType::Utf8,
        }
    }

    fn of(data_type: &DataType) -> Option<Self> {
        Self::ALL.into_iter().find(|scalar| scalar.data_type() == *data_type)
    }
}

impl KeyType {
    /// As `ripsaw schema` prints it: `int64`, `list<string>`, `struct`, `json`.
    pub fn name(self) -> String {
        match self {
            Self::Scalar(scalar) => scalar.name().into(),
            Self::Json => "json".into(),
            Self::List(item) => format!("list<{}>", item.name()),
            Self::Struct => "struct".into(),
        }
    }

    fn named(name: &str) -> Option<Self> {
        let scalar = |name: &str| Scalar::ALL.into_iter().find(|scalar| scalar.name() == name);
        match name {
            "json" => Some(Self::Json),
            "struct" => Some(Self::Struct),
            _ => match name.strip_prefix("list<").and_then(|rest| rest.strip_suffix('>')) {
                Some(item) => scalar(item).map(Self::List),
                None => scalar(name).map(Self::Scalar),
            },
        }
    }
}

/// Types by their names, for serde.
mod type_names {
    use serde::de::{Deserialize, Deserializer, Error};
    use serde::ser::Serializer;

    use super::KeyType;

    pub(super) fn serialize<S: Serializer>(kind: &KeyType, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&kind.name())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<KeyType, D::Error> {
        let name = String::deserialize(from)?;
        KeyType::named(&name).ok_or_else(|| {
            D::Error::custom(format!(
                "unknown type {name:?}; types are boolean, int64, double, string, json, struct and list<...>"
            ))
        })
    }
}

/// The metadata of a field that has another name than its key.
const KEY: &str = "ripsaw.key";

/// The key of a column that [`KeyField::arrow`] made.
pub(crate) fn key_of(field: &Field) -> &str {
    field.metadata().get(KEY).unwrap_or(field.name())
}

/// The field under another name, of this key.
pub(super) fn named(field: &Field, name: &str, key: &str) -> Field {
    let mut metadata = field.metadata().clone();
    metadata.remove(KEY);
    if name != key {
        metadata.insert(KEY.to_owned(), key.to_owned());
    }
    field.clone().with_name(name).with_metadata(metadata)
}

impl KeyField {
    /// The column's Arrow field.
    pub fn arrow(&self) -> Field {
        let data_type = match self.kind {
            KeyType::Scalar(scalar) => scalar.data_type(),
            KeyType::Json => DataType::Utf8,
            KeyType::List(item) => DataType::List(Arc::new(list_item(item))),
            KeyType::Struct => {
                DataType::Struct(self.fields.iter().map(Self::arrow).collect::<Fields>())
            }
        };
        let mut metadata = match self.kind {
            KeyType::Json => json_mark(),
            _ => HashMap::new(),
        };
        if self.name != self.key {
            metadata.insert(KEY.to_owned(), self.key.clone());
        }
        Field::new(&self.name, data_type, true).with_metadata(metadata)
    }

    /// The key of a column that has this Arrow field; `None` for types that no key has.
    fn of_arrow(field: &Field) -> Option<Self> {
        let mut fields = Vec::new();
        let kind = match field.data_type() {
            DataType::Utf8 if is_json(field) => KeyType::Json,
            DataType::List(item) => KeyType::List(Scalar::of(item.data_type())?),
            DataType::Struct(members) => {
                fields =
                    members.iter().map(|member| Self::of_arrow(member)).collect::<Option<_>>()?;
                KeyType::Struct
            }
            scalar => KeyType::Scalar(Scalar::of(scalar)?),
        };
        Some(Self { key: key_of(field).to_owned(), name: field.name().clone(), kind, fields })
    }

    /// Columns without members of their own, in it or as it.
    pub fn leaves(&self) -> usize {
        match self.kind {
            KeyType::Struct => self.fields.iter().map(Self::leaves).sum(),
            _ => 1,
        }
    }
}

/// The item of a list, with the name that Parquet's LIST gives it.
pub(super) fn list_item(item: Scalar) -> Field {
    Field::new("item", item.data_type(), true)
}

impl KeySchema {
    /// The Arrow fields of the columns, in order.
    pub fn arrow(&self) -> impl Iterator<Item = Field> {
        self.keys.iter().map(KeyField::arrow)
    }

    /// The keys of a table that ripsaw, or another program, has written: all columns but the fixed ones.
    ///
    /// # Errors
    /// A column of a type that no key has.
    pub fn of_arrow(fields: &Fields) -> Result<Self, String> {
        let of_keys = fields.iter().filter(|field| Column::named(field.name()).is_none());
        let key = |field: &Arc<Field>| {
            KeyField::of_arrow(field).ok_or_else(|| {
                format!(
                    "column {:?} has the type {}, which no key has",
                    field.name(),
                    field.data_type()
                )
            })
        };
        Ok(Self { keys: of_keys.map(key).collect::<Result<_, _>>()? })
    }

    /// As [`of_arrow`](Self::of_arrow), without the columns that no key has.
    pub(crate) fn of_known(fields: &Fields) -> Self {
        let of_keys = fields.iter().filter(|field| Column::named(field.name()).is_none());
        Self { keys: of_keys.filter_map(|field| KeyField::of_arrow(field)).collect() }
    }

    /// Whether there are no columns of keys.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Columns without members, those in structs included.
    pub fn leaves(&self) -> usize {
        self.keys.iter().map(KeyField::leaves).sum()
    }
}

/// Gives names to the keys of one object: each key's own, with `_` after it as often as it takes to
/// differ from the names before it. Names that differ in case only are the same to Spark and DuckDB.
pub(crate) struct Names {
    /// In lower case.
    taken: std::collections::HashSet<String>,
}

impl Names {
    /// For the columns of the table, beside the fixed ones.
    pub(crate) fn of_table() -> Self {
        Self { taken: Column::ALL.iter().map(|column| column.name().to_owned()).collect() }
    }

    /// For the members of a struct.
    pub(crate) fn of_struct() -> Self {
        Self { taken: std::collections::HashSet::new() }
    }

    /// The name of the next key.
    pub(crate) fn name(&mut self, key: &str) -> String {
        let mut name = key.to_owned();
        while !self.taken.insert(name.to_lowercase()) {
            name.push('_');
        }
        name
    }
}
