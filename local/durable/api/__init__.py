"""What can be asked of the engine: the client, and the management API over HTTP."""
