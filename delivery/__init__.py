"""The domain. Standard library only."""
