"""Timer triggers and their schedules."""
