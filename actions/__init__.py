"""What is done to a record: read, decide, write under its etag, ring. Shared by triggers and activities."""
