"""Reads incoming events, and publishes events for subscribers."""
