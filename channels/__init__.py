"""One provider per file. A channel takes an order and gives an answer; a new one is a file, a line and a test."""
