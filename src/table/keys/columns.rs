//! The columns of all keys, while a batch is built.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, ListArray, StructArray, new_null_array};
use arrow::datatypes::Fields;

use super::schema::{KeyField, KeySchema, KeyType, Scalar, list_item};
use super::values::{Presence, TextValues, Values, offsets};

/// Where the values of a key go: the index of a column of its kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Slot {
    Boolean(usize),
    Int64(usize),
    Double(usize),
    /// Strings.
    Text(usize),
    /// JSON, as written.
    Json(usize),
    List(usize),
    Struct(usize),
    /// Of a column of this type that nobody wants: what fits it is passed over.
    LeftOut(KeyType),
}

/// Columns by kind, for writers that know the kind of what they have. A row may give each column a value
/// or pass it over.
pub(crate) struct KeyColumns {
    schema: Arc<KeySchema>,
    /// In the order of a walk through the schema, each struct before its members.
    slots: Vec<Slot>,
    pub(crate) booleans: Vec<Values<bool>>,
    pub(crate) integers: Vec<Values<i64>>,
    pub(crate) doubles: Vec<Values<f64>>,
    /// Strings and JSON.
    pub(crate) texts: Vec<TextValues>,
    pub(crate) lists: Vec<List>,
    pub(crate) structs: Vec<Presence>,
}

/// Arrays of scalars.
pub(crate) struct List {
    pub(crate) item: Scalar,
    /// Nobody wants the lists, and none is kept.
    is_left_out: bool,
    present: Presence,
    /// Where each row ends among the items.
    ends: Vec<i32>,
    /// Items so far, those of the row that is being written included.
    count: usize,
    booleans: Values<bool>,
    integers: Values<i64>,
    doubles: Values<f64>,
    texts: TextValues,
}

/// A scalar of JSON, as a column takes it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Item<'a> {
    Null,
    Boolean(bool),
    Int64(i64),
    Double(f64),
    Text(&'a str),
}

impl KeyColumns {
    /// No rows of these keys.
    pub(crate) fn new(schema: Arc<KeySchema>) -> Self {
        let mut columns = Self {
            schema: Arc::clone(&schema),
            slots: Vec::new(),
            booleans: Vec::new(),
            integers: Vec::new(),
            doubles: Vec::new(),
            texts: Vec::new(),
            lists: Vec::new(),
            structs: Vec::new(),
        };
        columns.add(&schema.keys);
        columns
    }

    /// No rows of the same keys, without the columns that these leave out, and memory from the same pools.
    pub(crate) fn sibling(&self) -> Self {
        Self {
            schema: Arc::clone(&self.schema),
            slots: self.slots.clone(),
            booleans: self.booleans.iter().map(Values::sharing_pool).collect(),
            integers: self.integers.iter().map(Values::sharing_pool).collect(),
            doubles: self.doubles.iter().map(Values::sharing_pool).collect(),
            texts: self.texts.iter().map(TextValues::sharing_pools).collect(),
            lists: self.lists.iter().map(List::sibling).collect(),
            structs: self.structs.iter().map(|_| Presence::default()).collect(),
        }
    }

    /// Leaves out the columns that are not wanted: they are null. What is wanted is named by its place among
    /// the keys, then in each struct; a struct is wanted with all of its members.
    pub(crate) fn leave_out(&mut self, wanted: &[Vec<usize>]) {
        let schema = Arc::clone(&self.schema);
        let mut slots = std::mem::take(&mut self.slots);
        self.leave_out_of(&schema.keys, wanted, &mut Vec::new(), &mut slots.iter_mut());
        self.slots = slots;
    }

    fn leave_out_of<'s>(
        &mut self,
        fields: &[KeyField],
        wanted: &[Vec<usize>],
        path: &mut Vec<usize>,
        slots: &mut impl Iterator<Item = &'s mut Slot>,
    ) {
        for (place, field) in fields.iter().enumerate() {
            // As many slots as fields: both are of one schema.
            let Some(slot) = slots.next() else { break };
            path.push(place);
            let is_wanted = wanted.iter().any(|wanted| path.starts_with(wanted));
            match *slot {
                // Its members are asked one by one.
                Slot::Struct(_) => {}
                Slot::List(at) => self.lists[at].is_left_out = !is_wanted,
                _ if is_wanted => {}
                _ => *slot = Slot::LeftOut(field.kind),
            }
            self.leave_out_of(&field.fields, wanted, path, slots);
            path.pop();
        }
    }

    fn add(&mut self, fields: &[KeyField]) {
        for field in fields {
            let slot = self.add_column(field.kind);
            self.slots.push(slot);
            self.add(&field.fields);
        }
    }

    fn add_column(&mut self, kind: KeyType) -> Slot {
        /// The index of the column that is added.
        fn push<T>(columns: &mut Vec<T>, column: T) -> usize {
            columns.push(column);
            columns.len() - 1
        }
        match kind {
            KeyType::Scalar(Scalar::Boolean) => {
                Slot::Boolean(push(&mut self.booleans, Values::default()))
            }
            KeyType::Scalar(Scalar::Int64) => {
                Slot::Int64(push(&mut self.integers, Values::default()))
            }
            KeyType::Scalar(Scalar::Double) => {
                Slot::Double(push(&mut self.doubles, Values::default()))
            }
            KeyType::Scalar(Scalar::String) => {
                Slot::Text(push(&mut self.texts, TextValues::default()))
            }
            KeyType::Json => Slot::Json(push(&mut self.texts, TextValues::default())),
            KeyType::List(item) => Slot::List(push(&mut self.lists, List::new(item))),
            KeyType::Struct => Slot::Struct(push(&mut self.structs, Presence::default())),
        }
    }

    /// The keys.
    pub(crate) fn schema(&self) -> &Arc<KeySchema> {
        &self.schema
    }

    /// The slots of all keys, in the order of a walk through the schema: each struct before its members.
    pub(crate) fn slots(&self) -> &[Slot] {
        &self.slots
    }

    /// Takes back what a row has been given.
    #[cold]
    pub(crate) fn forget(&mut self, row: usize) {
        self.booleans.iter_mut().for_each(|column| column.forget(row));
        self.integers.iter_mut().for_each(|column| column.forget(row));
        self.doubles.iter_mut().for_each(|column| column.forget(row));
        self.texts.iter_mut().for_each(|column| column.forget(row));
        self.lists.iter_mut().for_each(|column| column.forget(row));
        self.structs.iter_mut().for_each(|column| column.forget(row));
    }

    /// The columns of so many rows, in the order of the schema; there are no rows afterwards.
    pub(crate) fn finish(&mut self, rows: usize) -> Vec<ArrayRef> {
        let schema = Arc::clone(&self.schema);
        let slots = std::mem::take(&mut self.slots);
        let mut next = slots.iter().copied();
        let arrays =
            self.finish_fields(&schema.keys, &mut next, &mut Nulls { rows, arrays: Vec::new() });
        self.slots = slots;
        arrays
    }

    fn finish_fields(
        &mut self,
        fields: &[KeyField],
        slots: &mut impl Iterator<Item = Slot>,
        nulls: &mut Nulls,
    ) -> Vec<ArrayRef> {
        let rows = nulls.rows;
        let mut arrays = Vec::with_capacity(fields.len());
        for field in fields {
            // As many slots as fields: both are of one schema.
            let Some(slot) = slots.next() else { break };
            let array = match slot {
                Slot::Boolean(at) => self.booleans[at].finish(rows),
                Slot::Int64(at) => self.integers[at].finish(rows),
                Slot::Double(at) => self.doubles[at].finish(rows),
                Slot::Text(at) | Slot::Json(at) => self.texts[at].finish(rows),
                Slot::List(at) => self.lists[at].finish(rows),
                Slot::LeftOut(_) => None,
                Slot::Struct(at) => {
                    let (valid, _) = self.structs[at].finish(rows);
                    let arrow: Fields = field.fields.iter().map(KeyField::arrow).collect();
                    let members = self.finish_fields(&field.fields, slots, nulls);
                    Some(Arc::new(StructArray::new(arrow, members, valid)) as ArrayRef)
                }
            };
            arrays.push(array.unwrap_or_else(|| nulls.of(field)));
        }
        arrays
    }
}

/// Columns without a value: one array for all of a type, since most of hundreds of keys are in no row of a
/// batch.
struct Nulls {
    rows: usize,
    arrays: Vec<ArrayRef>,
}

impl Nulls {
    /// The array for this key.
    fn of(&mut self, field: &KeyField) -> ArrayRef {
        let data_type = field.arrow().data_type().clone();
        let known = self.arrays.iter().find(|array| *array.data_type() == data_type);
        if let Some(known) = known {
            return Arc::clone(known);
        }
        let array = new_null_array(&data_type, self.rows);
        self.arrays.push(Arc::clone(&array));
        array
    }
}

impl List {
    fn new(item: Scalar) -> Self {
        Self {
            item,
            is_left_out: false,
            present: Presence::default(),
            ends: Vec::new(),
            count: 0,
            booleans: Values::default(),
            integers: Values::default(),
            doubles: Values::default(),
            texts: TextValues::default(),
        }
    }

    /// No lists of the same items, and memory from the same pools.
    fn sibling(&self) -> Self {
        Self {
            is_left_out: self.is_left_out,
            booleans: self.booleans.sharing_pool(),
            integers: self.integers.sharing_pool(),
            doubles: self.doubles.sharing_pool(),
            texts: self.texts.sharing_pools(),
            ..Self::new(self.item)
        }
    }

    /// Appends an item to the row that is being written. It must be null or of the list's type.
    pub(crate) fn push(&mut self, item: Item<'_>) {
        if self.is_left_out {
            return;
        }
        let at = self.count;
        self.count += 1;
        match item {
            Item::Null => {}
            Item::Boolean(value) => self.booleans.set(at, value),
            Item::Int64(value) => self.integers.set(at, value),
            Item::Double(value) => self.doubles.set(at, value),
            Item::Text(text) => self.texts.set(at, text),
        }
    }

    /// Completes a row with the items pushed since the last one.
    pub(crate) fn end(&mut self, row: usize) {
        if self.is_left_out {
            return;
        }
        let before = self.ends.last().copied().unwrap_or(0);
        self.ends.resize(row, before);
        self.ends.push(self.count as i32);
        self.present.set(row);
    }

    /// Takes back the items of this row, completed or not.
    pub(crate) fn forget(&mut self, row: usize) {
        self.ends.truncate(row);
        self.present.forget(row);
        self.count = self.ends.last().map_or(0, |&end| end as usize);
        self.booleans.forget(self.count);
        self.integers.forget(self.count);
        self.doubles.forget(self.count);
        self.texts.forget(self.count);
    }

    /// The lists of so many rows; `None` if all are null.
    fn finish(&mut self, rows: usize) -> Option<ArrayRef> {
        let item = Arc::new(list_item(self.item));
        let (nulls, is_empty) = self.present.finish(rows);
        if is_empty {
            return None;
        }
        let last = self.ends.last().copied().unwrap_or(0);
        self.ends.resize(rows, last);
        let offsets = offsets(&mut self.ends);
        let count = std::mem::take(&mut self.count);
        let items = match self.item {
            Scalar::Boolean => self.booleans.finish(count),
            Scalar::Int64 => self.integers.finish(count),
            Scalar::Double => self.doubles.finish(count),
            Scalar::String => self.texts.finish(count),
        };
        let items = items.unwrap_or_else(|| new_null_array(item.data_type(), count));
        Some(Arc::new(ListArray::new(item, offsets, items, nulls)))
    }
}
