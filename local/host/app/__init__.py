"""The app: loading it as the Python worker does, and calling its functions."""
