"""Event Grid: events that come in, whichever schema they use, and those that subscribers get from us."""
