"""The durable engine: orchestrations, activities, timers and entities on one SQLite file."""
