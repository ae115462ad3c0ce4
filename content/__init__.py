"""What is said: templates, and how long an SMS is."""
