//! Values of columns in paths, as Hive has them: `pipeline=build%2Ftest/date=2026-03-09/`.

use super::columns::COLUMNS;

/// What a path has for null.
const NULL: &str = "__HIVE_DEFAULT_PARTITION__";

/// The folder before the first folder that has a value, with a `/` at its end; `None` if none has.
pub(crate) fn root(path: &str) -> Option<&str> {
    let folders = path.rsplit_once('/')?.0;
    let mut start = 0;
    for folder in folders.split('/') {
        if value(folder).is_some() {
            return Some(&path[..start]);
        }
        start += folder.len() + 1;
    }
    None
}

/// Whether a folder, or one that it is in, has the value of a column of the table, or of `date`.
pub(crate) fn has_values(folder: &str) -> bool {
    let is_column = |name: &str| name == "date" || COLUMNS.contains(&name);
    folder.split('/').filter_map(value).any(|(name, _)| is_column(&name))
}

/// The values of the folders of a file, each with the name of its column.
pub(crate) fn values(path: &str) -> Vec<(String, Option<String>)> {
    let folders = path.rsplit_once('/').map_or("", |(folders, _)| folders);
    folders.split('/').filter_map(value).collect()
}

/// The column of a folder and its value.
fn value(folder: &str) -> Option<(String, Option<String>)> {
    let (column, value) = folder.split_once('=')?;
    let column = unescaped(column);
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    // Paths of logs may have a `=` as well.
    if column.is_empty() || !column.bytes().all(is_name) {
        return None;
    }
    Some((column, (value != NULL).then(|| unescaped(value))))
}

/// A text with what its `%2F` and the like mean.
fn unescaped(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let code = (first == b'%').then(|| after.get(..2)).flatten();
        let code = code.and_then(|digits| std::str::from_utf8(digits).ok());
        match code.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::{has_values, root, values};

    #[test]
    fn values_of_paths() {
        let path = "out/pipeline=a%2Fb%3D/date=__HIVE_DEFAULT_PARTITION__/r.parquet";
        assert_eq!(root(path), Some("out/"));
        let expected = [("pipeline", Some("a/b=")), ("date", None)];
        let owned = expected.map(|(name, value)| (name.to_owned(), value.map(str::to_owned)));
        assert_eq!(values(path), owned);
        for path in ["a/b.parquet", "b=c.parquet", "a/=x/b.parquet", "a b=c/d.parquet"] {
            assert_eq!(root(path), None, "{path}");
        }
        assert!(has_values("/x/date=1/level=2") && !has_values("/x=1/y"));
        assert_eq!(root("%zz=1/b.parquet"), None);
        assert_eq!(values("a=%zz%4/b"), [("a".to_owned(), Some("%zz%4".to_owned()))]);
    }
}
