//! Memory that comes back: the buffers of a batch are filled again once the batch is gone.
//!
//! A batch is made by one thread and dropped by another, megabytes at a time. Left to the allocator
//! its memory goes back to the system, and every page of the next batch is cleared by the kernel
//! again.

use std::sync::{Arc, Mutex, PoisonError};

use arrow::buffer::Buffer;
use arrow::datatypes::{ArrowNativeType, ToByteSlice};
use bytes::Bytes;

/// A vector larger than this is not kept: one long line should not hold its memory for ever.
const KEPT_BYTES: usize = 16 << 20;

/// Emptied vectors with their capacity. Shared with every [`Loan`], so buffers come back after the
/// pool's builder is gone, too.
type Shelf<T> = Arc<Mutex<Vec<Vec<T>>>>;

/// Vectors that wait to be filled again; a clone is the same pool.
pub(super) struct Pool<T>(Shelf<T>);

impl<T> Clone for Pool<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> Default for Pool<T> {
    fn default() -> Self {
        Self(Shelf::default())
    }
}

impl<T: ArrowNativeType> Pool<T>
where
    [T]: ToByteSlice,
{
    /// An empty vector.
    pub(super) fn take(&self) -> Vec<T> {
        // The vector that came back last: its memory is most likely still in the cache.
        // A poisoned lock is harmless, since a shelf holds nothing but empty vectors.
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default()
    }

    /// The vector as a buffer; it comes back when the last array of it is dropped.
    pub(super) fn lend(&self, values: Vec<T>) -> Buffer {
        let loan = Loan { values, shelf: Arc::clone(&self.0) };
        Buffer::from(Bytes::from_owner(loan))
    }
}

/// Owns the memory of a buffer while arrays use it, and puts it back on the shelf when dropped.
struct Loan<T> {
    values: Vec<T>,
    shelf: Shelf<T>,
}

impl<T> AsRef<[u8]> for Loan<T>
where
    [T]: ToByteSlice,
{
    fn as_ref(&self) -> &[u8] {
        self.values.as_slice().to_byte_slice()
    }
}

impl<T> Drop for Loan<T> {
    /// Puts the vector back, on whichever thread the last array of the buffer is dropped.
    fn drop(&mut self) {
        let mut values = std::mem::take(&mut self.values);
        if values.capacity() * size_of::<T>() <= KEPT_BYTES {
            // Cleared before it is shelved: numbers and bytes need no drop, so this is free.
            values.clear();
            self.shelf.lock().unwrap_or_else(PoisonError::into_inner).push(values);
        }
    }
}
