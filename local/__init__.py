"""The local platform: Functions host, durable engine, provider stand-ins. Never deployed, never imported by the app."""
