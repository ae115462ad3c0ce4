"""Turns of workflows and batches of entities: pure functions, and the thread that runs orchestrators."""
