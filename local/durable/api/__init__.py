"""The interface of the engine: the client, and the management API over HTTP."""
