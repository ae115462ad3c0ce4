"""Durable entities, one per file."""
