"""Spans, metrics and log lines. They contain ids, numbers and codes, never an address or a text.

Only the API of OpenTelemetry is used, so that all of it costs next to nothing until somebody listens.
"""
