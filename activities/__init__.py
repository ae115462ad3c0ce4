"""One side effect per file."""
