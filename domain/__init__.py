"""What happens to a message, a customer and a conversation, and why. Pure: standard library only, no I/O."""
