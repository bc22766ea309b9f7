//! Warnings of logs that are there twice: an archive beside what was extracted from it.

use super::Catalog;

impl Catalog {
    pub(super) fn find_twins(&mut self) {}

    pub(super) fn forget_twins(&mut self) {}
}
