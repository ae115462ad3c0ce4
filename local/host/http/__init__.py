"""HTTP: triggers, keys, CORS, the Event Grid webhook and `/admin`."""
