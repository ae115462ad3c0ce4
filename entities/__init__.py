"""One durable noun per file."""
