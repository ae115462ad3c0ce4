"""What is read and checked before the host starts, and its log."""
