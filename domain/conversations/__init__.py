"""What a customer and we wrote to each other."""
