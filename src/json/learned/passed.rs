//! Values of columns that nobody wants: they are verified, and kept nowhere.

use super::line::Line;
use crate::json::members::value_end;
use crate::json::number;
use crate::json::string::{Kind, string};
use crate::simd::{CHUNK, Scan};
use crate::table::{KeyType, Scalar};

impl Line<'_> {
    /// Passes a value that would fit its column, if that were wanted.
    #[inline(always)]
    pub(super) fn pass_over<S: Scan>(&mut self, simd: S, kind: KeyType, first: u8) -> Option<()> {
        match kind {
            KeyType::Scalar(Scalar::String) => {
                self.at = match first {
                    b'"' => self.string_end(simd, self.at + 1)?,
                    _ => return None,
                };
            }
            KeyType::Scalar(Scalar::Int64) => {
                let (_, end) = number::read_integer(self.text, self.at)?;
                self.number_end(end)?;
            }
            KeyType::Scalar(Scalar::Double) => {
                let (_, end) = number::read_double(self.text, self.at)?;
                self.number_end(end)?;
            }
            KeyType::Scalar(Scalar::Boolean) => {
                self.word(if first == b't' { b"true" } else { b"false" })?;
            }
            KeyType::Json => self.at = value_end(self.json, self.at)?,
            // They have slots of their own.
            KeyType::List(_) | KeyType::Struct => return None,
        }
        Some(())
    }

    /// Where a string ends, with its closing quote, that has begun before here, and that can be decoded.
    #[inline(always)]
    fn string_end<S: Scan>(&mut self, simd: S, start: usize) -> Option<usize> {
        let mut at = start;
        loop {
            let chunk = self.text.get(at..)?.first_chunk()?;
            let marks = simd.specials(chunk);
            at += marks.trailing_zeros().min(CHUNK as u32) as usize;
            if marks != 0 {
                break;
            }
        }
        if self.text.get(at) == Some(&b'"') {
            return Some(at + 1);
        }
        let passed = &mut self.reader.passed;
        passed.clear();
        let (end, _) = string(simd, self.text, start, passed, Kind::Member)?;
        Some(end + 1)
    }
}
