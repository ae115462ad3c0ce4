"""Durable orchestrations, one per file."""
