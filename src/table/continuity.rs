//! Signs that lines are missing or out of order: counters that jump, and clocks that go back.

/// What is counted of the counters and times of neighbouring rows, before any filter; parts add up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Continuity {
    /// Rows whose counter `pos` is more than one above that of the row before.
    pub jumps: i64,
    /// How many counters are missing there.
    pub skipped: i64,
    /// Rows whose time is a second or more before that of the row before.
    pub backward: i64,
    /// How far in nanoseconds, at most.
    pub furthest: i64,
    /// The counter of the first row that has one, and of the last.
    pub(crate) counters: Option<(i64, i64)>,
    /// Rows before the first counter, and after the last; both are all rows if none has one.
    pub(crate) around: (i64, i64),
    /// The time of the first row that has one, and of the last.
    pub(crate) times: Option<(i64, i64)>,
}

/// Lines of several streams are often written a little out of order.
const SECOND: i64 = 1_000_000_000;

impl Continuity {
    /// Notes the counters of `rows` rows, each with its row, in their order.
    pub(super) fn count_counters(
        &mut self,
        rows: usize,
        counters: impl Iterator<Item = (usize, i64)>,
    ) {
        let mut last: Option<(usize, i64)> = None;
        for (row, counter) in counters {
            match (last, &mut self.counters) {
                (Some((before, last)), Some((_, end))) => {
                    *end = counter;
                    self.step(last, counter, (row - before - 1) as i64);
                }
                _ => {
                    self.counters = Some((counter, counter));
                    self.around.0 = row as i64;
                }
            }
            last = Some((row, counter));
        }
        let rows = rows as i64;
        match last {
            Some((row, _)) => self.around.1 = rows - 1 - row as i64,
            None => self.around = (rows, rows),
        }
    }

    /// Notes the times of all rows, in their order.
    pub(super) fn count_times(&mut self, mut times: impl Iterator<Item = i64>) {
        let Some(first) = times.next() else { return };
        let (mut last, mut backward, mut furthest) = (first, 0, 0);
        for time in times {
            // Two times may be farther apart than a number holds.
            let back = last.saturating_sub(time);
            backward += i64::from(back >= SECOND);
            furthest = back.max(furthest);
            last = time;
        }
        let next = Self { backward, furthest, times: Some((first, last)), ..Self::default() };
        self.add(&next.without_little());
    }

    /// Nothing is far that does not count.
    fn without_little(self) -> Self {
        Self { furthest: if self.backward > 0 { self.furthest } else { 0 }, ..self }
    }

    /// Compares two counters with so many rows between them that have none: lines that could not be parsed.
    fn step(&mut self, before: i64, counter: i64, between: i64) {
        let skipped = counter.saturating_sub(before).saturating_sub(1).saturating_sub(between);
        if skipped > 0 {
            self.jumps += 1;
            self.skipped = self.skipped.saturating_add(skipped);
        }
    }

    /// Adds the part that follows.
    pub(super) fn add(&mut self, next: &Self) {
        if let (Some((_, last)), Some((first, _))) = (self.counters, next.counters) {
            self.step(last, first, self.around.1 + next.around.0);
        }
        self.around = (
            self.around.0 + if self.counters.is_none() { next.around.0 } else { 0 },
            next.around.1 + if next.counters.is_none() { self.around.1 } else { 0 },
        );
        let between = self
            .times
            .zip(next.times)
            .map_or(0, |((_, last), (first, _))| last.saturating_sub(first));
        if between >= SECOND {
            self.backward += 1;
            self.furthest = self.furthest.max(between);
        }
        self.jumps += next.jumps;
        self.skipped = self.skipped.saturating_add(next.skipped);
        self.backward += next.backward;
        self.furthest = self.furthest.max(next.furthest);
        self.counters = joined(self.counters, next.counters);
        self.times = joined(self.times, next.times);
    }
}

/// The first of one part and the last of the next.
fn joined(one: Option<(i64, i64)>, next: Option<(i64, i64)>) -> Option<(i64, i64)> {
    match (one, next) {
        (Some((first, _)), Some((_, last))) => Some((first, last)),
        (one, next) => one.or(next),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Any values in any parts, against a loop over neighbours.
    #[test]
    fn parts_add_up() {
        let mut random = fastrand::Rng::with_seed(8);
        for _ in 0..20_000 {
            let values: Vec<i64> = (0..random.usize(0..12))
                .map(|_| match random.u32(0..20) {
                    0 => i64::MIN,
                    1 => i64::MAX,
                    _ => random.i64(0..6) * SECOND / 2,
                })
                .collect();
            // Some rows have none.
            let small: Vec<Option<i64>> = values
                .iter()
                .map(|value| (random.u32(0..4) > 0).then_some(value / (SECOND / 2)))
                .collect();
            let mut whole = Continuity::default();
            let mut at = 0;
            while at < values.len() {
                let end = random.usize(at..=values.len());
                let mut part = Continuity::default();
                part.count_times(values[at..end].iter().copied());
                let own = small[at..end].iter().enumerate();
                part.count_counters(end - at, own.filter_map(|(row, own)| Some((row, (*own)?))));
                whole.add(&part);
                at = end;
            }
            let backs: Vec<i64> = values
                .windows(2)
                .map(|pair| pair[0].saturating_sub(pair[1]))
                .filter(|back| *back >= SECOND)
                .collect();
            assert_eq!(whole.backward, backs.len() as i64, "{values:?}");
            assert_eq!(whole.furthest, backs.iter().copied().max().unwrap_or(0), "{values:?}");
            let counters: Vec<(usize, i64)> =
                small.iter().enumerate().filter_map(|(row, own)| Some((row, (*own)?))).collect();
            let jumps: Vec<i64> = counters
                .windows(2)
                .map(|pair| {
                    let rows = (pair[1].0 - pair[0].0) as i64;
                    i64::try_from(i128::from(pair[1].1) - i128::from(pair[0].1) - i128::from(rows))
                        .unwrap_or(i64::MAX - rows)
                })
                .filter(|skipped| *skipped > 0)
                .collect();
            assert_eq!(whole.jumps, jumps.len() as i64, "{small:?}");
            let skipped = jumps.iter().fold(0_i64, |sum, jump| sum.saturating_add(*jump));
            assert_eq!(whole.skipped, skipped);
        }
    }
}
