//! The times of records whose rows have none of their own, or share one.
//!
//! Pages are found by a cursor that is the time of the last record, so records of one time that a page divides
//! are lost to its reader. The platform's records have the times that it gave them. Any other row
//! that has the time of the row before it is a microsecond later, and so is one without a time: after the row
//! before it, or after 1970 began.

/// Gives the rows of entries their times, in order.
#[derive(Debug, Clone, Default)]
pub(super) struct Clock {
    /// The last row's own time in its entry, in microseconds since 1970.
    last: Option<i64>,
    /// How many rows came since that share it.
    repeats: i64,
    /// The time of the next row without any time before it.
    pub(super) epoch: i64,
}

impl Clock {
    /// Begins an entry.
    pub(super) fn begin(&mut self) {
        (self.last, self.repeats) = (None, 0);
    }

    /// The time of the next row. `is_exact`: its own time stays as it is.
    pub(super) fn time(&mut self, own: Option<i64>, is_exact: bool) -> i64 {
        match (own, self.last) {
            (Some(time), Some(last)) if time == last && !is_exact => self.repeats += 1,
            (Some(time), _) => (self.last, self.repeats) = (Some(time), 0),
            (None, Some(_)) => self.repeats += 1,
            (None, None) => {
                self.epoch += 1;
                return self.epoch - 1;
            }
        }
        self.last.unwrap_or_default().saturating_add(self.repeats)
    }
}

#[cfg(test)]
mod tests {
    use super::Clock;

    #[test]
    fn rows_of_one_time_are_a_microsecond_apart() {
        let mut clock = Clock::default();
        clock.begin();
        let rows = [None, None, Some(7), Some(7), None, Some(90), Some(7)];
        assert_eq!(rows.map(|own| clock.time(own, false)), [0, 1, 7, 8, 9, 90, 7]);
        clock.begin();
        assert_eq!([None, Some(7)].map(|own| clock.time(own, false)), [2, 7]);
        assert_eq!([Some(7), None, Some(7)].map(|own| clock.time(own, true)), [7, 8, 7]);
    }
}
