//! The cells of a column, in one text: tables may have a million rows.

/// Texts in order.
#[derive(Debug, Default)]
pub(super) struct Cells {
    text: String,
    /// Where each ends in the text.
    ends: Vec<usize>,
}

impl Cells {
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The cell of a row; empty if there is no such row.
    pub(super) fn at(&self, row: usize) -> &str {
        let start = row.checked_sub(1).and_then(|before| self.ends.get(before));
        let range = start.copied().unwrap_or(0)..self.ends.get(row).copied().unwrap_or(0);
        self.text.get(range).unwrap_or_default()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).map(|row| self.at(row))
    }
}

impl<T: AsRef<str>> FromIterator<T> for Cells {
    fn from_iter<I: IntoIterator<Item = T>>(cells: I) -> Self {
        let mut all = Self::default();
        for cell in cells {
            all.text.push_str(cell.as_ref());
            all.ends.push(all.text.len());
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_they_were() {
        let texts = ["", "a", "bc", "", "配"];
        let cells: Cells = texts.into_iter().collect();
        assert_eq!(cells.len(), 5);
        assert_eq!(cells.iter().collect::<Vec<_>>(), texts);
        assert_eq!((cells.at(4), cells.at(5), cells.at(6)), ("配", "", ""));
    }
}
