//! Index files: where they are, when they are used, and what damage does.
