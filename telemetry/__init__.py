"""What the app tells about itself: spans, metrics and log lines. Ids, numbers and codes, never an address or a text.

Only the API of OpenTelemetry is used, so that all of it costs next to nothing until somebody listens.
"""
