"""What callers send: paths, bodies and their fields, checked."""
