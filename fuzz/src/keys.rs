//! Lines to columns of keys: the fast way gives the rows of the thorough one, whatever the columns are.

use std::sync::Arc;

use arrow::array::Array;
use ripsaw::json::{KeyedWay, keyed_rows, keys_of};
use ripsaw::table::{KeyField, KeyType, Scalar};

/// The first byte says how many come that choose the types of columns; the rest is the text. With no such
/// bytes the columns are those that its keys need.
///
/// # Panics
/// Where they differ.
pub fn run(bytes: &[u8]) {
    let Some((&count, bytes)) = bytes.split_first() else { return };
    let (choices, text) = bytes.split_at(bytes.len().min(usize::from(count % 16)));
    let text = String::from_utf8_lossy(text);
    let mut schema = keys_of(&text);
    change(&mut schema.keys, &mut choices.iter().copied().cycle());
    let schema = Arc::new(schema);
    let [fast, thorough] =
        [KeyedWay::Fast, KeyedWay::Thorough].map(|way| keyed_rows(&schema, &text, way));
    assert!(fast == thorough, "{schema:?}\nfast: {fast:#?}\nthorough: {thorough:#?}");
    for column in &fast.columns {
        column.to_data().validate_full().expect("arrays are valid");
    }
}

/// Leaves some keys out, and gives others another type.
fn change(fields: &mut Vec<KeyField>, choices: &mut impl Iterator<Item = u8>) {
    let scalars = [Scalar::Boolean, Scalar::Int64, Scalar::Double, Scalar::String];
    fields.retain_mut(|field| {
        let Some(choice) = choices.next() else { return true };
        let scalar = scalars[usize::from(choice / 16) % 4];
        field.kind = match choice % 16 {
            0 => return false,
            1 => KeyType::Json,
            2 | 3 => KeyType::Scalar(scalar),
            4 => KeyType::List(scalar),
            _ => field.kind,
        };
        if field.kind == KeyType::Struct {
            change(&mut field.fields, choices);
        } else {
            field.fields.clear();
        }
        // No struct is without members.
        field.kind != KeyType::Struct || !field.fields.is_empty()
    });
}

/// Seeds: a schema of the lines' own keys, and others.
pub fn seeds(texts: impl Iterator<Item = Vec<u8>>) -> impl Iterator<Item = Vec<u8>> {
    texts.enumerate().map(|(number, text)| {
        let choices: Vec<u8> =
            (0..number % 4).map(|place| (number * 7 + place * 37) as u8).collect();
        [&[choices.len() as u8], &*choices, &*text].concat()
    })
}
