"""Events of Event Grid: delivery reports and what customers write."""
