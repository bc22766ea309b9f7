//! Two objects as one: the keys of a record that have columns, and those in its `extra`.

use std::collections::HashMap;

use crate::json::thorough::{self, DUPLICATES, Extra, Object};

/// The members of both. An object of which a part is in each is put together again.
pub(crate) fn merged(keys: &str, extra: Option<&str>) -> String {
    let Some(extra) = extra else { return keys.to_owned() };
    let objects = (thorough::members(keys.as_bytes()), thorough::members(extra.as_bytes()));
    let (Ok(keys_object), Ok(extra_object)) = objects else { return extra.to_owned() };
    let mut all = Extra::default();
    let others = by_key(&extra_object);
    for (key, value) in &keys_object.members {
        match others.get(&**key) {
            Some(other) if value.starts_with('{') && other.starts_with('{') => {
                all.add(key, &merged(value, Some(other)));
            }
            Some(other) => {
                all.add_duplicate(key, other);
                all.add(key, value);
            }
            None => all.add(key, value),
        }
    }
    let known = by_key(&keys_object);
    for (key, value) in &extra_object.members {
        if key == DUPLICATES {
            all.add_duplicates(key, value);
        } else if !known.contains_key(&**key) {
            all.add(key, value);
        }
    }
    all.finish().unwrap_or("{}").to_owned()
}

/// By key, since an object may have thousands.
fn by_key<'a>(object: &'a Object<'_>) -> HashMap<&'a str, &'a str> {
    object.members.iter().map(|(key, value)| (&**key, *value)).collect()
}

#[cfg(test)]
mod tests {
    use super::merged;

    #[test]
    fn parts_of_objects_are_put_together() {
        for (keys, extra, whole) in [
            (r#"{"a":1}"#, None, r#"{"a":1}"#),
            (r#"{"a":1}"#, Some(r#"{"b":2}"#), r#"{"a":1,"b":2}"#),
            (r#"{"a":{"b":1}}"#, Some(r#"{"a":{"c":[2]}}"#), r#"{"a":{"b":1,"c":[2]}}"#),
            (
                r#"{"a":1}"#,
                Some(r#"{"_duplicates":{"a":[0]}}"#),
                r#"{"a":1,"_duplicates":{"a":[0]}}"#,
            ),
        ] {
            assert_eq!(merged(keys, extra), whole);
        }
    }
}
