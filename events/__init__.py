"""Reads the events that come in, publishes those that subscribers get."""
