"""What happens every few minutes, whether or not anybody asks."""
