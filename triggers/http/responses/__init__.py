"""What callers get: JSON bodies and problems (RFC 9457)."""
