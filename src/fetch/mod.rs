//! Logs from the platforms that made them.
