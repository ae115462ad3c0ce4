"""Changes to a record: read, decide, write under its etag, wake the workflow. Triggers and activities share them."""
