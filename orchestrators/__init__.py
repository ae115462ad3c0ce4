"""One durable story per file."""
