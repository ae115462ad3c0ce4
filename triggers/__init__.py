"""How the world gets in: HTTP, Event Grid, timers."""
