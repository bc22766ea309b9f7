//! The least and the greatest value of pages and chunks, as the format orders and stores them.

use parquet::data_type::ByteArray;
use parquet::file::statistics::{Statistics, ValueStatistics};

/// The least and greatest value of a page, `None` if all are null, and the number of nulls.
pub(super) type PageBounds<T> = (Option<(T, T)>, usize);

/// A value that can be a bound; [`Ord`] is the order of the format.
pub(super) trait Bound: Ord + Copy {
    /// Whether it has a place in the order; NaN has none.
    fn is_ordered(self) -> bool {
        true
    }

    /// As the lower bound of a page.
    fn lower(self) -> Vec<u8>;

    /// As the upper bound of a page.
    fn upper(self) -> Vec<u8>;

    /// The statistics of a chunk.
    fn statistics(ends: Option<(Self, Self)>, nulls: u64) -> Statistics;
}

/// The statistics of a chunk, from its pages.
pub(super) fn statistics<B: Bound>(pages: &[PageBounds<B>]) -> Statistics {
    let bounds = || pages.iter().filter_map(|page| page.0);
    let ends = bounds().map(|ends| ends.0).min().zip(bounds().map(|ends| ends.1).max());
    let nulls: usize = pages.iter().map(|page| page.1).sum();
    B::statistics(ends, nulls as u64)
}

/// The least and the greatest; `None` without values.
pub(super) fn ends<T: Ord + Copy>(mut values: impl Iterator<Item = T>) -> Option<(T, T)> {
    let first = values.next()?;
    Some(values.fold((first, first), |(least, most), value| (least.min(value), most.max(value))))
}

impl Bound for i64 {
    fn lower(self) -> Vec<u8> {
        self.to_le_bytes().to_vec()
    }

    fn upper(self) -> Vec<u8> {
        self.lower()
    }

    fn statistics(ends: Option<(Self, Self)>, nulls: u64) -> Statistics {
        Statistics::int64(
            ends.map(|ends| ends.0),
            ends.map(|ends| ends.1),
            None,
            Some(nulls),
            false,
        )
    }
}

impl Bound for i32 {
    fn lower(self) -> Vec<u8> {
        self.to_le_bytes().to_vec()
    }

    fn upper(self) -> Vec<u8> {
        self.lower()
    }

    fn statistics(ends: Option<(Self, Self)>, nulls: u64) -> Statistics {
        Statistics::int32(
            ends.map(|ends| ends.0),
            ends.map(|ends| ends.1),
            None,
            Some(nulls),
            false,
        )
    }
}

impl Bound for bool {
    fn lower(self) -> Vec<u8> {
        vec![self.into()]
    }

    fn upper(self) -> Vec<u8> {
        self.lower()
    }

    fn statistics(ends: Option<(Self, Self)>, nulls: u64) -> Statistics {
        let [least, most] = [ends.map(|ends| ends.0), ends.map(|ends| ends.1)];
        Statistics::boolean(least, most, None, Some(nulls), false)
    }
}

/// A double in the order of numbers, -0.0 before 0.0. JSON has no NaN, but a library's user may.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Double(i64);

impl From<f64> for Double {
    fn from(value: f64) -> Self {
        let bits = value.to_bits() as i64;
        // The bits of negative numbers grow as the numbers fall.
        Self(bits ^ (((bits >> 63) as u64) >> 1) as i64)
    }
}

impl From<Double> for f64 {
    fn from(Double(order): Double) -> Self {
        Self::from_bits((order ^ (((order >> 63) as u64) >> 1) as i64) as u64)
    }
}

impl Double {
    /// Zeros as the format has them: readers need not tell them apart, so the bounds include both.
    fn ends((least, most): (Self, Self)) -> (f64, f64) {
        let (least, most) = (f64::from(least), f64::from(most));
        (if least == 0.0 { -0.0 } else { least }, if most == 0.0 { 0.0 } else { most })
    }
}

impl Bound for Double {
    fn is_ordered(self) -> bool {
        !f64::from(self).is_nan()
    }

    fn lower(self) -> Vec<u8> {
        Self::ends((self, self)).0.to_le_bytes().to_vec()
    }

    fn upper(self) -> Vec<u8> {
        Self::ends((self, self)).1.to_le_bytes().to_vec()
    }

    fn statistics(ends: Option<(Self, Self)>, nulls: u64) -> Statistics {
        // Without bounds no reader skips a NaN.
        let ends = ends.filter(|ends| ends.0.is_ordered() && ends.1.is_ordered()).map(Self::ends);
        let [least, most] = [ends.map(|ends| ends.0), ends.map(|ends| ends.1)];
        Statistics::double(least, most, None, Some(nulls), false)
    }
}

/// Bytes of a bound; longer texts are cut.
const LONGEST: usize = 64;

/// The first bytes of a text that are whole characters.
fn start(text: &str) -> &str {
    let end = (0..=LONGEST.min(text.len())).rev().find(|&end| text.is_char_boundary(end));
    &text[..end.unwrap_or(0)]
}

impl Bound for &str {
    fn lower(self) -> Vec<u8> {
        start(self).into()
    }

    fn upper(self) -> Vec<u8> {
        if self.len() <= LONGEST {
            return self.into();
        }
        // The least text after all that begin like this one.
        let mut start = start(self);
        while let Some(last) = start.chars().next_back() {
            start = &start[..start.len() - last.len_utf8()];
            if let Some(next) = char::from_u32(u32::from(last) + 1) {
                return format!("{start}{next}").into();
            }
        }
        self.into()
    }

    fn statistics(ends: Option<(Self, Self)>, nulls: u64) -> Statistics {
        let [least, most] = [ends.map(|ends| ends.0), ends.map(|ends| ends.1)];
        let is_exact = |text: Option<&str>| text.is_none_or(|text| text.len() <= LONGEST);
        let statistics = ValueStatistics::new(
            least.map(|text| ByteArray::from(text.lower())),
            most.map(|text| ByteArray::from(text.upper())),
            None,
            Some(nulls),
            false,
        );
        Statistics::ByteArray(
            statistics.with_min_is_exact(is_exact(least)).with_max_is_exact(is_exact(most)),
        )
    }
}
