//! The `ripsaw` command.

fn main() {}
