"""What the description of the API tells of each operation."""
