"""A Functions host in one process: loads an app, listens, and calls its functions."""
