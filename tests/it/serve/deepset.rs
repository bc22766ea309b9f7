//! The API of deepset.
