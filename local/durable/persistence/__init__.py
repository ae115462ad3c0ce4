"""What the engine keeps in SQLite."""
