"""One message: its record, what happens next, and how what is learnt is folded in."""
